//! A list that is byte for byte the one before is told from any other, and proves whole like any other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

async fn news(client: &Client) -> Option<Fetched> {
    client.fetch_news(NOW, &|_| {}).await.unwrap()
}

#[tokio::test]
async fn the_same_list_is_no_news_and_a_changed_page_brings_every_board() {
    let (vendor, amount) = vendor().await;
    let client = client_with(settings(&vendor));
    let first = news(&client).await.unwrap();
    assert_eq!(news(&client).await, None);

    amount.store(25, Ordering::Relaxed);
    let changed = news(&client).await.unwrap();
    assert_eq!(changed.boards.len(), 120);
    assert_eq!(changed.boards[..119], first.boards[..119]);
    assert_ne!(changed.boards[119], first.boards[119]);
    assert_eq!((changed.pages, &changed.notices), (3, &first.notices));

    amount.store(20, Ordering::Relaxed);
    assert_eq!(news(&client).await, Some(first), "it is not the last one");
}

#[tokio::test]
async fn whoever_asks_for_all_gets_all() {
    let (vendor, _) = vendor().await;
    let client = client_with(settings(&vendor));
    let first = news(&client).await.unwrap();
    assert_eq!(client.fetch_all(NOW, &|_| {}).await, Ok(first));
    assert_eq!(news(&client).await, None);
}

#[tokio::test]
async fn after_a_failure_nothing_is_the_same() {
    let (vendor, amount) = vendor().await;
    let client = client_with(settings(&vendor));
    let first = news(&client).await.unwrap();
    amount.store(0, Ordering::Relaxed);
    let error = client.fetch_news(NOW, &|_| {}).await.unwrap_err();
    assert_eq!(error.class(), FailureClass::Paging);

    amount.store(20, Ordering::Relaxed);
    assert_eq!(news(&client).await, Some(first));
}
