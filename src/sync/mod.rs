//! One sync run: fetch the vendor's whole list, plan what it changes, guard, publish; and the schedule of runs.
//!
//! A run publishes everything or nothing, and leaves one row that says how it ended. The vendor's list is only ever
//! compared with the rows of the newest version: where somebody publishes meanwhile, the plan is made anew. Of all
//! processes on one database, the holder of the lease alone runs.

mod calm;
mod candidate;
mod draft;
mod guard;
mod jitter;
mod keeper;
mod local_slots;
mod marks;
mod metrics;
mod on_demand;
mod outlook;
mod pace;
mod plan;
mod review;
pub mod schedule;
mod tenure;
mod turn;
mod upkeep;
mod watchdog;

use std::any::Any;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tracing::{info, warn};

use calm::Calm;
use candidate::{Earlier, Settled, candidate, hold_back, whole_candidate};
use draft::RunDraft;
pub use guard::{GuardSettings, Suspicion, Verdict, judge};
pub use jitter::Jitter;
pub use metrics::SyncMetrics;
pub use on_demand::{Demand, OnDemand};
pub use outlook::Outlook;
use pace::Pace;
pub use plan::{Plan, plan, plan_update};
pub use review::{Pending, ReviewError, Reviewer};
use turn::DEFAULT_LIMIT;
pub use watchdog::Watchdog;

use crate::clock::SharedClock;
use crate::domain::board::Board;
use crate::domain::candidate::Candidate;
use crate::domain::lease::LeaseEpoch;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::{FailureClass, Outcome, ProposedRun, RunCounts, SyncRun, Trigger};
use crate::domain::version::{Cause, Origin};
use crate::failpoint::failpoint;
use crate::publish::{Base, Proposal, PublishError, Publisher};
use crate::store::{Store, StoreError};
use crate::upstream::{Client, Fetched, Update, UpstreamError};

/// How often a plan is made anew because somebody else published meanwhile.
const MAX_OVERTAKEN: u32 = 3;

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
    /// The boards that differ, before and after, merged with the curated list. Of a run that was neither dry nor
    /// started at the terminal nobody asks that, and it is empty.
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
    #[error(
        "the run came upon a fault of ptf-cache itself and was given up: {_0}. Please report it; what is served goes on"
    )]
    Panicked(String),
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        RunError::Publish(error.into())
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Injected> for RunError {
    fn from(injected: crate::failpoint::Injected) -> RunError {
        StoreError::from(injected).into()
    }
}

impl RunError {
    /// Whose fault it is, and what of; `None` for our own.
    fn class(&self) -> Option<FailureClass> {
        match self {
            RunError::Upstream(error) => Some(error.class()),
            RunError::Publish(_) => Some(FailureClass::Store),
            RunError::Overdue(_) => Some(FailureClass::Deadline),
            RunError::Panicked(_) => None,
        }
    }

    fn panicked(panic: &(dyn Any + Send)) -> RunError {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        RunError::Panicked(text.unwrap_or("it does not say what").to_owned())
    }

    /// Whether another run goes on in its place.
    fn is_taken_over(&self) -> bool {
        matches!(self, RunError::Publish(PublishError::Store(error)) if is_lease_lost(error))
    }
}

fn is_overtaken(error: &RunError) -> bool {
    matches!(
        error,
        RunError::Publish(PublishError::Store(StoreError::Conflict { .. }))
    )
}

fn origin_of(fetched: &Fetched) -> Origin {
    match fetched.sandbox {
        true => Origin::Sandbox,
        false => Origin::Vendor,
    }
}

fn is_lease_lost(error: &StoreError) -> bool {
    matches!(error, StoreError::LeaseLost { .. })
}

/// The database failed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unavailable(#[from] StoreError);

impl Unavailable {
    /// Whether the same may well succeed in a moment: too many use the database at once.
    pub fn is_busy(&self) -> bool {
        matches!(self.0, StoreError::Busy(_))
    }
}

