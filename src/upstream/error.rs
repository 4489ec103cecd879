//! Why the vendor's list could not be fetched: what happened, and what to do.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::domain::run::FailureClass;

use super::excerpt::excerpt;
use super::wait::{Wait, seconds};

/// The most characters of the vendor's own words that are shown.
const MAX_SHOWN_CHARS: usize = 200;

/// A fetch that failed. Its text is a sentence for a person; it never holds a body or a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// Settings that no request can be made with.
    #[error("{0}")]
    Settings(String),
    /// No connection, or one that broke off.
    #[error(
        "no connection to the vendor at {endpoint}: {reason}; check upstream.base_url and the network"
    )]
    Connect {
        /// Scheme, host and port.
        endpoint: String,
        /// What the network said.
        reason: String,
    },
    /// No trusted connection; never tried again.
    #[error(
        "no trusted connection to the vendor at {endpoint}: {reason}; check upstream.base_url, the vendor's certificate and this machine's CA certificates"
    )]
    Tls {
        /// Scheme, host and port.
        endpoint: String,
        /// What is wrong with the certificate or the handshake.
        reason: String,
    },
    /// A page did not arrive in time.
    #[error("the vendor {}; try later, or raise {}", wait.what_happened(*after), wait.setting())]
    Timeout {
        /// What took too long.
        wait: Wait,
        /// How long it may take.
        after: Duration,
    },
    /// 401 or 403; never tried again, so that no account is locked.
    #[error(
        "the vendor refused the credentials (status {status}); check upstream.username and upstream.password before the next run"
    )]
    Auth {
        /// The status.
        status: u16,
    },
    /// 429, at every try or for longer than the run may take.
    #[error("the vendor limits the rate of requests (status 429){}", until_text(*until))]
    RateLimited {
        /// How long the vendor asks to wait, at most 15 minutes; `None` when it did not say.
        wait: Option<Duration>,
        /// When it may be asked again; `None` when it did not say.
        until: Option<DateTime<Utc>>,
    },
    /// Another status that is no success.
    #[error("the vendor answered with status {status}; {}", status_remedy(*status))]
    Status {
        /// The status.
        status: u16,
        /// How long the vendor asks to wait, at most 15 minutes; `None` when it did not say.
        wait: Option<Duration>,
    },
    /// The vendor points elsewhere.
    #[error(
        "the vendor redirects (status {status}){}; redirects are not followed: set upstream.base_url to the final address",
        target.as_ref().map(|target| format!(" to {target}")).unwrap_or_default()
    )]
    Redirect {
        /// The status.
        status: u16,
        /// Scheme and host it points to; `None` when that cannot be read.
        target: Option<String>,
    },
    /// Something else than JSON.
    #[error(
        "the vendor sent {found} where JSON was expected; check upstream.base_url and upstream.mapping.path"
    )]
    Content {
        /// What came.
        found: String,
    },
    /// JSON that does not parse.
    #[error("the vendor's JSON cannot be read: {reason}; tell the vendor if it stays so")]
    Parse {
        /// What is wrong, with line and column; never the text itself.
        reason: String,
    },
    /// JSON of another shape than the mapping says.
    #[error(
        "the vendor's answer has another shape than the mapping says: {problem}; run `ptf-cache probe` and correct [upstream.mapping]"
    )]
    Schema {
        /// What was not where it should be.
        problem: String,
    },
    /// Pages that do not add up to the whole list, twice.
    #[error(
        "the vendor's pages do not make a whole list: {problem}; check upstream.page_size and upstream.mapping.paging if it stays so"
    )]
    Paging {
        /// What does not add up.
        problem: String,
    },
    /// One id for two boards.
    #[error(
        "the vendor sent two different boards with the id \"{id}\"; ask the vendor which is right"
    )]
    Identity {
        /// The id.
        id: String,
    },
    /// A page of more bytes than allowed, counted after decompression.
    #[error(
        "the vendor's page is larger than {limit} bytes; raise upstream.max_body_bytes if that is right"
    )]
    Size {
        /// The most bytes allowed.
        limit: u64,
    },
    /// More results than any vendor has boards.
    #[error(
        "the vendor sent more than {limit} results; check upstream.mapping.results and upstream.mapping.paging"
    )]
    TooManyResults {
        /// The most results accepted.
        limit: u64,
    },
    /// A result, or what stands around the results, that is larger than any board can be.
    #[error(
        "the vendor sent a result that is larger than any board can be; check upstream.mapping.results, or ask the vendor"
    )]
    Oversized,
    /// No board at all.
    #[error(
        "the vendor's list is empty; if the account should see boards, check upstream.mapping.query and ask the vendor"
    )]
    Empty,
    /// Boards that are each possible and together larger than any list.
    #[error(
        "the vendor's boards are together larger than any list of boards; check upstream.mapping.fees, or ask the vendor"
    )]
    Overweight,
    /// The vendor's own error, whatever the status.
    #[error(
        "the vendor reports an error{}: {message}; try later, or ask the vendor",
        code.as_ref().map(|code| format!(" {code}")).unwrap_or_default()
    )]
    VendorError {
        /// The status it came with.
        status: u16,
        /// How long the vendor asks to wait, at most 15 minutes; `None` when it did not say.
        wait: Option<Duration>,
        /// The vendor's code; `None` when it gave none.
        code: Option<String>,
        /// The vendor's message; shortened, and without credentials, before anybody sees it.
        message: String,
    },
    /// The vendor marks its answers as invented.
    #[error(
        "this vendor is the sandbox, its boards are invented; set upstream.base_url to the real vendor, or upstream.allow_sandbox = true to admit it"
    )]
    Sandbox,
    /// The whole fetch took longer than it may.
    #[error(
        "the vendor's list did not arrive within {} s; try later, or raise upstream.deadline_secs",
        seconds(*after)
    )]
    Deadline {
        /// How long the fetch may take.
        after: Duration,
    },
}

