//! Endpoints: their place in the row of versions, and what became of each delivery.

use std::num::NonZeroU32;

use chrono::TimeDelta;

use super::{Scratch, StoreError, head, moment, version};
use crate::domain::delivery::{
    Delivery, DeliveryFailure, DeliveryFailureClass, DeliveryState, EndpointName, EndpointProgress,
};
use crate::domain::rows::RowChanges;
use crate::domain::version::CatalogVersion;
use crate::store::Retention;

const FAILURE: DeliveryFailure = DeliveryFailure {
    class: DeliveryFailureClass::Status,
    status: Some(503),
};

impl Scratch {
    /// A database with this many versions, and the endpoint `crm` first seen before any of them.
    async fn with_versions(newest: i64) -> Scratch {
        let scratch = Scratch::new().await;
        scratch.register("crm").await;
        scratch.publish_up_to(1, newest).await;
        scratch
    }

    async fn publish_up_to(&self, first: i64, last: i64) {
        for number in first..=last {
            self.publish(number, &RowChanges::default()).await.unwrap();
        }
    }

    async fn register(&self, name: &str) {
        let names = [name.parse().unwrap()];
        self.store
            .register_endpoints(&names, moment(0))
            .await
            .unwrap();
    }

    /// The number of the version that an endpoint is owed.
    async fn owed(&self, name: &str) -> Option<i64> {
        let owed = self.store.load_owed_version(&named(name)).await.unwrap();
        owed.map(|owed| owed.head.version.get())
    }

    /// An attempt to deliver what `crm` is owed.
    async fn begin(&self) -> Delivery {
        let crm = named("crm");
        let owed = self.store.load_owed_version(&crm).await.unwrap().unwrap();
        let lost_at = moment(15);
        let begun = self
            .store
            .begin_delivery(&crm, &owed, moment(0), lost_at)
            .await;
        begun.unwrap().unwrap()
    }

    async fn hurry(&self) -> Option<CatalogVersion> {
        let crm = named("crm");
        self.store.hurry_endpoint(&crm, moment(7)).await.unwrap()
    }

    async fn move_to(&self, number: i64) {
        let crm = named("crm");
        self.store
            .move_endpoint(&crm, version(number))
            .await
            .unwrap();
    }

    async fn end(&self, delivery: &Delivery, state: DeliveryState) {
        let failed = !matches!(state, DeliveryState::Delivered { .. });
        let ended = Delivery {
            state,
            failure: failed.then_some(FAILURE),
            ..*delivery
        };
        self.store
            .end_delivery(&named("crm"), &ended)
            .await
            .unwrap();
    }

    /// Attempts that end so, one a version.
    async fn settle(&self, states: &[DeliveryState]) {
        for state in states {
            let delivery = self.begin().await;
            self.end(&delivery, *state).await;
        }
    }

    async fn progress(&self) -> EndpointProgress {
        let mut endpoints = self.store.list_endpoints().await.unwrap();
        endpoints.retain(|endpoint| endpoint.name.as_str() == "crm");
        endpoints.pop().unwrap()
    }
}

fn named(name: &str) -> EndpointName {
    name.parse().unwrap()
}

fn delivered() -> DeliveryState {
    DeliveryState::Delivered { at: moment(1) }
}

fn given_up() -> DeliveryState {
    DeliveryState::GivenUp { at: moment(1) }
}

fn due_in(seconds: i64) -> DeliveryState {
    DeliveryState::Pending {
        next_attempt_at: moment(seconds),
    }
}

#[tokio::test]
async fn an_endpoint_is_owed_what_comes_after_it_was_first_seen() {
    let scratch = Scratch::with_versions(2).await;
    scratch.register("late").await;
    assert_eq!(scratch.owed("crm").await, Some(1));
    assert_eq!(scratch.owed("late").await, None);
    assert_eq!(scratch.owed("stranger").await, None);
    scratch.publish_up_to(3, 4).await;
    // Seen again, it keeps its place.
    scratch.register("late").await;
    scratch.register("crm").await;
    assert_eq!(scratch.owed("crm").await, Some(1));
    assert_eq!(scratch.owed("late").await, Some(3));
    let endpoints = scratch.store.list_endpoints().await.unwrap();
    let places: Vec<_> = endpoints
        .iter()
        .map(|endpoint| (endpoint.name.as_str(), endpoint.since, endpoint.pending))
        .collect();
    assert_eq!(places, [("crm", None, 4), ("late", Some(version(2)), 2)]);
}

