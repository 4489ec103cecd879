//! The way to a new version and in front of readers, over real database files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use ptf_cache::catalog::{Catalog, CatalogHandle, Prepared};
use ptf_cache::clock::Clock;
use ptf_cache::domain::audit::Action;
use ptf_cache::domain::board::VendorRow;
use ptf_cache::domain::run::Outcome;
use ptf_cache::domain::version::CatalogVersion;
use ptf_cache::http::prepare;
use ptf_cache::publish::PublishError;
use ptf_cache::store::StoreError;
use sqlx::{Connection, SqliteConnection};
use tokio::task::JoinSet;

use crate::world::{Process, World, at, board, direct_entry, ended, monthly};

#[path = "support/world.rs"]
#[expect(dead_code, reason = "shared with other tests, which use more of it")]
mod world;

fn world() -> World {
    World::new(Tz::UTC, "2026-11-23T06:00:00Z")
}

fn version(number: i64) -> Option<CatalogVersion> {
    CatalogVersion::new(number)
}

/// A board that charges 20 a month.
fn plain(id: &str) -> VendorRow {
    board(id, &[monthly("20", None, None)])
}

/// Changes the closed database behind everybody's back.
async fn tamper(world: &World, statement: &'static str) {
    let url = format!("sqlite://{}", world.database().display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let done = sqlx::query(statement).execute(&mut connection).await;
    assert_eq!(done.unwrap().rows_affected(), 1, "{statement}");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_curated_edit_before_the_first_sync_is_kept_and_shown_with_the_vendors_list() {
    let world = world();
    let process = world.start().await;
    let base = process.publisher.load_base().await.unwrap();
    let entry = direct_entry("1", &[monthly("15", None, None)]);
    let head = process.curate(base, entry).await.unwrap();
    assert_eq!(head.version.get(), 1);
    let failed = ended(Outcome::Failed, world.clock.now());
    process.store.record_run(&failed).await.unwrap();
    process.publisher.refresh().await.unwrap();
    assert_eq!(process.shown(), 0);
    assert_eq!(process.get("/v1/boards/options").await.status, 503);

    process.sync(vec![plain("1")]).await;

    assert_eq!(process.shown(), 2);
    let shown = process.get("/v1/boards/1").await.json();
    assert_eq!(shown["pass_through"]["fees"][0]["amount"], "20.00");
    assert_eq!(shown["direct"]["fees"][0]["amount"], "15.00");
}

#[tokio::test]
async fn an_edit_is_in_the_audit_as_it_was_and_is_and_a_sync_or_a_lost_edit_is_not() {
    let world = world();
    let process = world.start().await;
    process.sync(vec![plain("1")]).await;
    for amount in ["15", "16"] {
        let base = process.publisher.load_base().await.unwrap();
        let entry = direct_entry("1", &[monthly(amount, None, None)]);
        process.curate(base.clone(), entry.clone()).await.unwrap();
        // From a base that has been overtaken.
        assert!(process.curate(base, entry).await.is_err());
    }
    let records = process.store.list_audit(10, None).await.unwrap();
    let told: Vec<_> = records.iter().rev().map(|record| &record.deed).collect();
    let actions: Vec<_> = told.iter().map(|deed| deed.action).collect();
    assert_eq!(actions, [Action::EntryAdded, Action::EntryChanged]);
    assert_eq!((told[0].version, told[1].version), (version(2), version(3)));
    let says = |side: &Option<String>, amount: &str| {
        let side = side.as_ref();
        side.is_some_and(|json| json.contains(amount))
    };
    assert_eq!(told[0].before, None);
    assert!(
        says(&told[0].after, "15") && says(&told[1].before, "15"),
        "{told:?}"
    );
    assert!(says(&told[1].after, "16"), "{told:?}");
    for deed in told {
        assert_eq!(
            (deed.subject.as_str(), deed.actor.name.as_str()),
            ("1/direct", "Dana")
        );
        assert_eq!(deed.at, world.clock.now());
    }
    let problems = process.store.check_integrity().await.unwrap();
    assert_eq!(problems, Vec::<String>::new());
}

#[tokio::test]
async fn the_loser_of_a_conflict_leaves_nothing_behind_and_can_try_again() {
    let world = world();
    let (first, second) = (world.start().await, world.start().await);
    first.sync(vec![plain("1")]).await;
    second.publisher.refresh().await.unwrap();
    let base = second.publisher.load_base().await.unwrap();
    first
        .sync(vec![board("2", &[monthly("30", None, None)])])
        .await;
    let before = second.store.load_current().await.unwrap();

    let proposal = second.syncing(vec![board("3", &[monthly("40", None, None)])]);
    let refused = second.publisher.publish(base, proposal).await.unwrap_err();

    assert!(
        matches!(refused, PublishError::Store(StoreError::Conflict { expected, found })
            if expected == version(1) && found == version(2)),
        "{refused}"
    );
    assert_eq!(second.store.load_current().await.unwrap(), before);
    assert_eq!(second.store.list_runs(9, None).await.unwrap().len(), 2);
    assert_eq!(second.shown(), 1, "what is shown stays");
    let head = second
        .sync(vec![board("3", &[monthly("40", None, None)])])
        .await;
    assert_eq!((head.version.get(), second.shown()), (3, 3));
    first.publisher.refresh().await.unwrap();
    for id in ["1", "2", "3"] {
        let answer = first.get(&format!("/v1/boards/{id}")).await;
        assert_eq!(answer.status, 200, "board {id}");
    }
}

#[tokio::test]
async fn a_sync_and_its_version_name_each_other() {
    let world = world();
    let process = world.start().await;
    let head = process.sync(vec![plain("1")]).await;
    let run = process.store.load_last_run().await.unwrap().unwrap();
    assert_eq!((run.id, run.version), (head.run_id, Some(head.version)));
    assert!(run.id.is_some());
}

#[tokio::test]
async fn a_check_by_another_process_freshens_what_is_shown_without_building_it_again() {
    let world = world();
    let (first, second) = (world.start().await, world.start().await);
    first.sync(vec![plain("1")]).await;
    second.publisher.refresh().await.unwrap();
    let before = second.handle.get().unwrap();
    world.set("2026-11-23T12:00:00Z");
    let unchanged = ended(Outcome::Unchanged, world.clock.now());
    first.store.record_run(&unchanged).await.unwrap();

    second.publisher.refresh().await.unwrap();

    let after = second.handle.get().unwrap();
    assert!(Arc::ptr_eq(&after.catalog, &before.catalog));
    assert_eq!(after.freshness.checked_at, world.clock.now());
    let failed = ended(Outcome::Failed, world.clock.now() + TimeDelta::hours(1));
    first.store.record_run(&failed).await.unwrap();
    second.publisher.refresh().await.unwrap();
    let checked_at = second.handle.get().unwrap().freshness.checked_at;
    assert_eq!(checked_at, world.clock.now(), "a failed run checks nothing");
}

/// Edits board after board, trying again where somebody else was first.
async fn edit(process: &Process, ids: std::ops::Range<u32>) {
    for id in ids {
        loop {
            let base = process.publisher.load_base().await.unwrap();
            let entry = direct_entry(
                &format!("{}", id % 8),
                &[monthly(&id.to_string(), None, None)],
            );
            match process.curate(base, entry).await {
                Ok(_) => break,
                Err(PublishError::Store(StoreError::Conflict { .. })) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Takes long for every other version, so that one without an order of its own would end after the next.
fn render_unevenly(catalog: &Catalog, before: Option<&Prepared>) -> Prepared {
    if catalog.head().version.get() % 2 == 1 {
        std::thread::sleep(Duration::from_millis(10));
    }
    prepare(catalog, before)
}

/// Watches what is shown until `done`; it may never go back.
async fn watch(process: &Process, done: &AtomicBool) -> u32 {
    let (mut newest, mut risen) = (0, 0);
    while !done.load(Ordering::Relaxed) {
        let shown = process.shown();
        assert!(shown >= newest, "{newest} was replaced by {shown}");
        risen += u32::from(shown > newest);
        newest = shown;
        tokio::task::yield_now().await;
    }
    risen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_publishes_and_refreshes_at_once_what_is_shown_never_goes_back() {
    let world = world();
    let uneven = || Arc::new(CatalogHandle::new(render_unevenly, TimeDelta::hours(26)));
    let processes = [
        Arc::new(world.start_showing(uneven()).await),
        Arc::new(world.start_showing(uneven()).await),
    ];
    processes[0]
        .sync((0..8).map(|id| plain(&id.to_string())).collect())
        .await;
    let done = Arc::new(AtomicBool::new(false));
    let (mut editors, mut watchers) = (JoinSet::new(), JoinSet::new());
    for (process, number) in processes.iter().zip(0..) {
        for editor in 0..2 {
            let process = Arc::clone(process);
            let first = 100 * (2 * number + editor);
            editors.spawn(async move { edit(&process, first..first + 10).await });
        }
        for _ in 0..2 {
            let (refreshing, until) = (Arc::clone(process), Arc::clone(&done));
            tokio::spawn(async move {
                while !until.load(Ordering::Relaxed) {
                    refreshing.publisher.refresh().await.unwrap();
                }
            });
        }
        let (watched, until) = (Arc::clone(process), Arc::clone(&done));
        watchers.spawn(async move { watch(&watched, &until).await });
    }
    editors.join_all().await;
    done.store(true, Ordering::Relaxed);
    let risen = watchers.join_all().await;
    assert!(risen.iter().all(|risen| *risen > 1), "{risen:?}");
    for process in &processes {
        process.publisher.refresh().await.unwrap();
        assert_eq!(process.shown(), 41, "no edit was lost, none made twice");
    }
}

#[tokio::test]
async fn a_row_changed_behind_our_back_is_not_shown_and_what_was_shown_stays() {
    let world = world();
    let process = world.start().await;
    process.sync(vec![plain("1")]).await;
    let handle = Arc::clone(&process.handle);
    let other = world.start().await;
    other
        .sync(vec![board("1", &[monthly("30", None, None)])])
        .await;
    process.store.close().await;
    other.store.close().await;
    tamper(
        &world,
        "UPDATE vendor_fees SET amount = '3.00' WHERE amount = '30.00'",
    )
    .await;

    let process = world.start_showing(handle).await;
    let refused = process.publisher.refresh().await.unwrap_err();

    assert!(
        matches!(&refused, PublishError::WrongHash(wrong)
            if wrong.version.get() == 2 && wrong.recorded != wrong.found),
        "{refused}"
    );
    assert!(refused.to_string().contains("restore it from a backup"));
    let quote = process.get("/v1/quote?board=1").await.json();
    assert_eq!(quote["catalog_version"], 1);
    assert_eq!(quote["totals"][0]["pass_through"]["monthly"], "20.00");
    let fresh = world.start().await;
    assert!(fresh.publisher.refresh().await.is_err());
    assert_eq!(fresh.shown(), 0, "a wrong number is worse than none");
}

#[tokio::test]
async fn a_version_that_was_changed_behind_our_back_is_no_base_for_another() {
    let world = world();
    let process = world.start().await;
    process.sync(vec![plain("1")]).await;
    process.store.close().await;
    tamper(&world, "UPDATE vendor_boards SET name = 'Another board'").await;

    let process = world.start_showing(process.handle).await;
    let refused = process.publisher.load_base().await.unwrap_err();

    assert!(
        matches!(refused, PublishError::WrongHash { .. }),
        "{refused}"
    );
    let head = process.store.load_head().await.unwrap().unwrap();
    assert_eq!((head.version.get(), process.shown()), (1, 1));
}

#[tokio::test]
async fn a_clock_that_is_set_back_takes_no_terms_back() {
    let world = World::new(chrono_tz::America::Denver, "2026-12-31T12:00:00Z");
    let process = world.start().await;
    let fees = [
        monthly("20", None, Some("2027-01-01")),
        monthly("25", Some("2027-01-01"), None),
    ];
    process.sync(vec![board("1", &fees)]).await;
    world.set("2027-01-01T07:00:00Z");
    let dated = process.publisher.publish_due_terms().await.unwrap();
    let new_year = dated.unwrap().as_of;

    world.set("2027-01-01T06:59:00Z");
    assert_eq!(process.publisher.publish_due_terms().await.unwrap(), None);
    let head = process.sync(vec![plain("2")]).await;

    assert_eq!((head.version.get(), head.as_of), (3, new_year));
    assert_eq!(head.created_at, at("2027-01-01T06:59:00Z"));
    let shown = process.get("/v1/boards/1").await.json();
    assert_eq!(shown["fee_label"], "$25.00/mo");
    world.set("2027-01-05T12:00:00Z");
    let head = process.sync(vec![plain("3")]).await;
    assert_eq!(head.as_of.to_string(), "2027-01-05");
}

#[tokio::test]
async fn a_clock_that_was_years_ahead_is_not_followed_for_years() {
    let world = World::new(chrono_tz::UTC, "2036-06-01T12:00:00Z");
    let process = world.start().await;
    let fees = [
        monthly("20", None, Some("2030-01-01")),
        monthly("25", Some("2030-01-01"), None),
    ];
    process.sync(vec![board("1", &fees)]).await;
    let shown = process.get("/v1/boards/1").await.json();
    assert_eq!(shown["fee_label"], "$25.00/mo");

    world.set("2026-06-01T12:00:00Z");
    let head = process.publisher.publish_due_terms().await.unwrap();
    assert_eq!(head.unwrap().as_of.to_string(), "2026-06-01");
    let shown = process.get("/v1/boards/1").await.json();
    assert_eq!(shown["fee_label"], "$20.00/mo");
    assert_eq!(process.publisher.publish_due_terms().await.unwrap(), None);
}
