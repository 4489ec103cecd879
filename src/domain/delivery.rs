//! Deliveries: telling an endpoint of one version, and how far an endpoint has got.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::fee::word_enum;
use super::version::{CatalogVersion, VersionHead};

/// The most characters of an [`EndpointName`].
const MAX_NAME_CHARS: usize = 64;

/// The name of an endpoint: what the configuration, the database and the terminal know it by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointName(String);

/// A text that cannot be an endpoint's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a name of an endpoint; write 1 to {MAX_NAME_CHARS} of a-z, 0-9, \"_\" and \"-\""
)]
pub struct InvalidEndpointName(pub String);

impl EndpointName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EndpointName {
    type Err = InvalidEndpointName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if (1..=MAX_NAME_CHARS).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(EndpointName(text.to_owned()));
        }
        Err(InvalidEndpointName(text.to_owned()))
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for EndpointName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

word_enum! {
    /// Why an attempt failed.
    DeliveryFailureClass {
        /// The address is not a public one, and no other is allowed.
        Address = "address",
        /// No connection: refused, reset, name not found.
        Connect = "connect",
        /// No trusted connection: certificate expired, of another host, self-signed.
        Tls = "tls",
        /// No answer in time.
        Timeout = "timeout",
        /// The endpoint points elsewhere; nobody follows.
        Redirect = "redirect",
        /// Another status that is no success.
        Status = "status",
        /// The message could not be made: the changes could not be read.
        Payload = "payload",
    }
}

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryFailure {
    /// Why.
    pub class: DeliveryFailureClass,
    /// The HTTP status; `None` when no answer came.
    pub status: Option<u16>,
}

impl fmt::Display for DeliveryFailure {
    /// `timeout`, `status 503`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{} {status}", self.class),
            None => self.class.fmt(f),
        }
    }
}

/// What has become of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Still owed.
    Pending {
        /// When it is tried again. While an attempt is under way: when that counts as lost.
        next_attempt_at: DateTime<Utc>,
    },
    /// The endpoint has accepted it.
    Delivered {
        /// When it did.
        at: DateTime<Utc>,
    },
    /// The endpoint has not accepted it for as long as anybody tries.
    GivenUp {
        /// When the last attempt failed.
        at: DateTime<Utc>,
    },
}

/// The record of telling one endpoint of one version: there is one from the first attempt on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The version.
    pub version: CatalogVersion,
    /// Attempts begun, the one under way included.
    pub attempts: u32,
    /// When the first one began.
    pub first_attempt_at: DateTime<Utc>,
    /// When the last one began.
    pub last_attempt_at: DateTime<Utc>,
    /// How the last one failed; `None` when it did not, or has not ended yet.
    pub failure: Option<DeliveryFailure>,
    /// What has become of it.
    pub state: DeliveryState,
}

/// What an endpoint is owed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedVersion {
    /// The oldest version that is neither delivered nor given up.
    pub head: VersionHead,
    /// Its record; `None` before the first attempt.
    pub delivery: Option<Delivery>,
}

/// How far an endpoint has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointProgress {
    /// Its name.
    pub name: EndpointName,
    /// The newest version when the endpoint was first seen, of which it is not told; `None`: there was none.
    pub since: Option<CatalogVersion>,
    /// Every version up to this one is delivered or given up, or is from before it was first seen; `None`: no version.
    pub settled: Option<CatalogVersion>,
    /// How many versions it is owed.
    pub pending: u64,
    /// The delivery that was attempted last.
    pub last: Option<Delivery>,
    /// The newest version that was given up, of those on record.
    pub given_up: Option<CatalogVersion>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_words() {
        for fine in ["crm", "a", "crm-2_b", &"x".repeat(64)] {
            assert_eq!(fine.parse::<EndpointName>().unwrap().as_str(), fine);
        }
        for unfit in ["", "CRM", "a b", "a.b", "é", "a\n", &"x".repeat(65)] {
            assert!(unfit.parse::<EndpointName>().is_err(), "{unfit:?}");
        }
    }

    #[test]
    fn a_failure_says_its_class_and_its_status() {
        let failure = |class, status| DeliveryFailure { class, status }.to_string();
        assert_eq!(failure(DeliveryFailureClass::Timeout, None), "timeout");
        assert_eq!(
            failure(DeliveryFailureClass::Status, Some(503)),
            "status 503"
        );
    }
}
