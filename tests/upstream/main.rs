//! The vendor client over a real socket: whole lists come out whole, and nothing less comes out at all.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod bodies;
mod faults;
mod kept;
mod memory;
mod paging;
mod same;
mod tls;
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
    let base_url = format!("http://{}/v1/", vendor.address).parse().unwrap();
    UpstreamSettings {
        timeout: Duration::from_secs(5),
        deadline: Duration::from_secs(30),
        max_body_bytes: 1 << 20,
        retry_base: Duration::from_millis(2),
        ..UpstreamSettings::new(base_url, "reseller", "s3cret".into())
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

/// The bytes packed.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
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
