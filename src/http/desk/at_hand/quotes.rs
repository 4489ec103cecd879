//! Quotes of the newest catalog: computed for each request, and written straight into the answer.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use crate::catalog::Snapshot;
use crate::clock::SharedClock;
use crate::http::caching::cut_policy;
use crate::http::desk::answer::{Answer, AnswerBody};
use crate::http::desk::arrival::Arrival;
use crate::http::quote::{Made, Plain, frame_of, tag, write_plain};

/// What quotes are made with besides the catalog.
pub(super) struct Quotes {
    clock: SharedClock,
    zone: Tz,
    today: Today,
}

impl Quotes {
    /// Quotes that start, unless another date is given, on the day it is in `zone`.
    pub(super) fn new(clock: SharedClock, zone: Tz) -> Quotes {
        Quotes {
            clock,
            zone,
            today: Today::default(),
        }
    }

    /// The quote that `query` asks for, and its tag, which is still to be put on; `None` where a handler has to look at it.
    pub(super) fn answer(
        &self,
        query: &str,
        snapshot: &Snapshot,
        arrival: &Arrival<'_>,
    ) -> Option<(Answer, HeaderValue)> {
        let freshness = snapshot.freshness;
        let now_ms = self.clock.ms_at(arrival.at);
        let today = || {
            let second = now_ms.div_euclid(1_000);
            self.today.at(second, || self.clock.today(self.zone))
        };
        let plain = Plain::read(query, &snapshot.catalog, today)?;
        let made = Made::at(now_ms, freshness);
        let etag = tag(&plain.request, frame_of(snapshot).seed, made);
        let is_known = arrival.knows(&etag);
        let mut headers = snapshot.prepared.head.clone();
        if let Some(policy) = cut_policy(freshness.left_ms(now_ms)) {
            headers.insert(CACHE_CONTROL, policy);
        }
        let mut answer = Answer::new(AnswerBody::AtHand(Bytes::new()));
        if is_known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            headers.remove(CONTENT_TYPE);
        } else {
            let body = write_plain(&plain, snapshot, made);
            *answer.body_mut() = AnswerBody::AtHand(body);
        }
        *answer.headers_mut() = headers;
        Some((answer, etag))
    }
}

/// The day it is, worked out once a second: that takes a time zone's rules.
#[derive(Default)]
struct Today {
    /// A second since 1970; in the low bits the year and the day of the year at that moment.
    last: AtomicU64,
}

/// Bits of a day of the year.
const DAY_BITS: u32 = 9;
/// Bits of a year and its day: enough for 32,000 years.
const DATE_BITS: u32 = 24;

impl Today {
    /// The day at `second`, which `work_out` knows.
    fn at(&self, second: i64, work_out: impl FnOnce() -> NaiveDate) -> NaiveDate {
        let second = second.unsigned_abs();
        let last = self.last.load(Ordering::Relaxed);
        let date = last as u32 & ((1 << DATE_BITS) - 1);
        let (year, day) = (date >> DAY_BITS, date & ((1 << DAY_BITS) - 1));
        if last >> DATE_BITS == second
            && let Some(today) = NaiveDate::from_yo_opt(year as i32, day)
        {
            return today;
        }
        let today = work_out();
        let date = today.year().unsigned_abs() << DAY_BITS | today.ordinal();
        let last = second << DATE_BITS | u64::from(date);
        self.last.store(last, Ordering::Relaxed);
        today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_worked_out_once_a_second() {
        let today = Today::default();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let second = 1_795_590_000;
        assert_eq!(today.at(second, || day("2026-11-25")), day("2026-11-25"));
        assert_eq!(today.at(second, || unreachable!()), day("2026-11-25"));
        assert_eq!(
            today.at(second + 1, || day("2026-11-26")),
            day("2026-11-26")
        );
        assert_eq!(today.at(second, || day("2026-11-25")), day("2026-11-25"));
    }
}
