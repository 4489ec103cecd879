//! What a fetched list would change: pure, so that a dry run is the same plan, not published.

use std::collections::{BTreeSet, HashSet};

use foldhash::fast::RandomState;

use crate::domain::board::{BoardId, ChannelFees, VendorBoard, VendorRow};
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::RunCounts;
use crate::domain::shared::Shared;
use crate::upstream::{Fetched, FetchedBoard, Reading, Update};

/// What a fetched list would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The vendor rows that are new or say something else.
    pub changes: RowChanges,
    /// What the run counts.
    pub counts: RunCounts,
    /// Boards whose fees differ: what the guard looks at.
    pub fees_changed: u32,
    /// Boards whose row or fees were refused, so that an old word stands in for the vendor's: the guard looks at these
    /// too.
    pub fees_kept: u32,
    /// Boards whose names differ: many at once may be other boards under known ids.
    pub names_changed: u32,
    /// Refused rows and fees, for people.
    pub refused: Vec<String>,
}

/// Compares `fetched` with the rows of the newest version.
///
/// Fees that were refused keep the old word; a board whose row was refused keeps the old row. A board that is not
/// listed any more becomes inactive, its last word kept.
pub fn plan(current: &SourceRows, fetched: &Fetched) -> Plan {
    let (mut plan, seen) = plan_read(current, fetched);
    plan_gone(current.vendor.values(), &seen, &mut plan);
    plan
}

/// As [`plan`], of a list that is told by how it differs from the one that the rows of the newest version were made
/// of; `None` where the whole list is needed, because a board that is the same may also have come as another.
pub fn plan_update(current: &SourceRows, update: &Update) -> Option<Plan> {
    let (mut plan, seen) = plan_read(current, &update.read);
    let gone: BTreeSet<&BoardId> = update.gone.iter().collect();
    let is_the_same = |id: &&BoardId| {
        let known = current.vendor.get(*id);
        known.is_some_and(|known| known.active) && !gone.contains(*id)
    };
    if seen.iter().any(is_the_same) {
        return None;
    }
    let same = u32::try_from(update.same.len()).unwrap_or(u32::MAX);
    plan.counts.boards = plan.counts.boards.saturating_add(same);
    let gone = gone.into_iter().filter_map(|id| current.vendor.get(id));
    plan_gone(gone, &seen, &mut plan);
    Some(plan)
}

/// The boards that a list speaks of.
type Seen<'f> = HashSet<&'f BoardId, RandomState>;

/// What the results that were read would change, and the boards that they speak of.
fn plan_read<'f>(current: &SourceRows, fetched: &'f Fetched) -> (Plan, Seen<'f>) {
    let mut plan = Plan::default();
    plan.counts.pages = fetched.pages;
    plan.counts.boards = u32::try_from(fetched.boards.len()).unwrap_or(u32::MAX);
    let mut seen = Seen::with_capacity_and_hasher(fetched.boards.len(), RandomState::default());
    for row in &fetched.rejected {
        plan.counts.rejected += 1;
        let id = row.id.as_ref().map(BoardId::as_str);
        let name = id.or(row.name.as_deref()).unwrap_or("without an id");
        plan.refused.push(format!("board {name}: {}", row.reason));
        let known = row.id.as_ref().and_then(|id| current.vendor.get(id));
        plan.fees_kept += u32::from(known.is_some_and(|known| known.active));
        seen.extend(&row.id);
    }
    seen.extend(fetched.boards.iter().map(|board| &board.facts.id));
    let mut boards: Vec<&FetchedBoard> = fetched.boards.iter().collect();
    boards.sort_by(|board, other| board.facts.id.cmp(&other.facts.id));
    let mut rows = current.vendor_in_step(boards.len());
    for board in boards {
        let known = rows.of(&board.facts.id);
        if !known.is_some_and(|known| is_as_known(known, board)) {
            plan_board(known, board.clone(), &mut plan);
        }
    }
    (plan, seen)
}

