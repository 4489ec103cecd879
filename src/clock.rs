//! The time: asked of a [`Clock`], so that tests can say what it is.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

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
