//! The service's own loop, whose beat is real time.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono_tz::America::Denver;
use prometheus_client::registry::Registry;
use ptf_cache::clock::Clock;
use ptf_cache::domain::run::Outcome;
use ptf_cache::store::Retention;
use ptf_cache::sync::schedule::{Schedule, ScheduleSettings, keep_schedule};
use ptf_cache::sync::{GuardSettings, SyncMetrics, Syncer, Watchdog};
use ptf_cache::upstream::{Client, Mapping, UpstreamSettings};
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use crate::world::{Process, World, board};
use crate::{fee_label_in_list, rising_on};

/// A syncer whose vendor cannot be reached.
fn syncer(world: &World, process: &Process) -> Syncer {
    let settings = UpstreamSettings {
        base_url: "http://127.0.0.1:9".parse().unwrap(),
        username: "user".to_owned(),
        password: "password".into(),
        page_size: 50,
        timeout: Duration::from_secs(1),
        deadline: Duration::from_secs(1),
        max_body_bytes: 1_000,
        allow_http: false,
        allow_sandbox: false,
        retry_base: Duration::from_millis(1),
    };
    let mapping = Mapping::from_config("ihomefinder", &serde_json::json!({})).unwrap();
    let guard = GuardSettings {
        max_removed_percent: 5,
        max_removed_min: 5,
        max_changed_percent: 20,
        max_held_percent: 5,
        max_ratio: Decimal::from(5),
        release_after_runs: 4,
    };
    Syncer::new(
        Client::new(settings, mapping).unwrap(),
        Arc::clone(&process.publisher),
        process.store.clone(),
        world.clock.clone(),
        guard,
        SyncMetrics::register(&mut Registry::default()),
    )
}

/// Waits until `reached` holds.
async fn wait_until(what: &str, reached: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !reached().await {
        assert!(Instant::now() < deadline, "{what}: not within a minute");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_schedule_follows_the_calendar_and_prunes_while_the_vendor_is_down() {
    let world = World::new(Denver, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    process
        .sync(vec![board("1", &rising_on("2027-01-01"))])
        .await;
    let noon = Schedule::parse("0 0 12 * * *", Denver, world.clock.now()).unwrap();
    let syncer = Arc::new(syncer(&world, &process));
    let stop = CancellationToken::new();
    let retention = Retention {
        keep_days: NonZeroU32::new(30).unwrap(),
        owed_to: Vec::new(),
    };
    let settings = ScheduleSettings {
        schedule: noon,
        on_start: false,
        retention: Some(retention),
        watchdog: Watchdog::new(world.clock.clone()),
    };
    let running = keep_schedule(syncer, settings, stop.clone());
    let running = tokio::spawn(running);

    world.set("2027-01-02T20:00:00Z");
    wait_until("the new terms", async || process.shown() == 2).await;
    assert_eq!(fee_label_in_list(&process, "1").await, "$25.00/mo");
    wait_until("a run that failed", async || {
        let last = process.store.load_last_run().await.unwrap();
        last.is_some_and(|run| run.outcome == Outcome::Failed)
    })
    .await;
    let oldest = async || {
        let oldest = process.store.load_oldest_version().await.unwrap();
        oldest.unwrap().get()
    };
    assert_eq!(oldest().await, 1, "it was in force within the days to keep");
    world.set("2027-02-01T20:00:00Z");
    wait_until("pruning", async || oldest().await == 2).await;

    stop.cancel();
    running.await.unwrap().unwrap();
}
