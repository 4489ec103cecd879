//! Bad input of every kind gets a problem document that names the parameter; nothing panics.

use serde_json::Value;

use crate::harness::{Answer, Service, World, read, sandbox_vendor};

/// Asserts a problem document, and gives the parameters or pointers that it names.
fn named(answer: &Answer, status: u16, code: &str) -> Vec<String> {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    for field in ["type", "title", "detail", "request_id"] {
        assert!(problem[field].is_string(), "{field} of {problem}");
    }
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let name = |error: &Value| {
        error
            .get("parameter")
            .or(error.get("pointer"))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    errors.iter().filter_map(name).collect()
}

async fn service() -> (ptf_cache::sandbox::RunningSandbox, World, Service) {
    let (vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    let service = world.serve();
    service.wait_until_synced().await;
    (vendor, world, service)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_parameter_is_named() {
    let (_vendor, _world, service) = service().await;
    let many = (0..300)
        .map(|id| format!("board={id}"))
        .collect::<Vec<_>>()
        .join("&");
    let cases: &[(String, &[&str])] = &[
        ("/v1/quote".into(), &["board"]),
        ("/v1/quote?board=1001&agents=-1".into(), &["agents"]),
        ("/v1/quote?board=1001&agents=1e9".into(), &["agents"]),
        ("/v1/quote?board=1001&agents=1000001".into(), &["agents"]),
        (
            "/v1/quote?board=1001&agents=99999999999999999999".into(),
            &["agents"],
        ),
        ("/v1/quote?board=1001&agents=".into(), &["agents"]),
        ("/v1/quote?board=1001&agents=1&agents=2".into(), &["agents"]),
        (
            "/v1/quote?board=1001&term_months=0".into(),
            &["term_months"],
        ),
        (
            "/v1/quote?board=1001&term_months=121".into(),
            &["term_months"],
        ),
        (
            "/v1/quote?board=1001&starts_on=2026-02-30".into(),
            &["starts_on"],
        ),
        (
            "/v1/quote?board=1001&starts_on=tomorrow".into(),
            &["starts_on"],
        ),
        (
            "/v1/quote?board=1001&starts_on=9999-12-31".into(),
            &["starts_on"],
        ),
        ("/v1/quote?board=1001&board=1001".into(), &["board"]),
        ("/v1/quote?board=1001,1001".into(), &["board"]),
        ("/v1/quote?board=".into(), &["board"]),
        ("/v1/quote?board=1001%00".into(), &["board"]),
        (format!("/v1/quote?{many}"), &["board"]),
        ("/v1/quote?board=1001&agnets=2".into(), &["agnets"]),
        ("/v1/boards?limit=0".into(), &["limit"]),
        ("/v1/boards?limit=501".into(), &["limit"]),
        ("/v1/boards?state=Nevada".into(), &["state"]),
        ("/v1/boards?status=free".into(), &["status"]),
        ("/v1/boards?channel=both".into(), &["channel"]),
        ("/v1/boards?inactive=maybe".into(), &["inactive"]),
        ("/v1/boards?cursor=%25%25".into(), &["cursor"]),
        (format!("/v1/boards?q={}", "x".repeat(101)), &["q"]),
        (
            "/v1/boards/options?eligibility=everybody".into(),
            &["eligibility"],
        ),
        ("/v1/boards.csv?limit=5".into(), &["limit"]),
        ("/v1/boards/1001?x=1".into(), &["x"]),
        ("/v1/catalog?x=1".into(), &["x"]),
    ];
    for (path, parameters) in cases {
        let answer = service.get(path).await;
        assert_eq!(
            named(&answer, 400, "invalid_parameter"),
            *parameters,
            "{path}: {}",
            answer.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_said_at_once() {
    let (_vendor, _world, service) = service().await;
    let answer = service
        .get("/v1/quote?board=1001&agents=-1&term_months=0&colour=red")
        .await;
    let mut parameters = named(&answer, 400, "invalid_parameter");
    parameters.sort();
    assert_eq!(parameters, ["agents", "colour", "term_months"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_boards_paths_and_methods_are_problems_too() {
    let (_vendor, _world, service) = service().await;
    let unknown = service
        .get("/v1/quote?board=1001&board=nope&board=neither")
        .await;
    assert_eq!(named(&unknown, 404, "board_not_found"), ["board", "board"]);
    assert!(unknown.body.contains("nope") && unknown.body.contains("neither"));
    named(
        &service.get("/v1/boards/nope").await,
        404,
        "board_not_found",
    );
    named(&service.get("/v1/nothing").await, 404, "not_found");
    let deleted = read(service.request(reqwest::Method::DELETE, "/v1/boards")).await;
    named(&deleted, 405, "method_not_allowed");
    assert!(deleted.headers["allow"].to_str().unwrap().contains("GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_refused_by_what_is_wrong_with_them() {
    let (_vendor, _world, service) = service().await;
    let post = |kind: &str, body: Vec<u8>| {
        read(
            service
                .request(reqwest::Method::POST, "/v1/quote")
                .header("content-type", kind)
                .body(body),
        )
    };
    let json = "application/json";
    let large = post(json, vec![b' '; 10 * 1024 * 1024]).await;
    named(&large, 413, "payload_too_large");
    assert_eq!(
        named(
            &post(json, br#"{"boards": ["1001"], "agents": -1}"#.to_vec()).await,
            400,
            "invalid_parameter"
        ),
        ["/agents"]
    );
    assert_eq!(
        named(
            &post(json, br#"{"boards": ["1001"], "agents": 1e9}"#.to_vec()).await,
            400,
            "invalid_parameter"
        ),
        ["/agents"]
    );
    assert_eq!(
        named(
            &post(json, br#"{"boards": ["1001"], "agnets": 1}"#.to_vec()).await,
            400,
            "invalid_parameter"
        ),
        ["/agnets"]
    );
    assert_eq!(
        named(
            &post(json, br#"{"boards": "1001"}"#.to_vec()).await,
            400,
            "invalid_parameter"
        ),
        ["/boards"]
    );
    assert_eq!(
        named(&post(json, b"{}".to_vec()).await, 400, "invalid_parameter"),
        ["/boards"]
    );
    named(
        &post(json, b"{\"boards\": [".to_vec()).await,
        400,
        "invalid_parameter",
    );
    named(&post(json, b"[]".to_vec()).await, 400, "invalid_parameter");
    named(
        &post(json, vec![0xff, 0xfe]).await,
        400,
        "invalid_parameter",
    );
    named(
        &post(json, "[".repeat(10_000).into_bytes()).await,
        400,
        "invalid_parameter",
    );
    assert_eq!(post("text/plain", b"{}".to_vec()).await.status, 415);
    service.get_ok("/v1/catalog").await;
}
