//! Runs that somebody asks for, outside the schedule: a thousand who ask at once get one run, and the vendor is left
//! alone for a while after each.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::tenure::Entry;
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
        let syncer = &self.syncer;
        // In this order, as the schedule does: whoever runs in between has taken the lease since it was seen.
        let seen = syncer.store.load_lease().await?;
        let last = syncer.store.load_last_run().await?;
        let now = syncer.clock.now();
        if let Some(until) = last.and_then(|last| cooling_until(last.started_at, now)) {
            return Ok(Demand::Cooling { until });
        }
        match syncer.enter(seen.map(|lease| lease.epoch)).await? {
            Entry::Refused(_) => Ok(Demand::UnderWay),
            Entry::Begun(tenure) => {
                let deed = Deed {
                    at: now,
                    actor,
                    action: Action::RunStarted,
                    subject: "sync".to_owned(),
                    before: None,
                    after: None,
                    version: None,
                };
                if let Err(error) = syncer.store.record_deed(deed).await {
                    tenure.end().await;
                    return Err(error.into());
                }
                let (syncer, stop) = (Arc::clone(syncer), self.stop.clone());
                let run = async move { syncer.run_until(&stop, tenure, Trigger::Http).await };
                self.runs.spawn(run);
                Ok(Demand::Begun)
            }
        }
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
