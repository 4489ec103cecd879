//! `/v1/boards/{id}/history`: the versions in which one board changed.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use utoipa::IntoParams;

use super::Api;
use super::boards::refuse_id;
use super::caching::Reader;
use super::params::{Parameter, Params, Query};
use super::problem::{ApiError, Place};
use super::version::read_version;
use super::views::{BoardHistoryView, BoardVersionView};
use crate::domain::board::BoardId;
use crate::domain::version::CatalogVersion;

/// The versions of an answer unless another number is asked for.
const DEFAULT_LIMIT: usize = 100;
/// The most versions of an answer.
const MAX_LIMIT: usize = 500;

const PARAMETERS: &[Parameter] = &[Parameter::once("limit"), Parameter::once("before")];

/// Which versions.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// The most versions of an answer.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 500, default = 100, example = 20)]
    limit: usize,
    /// Only versions before this one: `next_before` as it came.
    #[param(
        value_type = i64,
        required = false,
        minimum = 1,
        maximum = 9_007_199_254_740_991_i64,
        example = 43
    )]
    before: Option<CatalogVersion>,
}

impl Page {
    fn read(params: &mut Params) -> Page {
        let limit = params.whole_number("limit", 1..=MAX_LIMIT);
        Page {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            before: read_version(params, "before"),
        }
    }
}

/// History of one board
///
/// The versions of the catalog in which the board changed, newest first: what changed, before and after, and why.
/// `actor`, who caused a version, is null without a token.
#[utoipa::path(
    get,
    path = "/v1/boards/{id}/history",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The vendor's id of the board.", min_length = 1, max_length = 64, example = "1001"),
        Page,
    ),
    responses((status = 200, description = "The board's versions.", body = BoardHistoryView)),
)]
pub(crate) async fn get_board_history(
    State(api): State<Arc<Api>>,
    reader: Reader,
    id: Result<Path<String>, PathRejection>,
    query: Query,
) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, PARAMETERS);
    let page = Page::read(&mut params);
    params.finish()?;
    let Path(text) = id.map_err(|_| refuse_id())?;
    let missing = || {
        let place = Place::Parameter("id".to_owned());
        reader.missing_board(&text, place)
    };
    let id = BoardId::parse(&text).map_err(|_| missing())?;
    // One more than is shown tells whether there are more.
    let found = api
        .history
        .load_board_history(&id, page.before, page.limit + 1)
        .await?;
    let mut versions = found.ok_or_else(missing)?;
    let more = versions.len() > page.limit;
    versions.truncate(page.limit);
    let last = versions.last().filter(|_| more);
    let seen = |version: &BoardVersionView<'_>| !version.changes.is_empty();
    Ok(reader.json(&BoardHistoryView {
        board_id: &id,
        next_before: last.map(|version| version.head.version),
        versions: versions
            .iter()
            .map(|version| BoardVersionView::of(version, reader.detail))
            .filter(seen)
            .collect(),
    }))
}
