//! The outlook: when the next scheduled run is due, and how the newest one ended. Known without asking the database.

use std::sync::Mutex;

use chrono::{DateTime, Utc};

use super::schedule::Schedule;
use crate::domain::run::{Outcome, SyncRun};

const NOT_POISONED: &str = "no holder of this lock panics";

/// What the scheduler of this process knows, for those who may not wait for the database.
#[derive(Debug, Default)]
pub struct Outlook {
    /// `None` where nothing is scheduled.
    schedule: Option<Schedule>,
    newest: Mutex<Option<Outcome>>,
}

impl Outlook {
    /// The outlook of a process that keeps `schedule`.
    pub fn of(schedule: Schedule) -> Outlook {
        Outlook {
            schedule: Some(schedule),
            newest: Mutex::default(),
        }
    }

    /// When the first scheduled run after `now` begins; `None` where nothing is scheduled.
    pub fn next_run_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.schedule.as_ref()?.next_run_at(now)
    }

    /// How the newest run on record ended, of whichever process, decisions about it included: a beat of the schedule
    /// ago. `None` before the first look, and before the first run.
    pub fn newest_outcome(&self) -> Option<Outcome> {
        *self.newest.lock().expect(NOT_POISONED)
    }

    /// Notes the newest run on record. One that was skipped tells nothing of the vendor: the one before it counts.
    pub fn note_newest(&self, run: Option<&SyncRun>) {
        match run.map(|run| run.outcome) {
            Some(Outcome::Skipped) => {}
            outcome => *self.newest.lock().expect(NOT_POISONED) = outcome,
        }
    }
}
