//! The outlook: when the next scheduled run is due, and how the newest one ended. Known without asking the database.

use std::sync::Mutex;

use chrono::{DateTime, Utc};

use super::schedule::Schedule;
use crate::domain::run::Outcome;

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
    /// ago. A list in quarantine goes on waiting for a decision when runs after it fail. `None` before the first look,
    /// and before the first run.
    pub fn newest_outcome(&self) -> Option<Outcome> {
        *self.newest.lock().expect(NOT_POISONED)
    }

    /// Notes how the newest run on record ended that was not skipped; `judged`, where it failed, is how the last one
    /// before it ended that did not.
    pub fn note_newest(&self, newest: Option<Outcome>, judged: Option<Outcome>) {
        let waits = judged.filter(|outcome| *outcome == Outcome::Quarantined);
        *self.newest.lock().expect(NOT_POISONED) = waits.or(newest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_run_hides_no_list_that_waits_in_quarantine() {
        use Outcome::{Failed, Published, Quarantined, Rejected};
        let outlook = Outlook::default();
        for (newest, judged, said) in [
            (None, None, None),
            (Some(Published), None, Some(Published)),
            (Some(Failed), None, Some(Failed)),
            (Some(Failed), Some(Published), Some(Failed)),
            (Some(Failed), Some(Rejected), Some(Failed)),
            (Some(Failed), Some(Quarantined), Some(Quarantined)),
        ] {
            outlook.note_newest(newest, judged);
            assert_eq!(
                outlook.newest_outcome(),
                said,
                "{newest:?} after {judged:?}"
            );
        }
    }
}
