//! JSON bodies: an object whose members are read by [`super::params::Params`] like the parameters of a query.

use std::fmt;

use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_path_to_error::Segment;

use super::metrics::ReadMethod;
use super::object::Object;
use super::params::cut;
use super::problem::{ApiError, Fault, Place};
use crate::curation::csv::MAX_BYTES as MAX_CSV_BYTES;

/// The most bytes of a body that names boards: fifty of them take a tenth of it.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
/// The most bytes of an entry of the curated list: as many fees as there may be take less than half, with all their notes.
pub(crate) const MAX_ENTRY_BYTES: usize = 1024 * 1024;
/// The most bytes of a file of the curated list.
pub(crate) const MAX_FILE_BYTES: usize = MAX_CSV_BYTES;
/// The most characters of what is wrong with a member.
pub(crate) const MAX_DETAIL_CHARS: usize = 300;
/// How much of a body that is too large is read for the sake of its sender, within the request's deadline.
const MAX_DISCARDED_BYTES: usize = 32 * 1024 * 1024;

/// A member that a body may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: &'static str,
    /// The type of its value.
    pub(crate) kind: Kind,
}

/// The type of a member's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number without fraction or exponent.
    WholeNumber,
    /// A string.
    Text,
    /// An array of strings.
    Texts,
}

impl Kind {
    /// The type for a message.
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Kind::WholeNumber => "a whole number",
            Kind::Text => "a string",
            Kind::Texts => "an array of strings",
        }
    }
}

/// The type of `value` for a message.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A body sent as JSON, whole and not too large.
pub(crate) struct JsonBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<JsonBody, ApiError> {
        let body = take(request, &MediaType::JSON).await?;
        Ok(JsonBody(body))
    }
}

/// A body sent as CSV, whole and not too large.
pub(crate) struct CsvBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for CsvBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<CsvBody, ApiError> {
        let body = take(request, &MediaType::CSV).await?;
        Ok(CsvBody(body))
    }
}

/// What a body must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// For people.
    pub(crate) name: &'static str,
    /// As `Content-Type` says it, without parameters.
    pub(crate) essence: &'static str,
}

impl MediaType {
    /// `application/json`
    pub(crate) const JSON: MediaType = MediaType {
        name: "JSON",
        essence: "application/json",
    };
    /// `text/csv`
    pub(crate) const CSV: MediaType = MediaType {
        name: "CSV",
        essence: "text/csv",
    };

    /// Whether the body is said to be this; parameters such as a charset do not count.
    fn is_said_in(&self, headers: &HeaderMap) -> bool {
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next());
        essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(self.essence))
    }
}

/// The body of `request`, which must be `wanted`. How large it may be, [`gather`] has seen to.
async fn take(request: Request, wanted: &MediaType) -> Result<Bytes, ApiError> {
    let (parts, body) = request.into_parts();
    let body = collect(body, MAX_FILE_BYTES).await?;
    match wanted.is_said_in(&parts.headers) {
        true => Ok(body),
        false => Err(ApiError::UnsupportedMediaType(*wanted)),
    }
}

/// Middleware that reads the body of a request that does more than read, of at most `limit` bytes, so that what lies
/// behind it waits for no client: who sends slowly holds a connection, and no place among the requests in flight.
pub(crate) async fn gather(State(limit): State<usize>, request: Request, next: Next) -> Response {
    if ReadMethod::of(request.method()).is_some() || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    if asks_before_sending_too_much(&parts.headers, limit) {
        return ApiError::PayloadTooLarge(limit).into_response();
    }
    match collect(body, limit).await {
        Ok(body) => next.run(Request::from_parts(parts, body.into())).await,
        Err(error) => error.into_response(),
    }
}

/// Whether the client waits for a go-ahead (RFC 9110, 10.1.1) for a body that is known to be too large.
fn asks_before_sending_too_much(headers: &HeaderMap, limit: usize) -> bool {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    headers.contains_key(EXPECT) && length.is_some_and(|length: usize| length > limit)
}

/// Reads `body` to its end, of at most `limit` bytes.
///
/// What is too large is read and thrown away, up to [`MAX_DISCARDED_BYTES`]: a client that is still sending when the
/// connection closes sees a broken pipe instead of the answer.
async fn collect(mut body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let mut kept = BytesMut::new();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| refuse("The body did not arrive whole; send it again.".to_owned()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        received += data.len();
        if received <= limit {
            kept.extend_from_slice(&data);
        } else if received > MAX_DISCARDED_BYTES {
            break;
        }
    }
    match received > limit {
        true => Err(ApiError::PayloadTooLarge(limit)),
        false => Ok(kept.freeze()),
    }
}

/// The members of the JSON object `body`, in its order, repeated names included.
///
/// # Errors
/// [`ApiError::Invalid`] with line and column when it is no JSON, never with a piece of the body.
pub(crate) fn parse_object(body: &[u8]) -> Result<Vec<(String, Value)>, ApiError> {
    let members: Result<Members, _> = serde_json::from_slice(body);
    members.map(|members| members.0).map_err(|error| {
        if error.is_data() {
            return refuse("The body is not a JSON object; send {\"boards\": [...]}.".to_owned());
        }
        not_json(&error)
    })
}

/// What the whole JSON `body` says.
///
/// # Errors
/// [`ApiError::Invalid`] with the place of the first member that is unknown, missing or of another type.
pub(crate) fn parse_whole<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json);
    let Object(value) = read.map_err(|error| {
        let pointer = error.path().iter().filter_map(pointer_to).collect();
        let error = error.into_inner();
        if !error.is_data() {
            return not_json(&error);
        }
        // What follows is where in the text it stands, which the pointer says.
        let text = error.to_string();
        let what = text
            .split_once(" at line ")
            .map_or(text.as_str(), |(what, _)| what);
        ApiError::Invalid(vec![Fault {
            place: Place::Pointer(pointer),
            detail: cut(what, MAX_DETAIL_CHARS),
        }])
    })?;
    json.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// A step on the way to a member as part of a JSON pointer.
fn pointer_to(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

fn not_json(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    refuse(format!(
        "The body is not JSON: line {line}, column {column}."
    ))
}

fn refuse(detail: String) -> ApiError {
    ApiError::Invalid(vec![Fault {
        place: Place::Pointer(String::new()),
        detail,
    }])
}

/// An object's members as they come. A map would keep one of two members of the same name and hide the other.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
