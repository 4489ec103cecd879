//! The catalog: the immutable merged picture of all boards, with a version; and the handle that swaps it.
//!
//! A [`Catalog`] is built whole, off the request path, and never changes. Readers take a [`Snapshot`] from the
//! [`CatalogHandle`] once and answer from it; building, rendering and swapping never block them.

mod form;
mod handle;
mod hash;
mod labels;
mod merged;
mod pieces;
mod prepared;
pub mod search;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use foldhash::fast::RandomState;

pub use form::{BoardForm, BoardForms, BoardGap, Form, FrameGap, QuoteFrame};
pub use handle::{CatalogHandle, Freshness, Prepare, PreparedCatalog, Snapshot};
pub use hash::{WrongHash, content_hash, verify_hash};
pub use labels::{fee_label, fee_terms_label};
pub use merged::MergedBoards;
pub use pieces::{Around, Earlier, Pieces};
pub use prepared::{Coding, Heads, Prepared, PreparedAnswer, Resource};

use crate::domain::board::{Board, BoardId, FeeStatus};
use crate::domain::folded::fold;
use crate::domain::version::{CatalogVersion, VersionHead};
use search::SearchIndex;

/// All boards of one version, merged, in the order people read them.
pub struct Catalog {
    head: VersionHead,
    boards: Vec<Arc<Board>>,
    /// Versions in which every board goes by the same names have it in common.
    places: Arc<Places>,
    next_terms_on: Option<NaiveDate>,
    /// The version that this one follows, and where its boards are others; `None` where it was built anew.
    follows: Option<(VersionHead, Vec<u32>)>,
}

/// Which board stands where, and by what it is found: all that follows from the boards' ids, names and states.
struct Places {
    positions: HashMap<BoardId, u32, RandomState>,
    search: SearchIndex,
}

/// How many boards there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All boards, inactive ones included.
    pub boards: usize,
    /// Boards in the lists.
    pub active: usize,
    /// Active boards whose pass-through channel is charged.
    pub charged: usize,
    /// Active boards without a pass-through fee.
    pub none: usize,
    /// Active boards whose pass-through fee is not published.
    pub unpublished: usize,
    /// Active boards of whose pass-through fee nothing is known.
    pub unknown: usize,
}

impl Catalog {
    /// Builds the catalog of version `head` from its merged boards.
    ///
    /// Costs a sort and an index over all boards; call it off the request path.
    pub fn build(head: VersionHead, boards: Vec<Board>) -> Catalog {
        Catalog::of(head, boards.into_iter().map(Arc::new).collect())
    }

    /// As [`build`](Self::build), of boards that others have too.
    pub fn of(head: VersionHead, boards: Vec<Arc<Board>>) -> Catalog {
        let mut folded: Vec<(String, Arc<Board>)> = boards
            .into_iter()
            .map(|board| (fold(&board.facts.name), board))
            .collect();
        folded.sort_unstable_by(|(name, board), (other_name, other)| {
            let ids = || board.facts.id.cmp(&other.facts.id);
            name.cmp(other_name).then_with(ids)
        });
        let (names, boards): (Vec<String>, Vec<Arc<Board>>) = folded.into_iter().unzip();
        let positions = (0..).zip(&boards);
        let positions = positions.map(|(position, board)| (board.facts.id.clone(), position));
        let places = Places {
            positions: positions.collect(),
            search: SearchIndex::of_folded(boards.iter().map(Arc::as_ref).zip(names)),
        };
        Catalog {
            next_terms_on: first_edge_after(&boards, head.as_of),
            head,
            boards,
            places: Arc::new(places),
            follows: None,
        }
    }

    /// The catalog of version `head`, whose boards are `merged`: this one's but for those of `changed`.
    ///
    /// What [`of`](Self::of) makes of them. Costs next to nothing where few boards are changed and all go by the same
    /// names; where one does not, everything is built anew.
    pub fn follow(
        &self,
        head: VersionHead,
        merged: &MergedBoards,
        changed: &BTreeSet<BoardId>,
    ) -> Catalog {
        let Some(changes) = self.changes_in_place(merged, changed) else {
            return Catalog::of(head, merged.boards().cloned().collect());
        };
        let next_terms_on = self.next_terms_after(&changes, head.as_of);
        let positions = changes.iter().map(|(position, _)| *position as u32);
        let positions = positions.collect();
        let mut boards = self.boards.clone();
        for (position, board) in &changes {
            boards[*position] = Arc::clone(board);
        }
        Catalog {
            next_terms_on: next_terms_on.unwrap_or_else(|| first_edge_after(&boards, head.as_of)),
            head,
            boards,
            places: Arc::clone(&self.places),
            follows: Some((self.head.clone(), positions)),
        }
    }

