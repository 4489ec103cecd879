//! What differs between two pictures of one board.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::catalog::fee_label;
use crate::domain::board::{Board, BoardId, Channel};
use crate::domain::change::{Change, ChangeKind, Side, diff};
use crate::domain::fee::Fee;
use crate::domain::version::VersionHead;

/// What one version changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionChanges {
    /// The version.
    pub head: VersionHead,
    /// Its changes, in order of board.
    pub changes: Vec<BoardChange>,
}

/// A board as one version shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictured {
    /// The board.
    pub board: Arc<Board>,
    /// The day its states are shown for.
    pub as_of: NaiveDate,
}

/// One change of one board. A board that changed in several ways has several, all with the same two pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardChange {
    /// The vendor's id.
    pub board_id: BoardId,
    /// What kind.
    pub kind: ChangeKind,
    /// Which fee; `None` where the board as a whole changed.
    pub fee: Option<ChangedFee>,
    /// The whole board as it was; `None` when it was not there.
    pub before: Option<Pictured>,
    /// The whole board as it is; `None` when it is gone without a trace.
    pub after: Option<Pictured>,
}

/// The fee that a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFee {
    /// Who bills it.
    pub channel: Channel,
    /// As it was; `None` when it is new.
    pub before: Option<Fee>,
    /// As it is; `None` when it is gone.
    pub after: Option<Fee>,
}

/// The changes from `before` to `after`, both pictures of one board; empty when they show the same.
///
/// Beside what was recorded, the calendar changes a board: terms begin or end. And no difference is left out, so that
/// whoever applies the changes has the same boards: where only the order of fees or the time of a first sighting
/// differs, the board has changed.
pub(super) fn compare(before: Option<Pictured>, after: Option<Pictured>) -> Vec<BoardChange> {
    let old = before.as_ref().map(|pictured| pictured.board.as_ref());
    let new = after.as_ref().map(|pictured| pictured.board.as_ref());
    let Some(board_id) = new.or(old).map(|board| board.facts.id.clone()) else {
        return Vec::new();
    };
    let change = |kind, fee| BoardChange {
        board_id: board_id.clone(),
        kind,
        fee,
        before: before.clone(),
        after: after.clone(),
    };
    let mut changes: Vec<BoardChange> = diff(old, new)
        .iter()
        .map(|difference| change(difference.kind, changed_fee(difference)))
        .collect();
    let by_itself = before
        .as_ref()
        .zip(after.as_ref())
        .is_some_and(|(old, new)| shows_otherwise(&new.board, old.as_of, new.as_of));
    let whole = changes.iter().any(|change| change.fee.is_none());
    if (by_itself && !whole) || (changes.is_empty() && old != new) {
        changes.insert(0, change(ChangeKind::BoardChanged, None));
    }
    changes
}

/// Whether the same board says something else on another day.
fn shows_otherwise(board: &Board, day: NaiveDate, later: NaiveDate) -> bool {
    day != later
        && Channel::ALL.iter().any(|channel| {
            let fees = board.channel(*channel);
            fees.status_on(day) != fees.status_on(later)
                || fee_label(fees, day) != fee_label(fees, later)
        })
}

fn changed_fee(change: &Change<'_>) -> Option<ChangedFee> {
    let side = |side: &Option<Side<'_>>| match side {
        Some(Side::Fee { channel, fee }) => Some((*channel, (*fee).clone())),
        Some(Side::Board(_)) | None => None,
    };
    let (before, after) = (side(&change.before), side(&change.after));
    let (channel, _) = before.as_ref().or(after.as_ref())?;
    Some(ChangedFee {
        channel: *channel,
        before: before.map(|(_, fee)| fee),
        after: after.map(|(_, fee)| fee),
    })
}
