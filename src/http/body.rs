//! JSON bodies: an object whose members are read by [`super::params::Params`] like the parameters of a query.

use std::fmt;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::metrics::ReadMethod;
use super::problem::{ApiError, Fault, Place};

/// The most bytes of a body: fifty boards take a tenth of it.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
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
        let (parts, body) = request.into_parts();
        let body = collect(body).await?;
        match is_json(&parts.headers) {
            true => Ok(JsonBody(body)),
            false => Err(ApiError::UnsupportedMediaType),
        }
    }
}

/// Middleware that reads the body of a request that does more than read, so that what lies behind it waits for no
/// client: who sends slowly holds a connection, and no place among the requests in flight.
pub(crate) async fn gather(request: Request, next: Next) -> Response {
    if ReadMethod::of(request.method()).is_some() || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    if asks_before_sending_too_much(&parts.headers) {
        return ApiError::PayloadTooLarge(MAX_BODY_BYTES).into_response();
    }
    match collect(body).await {
        Ok(body) => next.run(Request::from_parts(parts, body.into())).await,
        Err(error) => error.into_response(),
    }
}

/// Whether the client waits for a go-ahead (RFC 9110, 10.1.1) for a body that is known to be too large.
fn asks_before_sending_too_much(headers: &HeaderMap) -> bool {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    headers.contains_key(EXPECT) && length.is_some_and(|length: usize| length > MAX_BODY_BYTES)
}

/// Reads `body` to its end.
///
/// What is too large is read and thrown away, up to [`MAX_DISCARDED_BYTES`]: a client that is still sending when the
/// connection closes sees a broken pipe instead of the answer.
async fn collect(mut body: Body) -> Result<Bytes, ApiError> {
    let mut kept = BytesMut::new();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| refuse("The body did not arrive whole; send it again.".to_owned()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        received += data.len();
        if received <= MAX_BODY_BYTES {
            kept.extend_from_slice(&data);
        } else if received > MAX_DISCARDED_BYTES {
            break;
        }
    }
    match received > MAX_BODY_BYTES {
        true => Err(ApiError::PayloadTooLarge(MAX_BODY_BYTES)),
        false => Ok(kept.freeze()),
    }
}

/// Whether the body is said to be `application/json`; parameters such as a charset do not count.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
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
        let (line, column) = (error.line(), error.column());
        refuse(format!(
            "The body is not JSON: line {line}, column {column}."
        ))
    })
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
