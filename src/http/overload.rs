//! A bound on the requests in flight: beyond it they are turned away at once, while answers are still quick.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::metrics::HttpMetrics;
use super::problem::ApiError;

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
            ApiError::Overloaded.into_response()
        }
        None | Some(Ok(_)) => next.run(request).await,
    }
}
