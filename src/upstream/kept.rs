//! Pages of the last whole list, kept so that the vendor need not send again what did not change.
//!
//! A page is kept with the validator that the vendor sent with it (RFC 9110, 8.8). The next run asks for it on the
//! condition that it changed; where the vendor answers 304, the kept bytes are read as if they had come again. So a list
//! that is confirmed, wholly or in parts, goes through the same proofs and the same mapping as one that is sent, and
//! nothing later can tell the two apart.
//!
//! What keeps a vendor with wrong validators from being believed for ever: only pages of a list that proved whole are
//! kept, the first page is read without a condition at the end of every list of several, anything that does not add up
//! has everything read anew, and no page is kept for more than [`MAX_AGE`].

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::RequestBuilder;
use reqwest::header::{
    CACHE_CONTROL, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use url::Url;

use super::transport::Page;

/// The most bytes kept: some ten thousand boards. Pages beyond it are read anew each time.
const MAX_BYTES: usize = 8 << 20;
/// How long a page may be confirmed before it is read again all the same.
const MAX_AGE: TimeDelta = TimeDelta::hours(24);
/// How much older than its answer a page must be for `Last-Modified` to tell it from a later one: it counts in whole
/// seconds, so that two changes of one second would look alike (RFC 9110, 8.8.2.2).
const MIN_LAST_MODIFIED_AGE_SECS: u64 = 60;

/// What tells one state of a page from another, as a condition on the next request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validator {
    header: HeaderName,
    value: HeaderValue,
}

impl Validator {
    /// The validator of an answer; `None` when it has none that can be relied on, or must not be kept.
    pub(super) fn of(headers: &HeaderMap) -> Option<Validator> {
        let directives = headers.get_all(CACHE_CONTROL).iter();
        let mut directives = directives.filter_map(|value| value.to_str().ok());
        if directives.any(|text| text.to_ascii_lowercase().contains("no-store")) {
            return None;
        }
        let condition = |header, value: &HeaderValue| Validator {
            header,
            value: value.clone(),
        };
        if let Some(etag) = headers.get(ETAG) {
            return Some(condition(IF_NONE_MATCH, etag));
        }
        let modified = headers.get(LAST_MODIFIED)?;
        let age = date(headers.get(DATE)?)?.duration_since(date(modified)?);
        let is_old = age.ok()?.as_secs() >= MIN_LAST_MODIFIED_AGE_SECS;
        is_old.then(|| condition(IF_MODIFIED_SINCE, modified))
    }

    /// The request on the condition that the page changed.
    pub(super) fn condition(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(&self.header, &self.value)
    }
}

fn date(value: &HeaderValue) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

/// Pages by their addresses.
#[derive(Debug, Default)]
pub(super) struct KeptPages {
    pages: HashMap<Url, Page>,
    bytes: usize,
}

impl KeptPages {
    /// The page at `url`, if it can still be confirmed at `now`.
    pub(super) fn get(&self, url: &Url, now: DateTime<Utc>) -> Option<&Page> {
        let page = self.pages.get(url)?;
        let age = now - page.read_at;
        (TimeDelta::zero()..MAX_AGE).contains(&age).then_some(page)
    }

    /// Keeps a page, if it has a validator and there is room.
    pub(super) fn keep(&mut self, url: Url, page: Page) {
        let bytes = self.bytes + page.body.len();
        if page.validator.is_some() && bytes <= MAX_BYTES {
            self.bytes = bytes;
            self.pages.insert(url, page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(headers: &[(&'static str, &'static str)]) -> Option<(String, String)> {
        let headers = headers.iter().map(|(name, value)| {
            let (name, value) = (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
            (name, value)
        });
        let validator = Validator::of(&headers.collect())?;
        let value = validator.value.to_str().unwrap().to_owned();
        Some((validator.header.to_string(), value))
    }

    #[test]
    fn a_validator_is_an_entity_tag_or_a_date_that_is_old_enough() {
        const AT: (&str, &str) = ("date", "Mon, 23 Nov 2026 12:00:00 GMT");
        let some = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        let old = ("last-modified", "Mon, 23 Nov 2026 11:59:00 GMT");
        let young = ("last-modified", "Mon, 23 Nov 2026 11:59:01 GMT");
        let none = "if-none-match";
        assert_eq!(
            condition(&[("etag", "W/\"a\""), old, AT]),
            some(none, "W/\"a\"")
        );
        assert_eq!(condition(&[old, AT]), some("if-modified-since", old.1));
        for unreliable in [
            &[young, AT][..],
            &[old],
            &[("last-modified", "soon"), AT],
            &[],
        ] {
            assert_eq!(condition(unreliable), None, "{unreliable:?}");
        }
        let stored = ("cache-control", "private, No-Store");
        assert_eq!(condition(&[("etag", "\"a\""), stored]), None);
    }

    fn page(bytes: usize, read_at: DateTime<Utc>) -> Page {
        let headers = [(ETAG, HeaderValue::from_static("\"a\""))];
        Page {
            body: vec![b' '; bytes].into(),
            status: 200,
            sandbox: false,
            validator: Validator::of(&headers.into_iter().collect()),
            read_at,
        }
    }

    #[test]
    fn pages_are_kept_for_a_day_and_as_many_as_fit() {
        let now = DateTime::UNIX_EPOCH;
        let url = |name: &str| Url::parse("http://vendor/").unwrap().join(name).unwrap();
        let mut kept = KeptPages::default();
        kept.keep(url("a"), page(MAX_BYTES, now));
        kept.keep(url("b"), page(1, now));
        let unsure = Page {
            validator: None,
            ..page(0, now)
        };
        kept.keep(url("c"), unsure);
        let has = |name: &str, at| kept.get(&url(name), at).is_some();
        assert!(has("a", now + MAX_AGE - TimeDelta::milliseconds(1)));
        assert!(!has("a", now + MAX_AGE));
        assert!(!has("a", now - TimeDelta::milliseconds(1)));
        assert!(!has("b", now) && !has("c", now));
    }
}
