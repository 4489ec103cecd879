//! `/v1/changes`: what changed, version by version; in pages here, as it happens in [`stream`].

pub(crate) mod stream;
mod streams;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use utoipa::IntoParams;

pub use streams::Streams;

use super::Api;
use super::caching::{CATALOG_VERSION, Reader};
use super::params::{Parameter, Params, Query};
use super::problem::{ApiError, Place};
use super::version::{MAX_VERSION, missing_version};
use super::views::ChangesPageView;
use crate::domain::board::BoardId;

/// The changes of a page unless another number is asked for.
const DEFAULT_LIMIT: usize = 100;
/// The most changes of a page, a version that has more aside.
const MAX_LIMIT: usize = 1_000;

const PARAMETERS: &[Parameter] = &[
    Parameter::once("after"),
    Parameter::once("board"),
    Parameter::once("limit"),
];

/// Which changes.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// Only versions after this one: `next_after` as it came, 0 for everything.
    #[param(
        value_type = i64,
        required = false,
        minimum = 0,
        maximum = 9_007_199_254_740_991_i64,
        default = 0,
        example = 41
    )]
    after: i64,
    /// Only changes of the board with this id.
    #[param(
        required = false,
        nullable = false,
        min_length = 1,
        max_length = 64,
        example = "1001"
    )]
    board: Option<String>,
    /// The most changes of a page. A version is never cut in two: where the first alone has more, the page is larger.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 1000, default = 100, example = 100)]
    limit: usize,
}

impl Page {
    fn read(params: &mut Params) -> Page {
        let after = read_position(params);
        let limit = params.whole_number("limit", 1..=MAX_LIMIT);
        Page {
            after: after.unwrap_or(0),
            board: read_board(params),
            limit: limit.unwrap_or(DEFAULT_LIMIT),
        }
    }
}

/// Changes
///
/// What changed, oldest first. Who starts with `after=0`, goes on with `after=next_after` and keeps the last `board` of
/// each `board_id` has the present catalog.
#[utoipa::path(
    get,
    path = "/v1/changes",
    tag = "changes",
    params(Page),
    responses((status = 200, description = "One page of changes.", body = ChangesPageView)),
)]
pub(crate) async fn list_changes(
    State(api): State<Arc<Api>>,
    reader: Reader,
    query: Query,
) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, PARAMETERS);
    let page = Page::read(&mut params);
    params.finish()?;
    let board = find_board(&api, &reader, page.board.as_deref()).await?;
    let found = api
        .history
        .load_changes(page.after, board.as_ref(), page.limit)
        .await?;
    // Another process may have published a version that is not shown here yet.
    let shown = reader.catalog.head().version;
    let latest = found.latest_version.unwrap_or(shown);
    if page.after > latest.get() {
        let place = Place::Parameter("after".to_owned());
        return Err(missing_version(page.after, latest, place));
    }
    let mut response = reader.json(&ChangesPageView::of(&found, latest));
    let headers = response.headers_mut();
    headers.insert(CATALOG_VERSION, HeaderValue::from(latest.get()));
    Ok(response)
}

/// A place in the feed: the number of a version, or 0 for the beginning.
fn read_position(params: &mut Params) -> Option<i64> {
    params.whole_number("after", 0..=MAX_VERSION)
}

fn read_board(params: &mut Params) -> Option<String> {
    params.read("board", |text| match text.trim().is_empty() {
        false => Ok(text.to_owned()),
        true => Err("is blank; name a board by its id"),
    })
}

/// The id that `board` gives.
///
/// # Errors
/// [`ApiError::BoardNotFound`] when no version ever had the board: its feed would be silent for ever.
async fn find_board(
    api: &Api,
    reader: &Reader,
    board: Option<&str>,
) -> Result<Option<BoardId>, ApiError> {
    let Some(text) = board else {
        return Ok(None);
    };
    if let Ok(id) = BoardId::parse(text) {
        let is_known = reader.catalog.board(&id).is_some()
            || api
                .history
                .load_board_history(&id, None, 1)
                .await?
                .is_some();
        if is_known {
            return Ok(Some(id));
        }
    }
    let place = Place::Parameter("board".to_owned());
    let fault = reader.missing_board(text, place);
    Err(ApiError::BoardNotFound(vec![fault]))
}
