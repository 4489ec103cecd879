//! `/v1/boards/options`: the drop-down.

use axum::response::Response;

use super::caching::{JSON, Reader, to_json};
use super::filter::Audience;
use super::params::{Parameter, Params, Query};
use super::problem::ApiError;
use super::views::{OptionView, OptionsView};
use crate::catalog::{Around, Catalog, Earlier, Pieces};
use crate::domain::board::Board;

/// The parameters of the drop-down.
const PARAMETERS: &[Parameter] = &[Parameter::once("state"), Parameter::once("eligibility")];

/// Boards for a drop-down
///
/// The active boards, sorted for people, each with its id, its label and its pass-through fees on one line.
#[utoipa::path(
    get,
    path = "/v1/boards/options",
    tag = "boards",
    params(Audience),
    responses((status = 200, description = "The boards, sorted by name.", body = OptionsView)),
)]
pub(crate) async fn list_board_options(reader: Reader, query: Query) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, PARAMETERS);
    let audience = Audience::read(&mut params);
    params.finish()?;
    Ok(reader.text(JSON, render(&reader.catalog, &audience)))
}

/// The whole drop-down of `catalog`, as JSON.
pub fn render_drop_down(catalog: &Catalog) -> Vec<u8> {
    render(catalog, &Audience::default())
}

/// The whole drop-down of `catalog`, by its pieces: those of `earlier` where that says the same board.
pub(crate) fn render_pieces(catalog: &Catalog, earlier: Option<Earlier<'_>>) -> Pieces {
    let boards = catalog.boards();
    let around = Around {
        head: &head(catalog),
        separator: b",",
        tail: TAIL,
    };
    Pieces::write(around, boards.len(), earlier, |position, text| {
        write_option(text, &boards[position], catalog);
    })
}

/// The drop-down of `catalog` for `audience`, made of the `pieces` of the whole one.
pub(crate) fn render_part(catalog: &Catalog, audience: &Audience, pieces: &Pieces) -> Vec<u8> {
    let mut text = head(catalog);
    let begun = text.len();
    for (position, board) in catalog.boards().iter().enumerate() {
        let piece = pieces.get(position);
        if !piece.is_empty() && audience.admits(board) {
            if text.len() > begun {
                text.push(b',');
            }
            text.extend_from_slice(piece);
        }
    }
    text.extend_from_slice(TAIL);
    text
}

/// What stands before the options.
fn head(catalog: &Catalog) -> Vec<u8> {
    let version = catalog.head().version.get();
    format!("{{\"catalog_version\":{version},\"options\":[").into_bytes()
}

/// What stands behind them.
const TAIL: &[u8] = b"]}";

/// Writes the option of `board`; nothing where it is not active.
fn write_option(text: &mut Vec<u8>, board: &Board, catalog: &Catalog) {
    if board.active {
        let option = OptionView::of(board, catalog.as_of());
        serde_json::to_writer(text, &option).expect("a view has text keys and no float");
    }
}

/// The drop-down of `catalog` for `audience`, as JSON.
pub(crate) fn render(catalog: &Catalog, audience: &Audience) -> Vec<u8> {
    let boards = catalog.boards().iter().filter(|board| board.active);
    let listed = boards.filter(|board| audience.admits(board));
    to_json(&OptionsView {
        catalog_version: catalog.head().version,
        options: listed
            .map(|board| OptionView::of(board, catalog.as_of()))
            .collect(),
    })
}
