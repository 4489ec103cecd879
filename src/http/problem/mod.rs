//! What goes wrong, and the one place that turns it into HTTP: `application/problem+json` (RFC 9457).
//!
//! A handler returns an `ApiError`; its response carries an unrendered `Draft`, because the request's id is known only
//! to the frame around all handlers (`frame`), which renders it.

mod code;

use std::time::Duration;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::MediaType;
use super::desk::{Answer, AnswerBody};
use super::views::words;
use crate::curation;
use crate::domain::token::Role;
use crate::history::HistoryError;
use crate::sync::{ReviewError, Unavailable};

pub use code::ProblemCode;

/// The media type of every error.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
/// Seconds after which to ask again while there is no catalog yet.
pub(crate) const NOT_READY_RETRY_SECS: u64 = 5;
/// Seconds after which to ask again when too much was asked.
const OVERLOADED_RETRY_SECS: u64 = 1;

/// Why a request gets no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// Input is wrong; never empty.
    Invalid(Vec<Fault>),
    /// A token is needed, and none was shown; or the one that was is not good, for this reason.
    Unauthorized(Option<String>),
    /// The token's role may not do this.
    Forbidden {
        /// The least role that may.
        needed: Role,
        /// The token's.
        held: Role,
    },
    /// Boards that are not in the catalog; never empty.
    BoardNotFound(Vec<Fault>),
    /// A version that never was, or is no longer kept.
    VersionNotFound(Fault),
    /// There is no such thing, as the text says.
    NoSuch(String),
    /// What is asked for does not fit how things stand, as the text says.
    Conflict(String),
    /// It is asked too often.
    RateLimited {
        /// Seconds after which to ask again.
        retry_after_secs: u64,
        /// What is asked too often.
        detail: &'static str,
    },
    /// Nothing is served at this path.
    NotFound,
    /// The path takes other methods.
    MethodNotAllowed,
    /// The body had not come in whole in this time.
    RequestTimeout(Duration),
    /// The body has more than this many bytes.
    PayloadTooLarge(usize),
    /// The body is of another type than this.
    UnsupportedMediaType(MediaType),
    /// What is to be changed is there, or may be: it must be said what was seen of it, as the text says.
    PreconditionRequired(&'static str),
    /// What is to be changed is not what was seen of it, as the text says.
    PreconditionFailed(&'static str),
    /// There is no catalog yet.
    NotReady,
    /// More requests are in flight than the service takes at a time, or an answer took too long.
    Overloaded,
    /// A fault of the service; the text is for the log alone.
    Internal(String),
}

/// One thing that is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where.
    pub(crate) place: Place,
    /// The value, what is wrong with it, and the remedy.
    pub(crate) detail: String,
}

/// Where in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A parameter of the path or the query, by name.
    Parameter(String),
    /// A member of the body, as a JSON pointer (RFC 6901); empty for the body as a whole.
    Pointer(String),
}

impl ApiError {
    fn code(&self) -> ProblemCode {
        match self {
            ApiError::Invalid(_) => ProblemCode::InvalidParameter,
            ApiError::Unauthorized(_) => ProblemCode::Unauthorized,
            ApiError::Forbidden { .. } => ProblemCode::Forbidden,
            ApiError::BoardNotFound(_) => ProblemCode::BoardNotFound,
            ApiError::VersionNotFound(_) => ProblemCode::VersionNotFound,
            ApiError::NotFound | ApiError::NoSuch(_) => ProblemCode::NotFound,
            ApiError::Conflict(_) => ProblemCode::Conflict,
            ApiError::RateLimited { .. } => ProblemCode::RateLimited,
            ApiError::MethodNotAllowed => ProblemCode::MethodNotAllowed,
            ApiError::RequestTimeout(_) => ProblemCode::RequestTimeout,
            ApiError::PayloadTooLarge(_) => ProblemCode::PayloadTooLarge,
            ApiError::UnsupportedMediaType(_) => ProblemCode::UnsupportedMediaType,
            ApiError::PreconditionRequired(_) => ProblemCode::PreconditionRequired,
            ApiError::PreconditionFailed(_) => ProblemCode::PreconditionFailed,
            ApiError::NotReady => ProblemCode::NotReady,
            ApiError::Overloaded => ProblemCode::Overloaded,
            ApiError::Internal(_) => ProblemCode::Internal,
        }
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.code().status()
    }

    fn detail(&self) -> String {
        match self {
            ApiError::Invalid(_) | ApiError::BoardNotFound(_) | ApiError::VersionNotFound(_) => {
                summarize(self.faults())
            }
            ApiError::Unauthorized(None) => {
                "This needs a token; send it as Authorization: Bearer, a space, and the token."
                    .to_owned()
            }
            ApiError::Unauthorized(Some(reason)) | ApiError::NoSuch(reason) => sentence(reason),
            ApiError::Conflict(detail) => detail.clone(),
            ApiError::RateLimited { detail, .. } => (*detail).to_owned(),
            ApiError::Forbidden { needed, held } => {
                format!(
                    "This needs a token of the role {needed} or a higher one; this one's is {held}."
                )
            }
            ApiError::NotFound => "Nothing is served at this path; see /docs.".to_owned(),
            ApiError::MethodNotAllowed => {
                "This path takes other methods; the Allow header names them.".to_owned()
            }
            ApiError::RequestTimeout(limit) => {
                format!("The request body had not come in whole after {limit:?}; send it again.")
            }
            ApiError::PayloadTooLarge(limit) => {
                format!("The body is larger than {limit} bytes; send less at a time.")
            }
            ApiError::UnsupportedMediaType(MediaType { name, essence }) => {
                format!("The body must be {name}; send it with Content-Type: {essence}.")
            }
            ApiError::PreconditionRequired(detail) | ApiError::PreconditionFailed(detail) => {
                (*detail).to_owned()
            }
            ApiError::NotReady => {
                "There is no catalog yet: the first sync has not succeeded. Ask again shortly."
                    .to_owned()
            }
            ApiError::Overloaded => {
                "More is asked than the service can answer in time; try again shortly.".to_owned()
            }
            ApiError::Internal(_) => {
                "Something went wrong in the service; quote the request_id to its operator."
                    .to_owned()
            }
        }
    }

