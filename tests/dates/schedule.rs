//! The service's own loop, whose beat is real time.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono_tz::America::Denver;
use chrono_tz::Tz;
use prometheus_client::registry::Registry;
use ptf_cache::clock::{Clock, SharedClock};
use ptf_cache::domain::run::Outcome;
use ptf_cache::store::Retention;
use ptf_cache::sync::schedule::{Schedule, ScheduleSettings, keep_schedule};
use ptf_cache::sync::{GuardSettings, SyncMetrics, Syncer, Watchdog};
use ptf_cache::upstream::{Client, Mapping, UpstreamSettings};
use rust_decimal::Decimal;
use tokio_cron_scheduler::JobSchedulerError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::trap::TrapClock;
use crate::world::{Process, World, board};
use crate::{fee_label_in_list, rising_on};

/// A syncer whose vendor cannot be reached.
fn syncer(process: &Process, clock: SharedClock) -> Syncer {
    let base_url = "http://127.0.0.1:9".parse().unwrap();
    let settings = UpstreamSettings {
        deadline: Duration::from_secs(1),
        retry_base: Duration::from_millis(1),
        ..UpstreamSettings::new(base_url, "user", "password".into())
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
        clock,
        guard,
        SyncMetrics::register(&mut Registry::default()),
    )
}

/// A schedule that is kept, until it is stopped.
pub(crate) struct Running {
    stop: CancellationToken,
    task: AbortOnDropHandle<Result<(), JobSchedulerError>>,
}

impl Running {
    /// Keeps the schedule of `settings` for `process`, whose vendor cannot be reached.
    pub(crate) fn start(
        process: &Process,
        clock: SharedClock,
        settings: ScheduleSettings,
    ) -> Running {
        let stop = CancellationToken::new();
        let syncer = Arc::new(syncer(process, clock));
        let keeping = keep_schedule(syncer, settings, stop.clone());
        Running {
            stop,
            task: AbortOnDropHandle::new(tokio::spawn(keeping)),
        }
    }

    /// Stops it, and waits for its end.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// A slot every hour, and nothing else.
pub(crate) fn every_hour(world: &World) -> ScheduleSettings {
    ScheduleSettings {
        schedule: Schedule::parse("0 0 * * * *", Tz::UTC, world.clock.now()).unwrap(),
        on_start: false,
        retention: None,
        watchdog: Watchdog::new(world.clock.clone()),
        outlook: Arc::default(),
    }
}

/// Waits until `reached` holds.
pub(crate) async fn wait_until(what: &str, reached: impl AsyncFn() -> bool) {
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
    let retention = Retention {
        keep_days: NonZeroU32::new(30).unwrap(),
        owed_to: Vec::new(),
    };
    let settings = ScheduleSettings {
        schedule: noon,
        retention: Some(retention),
        ..every_hour(&world)
    };
    let running = Running::start(&process, world.clock.clone(), settings);

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

    running.stop().await;
}

/// How many runs are on record.
async fn runs(process: &Process) -> usize {
    let runs = process.store.list_runs(100, None).await.unwrap();
    // The first is that of the catalog.
    runs.len() - 1
}

/// Waits until a run has ended, and the scheduler has looked since (and may have been about to) without beginning
/// another one.
async fn wait_for_one_run(process: &Process, clock: &TrapClock, expected: usize) {
    wait_until("a run", async || runs(process).await >= expected).await;
    clock.wait_until_asked(2).await;
    assert_eq!(runs(process).await, expected);
}

/// A process that shows a catalog, and a clock over the world's.
async fn with_catalog(world: &World) -> (Process, Arc<TrapClock>) {
    let process = world.start().await;
    process
        .sync(vec![board("1", &rising_on("2050-01-01"))])
        .await;
    (process, TrapClock::over(world.clock.clone()))
}

#[tokio::test]
async fn eight_hours_of_sleep_are_caught_up_with_one_run_and_a_clock_that_jumps_starts_no_storm() {
    let world = World::new(Tz::UTC, "2026-11-23T12:10:00Z");
    let (process, clock) = with_catalog(&world).await;
    let running = Running::start(&process, clock.clone(), every_hour(&world));
    clock.wait_until_asked(1).await;
    assert_eq!(runs(&process).await, 0);
    world.set("2026-11-23T20:10:00Z");
    wait_for_one_run(&process, &clock, 1).await;
    // An hour back: the slot that comes again is none.
    world.set("2026-11-23T19:10:00Z");
    clock.wait_until_asked(2).await;
    assert_eq!(runs(&process).await, 1);
    // Ten years ahead, and back: the schedule goes on with the slot after the one in which that is noticed.
    world.set("2036-11-23T20:10:00Z");
    wait_for_one_run(&process, &clock, 2).await;
    world.set("2026-11-23T21:10:00Z");
    clock.wait_until_asked(2).await;
    assert_eq!(runs(&process).await, 2);
    world.set("2026-11-23T22:00:01Z");
    wait_for_one_run(&process, &clock, 3).await;
    running.stop().await;
}

#[tokio::test]
async fn of_two_processes_on_one_database_one_runs_in_each_slot() {
    let world = World::new(Tz::UTC, "2026-11-23T12:10:00Z");
    let (first, first_clock) = with_catalog(&world).await;
    let (second, second_clock) = (world.start().await, TrapClock::over(world.clock.clone()));
    let both = [(&first, &first_clock), (&second, &second_clock)];
    let running =
        both.map(|(process, clock)| Running::start(process, clock.clone(), every_hour(&world)));
    for (slot, expected) in [("13", 1), ("14", 2)] {
        world.set(&format!("2026-11-23T{slot}:00:00Z"));
        for (process, clock) in both {
            wait_for_one_run(process, clock, expected).await;
        }
    }
    for running in running {
        running.stop().await;
    }
}
