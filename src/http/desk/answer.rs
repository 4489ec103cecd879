//! The body of an answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::Response;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// An answer on its way out.
pub type Answer = Response<AnswerBody>;

/// The body of an [`Answer`].
#[derive(Debug)]
pub enum AnswerBody {
    /// Bytes that are there in whole; empty once they are sent.
    AtHand(Bytes),
    /// What a handler gave.
    Routed(axum::body::Body),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            AnswerBody::AtHand(bytes) if bytes.is_empty() => Poll::Ready(None),
            AnswerBody::AtHand(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            AnswerBody::Routed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            AnswerBody::AtHand(bytes) => bytes.is_empty(),
            AnswerBody::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            AnswerBody::AtHand(bytes) => SizeHint::with_exact(bytes.len() as u64),
            AnswerBody::Routed(body) => body.size_hint(),
        }
    }
}
