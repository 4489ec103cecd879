//! Boards as CSV: the curation room's writer.

use crate::domain::board::Board;

/// The media type of the export.
pub(crate) const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// `boards` in the columns of the curated list, one row a fee.
pub(crate) fn write_boards<'a>(boards: impl Iterator<Item = &'a Board>) -> String {
    crate::curation::csv::write_boards(boards)
}
