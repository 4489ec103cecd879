//! How often it is said that runs fail for the database's sake: a full disk fails every one of them.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How long one line is enough.
const INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// When it was said last; `None` while all is well.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<DateTime<Utc>>>);

impl Pace {
    /// Whether to say that a run failed at `now`; whoever asks says so.
    pub(super) fn admits(&self, now: DateTime<Utc>) -> bool {
        let mut said_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back is no reason to be silent for longer.
        let is_enough = said_at.is_some_and(|at| at <= now && now < at + INTERVAL);
        if !is_enough {
            *said_at = Some(now);
        }
        !is_enough
    }

    /// Notes that all is well: the next failure is news.
    pub(super) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_minute_is_enough_and_a_failure_after_a_success_is_news() {
        let pace = Pace::default();
        let at = |second: i64| DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        assert!(pace.admits(at(100)));
        assert!(!pace.admits(at(102)));
        assert!(!pace.admits(at(159)));
        assert!(pace.admits(at(160)));
        assert!(!pace.admits(at(161)));
        pace.reset();
        assert!(pace.admits(at(162)));
        assert!(pace.admits(at(50)), "the clock was set back");
    }
}
