//! A run's turn: of all processes on one database, the holder of the lease alone runs.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::draft::RunDraft;
use super::tenure::{Entry, Tenure};
use super::{Mode, Report, RunError, Syncer, log_end, with_causes};
use crate::domain::lease::{Lease, LeaseEpoch};
use crate::domain::run::{Outcome, SyncRun, Trigger};
use crate::store::StoreError;
use crate::upstream::{News, Progress};

/// After how long a run is given up that nothing else ends: well beyond what the vendor may take, and the database.
pub(super) const DEFAULT_LIMIT: Duration = Duration::from_secs(3_600);

impl Syncer {
    /// Runs once. `progress` is told of every page.
    ///
    /// A failure is a way for a run to end, so it is in the report and on record, not an error. So is another run under
    /// way, of this process or of another: then nothing is asked of the vendor. Dropping the future abandons the run
    /// without a row; what was already published stays.
    pub async fn run_once(
        &self,
        trigger: Trigger,
        mode: Mode,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Report {
        // A dry run writes nothing, so it takes no lease either.
        if mode == Mode::DryRun {
            return self.attempt(trigger, None, progress).await;
        }
        match Tenure::begin(&self.store, &self.clock, &self.holder).await {
            Ok(Entry::Begun(tenure)) => self.run_under(tenure, trigger, progress).await,
            Ok(Entry::Refused(lease)) => self.yield_to(&lease, trigger).await,
            Err(error) => self.fail_to_begin(error, trigger).await,
        }
    }

    /// Takes the lease where nobody has had it since it was `seen`.
    pub(super) async fn enter(&self, seen: Option<LeaseEpoch>) -> Result<Entry, StoreError> {
        Tenure::begin_unless_since(&self.store, &self.clock, &self.holder, seen).await
    }

    /// Ends a run that could not even take the lease. Where that cannot be written, neither can the run.
    pub(super) async fn fail_to_begin(&self, error: StoreError, trigger: Trigger) -> Report {
        let draft = RunDraft::new(trigger, self.clock.now());
        let report = self.end_failed(draft, &error.into(), None).await;
        self.tell(&report.run);
        report
    }

    /// As [`run_under`](Self::run_under), unless `stop` comes first: `None` then, the run is abandoned, and others need
    /// not wait for it.
    pub(super) async fn run_until(
        &self,
        stop: &CancellationToken,
        tenure: Tenure,
        trigger: Trigger,
    ) -> Option<Report> {
        let run = self.attempt(trigger, Some(&tenure), &|_| {});
        let report = stop.run_until_cancelled(run).await;
        tenure.end().await;
        if let Some(report) = &report {
            self.tell(&report.run);
        }
        report
    }

    /// Runs once under the lease, and gives it back.
    async fn run_under(
        &self,
        tenure: Tenure,
        trigger: Trigger,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Report {
        let report = self.attempt(trigger, Some(&tenure), progress).await;
        tenure.end().await;
        self.tell(&report.run);
        report
    }

    /// Fetches, plans, guards and publishes, and says how it ended; without a lease it is a dry run.
    async fn attempt(
        &self,
        trigger: Trigger,
        tenure: Option<&Tenure>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Report {
        let mut run = RunDraft::new(trigger, self.clock.now());
        let fence = tenure.map(Tenure::epoch);
        // What the work leaves behind when it panics is only what it has counted so far: the database rolls back.
        let work = AssertUnwindSafe(self.work(&mut run, tenure, progress)).catch_unwind();
        let ended = match tokio::time::timeout(self.limit, work).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(panic)) => Err(RunError::panicked(&*panic)),
            Err(_) => Err(RunError::Overdue(self.limit)),
        };
        match ended {
            Ok(report) => report,
            Err(error) if error.is_taken_over() => self.skip(run, with_causes(&error)).await,
            Err(error) => self.end_failed(run, &error, fence).await,
        }
    }

    async fn work(
        &self,
        run: &mut RunDraft,
        tenure: Option<&Tenure>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Report, RunError> {
        let Some(tenure) = tenure else {
            // What is fetched here is not published, and the next list is not to be taken for the same.
            self.swap_calm(None);
            let fetched = self.client.fetch_all(run.started_at(), progress).await?;
            return self.settle(run, fetched, None).await;
        };
        let fence = tenure.epoch();
        if let Some(calm) = self.take_calm(run.started_at()).await? {
            let fetching = self.client.fetch_news(run.started_at(), progress);
            match tenure.while_held(fetching).await?? {
                News::Whole(fetched) => return self.settle(run, fetched, Some(fence)).await,
                News::Same if self.store.load_head().await?.as_ref() == Some(&calm.head) => {
                    return self.settle_same(run, calm, fence).await;
                }
                News::Update(update) => {
                    let settled = self.settle_update(run, &calm, update, fence).await?;
                    if let Some(report) = settled {
                        return Ok(report);
                    }
                }
                // Somebody published while the list came, and it is to be compared with that.
                News::Same => {}
            }
        }
        let fetching = self.client.fetch_all(run.started_at(), progress);
        let fetched = tenure.while_held(fetching).await??;
        self.settle(run, fetched, Some(fence)).await
    }

    /// Ends a run that finds another one under way, which somebody asked for.
    async fn yield_to(&self, lease: &Lease, trigger: Trigger) -> Report {
        let now = self.clock.now();
        let report = self
            .skip(RunDraft::new(trigger, now), lease.describe(now))
            .await;
        self.tell(&report.run);
        report
    }

    /// Ends a run in whose place another one goes on. It is on record, and says nothing of the vendor's list.
    pub(super) async fn skip(&self, draft: RunDraft, message: String) -> Report {
        let mut run = draft.end(self.clock.now(), Outcome::Skipped, Some(message));
        match self.store.record_run(&run).await {
            Ok(id) => run.id = Some(id),
            Err(error) => warn!(
                error = with_causes(&error),
                "the skipped sync run could not be recorded"
            ),
        }
        Report {
            run,
            differences: Vec::new(),
        }
    }

    /// Counts and logs a run of the schedule that has to wait for the one under `lease`.
    ///
    /// It is not on record: the schedule goes on by itself, and every slot of every process would fill the list.
    pub(super) fn tell_of_waiting(&self, lease: &Lease, trigger: Trigger, now: DateTime<Utc>) {
        let message = Some(lease.describe(now));
        let run = RunDraft::new(trigger, now).end(now, Outcome::Skipped, message);
        self.metrics.count(&run);
        log_end(&run);
    }

    /// Counts and logs a run that has ended. At the terminal the run's end is what the command prints.
    fn tell(&self, run: &SyncRun) {
        self.metrics.count(run);
        if run.trigger != Trigger::Terminal {
            self.log(run);
        }
    }
}
