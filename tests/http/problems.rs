//! What goes wrong, who may read from where, and what every response carries.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::harness::{ORIGIN, Served};

#[tokio::test]
async fn before_the_first_catalog_reads_are_not_ready() {
    let served = Served::empty().await;
    for uri in [
        "/v1/boards",
        "/v1/boards/options",
        "/v1/boards.csv",
        "/v1/boards/12",
        "/v1/catalog",
        "/v1/quote?board=12",
    ] {
        let answer = served.get(uri).await;
        answer.problem(503, "not_ready");
        assert_eq!(answer.header("retry-after"), "5", "{uri}");
    }
    served.post_quote("{}").await.problem(503, "not_ready");
    assert_eq!(served.get("/").await.status, StatusCode::OK);
    assert_eq!(served.get("/openapi.json").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let served = Served::new().await;
    for uri in [
        "/v1/nothing",
        "/v2/boards",
        "/docs/nothing.js",
        "/v1/boards/",
    ] {
        served.get(uri).await.problem(404, "not_found");
    }
    for id in ["404", "a%20b", "%2F", "..%2F..", "%00"] {
        let problem = served
            .get(&format!("/v1/boards/{id}"))
            .await
            .problem(404, "board_not_found");
        assert_eq!(problem["errors"][0]["parameter"], "id", "{id}");
    }
    assert_eq!(served.get("/v1/boards/%FF").await.wrong_places(), ["id"]);
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_taken() {
    let served = Served::new().await;
    for method in [Method::DELETE, Method::PUT, Method::PATCH, Method::TRACE] {
        let answer = served.ask(method.clone(), "/v1/quote?board=12", &[]).await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "GET,HEAD,POST", "{method}");
    }
    let answer = served.ask(Method::POST, "/v1/boards", &[]).await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_body_must_be_json_and_small() {
    let served = Served::new().await;
    let post = |content_type: Option<&str>, body: String| {
        let mut request = Request::post("/v1/quote");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        served.send(request.body(Body::from(body)).unwrap())
    };
    let body = || r#"{"boards": ["12"]}"#.to_owned();
    for refused in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
    ] {
        post(refused, body())
            .await
            .problem(415, "unsupported_media_type");
    }
    for taken in ["application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(
            post(Some(taken), body()).await.status,
            StatusCode::OK,
            "{taken}"
        );
    }
    let padded = |bytes: usize| format!("{}{}", body(), " ".repeat(bytes - body().len()));
    let json = Some("application/json");
    assert_eq!(post(json, padded(64 * 1024)).await.status, StatusCode::OK);
    post(json, padded(64 * 1024 + 1))
        .await
        .problem(413, "payload_too_large");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_located_and_not_repeated() {
    let served = Served::new().await;
    let problem = served
        .post_quote("{\n \"boards\": [\"top-secret\"], x}")
        .await
        .problem(400, "invalid_parameter");
    let detail = problem["detail"].as_str().unwrap();
    assert_eq!(detail, "The body is not JSON: line 2, column 28.");
    let answer = served.post_quote("\"top-secret\"").await;
    assert!(!String::from_utf8_lossy(&answer.body).contains("top-secret"));
}

#[tokio::test]
async fn each_wrong_filter_names_its_parameter() {
    let served = Served::new().await;
    let long = format!("q={}", "a".repeat(101));
    let cases = [
        ("state=California", "state"),
        ("state=", "state"),
        ("state=%20C", "state"),
        ("state=C1", "state"),
        ("status=Charged", "status"),
        ("channel=both", "channel"),
        ("eligibility=brokers", "eligibility"),
        ("inactive=yes", "inactive"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=1", "limit"),
        ("page=2", "page"),
        ("q=%00", "q"),
        ("q=%C3%28", "q"),
        (&long, "q"),
    ];
    for (query, place) in cases {
        let answer = served.get(&format!("/v1/boards?{query}")).await;
        assert_eq!(answer.wrong_places(), [place], "{query}");
    }
    let longest = served
        .get(&format!("/v1/boards?q={}", "%C3%A9".repeat(100)))
        .await;
    assert_eq!(longest.status, StatusCode::OK);
    for uri in [
        "/v1/boards/options?q=a",
        "/v1/boards/12?q=a",
        "/v1/catalog?q=a",
    ] {
        assert_eq!(served.get(uri).await.wrong_places(), ["q"], "{uri}");
    }
}

#[tokio::test]
async fn an_answer_stays_small_however_much_is_wrong() {
    let served = Served::new().await;
    let query = (0..5_000)
        .map(|n| format!("p{n}=1"))
        .collect::<Vec<_>>()
        .join("&");
    let answer = served.get(&format!("/v1/boards?{query}")).await;
    assert_eq!(answer.wrong_places().len(), 20);
    assert!(answer.body.len() < 16 * 1024);
}

#[tokio::test]
async fn every_response_has_an_id_and_forbids_sniffing() {
    let served = Served::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for uri in [
        "/",
        "/v1/boards",
        "/v1/nothing",
        "/v1/boards?limit=0",
        "/docs",
        "/openapi.json",
    ] {
        let answer = served.get(uri).await;
        assert!(
            seen.insert(answer.header("x-request-id").to_owned()),
            "{uri}"
        );
        assert!(answer.header("x-request-id").len() >= 16);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let given = served
            .ask(Method::GET, uri, &[("x-request-id", "mine-1.a_B")])
            .await;
        assert_eq!(given.header("x-request-id"), "mine-1.a_B", "{uri}");
        let odd = served
            .ask(Method::GET, uri, &[("x-request-id", "a b")])
            .await;
        assert_ne!(odd.header("x-request-id"), "a b", "{uri}");
    }
}

/// A clock whose every reading is a bug.
struct BrokenClock;

impl ptf_cache::clock::Clock for BrokenClock {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        panic!("the clock of top-secret-host is broken")
    }
}

#[tokio::test]
async fn a_bug_is_answered_without_its_text_and_with_every_header() {
    let served = Served::by_clock(Arc::new(BrokenClock)).await;
    let asked = [("origin", ORIGIN), ("x-request-id", "find-me")];
    let answer = served.ask(Method::GET, "/v1/catalog", &asked).await;
    let problem = answer.problem(500, "internal");
    assert_eq!(problem["request_id"], "find-me");
    assert!(!String::from_utf8_lossy(&answer.body).contains("top-secret"));
    assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn only_pages_of_the_configured_origin_may_read() {
    let served = Served::new().await;
    for uri in [
        "/v1/boards",
        "/v1/boards/404",
        "/v1/boards?limit=0",
        "/v1/nothing",
    ] {
        let allowed = served.ask(Method::GET, uri, &[("origin", ORIGIN)]).await;
        assert_eq!(
            allowed.header("access-control-allow-origin"),
            ORIGIN,
            "{uri}"
        );
        let exposed = allowed
            .header("access-control-expose-headers")
            .to_lowercase();
        for name in [
            "catalog-version",
            "etag",
            "link",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
            "x-request-id",
        ] {
            assert!(
                exposed.split(',').any(|exposed| exposed == name),
                "{uri}: {exposed}"
            );
        }
        for other in ["https://forms.example.evil", "http://forms.example", "null"] {
            let refused = served.ask(Method::GET, uri, &[("origin", other)]).await;
            assert_eq!(refused.header("access-control-allow-origin"), "", "{other}");
        }
        for origin in [ORIGIN, "https://other.example"] {
            let answer = served.ask(Method::GET, uri, &[("origin", origin)]).await;
            assert!(answer.varies_by("origin"), "{uri}");
        }
    }
}

#[tokio::test]
async fn a_preflight_tells_methods_and_headers() {
    let served = Served::new().await;
    let ask = [
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let answer = served.ask(Method::OPTIONS, "/v1/quote", &ask).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(
        answer.header("access-control-allow-methods"),
        "GET,HEAD,POST,OPTIONS"
    );
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "content-type,if-none-match,last-event-id"
    );
    assert!(!answer.header("x-request-id").is_empty());
    let counted = r#"ptf_http_requests_total{route="/v1/quote",method="OPTIONS",status="200"} 1"#;
    let metrics = served.metrics();
    assert!(metrics.contains(counted), "{metrics}");
}
