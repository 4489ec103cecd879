//! Reading the catalog over HTTP: one catalog per request, and what lets callers and caches keep the answer.
//!
//! Every read carries the version it was made from, a weak entity tag over its whole body, and a `Cache-Control`
//! that ends when the catalog turns stale. A caller that has the body already gets 304 (RFC 9110, 13.1.2).

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Api;
use super::negotiation::{etag_of, matches_any, takes_gzip};
use super::problem::ApiError;
use crate::catalog::{Catalog, Freshness, PreparedBody, Snapshot};

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

/// One read: the catalog it answers from, its moment, and what the caller has and takes.
pub(crate) struct Reader {
    /// What is read; taken once, so that one answer is of one catalog. The newest, unless a version was asked for.
    pub(crate) catalog: Arc<Catalog>,
    /// The newest catalog, with what belongs to it.
    pub(crate) newest: Arc<Snapshot>,
    /// The moment of the request.
    pub(crate) now: DateTime<Utc>,
    if_none_match: Vec<HeaderValue>,
    takes_gzip: bool,
}

impl FromRequestParts<Arc<Api>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Reader, ApiError> {
        let newest = api.catalog.get().ok_or(ApiError::NotReady)?;
        Ok(Reader {
            catalog: Arc::clone(&newest.catalog),
            newest,
            now: api.clock.now(),
            if_none_match: parts
                .headers
                .get_all(IF_NONE_MATCH)
                .iter()
                .cloned()
                .collect(),
            takes_gzip: takes_gzip(&parts.headers),
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
        self.answer(content_type, &etag, body)
    }

    /// Answers with bytes rendered beforehand, compressed where the caller takes that.
    pub(crate) fn prepared(&self, prepared: &PreparedBody) -> Response {
        let body = if self.takes_gzip {
            &prepared.gzip
        } else {
            &prepared.identity
        };
        let mut response = self.answer(JSON, &prepared.etag, body.clone());
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if self.takes_gzip && response.status() == StatusCode::OK {
            let headers = response.headers_mut();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    fn answer(&self, content_type: &'static str, etag: &str, body: Bytes) -> Response {
        let length = body.len();
        let known = matches_any(self.if_none_match.iter(), etag);
        let mut response = Response::new(if known {
            Body::empty()
        } else {
            Body::from(body)
        });
        let headers = response.headers_mut();
        self.describe(headers);
        headers.insert(ETAG, to_header(etag));
        // The length of the 200, on a 304 too: an empty body would otherwise be announced as the representation's.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        response
    }

    fn describe(&self, headers: &mut HeaderMap) {
        headers.insert(CATALOG_VERSION, self.version());
        let policy = cache_control(self.freshness(), self.now);
        headers.insert(CACHE_CONTROL, to_header(&policy));
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

/// `view` as JSON.
pub(crate) fn to_json(view: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(view).expect("a view has text keys and no float")
}

fn to_header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("tags and policies are visible ASCII")
}

/// How long an answer may be kept: no longer than the catalog is good for.
fn cache_control(freshness: Freshness, now: DateTime<Utc>) -> String {
    let left = freshness.left(now).num_seconds();
    let max_age = MAX_AGE_SECS.min(left);
    let revalidate = STALE_WHILE_REVALIDATE_SECS.min(left - max_age);
    format!(
        "public, max-age={max_age}, stale-while-revalidate={revalidate}, stale-if-error={STALE_IF_ERROR_SECS}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn an_answer_is_never_kept_beyond_the_catalogs_time() {
        let freshness = Freshness {
            checked_at: DateTime::UNIX_EPOCH,
            max_age: TimeDelta::hours(1),
        };
        let policy =
            |secs: i64| cache_control(freshness, DateTime::UNIX_EPOCH + TimeDelta::seconds(secs));
        let rest = "stale-if-error=86400";
        assert_eq!(
            policy(0),
            format!("public, max-age=60, stale-while-revalidate=300, {rest}")
        );
        assert_eq!(
            policy(3_500),
            format!("public, max-age=60, stale-while-revalidate=40, {rest}")
        );
        assert_eq!(
            policy(3_570),
            format!("public, max-age=30, stale-while-revalidate=0, {rest}")
        );
        assert_eq!(
            policy(9_999),
            format!("public, max-age=0, stale-while-revalidate=0, {rest}")
        );
    }
}
