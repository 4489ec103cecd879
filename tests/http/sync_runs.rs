//! Sync runs over HTTP: on record, started, decided about.

use chrono::TimeDelta;
use ptf_cache::clock::Clock;
use ptf_cache::domain::run::{Outcome, RunCounts, SyncRun, Trigger};
use ptf_cache::domain::token::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Holder, Served};

fn ended(served: &Served, ago: TimeDelta, outcome: Outcome) -> SyncRun {
    let started_at = served.clock.now() - ago;
    SyncRun {
        id: None,
        trigger: Trigger::Schedule,
        started_at,
        finished_at: started_at + TimeDelta::seconds(2),
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
async fn runs_come_newest_first_in_pages_that_meet() {
    let served = Served::new().await;
    let operator = Holder::of(&served, Role::Operator).await;
    for hours in [5, 4, 3] {
        let run = ended(&served, TimeDelta::hours(hours), Outcome::Unchanged);
        served.store.record_run(&run).await.unwrap();
    }
    let page = operator.get("/v1/sync-runs?limit=2").await.json();
    let ids = |page: &Value| -> Vec<i64> {
        let runs = page["runs"].as_array().unwrap().iter();
        runs.map(|run| run["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(&page), [3, 2]);
    assert_eq!(page["next_run_at"], Value::Null, "nothing is scheduled");
    let rest = operator
        .get(&format!("/v1/sync-runs?before={}", page["next_before"]))
        .await;
    assert_eq!(rest.header("cache-control"), "no-store");
    let rest = rest.json();
    assert_eq!(ids(&rest), [1]);
    assert_eq!(rest["next_before"], Value::Null);

    let run = operator.get("/v1/sync-runs/2").await.json();
    assert_eq!(
        (&run["outcome"], &run["differences"], &run["hash"]),
        (&json!("unchanged"), &json!([]), &Value::Null)
    );
    let missing = operator.get("/v1/sync-runs/4").await;
    let problem = missing.problem(404, "not_found");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("no sync run 4")
    );
    for wrong in ["0", "-1", "x", "9007199254740992", "1e3"] {
        let answer = operator.get(&format!("/v1/sync-runs/{wrong}")).await;
        assert_eq!(answer.wrong_places(), ["id"], "{wrong}");
    }
}

#[tokio::test]
async fn nothing_is_decided_where_there_is_nothing_to_decide() {
    let served = Served::new().await;
    let operator = Holder::of(&served, Role::Operator).await;
    let run = ended(&served, TimeDelta::hours(1), Outcome::Published);
    served.store.record_run(&run).await.unwrap();
    let hash = "5a".repeat(32);
    let answer = operator
        .post("/v1/sync-runs/1/approve", Some(json!({"hash": hash})))
        .await;
    answer.problem(409, "conflict");
    let answer = operator.post("/v1/sync-runs/1/reject", None).await;
    answer.problem(409, "conflict");
    for body in [json!({}), json!({"hash": "5a"}), json!({"hash": 5})] {
        let answer = operator.post("/v1/sync-runs/1/approve", Some(body)).await;
        assert_eq!(answer.wrong_places(), ["/hash"]);
    }
    let answer = operator.post("/v1/sync-runs/2/reject", None).await;
    answer.problem(404, "not_found");
}

/// The vendor of these tests cannot be reached: a run ends as failed, and counts all the same.
#[tokio::test]
async fn a_thousand_who_ask_for_a_run_get_one() {
    let served = Served::new().await;
    let operator = Holder::of(&served, Role::Operator).await;
    let asking = (0..1_000).map(|_| operator.post("/v1/sync-runs", None));
    let answers = futures_util::future::join_all(asking).await;
    let begun = |answer: &&Answer| answer.status == 202 && answer.json()["begun"] == true;
    assert_eq!(answers.iter().filter(begun).count(), 1);
    for answer in &answers {
        match answer.status.as_u16() {
            202 => {}
            429 => {
                answer.problem(429, "rate_limited");
                let wait: u64 = answer.header("retry-after").parse().unwrap();
                assert!((1..=61).contains(&wait), "{answer:?}");
            }
            503 => {
                answer.problem(503, "overloaded");
            }
            other => panic!("{other}: {answer:?}"),
        }
    }
    let patience = std::time::Duration::from_secs(20);
    let recorded = tokio::time::timeout(patience, async {
        while served.store.load_last_run().await.unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    recorded.await.unwrap();
    let runs = served.store.list_runs(10, None).await.unwrap();
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(runs[0].trigger, Trigger::Http);

    operator
        .post("/v1/sync-runs", None)
        .await
        .problem(429, "rate_limited");
    served.clock.set(served.clock.now() + TimeDelta::minutes(2));
    let answer = operator.post("/v1/sync-runs", None).await;
    assert_eq!(answer.json(), json!({"begun": true}));
}
