//! A scheduler that is dead or late: somebody is told, and reads go on.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono_tz::Tz;
use http_body_util::BodyExt;
use prometheus_client::registry::Registry;
use ptf_cache::http::ops::{Ops, router};
use ptf_cache::sync::Watchdog;
use ptf_cache::sync::schedule::ScheduleSettings;
use tower_service::Service;

use crate::rising_on;
use crate::schedule::{Running, every_hour, wait_until};
use crate::trap::{Trap, TrapClock};
use crate::world::{Process, World, board};

/// Longer than the time between two beats, also on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running schedule, and what the operators' listener says of it.
struct Watched {
    world: World,
    process: Process,
    clock: Arc<TrapClock>,
    watchdog: Arc<Watchdog>,
    ops: Router,
    running: Option<Running>,
}

impl Watched {
    async fn start() -> Watched {
        let world = World::new(Tz::UTC, "2026-11-23T12:00:00Z");
        let process = world.start().await;
        process
            .sync(vec![board("1", &rising_on("2030-01-01"))])
            .await;
        let clock = TrapClock::over(world.clock.clone());
        let watchdog = Watchdog::with_patience(world.clock.clone(), PATIENCE);
        let settings = ScheduleSettings {
            watchdog: Arc::clone(&watchdog),
            ..every_hour(&world)
        };
        let running = Running::start(&process, clock.clone(), settings);
        let mut registry = Registry::default();
        watchdog.register(&mut registry);
        let watched = Arc::clone(&watchdog);
        let ops = router(Arc::new(Ops {
            catalog: process.handle.clone(),
            clock: world.clock.clone(),
            registry,
            checks: Vec::new(),
            watches: vec![("scheduler", Arc::new(move || watched.check()))],
        }));
        Watched {
            world,
            process,
            clock,
            watchdog,
            ops,
            running: Some(running),
        }
    }

    async fn ask(&self, uri: &str) -> (StatusCode, String) {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        let response = self.ops.clone().call(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn check_that_all_is_well(&self) {
        self.clock.wait_until_asked(2).await;
        assert_eq!(self.watchdog.late_since(), None);
        let (status, verbose) = self.ask("/readyz?verbose").await;
        assert_eq!(status, 200);
        assert!(verbose.contains("[+]scheduler ok\n"), "{verbose}");
        let (_, metrics) = self.ask("/metrics").await;
        assert!(
            metrics.contains("\nptf_scheduler_late_seconds 0.0\n"),
            "{metrics}"
        );
    }

    /// Waits until the scheduler is called late, a minute and a half having passed; everybody is told, and reads go on.
    async fn check_that_it_is_late(&self) {
        self.world.set("2026-11-23T12:01:30Z");
        wait_until("a late scheduler", async || {
            self.watchdog.late_since().is_some()
        })
        .await;
        let (status, verbose) = self.ask("/readyz?verbose").await;
        assert_eq!(status, 200);
        let words = "[!]scheduler: late since 2026-11-23T12:00:00Z";
        assert!(
            verbose.contains(words) && verbose.ends_with("\nready\n"),
            "{verbose}"
        );
        assert_eq!(self.ask("/readyz").await, (StatusCode::OK, "ok".to_owned()));
        let (_, metrics) = self.ask("/metrics").await;
        assert!(
            metrics.contains("\nptf_scheduler_late_seconds 90.0\n"),
            "{metrics}"
        );
        assert_eq!(self.process.get("/v1/quote?board=1").await.status, 200);
    }
}

/// A test that fails would wait for ever for a thread that is caught.
impl Drop for Watched {
    fn drop(&mut self) {
        self.clock.open();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_scheduler_that_stalls_is_late_until_it_goes_on() {
    let mut watched = Watched::start().await;
    watched.check_that_all_is_well().await;
    watched.clock.catch(Trap::Stalls).await;
    watched.check_that_it_is_late().await;
    watched.clock.open();
    wait_until("a scheduler that goes on", async || {
        watched.watchdog.late_since().is_none()
    })
    .await;
    watched.check_that_all_is_well().await;
    watched.running.take().unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_scheduler_that_panics_is_late_until_it_has_begun_anew() {
    let mut watched = Watched::start().await;
    watched.check_that_all_is_well().await;
    watched.clock.catch(Trap::PanicsOnce).await;
    watched.check_that_it_is_late().await;
    wait_until("a scheduler that has begun anew", async || {
        watched.watchdog.late_since().is_none()
    })
    .await;
    watched.check_that_all_is_well().await;
    watched.running.take().unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_scheduler_that_can_read_no_run_is_late() {
    let mut watched = Watched::start().await;
    watched.check_that_all_is_well().await;
    // From here on every question to the database fails.
    watched.process.store.close().await;
    watched.clock.wait_until_asked(2).await;
    watched.check_that_it_is_late().await;
    watched.running.take().unwrap().stop().await;
}