    /// The boards of `changed` with their positions, as `merged` has them; `None` where one is new or gone, or goes by
    /// other names, so that it may stand elsewhere.
    fn changes_in_place<'m>(
        &self,
        merged: &'m MergedBoards,
        changed: &BTreeSet<BoardId>,
    ) -> Option<Vec<(usize, &'m Arc<Board>)>> {
        let mut changes = Vec::with_capacity(changed.len());
        for id in changed {
            match (self.position_of(id.as_str()), merged.get(id)) {
                // Nobody describes it, before or after.
                (None, None) => {}
                (Some(position), Some(board)) if goes_by_same(&self.boards[position], board) => {
                    changes.push((position, board));
                }
                _ => return None,
            }
        }
        Some(changes)
    }

    /// The first day after `as_of` on which terms begin or end once `changes` are made; outer `None` where all boards
    /// must be looked at.
    fn next_terms_after(
        &self,
        changes: &[(usize, &Arc<Board>)],
        as_of: NaiveDate,
    ) -> Option<Option<NaiveDate>> {
        let is_next = |day| Some(day) == self.next_terms_on;
        let mut replaced = changes.iter().map(|(position, _)| &self.boards[*position]);
        if as_of != self.head.as_of || replaced.any(|board| board.term_edges().any(is_next)) {
            return None;
        }
        let new = first_edge_after(changes.iter().map(|(_, board)| *board), as_of);
        Some(self.next_terms_on.into_iter().chain(new).min())
    }

    /// Where in [`boards`](Self::boards) this catalog has another board than that of `version`, while all others stand
    /// where they stood and have the states and labels they had; `None` where that is not known.
    pub fn differs_from(&self, version: CatalogVersion) -> Option<&[u32]> {
        let (before, positions) = self.follows.as_ref()?;
        let is_known = before.version == version && before.as_of == self.head.as_of;
        is_known.then_some(positions)
    }

    /// What is recorded about the version.
    pub fn head(&self) -> &VersionHead {
        &self.head
    }

    /// Notes the run that the version comes of, before anybody reads it.
    fn set_run(&mut self, run_id: Option<i64>) {
        self.head.run_id = run_id;
    }

    /// The day whose states the lists and labels show.
    pub fn as_of(&self) -> NaiveDate {
        self.head.as_of
    }

    /// The first day after [`as_of`](Self::as_of) on which terms of some fee begin or end; `None` when none will.
    pub fn next_terms_on(&self) -> Option<NaiveDate> {
        self.next_terms_on
    }

    /// Every board, inactive ones included, sorted for people: by folded name, then id.
    pub fn boards(&self) -> &[Arc<Board>] {
        &self.boards
    }

    /// The board `id`; `None` when no version up to this one has it.
    pub fn board(&self, id: &BoardId) -> Option<&Arc<Board>> {
        let position = self.position_of(id.as_str())?;
        Some(&self.boards[position])
    }

    /// Where in [`boards`](Self::boards) the board is whose id is `text`; `None` when no version up to this one has it.
    pub fn position_of(&self, text: &str) -> Option<usize> {
        let position = self.places.positions.get(text)?;
        Some(*position as usize)
    }

    /// The boards that match `query`, best first: position in [`boards`](Self::boards) and rank (0 is best).
    pub fn search(&self, query: &str) -> Vec<(u32, u32)> {
        self.places.search.search(query)
    }

    /// The boards nearest to a text that is no id, for an error message: at most three, best first.
    pub fn suggest(&self, text: &str) -> Vec<&Arc<Board>> {
        if fold(text).is_empty() {
            // Every board is as near as the next.
            return Vec::new();
        }
        let found = self.places.search.search(text);
        found
            .into_iter()
            .take(3)
            .map(|(position, _)| &self.boards[position as usize])
            .collect()
    }

    /// How many boards there are of each kind, on the catalog's day.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            boards: self.boards.len(),
            ..Counts::default()
        };
        for board in self.boards.iter().filter(|board| board.active) {
            counts.active += 1;
            match board.pass_through.status_on(self.as_of()) {
                FeeStatus::Charged => counts.charged += 1,
                FeeStatus::None => counts.none += 1,
                FeeStatus::Unpublished => counts.unpublished += 1,
                FeeStatus::Unknown => counts.unknown += 1,
            }
        }
        counts
    }
}

/// Whether both, which are of one id, go by the same names, so that they stand at the same place and are found alike.
fn goes_by_same(board: &Board, other: &Board) -> bool {
    let (facts, others) = (&board.facts, &other.facts);
    facts.is_same(others)
        || (facts.name == others.name
            && facts.abbreviation == others.abbreviation
            && facts.states == others.states)
}

/// The first day after `day` on which terms of a fee of `boards` begin or end.
fn first_edge_after<'b>(
    boards: impl IntoIterator<Item = &'b Arc<Board>>,
    day: NaiveDate,
) -> Option<NaiveDate> {
    let edges = boards.into_iter().flat_map(|board| board.term_edges());
    edges.filter(|edge| *edge > day).min()
}

#[cfg(test)]
pub(crate) mod tests;
