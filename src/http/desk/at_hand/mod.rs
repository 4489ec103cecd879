//! What is answered without the router: the answers that were prepared with the catalog, and quotes of it.

mod press;
mod quotes;

use std::sync::Arc;
use std::time::Instant;

use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use bytes::Bytes;
use hyper::body::Body;

use super::answer::{Answer, AnswerBody};
use super::arrival::Arrival;
use crate::catalog::{PreparedAnswer, Resource, Snapshot};
use crate::http::Api;
use crate::http::authorization::Access;
use crate::http::caching::cut_policy;
use crate::http::metrics::{HttpMetrics, ReadMethod, RouteMetrics};
use press::Press;
use quotes::Quotes;

/// The path of a quote.
const QUOTE: &str = "/v1/quote";

/// An answer that lay at hand.
pub(super) struct Found {
    pub(super) answer: Answer,
    /// Its tag, which is still to be put on.
    pub(super) etag: HeaderValue,
    /// Whether it tells caches that it depends on the origin of the page that asks.
    pub(super) varies_by_origin: bool,
    /// When it was there.
    pub(super) given_at: Instant,
}

/// What lies at hand, and who counts it.
pub struct AtHand {
    api: Arc<Api>,
    press: Press,
    quotes: Quotes,
    quote: RouteMetrics,
    options: RouteMetrics,
    boards: RouteMetrics,
    export: RouteMetrics,
    board: RouteMetrics,
}

impl AtHand {
    /// What `api` has at hand, counted in `metrics`.
    pub fn of(api: Arc<Api>, metrics: &HttpMetrics) -> AtHand {
        AtHand {
            quotes: Quotes::new(Arc::clone(&api.clock), api.quote_zone),
            api,
            press: Press::start(),
            quote: metrics.of_route(QUOTE),
            options: metrics.of_route("/v1/boards/options"),
            boards: metrics.of_route("/v1/boards"),
            export: metrics.of_route("/v1/boards.csv"),
            board: metrics.of_route("/v1/boards/{id}"),
        }
    }

    /// The answer to `request`, which came in as `arrival` says, where it is at hand.
    pub(super) fn answer<B>(&self, request: &Request<B>, arrival: &Arrival<'_>) -> Option<Found> {
        let method = ReadMethod::of(request.method())?;
        // Who shows a token may be told more than lies here, or be refused.
        if arrival.shows_token {
            return None;
        }
        let found = self.api.catalog.read(|snapshot| {
            let target = request.uri().path_and_query()?;
            let varies_by_origin = snapshot.prepared.varies_by_origin;
            if target.path() == QUOTE {
                if !self.is_open(Access::Read) {
                    return None;
                }
                let answer = self.quotes.answer(target.query()?, snapshot, arrival)?;
                return Some((&self.quote, answer, varies_by_origin));
            }
            let target = target.as_str();
            let prepared = snapshot.prepared.get(target)?;
            if !self.is_open(access_to(prepared.resource)) {
                return None;
            }
            let answer = self.answer_prepared(snapshot, target, prepared, arrival);
            let metrics = self.metrics_of(prepared.resource);
            Some((metrics, answer, varies_by_origin))
        });
        let (metrics, (mut answer, etag), varies_by_origin) = found??;
        if method == ReadMethod::Head {
            drop_body(&mut answer);
        }
        let given_at = Instant::now();
        metrics.record(method, answer.status(), given_at - arrival.at);
        Some(Found {
            answer,
            etag,
            varies_by_origin,
            given_at,
        })
    }

    fn answer_prepared(
        &self,
        snapshot: &Arc<Snapshot>,
        target: &str,
        prepared: &PreparedAnswer,
        arrival: &Arrival<'_>,
    ) -> (Answer, HeaderValue) {
        let is_known = arrival.knows(&prepared.etag);
        let (head, body) = match is_known {
            true => (&prepared.heads.not_modified, Bytes::new()),
            false => self.choose(snapshot, target, prepared, arrival),
        };
        let mut headers = head.clone();
        let left_ms = snapshot.freshness.left_ms(self.api.clock.ms_at(arrival.at));
        if let Some(policy) = cut_policy(left_ms) {
            headers.insert(CACHE_CONTROL, policy);
        }
        let mut answer = Answer::new(AnswerBody::AtHand(body));
        if is_known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        *answer.headers_mut() = headers;
        (answer, prepared.etag.clone())
    }

    /// The smallest body that the caller takes and that is there, and the headers of such answers; what would be smaller
    /// and is not there is ordered.
    fn choose<'a>(
        &self,
        snapshot: &Arc<Snapshot>,
        target: &str,
        prepared: &'a PreparedAnswer,
        arrival: &Arrival<'_>,
    ) -> (&'a HeaderMap, Bytes) {
        for coding in arrival.codings() {
            match prepared.ask(coding) {
                Some(body) => return (prepared.heads.in_coding(coding), body.clone()),
                None => self.press.order(snapshot, target, coding),
            }
        }
        (&prepared.heads.identity, prepared.identity.clone())
    }

    fn is_open(&self, access: Access) -> bool {
        self.api.admission.is_open(access)
    }

    fn metrics_of(&self, resource: Resource) -> &RouteMetrics {
        match resource {
            Resource::Options => &self.options,
            Resource::Boards => &self.boards,
            Resource::Export => &self.export,
            Resource::Board => &self.board,
        }
    }
}

/// Who may have what was prepared of `resource`.
fn access_to(resource: Resource) -> Access {
    match resource {
        Resource::Options => Access::DropDown,
        Resource::Boards | Resource::Export | Resource::Board => Access::Read,
    }
}

/// Leaves what a HEAD is answered with: the head of the GET, the length of its body included.
fn drop_body(answer: &mut Answer) {
    let body = std::mem::replace(answer.body_mut(), AnswerBody::AtHand(Bytes::new()));
    if answer.status() == StatusCode::OK {
        let length = body.size_hint().lower();
        answer
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}
