//! Reading the catalog over HTTP: one catalog per request, and what lets callers and caches keep the answer.
//!
//! Every read carries the version it was made from, a weak entity tag over its whole body, and a `Cache-Control`
//! that ends when the catalog turns stale. A caller that has the body already gets 304 (RFC 9110, 13.1.2).

use std::cell::Cell;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::BytesMut;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Api;
use super::authorization::Access;
use super::negotiation::{etag_of, matches_any};
use super::problem::ApiError;
use super::views::Detail;
use crate::access::Caller;
use crate::catalog::{Catalog, Freshness, Snapshot};

/// The media type of every answer that is no error, list or page.
pub(crate) const JSON: &str = "application/json";
/// The header that carries the version an answer was made from.
pub(crate) const CATALOG_VERSION: HeaderName = HeaderName::from_static("catalog-version");

/// Seconds for which an answer is fresh.
const MAX_AGE_SECS: i64 = 60;
/// Seconds after that for which a cache may still give it while it asks again.
const STALE_WHILE_REVALIDATE_SECS: i64 = 300;
/// Seconds for which a cache may give it when the service is down: a day-old price beats none.
const STALE_IF_ERROR_SECS: i64 = 86_400;
/// The policy while the catalog's time cuts none of these.
const UNCUT_POLICY: &str = "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400";

/// One read: the catalog it answers from, its moment, and what the caller has and takes.
pub(crate) struct Reader {
    /// What is read; taken once, so that one answer is of one catalog. The newest, unless a version was asked for.
    pub(crate) catalog: Arc<Catalog>,
    /// The newest catalog, with what belongs to it.
    pub(crate) newest: Arc<Snapshot>,
    /// The moment of the request.
    pub(crate) now: DateTime<Utc>,
    /// How much the caller is shown.
    pub(crate) detail: Detail,
    /// Whether nobody else may be given the answer from a cache.
    is_private: bool,
    if_none_match: Vec<HeaderValue>,
}

impl FromRequestParts<Arc<Api>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Reader, ApiError> {
        let newest = api.catalog.get().ok_or(ApiError::NotReady)?;
        let caller = parts.extensions.get::<Caller>();
        Ok(Reader {
            detail: match caller {
                Some(_) => Detail::Staff,
                None => Detail::Public,
            },
            is_private: caller.is_some() || !api.admission.is_open(Access::Read),
            catalog: Arc::clone(&newest.catalog),
            newest,
            now: api.clock.now(),
            if_none_match: parts
                .headers
                .get_all(IF_NONE_MATCH)
                .iter()
                .cloned()
                .collect(),
        })
    }
}

impl Reader {
    /// How fresh the data is now, whichever version is read.
    pub(crate) fn freshness(&self) -> Freshness {
        self.newest.freshness
    }

    /// Answers with `view` as JSON.
    pub(crate) fn json(&self, view: &impl Serialize) -> Response {
        self.text(JSON, to_json(view))
    }

    /// Answers with `body`, made from the catalog.
    pub(crate) fn text(&self, content_type: &'static str, body: impl Into<Bytes>) -> Response {
        let body = body.into();
        let etag = etag_of(&body);
        self.tagged(content_type, body, etag)
    }

    /// Answers with `body`, made from the catalog, whose tag is `etag`.
    pub(crate) fn tagged(
        &self,
        content_type: &'static str,
        body: Bytes,
        etag: HeaderValue,
    ) -> Response {
        let length = body.len();
        let known = matches_any(self.if_none_match.iter(), etag.as_bytes());
        let mut response = Response::new(if known {
            Body::empty()
        } else {
            Body::from(body)
        });
        let headers = response.headers_mut();
        headers.insert(CATALOG_VERSION, self.version());
        let left_ms = self.freshness().left_ms(self.now.timestamp_millis());
        let policy = cut_policy(left_ms).unwrap_or_else(uncut_policy);
        let policy = match self.is_private {
            true => privately(&policy),
            false => policy,
        };
        headers.insert(CACHE_CONTROL, policy);
        headers.insert(ETAG, etag);
        // The length of the 200, on a 304 too: an empty body would otherwise be announced as the representation's.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        response
    }

    /// Answers with `body`, made from the catalog, which nobody may keep: the answer to a POST.
    pub(crate) fn unstored(&self, content_type: &'static str, body: impl Into<Bytes>) -> Response {
        let mut response = Response::new(Body::from(body.into()));
        let headers = response.headers_mut();
        headers.insert(CATALOG_VERSION, self.version());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }

    fn version(&self) -> HeaderValue {
        HeaderValue::from(self.catalog.head().version.get())
    }
}

