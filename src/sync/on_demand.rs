//! Runs that somebody asks for, outside the schedule: a thousand who ask at once get one run, and the vendor is left
//! alone for a while after each.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::tenure::{Entry, Tenure};
use super::{Syncer, Unavailable};
use crate::domain::audit::{Action, Actor, Deed};
use crate::domain::run::Trigger;

/// How long after the start of a run, whoever asked for it, nobody starts another one by hand.
const COOL_DOWN: TimeDelta = TimeDelta::seconds(60);

/// What came of asking for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// It has begun.
    Begun,
    /// One is under way, of this process or of another.
    UnderWay,
    /// One began a moment ago: from this moment on another one may.
    Cooling {
        /// The first moment.
        until: DateTime<Utc>,
    },
}

/// Starts runs for those who ask.
pub struct OnDemand {
    syncer: Arc<Syncer>,
    stop: CancellationToken,
    runs: TaskTracker,
}

impl OnDemand {
    /// Starts runs of `syncer`, and abandons them at `stop`.
    pub fn new(syncer: Arc<Syncer>, stop: CancellationToken) -> OnDemand {
        OnDemand {
            syncer,
            stop,
            runs: TaskTracker::new(),
        }
    }

    /// Starts a run, unless there is one or has just been one. It goes on behind the caller's back, and is on record
    /// once it has ended; that `actor` started it is on record before it begins.
    ///
    /// # Errors
    /// When the database fails; then nothing was started.
    pub async fn demand(&self, actor: Actor) -> Result<Demand, Unavailable> {
        // In this order, as the schedule does: whoever takes the lease from here on makes the taking below be refused.
        let seen = self.syncer.store.load_lease().await?;
        if let Some(until) = self.cooling_until().await? {
            return Ok(Demand::Cooling { until });
        }
        let entry = self.syncer.enter(seen.map(|lease| lease.epoch)).await?;
        let Entry::Begun(tenure) = entry else {
            return Ok(Demand::UnderWay);
        };
        let demand = self.decide_under(&tenure, actor).await;
        match demand {
            Ok(Demand::Begun) => {
                let (syncer, stop) = (Arc::clone(&self.syncer), self.stop.clone());
                let run = async move { syncer.run_until(&stop, tenure, Trigger::Http).await };
                self.runs.spawn(run);
            }
            _ => tenure.end().await,
        }
        demand
    }

    /// What comes of asking while nobody else can run: who had the lease when it was looked at may have run since, and
    /// given it back. That a run begins is put on record for `actor`.
    async fn decide_under(&self, _: &Tenure, actor: Actor) -> Result<Demand, Unavailable> {
        if let Some(until) = self.cooling_until().await? {
            return Ok(Demand::Cooling { until });
        }
        let deed = Deed {
            at: self.syncer.clock.now(),
            actor,
            action: Action::RunStarted,
            subject: "sync".to_owned(),
            before: None,
            after: None,
            version: None,
        };
        self.syncer.store.record_deed(deed).await?;
        Ok(Demand::Begun)
    }

    /// Until when nobody starts a run by hand, after the last one on record.
    async fn cooling_until(&self) -> Result<Option<DateTime<Utc>>, Unavailable> {
        let last = self.syncer.store.load_last_run().await?;
        let now = self.syncer.clock.now();
        Ok(last.and_then(|last| cooling_until(last.started_at, now)))
    }

    /// Waits until the runs that were started have ended, or were abandoned.
    pub async fn wait(&self) {
        self.runs.close();
        self.runs.wait().await;
    }
}

/// Until when nobody starts a run by hand; `None` where somebody may at `now`. A run that began in the future was told
/// by a clock that was wrong, and holds nobody up.
fn cooling_until(started_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = started_at + COOL_DOWN;
    (started_at <= now && now < until).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendor_is_left_alone_for_a_minute() {
        let begun = DateTime::UNIX_EPOCH;
        let end = begun + COOL_DOWN;
        let second = TimeDelta::seconds(1);
        assert_eq!(cooling_until(begun, begun), Some(end));
        assert_eq!(cooling_until(begun, end - second), Some(end));
        assert_eq!(cooling_until(begun, end), None);
        assert_eq!(cooling_until(begun, begun - second), None);
    }
}
