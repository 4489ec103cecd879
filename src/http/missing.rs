//! Boards that are not in the catalog.

use super::filter::MAX_QUERY_CHARS;
use super::params::shown;
use super::problem::{Fault, Place};
use crate::catalog::Catalog;

/// The most unknown ids of one request that the nearest boards are looked for: each is a search through all of them.
/// Who has more wrong has not mistyped, but taken the ids from somewhere else.
const MAX_LOOKED_FOR: usize = 3;

/// The fault of naming `text`, which is no board's id and one of `unknown` such texts, with the nearest boards where
/// these are few. A text longer than a search may be is not looked for.
pub(crate) fn board(catalog: &Catalog, text: &str, unknown: usize, place: Place) -> Fault {
    let near = if unknown <= MAX_LOOKED_FOR && text.chars().count() <= MAX_QUERY_CHARS {
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
