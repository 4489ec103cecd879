//! Reads of a version that is named.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::archive::Archive;
use crate::catalogs::{charged, fee};
use crate::harness::{Answer, Served};
use ptf_cache::domain::board::ChannelState;
use ptf_cache::domain::fee_text::FeeText;

/// A quote without what speaks of the moment it was made.
fn lasting(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let mut quote = answer.json();
    for moment in ["quoted_at", "checked_at", "stale", "valid_until"] {
        assert_ne!(quote[moment].take(), Value::Null);
    }
    quote
}

#[tokio::test]
async fn a_quote_of_a_past_version_is_the_one_made_then() {
    let mut archive = Archive::new().await;
    let query = "board=12,10,7&agents=3&starts_on=2026-12-01";
    let body = |version: i64| {
        format!(
            r#"{{"boards": ["12", "10", "7"], "agents": 3, "starts_on": "2026-12-01", "catalog_version": {version}}}"#
        )
    };
    let mut made = vec![archive.get(&format!("/v1/quote?{query}")).await];
    for amount in ["25.00", "30.00", "35.00"] {
        archive
            .sync(|boards| {
                let state = charged(vec![fee("idx", amount, "monthly", "account")]);
                boards.row("12").board.pass_through.state = state;
            })
            .await;
        archive
            .curate(|boards| {
                boards.curate_direct("10", vec![fee("idx", amount, "annual", "agent")])
            })
            .await;
        made.push(archive.get(&format!("/v1/quote?{query}")).await);
    }
    for then in &made {
        let version = then.json()["catalog_version"].as_i64().unwrap();
        let uri = format!("/v1/quote?{query}&catalog_version={version}");
        let again = archive.get(&uri).await;
        assert_eq!(lasting(&again), lasting(then), "version {version}");
        assert_eq!(again.header("catalog-version"), version.to_string());
        assert!(again.header("cache-control").starts_with("public"));
        let posted = archive.post_quote(&body(version)).await;
        assert_eq!(posted.body, again.body, "version {version}");
        assert_eq!(posted.header("catalog-version"), version.to_string());
    }
    let totals: Vec<Value> = made
        .iter()
        .map(|quote| quote.json()["totals"].clone())
        .collect();
    assert!(totals.windows(2).all(|pair| pair[0] != pair[1]));
}

#[tokio::test]
async fn what_speaks_of_the_moment_is_of_the_present_in_a_quote_of_the_past() {
    let mut archive = Archive::new().await;
    archive
        .sync(|boards| boards.row("12").board.facts.name = "Renamed".into())
        .await;
    let past = archive.json("/v1/quote?board=12&catalog_version=1").await;
    let present = archive.json("/v1/quote?board=12").await;
    for moment in ["quoted_at", "checked_at", "stale", "valid_until"] {
        assert_eq!(past[moment], present[moment], "{moment}");
    }
    assert_eq!(past["changed_at"], "2026-11-23T08:00:00Z");
    assert_eq!(present["changed_at"], "2026-11-23T09:00:00Z");
}

#[tokio::test]
async fn the_newest_version_is_answered_without_the_database() {
    // Its database holds no version at all.
    let served = Served::new().await;
    for uri in ["/v1/quote?board=12", "/v1/boards/12"] {
        let newest = served.get(uri).await;
        let separator = if uri.contains('?') { '&' } else { '?' };
        let named = served
            .get(&format!("{uri}{separator}catalog_version=42"))
            .await;
        assert_eq!(named.status, StatusCode::OK);
        assert_eq!(named.body, newest.body);
    }
}

