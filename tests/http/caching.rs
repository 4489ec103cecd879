//! What lets callers and caches keep an answer.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;

use crate::catalogs::{Boards, checked_at};
use crate::harness::{MAX_AGE, Served};

const READS: [&str; 8] = [
    "/v1/boards/options",
    "/v1/boards/options?state=IA",
    "/v1/boards",
    "/v1/boards.csv",
    "/v1/boards/12",
    "/v1/quote?board=12",
    "/v1/catalog",
    "/v1/boards?limit=1",
];

#[tokio::test]
async fn every_read_carries_version_tag_and_policy() {
    let served = Served::new().await;
    for uri in READS {
        let answer = served.get(uri).await;
        assert_eq!(answer.status, StatusCode::OK, "{uri}");
        assert_eq!(answer.header("catalog-version"), "42", "{uri}");
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"
        );
        let tag = answer.header("etag");
        assert!(tag.starts_with("W/\"") && tag.len() == 36, "{uri}: {tag}");
    }
}

#[tokio::test]
async fn a_known_body_is_not_sent_again() {
    let served = Served::new().await;
    for uri in READS {
        let first = served.get(uri).await;
        let tag = first.header("etag").to_owned();
        let strong = tag.trim_start_matches("W/").to_owned();
        let list = format!("\"other\", {tag}");
        for known in [tag.as_str(), "*", &strong, &list] {
            let answer = served
                .ask(Method::GET, uri, &[("if-none-match", known)])
                .await;
            assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{uri} {known}");
            assert!(answer.body.is_empty());
            for name in ["etag", "cache-control", "catalog-version"] {
                assert_eq!(answer.header(name), first.header(name), "{uri} {name}");
            }
            assert_eq!(
                answer.headers.get_all("vary").iter().collect::<Vec<_>>(),
                first.headers.get_all("vary").iter().collect::<Vec<_>>()
            );
        }
        let other = served
            .ask(Method::GET, uri, &[("if-none-match", "\"other\"")])
            .await;
        assert_eq!(other.status, StatusCode::OK, "{uri}");
    }
}

#[tokio::test]
async fn a_list_keeps_its_tag_while_a_check_finds_nothing_new_and_changes_it_with_the_content() {
    let mut boards = Boards::many(3);
    let served = Served::with(&boards).await;
    let tag = |uri: &'static str| {
        let served = &served;
        async move { served.get(uri).await.header("etag").to_owned() }
    };
    let before = [tag("/v1/boards").await, tag("/v1/boards/options").await];
    served.handle.confirm(checked_at() + TimeDelta::hours(1));
    assert_eq!(
        before,
        [tag("/v1/boards").await, tag("/v1/boards/options").await]
    );
    boards.remove("b1");
    served.handle.publish(boards.build(43), checked_at());
    assert_ne!(before[0], tag("/v1/boards").await);
    assert_ne!(before[1], tag("/v1/boards/options").await);
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let served = Served::new().await;
    for uri in READS {
        let get = served.get(uri).await;
        let head = served.ask(Method::HEAD, uri, &[]).await;
        assert_eq!(head.status, StatusCode::OK, "{uri}");
        assert!(head.body.is_empty());
        for name in [
            "content-length",
            "content-type",
            "etag",
            "cache-control",
            "link",
        ] {
            assert_eq!(head.header(name), get.header(name), "{uri} {name}");
        }
        assert_eq!(head.header("content-length"), get.body.len().to_string());
    }
}

#[tokio::test]
async fn nothing_is_kept_beyond_the_catalogs_time() {
    let served = Served::new().await;
    let policy_at = async |before_stale: TimeDelta| {
        served.clock.set(checked_at() + MAX_AGE - before_stale);
        served
            .get("/v1/boards")
            .await
            .header("cache-control")
            .to_owned()
    };
    let rest = "stale-if-error=86400";
    assert_eq!(
        policy_at(TimeDelta::seconds(90)).await,
        format!("public, max-age=60, stale-while-revalidate=30, {rest}")
    );
    assert_eq!(
        policy_at(TimeDelta::seconds(20)).await,
        format!("public, max-age=20, stale-while-revalidate=0, {rest}")
    );
    assert_eq!(
        policy_at(TimeDelta::seconds(-1)).await,
        format!("public, max-age=0, stale-while-revalidate=0, {rest}")
    );
}