/// Makes those of `rows` inactive that are active and not in the list, which speaks of the boards `seen`.
fn plan_gone<'r>(rows: impl Iterator<Item = &'r VendorRow>, seen: &Seen<'_>, plan: &mut Plan) {
    for row in rows.filter(|row| row.active && !seen.contains(&row.board.facts.id)) {
        let gone = VendorRow {
            active: false,
            ..row.clone()
        };
        plan.note(Some(row), gone);
    }
}

/// What the vendor rows `rows` would change.
pub(super) fn plan_rows(current: &SourceRows, rows: impl IntoIterator<Item = VendorRow>) -> Plan {
    let mut plan = Plan::default();
    for mut row in rows {
        let known = current.vendor.get(&row.board.facts.id);
        if let Some(known) = known {
            row.board.keep_first_sightings(&known.board);
        }
        plan.note(known, row);
    }
    plan
}

impl Plan {
    /// Takes `row` in and counts it, unless it says what is `known` already.
    fn note(&mut self, known: Option<&VendorRow>, row: VendorRow) {
        let Some(known) = known else {
            self.counts.added += 1;
            self.changes.vendor.push(row);
            return;
        };
        if row.same_word(known) && row.held == known.held {
            return;
        }
        let (old, new) = (&known.board, &row.board);
        match (known.active, row.active) {
            (true, false) => self.counts.removed += 1,
            (false, true) => self.counts.added += 1,
            _ => self.counts.changed += 1,
        }
        let same_fees =
            new.pass_through.same_terms(&old.pass_through) && new.direct.same_terms(&old.direct);
        self.fees_changed += u32::from(!same_fees);
        self.names_changed += u32::from(new.facts.name != old.facts.name);
        self.changes.vendor.push(row);
    }
}

/// Whether `fetched` says what is known already, so that nothing is to be planned: what is refused, or held back, is
/// looked at more closely.
fn is_as_known(known: &VendorRow, fetched: &FetchedBoard) -> bool {
    let same = |reading: &Reading, known: &ChannelFees| match reading {
        Reading::Read(fees) => fees.same_terms(known),
        Reading::Rejected { .. } => false,
    };
    known.active
        && known.held.is_empty()
        && known.board.facts == fetched.facts
        && same(&fetched.pass_through, &known.board.pass_through)
        && same(&fetched.direct, &known.board.direct)
}

fn plan_board(known: Option<&VendorRow>, fetched: FetchedBoard, plan: &mut Plan) {
    let id = fetched.facts.id.clone();
    let known_board = known.map(|row| &row.board);
    let readings = [&fetched.pass_through, &fetched.direct];
    let was_refused = readings
        .iter()
        .any(|reading| matches!(reading, Reading::Rejected { .. }));
    let kept = is_kept(
        &fetched.pass_through,
        known_board.map(|board| &*board.pass_through),
    ) || is_kept(&fetched.direct, known_board.map(|board| &*board.direct));
    plan.fees_kept += u32::from(kept);
    let mut settle = |reading, known: Option<&Shared<ChannelFees>>| match reading {
        Reading::Read(fees) => fees,
        Reading::Rejected { reason } => {
            plan.counts.rejected += 1;
            plan.refused.push(format!("board {id}: {reason}"));
            known.cloned().unwrap_or_else(ChannelFees::nothing_recorded)
        }
    };
    let mut board = VendorBoard {
        pass_through: settle(
            fetched.pass_through,
            known_board.map(|board| &board.pass_through),
        ),
        direct: settle(fetched.direct, known_board.map(|board| &board.direct)),
        facts: fetched.facts,
    };
    if let Some(known) = known_board {
        board.keep_first_sightings(known);
    }
    let row = VendorRow {
        board,
        active: true,
        // What could not be read neither confirms nor replaces what is held back.
        held: match was_refused {
            true => known.map_or_else(Vec::new, |row| row.held.clone()),
            false => vec![],
        },
    };
    plan.note(known, row);
}

