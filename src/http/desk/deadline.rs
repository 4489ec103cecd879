//! The router's time for one request.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Router};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::timeout;
use tower_service::Service;

use super::request_id::RequestId;
use crate::http::problem::ApiError;

/// How long a body may take, at most: it is no larger than a form, and who sends it drop by drop is to go within ten
/// seconds.
const MAX_BODY_TIME: Duration = Duration::from_secs(8);

/// How long the router may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    limit: Duration,
}

impl Deadline {
    /// A deadline `limit` after the request's header.
    pub(super) fn after(limit: Duration) -> Deadline {
        Deadline { limit }
    }

    /// What `router` answers; a problem when that takes too long, or the body does.
    ///
    /// The clock runs until the head of the answer: a body that is streamed may take as long as it likes. When time is
    /// up, the handler is dropped where it waits, as it is when the client goes away: writes that must be whole run in
    /// a task of their own.
    pub(super) async fn answer<B>(
        self,
        mut router: Router,
        request: Request<B>,
        id: &RequestId,
    ) -> Response
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
    {
        let (parts, body) = request.into_parts();
        let asked = Asked::of(&parts);
        let (body, arrival) = Arriving::new(body);
        let request = Request::from_parts(parts, axum::body::Body::new(body));
        let mut answering = pin!(router.call(request));
        let for_body = self.limit.min(MAX_BODY_TIME);
        let mut answer = timeout(for_body, &mut answering).await;
        if answer.is_err() && !arrival.is_whole() {
            return asked.body_too_slow(for_body, id);
        }
        if answer.is_err() {
            answer = timeout(self.limit - for_body, answering).await;
        }
        match answer {
            Ok(answer) => answer.unwrap_or_else(|never| match never {}),
            Err(_) => asked.handler_too_slow(self.limit, id),
        }
    }
}

/// What is kept of a request to tell of it when time is up.
struct Asked {
    method: Method,
    uri: Uri,
}

impl Asked {
    fn of(parts: &Parts) -> Asked {
        Asked {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
        }
    }

    /// The client's doing, so it is logged for debugging only. The rest of the body is on its way, so the connection
    /// is of no further use.
    fn body_too_slow(&self, limit: Duration, id: &RequestId) -> Response {
        let (id, method, path) = (id.as_str(), &self.method, self.uri.path());
        tracing::debug!(request.id = id, %method, path, ?limit, "request body took too long");
        let mut answer = ApiError::RequestTimeout(limit).into_response();
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
        answer
    }

    /// Our doing: a handler hangs, or the machine is drowning.
    fn handler_too_slow(&self, limit: Duration, id: &RequestId) -> Response {
        let (id, method, path) = (id.as_str(), &self.method, self.uri.path());
        tracing::warn!(request.id = id, %method, path, ?limit, "handler took too long and was dropped");
        ApiError::Overloaded.into_response()
    }
}

/// A request body that tells its [`Arrival`] when it is whole.
struct Arriving<B> {
    body: B,
    whole: Arc<AtomicBool>,
}

/// Whether a request body has come in whole.
struct Arrival(Arc<AtomicBool>);

impl<B: Body> Arriving<B> {
    fn new(body: B) -> (Arriving<B>, Arrival) {
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

impl<B: Body<Data = Bytes> + Unpin> Body for Arriving<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
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
