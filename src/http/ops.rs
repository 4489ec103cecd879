//! The operators' listener: is the process alive, is it ready, what has it measured.
//!
//! It has an address of its own, so that probes and scrapes are answered when the API turns requests away.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::SecondsFormat;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::catalog::CatalogHandle;
use crate::clock::SharedClock;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether one part can do its work: `Ok` with a remark (may be empty), `Err` with the reason. Asked at each probe, on
/// the runtime: it must not block.
pub type Check = Arc<dyn Fn() -> Result<String, String> + Send + Sync>;

/// What the operators' listener answers from.
pub struct Ops {
    /// Where the served catalog is found.
    pub catalog: Arc<CatalogHandle>,
    /// Tells whether the catalog is stale.
    pub clock: SharedClock,
    /// Everything that is measured.
    pub registry: Registry,
    /// What else must be well for the service to be ready, by name.
    pub checks: Vec<(&'static str, Check)>,
    /// What is told of when it is not well, by name: the service is ready all the same.
    pub watches: Vec<(&'static str, Check)>,
}

/// How one check went.
enum Finding {
    /// Well, with a remark (may be empty).
    Well(String),
    /// Not well, but ready all the same.
    Concern(String),
    /// Not ready.
    Failed(String),
}

impl Ops {
    /// Every check by name, the catalog's first.
    fn findings(&self) -> Vec<(&'static str, Finding)> {
        let needed = |result: Result<String, String>| match result {
            Ok(remark) => Finding::Well(remark),
            Err(reason) => Finding::Failed(reason),
        };
        let watched = |result: Result<String, String>| match result {
            Ok(remark) => Finding::Well(remark),
            Err(reason) => Finding::Concern(reason),
        };
        let checks = self.checks.iter();
        let watches = self.watches.iter();
        std::iter::once(("catalog", needed(self.check_catalog())))
            .chain(checks.map(|(name, check)| (*name, needed(check()))))
            .chain(watches.map(|(name, check)| (*name, watched(check()))))
            .collect()
    }

    /// A stale catalog is still good to serve: the remark says so, and so does every quote.
    fn check_catalog(&self) -> Result<String, String> {
        let snapshot = self
            .catalog
            .get()
            .ok_or("no catalog yet: the first sync has not succeeded")?;
        let freshness = snapshot.freshness;
        let state = match freshness.is_stale(self.clock.now()) {
            true => "stale since",
            false => "fresh until",
        };
        Ok(format!(
            "version {}, {} boards, {state} {}",
            snapshot.catalog.head().version,
            snapshot.catalog.boards().len(),
            freshness
                .stale_after()
                .to_rfc3339_opts(SecondsFormat::Secs, true),
        ))
    }
}

/// The routes `/livez`, `/readyz` (`?verbose` lists the checks) and `/metrics`. No answer may be stored.
pub fn router(ops: Arc<Ops>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(get_readyz))
        .route("/metrics", get(get_metrics))
        .layer(map_response(forbid_storing))
        .with_state(ops)
}

async fn get_readyz(State(ops): State<Arc<Ops>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let verbose = form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == "verbose");
    let findings = ops.findings();
    let is_fatal = |finding: &Finding| matches!(finding, Finding::Failed(_));
    let ready = !findings.iter().any(|(_, finding)| is_fatal(finding));
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = match (ready, verbose) {
        (true, false) => "ok".to_owned(),
        (_, verbose) => render_checks(&findings, verbose, ready),
    };
    (status, body).into_response()
}

/// A line a check, the passed ones only when `verbose`, and the verdict.
fn render_checks(findings: &[(&'static str, Finding)], verbose: bool, ready: bool) -> String {
    let mut text = String::new();
    for (name, finding) in findings {
        // Writing to a string cannot fail.
        let _ = match finding {
            Finding::Well(remark) if verbose && remark.is_empty() => {
                writeln!(text, "[+]{name} ok")
            }
            Finding::Well(remark) if verbose => writeln!(text, "[+]{name} ok: {remark}"),
            Finding::Concern(reason) if verbose => writeln!(text, "[!]{name}: {reason}"),
            Finding::Well(_) | Finding::Concern(_) => Ok(()),
            Finding::Failed(reason) => writeln!(text, "[-]{name} failed: {reason}"),
        };
    }
    text.push_str(if ready { "ready\n" } else { "not ready\n" });
    text
}

async fn get_metrics(State(ops): State<Arc<Ops>>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &ops.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn forbid_storing(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}
