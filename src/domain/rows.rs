//! The two sides of a catalog kept apart: what the vendor said last, and what staff keep by hand.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::iter::Peekable;

use super::board::{Board, BoardId, Channel, VendorRow};
use super::curated::{CuratedEntry, EntryId};
use super::merge::{Sources, adopt, merge};

/// Everything one version of the catalog is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceRows {
    /// The vendor's newest word on every board it ever listed.
    pub vendor: BTreeMap<BoardId, VendorRow>,
    /// The curated list.
    pub curated: BTreeMap<EntryId, CuratedEntry>,
}

/// Differences between two versions' rows; applying them to the earlier gives the later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowChanges {
    /// Vendor rows that are new or say something else; a board that is gone is the same row, inactive.
    pub vendor: Vec<VendorRow>,
    /// Curated entries that are new or say something else.
    pub curated: Vec<CuratedEntry>,
    /// Curated entries that staff took away.
    pub curated_removed: Vec<EntryId>,
}

impl RowChanges {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.vendor.is_empty() && self.curated.is_empty() && self.curated_removed.is_empty()
    }

    /// The boards whose rows differ.
    pub fn board_ids(&self) -> BTreeSet<BoardId> {
        let vendor = self.vendor.iter().map(|row| &row.board.facts.id);
        let curated = self.curated.iter().map(|entry| &entry.id.board_id);
        let removed = self.curated_removed.iter().map(|id| &id.board_id);
        vendor.chain(curated).chain(removed).cloned().collect()
    }
}

/// Which part of all rows is few: so many are looked up one by one faster than by going through all.
const FEW: usize = 16;

/// The vendor's rows, asked for one after the other. Where many are, they are gone through in step, because a search
/// from the root for each takes several times as long.
pub struct InStep<'r> {
    rows: &'r BTreeMap<BoardId, VendorRow>,
    /// What is not passed yet; `None` where each is looked up.
    ahead: Option<Peekable<btree_map::Iter<'r, BoardId, VendorRow>>>,
}

impl<'r> InStep<'r> {
    /// The row of the board `id`; `None` where there is none.
    pub fn of(&mut self, id: &BoardId) -> Option<&'r VendorRow> {
        let Some(ahead) = &mut self.ahead else {
            return self.rows.get(id);
        };
        while ahead.next_if(|(passed, _)| *passed < id).is_some() {}
        match ahead.next_if(|(next, _)| *next == id) {
            Some((_, row)) => Some(row),
            // There is none, or it was passed.
            None => self.rows.get(id),
        }
    }
}

impl SourceRows {
    /// The vendor's rows, to be asked for some `count` of them, best in order of id.
    pub fn vendor_in_step(&self, count: usize) -> InStep<'_> {
        let is_worth_it = count >= self.vendor.len() / FEW;
        InStep {
            rows: &self.vendor,
            ahead: is_worth_it.then(|| self.vendor.iter().peekable()),
        }
    }

    /// Every board that anybody speaks of, in order of id.
    pub fn board_ids(&self) -> BTreeSet<BoardId> {
        let curated = self.curated.keys().map(|id| &id.board_id);
        self.vendor.keys().chain(curated).cloned().collect()
    }

    /// Everything recorded about `id`.
    pub fn sources(&self, id: &BoardId) -> Sources<'_> {
        let entry = |channel| {
            self.curated.get(&EntryId {
                board_id: id.clone(),
                channel,
            })
        };
        Sources {
            vendor: self.vendor.get(id),
            pass_through: entry(Channel::PassThrough),
            direct: entry(Channel::Direct),
        }
    }

    /// Everything recorded about the boards `ids`, and about no other.
    pub fn of_boards(&self, ids: &BTreeSet<BoardId>) -> SourceRows {
        let mut rows = SourceRows::default();
        for id in ids {
            let Sources {
                vendor,
                pass_through,
                direct,
            } = self.sources(id);
            rows.vendor
                .extend(vendor.map(|row| (id.clone(), row.clone())));
            let entries = [pass_through, direct].into_iter().flatten();
            rows.curated
                .extend(entries.map(|entry| (entry.id.clone(), entry.clone())));
        }
        rows
    }

    /// The board `id`, merged; `None` when nobody describes it.
    pub fn merge_board(&self, id: &BoardId) -> Option<Board> {
        merge(self.sources(id))
    }

    /// Every board merged, in order of id.
    pub fn merge_all(&self) -> Vec<Board> {
        self.merged().collect()
    }

    /// Every board merged, in order of id, one at a time: never all of them in memory.
    pub fn merged(&self) -> impl Iterator<Item = Board> + '_ {
        let ids = self.board_ids().into_iter();
        ids.filter_map(|id| self.merge_board(&id))
    }

    /// As [`merge_all`](Self::merge_all), for rows that are not needed afterwards: hardly any board is copied.
    pub fn into_merged(self) -> Vec<Board> {
        let curated: BTreeSet<BoardId> =
            self.curated.keys().map(|id| id.board_id.clone()).collect();
        let mut boards: Vec<Board> = curated
            .iter()
            .filter_map(|id| self.merge_board(id))
            .collect();
        let others = self.vendor.into_iter();
        let others = others.filter(|(id, _)| !curated.contains(id));
        boards.extend(others.map(|(_, row)| adopt(row)));
        // Two runs in order, which sorting joins.
        boards.sort_by(|board, other| board.facts.id.cmp(&other.facts.id));
        boards
    }

    /// These rows with `changes` applied.
    pub fn with(mut self, changes: &RowChanges) -> SourceRows {
        for row in &changes.vendor {
            self.vendor.insert(row.board.facts.id.clone(), row.clone());
        }
        for entry in &changes.curated {
            self.curated.insert(entry.id.clone(), entry.clone());
        }
        for id in &changes.curated_removed {
            self.curated.remove(id);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(number: u8) -> BoardId {
        BoardId::parse(&number.to_string()).unwrap()
    }

    fn row(number: u8) -> VendorRow {
        VendorRow::named(&number.to_string(), &format!("Board {number}"))
    }

    proptest! {
        #[test]
        fn rows_are_found_in_any_order_however_they_are_looked_for(
            known in prop::collection::btree_set(0..60_u8, 20..40),
            asked in prop::collection::vec(0..60_u8, 0..40),
            is_in_order in any::<bool>(),
        ) {
            let mut asked: Vec<BoardId> = asked.into_iter().map(id).collect();
            if is_in_order {
                asked.sort();
            }
            let rows = SourceRows {
                vendor: known.iter().map(|number| (id(*number), row(*number))).collect(),
                ..SourceRows::default()
            };
            for count in [0, usize::MAX] {
                let mut in_step = rows.vendor_in_step(count);
                for id in &asked {
                    prop_assert_eq!(in_step.of(id), rows.vendor.get(id), "{}", id);
                }
            }
        }
    }
}
