//! From when on the slots of the schedule count.

use chrono::{DateTime, Utc};

/// From when on slots count: what this process knows beside the runs on record.
#[derive(Debug)]
pub(super) struct Marks {
    born_at: DateTime<Utc>,
    /// When this process last started a run: one that could not be recorded (a full disk) is not started anew with
    /// every heartbeat.
    started_at: Option<DateTime<Utc>>,
    /// When the last run was found to lie in the future; `None` while it does not.
    set_back_at: Option<DateTime<Utc>>,
}

impl Marks {
    /// Those of a process that starts now, at `born_at`.
    pub(super) fn new(born_at: DateTime<Utc>) -> Marks {
        Marks {
            born_at,
            started_at: None,
            set_back_at: None,
        }
    }

    /// When this process started.
    pub(super) fn born_at(&self) -> DateTime<Utc> {
        self.born_at
    }

    /// Notes that this process starts a run.
    pub(super) fn note_start(&mut self, now: DateTime<Utc>) {
        self.started_at = Some(now);
        self.set_back_at = self.set_back_at.map(|_| now);
    }

    /// When the last run began, as far as the schedule is concerned; `recorded` is what the newest one's row says.
    ///
    /// A time in the future is from a clock that was set back since. Waiting for it could take years, so slots then
    /// count from the moment that is noticed.
    pub(super) fn last_started(
        &mut self,
        recorded: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let last = recorded.max(self.started_at).unwrap_or(self.born_at);
        if last <= now {
            self.set_back_at = None;
            return last;
        }
        let noticed_at = self.set_back_at.map_or(now, |at| at.min(now));
        self.set_back_at = Some(noticed_at);
        noticed_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::schedule::Schedule;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hourly() -> Schedule {
        let now = at("2026-01-01T00:00:00Z");
        Schedule::parse("0 0 * * * *", chrono_tz::Tz::UTC, now).unwrap()
    }

    /// Once every heartbeat started a run while none could be recorded.
    #[test]
    fn a_run_that_could_not_be_recorded_is_not_due_again_before_its_next_slot() {
        let hourly = hourly();
        let mut marks = Marks::new(at("2026-03-01T10:20:00Z"));
        let recorded = Some(at("2026-03-01T11:00:01Z"));
        let is_due = |marks: &mut Marks, now: &str| {
            hourly.is_due(marks.last_started(recorded, at(now)), at(now))
        };
        assert!(is_due(&mut marks, "2026-03-01T12:00:01Z"));
        marks.note_start(at("2026-03-01T12:00:01Z"));
        assert!(!is_due(&mut marks, "2026-03-01T12:00:03Z"));
        assert!(is_due(&mut marks, "2026-03-01T13:00:01Z"));
    }

    /// Once nothing ran until the clock had caught up with the last run: after a clock ten years ahead, ten years.
    #[test]
    fn a_run_recorded_in_the_future_holds_no_slot_up() {
        let hourly = hourly();
        let recorded = Some(at("2036-03-01T12:00:01Z"));
        let mut marks = Marks::new(at("2026-03-01T10:20:00Z"));
        let is_due = |marks: &mut Marks, now: &str| {
            hourly.is_due(marks.last_started(recorded, at(now)), at(now))
        };
        assert!(!is_due(&mut marks, "2026-03-01T11:30:00Z"));
        assert!(!is_due(&mut marks, "2026-03-01T11:59:59Z"));
        assert!(is_due(&mut marks, "2026-03-01T12:00:01Z"));
        marks.note_start(at("2026-03-01T12:00:01Z"));
        assert!(!is_due(&mut marks, "2026-03-01T12:00:03Z"));
    }
}
