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
use super::problem::{ApiError, Fault, Place};
use super::version::{MAX_VERSION, missing_version};
use super::views::ChangesPageView;
use crate::domain::board::BoardId;
use crate::domain::version::CatalogVersion;
use crate::history::ChangesPage;

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
        pattern = r"^[^\s,\x00-\x1f\x7f-\x9f\ufffd]+$",
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
/// each `board_id` has the present catalog. 404 where `after` is no longer kept: begin again with 0.
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
    let kept = Kept::of(&found, reader.catalog.head().version);
    kept.check(page.after, "after")?;
    let latest = kept.latest;
    let mut response = reader.json(&ChangesPageView::of(&found, latest, reader.detail));
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
    Err(reader.missing_board(text, place))
}

/// The versions whose changes can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kept {
    oldest: CatalogVersion,
    latest: CatalogVersion,
}

impl Kept {
    /// Those that the database had when it gave `page`. It may have newer ones than `shown`, the newest that is shown
    /// here: another process publishes too.
    fn of(page: &ChangesPage, shown: CatalogVersion) -> Kept {
        Kept {
            oldest: page.oldest_version.unwrap_or(CatalogVersion::FIRST),
            latest: page.latest_version.unwrap_or(shown),
        }
    }

    /// Refuses to go on after a version from which not every change to the newest can be told; at 0 it begins anew.
    ///
    /// # Errors
    /// [`ApiError::VersionNotFound`], the fault being at the parameter `name`: the version is newer than any, so that
    /// its reader has followed another database and would miss what this one publishes next; or it is no longer kept,
    /// nor is what followed it.
    fn check(self, after: i64, name: &str) -> Result<(), ApiError> {
        let Kept { oldest, latest } = self;
        let place = Place::Parameter(name.to_owned());
        if after > latest.get() {
            return Err(missing_version(after, latest, place));
        }
        // The oldest tells what there is, not what was gone with it: the version before it is no place to go on from.
        if after > 0 && after < oldest.get() {
            let detail = format!(
                "version {after} is no longer kept, the oldest is {oldest}; begin again with 0, and with no boards"
            );
            return Err(ApiError::VersionNotFound(Fault { place, detail }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_goes_on_where_nothing_is_missing_and_begins_anew_where_something_is() {
        let version = |number| CatalogVersion::new(number).unwrap();
        let kept = Kept {
            oldest: version(10),
            latest: version(20),
        };
        for good in [0, 10, 20] {
            assert_eq!(kept.check(good, "after"), Ok(()), "{good}");
        }
        for (missed, remedy) in [
            (1, "begin again"),
            (9, "begin again"),
            (21, "the newest is 20"),
        ] {
            let Err(ApiError::VersionNotFound(fault)) = kept.check(missed, "after") else {
                panic!("{missed} is taken");
            };
            assert!(fault.detail.contains(remedy), "{missed}: {}", fault.detail);
        }
    }
}
