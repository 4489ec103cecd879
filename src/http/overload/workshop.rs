//! Threads for what takes a processor's time, so that the threads that hold the connections are never held up.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio_util::task::AbortOnDropHandle;

use super::gate::{Gate, Room};
use crate::http::metrics::HttpMetrics;

/// Jobs of one lane that are begun at a time, for each core. One would do for what only computes; the second is ready
/// when the first ends, and goes on while the first waits for the database.
const PLACES_PER_CORE: usize = 2;
/// Jobs of one lane that wait in an overload, for each core.
const WAITING_PER_CORE: usize = 2;
/// Jobs of one lane that wait in a crowd: no more than requests in flight unless these are without limit.
const MAX_CROWD: usize = 10_000;

/// As many threads as there are cores, and the lanes that lead to them.
///
/// Everybody whose job has begun gets the same share of the threads; a lane that is full turns away its own callers and
/// nobody else's. A job that waits for the database keeps its place: what it has read so far is in memory.
pub(crate) struct Workshop {
    /// None where the threads could not be started: jobs then run where they are asked for.
    runtime: Option<Runtime>,
    cores: usize,
    metrics: Arc<HttpMetrics>,
}

/// A queue of jobs of one kind.
pub(crate) struct Lane {
    gate: Gate,
    workshop: Arc<Workshop>,
}

impl Workshop {
    /// Starts the threads, which end with this value.
    pub(crate) fn start(metrics: Arc<HttpMetrics>) -> Arc<Workshop> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let runtime = Builder::new_multi_thread()
            .worker_threads(cores)
            .thread_name("workshop")
            .enable_all()
            .build();
        if let Err(error) = &runtime {
            tracing::error!(%error, "no threads to compute with: searches hold up other answers");
        }
        Arc::new(Workshop {
            runtime: runtime.ok(),
            cores,
            metrics,
        })
    }

    /// A new lane.
    pub(crate) fn open_lane(self: &Arc<Self>) -> Arc<Lane> {
        let room = Room {
            crowd: MAX_CROWD,
            overload: WAITING_PER_CORE * self.cores,
        };
        let places = PLACES_PER_CORE * self.cores;
        Arc::new(Lane {
            gate: Gate::new(places, room, self.metrics.waiting()),
            workshop: Arc::clone(self),
        })
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Waiting for the threads would hold up whoever drops this.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Lane {
    /// Where it is counted.
    pub(super) fn metrics(&self) -> &HttpMetrics {
        &self.workshop.metrics
    }

    /// What `job` gives, worked out in the workshop; `None` where too many wait.
    ///
    /// When this future is dropped, a job that has not begun never is, and one that waits ends there. One that computes
    /// does so to its end, and keeps its place until then. A panic goes on in the caller.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let place = self.gate.enter().await?;
        let job = async move {
            let _place = place;
            job.await
        };
        let Some(threads) = &self.workshop.runtime else {
            return Some(job.await);
        };
        match AbortOnDropHandle::new(threads.spawn(job)).await {
            Ok(done) => Some(done),
            // What is not a panic is the end of the threads.
            Err(error) => error
                .try_into_panic()
                .ok()
                .map(|panic| resume_unwind(panic)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;
    use tokio::time::timeout;

    const LONG: Duration = Duration::from_secs(10);

    /// As many jobs as there are places, which compute until the sender is dropped.
    fn occupy(lane: &Arc<Lane>, count: usize) -> mpsc::Sender<()> {
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(std::sync::Mutex::new(receiver));
        for _ in 0..count {
            let (lane, receiver) = (Arc::clone(lane), Arc::clone(&receiver));
            let wait = move || receiver.lock().unwrap().recv();
            tokio::spawn(async move { lane.run(async move { wait() }).await });
        }
        sender
    }

    #[tokio::test]
    async fn jobs_run_on_threads_of_their_own() {
        let lane = Workshop::start(Arc::default()).open_lane();
        let name = lane.run(async { thread::current().name().map(str::to_owned) });
        assert_eq!(name.await.flatten().as_deref(), Some("workshop"));
    }

    #[tokio::test]
    async fn without_threads_the_caller_works() {
        let workshop = Arc::new(Workshop {
            runtime: None,
            cores: 1,
            metrics: Arc::default(),
        });
        let here = thread::current().id();
        let lane = workshop.open_lane();
        let there = lane.run(async { thread::current().id() });
        assert_eq!(there.await, Some(here));
    }

    #[tokio::test]
    async fn a_panic_goes_on_in_the_caller_and_gives_the_place_back() {
        let workshop = Workshop::start(Arc::default());
        let lane = workshop.open_lane();
        for _ in 0..=PLACES_PER_CORE * workshop.cores {
            let lane = Arc::clone(&lane);
            let failing = tokio::spawn(async move {
                let fails = async { panic!("on purpose") };
                lane.run(fails).await.unwrap_or(())
            });
            let panic = failing.await.unwrap_err().into_panic();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
        }
    }

    #[tokio::test]
    async fn no_more_jobs_than_places_are_begun_and_one_whose_caller_has_gone_never_is() {
        let workshop = Workshop::start(Arc::default());
        let lane = workshop.open_lane();
        let begun = Arc::new(AtomicUsize::new(0));
        let release = occupy(&lane, PLACES_PER_CORE * workshop.cores);
        while lane.gate.free() > 0 {
            tokio::task::yield_now().await;
        }
        let is_begun = Arc::new(AtomicBool::new(false));
        let gone = Arc::clone(&is_begun);
        let short = Duration::from_millis(20);
        let unwanted = lane.run(async move { gone.store(true, Ordering::Relaxed) });
        assert!(timeout(short, unwanted).await.is_err());
        let counted = Arc::clone(&begun);
        let wanted = lane.run(async move { counted.fetch_add(1, Ordering::Relaxed) });
        drop(release);
        let wanted = timeout(LONG, wanted).await;
        assert_eq!(wanted.expect("it is not begun"), Some(0));
        assert!(!is_begun.load(Ordering::Relaxed));
    }
}
