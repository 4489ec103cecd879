//! What a new day changes in every answer.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::America::{Denver, St_Johns};
use chrono_tz::Tz;
use ptf_cache::catalog::fee_label;
use ptf_cache::clock::Clock;
use ptf_cache::domain::fee_text::FeeText;
use ptf_cache::domain::version::{Cause, VersionHead};

use crate::world::{World, at, board, direct_entry, monthly};
use crate::{fee_label_in_list, publish_due, rising_on};

#[tokio::test]
async fn at_midnight_of_the_zone_the_new_terms_are_shown_without_a_sync() {
    let world = World::new(Denver, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    let synced = process
        .sync(vec![board("1", &rising_on("2027-01-01"))])
        .await;
    world.set("2027-01-01T06:59:59.999Z");
    assert_eq!(publish_due(&process).await, None);
    let before = process.get("/v1/boards/options").await;
    assert_eq!(fee_label_in_list(&process, "1").await, "$20.00/mo");

    world.set("2027-01-01T07:00:00Z");
    let dated = publish_due(&process).await.unwrap();

    let expected = VersionHead {
        version: dated.version,
        created_at: at("2027-01-01T07:00:00Z"),
        as_of: "2027-01-01".parse().unwrap(),
        // The rows are the same; only the day differs.
        content_hash: synced.content_hash,
        cause: Cause::EffectiveDate,
        actor: None,
        run_id: None,
    };
    assert_eq!(dated, expected);
    let after = process.get("/v1/boards/options").await;
    assert_eq!(fee_label_in_list(&process, "1").await, "$25.00/mo");
    let versions = [&before, &after].map(|answer| answer.header("catalog-version"));
    assert_eq!(versions, ["1", "2"]);
    assert_ne!(before.header("etag"), after.header("etag"));
    let unless = async |etag| process.get_unless("/v1/boards/options", etag).await;
    assert_eq!(unless(before.header("etag")).await, 200);
    assert_eq!(unless(after.header("etag")).await, 304);
    assert_eq!(publish_due(&process).await, None, "once is enough");
}

#[tokio::test]
async fn a_board_whose_terms_all_end_turns_unknown_on_that_day() {
    let world = World::new(Tz::UTC, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    let ending = [monthly("20", None, Some("2026-12-01"))];
    process.sync(vec![board("1", &ending)]).await;
    let before = process.get("/v1/boards/1").await;
    assert_eq!(before.json()["pass_through"]["status"], "charged");
    assert_eq!(before.json()["fee_label"], "$20.00/mo");

    world.set("2026-12-01T00:00:00Z");
    publish_due(&process).await.unwrap();

    let after = process.get("/v1/boards/1").await;
    assert_eq!(after.json()["pass_through"]["status"], "unknown");
    assert_eq!(after.json()["fee_label"], "Fee not known");
    assert_ne!(before.header("etag"), after.header("etag"));
    let counts = process.get("/v1/catalog").await.json()["counts"].clone();
    assert_eq!(
        (&counts["charged"], &counts["unknown"]),
        (&0.into(), &1.into())
    );
    let filtered = process.get("/v1/boards?status=unknown").await.json();
    assert_eq!(filtered["boards"][0]["id"], "1");
    let quote = process.get("/v1/quote?board=1").await.json();
    assert_eq!(quote["completeness"], "unknown");
}

#[tokio::test]
async fn announced_terms_show_their_day_until_it_comes() {
    let world = World::new(Tz::UTC, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    let announced = [monthly("20", Some("2026-12-01"), None)];
    process.sync(vec![board("1", &announced)]).await;
    let label = async || fee_label_in_list(&process, "1").await;
    assert_eq!(label().await, "$20.00/mo from 2026-12-01");
    world.set("2026-12-01T00:00:00Z");
    publish_due(&process).await.unwrap();
    assert_eq!(label().await, "$20.00/mo");
}

#[tokio::test]
async fn curated_direct_terms_have_their_day_too() {
    let world = World::new(Denver, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    process
        .sync(vec![board("1", &rising_on("2030-01-01"))])
        .await;
    let base = process.publisher.load_base().await.unwrap();
    let ending = [monthly("15", None, Some("2026-12-01"))];
    let entry = direct_entry("1", &ending);
    process.curate(base, entry).await.unwrap();
    world.set("2026-12-01T07:00:00Z");
    assert_eq!(publish_due(&process).await.unwrap().version.get(), 3);
    let view = process.get("/v1/boards/1").await.json();
    assert_eq!(view["direct"]["status"], "unknown");
}

#[tokio::test]
async fn before_the_first_sync_no_day_is_published() {
    let world = World::new(Tz::UTC, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    let base = process.publisher.load_base().await.unwrap();
    let ending = [monthly("15", None, Some("2026-12-01"))];
    let entry = direct_entry("1", &ending);
    process.curate(base, entry).await.unwrap();
    world.set("2026-12-05T12:00:00Z");
    process.publisher.refresh().await.unwrap();
    assert_eq!(publish_due(&process).await, None);
}

/// Small numbers that look random and are the same every time (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 >> 1).unwrap() % sides
    }

    /// Fees of one key in one to four periods, the last open or not.
    fn fees(&mut self, around: NaiveDate) -> Vec<FeeText> {
        let mut day = around + TimeDelta::days(self.below(20) - 5);
        let mut fees = vec![monthly("10", None, Some(&day.to_string()))];
        for _ in 0..self.below(3) {
            let end = day + TimeDelta::days(1 + self.below(9));
            let amount = (11 + self.below(80)).to_string();
            fees.push(monthly(
                &amount,
                Some(&day.to_string()),
                Some(&end.to_string()),
            ));
            day = end;
        }
        if self.below(2) == 0 {
            fees.push(monthly("99", Some(&day.to_string()), None));
        }
        fees
    }
}

#[tokio::test]
async fn after_every_beat_each_label_and_status_is_that_of_the_day() {
    for seed in [5, 0x1234_5678_9abc] {
        let world = World::new(St_Johns, "2026-02-20T12:00:00Z");
        let process = world.start().await;
        let mut dice = Dice(seed);
        let today = || world.clock.today(St_Johns);
        let boards = (0..6).map(|id| board(&id.to_string(), &dice.fees(today())));
        process.sync(boards.collect()).await;
        let mut dated = 0;
        for _ in 0..60 {
            let asleep = TimeDelta::minutes(dice.below(3_000));
            world.clock.set(world.clock.now() + asleep);
            if dice.below(6) == 0 {
                let id = dice.below(6).to_string();
                process.sync(vec![board(&id, &dice.fees(today()))]).await;
            }
            dated += i64::from(publish_due(&process).await.is_some());
            let snapshot = process.handle.get().unwrap();
            for shown in snapshot.catalog.boards() {
                let (id, day) = (shown.facts.id.as_str(), today());
                let label = fee_label_in_list(&process, id).await;
                assert_eq!(label, fee_label(&shown.pass_through, day), "{id} on {day}");
                let view = process.get(&format!("/v1/boards/{id}")).await.json();
                let status = shown.pass_through.status_on(day);
                assert_eq!(
                    view["pass_through"]["status"],
                    status.as_str(),
                    "{id} on {day}"
                );
            }
        }
        assert!(dated > 5, "seed {seed}: only {dated} days were published");
    }
}
