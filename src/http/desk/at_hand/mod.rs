//! What is answered without the router: the answers that were prepared with the catalog.

mod press;

use std::sync::Arc;
use std::time::Instant;

use axum::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hyper::body::Body;

use super::answer::{Answer, AnswerBody};
use crate::catalog::{Coding, PreparedAnswer, Resource, Snapshot};
use crate::http::Api;
use crate::http::boards::CSV;
use crate::http::caching::{JSON, describe, to_header};
use crate::http::metrics::{HttpMetrics, ReadMethod, RouteMetrics};
use crate::http::negotiation::{codings, matches_any};
use press::Press;

/// Room for all headers of an answer, so that the map never grows.
const HEADERS: usize = 16;

/// What lies at hand, and who counts it.
pub struct AtHand {
    api: Arc<Api>,
    press: Press,
    options: RouteMetrics,
    boards: RouteMetrics,
    export: RouteMetrics,
    board: RouteMetrics,
}

impl AtHand {
    /// What `api` has at hand, counted in `metrics`.
    pub fn of(api: Arc<Api>, metrics: &HttpMetrics) -> AtHand {
        AtHand {
            api,
            press: Press::start(),
            options: metrics.of_route("/v1/boards/options"),
            boards: metrics.of_route("/v1/boards"),
            export: metrics.of_route("/v1/boards.csv"),
            board: metrics.of_route("/v1/boards/{id}"),
        }
    }

    /// The answer to `request`, where it is at hand.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Option<Answer> {
        let method = ReadMethod::of(request.method())?;
        let begun_at = Instant::now();
        let target = request.uri().path_and_query()?.as_str();
        let found = self.api.catalog.read(|snapshot| {
            let prepared = snapshot.prepared.get(target)?;
            let answer = self.answer_prepared(snapshot, target, prepared, request.headers());
            Some((prepared.resource, answer))
        });
        let (resource, mut answer) = found??;
        if method == ReadMethod::Head {
            drop_body(&mut answer);
        }
        let metrics = self.metrics_of(resource);
        metrics.record(method, answer.status(), begun_at.elapsed());
        Some(answer)
    }

    fn answer_prepared(
        &self,
        snapshot: &Arc<Snapshot>,
        target: &str,
        prepared: &PreparedAnswer,
        asked: &HeaderMap,
    ) -> Answer {
        let now = self.api.clock.now();
        if is_known(asked, &prepared.etag) {
            return answer_not_modified(snapshot, prepared, now);
        }
        let (coding, body) = self.choose(snapshot, target, prepared, asked);
        let mut answer = Answer::new(AnswerBody::AtHand(body.clone()));
        *answer.headers_mut() = head(snapshot, prepared, now);
        let headers = answer.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(type_of(prepared.resource)),
        );
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name_of(coding)));
        }
        answer
    }

    /// The smallest body that the caller takes and that is there; what would be smaller and is not there is ordered.
    fn choose<'a>(
        &self,
        snapshot: &Arc<Snapshot>,
        target: &str,
        prepared: &'a PreparedAnswer,
        asked: &HeaderMap,
    ) -> (Option<Coding>, &'a Bytes) {
        for coding in codings(asked).into_iter().flatten() {
            match prepared.ask(coding) {
                Some(body) => return (Some(coding), body),
                None => self.press.order(snapshot, target, coding),
            }
        }
        (None, &prepared.identity)
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

/// Whether the caller has the body of this tag already.
fn is_known(asked: &HeaderMap, etag: &Bytes) -> bool {
    asked.contains_key(IF_NONE_MATCH) && matches_any(asked.get_all(IF_NONE_MATCH).iter(), etag)
}

fn answer_not_modified(
    snapshot: &Snapshot,
    prepared: &PreparedAnswer,
    now: DateTime<Utc>,
) -> Answer {
    let mut answer = Answer::new(AnswerBody::AtHand(Bytes::new()));
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    *answer.headers_mut() = head(snapshot, prepared, now);
    answer
}

/// The headers that a 200 and a 304 have in common.
fn head(snapshot: &Snapshot, prepared: &PreparedAnswer, now: DateTime<Utc>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(HEADERS);
    let version = to_header(snapshot.prepared.version.clone());
    describe(&mut headers, version, snapshot.freshness, now);
    headers.insert(ETAG, to_header(prepared.etag.clone()));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(link) = &prepared.link {
        headers.insert(LINK, to_header(link.clone()));
    }
    headers
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

fn type_of(resource: Resource) -> &'static str {
    match resource {
        Resource::Export => CSV,
        Resource::Options | Resource::Boards | Resource::Board => JSON,
    }
}

fn name_of(coding: Coding) -> &'static str {
    match coding {
        Coding::Gzip => "gzip",
        Coding::Brotli => "br",
    }
}
