//! The slots of the schedule: each has one run, whatever the clocks of the zone do.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ptf_cache::sync::Jitter;
use ptf_cache::sync::schedule::Schedule;

use crate::world::at;

/// Days around which clocks change by an hour, by half an hour, at midnight, by a whole day, and not at all.
const CHANGES: [(&str, &str); 14] = [
    ("America/Denver", "2026-03-08"),
    ("America/Denver", "2026-11-01"),
    ("America/St_Johns", "2010-11-07"),
    ("America/St_Johns", "2011-03-13"),
    ("Europe/London", "2026-03-29"),
    ("Europe/London", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Havana", "2026-03-08"),
    ("America/Havana", "2026-11-01"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    ("Pacific/Apia", "2011-12-30"),
    ("UTC", "2026-03-08"),
];

fn schedule(expression: &str, zone: &str) -> Schedule {
    let (zone, now): (Tz, _) = (zone.parse().unwrap(), at("2010-01-01T00:00:00Z"));
    Schedule::parse(expression, zone, now).unwrap()
}

/// The moments at which a scheduler that beats every ten minutes starts a run, from three days before `day` to four
/// days after it.
fn starts_around(schedule: &Schedule, day: &str) -> Vec<DateTime<Utc>> {
    let middle = at(&format!("{day}T00:00:07Z"));
    let (mut now, end) = (middle - TimeDelta::days(3), middle + TimeDelta::days(4));
    let (mut last, mut starts) = (now, Vec::new());
    while now < end {
        if schedule.is_due(last, now) {
            starts.push(now);
            last = now;
        }
        now += TimeDelta::minutes(10);
    }
    starts
}

/// Checks that what started are the slots as they are counted ahead.
fn check_that_none_is_left_out(
    schedule: &Schedule,
    starts: &[DateTime<Utc>],
) -> Vec<DateTime<Utc>> {
    let slot_of = |start: &DateTime<Utc>| schedule.latest_slot(*start).unwrap();
    let slots: Vec<_> = starts.iter().map(slot_of).collect();
    for pair in slots.windows(2) {
        assert_eq!(schedule.next_slot(pair[0]), Some(pair[1]), "{schedule:?}");
        let just_before = pair[1] - TimeDelta::seconds(1);
        assert_eq!(schedule.next_slot(just_before), Some(pair[1]));
        assert_eq!(schedule.latest_slot(just_before), Some(pair[0]));
        assert_eq!(schedule.latest_slot(pair[1]), Some(pair[1]));
    }
    slots
}

/// Once a slot came twice on the day on which Newfoundland set its clocks on at one minute past midnight.
#[test]
fn a_daily_slot_has_one_run_on_every_day_of_every_zone() {
    for (zone, day) in CHANGES {
        // In the hour that is left out or comes twice, shortly before and after it, and at noon.
        let times = [
            "0 30 2 * * *",
            "0 30 1 * * *",
            "0 0 0 * * *",
            "0 15 12 * * *",
        ];
        for time in times {
            let schedule = schedule(time, zone);
            let starts = starts_around(&schedule, day);
            check_that_none_is_left_out(&schedule, &starts);
            let zone: Tz = zone.parse().unwrap();
            let local = |start: &DateTime<Utc>| start.with_timezone(&zone).date_naive();
            let days: Vec<_> = starts.iter().map(local).collect();
            for pair in days.windows(2) {
                let is_next = pair[0].succ_opt() == Some(pair[1]);
                let calendar_skips =
                    zone == Tz::Pacific__Apia && pair[0].to_string() == "2011-12-29";
                assert!(
                    is_next || calendar_skips,
                    "{zone}, \"{time}\": {} then {}",
                    pair[0],
                    pair[1]
                );
            }
            assert!(days.len() >= 6, "{zone}, \"{time}\": {days:?}");
        }
    }
}

/// Once the second of two equal hours had no run.
#[test]
fn an_hourly_slot_has_one_run_an_hour_where_an_hour_comes_twice_and_where_one_is_left_out() {
    for (zone, day) in CHANGES {
        let hourly = schedule("0 0 * * * *", zone);
        let starts = starts_around(&hourly, day);
        check_that_none_is_left_out(&hourly, &starts);
        assert!(starts.len() > 160, "{zone}: {}", starts.len());
        for pair in starts.windows(2) {
            let minutes = (pair[1] - pair[0]).num_minutes();
            // Where the clocks change by half an hour, so does the time between two full hours.
            let regular =
                minutes == 60 || zone == "Australia/Lord_Howe" && [30, 90].contains(&minutes);
            assert!(regular, "{zone}: {} then {}", pair[0], pair[1]);
        }
    }
}

#[test]
fn with_jitter_each_slot_still_has_one_run_within_the_time_it_may_be_put_off() {
    let mut minutes = BTreeSet::new();
    for seed in 1..8 {
        let jitter = Jitter::new(TimeDelta::minutes(30), seed);
        let six_hourly = schedule("0 15 */6 * * *", "America/Denver").with_jitter(jitter);
        let starts = starts_around(&six_hourly, "2026-03-08");
        let slots = check_that_none_is_left_out(&six_hourly, &starts);
        for (start, slot) in starts.iter().zip(&slots) {
            let put_off = *start - *slot;
            assert!(put_off <= TimeDelta::minutes(40), "{start}: {put_off}");
            minutes.insert(put_off.num_minutes());
        }
    }
    assert!(minutes.len() > 2, "{minutes:?}");
}

#[test]
fn a_machine_that_slept_for_hours_catches_up_with_one_run() {
    let jitter = Jitter::new(TimeDelta::seconds(30), 9);
    let every_minute = schedule("0 * * * * *", "UTC").with_jitter(jitter);
    let (asleep, woken) = (at("2026-03-01T01:00:20Z"), at("2026-03-01T09:00:20Z"));
    assert!(every_minute.is_due(asleep, woken));
    assert!(!every_minute.is_due(woken, woken + TimeDelta::seconds(39)));
    assert!(every_minute.is_due(woken, woken + TimeDelta::seconds(46)));
}