impl UpstreamError {
    /// The class that runs and metrics are counted by.
    pub fn class(&self) -> FailureClass {
        match self {
            UpstreamError::Settings(_) | UpstreamError::Connect { .. } => FailureClass::Connect,
            UpstreamError::Tls { .. } => FailureClass::Tls,
            UpstreamError::Timeout { .. } => FailureClass::Timeout,
            UpstreamError::Auth { .. } => FailureClass::Auth,
            UpstreamError::RateLimited { .. } => FailureClass::RateLimited,
            UpstreamError::Status { .. } => FailureClass::Status,
            UpstreamError::Redirect { .. } => FailureClass::Redirect,
            UpstreamError::Content { .. } => FailureClass::Content,
            UpstreamError::Parse { .. } => FailureClass::Parse,
            UpstreamError::Schema { .. } => FailureClass::Schema,
            UpstreamError::Paging { .. } => FailureClass::Paging,
            UpstreamError::Identity { .. } => FailureClass::Identity,
            UpstreamError::Size { .. }
            | UpstreamError::TooManyResults { .. }
            | UpstreamError::Overweight
            | UpstreamError::Oversized => FailureClass::Size,
            UpstreamError::Empty => FailureClass::Empty,
            UpstreamError::VendorError { .. } | UpstreamError::Sandbox => FailureClass::VendorError,
            UpstreamError::Deadline { .. } => FailureClass::Deadline,
        }
    }

    /// Whether the same request may do better in a moment: after a connection that failed, 429 and 5xx.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            UpstreamError::Connect { .. } | UpstreamError::RateLimited { .. } => true,
            UpstreamError::Status { status, .. } | UpstreamError::VendorError { status, .. } => {
                *status >= 500
            }
            _ => false,
        }
    }

    /// The wait that the vendor asks for; `None` unless it does.
    pub(super) fn asked_wait(&self) -> Option<Duration> {
        match self {
            UpstreamError::RateLimited { wait, .. }
            | UpstreamError::Status { wait, .. }
            | UpstreamError::VendorError { wait, .. } => *wait,
            _ => None,
        }
    }

    /// The same fit to be shown: the vendor's own words shortened, and without `secrets`, should it repeat them.
    pub(super) fn without(mut self, secrets: &[String]) -> UpstreamError {
        if let UpstreamError::VendorError { code, message, .. } = &mut self {
            for words in code.iter_mut().chain([message]) {
                for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
                    *words = words.replace(secret.as_str(), "[redacted]");
                }
                *words = excerpt(words, MAX_SHOWN_CHARS);
            }
        }
        self
    }

    /// Whether the vendor understood the request and says no to it, as some do beyond the end of a list.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            UpstreamError::Status { status, .. } => (400..500).contains(status),
            UpstreamError::VendorError { status, .. } => *status < 500,
            _ => false,
        }
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Injected> for UpstreamError {
    fn from(injected: crate::failpoint::Injected) -> UpstreamError {
        UpstreamError::Parse {
            reason: injected.to_string(),
        }
    }
}

fn until_text(until: Option<DateTime<Utc>>) -> String {
    match until {
        Some(until) => format!(
            " and may be asked again at {}: leave it to the schedule, or run `ptf-cache sync` after that",
            until.to_rfc3339_opts(SecondsFormat::Secs, true)
        ),
        None => "; run less often, or ask the vendor for a higher limit".to_owned(),
    }
}

fn status_remedy(status: u16) -> &'static str {
    match status {
        500.. => "try later, or ask the vendor",
        _ => "check upstream.base_url, upstream.mapping.path and upstream.mapping.query",
    }
}
