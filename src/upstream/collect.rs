//! Rows to boards: each board once, the refused ones with a reason, and what was met on the way.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;
use serde_json::Value;

use crate::domain::board::BoardId;

use super::error::UpstreamError;
use super::fetched::{Fetched, FetchedBoard, RejectedRow};
use super::mapping::{Mapping, RowError};
use super::notices::Notices;
use super::transport::Page;
use super::unused::{Held, UnusedFields};
use super::weight::{Scales, excess};

/// The most results one fetch takes in; the whole continent has about a thousand boards.
pub(super) const MAX_RESULTS: u64 = 100_000;
/// The most names of unused fields in a notice.
const MAX_UNUSED_SHOWN: usize = 20;

/// Reads a whole list that came in one body, seen at `observed_at`: what a fetch without paging makes of it.
///
/// # Errors
/// As a fetch, but for the network and what is claimed of a total.
pub fn read_list(
    mapping: &Mapping,
    body: &[u8],
    observed_at: DateTime<Utc>,
) -> Result<Fetched, UpstreamError> {
    let mut collector = Collector::new(mapping, observed_at, false);
    collector.begin_page(false);
    let page = Page {
        body: Bytes::copy_from_slice(body),
        status: 200,
        sandbox: false,
        validator: None,
        read_at: observed_at,
    };
    mapping.read_page(&page, &mut |result| collector.add(&result).map(drop))?;
    collector.finish()
}

/// What a result became.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// The board it is; `None` where it was refused.
    pub(super) id: Option<BoardId>,
    /// `None` where something was said about it, so that it must be read again for that to be said again.
    pub(super) plain: Option<Plain>,
}

/// A result that is a board, and nothing more: all that a list takes from it beside the board.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    excess: usize,
    held: Arc<Held>,
}

/// Collects the boards of one pass over the pages.
pub(super) struct Collector<'m> {
    mapping: &'m Mapping,
    observed_at: DateTime<Utc>,
    /// Whether this is the second pass: what still stands on two pages then is the vendor's word.
    is_second_pass: bool,
    boards: Vec<FetchedBoard>,
    /// Where each id stands: its place in `boards`, and its page.
    places: HashMap<BoardId, (usize, u32), RandomState>,
    rejected: Vec<RejectedRow>,
    notices: Notices,
    unused: UnusedFields,
    scales: Scales,
    rows: u64,
    rows_without_id: u64,
    rows_without_name: u64,
    pages: u32,
    sandbox: bool,
    /// Boards that were known, and not read.
    known: u64,
    /// Results that said again what an earlier one said.
    repeats: u64,
}

