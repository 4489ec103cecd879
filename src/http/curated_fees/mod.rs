//! `/v1/curated-fees`: the list that staff keep by hand.

mod edit;
mod import;
mod precondition;

use std::ops::Bound;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use utoipa::IntoParams;

pub(crate) use edit::{
    __path_delete_curated_fee, __path_put_curated_fee, delete_curated_fee, put_curated_fee,
};
pub(crate) use import::{__path_import_curated_fees, import_curated_fees};

use super::Api;
use super::boards::CSV;
use super::body::MAX_DETAIL_CHARS;
use super::caching::{CATALOG_VERSION, JSON, to_header, to_json, unstored_json};
use super::negotiation::{matches_any, strong_etag_of};
use super::params::{Parameter, Params, Query, cut, shown};
use super::problem::{ApiError, Fault, Place};
use super::views::{CuratedEntryView, CuratedItemView, CuratedPageView};
use crate::curation::csv::write_entries;
use crate::domain::board::{BoardId, Channel};
use crate::domain::curated::{CuratedEntry, EntryId};
use crate::domain::version::CatalogVersion;

/// The entries of a page unless another number is asked for.
const DEFAULT_LIMIT: u32 = 100;
/// The most entries of a page.
const MAX_LIMIT: u32 = 500;

/// Which page of the list.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// The most entries of a page.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 500, default = 100, example = 50)]
    limit: u32,
    /// Only entries after this one, a board's id and a channel: `next_after` as it came.
    #[param(value_type = String, required = false, pattern = r"^[0-9A-Za-z_-]{1,64}/(pass_through|direct)$", example = "1001/direct")]
    after: Option<EntryId>,
}

impl Page {
    fn read(query: &Query) -> Result<Page, ApiError> {
        let known = &[Parameter::once("limit"), Parameter::once("after")];
        let mut params = Params::of_query(query, known);
        let limit = params.whole_number("limit", 1..=MAX_LIMIT);
        let after = params.read("after", parse_entry_id);
        params.finish()?;
        Ok(Page {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after,
        })
    }
}

/// `1001/direct`
fn parse_entry_id(text: &str) -> Result<EntryId, String> {
    let Some((board_id, channel)) = text.rsplit_once('/') else {
        return Err(format!(
            "\"{}\" is not a board's id, a slash and a channel",
            shown(text)
        ));
    };
    let channel: Channel = channel.parse().map_err(|error| format!("{error}"))?;
    let board_id = BoardId::parse(board_id).map_err(|error| error.to_string())?;
    Ok(EntryId { board_id, channel })
}

/// The curated list in pages
///
/// What staff keep by hand, by board and channel. Pages lose none and repeat none while the list changes.
#[utoipa::path(
    get,
    path = "/v1/curated-fees",
    tag = "curated list",
    params(Page),
    responses((status = 200, description = "One page of entries.", body = CuratedPageView)),
)]
pub(crate) async fn list_curated_fees(
    State(api): State<Arc<Api>>,
    query: Query,
) -> Result<Response, ApiError> {
    let page = Page::read(&query)?;
    let base = api.curation.load().await?;
    let start = page.after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut left = base.rows.curated.range((start, Bound::Unbounded));
    let entries: Vec<&CuratedEntry> = left
        .by_ref()
        .take(page.limit as usize)
        .map(|(_, entry)| entry)
        .collect();
    let last = left.next().and(entries.last());
    Ok(unstored_json(&CuratedPageView {
        next_after: last.map(|entry| entry.id.to_string()),
        entries: entries.into_iter().map(item).collect(),
    }))
}

fn item(entry: &CuratedEntry) -> CuratedItemView<'_> {
    let view = CuratedEntryView::of(entry);
    CuratedItemView {
        board_id: entry.id.board_id.as_str(),
        channel: entry.id.channel,
        etag: strong_etag_of(&to_json(&view)),
        entry: view,
    }
}

