//! What differs between two pictures of one board.

use serde::Serialize;

use super::board::{Board, Channel, ChannelFees};
use super::fee::{Fee, word_enum};

word_enum! {
    /// What kind of difference.
    ChangeKind {
        /// The board is new, or back.
        BoardAdded = "board_added",
        /// The board is gone, or inactive now.
        BoardRemoved = "board_removed",
        /// Its facts, or the state of a channel, differ.
        BoardChanged = "board_changed",
        /// A fee is new.
        FeeAdded = "fee_added",
        /// A fee is gone.
        FeeRemoved = "fee_removed",
        /// A fee's terms differ.
        FeeChanged = "fee_changed",
    }
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side<'a> {
    /// The whole board.
    Board(&'a Board),
    /// One of its fees.
    Fee {
        /// Who bills it.
        channel: Channel,
        /// The fee.
        fee: &'a Fee,
    },
}

/// One difference. `before` is `None` for what is new, `after` for what is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change<'a> {
    /// What kind.
    pub kind: ChangeKind,
    /// The board it belongs to, as it is now (as it was, when gone).
    pub board: &'a Board,
    /// As it was.
    pub before: Option<Side<'a>>,
    /// As it is.
    pub after: Option<Side<'a>>,
}

/// The differences from `before` to `after`, both pictures of one board; empty when they say the same.
///
/// A board that appears or goes is one change, whatever fees it has. Times of first sighting do not count.
pub fn diff<'a>(before: Option<&'a Board>, after: Option<&'a Board>) -> Vec<Change<'a>> {
    match (before, after) {
        (None, None) => Vec::new(),
        (None, Some(board)) => vec![whole_board(
            ChangeKind::BoardAdded,
            board,
            None,
            Some(board),
        )],
        (Some(board), None) => vec![whole_board(
            ChangeKind::BoardRemoved,
            board,
            Some(board),
            None,
        )],
        (Some(old), Some(new)) => diff_present(old, new),
    }
}

fn diff_present<'a>(old: &'a Board, new: &'a Board) -> Vec<Change<'a>> {
    match (old.active, new.active) {
        (true, false) => {
            return vec![whole_board(
                ChangeKind::BoardRemoved,
                new,
                Some(old),
                Some(new),
            )];
        }
        (false, true) => {
            return vec![whole_board(
                ChangeKind::BoardAdded,
                new,
                Some(old),
                Some(new),
            )];
        }
        _ => {}
    }
    let mut changes = Vec::new();
    let same_answers = Channel::ALL
        .iter()
        .all(|channel| same_answer(old.channel(*channel), new.channel(*channel)));
    if old.facts != new.facts || !same_answers {
        changes.push(whole_board(
            ChangeKind::BoardChanged,
            new,
            Some(old),
            Some(new),
        ));
    }
    for channel in Channel::ALL {
        diff_fees(old, new, *channel, &mut changes);
    }
    changes
}

/// Whether a channel gives the same answer, its single fees aside.
fn same_answer(old: &ChannelFees, new: &ChannelFees) -> bool {
    let same_source = match (&old.source, &new.source) {
        (Some(old), Some(new)) => old.same_word(new),
        (old, new) => old.is_none() == new.is_none(),
    };
    old.status() == new.status()
        && old.note == new.note
        && old.is_partial() == new.is_partial()
        && same_source
}

/// Fees are matched by key and first day: one key may have several periods.
fn diff_fees<'a>(old: &'a Board, new: &'a Board, channel: Channel, changes: &mut Vec<Change<'a>>) {
    let identity = |fee: &'a Fee| (fee.key(), fee.effective().from());
    let find = |fees: &'a [Fee], wanted: &'a Fee| {
        fees.iter().find(|fee| identity(fee) == identity(wanted))
    };
    let (old_fees, new_fees) = (old.channel(channel).fees(), new.channel(channel).fees());
    let side = |fee: Option<&'a Fee>| fee.map(|fee| Side::Fee { channel, fee });
    for fee in old_fees {
        let (kind, after) = match find(new_fees, fee) {
            None => (ChangeKind::FeeRemoved, None),
            Some(after) if after.same_terms(fee) => continue,
            Some(after) => (ChangeKind::FeeChanged, Some(after)),
        };
        changes.push(Change {
            kind,
            board: new,
            before: side(Some(fee)),
            after: side(after),
        });
    }
    for fee in new_fees.iter().filter(|fee| find(old_fees, fee).is_none()) {
        changes.push(Change {
            kind: ChangeKind::FeeAdded,
            board: new,
            before: None,
            after: side(Some(fee)),
        });
    }
}

fn whole_board<'a>(
    kind: ChangeKind,
    board: &'a Board,
    before: Option<&'a Board>,
    after: Option<&'a Board>,
) -> Change<'a> {
    Change {
        kind,
        board,
        before: before.map(Side::Board),
        after: after.map(Side::Board),
    }
}
