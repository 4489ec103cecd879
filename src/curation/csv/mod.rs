//! The curated list as CSV: one row a fee, the rows of one (board, channel) are one entry.
//!
//! [`parse_entries`] and [`write_entries`] are each other's inverse. Reading is strict, because a misread cell is a
//! wrong price: every error of a file is reported at once, with row, column, value and remedy.
//!
//! | file | holds |
//! | --- | --- |
//! | `table.rs` | bytes to rows of cells under the right header |
//! | `line.rs` | one row to what it says |
//! | `entries.rs` | rows to entries, and what only several rows show |
//! | `write.rs` | entries and boards to rows |
//! | `formula.rs` | cells that a spreadsheet would run |

mod entries;
mod formula;
mod line;
mod table;
mod write;

use std::fmt;

use chrono::{DateTime, Utc};

pub use entries::parse_entries;
pub(super) use entries::read_entries;
pub use table::MAX_BYTES;
pub(super) use table::Row;
pub use write::{BoardRows, write_boards, write_entries};

/// The columns, in order.
pub const COLUMNS: [&str; 26] = [
    "board_id",
    "board_name",
    "abbreviation",
    "states",
    "country",
    "channel",
    "status",
    "override",
    "fee_key",
    "label",
    "amount",
    "amount_max",
    "currency",
    "cadence",
    "billed",
    "basis",
    "included",
    "tier_mode",
    "tiers",
    "minimum",
    "maximum",
    "effective_from",
    "effective_to",
    "note",
    "source_url",
    "verified_on",
];

/// The column that may follow the others: for staff only.
pub const INTERNAL_NOTE: &str = "internal_note";

/// What is wrong in one cell, or in a row as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The row as a spreadsheet numbers it: the header is row 1, blank rows count, a cell of several lines does not.
    pub row: u64,
    /// The column by its name in the header; empty where the whole row is meant.
    pub column: String,
    /// The value as given; empty when it is missing.
    pub value: String,
    /// What is wrong and the remedy.
    pub problem: String,
}

impl RowError {
    fn new(row: u64, column: &str, value: &str, problem: impl Into<String>) -> RowError {
        RowError {
            row,
            column: column.to_owned(),
            value: value.to_owned(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for RowError {
    /// `row 14, amount: "n/a" is not an amount; …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowError {
            row,
            column,
            problem,
            ..
        } = self;
        match column.as_str() {
            "" => write!(f, "row {row}: {problem}"),
            column => write!(f, "row {row}, {column}: {problem}"),
        }
    }
}

impl std::error::Error for RowError {}

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub struct ParseOptions {
    /// The time that entries are recorded at: their first sighting, where nothing like them is on the list yet.
    pub recorded_at: DateTime<Utc>,
    /// Whether a board may have another name than the vendor gives it.
    pub accept_names: bool,
    /// How whoever reads the errors asks for that: `--accept-names`.
    pub to_accept_names: &'static str,
}

#[cfg(test)]
mod tests;
