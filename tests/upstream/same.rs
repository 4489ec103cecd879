//! A list that is byte for byte the one before is told from any other, and proves whole like any other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ptf_cache::upstream::{FetchedBoard, News, Update};

use super::*;

/// A vendor of 120 boards, the last of which costs what the number says; 0 claims a board more than there are.
async fn vendor() -> (Vendor, Arc<AtomicU64>) {
    let amount = Arc::new(AtomicU64::new(20));
    let shown = Arc::clone(&amount);
    let vendor = Vendor::start(move |request, _| {
        let mut all = boards(120);
        let amount = shown.load(Ordering::Relaxed);
        all[119]["passThroughFee"] = json!(format!("{amount}.00"));
        let total = 120 + u64::from(amount == 0);
        Reply::json(page_json(&all, request, total).to_string())
    })
    .await;
    (vendor, amount)
}

/// The whole list where it is news; what is the same stands in `last`.
async fn news(client: &Client, last: Option<&Fetched>) -> Option<Fetched> {
    match client.fetch_news(NOW, &|_| {}).await.unwrap() {
        News::Same => None,
        News::Whole(fetched) => Some(fetched),
        News::Update(update) => Some(updated(last.unwrap(), update)),
    }
}

/// The list `last` with `update`, in order of the boards' numbers.
fn updated(last: &Fetched, update: Update) -> Fetched {
    let Update {
        mut read,
        same,
        gone,
    } = update;
    assert_eq!(same.len() + gone.len(), last.boards.len());
    let is_same = |board: &&FetchedBoard| same.contains(&board.facts.id);
    read.boards
        .extend(last.boards.iter().filter(is_same).cloned());
    let number = |board: &FetchedBoard| -> u32 { board.facts.id.as_str().parse().unwrap() };
    read.boards.sort_by_key(number);
    read
}

#[tokio::test]
async fn the_same_list_is_no_news_and_a_changed_page_brings_every_board() {
    let (vendor, amount) = vendor().await;
    let client = client_with(settings(&vendor));
    let first = news(&client, None).await.unwrap();
    assert_eq!(news(&client, Some(&first)).await, None);

    amount.store(25, Ordering::Relaxed);
    let changed = news(&client, Some(&first)).await.unwrap();
    assert_eq!(changed.boards.len(), 120);
    assert_eq!(changed.boards[..119], first.boards[..119]);
    assert_ne!(changed.boards[119], first.boards[119]);
    assert_eq!((changed.pages, &changed.notices), (3, &first.notices));

    amount.store(20, Ordering::Relaxed);
    let again = news(&client, Some(&changed)).await;
    assert_eq!(again, Some(first), "it is not the last one");
}

#[tokio::test]
async fn whoever_asks_for_all_gets_all() {
    let (vendor, _) = vendor().await;
    let client = client_with(settings(&vendor));
    let first = news(&client, None).await.unwrap();
    assert_eq!(client.fetch_all(NOW, &|_| {}).await, Ok(first.clone()));
    assert_eq!(news(&client, Some(&first)).await, None);
}

#[tokio::test]
async fn after_a_failure_nothing_is_the_same() {
    let (vendor, amount) = vendor().await;
    let client = client_with(settings(&vendor));
    let first = news(&client, None).await.unwrap();
    amount.store(0, Ordering::Relaxed);
    let error = client.fetch_news(NOW, &|_| {}).await.unwrap_err();
    assert_eq!(error.class(), FailureClass::Paging);

    amount.store(20, Ordering::Relaxed);
    assert_eq!(news(&client, None).await, Some(first));
}
