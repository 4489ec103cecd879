//! In order, at least once, signed; and given up after three days.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use ptf_cache::clock::SystemClock;
use ptf_cache::domain::delivery::{DeliveryFailureClass, DeliveryState};
use ptf_cache::domain::version::CatalogVersion;
use ptf_cache::webhooks::{Backoff, ChangesFuture, ChangesOf, Step, Webhooks};
use serde_json::json;

use crate::receiver::{Receiver, Reply};
use crate::world::{FAST, SECRET, World, endpoint, endpoint_at, now, standing_clock};

/// Half of all numbers, in no simple order.
fn half_of_the_time(number: usize) -> bool {
    (number.wrapping_mul(0x9e37_79b9) >> 7) & 1 == 0
}

/// Versions without their repeats, as they came first.
fn firsts(versions: &[i64]) -> Vec<i64> {
    let mut firsts: Vec<i64> = Vec::new();
    for version in versions {
        if !firsts.contains(version) {
            firsts.push(*version);
        }
    }
    firsts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_half_of_the_time_and_is_down_for_a_while_gets_every_version_in_order()
 {
    let mut receiver = Receiver::start(|_, number| {
        Reply::status(if half_of_the_time(number) { 503 } else { 200 })
    })
    .await;
    let world = World::new().await;
    let _delivering = world.deliver(vec![endpoint("crm", &receiver)]).await;
    world.publish(30).await;
    let accepted = |count| move |receiver: &Receiver| receiver.accepted().len() >= count;
    receiver.wait_until("ten", accepted(10)).await;
    receiver.go_down().await;
    world.publish(30).await;
    let down = receiver.received().len();
    let attempts = world.last("crm").await.attempts;
    while world.last("crm").await.attempts < attempts + 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(receiver.received().len(), down, "it is down");
    receiver.come_back().await;
    receiver.wait_until("all sixty", accepted(60)).await;

    let accepted = receiver.accepted();
    assert_eq!(firsts(&accepted), (1..=60).collect::<Vec<_>>());
    let received = receiver.received();
    assert!(received.iter().any(|request| request.status == 503));
    let mut ids = BTreeMap::new();
    for request in &received {
        assert!(request.is_signed_with(SECRET), "{request:?}");
        let id = ids.entry(request.version()).or_insert_with(Vec::new);
        id.push(request.header("webhook-id").to_owned());
    }
    for (version, mut of_one) in ids.clone() {
        of_one.dedup();
        assert_eq!(of_one.len(), 1, "version {version} has one id");
    }
    let mut distinct: Vec<_> = ids.into_values().flatten().collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_says_what_changed_and_verifies_with_each_secret_of_a_rotation() {
    let receiver = Receiver::accepting().await;
    let world = World::new().await;
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let both = format!("{other} {SECRET}");
    let crm = endpoint_at("crm", &receiver.url(), &both);
    let _delivering = world.deliver(vec![crm]).await;
    world.publish(2).await;
    receiver
        .wait_until("both", |receiver| receiver.accepted() == [1, 2])
        .await;

    let second = receiver.received().pop().unwrap();
    assert_eq!(
        second.json(),
        json!({
            "type": "catalog.changed",
            "timestamp": "2026-11-23T06:00:00Z",
            "data": {
                "version": 2,
                "previous_version": 1,
                "cause": "curation",
                "at": "2026-11-23T06:00:00Z",
                "changes_url": "/v1/changes?after=1",
                "truncated": false,
                "changes": [2],
            },
        })
    );
    assert_eq!(second.header("content-type"), "application/json");
    assert!(second.is_signed_with(SECRET));
    assert!(second.is_signed_with(other));
    assert!(!second.is_signed_with("whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"));
    let mut forged = second;
    forged.body[0] = b' ';
    assert!(!forged.is_signed_with(SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_hears_of_nothing_from_before_it_was_seen() {
    let receiver = Receiver::accepting().await;
    let world = World::new().await;
    world.publish(3).await;
    let delivering = world.deliver(vec![endpoint("crm", &receiver)]).await;
    world.publish(1).await;
    receiver
        .wait_until("the fourth", |receiver| receiver.accepted() == [4])
        .await;
    // Published while nobody delivers, it is owed all the same.
    drop(delivering);
    world.publish(2).await;
    let _delivering = world.deliver(vec![endpoint("crm", &receiver)]).await;
    receiver
        .wait_until("the rest", |receiver| {
            firsts(&receiver.accepted()) == [4, 5, 6]
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_hangs_holds_up_no_other() {
    let hanging = Receiver::start(|_, _| Reply::status(200).after(Duration::from_secs(60))).await;
    let quick = Receiver::accepting().await;
    let world = World::new().await;
    let endpoints = vec![endpoint("hanging", &hanging), endpoint("quick", &quick)];
    let _delivering = world.deliver(endpoints).await;
    world.publish(5).await;
    hanging
        .wait_until("a request", |hanging| !hanging.received().is_empty())
        .await;
    quick
        .wait_until("all five", |quick| quick.accepted() == [1, 2, 3, 4, 5])
        .await;
    assert_eq!(hanging.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_fails_for_three_days_is_given_up_and_the_next_goes_on() {
    let receiver =
        Receiver::start(|request, _| Reply::status(if request.version() == 1 { 500 } else { 204 }))
            .await;
    let world = World::new().await;
    let clock = standing_clock();
    let webhooks = world.webhooks(clock.clone(), vec![], Backoff::STANDARD);
    let webhooks = webhooks.await;
    let crm = endpoint("crm", &receiver);
    let names = [crm.name().clone()];
    world.store.register_endpoints(&names, now()).await.unwrap();
    world.publish(2).await;

    let mut at = now();
    let given_up_at = loop {
        match webhooks.deliver_due(&crm).await.unwrap() {
            Step::Attempted(DeliveryState::Pending { next_attempt_at }) => {
                let wait = (next_attempt_at - at).to_std().unwrap();
                assert_eq!(
                    webhooks.deliver_due(&crm).await.unwrap(),
                    Step::Waiting(wait)
                );
                clock.set(next_attempt_at);
                at = next_attempt_at;
            }
            Step::Attempted(DeliveryState::GivenUp { at }) => break at,
            other => panic!("{other:?}"),
        }
    };

    assert_eq!(given_up_at - now(), TimeDelta::days(3));
    let given_up = world.last("crm").await;
    assert_eq!(given_up.attempts as usize, receiver.received().len());
    assert!(given_up.attempts > 80, "{}", given_up.attempts);
    assert_eq!(given_up.failure.unwrap().to_string(), "status 500");
    let next = webhooks.deliver_due(&crm).await.unwrap();
    assert!(
        matches!(next, Step::Attempted(DeliveryState::Delivered { .. })),
        "{next:?}"
    );
    assert_eq!(receiver.accepted(), [2]);
    let progress = world.progress("crm").await;
    assert_eq!(progress.given_up, Some(CatalogVersion::FIRST));
    assert_eq!(webhooks.deliver_due(&crm).await.unwrap(), Step::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_process_was_killed_is_made_again() {
    let receiver = Receiver::start(|_, _| Reply::status(200).after(Duration::from_secs(60))).await;
    let world = World::new().await;
    let clock = standing_clock();
    let crm = endpoint("crm", &receiver);
    let webhooks = world.webhooks(clock.clone(), vec![], FAST).await;
    let names = [crm.name().clone()];
    world.store.register_endpoints(&names, now()).await.unwrap();
    world.publish(1).await;
    let killed = tokio::time::timeout(Duration::from_secs(2), webhooks.deliver_due(&crm)).await;
    assert!(killed.is_err());

    // Another service on the same database does not send it a second time as long as the attempt may go on.
    let waiting = webhooks.deliver_due(&crm).await.unwrap();
    assert_eq!(waiting, Step::Waiting(Duration::from_secs(15)));
    clock.set(now() + TimeDelta::seconds(15));
    let _again = tokio::time::timeout(Duration::from_secs(2), webhooks.deliver_due(&crm)).await;
    let ids: Vec<_> = receiver.received();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0].header("webhook-id"), ids[1].header("webhook-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_delays_nothing() {
    let receiver =
        Receiver::start(|_, number| Reply::status(if number == 0 { 500 } else { 204 })).await;
    let world = World::new().await;
    let clock = standing_clock();
    let crm = endpoint("crm", &receiver);
    let webhooks = world.webhooks(clock.clone(), vec![], Backoff::STANDARD);
    let webhooks = webhooks.await;
    let names = [crm.name().clone()];
    world.store.register_endpoints(&names, now()).await.unwrap();
    world.publish(1).await;
    webhooks.deliver_due(&crm).await.unwrap();
    clock.set(now() - TimeDelta::days(3_650));
    webhooks.deliver_due(&crm).await.unwrap();
    assert_eq!(receiver.accepted(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_cannot_be_read_are_tried_again_as_a_whole() {
    struct Unreadable;
    impl ChangesOf for Unreadable {
        fn load_changes(&self, _version: CatalogVersion) -> ChangesFuture<'_> {
            Box::pin(async { Err("the disk is gone".into()) })
        }
    }
    let receiver = Receiver::accepting().await;
    let world = World::new().await;
    let crm = endpoint("crm", &receiver);
    let names = [crm.name().clone()];
    world.store.register_endpoints(&names, now()).await.unwrap();
    world.publish(1).await;
    let store = world.store.clone();
    let clock = Arc::new(SystemClock);
    let webhooks = Webhooks::new(store, clock, vec![], Box::new(Unreadable), FAST);
    webhooks.deliver_due(&crm).await.unwrap();
    assert!(receiver.received().is_empty());
    let last = world.last("crm").await;
    assert!(matches!(last.state, DeliveryState::Pending { .. }));
    assert_eq!(last.failure.unwrap().class, DeliveryFailureClass::Payload);
}