/// Whether an old word stands in for a refused one.
fn is_kept(reading: &Reading, known: Option<&ChannelFees>) -> bool {
    matches!(reading, Reading::Rejected { .. })
        && known.is_some_and(|fees| !fees.is_nothing_recorded())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::{BoardFacts, ChannelState, FeeSet, FeeStatus};
    use crate::domain::fee::Source;
    use crate::domain::fee_text::FeeText;
    use crate::upstream::RejectedRow;
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn charged(amount: &str, hours: i64) -> ChannelFees {
        let source = Source::reseller_api(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(hours));
        let text = FeeText {
            key: "idx".into(),
            label: "IDX".into(),
            amount: Some(amount.into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            ..FeeText::default()
        };
        let fees = FeeSet::new(vec![text.parse(source.clone()).unwrap()]).unwrap();
        ChannelFees {
            state: ChannelState::Charged {
                fees,
                partial: false,
            },
            note: None,
            source: Some(source),
        }
    }

    fn board(id: &str, pass_through: Reading) -> FetchedBoard {
        FetchedBoard {
            facts: BoardFacts::named(id, &format!("Board {id}")).into(),
            pass_through,
            direct: Reading::Read(ChannelFees::NOTHING_RECORDED.into()),
        }
    }

    fn fetched(boards: Vec<FetchedBoard>) -> Fetched {
        Fetched {
            boards,
            rejected: vec![],
            notices: vec![],
            pages: 1,
            sandbox: false,
        }
    }

    /// The rows after a first sync of boards 1, 2 and 3 at 20.00, in hour 1.
    fn synced() -> SourceRows {
        let boards = ["1", "2", "3"].map(|id| board(id, Reading::Read(charged("20", 1).into())));
        let first = plan(&SourceRows::default(), &fetched(boards.into()));
        assert_eq!(first.counts.added, 3);
        SourceRows::default().with(&first.changes)
    }

    #[test]
    fn the_same_list_again_changes_nothing() {
        let boards = ["3", "1", "2"].map(|id| board(id, Reading::Read(charged("20", 9).into())));
        let again = plan(&synced(), &fetched(boards.into()));
        assert!(again.changes.is_empty());
        assert_eq!((again.counts.boards, again.counts.changed), (3, 0));
    }

    #[test]
    fn one_changed_fee_is_one_changed_row() {
        let mut boards: Vec<_> = ["1", "2"]
            .map(|id| board(id, Reading::Read(charged("20", 9).into())))
            .into();
        boards.push(board("3", Reading::Read(charged("25", 9).into())));
        let plan = plan(&synced(), &fetched(boards));
        assert_eq!((plan.counts.changed, plan.fees_changed), (1, 1));
        assert_eq!(plan.changes.vendor.len(), 1);
        assert_eq!(plan.changes.vendor[0].board.facts.id.as_str(), "3");
    }

    #[test]
    fn a_board_that_is_gone_becomes_inactive_and_comes_back_as_added() {
        let boards = ["1", "2"].map(|id| board(id, Reading::Read(charged("20", 9).into())));
        let without = plan(&synced(), &fetched(boards.into()));
        assert_eq!(without.counts.removed, 1);
        let rows = synced().with(&without.changes);
        assert!(!rows.vendor[&BoardId::parse("3").unwrap()].active);

        let boards = ["1", "2", "3"].map(|id| board(id, Reading::Read(charged("20", 11).into())));
        let back = plan(&rows, &fetched(boards.into()));
        assert_eq!((back.counts.added, back.counts.removed), (1, 0));
    }

    #[test]
    fn refused_fees_keep_the_old_word_and_are_unknown_where_there_is_none() {
        let refused = || Reading::Rejected {
            reason: "amount: \"-1\" is negative".into(),
        };
        let mut boards: Vec<_> = ["1", "2"]
            .map(|id| board(id, Reading::Read(charged("20", 9).into())))
            .into();
        boards.push(board("3", refused()));
        boards.push(board("4", refused()));
        let plan = plan(&synced(), &fetched(boards));
        assert_eq!(
            (plan.counts.rejected, plan.counts.changed, plan.counts.added),
            (2, 0, 1)
        );
        assert_eq!(plan.fees_kept, 1);
        let new = &plan.changes.vendor[0].board;
        assert_eq!(new.pass_through.status(), FeeStatus::Unknown);
        assert!(
            plan.refused[0].contains("board 3: amount: \"-1\""),
            "{:?}",
            plan.refused
        );
    }

    #[test]
    fn a_refused_row_keeps_its_board_as_it_was() {
        let boards = ["1", "2"].map(|id| board(id, Reading::Read(charged("20", 9).into())));
        let mut list = fetched(boards.into());
        list.rejected = vec![RejectedRow {
            id: BoardId::parse("3").ok(),
            name: None,
            reason: "no name".into(),
        }];
        let plan = plan(&synced(), &list);
        assert!(plan.changes.is_empty());
        assert_eq!((plan.counts.rejected, plan.counts.removed), (1, 0));
        assert_eq!(plan.fees_kept, 1);
    }

    /// A list of boards `numbers`, each at an amount.
    fn list(amounts: &[(u8, u8)]) -> BTreeMap<u8, FetchedBoard> {
        let board = |(id, amount): &(u8, u8)| {
            let reading = match amount {
                0 => Reading::Rejected {
                    reason: "amount: \"-1\" is negative".into(),
                },
                amount => Reading::Read(charged(&amount.to_string(), 1).into()),
            };
            (*id, board(&id.to_string(), reading))
        };
        amounts.iter().map(board).collect()
    }

    proptest! {
        /// Told by its difference from the last list, a list plans what it plans as a whole.
        #[test]
        fn an_update_plans_what_the_whole_list_plans(
            before in prop::collection::vec((0..9_u8, 1..4_u8), 1..9),
            gone_before in prop::collection::vec((9..12_u8, 1..4_u8), 0..3),
            after in prop::collection::vec((0..12_u8, 0..4_u8), 0..9),
            same in prop::collection::btree_set(0..9_u8, 0..9),
        ) {
            let rows = |rows: &SourceRows, list: &BTreeMap<u8, FetchedBoard>| {
                let boards = list.values().cloned().collect();
                rows.clone().with(&plan(rows, &fetched(boards)).changes)
            };
            let (before, mut after) = (list(&before), list(&after));
            let current = rows(&SourceRows::default(), &list(&gone_before));
            let current = rows(&current, &before);
            let same: Vec<&u8> = same.iter().filter(|id| before.contains_key(id)).collect();
            let mut update = Update {
                read: fetched(vec![]),
                same: vec![],
                gone: vec![],
            };
            for (id, board) in &before {
                match same.contains(&id) {
                    true => update.same.push(board.facts.id.clone()),
                    false => update.gone.push(board.facts.id.clone()),
                }
            }
            after.retain(|id, _| !same.contains(&id));
            update.read.boards = after.values().cloned().collect();
            after.extend(same.iter().map(|id| (**id, before[id].clone())));
            let mut whole = plan(&current, &fetched(after.into_values().collect()));
            let mut told = plan_update(&current, &update).unwrap();
            for plan in [&mut whole, &mut told] {
                plan.changes.vendor.sort_by(|row, other| row.board.facts.id.cmp(&other.board.facts.id));
                plan.refused.sort();
            }
            prop_assert_eq!(told, whole);

            if let Some(id) = same.first() {
                update.read.boards.push(before[id].clone());
                prop_assert_eq!(plan_update(&current, &update), None);
            }
        }
    }
}
