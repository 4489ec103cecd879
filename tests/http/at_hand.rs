//! What lies at hand is what the router would answer.

use axum::http::{HeaderMap, Method};

use crate::catalogs::Boards;
use crate::harness::{ORIGIN, Served};

/// Targets that are prepared.
const PREPARED: &[&str] = &[
    "/v1/boards/options",
    "/v1/boards/options?eligibility=agents",
    "/v1/boards/options?state=NV",
    "/v1/boards/options?state=IA",
    "/v1/boards",
    "/v1/boards.csv",
    "/v1/boards/7",
    "/v1/boards/10",
];

/// The same question in words that nothing is prepared for.
fn in_other_words(target: &str) -> String {
    match target.contains('?') {
        true => format!("{target}&"),
        false => format!("{target}?"),
    }
}

/// The headers that say something of the body, or of who may have it.
fn telling(headers: &HeaderMap) -> Vec<(String, String)> {
    // A 304 need not tell how long the body is that it leaves out.
    let own = ["x-request-id", "vary", "content-length"];
    let headers = headers.iter();
    let headers = headers.filter(|(name, _)| !own.contains(&name.as_str()));
    let mut telling: Vec<(String, String)> = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    telling.sort();
    telling
}

async fn compare(served: &Served, headers: &[(&str, &str)]) {
    for target in PREPARED {
        for method in [Method::GET, Method::HEAD] {
            let at_hand = served.ask(method.clone(), target, headers).await;
            let other = in_other_words(target);
            let routed = served.ask(method.clone(), &other, headers).await;
            assert!(at_hand.header("vary").starts_with("accept-encoding"));
            assert!(!routed.header("vary").starts_with("accept-encoding"));
            assert_eq!(at_hand.status, routed.status, "{method} {target}");
            let (here, there) = (telling(&at_hand.headers), telling(&routed.headers));
            assert_eq!(here, there, "{method} {target}");
            assert_eq!(at_hand.body, routed.body, "{method} {target}");
        }
    }
}

#[tokio::test]
async fn what_lies_at_hand_is_what_the_router_answers() {
    let served = Served::new().await;
    compare(&served, &[]).await;
    compare(&served, &[("origin", ORIGIN)]).await;
    compare(&served, &[("origin", "https://elsewhere.example")]).await;
    compare(&served, &[("if-none-match", "*")]).await;
    compare(&served, &[("if-none-match", "W/\"other\"")]).await;
}

#[tokio::test]
async fn the_first_of_several_pages_lies_at_hand_with_the_way_to_the_next() {
    let served = Served::with(&Boards::many(250)).await;
    let at_hand = served.get("/v1/boards").await;
    let routed = served.get("/v1/boards?").await;
    assert!(at_hand.header("link").contains("rel=\"next\""));
    assert_eq!(telling(&at_hand.headers), telling(&routed.headers));
    assert_eq!(at_hand.body, routed.body);
}

#[tokio::test]
async fn what_is_not_compressed_yet_is_sent_as_it_is_and_compressed_for_the_next() {
    let served = Served::with(&Boards::many(250)).await;
    let ask = async || {
        let headers = [("accept-encoding", "gzip")];
        served.ask(Method::GET, "/v1/boards.csv", &headers).await
    };
    let mut answer = ask().await;
    assert_eq!(answer.header("content-encoding"), "");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while answer.header("content-encoding") != "gzip" {
        assert!(std::time::Instant::now() < deadline, "{answer:?}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        answer = ask().await;
    }
    // Of the next catalog it is there at once.
    served
        .handle
        .publish(Boards::many(251).build(43), crate::catalogs::checked_at());
    assert_eq!(ask().await.header("content-encoding"), "gzip");
}
