//! Request ids: the caller's where it is presentable, otherwise a fresh one.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderName, HeaderValue};

use crate::http::caching::passing_header;
use crate::http::negotiation::hex;

/// The header that carries the id, in requests and in every response.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of a caller's id.
const MAX_CHARS: usize = 64;
/// An odd number without a pattern (2^64 divided by the golden ratio): its multiples visit every 64-bit value once.
const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// The id of a request: 1 to 64 letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("an id is ASCII")
    }

    /// The id as a header value.
    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}

/// Makes ids that no two requests of a process share, and that start elsewhere in every process.
#[derive(Debug)]
pub(super) struct RequestIds {
    next: AtomicU64,
}

impl RequestIds {
    /// Ids from `seed` on.
    fn from_seed(seed: u64) -> RequestIds {
        RequestIds {
            next: AtomicU64::new(seed),
        }
    }

    /// Ids from a random start.
    pub(super) fn random() -> RequestIds {
        RequestIds::from_seed(RandomState::new().hash_one(()))
    }

    /// The `given` id, when it is presentable; else a fresh one of 16 hexadecimal digits.
    pub(super) fn give(&self, given: Option<&HeaderValue>) -> RequestId {
        let given = given.filter(|id| is_presentable(id.as_bytes()));
        RequestId(match given {
            Some(id) => id.clone(),
            None => self.fresh(),
        })
    }

    fn fresh(&self) -> HeaderValue {
        let digits = hex(self.next.fetch_add(STRIDE, Ordering::Relaxed));
        passing_header(&digits)
    }
}

fn is_presentable(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    (1..=MAX_CHARS).contains(&id.len()) && id.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_presentable_id_is_kept_and_any_other_is_replaced() {
        let ids = RequestIds::from_seed(7);
        let give = |id: &str| ids.give(Some(&HeaderValue::from_str(id).unwrap()));
        let longest = "a".repeat(MAX_CHARS);
        for kept in ["7", "abc-DEF_1.2", &longest] {
            assert_eq!(give(kept).as_str(), kept);
        }
        let too_long = "a".repeat(MAX_CHARS + 1);
        for replaced in ["", "a b", "<script>", "a\"b", &too_long] {
            let made = give(replaced);
            assert_ne!(made.as_str(), replaced);
            assert_eq!(made.as_str().len(), 16);
        }
    }

    #[test]
    fn fresh_ids_differ() {
        let ids = RequestIds::random();
        let made = (0..1_000).map(|_| ids.give(None).as_str().to_owned());
        assert_eq!(made.collect::<HashSet<_>>().len(), 1_000);
    }
}