#[tokio::test]
async fn a_delivery_is_recorded_from_its_first_attempt_to_its_end() {
    let scratch = Scratch::with_versions(2).await;
    let first = scratch.begin().await;
    assert_eq!(first.attempts, 1);
    assert_eq!(first.state, due_in(15), "while it is under way");
    scratch.end(&first, due_in(30)).await;
    assert_eq!(scratch.owed("crm").await, Some(1));
    let progress = scratch.progress().await;
    assert_eq!(progress.settled, None);
    assert_eq!(progress.last.unwrap().failure, Some(FAILURE));

    let second = scratch.begin().await;
    assert_eq!((second.attempts, second.failure), (2, None));
    scratch.end(&second, delivered()).await;

    let progress = scratch.progress().await;
    assert_eq!(
        progress,
        EndpointProgress {
            name: named("crm"),
            since: None,
            settled: Some(version(1)),
            pending: 1,
            last: Some(Delivery {
                state: delivered(),
                ..second
            }),
            given_up: None,
        }
    );
    let owed = scratch.store.load_owed_version(&named("crm")).await;
    let owed = owed.unwrap().unwrap();
    assert_eq!((owed.head, owed.delivery), (head(2), None));
}

#[tokio::test]
async fn every_failure_can_be_kept() {
    let scratch = Scratch::with_versions(1).await;
    for (class, status) in DeliveryFailureClass::ALL
        .iter()
        .zip([None, Some(100), Some(999)].into_iter().cycle())
    {
        let failure = Some(DeliveryFailure {
            class: *class,
            status,
        });
        let failed = Delivery {
            failure,
            state: due_in(0),
            ..scratch.begin().await
        };
        scratch
            .store
            .end_delivery(&named("crm"), &failed)
            .await
            .unwrap();
        assert_eq!(scratch.progress().await.last.unwrap().failure, failure);
    }
}

#[tokio::test]
async fn of_two_who_begin_the_same_delivery_one_does() {
    let scratch = Scratch::with_versions(1).await;
    let owed = scratch.store.load_owed_version(&named("crm")).await;
    let owed = owed.unwrap().unwrap();
    let crm = named("crm");
    let begin = || {
        scratch
            .store
            .begin_delivery(&crm, &owed, moment(0), moment(15))
    };
    let (one, other) = tokio::join!(begin(), begin());
    let begun = [one.unwrap(), other.unwrap()];
    assert_eq!(begun.iter().flatten().count(), 1, "{begun:?}");
}

#[tokio::test]
async fn a_version_that_is_pruned_while_it_is_owed_is_owed_all_the_same() {
    let scratch = Scratch::with_versions(3).await;
    let retention = Retention {
        keep_days: NonZeroU32::MIN,
        owed_to: Vec::new(),
    };
    let now = moment(0) + TimeDelta::days(9);
    let pruned = scratch.store.prune(&retention, now).await.unwrap();
    assert_eq!(pruned.versions, 2);
    scratch.settle(&[delivered(), delivered()]).await;
    assert_eq!(scratch.owed("crm").await, Some(3));
}

#[tokio::test]
async fn a_version_that_is_given_up_makes_way_for_the_next() {
    let scratch = Scratch::with_versions(3).await;
    scratch.settle(&[delivered(), given_up()]).await;
    let progress = scratch.progress().await;
    assert_eq!(progress.settled, Some(version(2)));
    assert_eq!(progress.given_up, Some(version(2)));
    assert_eq!(scratch.owed("crm").await, Some(3));
}

#[tokio::test]
async fn hurrying_makes_what_is_pending_due() {
    let scratch = Scratch::with_versions(2).await;
    scratch.settle(&[due_in(3_600)]).await;
    assert_eq!(scratch.hurry().await, None);
    let last = scratch.progress().await.last.unwrap();
    assert_eq!((last.version, last.state), (version(1), due_in(7)));
    assert_eq!(last.attempts, 1);
}

