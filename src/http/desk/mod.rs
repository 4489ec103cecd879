//! The front desk: every request comes in here, and every answer goes out from here.
//!
//! One pass instead of a pile of layers: the desk names the request, answers at once what is `at_hand`, sends all
//! else to the router, where handlers look things up and wait, and dresses the answer, whoever gave it. What lies at
//! hand waits for nothing, so it needs neither a future, a deadline nor a place among the requests in flight.
//!
//! | module | holds |
//! | --- | --- |
//! | `arrival` | what the desk looks at in every request |
//! | `request_id` | the id that every request has |
//! | `client`, `limits` | whose request it is, and how often one may ask |
//! | `sharing` | which other origins' pages may read answers (CORS) |
//! | `at_hand` | what is answered without the router |
//! | `deadline` | the router's time |
//! | `answer` | the body of an answer |

mod answer;
mod arrival;
mod at_hand;
mod client;
mod deadline;
mod limits;
mod request_id;
mod sharing;

use std::any::Any;
use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::{AUTHORIZATION, ETAG, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Request};
use axum::response::IntoResponse;
use hyper::body::Body;

pub use answer::{Answer, AnswerBody};
use arrival::Arrival;
pub use at_hand::AtHand;
use at_hand::Found;
pub(crate) use limits::BEYOND_ADDRESS;
pub use limits::LimitSettings;
pub use request_id::RequestId;
pub(crate) use request_id::X_REQUEST_ID;
pub(crate) use sharing::answer_preflight;

use crate::http::Admission;
use crate::http::caching::{set_first, vary_by};
use crate::http::metrics::HttpMetrics;
use crate::http::problem::{ApiError, Draft};
use deadline::Deadline;
use limits::{Counted, Fields, Limits};
use request_id::RequestIds;
use sharing::Sharing;

/// How long the router may take unless the desk is told otherwise.
const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The desk before a router.
pub struct Desk {
    ids: RequestIds,
    sharing: Option<Sharing>,
    /// None where nobody is limited.
    limits: Option<Limits>,
    at_hand: Option<AtHand>,
    router: Router,
    deadline: Deadline,
}

impl Desk {
    /// The desk before `router`, with nothing at hand, for pages of no other origin and without limits.
    pub fn before(router: Router) -> Desk {
        Desk {
            ids: RequestIds::random(),
            sharing: None,
            limits: None,
            at_hand: None,
            router,
            deadline: Deadline::after(DEFAULT_REQUEST_TIMEOUT),
        }
    }

    /// The same, with some answers at hand.
    pub fn with_at_hand(self, at_hand: AtHand) -> Desk {
        Desk {
            at_hand: Some(at_hand),
            ..self
        }
    }

    /// The same, with answers that pages of exactly `origins` may read. What browsers ask before is the router's.
    pub fn shared_with(self, origins: &[String]) -> Desk {
        Desk {
            sharing: Sharing::with(origins),
            ..self
        }
    }

    /// The same, where nobody may ask more often than `settings` say, whose tokens are those of `admission`. Who is
    /// refused is counted in `metrics`.
    pub fn limited(
        self,
        settings: LimitSettings,
        admission: Arc<Admission>,
        metrics: Arc<HttpMetrics>,
    ) -> Desk {
        Desk {
            limits: Limits::of(settings, admission, metrics),
            ..self
        }
    }

    /// The same, where a request to the router may take `limit` from its header to the head of its answer, its body
    /// included. Past it the handler is dropped where it waits, and the answer is 408 when the body had not come in
    /// whole, else 503.
    pub fn within(self, limit: Duration) -> Desk {
        Desk {
            deadline: Deadline::after(limit),
            ..self
        }
    }

