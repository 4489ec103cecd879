//! The badge: the state as a picture, for everybody and for pages elsewhere.

use axum::http::Method;
use chrono::TimeDelta;
use ptf_cache::clock::Clock;

use crate::harness::{Answer, Served};

fn svg(answer: &Answer) -> String {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "image/svg+xml");
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test]
async fn the_badge_says_state_and_age_to_eyes_and_ears() {
    let served = Served::new().await;
    let fresh = svg(&served.get("/badge.svg").await);
    for part in [
        "role=\"img\"",
        "aria-label=\"fees: fresh · 60 min\"",
        "<title>fees: fresh · 60 min</title>",
        ">fresh · 60 min</text>",
        "height=\"20\"",
    ] {
        assert!(fresh.contains(part), "{part}: {fresh}");
    }
    let later = served.clock.now() + TimeDelta::hours(30);
    served.clock.set(later);
    let stale = svg(&served.get("/badge.svg").await);
    assert!(stale.contains("fees: stale · 31 h"), "{stale}");
    let empty = Served::empty().await;
    let not_ready = svg(&empty.get("/badge.svg").await);
    assert!(
        not_ready.contains("<title>fees: not ready</title>"),
        "{not_ready}"
    );
}

/// Nothing of it is secret: neither a version, a hash, a run nor a board.
#[tokio::test]
async fn the_badge_needs_no_token_and_tells_nothing_but_state_and_age() {
    let served = Served::closed(true).await;
    served.get("/v1/catalog").await.problem(401, "unauthorized");
    let shown = svg(&served.get("/badge.svg").await);
    let texts: Vec<&str> = shown
        .split('>')
        .filter_map(|part| part.split_once("</"))
        .map(|(text, _)| text)
        .filter(|text| !text.is_empty())
        .collect();
    assert_eq!(texts, ["fees: fresh · 60 min", "fees", "fresh · 60 min"]);
}

#[tokio::test]
async fn the_badge_is_kept_for_a_minute_and_shown_on_pages_elsewhere() {
    let served = Served::new().await;
    let badge = served.get("/badge.svg").await;
    assert_eq!(badge.header("cache-control"), "public, max-age=60");
    assert_eq!(badge.header("cross-origin-resource-policy"), "cross-origin");
    assert!(
        badge
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let known = [("if-none-match", badge.header("etag"))];
    let known = served.ask(Method::GET, "/badge.svg", &known).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    let other = served.ask(Method::POST, "/badge.svg", &[]).await;
    assert_eq!(other.status, 405);
}
