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
/// [`diff`] finds what was recorded otherwise. Beside that the calendar changes a board, when terms begin or end. And no
/// difference is left out, not even another order of the fees, so that whoever applies the changes has the same boards.
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
    let is_told = changes.iter().any(|change| change.fee.is_none());
    let shows_otherwise = match (&before, &after) {
        (Some(before), Some(after)) => before.shows_otherwise(after),
        _ => false,
    };
    if !is_told && (shows_otherwise || (changes.is_empty() && old != new)) {
        changes.insert(0, change(ChangeKind::BoardChanged, None));
    }
    changes
}

impl Pictured {
    /// Whether a channel shows another state than in `later`, or other amounts for no other reason than the day.
    fn shows_otherwise(&self, later: &Pictured) -> bool {
        Channel::ALL.iter().any(|channel| {
            let (old, new) = (self.board.channel(*channel), later.board.channel(*channel));
            old.status_on(self.as_of) != new.status_on(later.as_of)
                || fee_label(new, self.as_of) != fee_label(new, later.as_of)
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::*;
    use crate::domain::fee::Source;
    use crate::domain::fee_text::FeeText;
    use chrono::{DateTime, TimeDelta};

    fn fee(key: &str, from: Option<&str>, to: Option<&str>) -> Fee {
        let text = FeeText {
            key: key.into(),
            label: key.into(),
            amount: Some(if from.is_some() { "25" } else { "20" }.into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            effective_from: from.map(str::to_owned),
            effective_to: to.map(str::to_owned),
            ..FeeText::default()
        };
        text.parse(Source::reseller_api(DateTime::UNIX_EPOCH))
            .unwrap()
    }

    fn board(fees: Vec<Fee>) -> Board {
        Board {
            facts: BoardFacts {
                id: BoardId::parse("12").unwrap(),
                name: "Cedar Valley MLS".into(),
                abbreviation: None,
                states: vec![Code::CA],
                country: Code::US,
                eligibility: Eligibility::Unknown,
                paperwork: Paperwork::Unknown,
                coverage_url: None,
            }
            .into(),
            active: true,
            held: vec![],
            pass_through: ChannelFees {
                state: ChannelState::Charged {
                    fees: FeeSet::new(fees).unwrap(),
                    partial: false,
                },
                note: None,
                source: Some(Source::reseller_api(DateTime::UNIX_EPOCH)),
            }
            .into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        }
    }

    fn on(day: &str, board: &Board) -> Option<Pictured> {
        Some(Pictured {
            board: Arc::new(board.clone()),
            as_of: day.parse().unwrap(),
        })
    }

    fn kinds(changes: &[BoardChange]) -> Vec<ChangeKind> {
        changes.iter().map(|change| change.kind).collect()
    }

    #[test]
    fn the_calendar_changes_a_board_whose_terms_begin_or_end() {
        let rising = board(vec![
            fee("idx", None, Some("2026-07-01")),
            fee("idx", Some("2026-07-01"), None),
        ]);
        assert!(compare(on("2026-06-01", &rising), on("2026-06-30", &rising)).is_empty());
        let changes = compare(on("2026-06-30", &rising), on("2026-07-01", &rising));
        assert_eq!(kinds(&changes), [ChangeKind::BoardChanged]);
        assert_eq!(changes[0].before, on("2026-06-30", &rising));
        assert_eq!(changes[0].after, on("2026-07-01", &rising));

        let ending = board(vec![fee("idx", None, Some("2026-07-01"))]);
        let changes = compare(on("2026-06-30", &ending), on("2026-07-02", &ending));
        assert_eq!(kinds(&changes), [ChangeKind::BoardChanged]);
    }

    #[test]
    fn a_state_that_a_recorded_end_changes_is_told_beside_the_fee() {
        let open = board(vec![fee("idx", None, None)]);
        let ended = board(vec![fee("idx", None, Some("2026-06-01"))]);
        let changes = compare(on("2026-07-01", &open), on("2026-07-01", &ended));
        assert_eq!(
            kinds(&changes),
            [ChangeKind::BoardChanged, ChangeKind::FeeChanged]
        );
        let fee = changes[1].fee.as_ref().unwrap();
        assert_eq!(fee.channel, Channel::PassThrough);
        assert_eq!(fee.before.as_ref(), open.pass_through.fees().first());
        assert_eq!(fee.after.as_ref(), ended.pass_through.fees().first());
    }

    #[test]
    fn an_amount_that_differs_is_one_change() {
        let day = "2026-07-01";
        let one = board(vec![fee("idx", None, None)]);
        let two = board(vec![fee("idx", None, None), fee("setup", None, None)]);
        let changes = compare(on(day, &one), on(day, &two));
        assert_eq!(kinds(&changes), [ChangeKind::FeeAdded]);
        assert_eq!(changes[0].fee.as_ref().unwrap().before, None);
        let changes = compare(on(day, &two), on(day, &one));
        assert_eq!(kinds(&changes), [ChangeKind::FeeRemoved]);
        assert_eq!(changes[0].fee.as_ref().unwrap().after, None);
    }

    #[test]
    fn no_difference_is_left_out() {
        let day = "2026-07-01";
        let (idx, setup) = (fee("idx", None, None), fee("setup", None, None));
        let before = board(vec![idx.clone(), setup.clone()]);
        let turned = board(vec![setup, idx]);
        assert_eq!(
            kinds(&compare(on(day, &before), on(day, &turned))),
            [ChangeKind::BoardChanged]
        );
        let mut seen_later = before.clone();
        seen_later.pass_through.source = Some(Source::reseller_api(
            DateTime::UNIX_EPOCH + TimeDelta::hours(1),
        ));
        assert_eq!(
            kinds(&compare(on(day, &before), on(day, &seen_later))),
            [ChangeKind::BoardChanged]
        );
        assert!(compare(on(day, &before), on(day, &before)).is_empty());
        assert!(compare(None, None).is_empty());
    }

    #[test]
    fn a_board_that_comes_or_goes_is_one_change() {
        let day = "2026-07-01";
        let present = board(vec![fee("idx", None, None)]);
        let gone = Board {
            active: false,
            held: vec![],
            ..present.clone()
        };
        let added = compare(None, on(day, &present));
        assert_eq!(kinds(&added), [ChangeKind::BoardAdded]);
        assert_eq!(added[0].before, None);
        let removed = compare(on(day, &present), on(day, &gone));
        assert_eq!(kinds(&removed), [ChangeKind::BoardRemoved]);
        assert_eq!(removed[0].after, on(day, &gone));
        let back = compare(on(day, &gone), on("2026-07-09", &present));
        assert_eq!(kinds(&back), [ChangeKind::BoardAdded]);
    }
}
