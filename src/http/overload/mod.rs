//! What happens when more is asked than can be answered: a bound on the requests in flight, and a place aside for those
//! that take a processor's time.
//!
//! Three kinds of requests are told apart:
//!
//! - what the desk has at hand is answered on the thread that holds the connection, within microseconds. Turning it
//!   away would cost as much; the number of connections bounds it;
//! - what has to be worked out (lists, searches, quotes that are not at hand, the past) takes a place in flight
//!   ([`InFlight`]) and is done in the `Workshop`, in one lane for each kind of work, so that the threads that hold
//!   connections never wait for a search;
//! - probes and metrics have a listener of their own.
//!
//! Who finds no place waits a moment in a crowd and is turned away at once in an overload: `gate` says when it is which.

mod gate;
mod workshop;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::metrics::{HttpMetrics, Raised};
use super::problem::ApiError;
use gate::{Gate, Room};
pub(crate) use workshop::{Lane, Workshop};

/// Of the places in flight, which part may be waited for in an overload.
const OVERLOAD_SHARE: usize = 16;

/// The places for requests in flight, shared by all routes behind [`shed`].
#[derive(Debug)]
pub struct InFlight {
    /// None is no limit.
    gate: Option<Gate>,
    metrics: Arc<HttpMetrics>,
}

impl InFlight {
    /// Room for `max_in_flight` requests at a time, 0 being no limit; who is turned away is counted in `metrics`.
    pub fn new(max_in_flight: usize, metrics: Arc<HttpMetrics>) -> Arc<InFlight> {
        let room = Room {
            // As many again: a crowd of 2,000 is let in with the usual limit of 1,024.
            crowd: max_in_flight,
            overload: max_in_flight / OVERLOAD_SHARE,
        };
        let gate = (max_in_flight > 0).then(|| Gate::new(max_in_flight, room, metrics.waiting()));
        Arc::new(InFlight { gate, metrics })
    }
}

/// Middleware that lets a request in when there is room, else answers 503: at once, unless it is one of a sudden crowd,
/// which waits a moment. For [`axum::middleware::from_fn_with_state`].
///
/// A request holds its place until the head of its answer is there. Sending the body holds none, so clients who read
/// slowly do not shut others out.
pub async fn shed(
    State(in_flight): State<Arc<InFlight>>,
    request: Request,
    next: Next,
) -> Response {
    let _place = match &in_flight.gate {
        None => None,
        Some(gate) => match gate.enter().await {
            None => return turn_away(&in_flight.metrics),
            place => place,
        },
    };
    let _counted = Raised::new(in_flight.metrics.in_flight());
    next.run(request).await
}

/// Middleware that has a request answered in the workshop; 503 where too many of its kind are. For
/// [`axum::middleware::from_fn_with_state`].
pub(crate) async fn work_aside(
    State(lane): State<Arc<Lane>>,
    request: Request,
    next: Next,
) -> Response {
    let answer = lane.run(next.run(request)).await;
    answer.unwrap_or_else(|| turn_away(lane.metrics()))
}

fn turn_away(metrics: &HttpMetrics) -> Response {
    metrics.count_shed();
    ApiError::Overloaded.into_response()
}
