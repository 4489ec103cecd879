//! Stale to the second, in every answer that says how fresh it is, or lets somebody keep it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use http_body_util::BodyExt;
use prometheus_client::registry::Registry;
use ptf_cache::domain::run::Outcome;
use ptf_cache::http::metrics::register_catalog;
use ptf_cache::http::ops::{Ops, router};
use tower_service::Service;

use crate::rising_on;
use crate::world::{Process, World, at, board, ended};

/// When the vendor was last checked.
const CHECKED: &str = "2026-11-23T12:00:00Z";
/// The first moment at which that is too long ago: 26 hours later.
const LIMIT: &str = "2026-11-24T14:00:00Z";
/// Every read that may be kept.
const READS: [&str; 9] = [
    "/v1/catalog",
    "/v1/quote?board=1",
    "/v1/quote?board=1&catalog_version=1",
    "/v1/boards",
    "/v1/boards.csv",
    "/v1/boards/1",
    "/v1/boards/1/history",
    "/v1/boards/options",
    "/v1/boards/options?state=IA",
];

/// A process, and what the operators' listener says of it.
struct Shown {
    world: World,
    process: Process,
    ops: Router,
}

impl Shown {
    /// A process whose vendor was last checked at [`CHECKED`].
    async fn start() -> Shown {
        let world = World::new(Tz::UTC, CHECKED);
        let process = world.start().await;
        process
            .sync(vec![board("1", &rising_on("2050-01-01"))])
            .await;
        let mut registry = Registry::default();
        register_catalog(&mut registry, process.handle.clone(), world.clock.clone());
        let ops = router(Arc::new(Ops {
            catalog: process.handle.clone(),
            clock: world.clock.clone(),
            registry,
            checks: Vec::new(),
            watches: Vec::new(),
        }));
        Shown {
            world,
            process,
            ops,
        }
    }

    async fn ask_ops(&self, uri: &str) -> String {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        let response = self.ops.clone().call(request).await.unwrap();
        assert_eq!(response.status(), 200, "{uri}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Checks every answer at `now`, when the catalog is good for so long, and was checked so long ago.
    async fn check(&self, now: DateTime<Utc>, left: TimeDelta, age: TimeDelta) {
        self.world.clock.set(now);
        let stale = left <= TimeDelta::zero();
        let left = left.num_seconds().max(0);
        for uri in READS {
            let answer = self.process.get(uri).await;
            assert_eq!(answer.status, 200, "{uri} at {now}");
            let policy = answer.header("cache-control");
            let max_age = left.min(60);
            let revalidate = (left - max_age).min(300);
            let expected = format!("max-age={max_age}, stale-while-revalidate={revalidate}, ");
            assert!(policy.contains(&expected), "{uri} at {now}: {policy}");
            if uri.starts_with("/v1/catalog") || uri.starts_with("/v1/quote") {
                let json = answer.json();
                assert_eq!(json["stale"], stale, "{uri} at {now}");
                let until = if uri == "/v1/catalog" {
                    "stale_after"
                } else {
                    "valid_until"
                };
                assert_eq!(json[until], LIMIT, "{uri} at {now}");
                assert_eq!(json["checked_at"], CHECKED, "{uri} at {now}");
            }
            if uri.starts_with("/v1/quote") {
                let json = answer.json();
                let warnings = json["warnings"].as_array().unwrap();
                let warned = warnings.iter().any(|warning| warning["code"] == "stale");
                assert_eq!(warned, stale, "{uri} at {now}");
            }
        }
        let state = if stale { "stale since" } else { "fresh until" };
        let verbose = self.ask_ops("/readyz?verbose").await;
        let line = format!("{state} {LIMIT}\n");
        assert!(verbose.contains(&line), "at {now}: {verbose}");
        let metrics = self.ask_ops("/metrics").await;
        let seconds = age.to_std().unwrap().as_secs_f64();
        for line in [
            format!("\nptf_catalog_stale {}\n", i32::from(stale)),
            format!("\nptf_catalog_age_seconds {seconds:?}\n"),
        ] {
            assert!(metrics.contains(&line), "{line} at {now}: {metrics}");
        }
    }
}

#[tokio::test]
async fn every_answer_turns_stale_in_the_very_second() {
    let shown = Shown::start().await;
    let (checked, limit) = (at(CHECKED), at(LIMIT));
    for seconds in [-93_600, -361, -60, -1, 0, 1, 3_600, 604_800] {
        let now = limit + TimeDelta::seconds(seconds);
        let left = TimeDelta::seconds(-seconds);
        shown.check(now, left, now - checked).await;
    }
    let just_before = limit - TimeDelta::milliseconds(1);
    let (left, age) = (limit - just_before, just_before - checked);
    shown.check(just_before, left, age).await;
}

#[tokio::test]
async fn a_vendor_that_is_back_makes_every_answer_fresh_again() {
    let shown = Shown::start().await;
    shown.world.set("2026-12-01T12:00:00Z");
    let stale = async || shown.process.get("/v1/catalog").await.json()["stale"].clone();
    assert_eq!(stale().await, true);
    let store = &shown.process.store;
    let failed = ended(Outcome::Failed, at("2026-12-01T12:00:00Z"));
    store.record_run(&failed).await.unwrap();
    shown.process.publisher.refresh().await.unwrap();
    assert_eq!(stale().await, true, "a failure confirms nothing");
    let unchanged = ended(Outcome::Unchanged, at("2026-12-01T12:00:00Z"));
    store.record_run(&unchanged).await.unwrap();
    shown.process.publisher.refresh().await.unwrap();
    assert_eq!(stale().await, false);
}

#[tokio::test]
async fn a_clock_set_back_makes_no_age_negative_and_one_that_was_years_ahead_no_catalog_fresh() {
    let shown = Shown::start().await;
    let hour_back = at(CHECKED) - TimeDelta::hours(1);
    let left = at(LIMIT) - hour_back;
    shown.check(hour_back, left, TimeDelta::zero()).await;
    // Nobody knows how old a check is that will be in ten years.
    let ten_years_back = at(CHECKED) - TimeDelta::days(3_650);
    shown.world.clock.set(ten_years_back);
    let catalog = shown.process.get("/v1/catalog").await;
    assert_eq!(catalog.json()["stale"], true);
    assert!(catalog.header("cache-control").contains("max-age=0, "));
    let metrics = shown.ask_ops("/metrics").await;
    assert!(
        metrics.contains("\nptf_catalog_age_seconds 0.0\n"),
        "{metrics}"
    );
    assert!(metrics.contains("\nptf_catalog_stale 1\n"), "{metrics}");
}
