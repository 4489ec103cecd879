//! Several processes at one midnight.

use chrono_tz::America::Denver;
use chrono_tz::Tz;
use ptf_cache::domain::version::Cause;

use crate::world::{World, board, monthly};
use crate::{fee_label_in_list, publish_due, rising_on};

#[tokio::test]
async fn of_two_processes_at_midnight_one_publishes_the_day() {
    let world = World::new(Denver, "2026-11-23T12:00:00Z");
    let (first, second) = (world.start().await, world.start().await);
    first.sync(vec![board("1", &rising_on("2026-12-01"))]).await;
    second.publisher.refresh().await.unwrap();
    world.set("2026-12-01T07:00:00Z");
    let (by_first, by_second) = tokio::join!(publish_due(&first), publish_due(&second));
    assert!(
        by_first.is_some() != by_second.is_some(),
        "{by_first:?} {by_second:?}"
    );
    for process in [&first, &second] {
        process.publisher.refresh().await.unwrap();
        assert_eq!(publish_due(process).await, None);
        assert_eq!(process.shown(), 2);
        assert_eq!(fee_label_in_list(process, "1").await, "$25.00/mo");
    }
}

#[tokio::test]
async fn terms_that_somebody_else_took_away_meanwhile_are_not_published() {
    let world = World::new(Tz::UTC, "2026-11-23T12:00:00Z");
    let (first, second) = (world.start().await, world.start().await);
    first.sync(vec![board("1", &rising_on("2026-12-01"))]).await;
    second.publisher.refresh().await.unwrap();
    let undated = monthly("30", None, None);
    first.sync(vec![board("1", &[undated])]).await;
    world.set("2026-12-01T00:00:00Z");
    assert_eq!(second.shown(), 1, "it has not looked since");
    assert_eq!(publish_due(&second).await, None);
    let head = first.store.load_head().await.unwrap().unwrap();
    assert_eq!(head.version.get(), 2);
}

#[tokio::test]
async fn a_sync_on_the_new_day_brings_the_day_along() {
    let world = World::new(Tz::UTC, "2026-11-23T12:00:00Z");
    let (first, second) = (world.start().await, world.start().await);
    first.sync(vec![board("1", &rising_on("2026-12-01"))]).await;
    second.publisher.refresh().await.unwrap();
    world.set("2026-12-01T00:00:00Z");
    let head = first.sync(vec![board("2", &rising_on("2030-01-01"))]).await;
    assert_eq!(head.cause, Cause::Sync);
    assert_eq!(head.as_of.to_string(), "2026-12-01");
    assert_eq!(publish_due(&first).await, None);
    assert_eq!(
        publish_due(&second).await,
        None,
        "it still shows the day before"
    );
    assert_eq!(fee_label_in_list(&first, "1").await, "$25.00/mo");
}
