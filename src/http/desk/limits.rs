//! How often one may ask: the quota of each address, and of each token.
//!
//! A request with a good token is counted for the token; every other one for the address it came from, one with a bad
//! token too. It is counted before anything else is done for it, and refused with 429 when the quota is used up.
//!
//! The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) say where a caller stands. They
//! are on what is refused and on what the router answers; an answer that lies at hand has them only when less than a
//! tenth is left: two more headers, with numbers in one, are a quarter of the instructions that a 304 takes, where
//! counting is a sixtieth.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use super::arrival::Arrival;
use super::client::address_of;
use crate::access::{Quotas, Standing};
use crate::domain::token::TokenId;
use crate::http::Admission;
use crate::http::metrics::HttpMetrics;
use crate::http::problem::ApiError;

/// Addresses that are counted at a time: a megabyte. Beyond them, those that ask the least begin anew.
const ADDRESSES: usize = 65_536;
/// Tokens that are counted at a time.
const TOKENS: usize = 8_192;

/// What is said to an address that has no more left.
pub(crate) const BEYOND_ADDRESS: &str = "This address has sent as many requests as it may for now; Retry-After says when one more is taken.";
/// What is said to the holder of a token that has no more left.
const BEYOND_TOKEN: &str = "As many requests were sent with this token as may be for now; Retry-After says when one more is taken.";

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How often one may ask, and who is believed about addresses.
#[derive(Debug, Clone, Default)]
pub struct LimitSettings {
    /// Requests a minute from one address; `None` is no limit.
    pub per_address_per_minute: Option<NonZeroU32>,
    /// Requests a minute with one token; `None` is no limit.
    pub per_token_per_minute: Option<NonZeroU32>,
    /// The proxies that may say whose request they bring.
    pub trusted_proxies: Vec<IpNet>,
}

/// What is counted, and of whom.
pub(super) struct Limits {
    admission: Arc<Admission>,
    metrics: Arc<HttpMetrics>,
    trusted_proxies: Vec<IpNet>,
    address: Option<Limit>,
    token: Option<Limit>,
    begun_at: Instant,
}

/// The quotas of one kind of callers.
struct Limit {
    /// What the fields call it.
    name: &'static str,
    /// What `RateLimit-Policy` says, always.
    policy: HeaderValue,
    quotas: Quotas,
    /// What is said to who has used his up.
    detail: &'static str,
}

/// Where a caller stands after a request.
pub(super) struct Counted<'l> {
    limit: &'l Limit,
    standing: Standing,
}

/// The values of the fields that say so.
pub(super) struct Fields {
    policy: HeaderValue,
    standing: HeaderValue,
}

impl Limits {
    /// What `settings` say; `None` when nobody is limited, so that nothing is counted. The tokens are those of
    /// `admission`; who is refused is counted in `metrics`.
    pub(super) fn of(
        settings: LimitSettings,
        admission: Arc<Admission>,
        metrics: Arc<HttpMetrics>,
    ) -> Option<Limits> {
        let limit = |name, per_minute: Option<NonZeroU32>, places, detail| {
            per_minute.map(|per_minute| Limit::of(name, per_minute, places, detail))
        };
        let address = settings.per_address_per_minute;
        let address = limit("address", address, ADDRESSES, BEYOND_ADDRESS);
        let token = settings.per_token_per_minute;
        let token = limit("token", token, TOKENS, BEYOND_TOKEN);
        (address.is_some() || token.is_some()).then(|| Limits {
            admission,
            metrics,
            trusted_proxies: settings.trusted_proxies,
            address,
            token,
            begun_at: Instant::now(),
        })
    }

    /// Counts a request that came from `peer` as `arrival` says; `None` where its sender is not limited.
    ///
    /// # Errors
    /// Where its sender stands who has no more left.
    pub(super) fn count(
        &self,
        peer: IpAddr,
        arrival: &Arrival<'_>,
    ) -> Result<Option<Counted<'_>>, Counted<'_>> {
        let holder = match arrival.shows_token {
            true => self.admission.holder(arrival.headers),
            false => None,
        };
        let (limit, key) = match holder {
            Some(token) => (&self.token, key_of_token(&token)),
            None => {
                let address = address_of(peer, arrival.headers, &self.trusted_proxies);
                (&self.address, key_of_address(address))
            }
        };
        let Some(limit) = limit else {
            return Ok(None);
        };
        let counted = |standing| Counted { limit, standing };
        match limit
            .quotas
            .take(key, arrival.at.duration_since(self.begun_at))
        {
            Ok(standing) => Ok(Some(counted(standing))),
            Err(standing) => {
                self.metrics.count_limited();
                Err(counted(standing))
            }
        }
    }
}

impl Limit {
    fn of(
        name: &'static str,
        per_minute: NonZeroU32,
        places: usize,
        detail: &'static str,
    ) -> Limit {
        let policy = format!("\"{name}\";q={per_minute};w=60");
        Limit {
            name,
            policy: HeaderValue::try_from(policy).expect("a word and numbers are ASCII"),
            quotas: Quotas::of(per_minute, places),
            detail,
        }
    }
}

impl Counted<'_> {
    /// Whether so little is left that the caller is to be told.
    pub(super) fn is_low(&self) -> bool {
        self.standing.is_low()
    }

    /// The fields that say where the caller stands.
    pub(super) fn fields(&self) -> Fields {
        let (left, more_in) = (self.standing.left(), self.standing.more_in_secs());
        let standing = format!("\"{}\";r={left};t={more_in}", self.limit.name);
        Fields {
            policy: self.limit.policy.clone(),
            standing: HeaderValue::try_from(standing).expect("a word and numbers are ASCII"),
        }
    }

    /// The answer to who has no more left.
    pub(super) fn refusal(&self) -> ApiError {
        ApiError::RateLimited {
            retry_after_secs: self.standing.more_in_secs(),
            detail: self.limit.detail,
        }
    }
}

impl Fields {
    /// Puts them on an answer.
    pub(super) fn put_on(self, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy);
        headers.insert(RATE_LIMIT, self.standing);
    }
}

/// The number that stands for a token: its id's letters.
fn key_of_token(token: &TokenId) -> u64 {
    let letters = token.as_str().as_bytes();
    u64::from_be_bytes(letters.try_into().expect("an id has eight letters"))
}

/// The number that stands for an address: an IPv4 address, or the network of an IPv6 one, within which whoever has it
/// can take any address (RFC 6177).
///
/// The two are told apart: no network begins like the numbers of the former.
fn key_of_address(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => 0xffff_0000_0000 | u64::from(address.to_bits()),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_whole_and_of_ipv6_its_network() {
        let same = |one: &str, other: &str| {
            key_of_address(one.parse().unwrap()) == key_of_address(other.parse().unwrap())
        };
        assert!(same("203.0.113.7", "::ffff:203.0.113.7"));
        assert!(!same("203.0.113.7", "203.0.113.8"));
        assert!(same("2001:db8:1:2::7", "2001:db8:1:2:ffff::1"));
        assert!(!same("2001:db8:1:2::7", "2001:db8:1:3::7"));
    }
}
