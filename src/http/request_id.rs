//! Request ids: the caller's where it is presentable, otherwise a fresh one.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries the id, in requests and in every response.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of a caller's id.
const MAX_CHARS: usize = 64;
/// An odd number without a pattern (2^64 divided by the golden ratio): its multiples visit every 64-bit value once.
const STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// The id of the request at hand, for the log; an extension of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// The id as a header value.
    pub(crate) fn to_header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("an id is of letters, digits, dot, underscore, dash")
    }
}

/// Makes ids that no two requests of a process share, and that start elsewhere in every process.
#[derive(Debug)]
pub(crate) struct RequestIds {
    next: AtomicU64,
}

impl RequestIds {
    /// Ids from `seed` on.
    pub(crate) fn from_seed(seed: u64) -> RequestIds {
        RequestIds {
            next: AtomicU64::new(seed),
        }
    }

    /// Ids from a random start.
    pub(crate) fn random() -> RequestIds {
        RequestIds::from_seed(RandomState::new().hash_one(()))
    }

    /// The id that `headers` bring, when there is one of 1 to 64 letters, digits, `.`, `_` and `-`; else a fresh one.
    pub(crate) fn of(&self, headers: &HeaderMap) -> RequestId {
        let given = headers
            .get(X_REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(|id| is_presentable(id));
        RequestId(match given {
            Some(id) => id.to_owned(),
            None => format!("{:016x}", self.next.fetch_add(STRIDE, Ordering::Relaxed)),
        })
    }
}

fn is_presentable(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_CHARS).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn with(id: &str) -> HeaderMap {
        HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_str(id).unwrap())])
    }

    #[test]
    fn a_presentable_id_is_kept_and_any_other_is_replaced() {
        let ids = RequestIds::from_seed(7);
        let longest = "a".repeat(MAX_CHARS);
        for kept in ["7", "abc-DEF_1.2", &longest] {
            assert_eq!(ids.of(&with(kept)).0, kept);
        }
        let too_long = "a".repeat(MAX_CHARS + 1);
        for replaced in ["", "a b", "<script>", "a\"b", &too_long] {
            let made = ids.of(&with(replaced)).0;
            assert_ne!(made, replaced);
            assert_eq!(made.len(), 16);
        }
    }

    #[test]
    fn fresh_ids_differ() {
        let ids = RequestIds::random();
        let made: HashSet<String> = (0..1_000).map(|_| ids.of(&HeaderMap::new()).0).collect();
        assert_eq!(made.len(), 1_000);
    }
}
