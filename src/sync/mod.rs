//! One sync run: fetch the vendor's whole list, plan what it changes, guard, publish; and the schedule of runs.
//!
//! A run publishes everything or nothing, and leaves one row that says how it ended. The vendor's list is only ever
//! compared with the rows of the newest version: where somebody publishes meanwhile, the plan is made anew. Of all
//! processes on one database, the holder of the lease alone runs.

mod draft;
mod guard;
mod marks;
mod metrics;
mod plan;
pub mod schedule;
mod tenure;
mod upkeep;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use draft::RunDraft;
pub use guard::{GuardSettings, Verdict, judge};
pub use metrics::SyncMetrics;
pub use plan::{Plan, plan};
use tenure::{Entry, Tenure};

use crate::clock::SharedClock;
use crate::domain::board::Board;
use crate::domain::lease::LeaseEpoch;
use crate::domain::rows::SourceRows;
use crate::domain::run::{FailureClass, Outcome, RunCounts, SyncRun, Trigger};
use crate::domain::version::{Cause, Origin};
use crate::publish::{Base, Proposal, PublishError, Publisher};
use crate::store::{Store, StoreError};
use crate::upstream::{Client, Fetched, Progress, UpstreamError};

/// How often a plan is made anew because somebody else published meanwhile.
const MAX_OVERTAKEN: u32 = 3;

/// After how long a run is given up that nothing else ends.
const DEFAULT_LIMIT: Duration = Duration::from_secs(3_600);

/// Whether a run publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Publish,
    /// It only says what it would do: nothing is written, not even the run.
    DryRun,
}

/// How a run ended, and what it changed or would change.
#[derive(Debug)]
pub struct Report {
    /// The run, as recorded.
    pub run: SyncRun,
    /// The boards that differ, before and after, merged with the curated list.
    pub differences: Vec<Difference>,
}

/// One board before and after.
#[derive(Debug)]
pub struct Difference {
    /// As it was; `None` when it is new.
    pub before: Option<Board>,
    /// As it is, or would be.
    pub after: Option<Board>,
}

/// Why a run published nothing.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error("the run did not end within {} seconds and was given up", _0.as_secs())]
    Overdue(Duration),
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        RunError::Publish(error.into())
    }
}

impl RunError {
    fn class(&self) -> FailureClass {
        match self {
            RunError::Upstream(error) => error.class(),
            RunError::Publish(_) => FailureClass::Store,
            RunError::Overdue(_) => FailureClass::Deadline,
        }
    }

    /// Whether somebody else runs in its place.
    fn is_taken_over(&self) -> bool {
        matches!(
            self,
            RunError::Publish(PublishError::Store(StoreError::LeaseLost { .. }))
        )
    }
}

/// Runs syncs, one at a time: the database is shared, and so is the lease that a run takes.
pub struct Syncer {
    client: Client,
    publisher: Arc<Publisher>,
    store: Store,
    clock: SharedClock,
    guard: GuardSettings,
    metrics: SyncMetrics,
    holder: String,
    limit: Duration,
}

impl Syncer {
    /// A syncer from the vendor behind `client` to the database `store`, through `publisher`.
    pub fn new(
        client: Client,
        publisher: Arc<Publisher>,
        store: Store,
        clock: SharedClock,
        guard: GuardSettings,
        metrics: SyncMetrics,
    ) -> Syncer {
        Syncer {
            client,
            publisher,
            store,
            clock,
            guard,
            metrics,
            holder: format!("process {}", std::process::id()),
            limit: DEFAULT_LIMIT,
        }
    }

    /// The same, called `holder` in front of people whose run has to wait for one of this process.
    pub fn held_by(self, holder: String) -> Syncer {
        Syncer { holder, ..self }
    }

