//! A process that is stopped in mid-run, and goes on when another one has taken the sync over.

use std::time::{Duration, Instant};

use ptf_cache::domain::run::Outcome;

use crate::numbered::{PATIENCE, Programme, Scene};

/// How long the vendor takes for a page: a stop hits a run in the middle.
const PACE: Duration = Duration::from_millis(200);

/// Waits until the reader `reader` begins to read a list, and gives the list's number.
async fn begun_by(scene: &Scene, reader: u32) -> u32 {
    loop {
        if scene.vendor.next_pass().await == reader {
            return scene.vendor.newest();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sync_that_was_stopped_and_taken_over_publishes_nothing_when_it_goes_on() {
    let scene = Scene::paced(PACE).await;
    let first = Programme::start(scene.command(&["serve"]));
    first.first_quote().await;
    let list = begun_by(&scene, 0).await;
    first.signal("STOP").await;
    let stopped_at = Instant::now();

    let second = Programme::start(scene.command(&["serve"]));
    second.first_quote().await;
    let shown = second.wait_until_shown(|shown| shown.list > list).await;
    let taken_over = stopped_at.elapsed();
    first.signal("CONT").await;

    let words = format!("taken over by the service (process {})", second.id());
    let deadline = Instant::now() + PATIENCE;
    while !first.log().contains(&words) {
        assert!(Instant::now() < deadline, "{}", first.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let caught_up = first.wait_until_shown(|now| now.list >= shown.list);
    caught_up.await;
    first.kill().await;
    second.kill().await;
    println!("taken over {taken_over:?} after the stop");
    let versions = scene.inspect(1).await;
    let lists: Vec<u32> = versions.iter().map(|version| version.list).collect();
    assert!(!lists.contains(&list), "list {list} was lost: {lists:?}");
    let store = scene.open().await;
    let runs = store.list_runs(100, None).await.unwrap();
    let skipped = runs.iter().filter(|run| run.outcome == Outcome::Skipped);
    let messages: Vec<_> = skipped.map(|run| run.message.as_deref().unwrap()).collect();
    assert!(
        messages.len() == 1 && messages[0].contains(&words),
        "{messages:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sync_that_finds_another_one_under_way_says_whose_and_asks_the_vendor_nothing() {
    let scene = Scene::paced(PACE).await;
    let service = Programme::start(scene.command(&["serve"]));
    service.first_quote().await;
    begun_by(&scene, 0).await;
    service.signal("STOP").await;

    let skipped = scene.run(&["sync"]).await;

    assert_eq!(skipped.status.code(), Some(3), "{}", skipped.log);
    let words = format!("the service (process {}) has been syncing", service.id());
    assert!(skipped.log.contains(&words), "{}", skipped.log);
    let read = scene.vendor.check_that_one_read_at_a_time();
    assert!(!read.contains_key(&1), "{read:?}");
    let store = scene.open().await;
    let last = store.list_runs(1, None).await.unwrap().pop().unwrap();
    assert_eq!(last.outcome, Outcome::Skipped);
    assert!(last.message.unwrap().contains(&words));
    service.kill().await;
    scene.run_ok(&["sync"]).await;
}
