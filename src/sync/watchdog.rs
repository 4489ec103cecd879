//! The watchdog: notices a scheduler that is dead, or late.
//!
//! The scheduler tells of every beat. It is late where no beat has come for a while, whatever the reason (it panicked,
//! it waits for something that never comes), and where it has been unable to begin a run for a while. Reads go on
//! meanwhile, from a catalog that grows old: somebody has to be told.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::clock::SharedClock;

/// How long there may be no beat, or no way to begin a run: many beats, and longer than a write waits.
const PATIENCE: Duration = Duration::from_secs(60);

const NOT_POISONED: &str = "no holder of this lock panics";

/// What the scheduler says of itself, and what that comes to now.
pub struct Watchdog {
    clock: SharedClock,
    patience: Duration,
    last: Mutex<LastBeat>,
}

/// The last beat.
#[derive(Debug, Clone, Copy)]
struct LastBeat {
    /// By a clock that nobody sets, and that stands still while the machine sleeps.
    came_at: Instant,
    /// The same for people.
    told_at: DateTime<Utc>,
    stuck_since: Option<DateTime<Utc>>,
}

impl Watchdog {
    /// A watchdog over a scheduler that starts now.
    pub fn new(clock: SharedClock) -> Arc<Watchdog> {
        Watchdog::with_patience(clock, PATIENCE)
    }

    /// The same, calling the scheduler late after `patience`.
    pub fn with_patience(clock: SharedClock, patience: Duration) -> Arc<Watchdog> {
        let last = LastBeat {
            came_at: Instant::now(),
            told_at: clock.now(),
            stuck_since: None,
        };
        Arc::new(Watchdog {
            clock,
            patience,
            last: Mutex::new(last),
        })
    }

    /// The scheduler lives. `stuck_since` is since when it can begin no run, nor find out whether one is due.
    pub(super) fn note_beat(&self, stuck_since: Option<DateTime<Utc>>) {
        *self.last.lock().expect(NOT_POISONED) = LastBeat {
            came_at: Instant::now(),
            told_at: self.clock.now(),
            stuck_since,
        };
    }

    /// Since when the scheduler is late; `None` while it is not.
    pub fn late_since(&self) -> Option<DateTime<Utc>> {
        let last = *self.last.lock().expect(NOT_POISONED);
        if last.came_at.elapsed() > self.patience {
            return Some(last.told_at);
        }
        let patience = TimeDelta::from_std(self.patience).unwrap_or(TimeDelta::MAX);
        last.stuck_since
            .filter(|since| self.clock.now().signed_duration_since(since) > patience)
    }

    /// What is wrong, for people; `Err` while the scheduler is late.
    ///
    /// # Errors
    /// While the scheduler is late: since when.
    pub fn check(&self) -> Result<String, String> {
        match self.late_since() {
            None => Ok(String::new()),
            Some(since) => Err(format!(
                "late since {}: catalogs are served, but none is synced",
                since.to_rfc3339_opts(SecondsFormat::Secs, true)
            )),
        }
    }

    /// Exposes `ptf_scheduler_late_seconds` through `registry`: 0 while the scheduler is not late.
    pub fn register(self: &Arc<Watchdog>, registry: &mut Registry) {
        registry.register_collector(Box::new(LateCollector(Arc::clone(self))));
    }
}

/// Asks the watchdog when somebody scrapes.
struct LateCollector(Arc<Watchdog>);

impl Collector for LateCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let late = self.0.late_since().map(|since| self.0.clock.now() - since);
        // A clock set back since makes that negative, which no duration is.
        let late = late.and_then(|late| late.to_std().ok()).unwrap_or_default();
        let gauge = ConstGauge::new(late.as_secs_f64());
        gauge.encode(encoder.encode_descriptor(
            "ptf_scheduler_late",
            "For how long the scheduler has been late; 0 while it is not",
            Some(&Unit::Seconds),
            gauge.metric_type(),
        )?)
    }
}

impl fmt::Debug for LateCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateCollector").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const NOON: &str = "2026-03-01T12:00:00Z";

    #[test]
    fn a_scheduler_that_can_begin_no_run_is_late_after_a_while() {
        let clock = Arc::new(FixedClock::at(at(NOON)));
        let watchdog = Watchdog::new(clock.clone());
        watchdog.note_beat(Some(at(NOON)));
        clock.set(at("2026-03-01T12:01:00Z"));
        assert_eq!(watchdog.late_since(), None);
        clock.set(at("2026-03-01T12:01:01Z"));
        assert_eq!(watchdog.late_since(), Some(at(NOON)));
        assert_eq!(
            watchdog.check().unwrap_err(),
            "late since 2026-03-01T12:00:00Z: catalogs are served, but none is synced"
        );
        watchdog.note_beat(None);
        assert_eq!(watchdog.check(), Ok(String::new()));
    }

    #[test]
    fn a_machine_that_slept_is_not_late_before_it_has_had_time_to_begin() {
        let clock = Arc::new(FixedClock::at(at(NOON)));
        let watchdog = Watchdog::new(clock.clone());
        watchdog.note_beat(None);
        clock.set(at("2026-03-01T20:00:00Z"));
        assert_eq!(watchdog.late_since(), None);
    }

    #[test]
    fn a_scheduler_without_a_beat_for_a_while_is_late() {
        let clock = Arc::new(FixedClock::at(at(NOON)));
        let watchdog = Watchdog::with_patience(clock, Duration::ZERO);
        let deadline = Instant::now() + Duration::from_secs(10);
        while watchdog.late_since().is_none() {
            assert!(Instant::now() < deadline);
        }
        assert_eq!(watchdog.late_since(), Some(at(NOON)));
    }
}
