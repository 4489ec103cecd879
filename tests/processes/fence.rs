//! The fence: a run whose lease another process has taken writes nothing that counts.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use prometheus_client::registry::Registry;
use ptf_cache::domain::lease::LEASE_TERM;
use ptf_cache::domain::run::{Outcome, Trigger};
use ptf_cache::sync::{GuardSettings, Mode, Report, SyncMetrics, Syncer};
use ptf_cache::upstream::{Client, Mapping, UpstreamSettings};
use rust_decimal::Decimal;

use crate::gate::GatedVendor;
use crate::world::{Process, World, at};

/// A process with a vendor of its own, which answers when the test lets it.
struct Syncing {
    process: Process,
    vendor: GatedVendor,
    syncer: Arc<Syncer>,
}

impl Syncing {
    async fn start(world: &World, name: &str) -> Syncing {
        let (process, vendor) = (world.start().await, GatedVendor::start().await);
        let base_url = vendor.base_url.parse().unwrap();
        let settings = UpstreamSettings {
            timeout: Duration::from_secs(60),
            first_byte_timeout: Duration::from_secs(60),
            deadline: Duration::from_secs(60),
            retry_base: Duration::from_millis(1),
            ..UpstreamSettings::new(base_url, "user", "password".into())
        };
        let mapping = Mapping::from_config("ihomefinder", &serde_json::json!({})).unwrap();
        let guard = GuardSettings {
            max_removed_percent: 100,
            max_removed_min: 5,
            max_changed_percent: 100,
            max_held_percent: 100,
            max_ratio: Decimal::from(5),
            release_after_runs: 1,
        };
        let syncer = Syncer::new(
            Client::new(settings, mapping).unwrap(),
            Arc::clone(&process.publisher),
            process.store.clone(),
            world.clock.clone(),
            guard,
            SyncMetrics::register(&mut Registry::default()),
        );
        Syncing {
            process,
            vendor,
            syncer: Arc::new(syncer.held_by(name.to_owned())),
        }
    }

    async fn sync(&self) -> Report {
        self.syncer
            .run_once(Trigger::Schedule, Mode::Publish, &|_| {})
            .await
    }

    /// Begins a run, which waits for the vendor.
    async fn begin(&self) -> tokio::task::JoinHandle<Report> {
        self.vendor.close();
        let before = self.vendor.asked();
        let syncer = Arc::clone(&self.syncer);
        let running = tokio::spawn(async move {
            syncer
                .run_once(Trigger::Schedule, Mode::Publish, &|_| {})
                .await
        });
        self.vendor.wait_until_asked_since(before).await;
        running
    }
}

/// Two processes that show version 1, at a cost of 20.
async fn two(world: &World) -> (Syncing, Syncing) {
    let first = Syncing::start(world, "the first").await;
    let second = Syncing::start(world, "the second").await;
    first.vendor.open("20");
    second.vendor.open("20");
    assert_eq!(first.sync().await.run.outcome, Outcome::Published);
    second.process.publisher.refresh().await.unwrap();
    (first, second)
}

/// Lets the term of a lease pass that is not renewed.
fn let_the_term_pass(world: &World, begun_at: &str) {
    world.clock.set(at(begun_at) + LEASE_TERM);
}

const NOON: &str = "2026-11-23T12:00:00Z";

#[tokio::test]
async fn of_two_at_once_one_runs_and_the_other_asks_the_vendor_nothing() {
    let world = World::new(Tz::UTC, NOON);
    let (first, second) = two(&world).await;
    let running = first.begin().await;

    let asked = second.vendor.asked();
    let skipped = second.sync().await.run;
    assert_eq!(skipped.outcome, Outcome::Skipped);
    assert_eq!(
        skipped.message.unwrap(),
        "the first has been syncing since 2026-11-23T12:00:00Z and is waited for until 2026-11-23T12:00:15Z, or for \
         as long as it goes on"
    );
    let again = first.sync().await.run;
    assert_eq!(again.outcome, Outcome::Skipped, "of one process, likewise");
    assert_eq!(second.vendor.asked(), asked);

    first.vendor.open("25");
    assert_eq!(running.await.unwrap().run.outcome, Outcome::Published);
    second.vendor.open("25");
    assert_eq!(second.sync().await.run.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_sync_that_was_taken_over_publishes_nothing() {
    let world = World::new(Tz::UTC, NOON);
    let (first, second) = two(&world).await;
    let running = first.begin().await;
    let_the_term_pass(&world, NOON);
    let taken = second.begin().await;

    first.vendor.open("99");
    let ended = running.await.unwrap().run;

    assert_eq!(ended.outcome, Outcome::Skipped);
    let message = ended.message.as_deref().unwrap();
    assert_eq!(
        message,
        "the sync was taken over by the second, and nothing of this one was written"
    );
    let recorded = first.process.store.load_run(ended.id.unwrap()).await;
    assert_eq!(recorded.unwrap().unwrap(), ended);
    let newest = first.process.store.load_head().await.unwrap().unwrap();
    assert_eq!(newest.version.get(), 1);
    second.vendor.open("25");
    let published = taken.await.unwrap().run;
    assert_eq!(published.outcome, Outcome::Published);
    assert_eq!(published.version.unwrap().get(), 2);
}

#[tokio::test]
async fn a_sync_that_was_taken_over_confirms_nothing() {
    let world = World::new(Tz::UTC, NOON);
    let (first, second) = two(&world).await;
    let running = first.begin().await;
    let_the_term_pass(&world, NOON);
    // The successor finds out nothing either: its vendor is down.
    let taken = second.begin().await;
    world.set("2026-11-24T12:00:00Z");

    first.vendor.open("20");
    let ended = running.await.unwrap().run;

    assert_eq!(ended.outcome, Outcome::Skipped);
    taken.abort();
    for process in [&first.process, &second.process] {
        process.publisher.refresh().await.unwrap();
        let catalog = process.get("/v1/catalog").await.json();
        assert_eq!(catalog["checked_at"], NOON);
    }
}

#[tokio::test]
async fn a_sync_that_fails_after_it_was_taken_over_is_no_failure() {
    let world = World::new(Tz::UTC, NOON);
    let (first, second) = two(&world).await;
    let running = first.begin().await;
    let_the_term_pass(&world, NOON);
    let taken = second.begin().await;

    first
        .vendor
        .open("no amount, and so a list that is not plausible");
    let ended = running.await.unwrap().run;

    assert_eq!(ended.outcome, Outcome::Skipped);
    assert_eq!(ended.failure_class, None);
    taken.abort();
}

#[tokio::test]
async fn a_run_that_is_abandoned_holds_nobody_up() {
    let world = World::new(Tz::UTC, NOON);
    let (first, second) = two(&world).await;
    let running = first.begin().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!(second.sync().await.run.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_dry_run_waits_for_nobody_and_holds_nobody_up() {
    let world = World::new(Tz::UTC, NOON);
    let (first, second) = two(&world).await;
    let running = first.begin().await;
    second.vendor.open("25");
    let dry = second
        .syncer
        .run_once(Trigger::Terminal, Mode::DryRun, &|_| {})
        .await;
    assert_eq!(dry.run.outcome, Outcome::Published);
    assert_eq!(dry.run.version, None);
    first.vendor.open("20");
    assert_eq!(running.await.unwrap().run.outcome, Outcome::Unchanged);
}
