//! The lease of syncs: who gets it, and what the fence keeps out.

use chrono::TimeDelta;

use super::runs::{ended, published};
use super::{Scratch, head, moment, settings, version};
use crate::domain::lease::{LEASE_TERM, Lease, LeaseEpoch};
use crate::domain::rows::RowChanges;
use crate::domain::run::{Outcome, ProposedRun};
use crate::store::{HeldLease, Publication, Store, StoreError, Taking};

/// Takes the lease as somebody who has just looked does.
async fn take(store: &Store, holder: &str, seconds: i64) -> Taking {
    let seen = store.load_lease().await.unwrap().map(|lease| lease.epoch);
    let taking = store.take_lease(holder, seen, moment(seconds)).await;
    taking.unwrap()
}

fn taken(taking: Taking) -> HeldLease {
    match taking {
        Taking::Taken(held) => held,
        Taking::Refused(lease) => panic!("refused: {lease:?}"),
    }
}

fn refused(taking: Taking) -> Lease {
    match taking {
        Taking::Refused(lease) => lease,
        Taking::Taken(held) => panic!("taken: {held:?}"),
    }
}

/// The term as it is counted here.
fn term() -> i64 {
    LEASE_TERM.num_seconds()
}

#[tokio::test]
async fn one_at_a_time_has_the_lease_until_it_gives_it_back() {
    let scratch = Scratch::new().await;
    let store = &scratch.store;
    let held = taken(take(store, "the first", 0).await);
    let lease = refused(take(store, "the second", 1).await);
    assert_eq!(lease.holder, "the first");
    assert_eq!(lease.taken_at, moment(0));
    assert_eq!(lease.held_until(moment(1)), Some(moment(term())));
    store.release_lease(held).await.unwrap();
    let held = taken(take(store, "the second", 2).await);
    assert_eq!(held.epoch(), LeaseEpoch::new(2).unwrap());
}

#[tokio::test]
async fn a_holder_that_is_only_slow_is_waited_for_until_its_term_ends() {
    let scratch = Scratch::new().await;
    let store = &scratch.store;
    let slow = taken(take(store, "the slow one", 0).await);
    refused(take(store, "the other", term() - 1).await);
    store
        .renew_lease(slow.epoch(), moment(term() - 1))
        .await
        .unwrap();
    refused(take(store, "the other", 2 * term() - 2).await);
    let other = taken(take(store, "the other", 2 * term() - 1).await);
    let renewed = store.renew_lease(slow.epoch(), moment(2 * term())).await;
    let error = renewed.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sync was taken over by the other, and nothing of this one was written"
    );
    store.release_lease(slow).await.unwrap();
    let lease = refused(take(store, "the third", 2 * term()).await);
    assert_eq!(lease.epoch, other.epoch(), "who lost it gives nothing back");
}

#[tokio::test]
async fn a_holder_that_died_is_not_waited_for() {
    let scratch = Scratch::new().await;
    let held = taken(take(&scratch.store, "the dead one", 0).await);
    // What the system does for a process that is killed.
    drop(held);
    let held = taken(take(&scratch.store, "the heir", 1).await);
    assert_eq!(held.epoch(), LeaseEpoch::new(2).unwrap());
}

#[tokio::test]
async fn a_holder_that_could_give_no_sign_of_life_is_waited_for_until_its_term_ends() {
    let scratch = Scratch::new().await;
    // A folder where the file should be.
    std::fs::create_dir(scratch.path("cache.db-sync")).unwrap();
    drop(taken(take(&scratch.store, "the dead one", 0).await));
    std::fs::remove_dir(scratch.path("cache.db-sync")).unwrap();
    refused(take(&scratch.store, "the heir", term() - 1).await);
    taken(take(&scratch.store, "the heir", term()).await);
}

#[tokio::test]
async fn whoever_decided_before_somebody_else_had_the_lease_looks_again() {
    let scratch = Scratch::new().await;
    let store = &scratch.store;
    let seen = store.load_lease().await.unwrap().map(|lease| lease.epoch);
    assert_eq!(seen, None);
    let held = taken(take(store, "the quick one", 0).await);
    store.release_lease(held).await.unwrap();
    let late = store.take_lease("the late one", seen, moment(1)).await;
    let lease = refused(late.unwrap());
    assert_eq!(lease.held_until(moment(1)), None);
    let again = store.take_lease("the late one", Some(lease.epoch), moment(1));
    taken(again.await.unwrap());
}

#[tokio::test]
async fn a_clock_that_was_ahead_holds_the_lease_up_for_nobody() {
    let scratch = Scratch::new().await;
    let store = &scratch.store;
    let ahead = moment(0) + TimeDelta::days(3_650);
    let taking = store.take_lease("the one ahead", None, ahead).await;
    let held = taken(taking.unwrap());
    let other = taken(take(store, "the other", 0).await);
    assert_ne!(other.epoch(), held.epoch());
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_lease() {
    let scratch = Scratch::new().await;
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..20 {
        let settings = settings(scratch.path("cache.db"));
        asking.spawn(async move {
            let store = Store::open(&settings).await.unwrap();
            let holder = format!("process {number}");
            let taking = store.take_lease(&holder, None, moment(0)).await;
            taking.unwrap()
        });
    }
    let takings = asking.join_all().await;
    let winners = takings
        .iter()
        .filter(|taking| matches!(taking, Taking::Taken(_)));
    assert_eq!(winners.count(), 1);
}

#[tokio::test]
async fn who_lost_the_lease_publishes_and_records_nothing() {
    let scratch = Scratch::new().await;
    let store = &scratch.store;
    let lost = taken(take(store, "the slow one", 0).await);
    let held = taken(take(store, "the other", term()).await);
    let publish = async |held: &HeldLease| {
        let mut run = ProposedRun::ending(published());
        if let ProposedRun::Ending { fence, .. } = &mut run {
            *fence = Some(held.epoch());
        }
        let publication = Publication {
            run,
            ..Publication::of(head(1), RowChanges::default())
        };
        store.publish(publication).await
    };
    let unchanged = ended(Outcome::Unchanged, 10);

    let error = publish(&lost).await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { holder } if holder == "the other"));
    let recorded = store.record_run_under(lost.epoch(), &unchanged, None).await;
    assert!(matches!(recorded, Err(StoreError::LeaseLost { .. })));
    assert_eq!(store.load_head().await.unwrap(), None);
    assert_eq!(store.list_runs(10, None).await.unwrap(), []);
    assert_eq!(store.load_checked_at().await.unwrap(), None);

    publish(&held).await.unwrap();
    let recorded = store.record_run_under(held.epoch(), &unchanged, None).await;
    recorded.unwrap();
    let newest = store.load_head().await.unwrap().unwrap().version;
    assert_eq!(newest, version(1));
}

#[tokio::test]
async fn a_run_that_was_skipped_is_not_the_last_one() {
    let scratch = Scratch::new().await;
    let store = &scratch.store;
    let failed = store.record_run(&ended(Outcome::Failed, 0)).await.unwrap();
    store.record_run(&ended(Outcome::Skipped, 1)).await.unwrap();
    let last = store.load_last_run().await.unwrap().unwrap();
    assert_eq!(last.id, Some(failed));
}
