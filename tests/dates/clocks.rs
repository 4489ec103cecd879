//! When a day begins: daylight saving, leap days, machines that sleep.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::America::{Denver, St_Johns};
use ptf_cache::clock::Clock;

use crate::world::{Process, World, at, board, monthly};
use crate::{fee_label_in_list, publish_due, rising_on};

/// Beats every ten minutes from the start of one day (UTC) to that of another; the moments at which a version came,
/// each with its day.
async fn versions_between(
    world: &World,
    process: &Process,
    from: &str,
    to: &str,
) -> Vec<(DateTime<Utc>, NaiveDate)> {
    let mut came = Vec::new();
    let midnight = |day: &str| at(&format!("{day}T00:00:00Z"));
    let (mut now, end) = (midnight(from), midnight(to));
    while now <= end {
        world.clock.set(now);
        if let Some(head) = publish_due(process).await {
            assert_eq!(head.created_at, now);
            came.push((now, head.as_of));
        }
        now += TimeDelta::minutes(10);
    }
    came
}

#[tokio::test]
async fn a_version_comes_at_local_midnight_around_both_ends_of_daylight_saving_and_on_no_other_day()
{
    // The days on which the clocks change, and the days after them.
    let days = ["2026-03-08", "2026-03-09", "2026-11-01", "2026-11-02"];
    let in_denver = ["03-08T07:00", "03-09T06:00", "11-01T06:00", "11-02T07:00"];
    let in_st_johns = ["03-08T03:30", "03-09T02:30", "11-01T02:30", "11-02T03:30"];
    for (zone, midnights) in [(Denver, in_denver), (St_Johns, in_st_johns)] {
        let world = World::new(zone, "2026-03-01T12:00:00Z");
        let process = world.start().await;
        let boards = days.map(|day| board(day, &rising_on(day)));
        process.sync(boards.into()).await;
        let mut came = versions_between(&world, &process, "2026-03-05", "2026-03-12").await;
        came.extend(versions_between(&world, &process, "2026-10-29", "2026-11-05").await);
        let moments = midnights.map(|moment| at(&format!("2026-{moment}:00Z")));
        let days = days.map(|day| day.parse().unwrap());
        let expected: Vec<_> = moments.into_iter().zip(days).collect();
        assert_eq!(came, expected, "{zone}");
    }
}

/// Until 2011 Newfoundland set its clocks back at one minute past midnight: the old day came again for an hour.
#[tokio::test]
async fn a_day_that_begins_twice_is_published_once() {
    let world = World::new(St_Johns, "2010-11-01T12:00:00Z");
    let process = world.start().await;
    process
        .sync(vec![board("1", &rising_on("2010-11-07"))])
        .await;
    let today = || world.clock.today(St_Johns).to_string();
    world.set("2010-11-07T02:30:00Z");
    assert_eq!(today(), "2010-11-07");
    assert_eq!(publish_due(&process).await.unwrap().version.get(), 2);
    world.set("2010-11-07T02:31:00Z");
    assert_eq!(today(), "2010-11-06");
    assert_eq!(publish_due(&process).await, None);
    let head = process
        .sync(vec![board("2", &rising_on("2030-01-01"))])
        .await;
    assert_eq!(head.as_of.to_string(), "2010-11-07");
    world.set("2010-11-07T03:30:00Z");
    assert_eq!(today(), "2010-11-07");
    assert_eq!(publish_due(&process).await, None);
    assert_eq!(fee_label_in_list(&process, "1").await, "$25.00/mo");
}

#[tokio::test]
async fn the_leap_day_is_a_day_like_any_other() {
    let world = World::new(Denver, "2028-02-01T12:00:00Z");
    let process = world.start().await;
    let on_leap_day = [
        monthly("20", None, Some("2028-02-29")),
        monthly("21", Some("2028-02-29"), Some("2028-03-01")),
        monthly("22", Some("2028-03-01"), None),
    ];
    process.sync(vec![board("1", &on_leap_day)]).await;
    let came = versions_between(&world, &process, "2028-02-28", "2028-03-03").await;
    let expected = [
        (at("2028-02-29T07:00:00Z"), "2028-02-29".parse().unwrap()),
        (at("2028-03-01T07:00:00Z"), "2028-03-01".parse().unwrap()),
    ];
    assert_eq!(came, expected);
}

#[tokio::test]
async fn a_machine_that_slept_over_several_midnights_publishes_one_version() {
    let world = World::new(Denver, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    let days = ["2026-11-24", "2026-11-27", "2026-12-01", "2027-06-01"];
    let boards = days.map(|day| board(day, &rising_on(day)));
    process.sync(boards.into()).await;

    world.set("2026-12-20T20:13:14Z");
    let dated = publish_due(&process).await.unwrap();

    assert_eq!(dated.version.get(), 2);
    assert_eq!(dated.as_of.to_string(), "2026-12-20");
    assert_eq!(publish_due(&process).await, None);
    for day in days {
        let label = if day < "2027" {
            "$25.00/mo"
        } else {
            "$20.00/mo"
        };
        assert_eq!(fee_label_in_list(&process, day).await, label, "{day}");
    }
    world.set("2031-01-01T12:00:00Z");
    assert_eq!(publish_due(&process).await.unwrap().version.get(), 3);
    assert_eq!(publish_due(&process).await, None);
}