impl<'m> Collector<'m> {
    /// An empty collection of boards seen at `observed_at`.
    pub(super) fn new(
        mapping: &'m Mapping,
        observed_at: DateTime<Utc>,
        is_second_pass: bool,
    ) -> Collector<'m> {
        Collector {
            mapping,
            observed_at,
            is_second_pass,
            boards: Vec::new(),
            places: HashMap::default(),
            rejected: Vec::new(),
            notices: Notices::default(),
            unused: UnusedFields::new(mapping),
            scales: Scales::default(),
            rows: 0,
            rows_without_id: 0,
            rows_without_name: 0,
            pages: 0,
            sandbox: false,
            known: 0,
            repeats: 0,
        }
    }

    /// Boards so far.
    pub(super) fn boards(&self) -> u64 {
        self.boards.len() as u64 + self.known
    }

    /// Whether a board came more than once.
    pub(super) fn has_repeats(&self) -> bool {
        self.repeats > 0
    }

    /// Begins the next page that has results; `sandbox` when the vendor says that it is the sandbox.
    pub(super) fn begin_page(&mut self, sandbox: bool) {
        self.pages += 1;
        self.sandbox |= sandbox;
    }

    /// Takes in one result of the page.
    ///
    /// # Errors
    /// When one id stands for two boards, or the results are too many to be boards.
    pub(super) fn add(&mut self, result: &Value) -> Result<Added, UpstreamError> {
        self.count_row()?;
        let held = self.unused.look_at(result);
        let noticed = self.notices.sightings();
        let board = match self
            .mapping
            .read_board(result, self.observed_at, &mut self.notices)
        {
            Ok(board) => board,
            Err(error) => {
                self.reject(error);
                return Ok(Added::default());
            }
        };
        let (id, excess) = (board.facts.id.clone(), excess(&board));
        let is_read = !board.is_rejected();
        self.add_board(board, excess)?;
        let is_plain = is_read && self.notices.sightings() == noticed;
        let plain = held.filter(|_| is_plain);
        Ok(Added {
            id: Some(id),
            plain: plain.map(|held| Plain { excess, held }),
        })
    }

    /// Takes in one result that came before and was `plain`.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub(super) fn add_known(&mut self, plain: &Plain) -> Result<(), UpstreamError> {
        self.count_row()?;
        self.unused.add_held(&plain.held);
        self.known += 1;
        match self.scales.carry(plain.excess) {
            true => Ok(()),
            false => Err(UpstreamError::Overweight),
        }
    }

    fn count_row(&mut self) -> Result<(), UpstreamError> {
        self.rows += 1;
        match self.rows > MAX_RESULTS {
            true => Err(UpstreamError::TooManyResults { limit: MAX_RESULTS }),
            false => Ok(()),
        }
    }

    /// Whether what `other` collected is what this collection began with.
    pub(super) fn begins_with(&self, other: &Collector<'_>) -> bool {
        self.boards.starts_with(&other.boards) && self.rejected.starts_with(&other.rejected)
    }

    fn add_board(&mut self, board: FetchedBoard, excess: usize) -> Result<(), UpstreamError> {
        let id = board.facts.id.clone();
        match self.places.entry(id.clone()) {
            Entry::Vacant(_) if !self.scales.carry(excess) => {
                return Err(UpstreamError::Overweight);
            }
            Entry::Vacant(place) => {
                place.insert((self.boards.len(), self.pages));
                self.boards.push(board);
            }
            // A board on two pages means that the list moved between them, and that another one may be lost.
            Entry::Occupied(place) if place.get().1 != self.pages && !self.is_second_pass => {
                return Err(UpstreamError::Paging {
                    problem: format!("board \"{id}\" stands on two pages"),
                });
            }
            Entry::Occupied(place) if self.boards[place.get().0] == board => {
                self.repeats += 1;
                self.notices.add(format!(
                    "board \"{id}\" came more than once, each time the same"
                ));
            }
            Entry::Occupied(_) => return Err(UpstreamError::Identity { id: id.to_string() }),
        }
        Ok(())
    }

    fn reject(&mut self, error: RowError) {
        let row = match error {
            RowError::NoId(row) => {
                self.rows_without_id += 1;
                row
            }
            RowError::NoName(row) => {
                self.rows_without_name += 1;
                row
            }
            RowError::Unfit(row) => row,
        };
        self.rejected.push(row);
    }

    /// Everything collected; of boards, those that were read.
    ///
    /// # Errors
    /// When there is no board: none was sent, or none could be read.
    pub(super) fn finish(mut self) -> Result<Fetched, UpstreamError> {
        self.check_there_are_boards()?;
        let unused = self.unused.pointers();
        if !unused.is_empty() {
            let shown = unused[..unused.len().min(MAX_UNUSED_SHOWN)].join(", ");
            let more = match unused.len().saturating_sub(MAX_UNUSED_SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            self.notices.add(format!(
                "the mapping does not use these fields: {shown}{more}"
            ));
        }
        Ok(Fetched {
            boards: self.boards,
            rejected: self.rejected,
            notices: self.notices.into_lines(),
            pages: self.pages,
            sandbox: self.sandbox,
        })
    }

    fn check_there_are_boards(&self) -> Result<(), UpstreamError> {
        if self.boards() > 0 {
            return Ok(());
        }
        if self.rows == 0 {
            return Err(UpstreamError::Empty);
        }
        let rows = self.rows;
        let problem = if self.rows_without_id == rows {
            format!("none of {rows} results has an id where upstream.mapping.id points")
        } else if self.rows_without_name == rows {
            format!("none of {rows} results has a name where upstream.mapping.name points")
        } else {
            let reason = self.rejected.first().map_or("", |row| row.reason.as_str());
            format!("none of {rows} results is a board, the first because {reason}")
        };
        Err(UpstreamError::Schema { problem })
    }
}
