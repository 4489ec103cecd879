//! What was published stays.

use serde_json::Value;

use crate::harness::{World, sandbox_vendor};

/// A quote without what depends on the moment it is asked.
fn timeless(mut quote: Value) -> Value {
    let fields = quote.as_object_mut().unwrap();
    for field in ["quoted_at", "checked_at", "valid_until", "stale"] {
        assert!(fields.remove(field).is_some(), "{field}");
    }
    quote
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_vendor_gone_the_service_restarts_and_answers_the_same_quotes() {
    let (vendor, base_url) = sandbox_vendor(120).await;
    let world = World::with_vendor(&base_url);
    let service = world.serve();
    service.wait_until_synced().await;
    let paths: Vec<String> = (1001..1121)
        .map(|id| format!("/v1/quote?board={id}&agents=7&offices=3&starts_on=2026-11-30"))
        .collect();
    let mut before = Vec::new();
    for path in &paths {
        before.push(timeless(service.get_ok(path).await));
    }
    let options = service.get("/v1/boards/options").await;
    service.terminate();
    vendor.stop().await;

    let service = world.serve();
    service.wait_until_synced().await;
    for (path, before) in paths.iter().zip(&before) {
        assert_eq!(timeless(service.get_ok(path).await), *before, "{path}");
    }
    let again = service.get("/v1/boards/options").await;
    assert_eq!(again.body, options.body);
    assert_eq!(again.headers["etag"], options.headers["etag"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_sync_reads_say_not_ready() {
    let world = World::with_vendor("http://127.0.0.1:9");
    let service = world.serve();
    for path in [
        "/v1/boards/options",
        "/v1/boards",
        "/v1/boards/1",
        "/v1/boards.csv",
        "/v1/quote?board=1",
        "/v1/catalog",
    ] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.json()["code"], "not_ready", "{path}");
        assert!(answer.headers.contains_key("retry-after"), "{path}");
    }
    assert_eq!(service.get_ops("/livez").await.status, 200);
    assert_eq!(service.get_ops("/readyz").await.status, 503);
    let failed = world.wait_for_run();
    assert_eq!(failed["outcome"], "failed");
    assert_eq!(failed["failure_class"], "connect");
    assert_eq!(service.terminate().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_outage_keeps_the_last_catalog() {
    let (vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    vendor.stop().await;
    let failed = world.run(&["sync"]);
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert!(failed.stderr.contains("connect"), "{}", failed.stderr);
    let verified = world.run(&["verify"]);
    assert_eq!(verified.code, 0);
    assert!(
        verified.stderr.contains("catalog 1 has its recorded hash"),
        "{}",
        verified.stderr
    );
    assert_eq!(world.run_ok(&["boards"]), world.run_ok(&["boards", ""]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_sync_writes_no_version_and_a_backup_is_whole() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let again = world.run(&["sync"]);
    assert!(
        again.stderr.contains("unchanged: 60 boards"),
        "{}",
        again.stderr
    );
    let runs: Value = serde_json::from_str(&world.run_ok(&["runs", "--json"])).unwrap();
    assert_eq!(runs[0]["catalog_version"], Value::Null);
    assert_eq!(runs[1]["catalog_version"], 1);

    world.run_ok(&["backup", "copy.db"]);
    assert_eq!(world.run(&["backup", "copy.db"]).code, 1);
    let copy = world.run(&["verify", "--db", "copy.db"]);
    assert!(
        copy.stderr.contains("catalog 1 has its recorded hash"),
        "{}",
        copy.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_publishes_is_shown_within_seconds() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    let service = world.serve();
    service.wait_until_synced().await;
    let imported = world.import(&crate::harness::documented_fees());
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    service
        .wait_for("/v1/catalog", |catalog| catalog["version"] == 2)
        .await;
    assert_eq!(
        service.get_ok("/v1/boards/147").await["name"],
        "Northern Great Lakes REALTORS MLS"
    );
}
