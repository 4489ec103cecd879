//! A bound on the requests in flight: beyond it they are turned away at once, while answers are still quick.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;

use super::metrics::HttpMetrics;

/// The places for requests in flight, shared by all routes behind [`shed`].
#[derive(Debug)]
pub struct InFlight {
    /// None is no limit.
    places: Option<Semaphore>,
    metrics: Arc<HttpMetrics>,
}

impl InFlight {
    /// Room for `max_in_flight` requests at a time, 0 being no limit; who is turned away is counted in `metrics`.
    pub fn new(max_in_flight: usize, metrics: Arc<HttpMetrics>) -> Arc<InFlight> {
        let places = match max_in_flight {
            0 => None,
            limit => Some(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))),
        };
        Arc::new(InFlight { places, metrics })
    }
}

/// Middleware that lets a request in when there is room, else answers 503 at once. For
/// [`axum::middleware::from_fn_with_state`].
///
/// A request holds its place until the head of its answer is there. Sending the body holds none, so clients who read
/// slowly do not shut others out.
pub async fn shed(
    State(in_flight): State<Arc<InFlight>>,
    request: Request,
    next: Next,
) -> Response {
    let place = in_flight.places.as_ref().map(Semaphore::try_acquire);
    match place {
        Some(Err(_)) => {
            in_flight.metrics.count_shed();
            overloaded(request.headers().get("x-request-id"))
        }
        None | Some(Ok(_)) => next.run(request).await,
    }
}

fn overloaded(request_id: Option<&HeaderValue>) -> Response {
    let mut answer = problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        "as many requests as the service takes at a time are in flight; try again in a second",
        request_id,
    );
    let second = HeaderValue::from_static("1");
    answer.headers_mut().insert(header::RETRY_AFTER, second);
    answer
}

/// A problem document (RFC 9457), for what is answered before any handler has a say.
pub(crate) fn problem(
    status: StatusCode,
    code: &str,
    detail: &str,
    request_id: Option<&HeaderValue>,
) -> Response {
    let mut document = serde_json::json!({
        "type": format!("urn:ptf-cache:problem:{code}"),
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
        "code": code,
    });
    if let Some(id) = request_id.and_then(|id| id.to_str().ok()) {
        document["request_id"] = id.into();
    }
    let mut answer = Response::new(Body::from(document.to_string()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    let problem = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, problem);
    let no_store = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, no_store);
    answer
}