#[tokio::test]
async fn a_board_of_a_past_version_is_shown_as_on_its_day() {
    let mut archive = Archive::empty().await;
    archive
        .sync(|boards| {
            let ends = FeeText {
                effective_to: Some("2026-12-01".into()),
                ..fee("idx", "20.00", "monthly", "account")
            };
            boards.vendor("12", "Cedar Valley MLS", "IA", charged(vec![ends]));
        })
        .await;
    let then = archive.get("/v1/boards/12").await;
    assert_eq!(archive.pass_days(20).await, Some(2));
    let now = archive.get("/v1/boards/12").await;
    let again = archive.get("/v1/boards/12?catalog_version=1").await;
    assert_eq!(then.json()["pass_through"]["status"], "charged");
    assert_eq!(now.json()["pass_through"]["status"], "unknown");
    assert_eq!(again.body, then.body);
    assert_eq!(again.header("etag"), then.header("etag"));
    assert_eq!(again.header("catalog-version"), "1");
    let known = [("if-none-match", then.header("etag"))];
    let uri = "/v1/boards/12?catalog_version=1";
    let answer = archive.ask(Method::GET, uri, &known).await;
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    assert_eq!(answer.header("catalog-version"), "1");
}

#[tokio::test]
async fn a_version_that_never_was_is_not_found_and_the_newest_is_named() {
    let mut archive = Archive::new().await;
    archive
        .sync(|boards| boards.row("12").board.facts.name = "Renamed".into())
        .await;
    let detail = "version 3 never was, or is no longer kept; the newest is 2";
    for uri in [
        "/v1/quote?board=12&catalog_version=3",
        "/v1/boards/12?catalog_version=3",
    ] {
        let problem = archive.get(uri).await.problem(404, "version_not_found");
        assert_eq!(problem["errors"][0]["parameter"], "catalog_version");
        assert_eq!(problem["errors"][0]["detail"], detail);
    }
    let posted = archive
        .post_quote(r#"{"boards": ["12"], "catalog_version": 3}"#)
        .await;
    let problem = posted.problem(404, "version_not_found");
    assert_eq!(problem["errors"][0]["pointer"], "/catalog_version");
    let largest = "/v1/boards/12?catalog_version=9007199254740991";
    archive.get(largest).await.problem(404, "version_not_found");
}

#[tokio::test]
async fn a_version_that_is_kept_no_longer_is_not_found_either() {
    let mut archive = Archive::new().await;
    archive
        .sync(|boards| boards.row("12").board.facts.name = "Second".into())
        .await;
    let past = "/v1/quote?board=12&catalog_version=1";
    assert_eq!(archive.get(past).await.status, StatusCode::OK);
    archive.pass_days(3).await;
    archive
        .sync(|boards| boards.row("12").board.facts.name = "Third".into())
        .await;
    archive.prune().await;
    archive.get(past).await.problem(404, "version_not_found");
    let kept = "/v1/quote?board=12&catalog_version=2";
    assert_eq!(archive.get(kept).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_version_is_refused_with_everything_else_that_is_wrong() {
    let served = Served::new().await;
    for wrong in ["0", "-1", "one", "1.5", "", "9007199254740992"] {
        let quote = format!("/v1/quote?board=12,12&catalog_version={wrong}");
        let places = served.get(&quote).await.wrong_places();
        assert_eq!(places, ["catalog_version", "board"], "{wrong}");
        let board = format!("/v1/boards/12?catalog_version={wrong}");
        assert_eq!(served.get(&board).await.wrong_places(), ["catalog_version"]);
    }
    for wrong in ["0", "\"1\"", "null", "1.5"] {
        let body = format!(r#"{{"boards": ["12"], "catalog_version": {wrong}}}"#);
        let answer = served.post_quote(&body).await;
        assert_eq!(answer.wrong_places(), ["/catalog_version"], "{wrong}");
    }
    // What is wrong is said before what is not there.
    let both = "/v1/quote?board=404&agents=x&catalog_version=7";
    assert_eq!(served.get(both).await.wrong_places(), ["agents"]);
}

#[tokio::test]
async fn a_board_that_came_later_is_not_found_in_an_older_version() {
    let mut archive = Archive::new().await;
    archive
        .sync(|boards| boards.vendor("16", "New Board", "IA", ChannelState::None))
        .await;
    for uri in [
        "/v1/boards/16?catalog_version=1",
        "/v1/quote?board=16&catalog_version=1",
    ] {
        let problem = archive.get(uri).await.problem(404, "board_not_found");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("in version 1, no board has the id \"16\""),
            "{detail}"
        );
    }
    assert_eq!(
        archive.json("/v1/boards/16?catalog_version=2").await["id"],
        "16"
    );
}