    /// The same, giving up a run that has not ended after `limit`, which is well beyond the vendor's deadline.
    pub fn within(self, limit: Duration) -> Syncer {
        Syncer { limit, ..self }
    }

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
        let never = CancellationToken::new();
        let report = self.run_until(&never, trigger, mode, progress).await;
        report.expect("only a stop leaves no report")
    }

    /// Runs once as [`run_once`](Self::run_once) does, unless `stop` comes first: `None` then, the run is abandoned
    /// and others need not wait.
    ///
    /// A dry run writes nothing, so it takes no lease either.
    pub async fn run_until(
        &self,
        stop: &CancellationToken,
        trigger: Trigger,
        mode: Mode,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Option<Report> {
        if mode == Mode::DryRun {
            let run = self.attempt(trigger, None, progress);
            return stop.run_until_cancelled(run).await;
        }
        match Tenure::begin(&self.store, &self.clock, &self.holder).await {
            Ok(Entry::Begun(tenure)) => self.run_under(tenure, stop, trigger, progress).await,
            Ok(Entry::Held(lease, until)) => {
                let draft = RunDraft::new(trigger, self.clock.now());
                let report = self.skip(draft, lease.describe(until)).await;
                self.tell(&report.run);
                Some(report)
            }
            Err(error) => {
                let draft = RunDraft::new(trigger, self.clock.now());
                let report = self.end_failed(draft, &error.into(), None).await;
                self.tell(&report.run);
                Some(report)
            }
        }
    }

    /// Runs once under the lease, and gives it back; `None` where `stop` comes first.
    async fn run_under(
        &self,
        tenure: Tenure,
        stop: &CancellationToken,
        trigger: Trigger,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Option<Report> {
        let run = self.attempt(trigger, Some(&tenure), progress);
        let report = stop.run_until_cancelled(run).await;
        tenure.end().await;
        if let Some(report) = &report {
            self.tell(&report.run);
        }
        report
    }

    /// Fetches, plans, guards and publishes, and records how it ended; without a lease it is a dry run.
    async fn attempt(
        &self,
        trigger: Trigger,
        tenure: Option<&Tenure>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Report {
        let mut run = RunDraft::new(trigger, self.clock.now());
        let fence = tenure.map(Tenure::epoch);
        let work = self.work(&mut run, tenure, progress);
        let ended = match tokio::time::timeout(self.limit, work).await {
            Ok(ended) => ended,
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
        let fetching = self.client.fetch_all(run.started_at(), progress);
        let fetched = match tenure {
            Some(tenure) => tenure.while_held(fetching).await?,
            None => fetching.await,
        };
        self.settle(run, fetched?, tenure.map(Tenure::epoch)).await
    }

    /// Counts and logs a run that has ended. At the terminal the run's end is what the command prints.
    fn tell(&self, run: &SyncRun) {
        self.metrics.count(run);
        if run.trigger != Trigger::Terminal {
            log_end(run);
        }
    }

    /// Plans, guards and publishes a fetched list.
    async fn settle(
        &self,
        run: &mut RunDraft,
        fetched: Fetched,
        fence: Option<LeaseEpoch>,
    ) -> Result<Report, RunError> {
        let origin = if fetched.sandbox {
            Origin::Sandbox
        } else {
            Origin::Vendor
        };
        run.origin = Some(origin);
        run.notices = fetched.notices.clone();
        if fence.is_some() {
            self.store.claim_origin(origin).await?;
        }
        let mut overtaken = 0;
        loop {
            let base = self.publisher.load_base().await?;
            let plan = plan(&base.rows, fetched.clone());
            match self.settle_plan(run, base, plan, fence).await {
                Err(RunError::Publish(PublishError::Store(StoreError::Conflict { .. })))
                    if overtaken < MAX_OVERTAKEN =>
                {
                    overtaken += 1;
                }
                settled => return settled,
            }
        }
    }

    async fn settle_plan(
        &self,
        run: &RunDraft,
        base: Base,
        plan: Plan,
        fence: Option<LeaseEpoch>,
    ) -> Result<Report, RunError> {
        let differences = differences(&base.rows, &plan);
        let mut draft = run.clone().with_notices(plan.refused.clone());
        draft.counts = plan.counts;
        if let Verdict::Implausible(reason) = judge(&plan, &base.rows, self.guard) {
            let run = draft.end(
                self.clock.now(),
                Outcome::Quarantined,
                Some(quarantine_message(&reason)),
            );
            return Ok(Report {
                run: self.record(run, fence).await?,
                differences,
            });
        }
        if plan.changes.is_empty() {
            let run = self
                .record(draft.end(self.clock.now(), Outcome::Unchanged, None), fence)
                .await?;
            // The run is on record: what fails from here on is no second end of it, and the next heartbeat shows it.
            if fence.is_some()
                && let Err(error) = self.publisher.refresh().await
            {
                warn!(error = with_causes(&error), "the check could not be shown");
            }
            return Ok(Report { run, differences });
        }
        let mut run = draft.end(self.clock.now(), Outcome::Published, None);
        if fence.is_some() {
            let proposal = Proposal {
                changes: plan.changes,
                cause: Cause::Sync,
                actor: None,
                run: Some(run.clone()),
                fence,
            };
            let head = self.publisher.publish(base, proposal).await?;
            run.id = head.run_id;
            run.version = Some(head.version);
        }
        Ok(Report { run, differences })
    }

    /// Records the run under the lease; without one nothing is written.
    async fn record(
        &self,
        mut run: SyncRun,
        fence: Option<LeaseEpoch>,
    ) -> Result<SyncRun, StoreError> {
        if let Some(epoch) = fence {
            run.id = Some(self.store.record_run_under(epoch, &run).await?);
        }
        Ok(run)
    }

    /// Ends a run in whose place another one goes on.
    ///
    /// It is on record only where somebody asked for it: the schedule goes on by itself, and would fill the list.
    async fn skip(&self, draft: RunDraft, message: String) -> Report {
        let mut run = draft.end(self.clock.now(), Outcome::Skipped, Some(message));
        if matches!(run.trigger, Trigger::Terminal | Trigger::Http) {
            match self.store.record_run(&run).await {
                Ok(id) => run.id = Some(id),
                Err(error) => warn!(
                    error = with_causes(&error),
                    "the skipped sync run could not be recorded"
                ),
            }
        }
        Report {
            run,
            differences: Vec::new(),
        }
    }

    async fn end_failed(
        &self,
        draft: RunDraft,
        error: &RunError,
        fence: Option<LeaseEpoch>,
    ) -> Report {
        let mut run = draft.end(self.clock.now(), Outcome::Failed, Some(with_causes(error)));
        run.failure_class = Some(error.class());
        let run = match self.record(run.clone(), fence).await {
            Ok(recorded) => recorded,
            Err(store) => {
                error!(
                    error = with_causes(&store),
                    "the failed sync run could not be recorded"
                );
                run
            }
        };
        Report {
            run,
            differences: Vec::new(),
        }
    }
}

/// The error and what it came of: the store keeps what the database said as its cause.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |&cause| cause.source()) {
        text.push_str(&format!(": {cause}"));
    }
    text
}

fn quarantine_message(reason: &str) -> String {
    format!(
        "{reason}; nothing was published. Ask the vendor; if the list is right, run `ptf-cache sync` once with the \
         limit raised, as in PTF_SYNC__GUARD__MAX_REMOVED_PERCENT=100 or PTF_SYNC__GUARD__MAX_CHANGED_PERCENT=100"
    )
}

/// Every board that the plan touches, merged before and after.
fn differences(rows: &SourceRows, plan: &Plan) -> Vec<Difference> {
    let after = rows.clone().with(&plan.changes);
    let ids = plan.changes.board_ids();
    ids.iter()
        .map(|id| Difference {
            before: rows.merge_board(id),
            after: after.merge_board(id),
        })
        .collect()
}

fn log_end(run: &SyncRun) {
    let (outcome, counts) = (run.outcome, run.counts);
    let RunCounts {
        boards,
        added,
        changed,
        removed,
        rejected,
        ..
    } = counts;
    let reason = run.message.as_deref().unwrap_or_default();
    match outcome {
        Outcome::Failed => {
            let class = run.failure_class.map_or("", FailureClass::as_str);
            warn!(sync.run_id = run.id, class, reason, "sync run failed");
        }
        Outcome::Skipped => info!(sync.run_id = run.id, reason, "sync run skipped"),
        Outcome::Quarantined => warn!(sync.run_id = run.id, boards, reason, "sync run quarantined"),
        _ => info!(
            sync.run_id = run.id,
            %outcome,
            boards,
            added,
            changed,
            removed,
            rejected,
            catalog.version = run.version.map(|version| version.get()),
            "sync run ended"
        ),
    }
}
