//! Faults to order: what a vendor gets wrong.
//!
//! A fault has one line in the list of [`Fault`], and acts in one of four places: [`hangs_up`] and [`stall`] on the
//! connection, [`instead_of_answer`] before the request is looked at, [`in_the_data`] and [`claimed_total`] in what
//! the vendor knows, [`in_the_body`] in what it has written.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::answer;
use super::board::{Amount, SandboxBoard};

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// Something that a vendor gets wrong, by the word that `sandbox --fault` takes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Fault {
            /// All faults, in the order of this list.
            pub const ALL: &[Fault] = &[$(Fault::$variant,)+];

            /// The fault's word.
            pub fn word(self) -> &'static str {
                match self { $(Fault::$variant => $word,)+ }
            }

            /// What the fault does, in one line of help.
            pub fn summary(self) -> &'static str {
                match self { $(Fault::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

faults! {
    /// Connections are accepted and closed unanswered.
    Down = "down",
    /// Every answer is 503.
    Unavailable = "unavailable",
    /// Every answer is 401, whatever the password.
    Auth = "auth",
    /// Every answer takes a minute.
    Slow = "slow",
    /// Every answer is an HTML log-in page with status 200.
    Html = "html",
    /// Every answer is a list of errors with status 200.
    VendorError = "vendor-error",
    /// The JSON ends half-way.
    Truncated = "truncated",
    /// There is no board.
    Empty = "empty",
    /// Every other answer is 500.
    Flaky = "flaky",
    /// Every answer is 429 with a Retry-After of one second.
    RateLimited = "rate-limited",
    /// The total is larger than the number of boards that can be read.
    TotalTooBig = "total-too-big",
    /// Every other board is gone.
    DropHalf = "drop-half",
    /// Every amount is 0.
    ZeroFees = "zero-fees",
    /// Every answer is a redirect to another host.
    Redirect = "redirect",
}

/// How long an answer waits under [`Fault::Slow`].
const STALL: Duration = Duration::from_secs(60);
/// By how much the total is too big under [`Fault::TotalTooBig`].
const TOTAL_EXCESS: usize = 100;
/// What [`Fault::RateLimited`] tells a client to wait, in seconds.
const RETRY_AFTER_SECS: &str = "1";
/// Where [`Fault::Redirect`] leads: a host that cannot exist.
const ELSEWHERE: &str = "http://elsewhere.invalid/boards.json";
/// What [`Fault::Html`] shows.
const LOG_IN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Log in</title></head>\
    <body><form method=\"post\"><input name=\"user\"><input type=\"password\" name=\"password\"></form></body></html>\n";

/// A word that names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a fault; there are: {known}", known = known_words())]
pub struct UnknownFault(pub String);

fn known_words() -> String {
    let words: Vec<&str> = Fault::ALL.iter().map(|fault| fault.word()).collect();
    words.join(", ")
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Fault, UnknownFault> {
        let named = Fault::ALL.iter().find(|fault| fault.word() == text);
        named.copied().ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Whether the connection is closed instead of an answer.
pub(super) fn hangs_up(faults: &[Fault]) -> bool {
    faults.contains(&Fault::Down)
}

/// Keeps the client waiting, where a fault says so.
pub(super) async fn stall(faults: &[Fault]) {
    if faults.contains(&Fault::Slow) {
        tokio::time::sleep(STALL).await;
    }
}

/// What is answered whatever is asked; `request_number` counts from 1. `None` where the request is looked at.
pub(super) fn instead_of_answer(faults: &[Fault], request_number: u64) -> Option<Response> {
    faults.iter().find_map(|fault| match fault {
        Fault::Unavailable => Some(answer::failure(
            StatusCode::SERVICE_UNAVAILABLE,
            "Down for maintenance",
        )),
        Fault::Auth => Some(answer::unauthorized()),
        Fault::Html => Some(answer::with_type(
            StatusCode::OK,
            "text/html;charset=UTF-8",
            LOG_IN_PAGE.to_owned(),
        )),
        Fault::VendorError => Some(answer::errors(7001, "Something went wrong")),
        Fault::Flaky if request_number % 2 == 1 => Some(answer::failure(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
        )),
        Fault::RateLimited => Some(with_header(
            answer::failure(StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            RETRY_AFTER,
            RETRY_AFTER_SECS,
        )),
        Fault::Redirect => Some(with_header(
            answer::failure(StatusCode::FOUND, "Moved"),
            LOCATION,
            ELSEWHERE,
        )),
        _ => None,
    })
}

fn with_header(
    mut response: Response,
    name: axum::http::HeaderName,
    value: &'static str,
) -> Response {
    let headers = response.headers_mut();
    headers.insert(name, HeaderValue::from_static(value));
    response
}

/// The boards as the faults leave them.
pub(super) fn in_the_data<'a>(
    faults: &[Fault],
    boards: &'a [SandboxBoard],
) -> Cow<'a, [SandboxBoard]> {
    let mut left = Cow::Borrowed(boards);
    for fault in faults {
        match fault {
            Fault::Empty => left = Cow::Borrowed(&[]),
            Fault::DropHalf => left = left.iter().step_by(2).cloned().collect(),
            Fault::ZeroFees => left.to_mut().iter_mut().for_each(without_fees),
            _ => {}
        }
    }
    left
}

fn without_fees(board: &mut SandboxBoard) {
    for amount in [&mut board.pass_through_fee, &mut board.setup_fee] {
        if amount.is_said() {
            *amount = Amount::Text("0.00".to_owned());
        }
    }
}

/// The total that is claimed where there are `boards`.
pub(super) fn claimed_total(faults: &[Fault], boards: usize) -> usize {
    if faults.contains(&Fault::TotalTooBig) {
        boards + TOTAL_EXCESS
    } else {
        boards
    }
}

/// The answer as the faults leave it.
pub(super) async fn in_the_body(faults: &[Fault], response: Response) -> Response {
    if !faults.contains(&Fault::Truncated) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await;
    let whole = whole.expect("a body that is in memory can be read");
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(whole.slice(..whole.len() / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::generate;

    #[test]
    fn every_word_names_its_fault() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(*fault));
            assert!(fault.summary().ends_with('.'), "{fault}");
        }
    }

    #[test]
    fn an_unknown_word_is_told_the_known_ones() {
        let error = "fire".parse::<Fault>().unwrap_err().to_string();
        assert!(
            error.starts_with("\"fire\" is not a fault; there are: down, "),
            "{error}"
        );
    }

    #[test]
    fn half_the_boards_and_every_amount_can_go() {
        let boards = generate(1, 41);
        let half = in_the_data(&[Fault::DropHalf], &boards);
        assert_eq!((half.len(), &half[1]), (21, &boards[2]));
        let free = in_the_data(&[Fault::ZeroFees], &boards);
        let zero = Amount::Text("0.00".into());
        assert!(
            free.iter()
                .all(|board| !board.setup_fee.is_said() || board.setup_fee == zero)
        );
        assert!(
            free.iter()
                .all(|board| !board.pass_through_fee.is_said() || board.pass_through_fee == zero)
        );
        assert_eq!(in_the_data(&[Fault::Empty], &boards).len(), 0);
        assert_eq!(in_the_data(&[Fault::Slow], &boards), boards);
    }

    #[test]
    fn a_flaky_vendor_fails_every_other_request() {
        let fails = |number| instead_of_answer(&[Fault::Flaky], number).is_some();
        assert_eq!([fails(1), fails(2), fails(3)], [true, false, true]);
    }
}
