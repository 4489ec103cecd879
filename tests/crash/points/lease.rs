//! The lease of syncs that cannot be taken, or not be given back: before a run begins, and after it has ended.

use std::time::Instant;

use ptf_cache::domain::run::Outcome;

use super::blow::{BLOWS, Blow};
use super::state::State;
use super::task::Task;
use crate::numbered::{PATIENCE, Programme, Scene};

const TAKING: &str = "lease::before_commit";
const GIVING_BACK: &str = "lease::before_release";
/// What is tried here.
pub(super) const POINTS: [&str; 2] = [TAKING, GIVING_BACK];

#[tokio::test]
async fn a_command_that_cannot_take_the_lease_does_nothing_and_holds_nobody_up() {
    let stage = Task::Sync.stage().await;
    let before = State::of(&stage).await;
    for blow in BLOWS {
        let scene = stage.twin();
        let mut command = Task::Sync.command(&scene).await;
        blow.arm(&mut command, TAKING, 1);
        let ended = Programme::start(command).ended().await;
        blow.check_end(&ended, TAKING);
        assert_eq!(State::of(&scene).await, before, "{blow:?}");
        publish_one_more(&scene, &before).await;
    }
}

#[tokio::test]
async fn a_command_that_does_not_give_the_lease_back_has_published_and_holds_nobody_up() {
    let stage = Task::Sync.stage().await;
    for blow in BLOWS {
        let scene = stage.twin();
        let mut command = Task::Sync.command(&scene).await;
        blow.arm(&mut command, GIVING_BACK, 1);
        let ended = Programme::start(command).ended().await;
        match blow {
            // The run is on record: that the lease could not be given back is no failure of it.
            Blow::Error => assert!(ended.status.success(), "{ended:?}"),
            _ => blow.check_end(&ended, GIVING_BACK),
        }
        assert!(is_taken(&scene).await, "{blow:?}");
        let done = State::of(&scene).await;
        assert_eq!(done.outcomes, [Outcome::Published; 2], "{blow:?}");
        publish_one_more(&scene, &done).await;
    }
}

#[tokio::test]
async fn a_service_whose_lease_fails_goes_on_syncing() {
    let stage = Task::Sync.stage().await;
    let before = State::of(&stage).await;
    for name in POINTS {
        for blow in [Blow::Panic, Blow::Error] {
            let scene = stage.twin();
            let mut command = scene.command(&["serve"]);
            blow.arm(&mut command, name, 1);
            let service = Programme::start(command);
            service.first_quote().await;
            wait_for_runs(&scene, before.outcomes.len() + 2, &service).await;
            let is_silent = name == GIVING_BACK && blow == Blow::Error;
            if !is_silent {
                blow.check_log(&service.log(), name);
            }
            service.kill().await;
            assert_eq!(State::of(&scene).await.failures, vec![], "{name}, {blow:?}");
        }
    }
}

/// The next sync publishes at once, whoever seems to have the lease.
async fn publish_one_more(scene: &Scene, before: &State) {
    scene.run_ok(&["sync"]).await;
    let after = State::of(scene).await;
    assert_eq!(after.newest, before.newest + 1);
    assert_eq!(after.outcomes.last(), Some(&Outcome::Published));
}

/// Whether nobody has given the lease back.
async fn is_taken(scene: &Scene) -> bool {
    let store = scene.open().await;
    let lease = store.load_lease().await.unwrap().unwrap();
    store.close().await;
    lease.expires_at.is_some()
}

/// Waits until `wanted` runs are on record.
async fn wait_for_runs(scene: &Scene, wanted: usize, service: &Programme) {
    let deadline = Instant::now() + PATIENCE;
    let store = scene.open().await;
    while store.list_runs(100, None).await.unwrap().len() < wanted {
        let log = service.log();
        assert!(Instant::now() < deadline, "{log}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    store.close().await;
}
