//! The drop-down.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::words;
use crate::catalog::fee_label;
use crate::domain::board::{Board, Code, FeeStatus};
use crate::domain::version::CatalogVersion;

/// A list ready for a drop-down, sorted for people.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BoardOptions)]
pub struct OptionsView<'a> {
    /// The catalog the list was made from.
    #[schema(value_type = i64, minimum = 1)]
    pub catalog_version: CatalogVersion,
    /// The active boards, by name.
    pub options: Vec<OptionView<'a>>,
}

/// One board of the drop-down.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BoardOption)]
pub struct OptionView<'a> {
    /// The board's id: what a quote takes.
    #[schema(min_length = 1, max_length = 64)]
    pub value: &'a str,
    /// Name, abbreviation and states on one line.
    pub label: String,
    /// States, territories or provinces of the board's listings.
    #[schema(value_type = Vec<String>)]
    pub states: &'a [Code],
    /// The pass-through fees on one line.
    pub fee_label: String,
    /// The answer of the pass-through channel.
    #[schema(value_type = words::FeeStatus)]
    pub status: FeeStatus,
}

impl<'a> OptionView<'a> {
    /// `board` with its state and label of the day `as_of`.
    pub fn of(board: &'a Board, as_of: NaiveDate) -> OptionView<'a> {
        OptionView {
            value: board.facts.id.as_str(),
            label: board.label(),
            states: &board.facts.states,
            fee_label: fee_label(&board.pass_through, as_of),
            status: board.pass_through.status_on(as_of),
        }
    }
}