    /// Takes in a request that came from `peer`, and was there at the moment `at`.
    pub fn receive_from<B>(
        self: &Arc<Self>,
        peer: IpAddr,
        request: Request<B>,
        at: Instant,
    ) -> Answering
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        self.take_in(Some(peer), request, at)
    }

    /// Takes in a request of whose sender nothing is known, so that it is counted for nobody.
    pub fn receive<B>(self: &Arc<Self>, request: Request<B>) -> Answering
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        self.take_in(None, request, Instant::now())
    }

    fn take_in<B>(
        self: &Arc<Self>,
        peer: Option<IpAddr>,
        request: Request<B>,
        at: Instant,
    ) -> Answering
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        let arrival = Arrival::of(request.headers(), at);
        let signature = self.signature_for(&arrival);
        let counted = match (&self.limits, peer) {
            (Some(limits), Some(peer)) => limits.count(peer, &arrival),
            _ => Ok(None),
        };
        let counted = match counted {
            Ok(counted) => counted,
            Err(beyond) => {
                return Answering::AtOnce {
                    answer: Some(self.refuse(beyond, signature)),
                    given_at: None,
                };
            }
        };
        if let Some(found) = self.look(&request, &arrival) {
            let mut answer = found.answer;
            let headers = answer.headers_mut();
            let id = signature.id.into_header();
            set_first(headers, [(&X_REQUEST_ID, id), (&ETAG, found.etag)]);
            if self.sharing.is_some() && !found.varies_by_origin {
                vary_by(headers, "origin");
            }
            if let Some(counted) = counted.filter(Counted::is_low) {
                counted.fields().put_on(headers);
            }
            self.share(headers, signature.origin.as_ref());
            return Answering::AtOnce {
                answer: Some(answer),
                given_at: Some(found.given_at),
            };
        }
        let fields = counted.map(|counted| counted.fields());
        Answering::Routed(Box::pin(Arc::clone(self).route(request, fields, signature)))
    }

    /// The answer to a request whose sender is `beyond` his limit.
    fn refuse(&self, beyond: Counted<'_>, signature: Signature) -> Answer {
        let refusal = beyond.refusal().into_response();
        let mut answer = refusal.map(AnswerBody::Routed);
        beyond.fields().put_on(answer.headers_mut());
        self.dress(&mut answer, signature);
        answer
    }

    /// The answer that lies at hand; `None` where the router has to see to it.
    fn look<B>(&self, request: &Request<B>, arrival: &Arrival<'_>) -> Option<Found> {
        let at_hand = self.at_hand.as_ref()?;
        let looked = catch_unwind(AssertUnwindSafe(|| at_hand.answer(request, arrival)));
        looked.unwrap_or_else(|panic| {
            let cause = panic_text(&*panic);
            tracing::error!(
                cause,
                "the desk panicked, and leaves the request to the router"
            );
            None
        })
    }

    async fn route<B>(
        self: Arc<Self>,
        request: Request<B>,
        fields: Option<Fields>,
        signature: Signature,
    ) -> Answer
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        let mut request = request;
        if request.headers().contains_key(AUTHORIZATION) {
            // What is done by hand is recorded with the request it came in.
            request.extensions_mut().insert(signature.id.clone());
        }
        let router = self.router.clone();
        let answer = self.deadline.answer(router, request, &signature.id).await;
        let mut answer = answer.map(AnswerBody::Routed);
        if let Some(fields) = fields {
            fields.put_on(answer.headers_mut());
        }
        self.dress(&mut answer, signature);
        answer
    }

    fn signature_for(&self, arrival: &Arrival<'_>) -> Signature {
        Signature {
            id: self.ids.give(arrival.given_id),
            origin: self.sharing.as_ref().and(arrival.origin).cloned(),
        }
    }

    /// Puts on what a routed answer lacks, and renders the problem where it is one.
    fn dress(&self, answer: &mut Answer, signature: Signature) {
        if let Some(draft) = answer.extensions_mut().remove::<Draft>() {
            draft.render(answer, signature.id.as_str());
        }
        let headers = answer.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.sharing.is_some() {
            vary_by(headers, "origin");
        }
        headers.insert(X_REQUEST_ID, signature.id.into_header());
        self.share(headers, signature.origin.as_ref());
    }

    /// Says whether the page of `origin` may read the answer.
    fn share(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if let Some(sharing) = &self.sharing {
            sharing.share(headers, origin);
        }
    }
}

/// What an answer has of its own, whoever gives it.
struct Signature {
    /// The request's id.
    id: RequestId,
    /// The origin of the page that asks, where answers depend on it.
    origin: Option<HeaderValue>,
}

/// The answer to a request whose handler panicked; the panic's message goes to the log.
pub(crate) fn answer_panic(panic: Box<dyn Any + Send>) -> axum::response::Response {
    ApiError::Internal(panic_text(&*panic).to_owned()).into_response()
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message")
}

/// A request that is being answered.
pub enum Answering {
    /// It was at hand.
    AtOnce {
        /// None once it has been taken.
        answer: Option<Answer>,
        /// When it was there; none where nobody looked.
        given_at: Option<Instant>,
    },
    /// The router is at it.
    Routed(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

impl Future for Answering {
    type Output = Result<Answer, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Answering::AtOnce { answer, .. } => {
                Poll::Ready(Ok(answer.take().expect("an answer is taken once")))
            }
            Answering::Routed(answering) => answering.as_mut().poll(cx).map(Ok),
        }
    }
}
