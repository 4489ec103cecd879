//! Conditional requests: what did not change is not sent again, and nothing is believed that could be wrong.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;

use super::*;

/// A vendor of the boards that `list` gives at each request; `tag` makes the entity tag of a page.
async fn tagging_vendor(
    list: impl Fn() -> Vec<Value> + Send + Sync + 'static,
    tag: impl Fn(&str) -> String + Send + Sync + 'static,
) -> Vendor {
    Vendor::start(move |request, _| {
        let all = list();
        let body = page_json(&all, request, all.len() as u64).to_string();
        let tag = format!("\"{}\"", tag(&body));
        let known = request.header("if-none-match");
        let reply = match known == Some(&tag) {
            true => Reply::status(304),
            false => Reply::json(body),
        };
        reply.header("etag", &tag)
    })
    .await
}

/// A vendor of 120 boards that `change` once the flag is set.
async fn changing_vendor(
    tag: impl Fn(&str) -> String + Send + Sync + 'static,
    change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static,
) -> (Vendor, Arc<AtomicBool>) {
    let flag = Arc::new(AtomicBool::new(false));
    let is_changed = Arc::clone(&flag);
    let list = move || {
        let mut all = boards(120);
        if is_changed.load(Ordering::Relaxed) {
            change(&mut all);
        }
        all
    };
    (tagging_vendor(list, tag).await, flag)
}

/// A tag that changes with the page.
fn honest(body: &str) -> String {
    let hasher = BuildHasherDefault::<DefaultHasher>::new();
    hasher.hash_one(body).to_string()
}

/// Whether each request had a condition, since the one with that position.
fn conditions(vendor: &Vendor, since: usize) -> Vec<bool> {
    let requests = vendor.requests();
    let conditional = |request: &Request| request.header("if-none-match").is_some();
    requests[since..].iter().map(conditional).collect()
}

/// A run that begins so many hours after the first.
async fn run(client: &Client, hours: i64) -> Vec<FetchedBoard> {
    let at = NOW + TimeDelta::hours(hours);
    let fetched = client.fetch_all(at, &|_| {}).await.unwrap();
    assert_eq!(
        (fetched.rejected, fetched.notices),
        (vec![], Vec::<String>::new())
    );
    fetched.boards
}

/// What each board costs; a fee's time of sighting differs from run to run.
fn amounts(boards: &[FetchedBoard]) -> Vec<String> {
    boards.iter().map(amount).collect()
}

#[tokio::test]
async fn pages_that_did_not_change_are_confirmed_and_the_first_is_looked_at_all_the_same() {
    let vendor = tagging_vendor(|| boards(120), honest).await;
    let client = client_with(settings(&vendor));
    let first = run(&client, 0).await;
    assert_eq!(conditions(&vendor, 0), [false; 4]);
    for (hours, since) in [(6, 4), (12, 8)] {
        assert_eq!(amounts(&run(&client, hours).await), amounts(&first));
        assert_eq!(conditions(&vendor, since), [true, true, true, false]);
    }
}

#[tokio::test]
async fn pages_are_read_again_after_a_day_however_often_they_were_confirmed() {
    let vendor = tagging_vendor(|| boards(3), honest).await;
    let client = client_with(settings(&vendor));
    for hours in [0, 12, 23, 25, 26] {
        run(&client, hours).await;
    }
    assert_eq!(conditions(&vendor, 0), [false, true, true, false, true]);
}

#[tokio::test]
async fn a_confirmed_board_is_seen_when_it_was_confirmed() {
    let vendor = tagging_vendor(|| boards(3), honest).await;
    let client = client_with(settings(&vendor));
    run(&client, 0).await;
    let boards = run(&client, 6).await;
    assert_eq!(conditions(&vendor, 1), [true]);
    let Reading::Read(fees) = &boards[0].pass_through else {
        panic!("{boards:?}")
    };
    assert_eq!(
        fees.fees()[0].source().observed_at,
        NOW + TimeDelta::hours(6)
    );
}

#[tokio::test]
async fn a_page_that_changed_is_read_between_pages_that_did_not() {
    let (vendor, change) =
        changing_vendor(honest, |all| all[60]["passThroughFee"] = json!("21.00")).await;
    let client = client_with(settings(&vendor));
    let mut expected = amounts(&run(&client, 0).await);
    expected[60] = "21.00".to_owned();
    change.store(true, Ordering::Relaxed);
    assert_eq!(amounts(&run(&client, 6).await), expected);
    assert_eq!(conditions(&vendor, 4), [true, true, true, false]);
}

#[tokio::test]
async fn a_vendor_that_confirms_what_has_changed_is_found_out() {
    let always_the_same = |_: &str| "same".to_owned();
    let (vendor, change) = changing_vendor(always_the_same, |all| all.insert(0, board(500))).await;
    let client = client_with(settings(&vendor));
    run(&client, 0).await;
    change.store(true, Ordering::Relaxed);
    assert_eq!(run(&client, 6).await.len(), 121);
    let first_pass = [true, true, true, false];
    assert_eq!(conditions(&vendor, 4), [first_pass, [false; 4]].concat());
}

#[tokio::test]
async fn after_a_run_that_failed_everything_is_read_anew() {
    let vendor = Vendor::start(|request, position| match position {
        2 => Reply::status(404),
        _ => page(&boards(3), request).header("etag", "\"a\""),
    })
    .await;
    let client = client_with(settings(&vendor));
    run(&client, 0).await;
    run(&client, 1).await;
    let at = NOW + TimeDelta::hours(2);
    client.fetch_all(at, &|_| {}).await.unwrap_err();
    run(&client, 3).await;
    assert_eq!(conditions(&vendor, 0), [false, true, true, false]);
}

#[tokio::test]
async fn a_confirmation_nobody_asked_for_is_a_failure() {
    let vendor = Vendor::start(|_, _| Reply::status(304)).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Status);
    assert!(text.contains("304"), "{text}");
}