#[tokio::test]
async fn hurrying_takes_up_again_what_was_given_up_since_the_last_delivery() {
    let scratch = Scratch::with_versions(6).await;
    let states = [
        given_up(),
        delivered(),
        given_up(),
        given_up(),
        due_in(3_600),
    ];
    scratch.settle(&states).await;
    assert_eq!(scratch.hurry().await, Some(version(3)));
    assert_eq!(scratch.owed("crm").await, Some(3));
    assert_eq!(scratch.progress().await.pending, 4);

    // What an endpoint went past stays past.
    scratch.settle(&[delivered()]).await;
    assert_eq!(scratch.hurry().await, None);
    assert_eq!(scratch.owed("crm").await, Some(4));
}

#[tokio::test]
async fn an_endpoint_can_be_moved_either_way() {
    let scratch = Scratch::with_versions(5).await;
    scratch
        .settle(&[delivered(), delivered(), given_up()])
        .await;
    scratch.move_to(1).await;
    assert_eq!(scratch.owed("crm").await, Some(1));
    scratch.move_to(5).await;
    assert_eq!(scratch.owed("crm").await, Some(5));
    assert_eq!(scratch.begin().await.attempts, 1);
    scratch.move_to(6).await;
    assert_eq!(scratch.owed("crm").await, None);
}

#[tokio::test]
async fn an_attempt_under_way_does_not_undo_a_move() {
    let scratch = Scratch::with_versions(3).await;
    scratch.settle(&[delivered(), delivered()]).await;
    let under_way = scratch.begin().await;
    scratch.move_to(1).await;
    scratch.end(&under_way, delivered()).await;
    assert_eq!(scratch.owed("crm").await, Some(1));
}

#[tokio::test]
async fn an_attempt_that_ends_late_does_not_undo_a_delivery() {
    let scratch = Scratch::with_versions(2).await;
    let lost = scratch.begin().await;
    let second = scratch.begin().await;
    scratch.end(&second, delivered()).await;
    scratch.end(&lost, due_in(60)).await;
    assert_eq!(scratch.owed("crm").await, Some(2));
    assert_eq!(scratch.progress().await.last.unwrap().state, delivered());
}

#[tokio::test]
async fn a_record_that_makes_no_sense_is_named() {
    let scratch = Scratch::with_versions(1).await;
    scratch.settle(&[due_in(60)]).await;
    let mut raw = scratch.raw().await;
    for (statement, column) in [
        (
            "UPDATE webhook_deliveries SET failure_class = 'mood'",
            "failure_class",
        ),
        (
            "UPDATE webhook_deliveries SET failure_class = NULL, failure_status = NULL, delivered_at_ms = 1",
            "next_attempt_at_ms",
        ),
    ] {
        sqlx::query(statement).execute(&mut raw).await.unwrap();
        let error = scratch
            .store
            .load_owed_version(&named("crm"))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, StoreError::Inconsistent { table: "webhook_deliveries", column: found, .. } if *found == column),
            "{error}"
        );
        let said = error.to_string();
        assert!(said.contains("row 1 (crm)"), "{said}");
    }
}

#[tokio::test]
async fn the_schema_takes_no_delivery_in_two_states() {
    let scratch = Scratch::with_versions(1).await;
    scratch.settle(&[due_in(60)]).await;
    let mut raw = scratch.raw().await;
    sqlx::query("PRAGMA ignore_check_constraints = OFF")
        .execute(&mut raw)
        .await
        .unwrap();
    for statement in [
        "UPDATE webhook_deliveries SET delivered_at_ms = 1",
        "UPDATE webhook_deliveries SET next_attempt_at_ms = NULL",
        "UPDATE webhook_deliveries SET failure_class = 'mood'",
        "UPDATE webhook_deliveries SET failure_class = NULL",
        "UPDATE webhook_endpoints SET name = 'C R M'",
    ] {
        let refused = sqlx::query(statement).execute(&mut raw).await;
        assert!(refused.is_err(), "{statement}");
    }
}
