//! What the desk looks at in every request.

use std::time::Instant;

use axum::http::header::{ACCEPT_ENCODING, AUTHORIZATION, IF_NONE_MATCH, ORIGIN};
use axum::http::{HeaderMap, HeaderValue};

use super::request_id::X_REQUEST_ID;
use crate::catalog::Coding;
use crate::http::negotiation::{codings, matches_any};

/// A request's header, of which what matters is found in one pass: looking up name after name takes three times as long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'r> {
    /// When it was there.
    pub(super) at: Instant,
    /// All of it.
    pub(super) headers: &'r HeaderMap,
    /// Whether it shows a token, good or bad.
    pub(super) shows_token: bool,
    /// The id that the caller gave the request.
    pub(super) given_id: Option<&'r HeaderValue>,
    /// The origin of the page that asks.
    pub(super) origin: Option<&'r HeaderValue>,
    names_tags: bool,
    accepts_codings: bool,
}

impl<'r> Arrival<'r> {
    /// That of a request with these `headers`, which were there at the moment `at`.
    pub(super) fn of(headers: &'r HeaderMap, at: Instant) -> Arrival<'r> {
        let mut arrival = Arrival {
            at,
            headers,
            shows_token: false,
            given_id: None,
            origin: None,
            names_tags: false,
            accepts_codings: false,
        };
        for (name, value) in headers {
            match *name {
                AUTHORIZATION => arrival.shows_token = true,
                IF_NONE_MATCH => arrival.names_tags = true,
                ACCEPT_ENCODING => arrival.accepts_codings = true,
                // Of what should be there once, the first counts.
                ORIGIN => arrival.origin = arrival.origin.or(Some(value)),
                ref name if *name == X_REQUEST_ID => {
                    arrival.given_id = arrival.given_id.or(Some(value));
                }
                _ => {}
            }
        }
        arrival
    }

    /// Whether the caller has the answer with this tag already.
    pub(super) fn knows(&self, etag: &HeaderValue) -> bool {
        self.names_tags && {
            let tags = self.headers.get_all(IF_NONE_MATCH);
            matches_any(tags.iter(), etag.as_bytes())
        }
    }

    /// The codings that the caller takes, best first.
    pub(super) fn codings(&self) -> impl Iterator<Item = Coding> {
        let codings = match self.accepts_codings {
            true => codings(self.headers),
            false => [None, None],
        };
        codings.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_found_among_all_else() {
        let fields = [
            ("host", "quotes.example"),
            ("origin", "https://forms.example"),
            ("x-request-id", "first"),
            ("if-none-match", "\"a\""),
            ("x-request-id", "second"),
            ("if-none-match", "\"b\""),
            ("accept-encoding", "gzip"),
            ("accept-encoding", "br"),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, HeaderValue::from_static(value));
        }
        let arrival = Arrival::of(&headers, Instant::now());
        assert!(!arrival.shows_token);
        assert_eq!(arrival.given_id.unwrap(), "first");
        assert_eq!(arrival.origin.unwrap(), "https://forms.example");
        for tag in ["\"a\"", "W/\"b\""] {
            assert!(arrival.knows(&HeaderValue::from_static(tag)), "{tag}");
        }
        assert!(!arrival.knows(&HeaderValue::from_static("\"c\"")));
        let codings: Vec<Coding> = arrival.codings().collect();
        assert_eq!(codings, [Coding::Brotli, Coding::Gzip]);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        assert!(Arrival::of(&headers, Instant::now()).shows_token);
    }

    #[test]
    fn of_what_is_not_there_nothing_is_found() {
        let headers = HeaderMap::new();
        let arrival = Arrival::of(&headers, Instant::now());
        assert!(!arrival.shows_token && !arrival.knows(&HeaderValue::from_static("\"a\"")));
        assert_eq!((arrival.given_id, arrival.origin), (None, None));
        assert_eq!(arrival.codings().count(), 0);
    }
}
