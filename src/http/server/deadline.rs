//! One request under its deadline.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, Uri, header};
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
/// of their own. `ids` name requests that bring no id of their own.
pub(super) async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    limit: Duration,
    ids: Arc<RequestIds>,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let asked = Asked::of(&parts);
    let (body, arrival) = Arriving::new(body);
    match timeout(limit, router.call(Request::from_parts(parts, body))).await {
        Ok(answer) => answer,
        Err(_) if arrival.is_whole() => Ok(asked.handler_too_slow(limit, &ids)),
        Err(_) => Ok(asked.body_too_slow(limit, &ids)),
    }
}

/// What is kept of a request to tell of it when time is up.
struct Asked {
    method: Method,
    uri: Uri,
    request_id: Option<HeaderValue>,
}

impl Asked {
    fn of(parts: &Parts) -> Asked {
        Asked {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            request_id: parts.headers.get(X_REQUEST_ID).cloned(),
        }
    }

    /// The request's id: its own, or one of `ids`.
    fn id(&self, ids: &RequestIds) -> RequestId {
        let given = self.request_id.iter().map(|id| (X_REQUEST_ID, id.clone()));
        ids.of(&given.collect())
    }

    /// The client's doing, so it is logged for debugging only. The rest of the body is on its way, so the connection
    /// is of no further use.
    fn body_too_slow(&self, limit: Duration, ids: &RequestIds) -> Response {
        let id = self.id(ids);
        tracing::debug!(request.id = id.0, method = %self.method, path = self.uri.path(), ?limit, "request body took too long");
        let mut answer = answer_unframed(ApiError::RequestTimeout(limit), &id);
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
        answer
    }

    /// Our doing: a handler hangs, or the machine is drowning.
    fn handler_too_slow(&self, limit: Duration, ids: &RequestIds) -> Response {
        let id = self.id(ids);
        tracing::warn!(request.id = id.0, method = %self.method, path = self.uri.path(), ?limit, "handler took too long and was dropped");
        answer_unframed(ApiError::Overloaded, &id)
    }
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
