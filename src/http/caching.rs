//! Reading the catalog over HTTP: one snapshot per request, and what lets callers and caches keep the answer.
//!
//! Every read carries the version it was made from, a weak entity tag over its whole body, and a `Cache-Control`
//! that ends when the catalog turns stale. A caller that has the body already gets 304 (RFC 9110, 13.1.2).

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Api;
use super::problem::ApiError;
use crate::catalog::{Freshness, PreparedBody, Snapshot};

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

/// One read: the snapshot it answers from, its moment, and what the caller has and takes.
pub(crate) struct Reader {
    /// What is read; taken once, so that one answer is of one catalog.
    pub(crate) snapshot: Arc<Snapshot>,
    /// The moment of the request.
    pub(crate) now: DateTime<Utc>,
    if_none_match: Vec<HeaderValue>,
    takes_gzip: bool,
}

impl FromRequestParts<Arc<Api>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Reader, ApiError> {
        Ok(Reader {
            snapshot: api.catalog.get().ok_or(ApiError::NotReady)?,
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
    /// Answers with `view` as JSON.
    pub(crate) fn json(&self, view: &impl Serialize) -> Response {
        self.text(JSON, to_json(view))
    }

    /// Answers with `body`, made from the snapshot.
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
        let policy = cache_control(self.snapshot.freshness, self.now);
        headers.insert(CACHE_CONTROL, to_header(&policy));
    }

    /// Answers with `body`, made from the snapshot, which nobody may keep: the answer to a POST.
    pub(crate) fn unstored(&self, content_type: &'static str, body: impl Into<Bytes>) -> Response {
        let mut response = Response::new(Body::from(body.into()));
        let headers = response.headers_mut();
        headers.insert(CATALOG_VERSION, self.version());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }

    fn version(&self) -> HeaderValue {
        HeaderValue::from(self.snapshot.catalog.head().version.get())
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
    let left = (freshness.stale_after() - now).num_seconds().max(0);
    let max_age = MAX_AGE_SECS.min(left);
    let revalidate = STALE_WHILE_REVALIDATE_SECS.min(left - max_age);
    format!(
        "public, max-age={max_age}, stale-while-revalidate={revalidate}, stale-if-error={STALE_IF_ERROR_SECS}"
    )
}

/// The weak entity tag of `body`: half of its SHA-256 in hexadecimal.
///
/// Weak, because the compressed form has the same one.
pub(crate) fn etag_of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let half = digest.iter().take(16);
    let hex: String = half.map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// Whether an `If-None-Match` of these lines names `etag`, compared weakly; `*` names any.
fn matches_any<'a>(lines: impl Iterator<Item = &'a HeaderValue>, etag: &str) -> bool {
    let opaque = etag.trim_start_matches("W/");
    lines
        .filter_map(|line| line.to_str().ok())
        .any(|line| line.trim() == "*" || opaque_tags(line).any(|tag| tag == opaque))
}

/// The tags of a list, quotes included, without `W/`. A comma inside quotes belongs to the tag.
fn opaque_tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let start = rest.find('"')?;
        let length = rest[start + 1..].find('"')? + 2;
        let tag = &rest[start..start + length];
        rest = &rest[start + length..];
        Some(tag)
    })
}

/// Whether the caller takes gzip, and likes it no less than the plain form (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut any, mut identity) = (None, None, None);
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    for coding in lines.flat_map(|line| line.split(',')) {
        let (name, weight) = parse_coding(coding);
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && gzip >= identity.unwrap_or(0)
}

/// The name of a coding and its weight in thousandths; a weight that is none counts as 0.
fn parse_coding(coding: &str) -> (&str, u16) {
    let (name, parameter) = match coding.split_once(';') {
        None => return (coding.trim(), 1_000),
        Some((name, parameter)) => (name.trim(), parameter.trim()),
    };
    let weight = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="));
    (name, weight.and_then(parse_weight).unwrap_or(0))
}

/// A `qvalue` (`0`, `0.5`, `1.000`) in thousandths.
fn parse_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !digits {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    let weight = if whole == "1" { 1_000 } else { 0 } + thousandths;
    (weight <= 1_000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_want_it() {
        for wanted in [
            "gzip",
            "GZIP",
            "br, gzip;q=0.5",
            "*",
            "x-gzip",
            "gzip, identity",
            "gzip; q=1.000",
        ] {
            assert!(takes_gzip(&accepting(wanted)), "{wanted}");
        }
        let unwanted = [
            "",
            "br",
            "gzip;q=0",
            "gzip;q=0.000",
            "*;q=0",
            "identity",
            "gzip;q=0.5, identity;q=1",
            "*, gzip;q=0",
            "gzip;q=nonsense",
            "gzip;q=2",
        ];
        for unwanted in unwanted {
            assert!(!takes_gzip(&accepting(unwanted)), "{unwanted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_known_tag_is_found_anywhere_in_the_list_and_compared_weakly() {
        let etag = "W/\"abc\"";
        let matches =
            |value: &'static str| matches_any([&HeaderValue::from_static(value)].into_iter(), etag);
        for known in [
            "W/\"abc\"",
            "\"abc\"",
            "*",
            " * ",
            "\"x\", W/\"abc\"",
            "\"x,y\",\"abc\"",
        ] {
            assert!(matches(known), "{known}");
        }
        for unknown in [
            "",
            "abc",
            "\"abcd\"",
            "W/\"ab\"",
            "\"x,abc\"",
            "\"abc",
            "\"*\"",
        ] {
            assert!(!matches(unknown), "{unknown}");
        }
    }

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

    #[test]
    fn tags_differ_where_bodies_do() {
        assert_eq!(etag_of(b""), "W/\"e3b0c44298fc1c149afbf4c8996fb924\"");
        assert_ne!(etag_of(b"a"), etag_of(b"b"));
    }
}
