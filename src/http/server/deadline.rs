//! One request under its deadline.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Request, header};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::timeout;
use tower_service::Service;

use crate::http::problem::{ApiError, answer_unframed};
use crate::http::request_id::{RequestId, RequestIds, X_REQUEST_ID};

/// What `router` answers; a problem document when that takes longer than `limit`.
///
/// The clock runs until the head of the answer: a body that is streamed may take as long as it likes. When time is up,
/// the handler is dropped where it waits, as it is when the client goes away: writes that must be whole run in a task
/// of their own.
pub(super) async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    limit: Duration,
    ids: Arc<RequestIds>,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let given_id = parts.headers.get(X_REQUEST_ID).cloned();
    let (body, arrival) = Arriving::new(body);
    match timeout(limit, router.call(Request::from_parts(parts, body))).await {
        Ok(answer) => answer,
        Err(_) => {
            let given = given_id.into_iter().map(|id| (X_REQUEST_ID, id)).collect();
            let id = ids.of(&given);
            Ok(match arrival.is_whole() {
                true => handler_too_slow(limit, &id),
                false => body_too_slow(limit, &id),
            })
        }
    }
}

/// The client's doing, so nothing is logged above debug; the connection cannot be used again, its body being unread.
fn body_too_slow(limit: Duration, id: &RequestId) -> Response {
    tracing::debug!(request.id = id.0, ?limit, "request body took too long");
    let mut answer = answer_unframed(ApiError::RequestTimeout(limit), id);
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(header::CONNECTION, close);
    answer
}

fn handler_too_slow(limit: Duration, id: &RequestId) -> Response {
    tracing::warn!(request.id = id.0, ?limit, "a handler took too long and was dropped");
    answer_unframed(ApiError::Overloaded, id)
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
