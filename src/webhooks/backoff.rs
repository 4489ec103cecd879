//! When a delivery that failed is tried again, and when nobody tries any longer.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How long to wait after an attempt, and for how long to go on: the waits double up to a longest one. Each is cut by up
/// to a half, at random, so that many endpoints that failed together are not tried together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first attempt.
    pub first: Duration,
    /// The longest wait between two attempts: how late an endpoint that is back may hear of it.
    pub longest: Duration,
    /// How long after its first attempt a delivery is given up.
    pub give_up_after: Duration,
}

impl Backoff {
    /// Five seconds to one hour, for three days: some eighty attempts.
    pub const STANDARD: Backoff = Backoff {
        first: Duration::from_secs(5),
        longest: Duration::from_secs(60 * 60),
        give_up_after: Duration::from_secs(3 * 24 * 60 * 60),
    };

    /// When to try again after the attempt number `attempts` failed at `now`; `None`: it is given up.
    ///
    /// The last attempt is made when the time is over, not before. `random` is any number.
    pub fn next_attempt_at(
        &self,
        attempts: u32,
        first_attempt_at: DateTime<Utc>,
        now: DateTime<Utc>,
        random: u64,
    ) -> Option<DateTime<Utc>> {
        let end = after(first_attempt_at, self.give_up_after);
        (now < end).then(|| after(now, self.wait(attempts, random)).min(end))
    }

    fn wait(&self, attempts: u32, random: u64) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest);
        let half = u64::try_from(wait.as_millis() / 2).unwrap_or(u64::MAX - 1);
        wait - Duration::from_millis(random % (half + 1))
    }
}

/// `wait` after `time`.
pub(super) fn after(time: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(wait)
        .ok()
        .and_then(|wait| time.checked_add_signed(wait))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Any number, different each time: good enough to spread waits, for nothing secret.
pub(super) fn any_number() -> u64 {
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_cut_by_up_to_a_half() {
        let next = |attempts, random| {
            let at = Backoff::STANDARD.next_attempt_at(attempts, start(), start(), random);
            (at.unwrap() - start()).num_milliseconds()
        };
        let uncut: Vec<i64> = [1, 2, 3, 4, 10, 11, 12, u32::MAX]
            .map(|attempts| next(attempts, 0) / 1_000)
            .into();
        assert_eq!(uncut, [5, 10, 20, 40, 2_560, 3_600, 3_600, 3_600]);
        assert_eq!(next(1, 2_500), 2_500);
        assert_eq!(next(1, 2_501), 5_000);
        assert_eq!(next(20, 1_800_000), 1_800_000);
        for _ in 0..1_000 {
            assert!((2_500..=5_000).contains(&next(1, any_number())));
        }
        assert_ne!(any_number(), any_number());
    }

    #[test]
    fn the_last_attempt_is_after_three_days() {
        let end = start() + TimeDelta::days(3);
        let next = |now| Backoff::STANDARD.next_attempt_at(80, start(), now, 0);
        let before = end - TimeDelta::milliseconds(1);
        assert_eq!(next(before), Some(end));
        assert_eq!(next(end), None);
    }

    #[test]
    fn three_days_are_some_eighty_attempts() {
        for random in [0, u64::MAX] {
            let (mut now, mut attempts) = (start(), 1);
            while let Some(next) = Backoff::STANDARD.next_attempt_at(attempts, start(), now, random)
            {
                assert!(next > now);
                now = next;
                attempts += 1;
            }
            assert_eq!(now - start(), TimeDelta::days(3));
            assert!((80..=160).contains(&attempts), "{attempts}");
        }
    }
}
