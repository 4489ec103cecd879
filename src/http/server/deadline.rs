//! One request under its deadline.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::timeout;
use tower_service::Service;

use crate::http::overload::problem;

/// What `router` answers; a problem document when that takes longer than `limit`.
///
/// The clock runs until the head of the answer: a body that is streamed may take as long as it likes. When time is up,
/// the handler is dropped where it waits, as it is when the client goes away: writes that must be whole run in a task
/// of their own.
pub(super) async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    limit: Duration,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let request_id = parts.headers.get("x-request-id").cloned();
    let (body, arrival) = Arriving::new(body);
    match timeout(limit, router.call(Request::from_parts(parts, body))).await {
        Ok(answer) => answer,
        Err(_) if arrival.is_whole() => Ok(handler_too_slow(limit, request_id.as_ref())),
        Err(_) => Ok(body_too_slow(limit, request_id.as_ref())),
    }
}

/// The client's doing, so nothing is logged above debug; the connection cannot be used again, its body being unread.
fn body_too_slow(limit: Duration, request_id: Option<&HeaderValue>) -> Response {
    tracing::debug!(?limit, "request body took too long");
    let detail = format!("the request body had not come in whole after {limit:?}");
    let mut answer = problem(
        StatusCode::REQUEST_TIMEOUT,
        "request_timeout",
        &detail,
        request_id,
    );
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(header::CONNECTION, close);
    answer
}

fn handler_too_slow(limit: Duration, request_id: Option<&HeaderValue>) -> Response {
    tracing::warn!(
        ?limit,
        ?request_id,
        "a handler took too long and was dropped"
    );
    let detail = format!("there was no answer after {limit:?}; try again in a moment");
    let mut answer = problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        &detail,
        request_id,
    );
    let second = HeaderValue::from_static("1");
    answer.headers_mut().insert(header::RETRY_AFTER, second);
    answer
}

/// A request body that tells its [`Arrival`] when it is whole.
struct Arriving {
    body: Incoming,
    whole: Arc<AtomicBool>,
}

/// Whether a request body has come in whole.
struct Arrival(Arc<AtomicBool>);

impl Arriving {
    fn new(body: Incoming) -> (Arriving, Arrival) {
        let whole = Arc::new(AtomicBool::new(body.is_end_stream()));
        let arrival = Arrival(Arc::clone(&whole));
        (Arriving { body, whole }, arrival)
    }
}

impl Arrival {
    fn is_whole(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.whole.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
