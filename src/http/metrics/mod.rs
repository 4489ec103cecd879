//! What is measured: requests as they pass, the catalog and the build when somebody asks.

mod catalog;
mod durations;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

pub use catalog::register_catalog;
use durations::Durations;

/// The counters and durations of requests.
#[derive(Debug, Default)]
pub struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Durations>,
    shed: Counter,
    limited: Counter,
    in_flight: Gauge,
    waiting: Gauge,
}

impl HttpMetrics {
    /// Registers `ptf_http_requests_total`, `ptf_http_request_duration_seconds`, `ptf_http_shed_total`,
    /// `ptf_http_limited_total`, `ptf_http_in_flight` and `ptf_http_waiting`.
    ///
    /// The registry appends the endings `_total` and `_seconds` itself.
    pub fn register(registry: &mut Registry) -> Arc<HttpMetrics> {
        let metrics = HttpMetrics::default();
        registry.register(
            "ptf_http_requests",
            "Requests by route pattern, method and status; status \"cancelled\" had no answer: the client left or \
             the request ran out of time",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "ptf_http_request_duration",
            "Time from a request's header to the head of its answer",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register(
            "ptf_http_shed",
            "Requests turned away because too many were in flight",
            metrics.shed.clone(),
        );
        registry.register(
            "ptf_http_limited",
            "Requests refused with 429 because their address or their token had no more left; they have no route",
            metrics.limited.clone(),
        );
        registry.register(
            "ptf_http_in_flight",
            "Requests that are being worked on or wait for it; limits.max_in_flight bounds them",
            metrics.in_flight.clone(),
        );
        registry.register(
            "ptf_http_waiting",
            "Requests that wait for a place: to be in flight, or to be worked on",
            metrics.waiting.clone(),
        );
        Arc::new(metrics)
    }

    /// Counts a request that was turned away.
    pub fn count_shed(&self) {
        self.shed.inc();
    }

    /// Counts a request that was refused because its sender had no more left.
    pub(crate) fn count_limited(&self) {
        self.limited.inc();
    }

    /// How many requests are in flight.
    pub(crate) fn in_flight(&self) -> Gauge {
        self.in_flight.clone()
    }

    /// How many requests wait for a place.
    pub(crate) fn waiting(&self) -> Gauge {
        self.waiting.clone()
    }

    /// The counters of reading `route`, looked up once for all its requests.
    pub(crate) fn of_route(&self, route: &'static str) -> RouteMetrics {
        let counters = |method| {
            let counter = |status| self.requests_of(route, method, Some(status));
            StatusCounters {
                ok: counter(StatusCode::OK),
                not_modified: counter(StatusCode::NOT_MODIFIED),
            }
        };
        RouteMetrics {
            durations: self.durations_of(route),
            get: counters("GET"),
            head: counters("HEAD"),
        }
    }

    fn durations_of(&self, route: &str) -> Durations {
        let labels = RouteLabels {
            route: route.to_owned(),
        };
        self.durations.get_or_create(&labels).clone()
    }

    fn requests_of(
        &self,
        route: &str,
        method: &'static str,
        status: Option<StatusCode>,
    ) -> Counter {
        let labels = RequestLabels {
            route: route.to_owned(),
            method,
            status: Status(status),
        };
        self.requests.get_or_create(&labels).clone()
    }
}

/// Raises a gauge by one as long as it lives.
pub(crate) struct Raised(Gauge);

impl Raised {
    /// Raises `gauge`.
    pub(crate) fn new(gauge: Gauge) -> Raised {
        gauge.inc();
        Raised(gauge)
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A method that reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadMethod {
    /// GET.
    Get,
    /// HEAD.
    Head,
}

impl ReadMethod {
    /// The one that `method` is; `None` when it does more than read.
    pub(crate) fn of(method: &Method) -> Option<ReadMethod> {
        match *method {
            Method::GET => Some(ReadMethod::Get),
            Method::HEAD => Some(ReadMethod::Head),
            _ => None,
        }
    }
}

/// The counters of one route's answers that lie at hand. Counting takes no lock.
pub(crate) struct RouteMetrics {
    durations: Durations,
    get: StatusCounters,
    head: StatusCounters,
}

struct StatusCounters {
    ok: Counter,
    not_modified: Counter,
}

impl RouteMetrics {
    /// Counts an answer of `status`, 200 or 304, that took `took`.
    pub(crate) fn record(&self, method: ReadMethod, status: StatusCode, took: Duration) {
        self.durations.observe(took);
        let counters = match method {
            ReadMethod::Get => &self.get,
            ReadMethod::Head => &self.head,
        };
        match status {
            StatusCode::NOT_MODIFIED => counters.not_modified.inc(),
            _ => counters.ok.inc(),
        };
    }
}

/// Labels of `ptf_http_requests_total`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: Status,
}

/// Labels of `ptf_http_request_duration_seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// How a request ended: the status it was answered with; `None` when it was dropped before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Status(Option<StatusCode>);

impl EncodeLabelValue for Status {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let text = self.0.as_ref().map_or("cancelled", StatusCode::as_str);
        EncodeLabelValue::encode(&text, encoder)
    }
}

/// Middleware that counts and times requests. For [`axum::middleware::from_fn_with_state`], and [`axum::Router::layer`]
/// after all routes, as the outermost layer: routing comes before it, so the route pattern is known.
///
/// Labels come from what we declare, never from what a client sends: no client can make new time series.
pub async fn observe(
    State(metrics): State<Arc<HttpMetrics>>,
    request: Request,
    next: Next,
) -> Response {
    let mut observation = Observation::begin(metrics, &request);
    let response = next.run(request).await;
    observation.status = Some(response.status());
    response
}

/// One request being watched; recorded when dropped, so that a cancelled request counts too.
struct Observation {
    metrics: Arc<HttpMetrics>,
    route: String,
    method: &'static str,
    begun_at: Instant,
    status: Option<StatusCode>,
}

impl Observation {
    fn begin(metrics: Arc<HttpMetrics>, request: &Request) -> Observation {
        let route = request.extensions().get::<MatchedPath>();
        Observation {
            metrics,
            route: route.map_or("unmatched", MatchedPath::as_str).to_owned(),
            method: known_method(request.method()),
            begun_at: Instant::now(),
            status: None,
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let durations = self.metrics.durations_of(&self.route);
        durations.observe(self.begun_at.elapsed());
        let requests = self
            .metrics
            .requests_of(&self.route, self.method, self.status);
        requests.inc();
    }
}

/// The method's name when HTTP defines it, else `OTHER`: a client may invent as many as it likes.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
