//! Which rows to read: those of some boards that held in a stretch of versions.

use crate::domain::version::CatalogVersion;

use super::StoreError;
use super::place::Place;

/// Some boards, from one version to another.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// The first version: what held in it belongs to the window.
    pub(super) first: i64,
    /// The last version, `first` or later.
    pub(super) last: i64,
    /// The boards, as a JSON array: a statement takes any number of them as one value.
    board_ids: String,
}

impl Window {
    /// The window of the boards `ids`, which are distinct, from `first` to `last`.
    pub(super) fn new(first: i64, last: i64, ids: &[String]) -> Window {
        Window {
            first,
            last,
            board_ids: serde_json::json!(ids).to_string(),
        }
    }

    /// The boards as the third value of a statement.
    pub(super) fn board_ids(&self) -> &str {
        &self.board_ids
    }
}

/// A row and the versions it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held<T> {
    /// The first version.
    pub(super) from: CatalogVersion,
    /// The first version it no longer belongs to; `None` while it holds.
    pub(super) to: Option<CatalogVersion>,
    /// What it says.
    pub(super) row: T,
}

impl<T> Held<T> {
    /// Whether the row belongs to the version `number`.
    pub(super) fn holds_in(&self, number: i64) -> bool {
        self.from.get() <= number && self.to.is_none_or(|to| to.get() > number)
    }

    /// The versions it came in and went out.
    pub(super) fn edges(&self) -> impl Iterator<Item = CatalogVersion> {
        [Some(self.from), self.to].into_iter().flatten()
    }
}

/// Reads a version's number.
pub(super) fn read_version(
    place: Place<'_>,
    column: &'static str,
    number: i64,
) -> Result<CatalogVersion, StoreError> {
    CatalogVersion::new(number).ok_or_else(|| place.wrong(column, "is below 1"))
}

/// The `row_id`s of `vendor_boards` in the window `?1` to `?2` of the boards `?3`.
///
/// The last row that came in by the first version is looked up in the index, so that a board's many older rows are not
/// read. It may have gone out already: see [`Held::holds_in`].
#[rustfmt::skip] // a clause a line
macro_rules! vendor_boards_in_window {
    () => {
        concat!(
            "SELECT held.row_id ",
            "FROM json_each(?3) AS asked ",
            "CROSS JOIN vendor_boards AS held ",
            "WHERE held.board_id = asked.value ",
            "AND held.from_version <= ?2 ",
            "AND held.from_version >= COALESCE((",
                "SELECT MAX(earlier.from_version) ",
                "FROM vendor_boards AS earlier ",
                "WHERE earlier.board_id = asked.value AND earlier.from_version <= ?1), 0)",
        )
    };
}

/// The same for `curated_entries`, of which a board has two: one a channel.
#[rustfmt::skip] // a clause a line
macro_rules! curated_entries_in_window {
    () => {
        concat!(
            "SELECT held.row_id ",
            "FROM json_each(?3) AS asked ",
            "CROSS JOIN (SELECT 'pass_through' AS channel UNION ALL SELECT 'direct') AS either ",
            "CROSS JOIN curated_entries AS held ",
            "WHERE held.board_id = asked.value ",
            "AND held.channel = either.channel ",
            "AND held.from_version <= ?2 ",
            "AND held.from_version >= COALESCE((",
                "SELECT MAX(earlier.from_version) ",
                "FROM curated_entries AS earlier ",
                "WHERE earlier.board_id = asked.value ",
                "AND earlier.channel = either.channel ",
                "AND earlier.from_version <= ?1), 0)",
        )
    };
}

pub(super) use {curated_entries_in_window, vendor_boards_in_window};
