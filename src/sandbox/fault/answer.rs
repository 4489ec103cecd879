//! Answers given whatever is asked: statuses, headers, things that are no JSON.

use axum::http::header::{DATE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::{Act, Disturbance};
use crate::sandbox::answer;

/// An answer that is given whatever is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// A failure of this status, in the vendor's form.
    Failure(u16),
    /// 401, as for a wrong password.
    Unauthorized,
    /// An HTML page with this status: somebody else than the vendor's API answers.
    Page(u16),
    /// Text with status 200.
    PlainText,
    /// JSON of no byte with status 200.
    Blank,
    /// 204.
    NoContent,
    /// A list of errors with status 200.
    VendorError,
    /// 429.
    RateLimit(RetryAfter),
    /// A status that points to an address.
    Redirect(u16, &'static str),
}

/// What a limit of the rate says of when to come back.
#[derive(Debug, Clone, Copy)]
pub(super) enum RetryAfter {
    /// In so many seconds, as written.
    Seconds(&'static str),
    /// At a time, two seconds after the answer's own `Date`.
    DateInTwoSeconds,
    /// Nothing.
    Missing,
}

/// The `Date` of an answer that names a time to come back, and that time. It is long past: only how far they lie
/// apart says anything.
const DATES: (&str, &str) = (
    "Mon, 23 Nov 2020 12:00:00 GMT",
    "Mon, 23 Nov 2020 12:00:02 GMT",
);

/// What a log-in page shows.
const LOG_IN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Log in</title></head>\
    <body><form method=\"post\"><input name=\"user\"><input type=\"password\" name=\"password\"></form></body></html>\n";

impl Disturbance {
    /// What is answered whatever is asked; `None` where the request is looked at.
    pub(in crate::sandbox) fn instead_of_answer(&self) -> Option<Response> {
        self.acts().find_map(|act| match act {
            Act::Answer(answer) => Some(answer.give()),
            _ => None,
        })
    }
}

impl Answer {
    fn give(self) -> Response {
        match self {
            Answer::Failure(status) => failure(status),
            Answer::Unauthorized => answer::unauthorized(),
            Answer::Page(code) => answer::with_type(
                status(code),
                "text/html;charset=UTF-8",
                LOG_IN_PAGE.to_owned(),
            ),
            Answer::PlainText => {
                answer::with_type(StatusCode::OK, "text/plain", "Come back later\n".to_owned())
            }
            Answer::Blank => answer::with_type(StatusCode::OK, answer::JSON, String::new()),
            Answer::NoContent => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
            Answer::VendorError => answer::errors(7001, "Something went wrong"),
            Answer::RateLimit(retry_after) => retry_after.on(failure(429)),
            Answer::Redirect(code, target) => with_header(failure(code), LOCATION, target),
        }
    }
}

impl RetryAfter {
    fn on(self, response: Response) -> Response {
        let (date, later) = DATES;
        match self {
            RetryAfter::Seconds(text) => with_header(response, RETRY_AFTER, text),
            RetryAfter::DateInTwoSeconds => {
                with_header(with_header(response, DATE, date), RETRY_AFTER, later)
            }
            RetryAfter::Missing => response,
        }
    }
}

fn failure(code: u16) -> Response {
    let status = status(code);
    answer::failure(status, status.canonical_reason().unwrap_or("Failure"))
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("the table holds statuses alone")
}

fn with_header(mut response: Response, name: HeaderName, value: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(name, HeaderValue::from_static(value));
    response
}