/// An answer that is no read of the catalog, as JSON, which nobody may keep.
pub(crate) fn unstored_json(view: &impl Serialize) -> Response {
    let mut response = Response::new(Body::from(to_json(view)));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

/// `view` as JSON.
pub(crate) fn to_json(view: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(view).expect("a view has text keys and no float")
}

/// Sets these headers, which mostly are the first of those that were set: there they are looked for first, because
/// finding one by its name takes three times as long.
pub(crate) fn set_first(headers: &mut HeaderMap, fields: [(&HeaderName, HeaderValue); 2]) {
    let [(name, value), (other_name, other)] = fields;
    let mut places = headers.iter_mut();
    match (places.next(), places.next()) {
        (Some((found, place)), Some((other_found, other_place)))
            if found == name && other_found == other_name =>
        {
            *place = value;
            *other_place = other;
        }
        _ => {
            headers.insert(name, value);
            headers.insert(other_name, other);
        }
    }
}

/// Tells caches that an answer depends on what the request says in `field`, unless they are told.
///
/// All such fields stand in one line: a second one takes a map more memory and more time than all that is in the first.
pub(crate) fn vary_by(headers: &mut HeaderMap, field: &'static str) {
    let told = headers
        .get(VARY)
        .map(|told| told.to_str().unwrap_or_default());
    let value = match told {
        None => HeaderValue::from_static(field),
        Some(told) if told.split(", ").any(|told| told == field) => return,
        Some(told) => to_header(format!("{told}, {field}")),
    };
    headers.insert(VARY, value);
}

/// A tag, a link or a policy of ours as a header value.
pub(crate) fn to_header(text: impl Into<Bytes>) -> HeaderValue {
    HeaderValue::from_maybe_shared(text.into()).expect("tags, links and policies are ASCII")
}

/// Memory that a thread takes at a time for short texts of answers.
const SLIP_BYTES: usize = 2 * 1024;

thread_local! {
    /// What is left of it.
    static SLIP: Cell<BytesMut> = Cell::new(BytesMut::new());
}

/// `text` as a header value that goes with its answer. One that stays would keep its neighbours' memory too.
pub(crate) fn passing_header(text: &[u8]) -> HeaderValue {
    let mut slip = SLIP.take();
    if slip.capacity() < text.len() {
        slip.reserve(SLIP_BYTES);
    }
    slip.extend_from_slice(text);
    let cut = slip.split().freeze();
    SLIP.set(slip);
    to_header(cut)
}

/// How long an answer may be kept while the catalog's time does not cut it.
pub(crate) fn uncut_policy() -> HeaderValue {
    HeaderValue::from_static(UNCUT_POLICY)
}

/// How long an answer may be kept where the catalog's time, of which `left_ms` are left, cuts it.
pub(crate) fn cut_policy(left_ms: i64) -> Option<HeaderValue> {
    let left = left_ms / 1_000;
    if left >= MAX_AGE_SECS + STALE_WHILE_REVALIDATE_SECS {
        return None;
    }
    let max_age = MAX_AGE_SECS.min(left);
    let revalidate = STALE_WHILE_REVALIDATE_SECS.min(left - max_age);
    Some(to_header(format!(
        "public, max-age={max_age}, stale-while-revalidate={revalidate}, stale-if-error={STALE_IF_ERROR_SECS}"
    )))
}

/// The same policy for the caller's own cache alone.
fn privately(policy: &HeaderValue) -> HeaderValue {
    let policy = policy.to_str().unwrap_or_default();
    let rest = policy.strip_prefix("public").unwrap_or_default();
    to_header(format!("private{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_set_wherever_they_stand() {
        let names = [ETAG, CONTENT_TYPE, VARY];
        for (first, second) in [(0, 1), (1, 0), (1, 2)] {
            let blank = || HeaderValue::from_static("");
            let mut headers = HeaderMap::from_iter([(names[0].clone(), blank())]);
            headers.insert(names[1].clone(), blank());
            let value = HeaderValue::from_static;
            let fields = [(&names[first], value("a")), (&names[second], value("b"))];
            set_first(&mut headers, fields);
            assert_eq!(headers[&names[first]], "a");
            assert_eq!(headers[&names[second]], "b");
        }
    }

    #[test]
    fn an_answer_is_never_kept_beyond_the_catalogs_time() {
        let cases: [(i64, &str); 6] = [
            (3_600, "max-age=60, stale-while-revalidate=300"),
            (360, "max-age=60, stale-while-revalidate=300"),
            (359, "max-age=60, stale-while-revalidate=299"),
            (100, "max-age=60, stale-while-revalidate=40"),
            (30, "max-age=30, stale-while-revalidate=0"),
            (0, "max-age=0, stale-while-revalidate=0"),
        ];
        for (left, expected) in cases {
            let policy = cut_policy(left * 1_000).unwrap_or_else(uncut_policy);
            assert_eq!(policy, format!("public, {expected}, stale-if-error=86400"));
        }
    }
}
