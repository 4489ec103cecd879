//! The time: asked of a [`Clock`], so that tests can say what it is.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, to the millisecond: what is stored and what is computed with are then the same.
    fn now(&self) -> DateTime<Utc>;

    /// Now, in milliseconds since 1970: cheaper than [`now`](Self::now) for those who need no calendar.
    fn now_ms(&self) -> i64 {
        self.now().timestamp_millis()
    }

    /// Now, in milliseconds since 1970, for those who have read the machine's steady clock just before: that was at
    /// `moment`.
    fn ms_at(&self, _moment: Instant) -> i64 {
        self.now_ms()
    }

    /// The date it is in `zone`.
    fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }
}

/// A clock that many parts share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now_ms()).expect("this year is in the calendar")
    }

    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let since = since.expect("the clock is past 1970");
        i64::try_from(since.as_millis()).expect("this year is in the calendar")
    }

    fn ms_at(&self, moment: Instant) -> i64 {
        let seen = SEEN.get();
        let since =
            seen.and_then(|(at, now_ms)| Some((moment.checked_duration_since(at)?, now_ms)));
        match since {
            Some((since, now_ms)) if since < SEEN_FOR => now_ms + i64::from(since.subsec_millis()),
            _ => {
                let now_ms = self.now_ms();
                SEEN.set(Some((moment, now_ms)));
                now_ms
            }
        }
    }
}

/// For how long a look at the machine's clock is good for telling the time by its steady clock: for so long the time stays
/// unseen to which somebody sets it.
const SEEN_FOR: Duration = Duration::from_millis(10);

thread_local! {
    /// The steady clock and milliseconds since 1970 at the thread's last look at both.
    static SEEN: Cell<Option<(Instant, i64)>> = const { Cell::new(None) };
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    /// A clock that says `now`.
    pub fn at(now: DateTime<Utc>) -> FixedClock {
        FixedClock(Mutex::new(now))
    }

    /// Says `now` from here on.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().expect("no holder of this lock panics") = now;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_at_a_moment_is_the_time_there_was() {
        let tell = || {
            let before = SystemClock.now_ms();
            let told = SystemClock.ms_at(Instant::now());
            // What is told is cut off to a millisecond twice.
            assert!(
                (before - 1..=SystemClock.now_ms()).contains(&told),
                "{before} {told}"
            );
        };
        let begun_at = Instant::now();
        while begun_at.elapsed() < SEEN_FOR * 5 {
            tell();
        }
        std::thread::sleep(SEEN_FOR * 2);
        tell();
    }

    #[test]
    fn a_clock_that_is_set_is_believed_after_a_moment() {
        let now = Instant::now();
        SEEN.set(Some((now, 1_000)));
        assert_eq!(SystemClock.ms_at(now + Duration::from_millis(9)), 1_009);
        let told = SystemClock.ms_at(now + SEEN_FOR);
        assert!(told > 1_700_000_000_000, "{told}");
        // A moment before the last look is no reason to tell a time of long ago either.
        SEEN.set(Some((now + SEEN_FOR, 1_000)));
        assert!(SystemClock.ms_at(now) > 1_700_000_000_000);
    }
}