    /// Seconds after which to ask again; `None` where asking again is no remedy.
    fn retry_after_secs(&self) -> Option<u64> {
        match self {
            ApiError::NotReady => Some(NOT_READY_RETRY_SECS),
            ApiError::Overloaded => Some(OVERLOADED_RETRY_SECS),
            ApiError::RateLimited {
                retry_after_secs, ..
            } => Some(*retry_after_secs),
            _ => None,
        }
    }

    /// How to show a token, where that is the remedy (RFC 6750, 3).
    fn challenge(&self) -> Option<&'static str> {
        match self {
            ApiError::Unauthorized(None) => Some("Bearer realm=\"ptf-cache\""),
            ApiError::Unauthorized(Some(_)) => {
                Some("Bearer realm=\"ptf-cache\", error=\"invalid_token\"")
            }
            ApiError::Forbidden { .. } => {
                Some("Bearer realm=\"ptf-cache\", error=\"insufficient_scope\"")
            }
            _ => None,
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            ApiError::Invalid(faults) | ApiError::BoardNotFound(faults) => faults,
            ApiError::VersionNotFound(fault) => std::slice::from_ref(fault),
            _ => &[],
        }
    }

    /// The problem as callers see it.
    pub(crate) fn problem(&self, request_id: &str) -> Problem {
        let code = self.code();
        Problem {
            r#type: format!("urn:ptf-cache:problem:{code}"),
            title: code.title(),
            status: code.status().as_u16(),
            detail: self.detail(),
            code,
            request_id: request_id.to_owned(),
            errors: self.faults().iter().map(ProblemError::of).collect(),
        }
    }
}

impl From<Unavailable> for ApiError {
    fn from(error: Unavailable) -> ApiError {
        match error.is_busy() {
            true => ApiError::Overloaded,
            false => ApiError::Internal(format!("{:#}", anyhow::Error::new(error))),
        }
    }
}

impl From<curation::Unavailable> for ApiError {
    fn from(error: curation::Unavailable) -> ApiError {
        match error.is_busy() {
            true => ApiError::Overloaded,
            false => ApiError::Internal(format!("{:#}", anyhow::Error::new(error))),
        }
    }
}

impl From<ReviewError> for ApiError {
    /// Nothing of it is the caller's doing: what is, the handler tells.
    fn from(error: ReviewError) -> ApiError {
        match error.is_busy() {
            true => ApiError::Overloaded,
            false => ApiError::Internal(format!("{:#}", anyhow::Error::new(error))),
        }
    }
}

impl From<HistoryError> for ApiError {
    /// The past cannot be read: the database is busy, fails, or is damaged.
    fn from(error: HistoryError) -> ApiError {
        if error.is_busy() {
            return ApiError::Overloaded;
        }
        ApiError::Internal(format!("{:#}", anyhow::Error::new(error)))
    }
}

/// `text` with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}

/// All that is wrong on one line.
fn summarize(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults
        .iter()
        .map(|fault| match &fault.place {
            Place::Parameter(name) => format!("{name}: {}", fault.detail),
            Place::Pointer(pointer) if pointer.is_empty() => fault.detail.clone(),
            Place::Pointer(pointer) => format!("{pointer}: {}", fault.detail),
        })
        .collect();
    lines.join("; ")
}

/// An error that still lacks the request's id, carried as an extension of its response.
#[derive(Clone)]
pub(crate) struct Draft(ApiError);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_secs() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(Draft(self));
        response
    }
}

impl Draft {
    /// Writes the problem into `answer`, whose other headers stay. What is internal goes to the log.
    pub(crate) fn render(self, answer: &mut Answer, request_id: &str) {
        let Draft(error) = self;
        if let ApiError::Internal(cause) = &error {
            tracing::error!(request.id = request_id, cause, "a request failed");
        }
        let body = serde_json::to_vec(&error.problem(request_id))
            .expect("a problem has text keys and no float");
        answer.headers_mut().remove(CONTENT_LENGTH);
        *answer.body_mut() = AnswerBody::AtHand(body.into());
    }
}

/// A request that got no answer, and why (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem: `urn:ptf-cache:problem:` and the code.
    #[schema(pattern = "^urn:ptf-cache:problem:[a-z_]+$")]
    pub r#type: String,
    /// The kind in a few words.
    #[schema(value_type = String)]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The kind, for programmes.
    #[schema(value_type = words::ProblemCode)]
    pub code: ProblemCode,
    /// The request's id, as in the `X-Request-Id` header and in the service's log.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,64}$")]
    pub request_id: String,
    /// Everything that is wrong with the input, where it is the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemError>,
}

/// One thing that is wrong with the input: where, by `parameter` or `pointer`, and what.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemError {
    /// The parameter of the path or the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<String>,
    /// The member of the body, as a JSON pointer; empty for the body as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// The value, what is wrong with it, and the remedy.
    pub detail: String,
}

impl ProblemError {
    fn of(fault: &Fault) -> ProblemError {
        let (parameter, pointer) = match &fault.place {
            Place::Parameter(name) => (Some(name.clone()), None),
            Place::Pointer(pointer) => (None, Some(pointer.clone())),
        };
        ProblemError {
            parameter,
            pointer,
            detail: fault.detail.clone(),
        }
    }
}
