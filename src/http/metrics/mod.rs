//! What is measured: requests as they pass, the catalog and the build when somebody asks.

mod durations;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeLabelSet, EncodeLabelValue, EncodeMetric,
    LabelValueEncoder,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::catalog::{CatalogHandle, Snapshot};
use crate::clock::SharedClock;
use durations::Durations;

/// The counters and durations of requests.
#[derive(Debug, Default)]
pub struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Durations>,
    shed: Counter,
}

impl HttpMetrics {
    /// Registers `ptf_http_requests_total`, `ptf_http_request_duration_seconds` and `ptf_http_shed_total`.
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
        Arc::new(metrics)
    }

    /// Counts a request that was turned away.
    pub fn count_shed(&self) {
        self.shed.inc();
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

/// Registers `ptf_build_info` and, worked out at each scrape, `ptf_catalog_age_seconds`, `ptf_catalog_stale`,
/// `ptf_catalog_version` and `ptf_catalog_boards`, which are absent before the first catalog.
pub fn register_catalog(registry: &mut Registry, catalog: Arc<CatalogHandle>, clock: SharedClock) {
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("ptf_build", "The build that is running", build);
    registry.register_collector(Box::new(CatalogCollector { catalog, clock }));
}

/// Reads the published catalog when somebody scrapes.
struct CatalogCollector {
    catalog: Arc<CatalogHandle>,
    clock: SharedClock,
}

impl CatalogCollector {
    fn encode_snapshot(
        &self,
        snapshot: &Snapshot,
        encoder: &mut DescriptorEncoder<'_>,
    ) -> fmt::Result {
        let (freshness, now) = (snapshot.freshness, self.clock.now());
        let age = freshness.age(now).to_std().unwrap_or_default();
        encode_gauge(
            encoder,
            "ptf_catalog_age",
            "Time since the vendor's whole list was last seen",
            Some(&Unit::Seconds),
            age.as_secs_f64(),
        )?;
        encode_gauge(
            encoder,
            "ptf_catalog_stale",
            "1 while the vendor's whole list was last seen too long ago, else 0",
            None,
            i64::from(freshness.is_stale(now)),
        )?;
        encode_gauge(
            encoder,
            "ptf_catalog_version",
            "The version of the catalog that is served",
            None,
            snapshot.catalog.head().version.get(),
        )?;
        encode_gauge(
            encoder,
            "ptf_catalog_boards",
            "Boards in the catalog that is served, inactive ones included",
            None,
            snapshot.catalog.boards().len(),
        )
    }
}

/// Writes one gauge; `unit` is appended to `name`.
fn encode_gauge<N: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    value: N,
) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
}

impl Collector for CatalogCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        match self.catalog.get() {
            Some(snapshot) => self.encode_snapshot(&snapshot, &mut encoder),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CatalogCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogCollector").finish_non_exhaustive()
    }
}
