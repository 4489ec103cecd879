//! What every beat of the schedule does: look after the database, and begin the run that is due.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::Syncer;
use super::marks::Marks;
use super::outlook::Outlook;
use super::schedule::{Schedule, ScheduleSettings};
use super::tenure::{Entry, Tenure};
use super::upkeep::{Trouble, Upkeep};
use super::watchdog::Watchdog;
use crate::domain::lease::{Lease, LeaseEpoch};
use crate::domain::run::{Outcome, SyncRun, Trigger};
use crate::store::StoreError;

/// What a beat works with.
pub(super) struct Keeper {
    syncer: Arc<Syncer>,
    schedule: Schedule,
    watchdog: Arc<Watchdog>,
    outlook: Arc<Outlook>,
    marks: Marks,
    runs: TaskTracker,
    shutdown: CancellationToken,
    upkeep: Upkeep,
    /// Whether the run at the start of the service is still to come.
    starts: bool,
    /// The lease that a run was last seen to wait for.
    waits_for: Option<LeaseEpoch>,
    looking: Trouble,
    /// When it was last said that a run could not be begun; `None` while all is well.
    failed_at: Option<DateTime<Utc>>,
    /// Since when no run can be begun, nor found out whether one is due; `None` while all is well.
    stuck_since: Option<DateTime<Utc>>,
}

/// What came of looking for a run that is due.
enum Looked {
    /// None is due, or somebody runs.
    Well,
    /// One is due and cannot be begun, which has been said.
    CannotBegin,
}

impl Keeper {
    /// A keeper of the schedule, until `shutdown`.
    pub(super) fn new(
        syncer: Arc<Syncer>,
        settings: ScheduleSettings,
        shutdown: CancellationToken,
    ) -> Keeper {
        Keeper {
            marks: Marks::new(syncer.clock.now()),
            upkeep: Upkeep::new(Arc::clone(&syncer), settings.retention),
            syncer,
            schedule: settings.schedule,
            watchdog: settings.watchdog,
            outlook: settings.outlook,
            runs: TaskTracker::new(),
            shutdown,
            starts: settings.on_start,
            waits_for: None,
            looking: Trouble::with("looking for a sync that is due"),
            failed_at: None,
            stuck_since: None,
        }
    }

    /// One beat.
    pub(super) async fn beat(&mut self) {
        self.upkeep.beat(&self.shutdown).await;
        self.beat_runs().await;
    }

    /// Begins the run that is due, if one is and nobody syncs, and tells the watchdog.
    pub(super) async fn beat_runs(&mut self) {
        let now = self.syncer.clock.now();
        let looked = match self.runs.is_empty() {
            true => self.begin_due(now).await,
            false => Ok(Looked::Well),
        };
        self.stuck_since = match looked {
            Ok(Looked::Well) => None,
            Ok(Looked::CannotBegin) | Err(_) => self.stuck_since.or(Some(now)),
        };
        self.looking.note(looked.err());
        self.watchdog.note_beat(self.stuck_since);
    }

    /// Waits for what goes on in the background, which ends soon after a shutdown.
    pub(super) async fn finish(self) {
        self.runs.close();
        self.runs.wait().await;
        self.upkeep.finish().await;
    }

    async fn begin_due(&mut self, now: DateTime<Utc>) -> Result<Looked, StoreError> {
        // The lease is read first: whoever takes it from here on makes the taking below be refused.
        let seen = self.syncer.store.load_lease().await?;
        let last = self.syncer.store.load_last_run().await?;
        self.note_outlook(last.as_ref()).await?;
        let Some(trigger) = self.due(last.as_ref(), now) else {
            return Ok(Looked::Well);
        };
        match self.syncer.enter(seen.map(|lease| lease.epoch)).await {
            Ok(Entry::Begun(tenure)) => self.start_run_still_due(tenure, now).await?,
            Ok(Entry::Refused(lease)) => self.wait_for(&lease, trigger, now),
            Err(error) => {
                self.fail_to_begin(error, trigger, now).await;
                return Ok(Looked::CannotBegin);
            }
        }
        self.failed_at = None;
        Ok(Looked::Well)
    }

    /// Notes how things stand after `last`, the newest run on record.
    async fn note_outlook(&self, last: Option<&SyncRun>) -> Result<(), StoreError> {
        let newest = last.map(|run| run.outcome);
        let judged = match newest {
            Some(Outcome::Failed) => self.syncer.store.load_last_judged_run().await?,
            _ => None,
        };
        self.outlook
            .note_newest(newest, judged.map(|run| run.outcome));
        Ok(())
    }

    /// Says once whom a run has to wait for.
    fn wait_for(&mut self, lease: &Lease, trigger: Trigger, now: DateTime<Utc>) {
        if self.waits_for != Some(lease.epoch) {
            self.waits_for = Some(lease.epoch);
            self.syncer.tell_of_waiting(lease, trigger, now);
        }
    }

    /// Counts the run of a slot as failed; it is tried again with every beat, as nothing is asked of the vendor.
    async fn fail_to_begin(&mut self, error: StoreError, trigger: Trigger, now: DateTime<Utc>) {
        let is_news = |failed_at: DateTime<Utc>| self.schedule.is_due(failed_at, now);
        if self.failed_at.is_none_or(is_news) {
            self.failed_at = Some(now);
            self.syncer.fail_to_begin(error, trigger).await;
        }
    }

    /// What starts the run that is due, if one is; `last` is the newest on record.
    fn due(&mut self, last: Option<&SyncRun>, now: DateTime<Utc>) -> Option<Trigger> {
        let recorded = last.map(|run| run.started_at);
        // Another process has synced since this one started: that is as good.
        self.starts &= recorded.is_none_or(|at| at < self.marks.born_at() || at > now);
        if self.starts {
            return Some(Trigger::Start);
        }
        let last_started = self.marks.last_started(recorded, now);
        let is_due = self.schedule.is_due(last_started, now);
        is_due.then_some(Trigger::Schedule)
    }

    /// Starts the run under the lease, unless whoever had it when it was read has run in the meantime, and given it back.
    async fn start_run_still_due(
        &mut self,
        tenure: Tenure,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let last = self.syncer.store.load_last_run().await;
        match last.map(|last| self.due(last.as_ref(), now)) {
            Ok(Some(trigger)) => self.start_run(tenure, trigger),
            not_due_or_unknown => {
                tenure.end().await;
                not_due_or_unknown?;
            }
        }
        Ok(())
    }

    fn start_run(&mut self, tenure: Tenure, trigger: Trigger) {
        self.starts = false;
        self.marks.note_start(self.syncer.clock.now());
        let (syncer, shutdown) = (Arc::clone(&self.syncer), self.shutdown.clone());
        self.runs.spawn(async move {
            if syncer.run_until(&shutdown, tenure, trigger).await.is_none() {
                debug!("a sync run was abandoned at shutdown");
            }
        });
    }
}