/// Runs syncs, one at a time among all processes on one database.
pub struct Syncer {
    client: Client,
    publisher: Arc<Publisher>,
    store: Store,
    clock: SharedClock,
    guard: GuardSettings,
    metrics: SyncMetrics,
    pace: Pace,
    holder: String,
    limit: Duration,
    /// The last list, where it is published as a whole.
    calm: Mutex<Option<Calm>>,
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
            pace: Pace::default(),
            holder: format!("process {}", std::process::id()),
            limit: DEFAULT_LIMIT,
            calm: Mutex::default(),
        }
    }

    /// The same, called `holder` in front of people whose run has to wait for one of this process.
    pub fn held_by(self, holder: String) -> Syncer {
        Syncer { holder, ..self }
    }

    /// The same, giving up a run that has not ended after `limit`.
    pub fn within(self, limit: Duration) -> Syncer {
        Syncer { limit, ..self }
    }

    /// Takes what is known of the last list, if that holds at `now` and its version is still the newest.
    async fn take_calm(&self, now: DateTime<Utc>) -> Result<Option<Calm>, StoreError> {
        let Some(calm) = self.swap_calm(None).filter(|calm| calm.holds_at(now)) else {
            return Ok(None);
        };
        let newest = self.store.load_head().await?;
        Ok(newest
            .is_some_and(|newest| newest == calm.head)
            .then_some(calm))
    }

    fn swap_calm(&self, calm: Option<Calm>) -> Option<Calm> {
        // Whatever panicked meanwhile, it is swapped whole.
        let mut place = self.calm.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, calm)
    }

    /// Ends a run whose list is the last one, which `calm` is known of. No row is read: those of its version were
    /// compared with this very list.
    async fn settle_same(
        &self,
        run: &mut RunDraft,
        calm: Calm,
        fence: LeaseEpoch,
    ) -> Result<Report, RunError> {
        self.claim(run, calm.origin, Some(fence)).await?;
        *run = calm.repeat(run);
        let run = run.clone().end(self.clock.now(), Outcome::Unchanged, None);
        let run = self.record(run, None, Some(fence)).await?;
        self.swap_calm(Some(calm));
        self.show_check(Some(fence)).await;
        Ok(Report {
            run,
            differences: Vec::new(),
        })
    }

    /// Notes where a fetched list comes from; under a lease the database is claimed for it.
    async fn claim(
        &self,
        run: &mut RunDraft,
        origin: Origin,
        fence: Option<LeaseEpoch>,
    ) -> Result<(), RunError> {
        failpoint!("sync::fetched");
        run.origin = Some(origin);
        if fence.is_some() {
            self.store.claim_origin(origin).await?;
            failpoint!("sync::claimed");
        }
        Ok(())
    }

    /// Plans, guards and publishes a list that is told by how it differs from the last one, which `calm` is known of.
    /// `None` where the whole list is needed: somebody has published since, or the difference does not say enough.
    async fn settle_update(
        &self,
        run: &mut RunDraft,
        calm: &Calm,
        update: Update,
        fence: LeaseEpoch,
    ) -> Result<Option<Report>, RunError> {
        let fence = Some(fence);
        self.claim(run, origin_of(&update.read), fence).await?;
        run.notices = update.read.notices.clone();
        let base = self.publisher.load_base().await?;
        if base.head.as_ref() != Some(&calm.head) {
            return Ok(None);
        }
        let Some(plan) = plan_update(&base.rows, &update) else {
            return Ok(None);
        };
        match self.settle_plan(run, base, plan, fence).await {
            Err(error) if is_overtaken(&error) => Ok(None),
            settled => settled.map(Some),
        }
    }

    /// Plans, guards and publishes a fetched list.
    async fn settle(
        &self,
        run: &mut RunDraft,
        fetched: Fetched,
        fence: Option<LeaseEpoch>,
    ) -> Result<Report, RunError> {
        self.claim(run, origin_of(&fetched), fence).await?;
        run.notices = fetched.notices.clone();
        let mut overtaken = 0;
        loop {
            let base = self.publisher.load_base().await?;
            let plan = plan(&base.rows, &fetched);
            match self.settle_plan(run, base, plan, fence).await {
                Err(error) if is_overtaken(&error) && overtaken < MAX_OVERTAKEN => {
                    overtaken += 1;
                }
                settled => return settled,
            }
        }
    }

    /// Publishes what is plausible of `plan`, and keeps the rest to be decided about.
    async fn settle_plan(
        &self,
        run: &RunDraft,
        base: Base,
        plan: Plan,
        fence: Option<LeaseEpoch>,
    ) -> Result<Report, RunError> {
        failpoint!("sync::planned");
        let held_before = self.store.load_held_back().await?;
        let earlier = Earlier {
            held: &held_before,
            counts: run.trigger != Trigger::Start,
        };
        let now = self.clock.now();
        let settled = hold_back(&plan, &base.rows, earlier, self.guard, now);
        let held = u32::try_from(settled.held.len()).unwrap_or(u32::MAX);
        let mut draft = run.clone().with_notices(plan.refused.clone());
        draft.counts = plan.counts;
        if let Verdict::Implausible(reason) = judge(&plan, &base.rows, held, self.guard) {
            let candidate = whole_candidate(&plan, &base.rows);
            let differences = differences(&base.rows, &plan.changes);
            let mut run = draft.end(now, Outcome::Quarantined, Some(quarantined(&reason)));
            run.candidate = Some(candidate.hash);
            let run = self.record(run, Some(&candidate), fence).await?;
            return Ok(Report { run, differences });
        }
        draft.counts.held = held;
        draft.counts.changed -= settled.unchanged;
        let draft = draft.with_notices(settled.notices.clone());
        self.publish_settled(draft, base, settled, fence).await
    }

    /// Publishes a plausible plan, or records that it changes nothing.
    async fn publish_settled(
        &self,
        draft: RunDraft,
        base: Base,
        settled: Settled,
        fence: Option<LeaseEpoch>,
    ) -> Result<Report, RunError> {
        let Settled {
            changes,
            held,
            notices,
            ..
        } = settled;
        let is_calm = notices.is_empty();
        let differences = match fence.is_none() || draft.trigger == Trigger::Terminal {
            true => differences(&base.rows, &changes),
            false => Vec::new(),
        };
        let (outcome, message) = match (held.len(), changes.is_empty()) {
            (0, true) => (Outcome::Unchanged, None),
            (0, false) => (Outcome::Published, None),
            (boards, _) => (Outcome::Held, Some(held_message(boards))),
        };
        // The hash is that of the rows as they will be: what is published now is no difference any more.
        let held_back = (!held.is_empty())
            .then(|| candidate(held, &SourceRows::clone(&base.rows).with(&changes)));
        let mut run = draft.end(self.clock.now(), outcome, message);
        run.candidate = held_back.as_ref().map(|candidate| candidate.hash);
        if changes.is_empty() {
            let run = self.record(run, held_back.as_ref(), fence).await?;
            let calm = base.head.filter(|_| is_calm);
            self.swap_calm(calm.and_then(|head| Calm::after(&run, &head, base.proven_at)));
            self.show_check(fence).await;
            return Ok(Report { run, differences });
        }
        if fence.is_some() {
            let proposal = Proposal {
                changes,
                cause: Cause::Sync,
                actor: None,
                run: ProposedRun::Ending {
                    run: Box::new(run.clone()),
                    held_back,
                    fence,
                },
            };
            let proven_at = base.proven_at;
            let head = self.publisher.publish(base, proposal).await?;
            run.id = head.run_id;
            run.version = Some(head.version);
            self.swap_calm(Calm::after(&run, &head, proven_at).filter(|_| is_calm));
        }
        Ok(Report { run, differences })
    }

    /// Shows that the vendor was checked. The run is on record: what fails here is no second end of it, and the next
    /// heartbeat shows it.
    async fn show_check(&self, fence: Option<LeaseEpoch>) {
        if fence.is_some()
            && let Err(error) = self.publisher.refresh().await
        {
            warn!(error = with_causes(&error), "the check could not be shown");
        }
    }

    /// Records the run under the lease; without one nothing is written.
    async fn record(
        &self,
        mut run: SyncRun,
        candidate: Option<&Candidate>,
        fence: Option<LeaseEpoch>,
    ) -> Result<SyncRun, StoreError> {
        if let Some(fence) = fence {
            failpoint!("run::before_record");
            run.id = Some(self.store.record_run_under(fence, &run, candidate).await?);
            failpoint!("run::recorded");
        }
        Ok(run)
    }

    async fn end_failed(
        &self,
        draft: RunDraft,
        error: &RunError,
        fence: Option<LeaseEpoch>,
    ) -> Report {
        let mut run =
            draft
                .clone()
                .end(self.clock.now(), Outcome::Failed, Some(with_causes(error)));
        run.failure_class = error.class();
        match self.record(run.clone(), None, fence).await {
            Ok(recorded) => run = recorded,
            Err(lost) if is_lease_lost(&lost) => return self.skip(draft, with_causes(&lost)).await,
            Err(store) => {
                let reason = with_causes(error);
                let text = format!("{reason}; nor could this run be recorded");
                run.message = Some(match with_causes(&store) {
                    same if same == reason => text,
                    other => format!("{text}: {other}"),
                });
            }
        }
        Report {
            run,
            differences: Vec::new(),
        }
    }

    /// Logs how `run` ended; a failure of the database at most once a minute.
    fn log(&self, run: &SyncRun) {
        let store_failed = run.failure_class == Some(FailureClass::Store) || run.id.is_none();
        if !store_failed {
            self.pace.reset();
        }
        if !store_failed || self.pace.admits(run.finished_at) {
            log_end(run);
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

fn quarantined(reason: &str) -> String {
    format!(
        "{reason}; nothing was published. Ask the vendor; if the list is right, approve the run with `ptf-cache runs`"
    )
}

fn held_message(boards: usize) -> String {
    let boards = match boards {
        1 => "1 board has a value that is".to_owned(),
        boards => format!("{boards} boards have values that are"),
    };
    format!(
        "{boards} implausible, so the old one counts. Ask the vendor; if the new one is right, approve the run with `ptf-cache runs`"
    )
}

/// Every board that `changes` touch, merged before and after.
fn differences(rows: &SourceRows, changes: &RowChanges) -> Vec<Difference> {
    let ids = changes.board_ids();
    let after = rows.of_boards(&ids).with(changes);
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
        Outcome::Held => warn!(
            sync.run_id = run.id,
            boards,
            held = counts.held,
            reason,
            "sync run held values back"
        ),
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
