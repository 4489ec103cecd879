//! Boards that are not in the catalog.

use super::filter::MAX_QUERY_CHARS;
use super::params::shown;
use super::problem::{Fault, Place};
use crate::catalog::Catalog;

/// The fault of naming `text`, which is no board's id, with the nearest boards. A text longer than
/// a search may be is not looked for.
pub(crate) fn board(catalog: &Catalog, text: &str, place: Place) -> Fault {
    let near = if text.chars().count() <= MAX_QUERY_CHARS {
        catalog.suggest(text)
    } else {
        Vec::new()
    };
    let near: Vec<String> = near
        .into_iter()
        .map(|board| format!("\"{}\" ({})", board.facts.id, board.label()))
        .collect();
    let remedy = if near.is_empty() {
        "find its id at /v1/boards?q=".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Fault {
        place,
        detail: format!("no board has the id \"{}\"; {remedy}", shown(text)),
    }
}
