//! U17 and U18: a vendor that is away for long, and one that comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use http_body_util::BodyExt;
use prometheus_client::registry::Registry;
use ptf_cache::clock::Clock;
use ptf_cache::domain::run::{Outcome, Trigger};
use ptf_cache::http::metrics::register_catalog;
use ptf_cache::http::ops::{self, Ops};
use ptf_cache::sandbox::{self, RunningSandbox};
use ptf_cache::sync::{GuardSettings, Mode, SyncMetrics, Syncer};
use ptf_cache::upstream::{Client, Mapping, UpstreamSettings};
use rust_decimal::Decimal;
use serde_json::json;
use tokio::task::spawn_blocking;
use tower_service::Service as _;

use crate::harness::{Service, World, sandbox_vendor};
use crate::seed::Seed;
use crate::world::{Process, World as Place};

/// The moment of the last good run.
const CHECKED_AT: &str = "2026-11-23T12:00:00Z";
/// For how long that run is good: `sync.max_age_hours`, as the world has it.
const MAX_AGE: TimeDelta = TimeDelta::hours(26);
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// Syncs `process` from `vendor`, giving up soon.
fn syncer(place: &Place, process: &Process, vendor: &RunningSandbox) -> (Syncer, axum::Router) {
    let base_url = vendor.base_url().parse().unwrap();
    let settings = UpstreamSettings {
        deadline: Duration::from_secs(60),
        allow_sandbox: true,
        retry_base: Duration::from_millis(1),
        ..UpstreamSettings::new(base_url, sandbox::USERNAME, sandbox::PASSWORD.into())
    };
    let guard = GuardSettings {
        max_removed_percent: 5,
        max_removed_min: 5,
        max_changed_percent: 20,
        max_held_percent: 5,
        max_ratio: Decimal::from(5),
        release_after_runs: 4,
    };
    let mapping = Mapping::from_config("ihomefinder", &json!({})).unwrap();
    let mut registry = Registry::default();
    register_catalog(&mut registry, process.handle.clone(), place.clock.clone());
    let syncer = Syncer::new(
        Client::new(settings, mapping).unwrap(),
        process.publisher.clone(),
        process.store.clone(),
        place.clock.clone(),
        guard,
        SyncMetrics::register(&mut registry),
    );
    let ops = ops::router(Arc::new(Ops {
        catalog: process.handle.clone(),
        clock: place.clock.clone(),
        registry,
        checks: vec![],
        watches: vec![],
    }));
    (syncer, ops)
}

/// Runs once; how it ended.
async fn run(syncer: &Syncer) -> Outcome {
    let report = syncer
        .run_once(Trigger::Schedule, Mode::Publish, &|_| {})
        .await;
    report.run.outcome
}

