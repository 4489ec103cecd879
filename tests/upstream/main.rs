//! The vendor client over a real socket: whole lists come out whole, and nothing less comes out at all.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod vendor;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use ptf_cache::domain::board::FeeStatus;
use ptf_cache::domain::fee::Price;
use ptf_cache::domain::run::FailureClass;
use ptf_cache::upstream::{
    Client, Fetched, FetchedBoard, Mapping, Progress, Reading, UpstreamError, UpstreamSettings,
};
use serde_json::{Value, json};

use vendor::{Reply, Request, Vendor};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn settings(vendor: &Vendor) -> UpstreamSettings {
    UpstreamSettings {
        base_url: format!("http://{}/v1/", vendor.address).parse().unwrap(),
        username: "reseller".to_owned(),
        password: "s3cret".to_owned().into(),
        page_size: 50,
        timeout: Duration::from_secs(5),
        deadline: Duration::from_secs(30),
        max_body_bytes: 1 << 20,
        allow_http: false,
        allow_sandbox: false,
        retry_base: Duration::from_millis(2),
    }
}

fn client_with(settings: UpstreamSettings) -> Client {
    let mapping = Mapping::from_config("ihomefinder", &json!({})).unwrap();
    Client::new(settings, mapping).unwrap()
}

async fn fetch(vendor: &Vendor) -> Result<Fetched, UpstreamError> {
    fetch_with(settings(vendor)).await
}

async fn fetch_with(settings: UpstreamSettings) -> Result<Fetched, UpstreamError> {
    client_with(settings).fetch_all(NOW, &|_| {}).await
}

/// The class and the text of a fetch that fails; the text never holds a credential or a body.
async fn failure_with(settings: UpstreamSettings) -> (FailureClass, String) {
    let error = fetch_with(settings).await.unwrap_err();
    let text = error.to_string();
    assert!(
        !text.contains("s3cret") && !text.contains("<html"),
        "{text}"
    );
    (error.class(), text)
}

async fn failure(vendor: &Vendor) -> (FailureClass, String) {
    failure_with(settings(vendor)).await
}

/// A board with the id and a fee; ids are numbers and texts by turns, amounts texts, fractions and whole numbers.
fn board(number: u64) -> Value {
    let id = match number % 2 {
        0 => json!(number),
        _ => json!(number.to_string()),
    };
    let amount: Value = match number % 3 {
        0 => json!("20.00"),
        1 => serde_json::from_str("0.1").unwrap(),
        _ => json!(25),
    };
    json!({
        "id": id, "name": format!("Board {number}"), "abbreviation": "B", "state": "CA;NV",
        "passThroughFee": amount, "passThroughFeeFrequency": "MONTHLY", "passThroughFeeBasis": "ACCOUNT",
        "links": [{"rel": "self", "href": format!("/boards/{number}.json")}],
    })
}

fn boards(count: u64) -> Vec<Value> {
    (0..count).map(board).collect()
}

/// The page of `boards` that `request` asks for, with the true total.
fn page(boards: &[Value], request: &Request) -> Reply {
    Reply::json(page_json(boards, request, boards.len() as u64))
}

fn page_json(boards: &[Value], request: &Request, total: u64) -> Value {
    let (offset, limit) = (request.number("offset"), request.number("limit"));
    let wanted = boards.iter().skip(offset as usize).take(limit as usize);
    json!({"total": total, "results": wanted.collect::<Vec<_>>(), "links": []})
}

fn amount(board: &FetchedBoard) -> String {
    let Reading::Read(channel) = &board.pass_through else {
        panic!("{:?}", board.pass_through)
    };
    match channel.fees()[0].price() {
        Price::Unit(money) => money.to_decimal_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pages_of_fifty_over_a_thousand_boards_lose_and_repeat_none() {
    let vendor = Vendor::start(|request, _| page(&boards(1000), request)).await;
    let seen = Mutex::new(Vec::new());
    let note = |progress: Progress| seen.lock().unwrap().push(progress);

    let fetched = client_with(settings(&vendor))
        .fetch_all(NOW, &note)
        .await
        .unwrap();

    let ids: BTreeMap<String, String> = fetched
        .boards
        .iter()
        .map(|board| (board.facts.id.to_string(), amount(board)))
        .collect();
    let expected: BTreeMap<String, String> = (0..1000_u64)
        .map(|number| {
            (
                number.to_string(),
                ["20.00", "0.10", "25.00"][number as usize % 3].to_owned(),
            )
        })
        .collect();
    assert_eq!(ids, expected);
    assert_eq!(fetched.boards.len(), 1000);
    assert_eq!((fetched.pages, fetched.sandbox), (20, false));
    assert_eq!(
        (fetched.rejected, fetched.notices),
        (vec![], Vec::<String>::new())
    );
    let last = Progress {
        boards: 1000,
        total: Some(1000),
    };
    assert_eq!(seen.lock().unwrap().last(), Some(&last));
}

#[tokio::test]
async fn every_request_says_who_asks_and_what_for() {
    let vendor = Vendor::start(|request, _| page(&boards(3), request)).await;
    fetch(&vendor).await.unwrap();

    let requests = vendor.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].target,
        "/v1/boards.json?fields=*&limit=50&offset=0"
    );
    let head = requests[0].head.to_ascii_lowercase();
    // base64 of reseller:s3cret
    assert!(
        requests[0].head.contains("Basic cmVzZWxsZXI6czNjcmV0"),
        "{head}"
    );
    assert!(head.contains("user-agent: ptf-cache/"), "{head}");
    assert!(head.contains("accept: application/json"), "{head}");
}

