//! The history of one board.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::archive::Archive;
use crate::catalogs::{charged, fee};

fn versions(history: &Value) -> Vec<i64> {
    let versions = history["versions"].as_array().unwrap().iter();
    versions
        .map(|version| version["version"].as_i64().unwrap())
        .collect()
}

/// Version 1 has all boards; 2 and 4 change board 12, 3 another one.
async fn some_history() -> Archive {
    let mut archive = Archive::new().await;
    let price = |amount| charged(vec![fee("idx", amount, "monthly", "account")]);
    archive
        .sync(|boards| boards.row("12").board.pass_through.state = price("25.00"))
        .await;
    archive
        .sync(|boards| boards.row("14").board.pass_through.state = price("1.00"))
        .await;
    archive
        .curate(|boards| boards.curate_direct("12", vec![fee("idx", "7.50", "annual", "agent")]))
        .await;
    archive
}

#[tokio::test]
async fn the_versions_of_a_board_come_newest_first_with_what_changed_and_why() {
    let archive = some_history().await;
    let history = archive.json("/v1/boards/12/history").await;
    assert_eq!(history["board_id"], "12");
    assert_eq!(history["next_before"], Value::Null);
    assert_eq!(versions(&history), [4, 2, 1]);

    let newest = &history["versions"][0];
    assert_eq!(newest["cause"], "curation");
    assert_eq!(newest["sync_run_id"], Value::Null);
    let added = newest["changes"].as_array().unwrap();
    let added = added
        .iter()
        .find(|change| change["kind"] == "fee_added")
        .unwrap();
    assert_eq!(added["before"], Value::Null);
    assert_eq!(added["after"]["channel"], "direct");
    assert_eq!(added["after"]["fee"]["amount"], "7.50");

    let second = &history["versions"][1];
    assert_eq!(second["cause"], "sync");
    assert_eq!(second["at"], "2026-11-23T09:00:00Z");
    assert_eq!(second["sync_run_id"], 2);
    let kinds: Vec<&Value> = second["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["kind"])
        .collect();
    assert_eq!(kinds, ["fee_changed", "fee_removed"]);
    let changed = &second["changes"][0];
    assert_eq!(changed["before"]["fee"]["amount"], "20.00");
    assert_eq!(changed["after"]["fee"]["amount"], "25.00");
    assert_eq!(changed["after"]["channel"], "pass_through");
    assert_eq!(second["changes"][1]["after"], Value::Null);
    let then = archive.json("/v1/boards/12?catalog_version=2").await;
    assert_eq!(changed["board"], then);

    let first = &history["versions"][2]["changes"];
    assert_eq!(first[0]["kind"], "board_added");
    assert_eq!(first[0]["before"], Value::Null);
    assert_eq!(
        first[0]["after"],
        archive.json("/v1/boards/12?catalog_version=1").await
    );
}

#[tokio::test]
async fn who_edited_and_what_only_staff_may_see_is_left_out() {
    let mut archive = some_history().await;
    archive
        .curate(|boards| {
            let entry = boards.direct("12");
            entry.fees.source.as_mut().unwrap().internal_note = Some("secret-second".into());
        })
        .await;
    for uri in ["/v1/boards/12/history", "/v1/changes"] {
        let answer = archive.get(uri).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        for secret in ["secret", "zoe", "2026-06-30", "internal_note"] {
            assert!(!text.contains(secret), "{uri} tells {secret}");
        }
    }
    let history = archive.json("/v1/boards/12/history").await;
    assert_eq!(
        versions(&history),
        [4, 2, 1],
        "version 5 shows nobody anything new"
    );
    for version in history["versions"].as_array().unwrap() {
        assert_eq!(version["actor"], Value::Null);
    }
    let changes = archive.json("/v1/changes?after=4").await;
    assert_eq!(
        changes,
        json!({"changes": [], "latest_version": 5, "next_after": 5})
    );
}

#[tokio::test]
async fn pages_go_back_without_losing_a_version() {
    let mut archive = some_history().await;
    for number in 0..5 {
        let name = format!("Name {number}");
        archive
            .sync(|boards| boards.row("12").board.facts.name = name)
            .await;
    }
    let whole = archive.json("/v1/boards/12/history").await;
    assert_eq!(versions(&whole), [9, 8, 7, 6, 5, 4, 2, 1]);
    let mut paged = Vec::new();
    let mut query = "limit=3".to_owned();
    for _ in 0..3 {
        let page = archive
            .json(&format!("/v1/boards/12/history?{query}"))
            .await;
        paged.extend(page["versions"].as_array().unwrap().clone());
        query = format!("limit=3&before={}", page["next_before"]);
    }
    assert_eq!(json!(paged), whole["versions"]);
    assert!(query.ends_with("before=null"), "{query}");
    let exact = archive.json("/v1/boards/12/history?limit=8").await;
    assert_eq!(exact["next_before"], Value::Null);
    let none = archive.json("/v1/boards/12/history?before=1").await;
    assert_eq!(versions(&none), [0; 0]);
}

#[tokio::test]
async fn a_board_nobody_ever_described_has_no_history() {
    let archive = some_history().await;
    for id in ["404", "a%20b", "options"] {
        let answer = archive.get(&format!("/v1/boards/{id}/history")).await;
        let problem = answer.problem(404, "board_not_found");
        assert_eq!(problem["errors"][0]["parameter"], "id");
    }
    let cases = [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("before=0", "before"),
        ("before=x", "before"),
        ("after=1", "after"),
    ];
    for (query, place) in cases {
        let answer = archive.get(&format!("/v1/boards/12/history?{query}")).await;
        assert_eq!(answer.wrong_places(), [place], "{query}");
    }
}

#[tokio::test]
async fn a_history_that_is_known_is_not_sent_again_until_the_board_changes() {
    let mut archive = some_history().await;
    let uri = "/v1/boards/12/history";
    let first = archive.get(uri).await;
    assert_eq!(first.header("catalog-version"), "4");
    assert!(first.header("cache-control").starts_with("public"));
    let known = [("if-none-match", first.header("etag"))];
    archive.sync(|boards| boards.row("14").active = false).await;
    let same = archive.ask(Method::GET, uri, &known).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    archive.sync(|boards| boards.row("12").active = false).await;
    let other = archive.ask(Method::GET, uri, &known).await;
    assert_eq!(other.status, StatusCode::OK);
    assert_eq!(
        other.json()["versions"][0]["changes"][0]["kind"],
        "board_removed"
    );
}
