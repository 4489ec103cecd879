//! How long to wait before the next try of a page.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// Tries of one page, the first included.
const MAX_TRIES: u32 = 3;
/// The longest a vendor's own `Retry-After` is believed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(15 * 60);

/// Waits with full jitter: each anywhere from 0 to a ceiling that doubles, so that clients do not return in step.
pub(super) struct FullJitter<R> {
    ceiling: Duration,
    waits_left: u32,
    random: R,
}

impl<R: FnMut() -> u64> FullJitter<R> {
    /// The waits between the tries of one page; `random` gives any number.
    pub(super) fn new(base: Duration, random: R) -> FullJitter<R> {
        FullJitter {
            ceiling: base,
            waits_left: MAX_TRIES - 1,
            random,
        }
    }
}

impl<R: FnMut() -> u64> Iterator for FullJitter<R> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.waits_left = self.waits_left.checked_sub(1)?;
        let ceiling_millis = u64::try_from(self.ceiling.as_millis()).unwrap_or(u64::MAX);
        self.ceiling = self.ceiling.saturating_mul(2);
        let millis = (self.random)() % ceiling_millis.saturating_add(1).max(1);
        Some(Duration::from_millis(millis))
    }
}

/// Any number, different each time: good enough to spread waits, for nothing secret.
pub(super) fn any_number() -> u64 {
    RandomState::new().hash_one(0)
}

/// What `Retry-After` asks for (RFC 9110, 10.2.3): seconds or a date, at most 15 minutes; `None` when it says neither.
///
/// A date counts from the answer's own `Date`, so that the two clocks need not agree; without one from `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let asked = if all_digits {
        text.parse::<u64>()
            .map_or(MAX_RETRY_AFTER, Duration::from_secs)
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let sent = date.and_then(|date| httpdate::parse_http_date(date).ok());
        until
            .duration_since(sent.unwrap_or(now))
            .unwrap_or_default()
    };
    Some(asked.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_tried_three_times_with_waits_below_a_doubling_ceiling() {
        let longest: Vec<_> = FullJitter::new(Duration::from_millis(99), || 99).collect();
        assert_eq!(longest.len(), 2);
        assert_eq!(longest[0], Duration::from_millis(99));
        let second = FullJitter::new(Duration::from_millis(99), || 198).nth(1);
        assert_eq!(second, Some(Duration::from_millis(198)));
        let none: Vec<_> = FullJitter::new(Duration::ZERO, || 7).collect();
        assert_eq!(none, [Duration::ZERO; 2]);
        assert_ne!(any_number(), any_number());
    }

    fn asked(entries: &[(&'static str, &str)]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in entries {
            headers.insert(*name, value.parse().unwrap());
        }
        let now = httpdate::parse_http_date("Mon, 23 Nov 2026 12:00:00 GMT").unwrap();
        retry_after(&headers, now)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_absurd() {
        let secs = |secs| Some(Duration::from_secs(secs));
        assert_eq!(asked(&[("retry-after", "7")]), secs(7));
        assert_eq!(
            asked(&[("retry-after", "99999999999999999999999")]),
            secs(900)
        );
        let date = "Mon, 23 Nov 2026 12:00:30 GMT";
        assert_eq!(asked(&[("retry-after", date)]), secs(30));
        let sent = ("date", "Mon, 23 Nov 2026 12:00:20 GMT");
        assert_eq!(asked(&[("retry-after", date), sent]), secs(10));
        let past = "Mon, 23 Nov 2020 12:00:00 GMT";
        assert_eq!(asked(&[("retry-after", past)]), secs(0));
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "-1")]), None);
        assert_eq!(asked(&[]), None);
    }
}
