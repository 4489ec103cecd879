//! The past at the terminal, and that the API says the same.

use serde_json::Value;

use crate::harness::{World, documented_fees, sandbox_vendor};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_tells_what_changed_and_quotes_the_past() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let on_the_day = world.run_ok(&["quote", "1001", "--starts-on", "2026-11-23"]);
    assert_eq!(world.import(&documented_fees()).code, 0);
    let raised = documented_fees().replace("IDX fee,20.00", "IDX fee,25.00");
    assert_eq!(world.import(&raised).code, 0);

    let again = world.run_ok(&[
        "quote",
        "1001",
        "--starts-on",
        "2026-11-23",
        "--catalog-version",
        "1",
    ]);
    assert_eq!(again, on_the_day);
    let board = world.run_ok(&["board", "147", "--history"]);
    let (newest, first) = (board.find("catalog 3, "), board.find("catalog 2, "));
    assert!(newest.is_some() && newest < first, "{board}");
    assert!(board.contains(", curation by terminal:"), "{board}");
    assert!(
        board.contains("~ 147") && board.contains("idx $20.00/mo -> $25.00/mo"),
        "{board}"
    );
    let ended = world.run(&["changes", "--limit", "1"]);
    assert!(ended.stdout.contains("catalog 1, "), "{}", ended.stdout);
    assert!(ended.stdout.contains(", sync run 1\n"), "{}", ended.stdout);
    assert!(ended.stderr.contains("--after 1"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_tells_the_past_as_the_api_does() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    assert_eq!(world.import(&documented_fees()).code, 0);
    let service = world.serve();
    service.wait_until_synced().await;

    let printed = json(&world.run_ok(&["changes", "--after", "1", "--json"]));
    let served = service.get_ok("/v1/changes?after=1").await;
    assert_eq!(printed, served);
    assert!(!served["changes"].as_array().unwrap().is_empty());

    let mut printed = json(&world.run_ok(&["board", "165", "--history", "--json"]));
    let mut served = service.get_ok("/v1/boards/165/history").await;
    // Who it was is told at the terminal alone.
    let actor = printed["versions"][0]["actor"].take();
    assert!(actor.as_str().unwrap().starts_with("terminal:"), "{actor}");
    assert_eq!(served["versions"][0]["actor"].take(), Value::Null);
    assert_eq!(printed, served);

    let arguments = ["quote", "1001", "--catalog-version", "1", "--json"];
    let mut printed = json(&world.run_ok(&arguments));
    let mut served = service
        .get_ok("/v1/quote?board=1001&catalog_version=1")
        .await;
    for quote in [&mut printed, &mut served] {
        for field in ["quoted_at", "checked_at", "valid_until"] {
            quote[field].take();
        }
        assert_eq!(quote["catalog_version"], 1);
    }
    assert_eq!(printed, served);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_was_is_an_error_that_says_so() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let unknown = world.run(&["quote", "1001", "--catalog-version", "99"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""));
    let words = "catalog 99 never was, or is no longer kept; the newest is 1";
    assert!(unknown.stderr.contains(words), "{}", unknown.stderr);
    let unknown = world.run(&["board", "nope", "--history"]);
    assert_eq!(unknown.code, 1);
    let words = "there is no board \"nope\"";
    assert!(unknown.stderr.contains(words), "{}", unknown.stderr);
    for wrong in [
        &["quote", "1001", "--catalog-version", "0"][..],
        &["board", "1001", "--limit", "3"],
        &["changes", "--after", "-1"],
    ] {
        assert_eq!(world.run(wrong).code, 2, "{wrong:?}");
    }
}
