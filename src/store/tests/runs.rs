//! Sync runs, and the origin of the data.

use chrono::TimeDelta;

use super::{Publication, Scratch, StoreError, head, moment, version};
use crate::domain::rows::RowChanges;
use crate::domain::run::{FailureClass, Outcome, ProposedRun, RunCounts, SyncRun, Trigger};
use crate::domain::version::{CatalogVersion, Cause, Origin, VersionHead};

pub(super) fn published() -> SyncRun {
    ended(Outcome::Published, 0)
}

pub(super) fn ended(outcome: Outcome, seconds: i64) -> SyncRun {
    SyncRun {
        id: None,
        trigger: Trigger::Schedule,
        started_at: moment(seconds),
        finished_at: moment(seconds) + TimeDelta::milliseconds(1_234),
        outcome,
        failure_class: None,
        message: None,
        counts: RunCounts::default(),
        origin: None,
        version: None,
        notices: vec![],
        candidate: None,
        decision: None,
    }
}

#[tokio::test]
async fn a_run_comes_back_as_it_was() {
    let scratch = Scratch::new().await;
    let run = SyncRun {
        trigger: Trigger::Terminal,
        failure_class: Some(FailureClass::RateLimited),
        message: Some("429 for an hour; \"try\" later".into()),
        counts: RunCounts {
            pages: 1,
            boards: 2,
            added: 3,
            changed: 4,
            removed: 5,
            rejected: u32::MAX,
            held: 6,
        },
        origin: Some(Origin::Sandbox),
        notices: vec!["a \"word\"".into(), "line\nbreak".into()],
        ..ended(Outcome::Failed, 0)
    };
    let id = scratch.store.record_run(&run).await.unwrap();
    let loaded = scratch.store.load_run(id).await.unwrap();
    assert_eq!(
        loaded,
        Some(SyncRun {
            id: Some(id),
            ..run
        })
    );
    assert_eq!(scratch.store.load_run(id + 1).await.unwrap(), None);
}

#[tokio::test]
async fn every_outcome_and_class_can_be_kept() {
    let scratch = Scratch::new().await;
    for outcome in Outcome::ALL {
        scratch.store.record_run(&ended(*outcome, 0)).await.unwrap();
    }
    for class in FailureClass::ALL {
        let mut run = ended(Outcome::Failed, 0);
        run.failure_class = Some(*class);
        scratch.store.record_run(&run).await.unwrap();
    }
    let runs = scratch.store.list_runs(100, None).await.unwrap();
    assert_eq!(runs.len(), Outcome::ALL.len() + FailureClass::ALL.len());
    assert_eq!(runs[0].failure_class, FailureClass::ALL.last().copied());
}

#[tokio::test]
async fn runs_are_listed_newest_first_and_page_by_page() {
    let scratch = Scratch::new().await;
    assert_eq!(scratch.store.load_last_run().await.unwrap(), None);
    for seconds in 1..=5 {
        scratch
            .store
            .record_run(&ended(Outcome::Unchanged, seconds))
            .await
            .unwrap();
    }
    let started = |runs: &[SyncRun]| runs.iter().map(|run| run.started_at).collect::<Vec<_>>();
    let first = scratch.store.list_runs(2, None).await.unwrap();
    assert_eq!(started(&first), [moment(5), moment(4)]);
    let second = scratch.store.list_runs(10, first[1].id).await.unwrap();
    assert_eq!(started(&second), [moment(3), moment(2), moment(1)]);
    assert_eq!(scratch.store.list_runs(0, None).await.unwrap(), []);
    let last = scratch.store.load_last_run().await.unwrap();
    assert_eq!(last.map(|run| run.started_at), Some(moment(5)));
}

#[tokio::test]
async fn the_last_judged_run_is_the_newest_that_saw_a_list() {
    let scratch = Scratch::new().await;
    assert_eq!(scratch.store.load_last_judged_run().await.unwrap(), None);
    for (seconds, outcome) in [
        (1, Outcome::Published),
        (2, Outcome::Quarantined),
        (3, Outcome::Failed),
        (4, Outcome::Skipped),
    ] {
        let run = ended(outcome, seconds);
        scratch.store.record_run(&run).await.unwrap();
    }
    let judged = scratch.store.load_last_judged_run().await.unwrap();
    assert_eq!(judged.map(|run| run.started_at), Some(moment(2)));
}

#[tokio::test]
async fn only_a_run_that_confirms_the_catalog_counts_as_a_check() {
    for outcome in Outcome::ALL {
        let scratch = Scratch::new().await;
        assert_eq!(scratch.store.load_checked_at().await.unwrap(), None);
        scratch
            .store
            .record_run(&ended(Outcome::Unchanged, 10))
            .await
            .unwrap();
        scratch
            .store
            .record_run(&ended(*outcome, 20))
            .await
            .unwrap();
        let newest = if outcome.confirms_the_catalog() {
            20
        } else {
            10
        };
        let expected = ended(*outcome, newest).finished_at;
        assert_eq!(
            scratch.store.load_checked_at().await.unwrap(),
            Some(expected),
            "{outcome}"
        );
    }
}

#[tokio::test]
async fn a_publication_records_its_run_with_it() {
    let scratch = Scratch::new().await;
    scratch
        .store
        .record_run(&ended(Outcome::Failed, 0))
        .await
        .unwrap();
    let sync_head = VersionHead {
        cause: Cause::Sync,
        actor: None,
        ..head(1)
    };
    let publication = Publication {
        run: ProposedRun::ending(published()),
        ..Publication::of(sync_head.clone(), RowChanges::default())
    };
    let id = scratch.store.publish(publication).await.unwrap();

    assert_eq!(id, Some(2));
    let loaded = scratch.store.load_head().await.unwrap();
    assert_eq!(
        loaded,
        Some(VersionHead {
            run_id: id,
            ..sync_head
        })
    );
    let run = scratch.store.load_last_run().await.unwrap().unwrap();
    assert_eq!((run.id, run.version), (id, Some(CatalogVersion::FIRST)));
}

#[tokio::test]
async fn a_head_may_name_an_earlier_run() {
    let scratch = Scratch::new().await;
    let id = scratch
        .store
        .record_run(&ended(Outcome::Quarantined, 0))
        .await
        .unwrap();
    let approved = VersionHead {
        cause: Cause::Approval,
        run_id: Some(id),
        ..head(1)
    };
    let publication = Publication::of(approved.clone(), RowChanges::default());
    assert_eq!(scratch.store.publish(publication).await.unwrap(), None);
    assert_eq!(
        scratch.store.load_head_of(version(1)).await.unwrap(),
        Some(approved)
    );
}

#[tokio::test]
async fn the_first_origin_counts_for_good() {
    let scratch = Scratch::new().await;
    assert_eq!(scratch.store.load_origin().await.unwrap(), None);
    scratch.store.claim_origin(Origin::Sandbox).await.unwrap();
    scratch.store.claim_origin(Origin::Sandbox).await.unwrap();
    let error = scratch
        .store
        .claim_origin(Origin::Vendor)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::OtherOrigin {
                recorded: Origin::Sandbox,
                claimed: Origin::Vendor
            }
        ),
        "{error}"
    );
    assert_eq!(
        scratch.store.load_origin().await.unwrap(),
        Some(Origin::Sandbox)
    );
}
