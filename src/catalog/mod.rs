//! The catalog: the immutable merged picture of all boards, with a version; and the handle that swaps it.
//!
//! A [`Catalog`] is built whole, off the request path, and never changes. Readers take a [`Snapshot`] from the
//! [`CatalogHandle`] once and answer from it; building, rendering and swapping never block them.

mod form;
mod handle;
mod hash;
mod labels;
mod prepared;
pub mod search;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use foldhash::fast::RandomState;

pub use form::{BoardForms, BoardGap, Form, FrameGap};
pub use handle::{CatalogHandle, Freshness, Prepare, Snapshot};
pub use hash::{WrongHash, content_hash, verify_hash};
pub use labels::{fee_label, fee_terms_label};
pub use prepared::{Coding, Prepared, PreparedAnswer, PreparedBody, Resource};

use crate::domain::board::{Board, BoardId, FeeStatus};
use crate::domain::folded::fold;
use crate::domain::version::VersionHead;
use search::SearchIndex;

/// All boards of one version, merged, in the order people read them.
pub struct Catalog {
    head: VersionHead,
    boards: Vec<Arc<Board>>,
    positions: HashMap<BoardId, usize, RandomState>,
    search: SearchIndex,
    next_terms_on: Option<NaiveDate>,
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
        let mut boards: Vec<Arc<Board>> = boards.into_iter().map(Arc::new).collect();
        boards.sort_by_cached_key(|board| (fold(&board.facts.name), board.facts.id.clone()));
        let positions = boards.iter().enumerate();
        let positions = positions
            .map(|(position, board)| (board.facts.id.clone(), position))
            .collect();
        let search = SearchIndex::build(boards.iter().map(Arc::as_ref));
        let edges = boards.iter().flat_map(|board| board.term_edges());
        let next_terms_on = edges.filter(|day| *day > head.as_of).min();
        Catalog {
            next_terms_on,
            head,
            boards,
            positions,
            search,
        }
    }

    /// What is recorded about the version.
    pub fn head(&self) -> &VersionHead {
        &self.head
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
        self.positions
            .get(id)
            .map(|position| &self.boards[*position])
    }

    /// Where in [`boards`](Self::boards) the board is whose id is `text`; `None` when no version up to this one has it.
    pub fn position_of(&self, text: &str) -> Option<usize> {
        self.positions.get(text).copied()
    }

    /// The boards that match `query`, best first: position in [`boards`](Self::boards) and rank (0 is best).
    pub fn search(&self, query: &str) -> Vec<(u32, u32)> {
        self.search.search(query)
    }

    /// The boards nearest to a text that is no id, for an error message: at most three, best first.
    pub fn suggest(&self, text: &str) -> Vec<&Arc<Board>> {
        if fold(text).is_empty() {
            // Every board is as near as the next.
            return Vec::new();
        }
        let found = self.search.search(text);
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
