//! Putting an entry on the list, and taking it off.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::precondition::Precondition;
use super::{missing, read_id, read_id_of_entry, tagged};
use crate::curation::Names;
use crate::curation::draft::DraftError;
use crate::curation::edit::{EditError, Edited};
use crate::domain::curated::EntryId;
use crate::http::Api;
use crate::http::authorization::Acting;
use crate::http::body::{JsonBody, parse_whole};
use crate::http::caching::{CATALOG_VERSION, JSON, to_header, to_json};
use crate::http::params::{MAX_FAULTS, Parameter, Params, Query};
use crate::http::problem::{ApiError, Fault, Place};
use crate::http::views::CuratedEntryView;

/// Put an entry on the curated list
///
/// All of it: what is left out is not there afterwards. A new entry takes `If-None-Match: *`, one that is on the list
/// `If-Match` with its tag. It is one new version of the catalog; none where the list says so already.
#[utoipa::path(
    put,
    path = "/v1/curated-fees/{board_id}/{channel}",
    tag = "curated list",
    params(
        ("board_id" = String, Path, description = "The vendor's id of the board.", min_length = 1, max_length = 64, example = "1001"),
        ("channel" = crate::http::views::words::Channel, Path, description = "Who bills what the entry speaks of.", example = "pass_through"),
        ("accept_names" = Option<bool>, Query, description = "Whether the board may have another name than the vendor gives it.", example = false),
        ("If-Match" = Option<String>, Header, description = "The tag of the entry as it was seen.", example = "\"9a0364b9e99bb480dd25e1f0284c8555\""),
        ("If-None-Match" = Option<String>, Header, description = "`*` for a new entry.", example = "*"),
    ),
    request_body(content = CuratedEntryView, description = "The entry.", content_type = "application/json"),
    responses(
        (status = 200, description = "The entry as it is now.", body = CuratedEntryView),
        (status = 201, description = "The new entry.", body = CuratedEntryView),
    ),
)]
pub(crate) async fn put_curated_fee(
    State(api): State<Arc<Api>>,
    Acting(actor): Acting,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let names = read_names(&query)?;
    let id = read_id(path)?;
    let expected = require(&headers)?;
    let view: CuratedEntryView = parse_whole(&body)?;
    let draft = view
        .into_draft()
        .map_err(|(pointer, detail)| ApiError::Invalid(vec![fault(pointer, detail)]))?;
    let holds = |entry: Option<&_>| expected.holds_for(entry);
    let edited = api.curation.put(&id, &draft, names, &holds, &actor).await;
    answer(&id, edited.map_err(|error| refuse(&id, error))?)
}

/// Take an entry off the curated list
///
/// Where the vendor says something of the channel, that counts again; elsewhere nothing is known of it.
#[utoipa::path(
    delete,
    path = "/v1/curated-fees/{board_id}/{channel}",
    tag = "curated list",
    params(
        ("board_id" = String, Path, description = "The vendor's id of the board.", min_length = 1, max_length = 64, example = "1001"),
        ("channel" = crate::http::views::words::Channel, Path, description = "Who bills what the entry speaks of.", example = "pass_through"),
        ("If-Match" = Option<String>, Header, description = "The tag of the entry as it was seen.", example = "\"9a0364b9e99bb480dd25e1f0284c8555\""),
    ),
    responses((status = 204, description = "The entry is off the list.")),
)]
pub(crate) async fn delete_curated_fee(
    State(api): State<Arc<Api>>,
    Acting(actor): Acting,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let id = read_id_of_entry(path)?;
    let expected = require(&headers)?;
    let holds = |entry: Option<&_>| expected.holds_for(entry);
    let edited = api.curation.remove(&id, &holds, &actor).await;
    answer(&id, edited.map_err(|error| refuse(&id, error))?)
}

/// What the query says of names: the only parameter.
fn read_names(query: &Query) -> Result<Names, ApiError> {
    let mut params = Params::of_query(query, &[Parameter::once("accept_names")]);
    let accept = params.flag("accept_names");
    params.finish()?;
    Ok(names(accept))
}

/// The names that boards may have.
pub(super) fn names(accept: Option<bool>) -> Names {
    Names {
        accept: accept.unwrap_or(false),
        to_accept: "accept_names=true",
    }
}

fn require(headers: &HeaderMap) -> Result<Precondition, ApiError> {
    let said = Precondition::read(headers)?;
    said.ok_or(ApiError::PreconditionRequired(
        "Say what you have seen: send If-Match with the entry's ETag, or \"If-None-Match: *\" for a new entry.",
    ))
}

fn answer(id: &EntryId, edited: Edited) -> Result<Response, ApiError> {
    let version = edited.head.map(|head| head.version);
    let Some(entry) = &edited.entry else {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(version) = version {
            headers.insert(CATALOG_VERSION, HeaderValue::from(version.get()));
        }
        return Ok(response);
    };
    let json = to_json(&CuratedEntryView::of(entry));
    let mut response = tagged(JSON, json, version, &HeaderMap::new());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if edited.is_new {
        headers.insert(LOCATION, location(id));
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

/// Where the entry is read.
fn location(id: &EntryId) -> HeaderValue {
    let board_id: String =
        form_urlencoded::byte_serialize(id.board_id.as_str().as_bytes()).collect();
    to_header(format!("/v1/curated-fees/{board_id}/{}", id.channel))
}

fn refuse(id: &EntryId, error: EditError) -> ApiError {
    match error {
        EditError::Draft(errors) => {
            let faults = errors.iter().take(MAX_FAULTS).map(fault_of);
            ApiError::Invalid(faults.collect())
        }
        EditError::Missing => missing(id),
        EditError::Unexpected => ApiError::PreconditionFailed(
            "The entry is not what you have seen: somebody changed it, took it off the list, or put it on; nothing was changed. Read it again.",
        ),
        error if error.is_busy() => ApiError::Overloaded,
        error => ApiError::Internal(format!("{:#}", anyhow::Error::new(error))),
    }
}

fn fault(pointer: String, detail: String) -> Fault {
    Fault {
        place: Place::Pointer(pointer),
        detail,
    }
}

/// The fault of a member, where it stands in the body.
fn fault_of(error: &DraftError) -> Fault {
    let column = error.column.as_str();
    let detail = error.problem.clone();
    if matches!(column, "board_id" | "channel") {
        let place = Place::Parameter(column.to_owned());
        return Fault { place, detail };
    }
    let member = match column {
        "board_name" => "board/name",
        "abbreviation" => "board/abbreviation",
        "states" => "board/states",
        "country" => "board/country",
        "fee_key" => "key",
        "source_url" => "source/url",
        "verified_on" => "source/verified_on",
        "internal_note" => "source/internal_note",
        other => other,
    };
    let pointer = match error.fee {
        Some(position) => format!("/fees/{position}/{member}"),
        None => format!("/{member}"),
    };
    fault(pointer, detail)
}