async fn text(router: &axum::Router, path: &str) -> String {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().call(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Every answer is given, and each says whether the catalog is stale.
async fn require_said(process: &Process, ops: &axum::Router, now: DateTime<Utc>, stale: bool) {
    let catalog = process.get("/v1/catalog").await;
    assert_eq!(catalog.json()["stale"], stale, "{now}: {catalog:?}");
    let quote = process.get("/v1/quote?board=1001").await.json();
    assert_eq!(quote["stale"], stale, "{now}: {quote}");
    let warnings = quote["warnings"].as_array().unwrap();
    let is_warned = warnings.iter().any(|warning| warning["code"] == "stale");
    assert_eq!(is_warned, stale, "{now}: {quote}");
    for path in [
        "/v1/catalog",
        "/v1/quote?board=1001",
        "/v1/boards",
        "/v1/boards/options",
    ] {
        let answer = process.get(path).await;
        assert_eq!(answer.status, 200, "{now}: {path}");
        let caching = answer.header("cache-control").to_owned();
        // Nobody is to keep an answer beyond the moment at which the catalog turns stale.
        assert_eq!(
            caching.contains("max-age=0"),
            stale,
            "{now}: {path}: {caching}"
        );
    }
    let ready = text(ops, "/readyz?verbose").await;
    let state = if stale { "stale since" } else { "fresh until" };
    assert!(ready.contains(state), "{now}: {ready}");
    let age = (now - at(CHECKED_AT)).num_seconds();
    let metrics = text(ops, "/metrics").await;
    let line = format!("ptf_catalog_age_seconds {age}.0\n");
    assert!(metrics.contains(&line), "{now}: {metrics}");
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// One vendor that is away by `fault`, for an hour, a day, the limit, and a week.
async fn outlast(fault: &str) {
    let (vendor, _) = sandbox_vendor(60).await;
    let place = Place::new(Tz::UTC, CHECKED_AT);
    let process = place.start().await;
    let (syncer, ops) = syncer(&place, &process, &vendor);
    assert_eq!(run(&syncer).await, Outcome::Published);
    let hash = process.get("/v1/catalog").await.json()["content_hash"].clone();

    vendor.set_faults(vec![fault.parse().unwrap()]);
    let away = [
        (TimeDelta::hours(1), false),
        (TimeDelta::days(1), false),
        (MAX_AGE - SECOND * 2, false),
        (MAX_AGE, true),
        (MAX_AGE + SECOND, true),
        (TimeDelta::weeks(1), true),
    ];
    for (since, stale) in away {
        place.clock.set(at(CHECKED_AT) + since);
        let outcome = run(&syncer).await;
        assert!(!outcome.confirms_the_catalog(), "{fault}: {outcome}");
        require_said(&process, &ops, place.clock.now(), stale).await;
    }
    let catalog = process.get("/v1/catalog").await.json();
    assert_eq!(
        (&catalog["content_hash"], &catalog["version"]),
        (&hash, &json!(1))
    );

    vendor.set_faults(vec![]);
    assert_eq!(run(&syncer).await, Outcome::Unchanged, "{fault}");
    let catalog = process.get("/v1/catalog").await.json();
    assert_eq!(catalog["stale"], false, "{fault}: {catalog}");
}

#[tokio::test(flavor = "multi_thread")]
async fn u17_a_vendor_that_is_away_for_a_week_is_served_without_and_stale_to_the_second() {
    let faults = [
        "down",
        "unavailable",
        "auth",
        "html",
        "redirect",
        "drop-half",
        "empty",
    ];
    for fault in faults {
        outlast(fault).await;
    }
}

/// Seconds between two slots of the schedule.
const INTERVAL_SECS: u64 = 4;
/// Besides the interval: a heartbeat, the run, and a machine that is busy with other tests.
const SLACK: Duration = Duration::from_secs(8);

/// A service whose vendor was away by `fault` for some runs: how long it takes to be fresh again.
async fn come_back(fault: &'static str) -> Duration {
    let (vendor, base_url) = sandbox_vendor(crate::seed::BOARDS).await;
    vendor.set_faults(vec![fault.parse().unwrap()]);
    let world = World::with_vendor(&base_url);
    Seed::get().await.plant(&world);
    let mut command = world.command(&["serve"]);
    command
        .env("PTF_UPSTREAM__TIMEOUT_SECS", "1")
        .env("PTF_SYNC__SCHEDULE", format!("*/{INTERVAL_SECS} * * * * *"));
    let service = spawn_blocking(move || Service::start(command))
        .await
        .unwrap();
    let checked_at = service.get_ok("/v1/catalog").await["checked_at"].clone();
    wait_for_runs(&service, "", 2).await;
    let still = service.get_ok("/v1/catalog").await;
    assert_eq!(still["checked_at"], checked_at, "{fault}");

    vendor.set_faults(vec![]);
    let back = Instant::now();
    service
        .wait_for("/v1/catalog", |catalog| catalog["checked_at"] != checked_at)
        .await;
    let fresh_after = back.elapsed();
    // A run is counted when it is recorded, a moment after its catalog can be seen.
    wait_for_runs(&service, "outcome=\"unchanged\",class=\"\"}", 1).await;
    fresh_after
}

/// Waits until so many runs are counted whose labels begin with `labels`, `""` for all.
async fn wait_for_runs(service: &Service, labels: &str, runs: u64) {
    let deadline = Instant::now() + crate::harness::PATIENCE;
    loop {
        let metrics = service.get_ops("/metrics").await.body;
        let counted = |line: &str| {
            let labels_and_count = line.strip_prefix("ptf_sync_runs_total{")?;
            let count = labels_and_count.strip_prefix(labels)?.rsplit(' ').next()?;
            count.parse::<u64>().ok()
        };
        if metrics.lines().filter_map(counted).sum::<u64>() >= runs {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{labels}: {metrics}{}",
            service.log()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn u18_a_vendor_that_is_back_is_fresh_within_one_interval() {
    let faults = [
        "down",
        "unavailable",
        "auth",
        "rate-limited-hour",
        "stall",
        "drop-half",
    ];
    let trials = faults.map(|fault| (fault, tokio::spawn(come_back(fault))));
    for (fault, trial) in trials {
        let fresh_after = trial.await.unwrap();
        crate::table::note(&format!(
            "U18  {fault:28} fresh after {:.1} s",
            fresh_after.as_secs_f32()
        ));
        let limit = Duration::from_secs(INTERVAL_SECS) + SLACK;
        assert!(fresh_after <= limit, "{fault}: fresh after {fresh_after:?}");
    }
}
