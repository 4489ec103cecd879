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
        /// Its facts, the state of a channel, or what is held back differ.
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
    if old.facts != new.facts || old.held != new.held || !same_answers {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::*;
    use crate::domain::fee::Source;
    use crate::domain::fee_text::FeeText;
    use chrono::{DateTime, TimeDelta};

    fn seen(hours: i64) -> Source {
        Source::reseller_api(DateTime::UNIX_EPOCH + TimeDelta::hours(hours))
    }

    fn fee(key: &str, amount: &str, from: Option<&str>, to: Option<&str>) -> Fee {
        let text = FeeText {
            key: key.into(),
            label: key.into(),
            amount: Some(amount.into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            effective_from: from.map(str::to_owned),
            effective_to: to.map(str::to_owned),
            ..FeeText::default()
        };
        text.parse(seen(1)).unwrap()
    }

    fn idx(amount: &str) -> Fee {
        fee("idx", amount, None, None)
    }

    fn said(state: ChannelState) -> ChannelFees {
        ChannelFees {
            state,
            note: None,
            source: Some(seen(1)),
        }
    }

    fn charged(fees: Vec<Fee>) -> ChannelFees {
        let fees = FeeSet::new(fees).unwrap();
        said(ChannelState::Charged {
            fees,
            partial: false,
        })
    }

    fn board(pass_through: ChannelFees) -> Board {
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
            pass_through: pass_through.into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        }
    }

    fn kinds(old: &Board, new: &Board) -> Vec<ChangeKind> {
        let changes = diff(Some(old), Some(new));
        changes.iter().map(|change| change.kind).collect()
    }

    #[test]
    fn two_pictures_that_say_the_same_do_not_differ() {
        let old = board(charged(vec![idx("20")]));
        assert!(diff(Some(&old), Some(&old)).is_empty());
        assert!(diff(None, None).is_empty());
        let mut seen_later = old.clone();
        seen_later.pass_through.source = Some(seen(9));
        assert!(diff(Some(&old), Some(&seen_later)).is_empty());
    }

    #[test]
    fn a_board_that_comes_or_goes_is_one_change_whatever_its_fees() {
        let present = board(charged(vec![idx("20")]));
        let mut gone = board(charged(vec![idx("30"), fee("setup", "1", None, None)]));
        gone.active = false;
        let change = |old, new| {
            let changes = diff(old, new);
            assert_eq!(changes.len(), 1, "{changes:?}");
            let change = &changes[0];
            (change.kind, change.before.is_some(), change.after.is_some())
        };
        use ChangeKind::{BoardAdded, BoardRemoved};
        assert_eq!(change(None, Some(&present)), (BoardAdded, false, true));
        assert_eq!(
            change(Some(&gone), Some(&present)),
            (BoardAdded, true, true)
        );
        assert_eq!(
            change(Some(&present), Some(&gone)),
            (BoardRemoved, true, true)
        );
        assert_eq!(change(Some(&present), None), (BoardRemoved, true, false));
    }

    #[test]
    fn facts_states_and_notes_are_changes_of_the_board() {
        let old = board(said(ChannelState::Unpublished));
        let mut renamed = old.clone();
        renamed.facts.name = "Cedar Rapids MLS".into();
        assert_eq!(kinds(&old, &renamed), [ChangeKind::BoardChanged]);
        let free = board(said(ChannelState::None));
        assert_eq!(kinds(&old, &free), [ChangeKind::BoardChanged]);
        let mut noted = old.clone();
        noted.pass_through.note = Some("ask the office".into());
        assert_eq!(kinds(&old, &noted), [ChangeKind::BoardChanged]);
        let mut unsaid = old.clone();
        unsaid.pass_through.source = None;
        assert_eq!(kinds(&old, &unsaid), [ChangeKind::BoardChanged]);
        let mut checked = old.clone();
        checked.pass_through.source = Some(Source {
            verified_on: Some("2026-02-28".parse().unwrap()),
            ..seen(1)
        });
        assert_eq!(kinds(&old, &checked), [ChangeKind::BoardChanged]);
    }

    #[test]
    fn an_inactive_board_is_compared_like_any_other() {
        let mut old = board(charged(vec![idx("20")]));
        old.active = false;
        let mut new = board(charged(vec![idx("25")]));
        new.active = false;
        assert_eq!(kinds(&old, &new), [ChangeKind::FeeChanged]);
    }

    #[test]
    fn fees_come_go_and_change_one_by_one() {
        let old = board(charged(vec![idx("20"), fee("setup", "100", None, None)]));
        let new = board(charged(vec![idx("25"), fee("rets", "5", None, None)]));
        let changes = diff(Some(&old), Some(&new));
        let side = |fee| {
            Some(Side::Fee {
                channel: Channel::PassThrough,
                fee,
            })
        };
        let (was, is) = (old.pass_through.fees(), new.pass_through.fees());
        let change = |kind, before, after| Change {
            kind,
            board: &new,
            before,
            after,
        };
        assert_eq!(
            changes,
            [
                change(ChangeKind::FeeChanged, side(&was[0]), side(&is[0])),
                change(ChangeKind::FeeRemoved, side(&was[1]), None),
                change(ChangeKind::FeeAdded, None, side(&is[1])),
            ]
        );
    }

    #[test]
    fn terms_of_another_period_are_another_fee() {
        let old = board(charged(vec![idx("20")]));
        let new = board(charged(vec![
            fee("idx", "20", None, Some("2027-01-01")),
            fee("idx", "25", Some("2027-01-01"), None),
        ]));
        assert_eq!(
            kinds(&old, &new),
            [ChangeKind::FeeChanged, ChangeKind::FeeAdded]
        );
    }

    #[test]
    fn a_channel_that_starts_to_charge_changes_the_board_and_adds_its_fees() {
        let old = board(said(ChannelState::Unknown));
        let mut new = old.clone();
        new.direct = charged(vec![idx("20")]).into();
        let changes = diff(Some(&old), Some(&new));
        assert_eq!(
            kinds(&old, &new),
            [ChangeKind::BoardChanged, ChangeKind::FeeAdded]
        );
        assert!(matches!(
            changes[1].after,
            Some(Side::Fee {
                channel: Channel::Direct,
                ..
            })
        ));
    }
}
