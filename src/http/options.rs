//! `/v1/boards/options`: the drop-down.

use axum::response::Response;

use super::caching::{JSON, Reader, to_json};
use super::filter::Audience;
use super::params::{Parameter, Params, Query};
use super::problem::ApiError;
use super::views::{OptionView, OptionsView};
use crate::catalog::Catalog;

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
