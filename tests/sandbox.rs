//! The sandbox vendor, asked over a real socket by a client that knows only the vendor's dialect.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::time::Duration;

use ptf_cache::sandbox::{self, Fault, RunningSandbox, SandboxSettings};
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;

async fn start(boards: u32, faults: &[&str]) -> RunningSandbox {
    let settings = SandboxSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        seed: 1,
        boards,
        faults: words(faults),
    };
    sandbox::start(settings).await.unwrap()
}

fn words(faults: &[&str]) -> Vec<Fault> {
    faults.iter().map(|word| word.parse().unwrap()).collect()
}

fn request(vendor: &RunningSandbox, path: &str) -> RequestBuilder {
    let client = Client::builder().redirect(redirect::Policy::none());
    let client = client.timeout(Duration::from_secs(10)).build().unwrap();
    client.get(vendor.base_url() + path)
}

async fn get(vendor: &RunningSandbox, path: &str) -> Response {
    let request = request(vendor, path).basic_auth(sandbox::USERNAME, Some(sandbox::PASSWORD));
    let response = request.send().await.unwrap();
    assert_eq!(
        response.headers()[sandbox::MARK_HEADER],
        "1",
        "{path} is not marked"
    );
    response
}

async fn get_json(vendor: &RunningSandbox, path: &str) -> Value {
    let response = get(vendor, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    json(response).await
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn ids(page: &Value) -> Vec<String> {
    let results = page["results"].as_array().unwrap();
    let id = |board: &Value| board["id"].as_str().unwrap().to_owned();
    results.iter().map(id).collect()
}

/// The status and the message of a failure in the vendor's form.
async fn failure(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let body = json(response).await;
    assert_eq!(body["errors"][0]["code"], status.as_u16());
    (
        status,
        body["errors"][0]["message"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn following_the_links_gives_each_board_once() {
    let vendor = start(230, &[]).await;
    let mut seen = Vec::new();
    let mut next = Some("/boards.json?fields=*&limit=50&offset=0".to_owned());
    while let Some(path) = next {
        let page = get_json(&vendor, &path).await;
        assert_eq!(page["total"], 230);
        seen.extend(ids(&page));
        let links = page["links"].as_array().unwrap();
        let link = links.iter().find(|link| link["rel"] == "next");
        let href = link.map(|link| link["href"].as_str().unwrap());
        next = href.map(|href| href.strip_prefix(&vendor.base_url()).unwrap().to_owned());
    }
    let expected: Vec<String> = (1001..1231).map(|id: u32| id.to_string()).collect();
    assert_eq!(seen, expected);
    assert_eq!(vendor.requests(), 5);
}

#[tokio::test]
async fn what_is_sent_is_what_the_vendor_has() {
    let vendor = start(60, &[]).await;
    let page = get_json(&vendor, "/boards.json?fields=*&limit=500").await;
    let results = page["results"].as_array().unwrap();
    assert_eq!(results.len(), 60);
    for (sent, board) in results.iter().zip(vendor.boards()) {
        let mut expected = board.to_json();
        expected.insert("links".into(), sent["links"].clone());
        assert_eq!(*sent, Value::Object(expected));
        let path = format!("/boards/{}.json", board.id);
        assert_eq!(sent["links"][0]["href"], vendor.base_url() + &path);
    }
    let one = get_json(&vendor, "/boards/1007.json").await;
    assert_eq!(one, results[6]);
}

#[tokio::test]
async fn only_the_fields_that_are_asked_for_are_sent() {
    let vendor = start(1, &[]).await;
    for (query, expected) in [
        ("", vec!["id", "links", "name"]),
        ("?fields=name,state", vec!["links", "name", "state"]),
        ("?fields=id,nonsense", vec!["id", "links"]),
    ] {
        let page = get_json(&vendor, &format!("/boards.json{query}")).await;
        let mut fields: Vec<&str> = page["results"][0]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        fields.sort_unstable();
        assert_eq!(fields, expected, "{query}");
    }
}

#[tokio::test]
async fn without_the_right_password_nothing_is_answered() {
    let vendor = start(1, &[]).await;
    for path in ["/boards.json", "/boards/1001.json", "/elsewhere"] {
        let anonymous = request(&vendor, path);
        let wrong = request(&vendor, path).basic_auth(sandbox::USERNAME, Some("guess"));
        let token = request(&vendor, path).bearer_auth("c2FuZGJveDpzYW5kYm94");
        for request in [anonymous, wrong, token] {
            let response = request.send().await.unwrap();
            assert!(
                response.headers()[WWW_AUTHENTICATE]
                    .to_str()
                    .unwrap()
                    .starts_with("Basic ")
            );
            assert_eq!(response.headers()[sandbox::MARK_HEADER], "1");
            assert_eq!(failure(response).await.0, StatusCode::UNAUTHORIZED);
        }
    }
}

#[tokio::test]
async fn bad_requests_are_answered_with_errors() {
    let vendor = start(1, &[]).await;
    let (status, message) = failure(get(&vendor, "/boards.json?limit=1000").await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        message,
        "limit is \"1000\"; it must be a whole number, from 1 to 500"
    );
    for path in [
        "/",
        "/boards",
        "/boards/1001",
        "/boards/9999.json",
        "/boards/1001.json/more",
    ] {
        assert_eq!(
            failure(get(&vendor, path).await).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let post = Client::new().post(vendor.base_url() + "/boards.json");
    let post = post
        .basic_auth(sandbox::USERNAME, Some(sandbox::PASSWORD))
        .send()
        .await
        .unwrap();
    assert_eq!(failure(post).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn boards_and_faults_change_while_it_runs() {
    let vendor = start(3, &["unavailable"]).await;
    assert_eq!(
        get(&vendor, "/boards.json").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    vendor.set_faults(Vec::new());
    assert_eq!(
        ids(&get_json(&vendor, "/boards.json").await),
        ["1001", "1002", "1003"]
    );
    let mut boards = vendor.boards();
    boards.remove(1);
    vendor.set_boards(boards);
    assert_eq!(
        ids(&get_json(&vendor, "/boards.json").await),
        ["1001", "1003"]
    );
    assert_eq!(vendor.requests(), 3);
}

/// What `/sandbox/fault` answers.
async fn order(vendor: &RunningSandbox, method: reqwest::Method, body: &str) -> (u16, Value) {
    let url = vendor.base_url() + sandbox::FAULT_PATH;
    let request = Client::new().request(method, url).body(body.to_owned());
    let response = request.send().await.unwrap();
    (response.status().as_u16(), json(response).await)
}

#[tokio::test]
async fn faults_are_ordered_by_request_and_taken_away_again() {
    use reqwest::Method;
    let vendor = start(3, &[]).await;
    let down = order(&vendor, Method::PUT, r#"{"fault": "down"}"#).await;
    assert_eq!(down, (200, serde_json::json!({ "faults": ["down"] })));
    assert!(request(&vendor, "/boards.json").send().await.is_err());
    let both = order(
        &vendor,
        Method::PUT,
        r#"{"fault": ["drop-half", "zero-fees"]}"#,
    )
    .await;
    assert_eq!(
        both.1["faults"],
        serde_json::json!(["drop-half", "zero-fees"])
    );
    assert_eq!(
        ids(&get_json(&vendor, "/boards.json").await),
        ["1001", "1003"]
    );
    let (_, listed) = order(&vendor, Method::GET, "").await;
    assert_eq!(
        listed["known"].as_array().unwrap().len(),
        Fault::all().count()
    );
    order(&vendor, Method::DELETE, "").await;
    assert_eq!(ids(&get_json(&vendor, "/boards.json").await).len(), 3);
    assert_eq!(vendor.requests(), 3, "orders are no requests to the vendor");
}

#[tokio::test]
async fn an_order_that_is_none_is_refused_with_what_may_be_ordered() {
    let vendor = start(1, &["unavailable"]).await;
    for (body, told) in [
        (
            r#"{"fault": "fire"}"#,
            "\"fire\" is not a fault; there are: down, ",
        ),
        (r#"{"fault": ["down", "fire"]}"#, "\"fire\" is not a fault"),
        (r#"{"fault": 7}"#, "write {\"fault\": \"down\"}"),
        (r#"{"faults": "down"}"#, "unknown field"),
        ("", "write {\"fault\": \"down\"}"),
    ] {
        let (status, refused) = order(&vendor, reqwest::Method::PUT, body).await;
        let message = refused["errors"][0]["message"].as_str().unwrap();
        assert!(
            status == 400 && message.contains(told),
            "{status} {message}"
        );
    }
    let status = get(&vendor, "/boards.json").await.status();
    assert_eq!(
        status,
        StatusCode::SERVICE_UNAVAILABLE,
        "nothing has changed"
    );
}

/// What a client makes of two pages that it will not wait long for, each with its status.
async fn seen(client: &Client, vendor: &RunningSandbox) -> Vec<Option<(StatusCode, Vec<u8>)>> {
    let mut pages = Vec::new();
    for offset in [0, 50, 100] {
        let url = vendor.base_url() + &format!("/boards.json?fields=*&limit=50&offset={offset}");
        let request = client.get(url);
        let request = request.basic_auth(sandbox::USERNAME, Some(sandbox::PASSWORD));
        let read = async {
            let mut response = request.send().await.ok()?;
            let (status, mut body) = (response.status(), Vec::new());
            while let Some(chunk) = response.chunk().await.ok()? {
                body.extend_from_slice(&chunk);
                if body.len() > 1_000_000 {
                    return None;
                }
            }
            Some((status, body))
        };
        let patience = Duration::from_millis(500);
        pages.push(tokio::time::timeout(patience, read).await.unwrap_or(None));
    }
    pages
}

#[tokio::test]
async fn every_fault_shows() {
    let vendor = start(101, &[]).await;
    let client = Client::builder().redirect(redirect::Policy::none());
    let client = client.build().unwrap();
    let usual = seen(&client, &vendor).await;
    assert!(usual.iter().all(Option::is_some));
    for fault in Fault::all() {
        vendor.set_faults(vec![fault]);
        assert_ne!(
            seen(&client, &vendor).await,
            usual,
            "{fault} changes nothing"
        );
    }
    vendor.set_faults(vec![]);
    assert_eq!(seen(&client, &vendor).await, usual);
}

#[tokio::test]
async fn a_stopped_sandbox_refuses_connections() {
    let vendor = start(1, &[]).await;
    let again = request(&vendor, "/boards.json");
    get_json(&vendor, "/boards.json").await;
    vendor.stop().await;
    assert!(again.send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_slow_answer() {
    let vendor = start(1, &["slow"]).await;
    let asked = tokio::spawn(request(&vendor, "/boards.json").send());
    let received = async {
        while vendor.requests() == 0 {
            tokio::task::yield_now().await;
        }
    };
    let deadline = Duration::from_secs(5);
    tokio::time::timeout(deadline, received).await.unwrap();
    tokio::time::timeout(deadline, vendor.stop()).await.unwrap();
    assert!(asked.await.unwrap().is_err());
}

// What clients see of the faults that are asked for most.

#[tokio::test]
async fn a_vendor_that_is_down_closes_connections_unanswered() {
    let vendor = start(1, &["down"]).await;
    assert!(request(&vendor, "/boards.json").send().await.is_err());
    assert_eq!(vendor.requests(), 1);
}

#[tokio::test]
async fn a_vendor_may_refuse_the_right_password() {
    let vendor = start(1, &["auth"]).await;
    assert_eq!(
        failure(get(&vendor, "/boards.json").await).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_slow_vendor_keeps_the_client_waiting() {
    let vendor = start(1, &["slow"]).await;
    let impatient = request(&vendor, "/boards.json").timeout(Duration::from_millis(200));
    assert!(impatient.send().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_log_in_page_comes_with_status_200() {
    let vendor = start(1, &["html"]).await;
    let response = get(&vendor, "/boards.json").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html;charset=UTF-8");
    assert!(response.text().await.unwrap().contains("<form"));
}

#[tokio::test]
async fn a_vendor_error_comes_with_status_200() {
    let vendor = start(1, &["vendor-error"]).await;
    let body = get_json(&vendor, "/boards.json").await;
    assert_eq!(body["errors"][0]["message"], "Something went wrong");
    assert!(body.get("results").is_none());
}

#[tokio::test]
async fn truncated_json_is_whole_http() {
    let vendor = start(5, &["truncated"]).await;
    let response = get(&vendor, "/boards.json?fields=*").await;
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.bytes().await.unwrap();
    assert!(body.starts_with(b"{"));
    assert!(serde_json::from_slice::<Value>(&body).unwrap_err().is_eof());
}

#[tokio::test]
async fn a_flaky_vendor_answers_every_other_request() {
    let vendor = start(1, &["flaky"]).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(&vendor, "/boards.json").await.status().as_u16());
    }
    assert_eq!(statuses, [500, 200, 500, 200]);
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let vendor = start(1, &["rate-limited"]).await;
    let response = get(&vendor, "/boards.json").await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()[RETRY_AFTER], "1");
}

#[tokio::test]
async fn a_redirect_leads_to_another_host() {
    let vendor = start(1, &["redirect"]).await;
    let response = get(&vendor, "/boards.json").await;
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(
        response.headers()[LOCATION],
        "http://elsewhere.invalid/boards.json"
    );
}

#[tokio::test]
async fn faults_in_the_data_act_together() {
    let vendor = start(41, &["drop-half", "zero-fees", "total-too-big"]).await;
    let page = get_json(&vendor, "/boards.json?fields=*").await;
    assert_eq!((&page["total"], ids(&page).len()), (&Value::from(121), 21));
    let amounts = page["results"].as_array().unwrap().iter();
    let amounts: HashSet<&str> = amounts
        .filter_map(|board| board["passThroughFee"].as_str())
        .collect();
    assert_eq!(amounts, HashSet::from(["0.00"]));
    vendor.set_faults(words(&["empty"]));
    assert_eq!(get_json(&vendor, "/boards.json").await["total"], 0);
}
