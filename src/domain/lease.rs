//! The lease of syncs: which process may sync, and for how long others wait for it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// How long a lease lasts unless it is renewed: so long a process that was killed is waited for.
///
/// Longer than a write waits for the database, so that one that is only slow keeps its lease.
pub const LEASE_TERM: TimeDelta = TimeDelta::seconds(15);

/// The number of a taking: whoever takes the lease next has the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeaseEpoch(i64);

impl LeaseEpoch {
    /// The number of a taking; `None` below 1.
    pub fn new(number: i64) -> Option<LeaseEpoch> {
        (number >= 1).then_some(LeaseEpoch(number))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The epoch after `current`; the first where the lease was never taken.
    pub fn after(current: Option<LeaseEpoch>) -> LeaseEpoch {
        LeaseEpoch(current.map_or(1, |epoch| epoch.0 + 1))
    }
}

/// The lease as it was last taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The number of the taking.
    pub epoch: LeaseEpoch,
    /// Who took it, for people: a process and its machine.
    pub holder: String,
    /// Whether the holder gives a sign of life, which ends with its process.
    pub lives: bool,
    /// When it was taken.
    pub taken_at: DateTime<Utc>,
    /// When others may take it; `None` when it was given back.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Lease {
    /// Until when others wait for the holder; `None` when they need not.
    ///
    /// An end that lies further ahead than terms reach was set by a clock that was ahead. It is not waited for: that
    /// could take years. Twice the term, because a moment told before a write waited its turn is a little in the past.
    pub fn held_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.expires_at
            .filter(|end| now < *end && *end <= now + LEASE_TERM * 2)
    }

    /// Who syncs since when, and until when that is waited for, as it is at `now`.
    pub fn describe(&self, now: DateTime<Utc>) -> String {
        let second = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
        let waited_for = self.held_until(now).map(|end| {
            format!(
                " and is waited for until {}, or for as long as it goes on",
                second(end)
            )
        });
        format!(
            "{} has been syncing since {}{}",
            self.holder,
            second(self.taken_at),
            waited_for.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(expires_at: Option<&str>) -> Lease {
        Lease {
            epoch: LeaseEpoch::after(None),
            holder: "process 7 on here".to_owned(),
            lives: false,
            taken_at: at("2026-03-01T12:00:00Z"),
            expires_at: expires_at.map(at),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_lease_is_waited_for_until_its_end_and_not_from_it_on() {
        let lease = lease(Some("2026-03-01T12:00:15Z"));
        let held_at = |now: &str| lease.held_until(at(now)).is_some();
        assert!(held_at("2026-03-01T12:00:00Z"));
        assert!(held_at("2026-03-01T12:00:14.999Z"));
        assert!(!held_at("2026-03-01T12:00:15Z"));
        assert!(!held_at("2036-03-01T12:00:00Z"));
    }

    #[test]
    fn a_lease_that_was_given_back_is_not_waited_for() {
        assert_eq!(lease(None).held_until(at("2026-03-01T12:00:00Z")), None);
    }

    #[test]
    fn an_end_set_by_a_clock_that_was_ahead_is_not_waited_for() {
        let ten_years_ahead = lease(Some("2036-03-01T12:00:15Z"));
        assert_eq!(ten_years_ahead.held_until(at("2026-03-01T12:00:00Z")), None);
        let an_hour_ahead = lease(Some("2026-03-01T13:00:15Z"));
        assert_eq!(an_hour_ahead.held_until(at("2026-03-01T12:00:00Z")), None);
        let a_little_ahead = lease(Some("2026-03-01T12:00:20Z"));
        let waited_for = a_little_ahead.held_until(at("2026-03-01T12:00:00Z"));
        assert_eq!(waited_for, Some(at("2026-03-01T12:00:20Z")));
    }

    #[test]
    fn epochs_count_from_one() {
        assert_eq!(LeaseEpoch::new(0), None);
        let first = LeaseEpoch::after(None);
        assert_eq!(first.get(), 1);
        assert_eq!(LeaseEpoch::after(Some(first)).get(), 2);
    }
}
