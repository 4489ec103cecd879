//! Half-open periods of calendar dates, either end open.

use chrono::NaiveDate;
use serde::Serialize;

/// The dates from `from` (inclusive) to `to` (exclusive); `None` is no limit on that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Period {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

/// A period that would hold no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{to} is not after {from}; the end is the first day that is no longer covered")]
pub struct EmptyPeriod {
    from: NaiveDate,
    to: NaiveDate,
}

impl Period {
    /// Every day.
    pub const ALWAYS: Period = Period {
        from: None,
        to: None,
    };

    /// The period `[from, to)`.
    ///
    /// # Errors
    /// When both ends are given and `to` is not after `from`.
    pub fn new(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Period, EmptyPeriod> {
        match (from, to) {
            (Some(from), Some(to)) if to <= from => Err(EmptyPeriod { from, to }),
            _ => Ok(Period { from, to }),
        }
    }

    /// The first day covered; `None` when it has always begun.
    pub fn from(self) -> Option<NaiveDate> {
        self.from
    }

    /// The first day no longer covered; `None` when no end is known.
    pub fn to(self) -> Option<NaiveDate> {
        self.to
    }

    /// Whether `date` is covered.
    pub fn covers(self, date: NaiveDate) -> bool {
        self.has_begun_by(date) && !self.has_ended_by(date)
    }

    /// Whether the first day is `date` or earlier.
    pub fn has_begun_by(self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date)
    }

    /// Whether the last day is before `date`.
    pub fn has_ended_by(self, date: NaiveDate) -> bool {
        self.to.is_some_and(|to| to <= date)
    }

    /// Whether some day is covered by both.
    pub fn overlaps(self, other: Period) -> bool {
        let begins_before_end = |a: Period, b: Period| match (a.from, b.to) {
            (Some(from), Some(to)) => from < to,
            _ => true,
        };
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(2026, 3, day)
    }

    #[test]
    fn the_end_is_not_covered() {
        let period = Period::new(day(1), day(10)).unwrap();
        assert!(period.covers(day(1).unwrap()));
        assert!(period.covers(day(9).unwrap()));
        assert!(!period.covers(day(10).unwrap()));
        assert!(Period::new(day(5), day(5)).is_err());
    }

    #[test]
    fn periods_that_touch_do_not_overlap() {
        let first = Period::new(None, day(10)).unwrap();
        let second = Period::new(day(10), None).unwrap();
        assert!(!first.overlaps(second));
        assert!(!second.overlaps(first));
        assert!(first.overlaps(Period::new(day(9), None).unwrap()));
        assert!(Period::ALWAYS.overlaps(first));
    }
}
