//! What runs found and did not publish, and the marks of what is held back.

use super::runs::ended;
use super::samples::*;
use super::{Scratch, StoreError, moment};
use crate::domain::audit::{Action, Actor, Deed};
use crate::domain::board::{ChannelState, HeldPart, HeldValue};
use crate::domain::candidate::{Candidate, CandidateBoard, Decision};
use crate::domain::fee::SourceKind;
use crate::domain::rows::RowChanges;
use crate::domain::run::{Outcome, SyncRun};
use crate::domain::version::ContentHash;

/// What run `number` might have found: boards of every shape.
fn candidate(number: u8) -> Candidate {
    let api = SourceKind::ResellerApi;
    let all = || charged(api, fees_of_every_shape(api));
    let mut gone = vendor("b", said(api, ChannelState::None), all());
    gone.active = false;
    let rows = [vendor("z", all(), all()), gone];
    let boards = rows.into_iter().zip([3, 0]);
    Candidate {
        hash: ContentHash([number; 32]),
        boards: boards
            .map(|(row, repeats)| CandidateBoard { row, repeats })
            .collect(),
    }
}

impl Scratch {
    /// Records a run that ended with `outcome` and left `candidate`.
    async fn record(&self, outcome: Outcome, candidate: Option<&Candidate>) -> i64 {
        let run = SyncRun {
            candidate: candidate.map(|candidate| candidate.hash),
            ..ended(outcome, 0)
        };
        self.store.record_run_with(&run, candidate).await.unwrap()
    }

    async fn keeps(&self, id: i64) -> bool {
        self.store.load_candidate(id).await.unwrap().is_some()
    }

    /// How many rows of candidates there are in all.
    async fn candidate_rows(&self) -> i64 {
        let counted = sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM candidates)
             + (SELECT COUNT(*) FROM candidate_boards)
             + (SELECT COUNT(*) FROM candidate_fees)",
        );
        counted.fetch_one(&mut self.raw().await).await.unwrap()
    }
}

#[tokio::test]
async fn a_candidate_comes_back_as_it_was() {
    let scratch = Scratch::new().await;
    let id = scratch
        .record(Outcome::Quarantined, Some(&candidate(7)))
        .await;
    assert_eq!(
        scratch.store.load_candidate(id).await.unwrap(),
        Some(candidate(7))
    );
    let run = scratch.store.load_run(id).await.unwrap().unwrap();
    assert_eq!(run.candidate, Some(ContentHash([7; 32])));
    assert!(!scratch.keeps(id + 1).await);
}

#[tokio::test]
async fn what_is_held_back_comes_back_with_its_mark() {
    let scratch = Scratch::new().await;
    let mark = |part, reason: &str| HeldValue {
        part,
        reason: reason.to_owned(),
        since: moment(5),
    };
    let mut row = vendor_charging("12", 20);
    row.held = vec![
        mark(
            HeldPart::PassThrough,
            "idx: 20 became \"2000\"\nand more, é",
        ),
        mark(HeldPart::Direct, "gone"),
    ];
    let changes = RowChanges {
        vendor: vec![row.clone(), vendor_charging("13", 20)],
        ..RowChanges::default()
    };
    scratch.publish(1, &changes).await.unwrap();
    let rows = scratch.rows().await;
    assert_eq!(rows.vendor[&id("12")], row);
    assert!(rows.vendor[&id("13")].held.is_empty());

    row.held = vec![];
    let released = RowChanges {
        vendor: vec![row.clone()],
        ..RowChanges::default()
    };
    scratch.publish(2, &released).await.unwrap();
    assert_eq!(scratch.rows().await.vendor[&id("12")], row);
    assert_eq!(scratch.rows_of(1).await.vendor[&id("12")].held.len(), 2);
}

#[tokio::test]
async fn values_held_back_wait_until_the_next_run_that_confirms_the_catalog() {
    let scratch = Scratch::new().await;
    let held = scratch.record(Outcome::Held, Some(&candidate(1))).await;
    for outcome in [Outcome::Failed, Outcome::Skipped] {
        scratch.record(outcome, None).await;
    }
    scratch
        .record(Outcome::Quarantined, Some(&candidate(2)))
        .await;
    assert!(scratch.keeps(held).await);
    let waiting = scratch.store.load_held_back().await.unwrap();
    assert_eq!(waiting.into_values().collect::<Vec<_>>().len(), 2);

    scratch.record(Outcome::Unchanged, None).await;
    assert!(!scratch.keeps(held).await);
    assert!(scratch.store.load_held_back().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_ten_newest_runs_in_quarantine_can_be_decided_about() {
    let scratch = Scratch::new().await;
    let mut ids = Vec::new();
    for number in 0..12 {
        let found = candidate(number);
        ids.push(scratch.record(Outcome::Quarantined, Some(&found)).await);
    }
    for (position, id) in ids.into_iter().enumerate() {
        assert_eq!(scratch.keeps(id).await, position >= 2, "run {id}");
    }
}

#[tokio::test]
async fn a_rejected_candidate_is_gone_and_the_run_says_by_whom() {
    let scratch = Scratch::new().await;
    let id = scratch
        .record(Outcome::Quarantined, Some(&candidate(1)))
        .await;
    let decision = Decision {
        at: moment(9),
        by: "dana".into(),
    };
    let deed = Deed {
        at: decision.at,
        actor: Actor::at_terminal("ann"),
        action: Action::RunRejected,
        subject: id.to_string(),
        before: None,
        after: None,
        version: None,
    };
    scratch
        .store
        .reject_candidate(id, &decision, deed.clone())
        .await
        .unwrap();
    let run = scratch.store.load_run(id).await.unwrap().unwrap();
    assert_eq!(run.decision, Some(decision.clone()));
    assert_eq!(scratch.candidate_rows().await, 0);
    let again = scratch
        .store
        .reject_candidate(id, &decision, deed.clone())
        .await;
    assert!(matches!(again, Err(StoreError::NothingToDecide { run }) if run == id));
}
