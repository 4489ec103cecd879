//! The front desk: every request comes in here, and every answer goes out from here.
//!
//! One pass instead of a pile of layers: the desk names the request, answers at once what is `at_hand`, sends all
//! else to the router, where handlers look things up and wait, and dresses the answer, whoever gave it. What lies at
//! hand waits for nothing, so it needs neither a future, a deadline nor a place among the requests in flight.
//!
//! | module | holds |
//! | --- | --- |
//! | `request_id` | the id that every request has |
//! | `client`, `limits` | whose request it is, and how often one may ask |
//! | `sharing` | which other origins' pages may read answers (CORS) |
//! | `at_hand` | what is answered without the router |
//! | `deadline` | the router's time |
//! | `answer` | the body of an answer |

mod answer;
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
use axum::http::header::{AUTHORIZATION, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Request};
use axum::response::IntoResponse;
use hyper::body::Body;

pub use answer::{Answer, AnswerBody};
pub use at_hand::AtHand;
use at_hand::Found;
pub(crate) use limits::BEYOND_ADDRESS;
pub use limits::LimitSettings;
pub use request_id::RequestId;
pub(crate) use request_id::X_REQUEST_ID;
pub(crate) use sharing::{answer_preflight, vary_by_origin};

use crate::http::Admission;
use crate::http::caching::set_at;
use crate::http::metrics::HttpMetrics;
use crate::http::problem::{ApiError, Draft};
use deadline::Deadline;
use limits::{Counted, Fields, Limits};
use request_id::RequestIds;
use sharing::Sharing;

/// How long the router may take unless the desk is told otherwise.
const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What is asked of every request, once.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    /// When its header was there.
    at: Instant,
    /// Whether it shows a token, good or bad.
    shows_token: bool,
}

impl Arrival {
    /// That of a request with these `headers`, now.
    fn of(headers: &HeaderMap) -> Arrival {
        Arrival {
            at: Instant::now(),
            shows_token: headers.contains_key(AUTHORIZATION),
        }
    }
}

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

    /// Takes in a request that came from `peer`.
    pub fn receive_from<B>(self: &Arc<Self>, peer: IpAddr, request: Request<B>) -> Answering
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        let arrival = Arrival::of(request.headers());
        let Some(limits) = &self.limits else {
            return self.serve(request, arrival, None);
        };
        match limits.count(peer, request.headers(), arrival) {
            Ok(counted) => self.serve(request, arrival, counted),
            Err(beyond) => Answering::AtOnce(Some(self.refuse(request.headers(), beyond))),
        }
    }

    /// Takes in a request of whose sender nothing is known, so that it is counted for nobody.
    pub fn receive<B>(self: &Arc<Self>, request: Request<B>) -> Answering
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        let arrival = Arrival::of(request.headers());
        self.serve(request, arrival, None)
    }

    /// Has a request answered that came in as `arrival` says, whose sender stands where `counted` says.
    fn serve<B>(
        self: &Arc<Self>,
        request: Request<B>,
        arrival: Arrival,
        counted: Option<Counted<'_>>,
    ) -> Answering
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        let id = self.ids.of(request.headers());
        let origin = self.origin_of(request.headers());
        if let Some(mut found) = self.look(&request, arrival) {
            let headers = found.answer.headers_mut();
            if self.sharing.is_some() && !found.varies_by_origin {
                vary_by_origin(headers);
            }
            if let Some(counted) = counted.filter(Counted::is_low) {
                counted.fields().put_on(headers);
            }
            self.sign(headers, id, origin.as_ref());
            return Answering::AtOnce(Some(found.answer));
        }
        let fields = counted.map(|counted| counted.fields());
        Answering::Routed(Box::pin(
            Arc::clone(self).route(request, id, origin, fields),
        ))
    }

    /// The answer to a request with `asked`, whose sender is `beyond` his limit.
    fn refuse(&self, asked: &HeaderMap, beyond: Counted<'_>) -> Answer {
        let refusal = beyond.refusal().into_response();
        let mut answer = refusal.map(AnswerBody::Routed);
        beyond.fields().put_on(answer.headers_mut());
        let origin = self.origin_of(asked);
        self.dress(&mut answer, self.ids.of(asked), origin.as_ref());
        answer
    }

    /// The answer that lies at hand; `None` where the router has to see to it.
    fn look<B>(&self, request: &Request<B>, arrival: Arrival) -> Option<Found> {
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
        id: RequestId,
        origin: Option<HeaderValue>,
        fields: Option<Fields>,
    ) -> Answer
    where
        B: Body<Data = bytes::Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        let mut request = request;
        if request.headers().contains_key(AUTHORIZATION) {
            // What is done by hand is recorded with the request it came in.
            request.extensions_mut().insert(id.clone());
        }
        let router = self.router.clone();
        let answer = self.deadline.answer(router, request, &id).await;
        let mut answer = answer.map(AnswerBody::Routed);
        if let Some(fields) = fields {
            fields.put_on(answer.headers_mut());
        }
        self.dress(&mut answer, id, origin.as_ref());
        answer
    }

    /// The origin of the page that asks, where answers depend on it.
    fn origin_of(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.sharing.as_ref().and(headers.get(ORIGIN)).cloned()
    }

    /// Puts on what a routed answer lacks, and renders the problem where it is one.
    fn dress(&self, answer: &mut Answer, id: RequestId, origin: Option<&HeaderValue>) {
        if let Some(draft) = answer.extensions_mut().remove::<Draft>() {
            draft.render(answer, id.as_str());
        }
        let headers = answer.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.sharing.is_some() {
            vary_by_origin(headers);
        }
        self.sign(headers, id, origin);
    }

    /// Puts on what every answer has of its own: the request's id, and whether the page of `origin` may read it.
    fn sign(&self, headers: &mut HeaderMap, id: RequestId, origin: Option<&HeaderValue>) {
        set_at(headers, 0, &X_REQUEST_ID, id.into_header());
        if let Some(sharing) = &self.sharing {
            sharing.share(headers, origin);
        }
    }
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
    /// It was at hand; none once it has been given.
    AtOnce(Option<Answer>),
    /// The router is at it.
    Routed(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

impl Future for Answering {
    type Output = Result<Answer, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Answering::AtOnce(answer) => {
                Poll::Ready(Ok(answer.take().expect("an answer is given once")))
            }
            Answering::Routed(answering) => answering.as_mut().poll(cx).map(Ok),
        }
    }
}