/// The curated list as CSV
///
/// All of it, as an import takes it. Its `ETag` as `If-Match` has an import refused where somebody changed the list
/// meanwhile.
#[utoipa::path(
    get,
    path = "/v1/curated-fees.csv",
    tag = "curated list",
    responses((status = 200, description = "The list as CSV in UTF-8, with a header row.", body = String, content_type = "text/csv")),
)]
pub(crate) async fn export_curated_fees_csv(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let base = api.curation.load().await?;
    let csv = write_entries(base.rows.curated.values());
    Ok(tagged(CSV, csv.into_bytes(), base.version(), &headers))
}

/// One entry of the curated list
///
/// As it can be put back. Its `ETag` is what changing it takes.
#[utoipa::path(
    get,
    path = "/v1/curated-fees/{board_id}/{channel}",
    tag = "curated list",
    params(
        ("board_id" = String, Path, description = "The vendor's id of the board.", min_length = 1, max_length = 64, example = "1001"),
        ("channel" = crate::http::views::words::Channel, Path, description = "Who bills what the entry speaks of.", example = "pass_through"),
    ),
    responses((status = 200, description = "The entry.", body = CuratedEntryView)),
)]
pub(crate) async fn get_curated_fee(
    State(api): State<Arc<Api>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let id = read_id_of_entry(path)?;
    let base = api.curation.load().await?;
    let entry = base.rows.curated.get(&id).ok_or_else(|| missing(&id))?;
    let json = to_json(&CuratedEntryView::of(entry));
    Ok(tagged(JSON, json, base.version(), &headers))
}

/// Board and channel in the path.
fn read_id(path: Result<Path<(String, String)>, PathRejection>) -> Result<EntryId, ApiError> {
    let Ok(Path((board_id, channel))) = path else {
        return Err(super::boards::refuse_path("board_id"));
    };
    let refuse = |name: &str, detail: String| Fault {
        place: Place::Parameter(name.to_owned()),
        detail: cut(&detail, MAX_DETAIL_CHARS),
    };
    let board_id = BoardId::parse(&board_id).map_err(|error| refuse("board_id", error.to_string()));
    let channel = channel
        .parse::<Channel>()
        .map_err(|error| refuse("channel", error.to_string()));
    match (board_id, channel) {
        (Ok(board_id), Ok(channel)) => Ok(EntryId { board_id, channel }),
        (board_id, channel) => {
            let faults = [board_id.err(), channel.err()];
            Err(ApiError::Invalid(faults.into_iter().flatten().collect()))
        }
    }
}

/// The entry in the path, which is to be there: no entry is of a board that nobody could name.
fn read_id_of_entry(
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<EntryId, ApiError> {
    if let Ok(Path((board_id, channel))) = &path
        && BoardId::parse(board_id).is_err()
        && channel.parse::<Channel>().is_ok()
    {
        return Err(ApiError::NoSuch(
            "there is no entry of such a board; /v1/curated-fees lists them".to_owned(),
        ));
    }
    read_id(path)
}

fn missing(id: &EntryId) -> ApiError {
    ApiError::NoSuch(format!(
        "there is no entry of board {} in the channel {}; /v1/curated-fees lists them",
        id.board_id, id.channel
    ))
}

/// `body` with its strong tag, which only the caller may keep, and must ask about each time; 304 where `asked` names it.
fn tagged(
    content_type: &'static str,
    body: Vec<u8>,
    version: Option<CatalogVersion>,
    asked: &HeaderMap,
) -> Response {
    let etag = strong_etag_of(&body);
    let is_known = matches_any(asked.get_all(IF_NONE_MATCH).iter(), etag.as_bytes());
    let length = body.len();
    let mut response = Response::new(match is_known {
        true => Body::empty(),
        false => Body::from(body),
    });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(ETAG, to_header(etag));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(version) = version {
        headers.insert(CATALOG_VERSION, HeaderValue::from(version.get()));
    }
    if !is_known {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}