#[tokio::test]
async fn refused_credentials_are_sent_exactly_once() {
    for status in [401, 403] {
        let vendor = Vendor::start(move |_, _| Reply::status(status)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Auth);
        assert!(text.contains("upstream.password"), "{text}");
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_vendor_in_trouble_for_a_moment_is_asked_again() {
    let vendor = Vendor::start(|request, position| match position {
        0 => Reply::status(500),
        1 => Reply::json(r#"{"total": 3, "results": ["#).broken_off(),
        _ => page(&boards(3), request),
    })
    .await;
    assert_eq!(fetch(&vendor).await.unwrap().boards.len(), 3);
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn a_vendor_in_trouble_for_longer_is_asked_three_times_a_page() {
    let vendor = Vendor::start(|_, _| Reply::status(503)).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Status);
    assert!(text.contains("503"), "{text}");
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn other_statuses_are_final() {
    let vendor = Vendor::start(|_, _| Reply::status(404)).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Status);
    assert!(text.contains("upstream.mapping.path"), "{text}");
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn a_wait_the_vendor_asks_for_is_kept() {
    let vendor = Vendor::start(|request, position| match position {
        0 => Reply::status(429).header("retry-after", "1"),
        _ => page(&boards(3), request),
    })
    .await;
    let start = Instant::now();
    fetch(&vendor).await.unwrap();
    assert!(
        start.elapsed() >= Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_ends_the_run_at_once() {
    for wait in [
        "3600",
        "999999999999999999999",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    ] {
        let vendor =
            Vendor::start(move |_, _| Reply::status(429).header("retry-after", wait)).await;
        let start = Instant::now();
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::RateLimited);
        assert!(text.contains("until 1970-01-01T00:15:0"), "{text}");
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_rate_limit_without_a_time_is_tried_like_other_trouble() {
    let vendor = Vendor::start(|_, _| Reply::status(429)).await;
    assert_eq!(failure(&vendor).await.0, FailureClass::RateLimited);
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn the_vendor_s_own_error_counts_whatever_the_status() {
    let body = json!({"errors": [{"code": 123, "message": "Account\u{1b}[31m is suspended\n", "href": "/e"}]});
    for (status, requests) in [(200, 1), (400, 1), (500, 3)] {
        let reply = Reply::json(&body).with_status(status);
        let vendor = Vendor::start(move |_, _| reply.clone()).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::VendorError, "{status}");
        assert!(
            text.contains("error 123: Account [31m is suspended;"),
            "{text}"
        );
        assert_eq!(vendor.requests().len(), requests, "{status}");
    }
    let harmless =
        Vendor::start(|_, _| Reply::json(json!({"total": 1, "results": [board(1)], "errors": []})))
            .await;
    assert!(fetch(&harmless).await.is_ok());
}

#[tokio::test]
async fn what_is_no_json_is_told_by_what_it_is() {
    for (reply, part) in [
        (
            Reply::text("text/html; charset=utf-8", "<html>Log in</html>"),
            "\"text/html\"",
        ),
        (Reply::json(""), "an empty answer"),
        (Reply::json(" \n"), "an empty answer"),
        (Reply::status(204), "204"),
    ] {
        let vendor = Vendor::start(move |_, _| reply.clone()).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Content, "{text}");
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn json_of_any_name_is_read() {
    for kind in [
        "application/json; charset=utf-8",
        "application/hal+json",
        "text/json",
    ] {
        let vendor =
            Vendor::start(move |request, _| page(&boards(3), request).header("content-type", kind))
                .await;
        assert!(fetch(&vendor).await.is_ok(), "{kind}");
    }
}

#[tokio::test]
async fn json_that_does_not_parse_is_not_guessed_at() {
    let whole = json!({"total": 1, "results": [board(1)]}).to_string();
    for body in [
        whole[..whole.len() - 5].to_owned(),
        format!("{whole}{whole}"),
        format!("\u{feff}{whole}"),
        whole.replace("\"total\":1", "\"total\":NaN"),
        whole.replace("0.1", "1e999"),
        whole.replace("\"total\":1", "\"total\":1,\"total\":1"),
        "[".repeat(10_000),
    ] {
        let shown = body.chars().take(60).collect::<String>();
        let vendor = Vendor::start(move |_, _| Reply::json(&body)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Parse, "{shown}: {text}");
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_body_without_end_stops_at_the_limit() {
    let vendor = Vendor::start(|_, _| Reply::json(" ".repeat(1000)).endless()).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Size);
    assert!(text.contains("1048576"), "{text}");
}

#[tokio::test]
async fn the_limit_counts_bytes_after_decompression() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 20 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let reply = Reply::json("")
        .header("content-encoding", "gzip")
        .bytes(bomb);
    let vendor = Vendor::start(move |_, _| reply.clone()).await;
    assert_eq!(failure(&vendor).await.0, FailureClass::Size);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Vendor::start(|request, _| page(&boards(3), request)).await;
    let target = format!("http://{}/v1/boards.json", elsewhere.address);
    for status in [301, 302, 307, 308] {
        let location = target.clone();
        let vendor =
            Vendor::start(move |_, _| Reply::status(status).header("location", &location)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Redirect);
        assert!(text.contains("to http://127.0.0.1;"), "{text}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_vendor_that_says_nothing_for_too_long_times_out() {
    let vendor = Vendor::start(|_, _| Reply::json("{").stalled()).await;
    let (class, text) = failure_with(UpstreamSettings {
        timeout: Duration::from_millis(200),
        ..settings(&vendor)
    })
    .await;
    assert_eq!(class, FailureClass::Timeout);
    assert!(text.contains("within 0.200 s"), "{text}");
}

#[tokio::test]
async fn a_run_ends_by_its_deadline() {
    let vendor = Vendor::start(|_, _| Reply::json("{").stalled()).await;
    let start = Instant::now();
    let (class, _) = failure_with(UpstreamSettings {
        deadline: Duration::from_millis(300),
        ..settings(&vendor)
    })
    .await;
    assert_eq!(class, FailureClass::Deadline);
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn nobody_listening_is_a_failed_connection() {
    let vendor = Vendor::start(|_, _| Reply::status(200)).await;
    let settings = settings(&vendor);
    drop(vendor);
    // The listener closes with its task, a moment later: a connection made before is reset, which is the same class.
    let (class, text) = failure_with(settings).await;
    assert_eq!(class, FailureClass::Connect);
    assert!(text.contains("http://127.0.0.1:"), "{text}");
}

#[tokio::test]
async fn a_failed_handshake_is_told_from_a_failed_connection_and_not_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let mut connections = 0;
        while let Ok(Ok((stream, _))) =
            tokio::time::timeout(Duration::from_millis(500), listener.accept()).await
        {
            connections += 1;
            stream.writable().await.unwrap();
            stream
                .try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .unwrap();
        }
        connections
    });
    let vendor = Vendor::start(|_, _| Reply::status(200)).await;
    let mut settings = settings(&vendor);
    settings.base_url = format!("https://{address}").parse().unwrap();
    let (class, text) = failure_with(settings).await;
    assert_eq!(class, FailureClass::Tls, "{text}");
    assert_eq!(server.await.unwrap(), 1);
}

#[tokio::test]
async fn a_list_that_changes_under_way_is_read_once_more() {
    let vendor = Vendor::start(|request, position| {
        let total = if position == 1 { 121 } else { 120 };
        Reply::json(page_json(&boards(120), request, total))
    })
    .await;
    assert_eq!(fetch(&vendor).await.unwrap().boards.len(), 120);
    assert_eq!(vendor.requests().len(), 2 + 3);
}

#[tokio::test]
async fn a_list_that_never_adds_up_is_a_paging_failure() {
    let all = boards(120);
    let never = [
        ("a total too big", 121, 50),
        ("a total too small", 100, 50),
        ("a total of half a page less", 90, 50),
        ("a short page in the middle", 120, 40),
        ("a page that repeats for ever", 120, 0),
    ];
    for (name, total, step) in never {
        let all = all.clone();
        let vendor = Vendor::start(move |request, _| {
            let offset = if step == 0 {
                0
            } else {
                request.number("offset") as usize
            };
            let wanted: Vec<_> = all.iter().skip(offset).take(step.max(1)).collect();
            let wanted = if step == 0 {
                all[..50].iter().collect()
            } else {
                wanted
            };
            Reply::json(json!({"total": total, "results": wanted}))
        })
        .await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Paging, "{name}: {text}");
        assert!(vendor.requests().len() <= 8, "{name}");
    }
}

#[tokio::test]
async fn a_total_that_changes_with_every_page_is_a_paging_failure() {
    let vendor = Vendor::start(|request, position| {
        Reply::json(page_json(&boards(120), request, 120 + position as u64))
    })
    .await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Paging);
    assert!(text.contains("the total changed"), "{text}");
}

#[tokio::test]
async fn a_vendor_may_refuse_to_look_behind_the_end() {
    let vendor = Vendor::start(|request, _| match request.number("offset") {
        100 => Reply::json(json!({"errors": [{"code": 4, "message": "offset out of range"}]}))
            .with_status(400),
        _ => page(&boards(100), request),
    })
    .await;
    assert_eq!(fetch(&vendor).await.unwrap().boards.len(), 100);
}

#[tokio::test]
async fn a_board_sent_twice_alike_counts_once() {
    let mut all = boards(3);
    all.push(board(2));
    let vendor = Vendor::start(move |request, _| page(&all, request)).await;
    let fetched = fetch(&vendor).await.unwrap();
    assert_eq!(fetched.boards.len(), 3);
    assert!(
        fetched.notices[0].contains("\"2\" came more than once"),
        "{:?}",
        fetched.notices
    );
}

#[tokio::test]
async fn one_id_for_two_boards_is_an_identity_failure() {
    let mut all = boards(3);
    let mut other = board(2);
    other["id"] = json!("2");
    other["name"] = json!("Another board");
    all.push(other);
    let vendor = Vendor::start(move |request, _| page(&all, request)).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Identity);
    assert!(text.contains("\"2\""), "{text}");
}

#[tokio::test]
async fn a_board_on_two_pages_means_that_the_list_moved() {
    // A board is added at the front while the pages are read: the last of page one comes again on page two.
    let vendor = Vendor::start(|request, position| {
        let mut all = boards(120);
        if position > 0 {
            all.insert(0, board(500));
            all.pop();
        }
        page(&all, request)
    })
    .await;
    let fetched = fetch(&vendor).await.unwrap();
    assert_eq!(fetched.boards.len(), 120);
    assert!(
        fetched
            .boards
            .iter()
            .any(|board| board.facts.id.as_str() == "500")
    );
    assert!(fetched.notices.is_empty(), "{:?}", fetched.notices);
}

#[tokio::test]
async fn an_empty_list_is_never_taken_for_the_whole() {
    let vendor = Vendor::start(|request, _| page(&[], request)).await;
    assert_eq!(failure(&vendor).await.0, FailureClass::Empty);
}

#[tokio::test]
async fn a_renamed_id_or_name_is_a_schema_failure_and_one_missing_is_a_rejected_row() {
    for renamed in ["id", "name"] {
        let mut all = boards(3);
        for board in &mut all {
            let value = board.as_object_mut().unwrap().remove(renamed).unwrap();
            board["renamed"] = value;
        }
        let broken = all.clone();
        let vendor = Vendor::start(move |request, _| page(&broken, request)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Schema);
        assert!(
            text.contains(&format!("upstream.mapping.{renamed}")),
            "{text}"
        );

        all.push(board(7));
        let vendor = Vendor::start(move |request, _| page(&all, request)).await;
        let fetched = fetch(&vendor).await.unwrap();
        assert_eq!((fetched.boards.len(), fetched.rejected.len()), (1, 3));
        assert_eq!(fetched.rejected[0].id.is_some(), renamed == "name");
        assert!(
            fetched.notices.iter().any(|line| line.contains("/renamed")),
            "{:?}",
            fetched.notices
        );
    }
}

#[tokio::test]
async fn a_page_of_another_shape_is_a_schema_failure() {
    for body in [
        json!([board(1)]),
        json!({"total": 1, "results": {}}),
        json!({"total": "many", "results": []}),
        json!(7),
    ] {
        let shown = body.to_string();
        let vendor = Vendor::start(move |_, _| Reply::json(&body)).await;
        assert_eq!(failure(&vendor).await.0, FailureClass::Schema, "{shown}");
    }
}

#[tokio::test]
async fn the_sandbox_is_admitted_only_where_the_settings_say_so() {
    let vendor =
        Vendor::start(|request, _| page(&boards(3), request).header("x-ptf-sandbox", "1")).await;
    let error = fetch(&vendor).await.unwrap_err();
    assert_eq!(error, UpstreamError::Sandbox);
    assert!(
        error.to_string().contains("upstream.allow_sandbox"),
        "{error}"
    );
    let admitted = UpstreamSettings {
        allow_sandbox: true,
        ..settings(&vendor)
    };
    assert!(fetch_with(admitted).await.unwrap().sandbox);
    assert!(
        client_with(settings(&vendor))
            .probe(NOW)
            .await
            .unwrap()
            .sandbox
    );
}

#[tokio::test]
async fn wrong_fees_of_one_board_leave_the_others_alone() {
    let mut all = boards(3);
    all[1]["passThroughFee"] = json!("25,00");
    all[2]["passThroughFee"] = json!("varies");
    let vendor = Vendor::start(move |request, _| page(&all, request)).await;
    let fetched = fetch(&vendor).await.unwrap();
    assert_eq!(amount(&fetched.boards[0]), "20.00");
    assert!(
        matches!(&fetched.boards[1].pass_through, Reading::Rejected { reason } if reason.contains("25,00"))
    );
    assert!(
        matches!(&fetched.boards[2].pass_through, Reading::Read(fees) if fees.status() == FeeStatus::Unpublished)
    );
}

#[tokio::test]
async fn another_vendor_s_list_in_one_answer_is_read_without_paging() {
    let overrides: Value = toml::from_str(
        r#"
        path = "/mls"
        query = { rf = "fees" }
        paging = "none"
        results = ""
        id = "/mlsID"
        [[fees]]
        channel = "pass_through"
        list = "/fees"
        key = "/name"
        amount = "/price"
        basis = "account"
        cadence = { pointer = ["/type", "/monthlyFrequency"], values = { "One Time" = "one_time", "1" = "monthly", "12" = "annual" } }
        "#,
    )
    .unwrap();
    let vendor = Vendor::start(|_, _| {
        Reply::json(json!([
            {"mlsID": 7, "name": "A", "fees": [{"type": "Recurring", "monthlyFrequency": "1", "name": "Data", "price": "4.50"}]},
            {"mlsID": "b9", "name": "B", "fees": []},
        ]))
    })
    .await;
    let mapping = Mapping::from_config("ihomefinder", &overrides).unwrap();
    let client = Client::new(settings(&vendor), mapping).unwrap();
    let fetched = client.fetch_all(NOW, &|_| {}).await.unwrap();
    assert_eq!(vendor.requests()[0].target, "/v1/mls?rf=fees");
    assert_eq!(amount(&fetched.boards[0]), "4.50");
    assert!(
        matches!(&fetched.boards[1].pass_through, Reading::Read(fees) if fees.is_nothing_recorded())
    );
}

#[tokio::test]
async fn a_probe_shows_what_the_mapping_took_missed_and_left() {
    let vendor = Vendor::start(|request, _| {
        let mut all = boards(3);
        all[0]["passThroughFeeFrequency"] = json!("WEEKLY");
        all[1]["extra"] = json!({"depth": [1, 2]});
        all[2]["id"] = json!("a b");
        page(&all, request)
    })
    .await;
    let probe = client_with(settings(&vendor)).probe(NOW).await.unwrap();

    assert_eq!((probe.results, probe.total), (3, Some(3)));
    let field = |path: &str| {
        let path = format!("upstream.mapping.{path}");
        probe
            .fields
            .iter()
            .find(|field| field.path == path)
            .unwrap()
    };
    let amount = field("fees[0].amount");
    assert_eq!((amount.found, amount.places), (3, 3));
    assert_eq!(
        (amount.from.as_str(), amount.example.as_deref()),
        ("/passThroughFee", Some("20.00"))
    );
    assert_eq!(
        (
            field("paperwork").found,
            field("paperwork").example.as_deref()
        ),
        (0, None)
    );
    assert_eq!(field("fees[1].cadence").from, "\"one_time\"");
    let unused: Vec<_> = probe
        .unused
        .iter()
        .map(|field| field.pointer.as_str())
        .collect();
    assert_eq!(unused, ["/extra/depth"]);
    assert!(
        probe.notices[0].contains("\"WEEKLY\" at /passThroughFeeFrequency"),
        "{:?}",
        probe.notices
    );
    assert_eq!((probe.boards.len(), probe.rejected.len()), (2, 1));
    assert_eq!(vendor.requests().len(), 1);
    assert!(!format!("{probe:?}").contains("s3cret"));
}
