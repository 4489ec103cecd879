//! A vendor that is not the sandbox: every board and every fee must equal what it sent.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Json;
use axum::routing::get;
use ptf_cache::http::desk::Desk;
use ptf_cache::http::server::{self, ServerSettings};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::harness::World;

/// What the vendor sends of one board, and what must come out.
struct Sent {
    json: Value,
    id: String,
    name: String,
    status: &'static str,
    amounts: Vec<(&'static str, String)>,
    currency: &'static str,
}

/// A thousand boards whose shapes go round: ids as number and text, amounts as text, integer and fraction.
fn boards() -> Vec<Sent> {
    (0..1000_u32).map(board).collect()
}

fn board(position: u32) -> Sent {
    let id = position + 1;
    let name = format!("Board No. {id}");
    let canadian = position % 7 == 3;
    let mut json = json!({
        "id": if position.is_multiple_of(2) { json!(id) } else { json!(id.to_string()) },
        "name": name,
        "abbreviation": format!("B{}", id % 400),
        "state": if canadian { "ON" } else { "OH;PA" },
        "country": if canadian { "CA" } else { "US" },
        "brokersOnly": position.is_multiple_of(10),
        "links": [{"rel": "self", "href": format!("/boards/{id}.json")}],
    });
    let cents = 10 * (position + 1);
    let (amount, status, printed) = match position % 6 {
        0 => (
            json!(format!("{}.{:02}", cents / 100, cents % 100)),
            "charged",
            Some(cents),
        ),
        1 => (serde_json::from_str("0.1").unwrap(), "charged", Some(10)),
        2 => (json!(25), "charged", Some(2500)),
        3 => (
            serde_json::from_str("19.99").unwrap(),
            "charged",
            Some(1999),
        ),
        4 => (json!("varies"), "unpublished", None),
        _ => (Value::Null, "unknown", None),
    };
    json["passThroughFee"] = amount;
    json["passThroughFeeFrequency"] =
        json!(["MONTHLY", "QUARTERLY", "ANNUAL"][position as usize % 3]);
    json["passThroughFeeBasis"] = json!(["ACCOUNT", "AGENT", "OFFICE"][position as usize % 3]);
    let decimal = |cents: u32| format!("{}.{:02}", cents / 100, cents % 100);
    let mut amounts: Vec<(&str, String)> = printed
        .map(|cents| ("idx", decimal(cents)))
        .into_iter()
        .collect();
    if status == "charged" && position.is_multiple_of(4) {
        json["setupFee"] = json!(decimal(cents + 1));
        amounts.push(("setup", decimal(cents + 1)));
    }
    Sent {
        json,
        id: id.to_string(),
        name,
        status,
        amounts,
        currency: if canadian { "CAD" } else { "USD" },
    }
}

/// A number of the query.
fn number(query: &str, name: &str) -> usize {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(key, _)| key == name)
        .unwrap()
        .1
        .parse()
        .unwrap()
}

async fn answer_page(
    State(boards): State<Arc<Vec<Value>>>,
    RawQuery(query): RawQuery,
) -> Json<Value> {
    let query = query.unwrap();
    let (offset, limit) = (number(&query, "offset"), number(&query, "limit"));
    let results: Vec<Value> = boards.iter().skip(offset).take(limit).cloned().collect();
    Json(json!({"total": boards.len(), "results": results, "links": []}))
}

/// Serves the boards as the vendor would, and gives its address.
async fn start(boards: Vec<Value>) -> String {
    serve(
        Router::new()
            .route("/boards.json", get(answer_page))
            .with_state(Arc::new(boards)),
    )
    .await
}

/// Serves `router` for as long as the test runs, and gives its address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let until_the_test_ends = CancellationToken::new();
    tokio::spawn(server::serve(
        listener,
        Desk::before(router),
        ServerSettings::default(),
        until_the_test_ends,
    ));
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_board_and_fee_equals_what_the_vendor_sent() {
    let sent = boards();
    let base_url = start(sent.iter().map(|board| board.json.clone()).collect()).await;
    let world = World::with_vendor(&base_url);
    let synced = world.run(&["sync"]);
    assert_eq!(synced.code, 0, "{}", synced.stderr);
    assert!(
        synced.stderr.contains("1000 boards, 1000 added"),
        "{}",
        synced.stderr
    );
    let service = world.serve();
    service.wait_until_synced().await;
    assert_eq!(
        service.get_ok("/v1/catalog").await["counts"]["boards"],
        1000
    );
    for board in &sent {
        let served = service.get_ok(&format!("/v1/boards/{}", board.id)).await;
        assert_eq!(served["name"], board.name);
        assert_eq!(served["pass_through"]["status"], board.status, "{served}");
        let fees = served["pass_through"]["fees"].as_array().unwrap();
        let amounts: Vec<(&str, String)> = fees
            .iter()
            .map(|fee| {
                assert_eq!(fee["currency"], board.currency);
                let key = if fee["key"] == "idx" { "idx" } else { "setup" };
                (key, fee["amount"].as_str().unwrap().to_owned())
            })
            .collect();
        assert_eq!(amounts, board.amounts, "{served}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_currencies_give_two_totals_and_a_warning() {
    let sent = boards();
    let base_url = start(sent.iter().map(|board| board.json.clone()).collect()).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let charged = |currency: &str| {
        sent.iter()
            .find(|board| board.currency == currency && board.status == "charged")
            .unwrap()
            .id
            .clone()
    };
    let (american, canadian) = (charged("USD"), charged("CAD"));
    let quote = world.run_ok(&["quote", &american, &canadian, "--json"]);
    let quote: Value = serde_json::from_str(&quote).unwrap();
    let currencies: Vec<&Value> = quote["totals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["currency"])
        .collect();
    assert_eq!(currencies, ["CAD", "USD"]);
    assert_eq!(quote["warnings"][0]["code"], "mixed_currency");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_gone_is_quotable_with_a_warning_and_in_no_list() {
    let all: Vec<Value> = boards()
        .into_iter()
        .take(40)
        .map(|board| board.json)
        .collect();
    let base_url = start(all.clone()).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let base_url = start(all[1..].to_vec()).await;
    let mut sync = world.command(&["sync"]);
    let ended = sync
        .env("PTF_UPSTREAM__BASE_URL", &base_url)
        .output()
        .unwrap();
    let printed = String::from_utf8(ended.stdout).unwrap();
    assert!(printed.contains("- 1 Board No. 1"), "{printed}");
    let quote: Value = serde_json::from_str(&world.run_ok(&["quote", "1", "--json"])).unwrap();
    assert_eq!(quote["warnings"][0]["code"], "board_inactive");
    assert_eq!(quote["totals"][0]["pass_through"]["monthly"], "0.10");
    let boards: Value = serde_json::from_str(&world.run_ok(&["boards", "--json"])).unwrap();
    assert_eq!(boards.as_array().unwrap().len(), 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_vendors_shape_is_expressed_by_configuration_alone() {
    let router = Router::new().route(
        "/partners/mls",
        get(|| async {
            Json(json!([
                {"mlsId": "a001", "fullName": "Another Board", "fees": [
                    {"type": "Recurring", "monthlyFrequency": "1", "name": "MLS fee", "price": "4.50"},
                    {"type": "Recurring", "monthlyFrequency": "12", "name": "Licence", "price": "100"},
                    {"type": "One-time", "monthlyFrequency": "", "name": "Set-up", "price": "25.00"},
                ]},
                {"mlsId": "a002", "fullName": "Free Board", "fees": []},
            ]))
        }),
    );
    let base_url = serve(router).await;
    let world = World::with_vendor(&base_url);
    let config = world.path("other.toml");
    std::fs::write(&config, OTHER_VENDOR).unwrap();
    let config = config.to_str().unwrap();
    world.run_ok(&["sync", "--config", config]);
    let quote: Value = serde_json::from_str(&world.run_ok(&["quote", "a001", "--json"])).unwrap();
    let totals = &quote["totals"][0]["pass_through"];
    assert_eq!(totals["due_at_signup"], "129.50");
    assert_eq!(totals["first_year"], "179.00");
    let free: Value = serde_json::from_str(&world.run_ok(&["board", "a002", "--json"])).unwrap();
    assert_eq!(free["pass_through"]["status"], "none");
    let probe = world.run_ok(&["probe", "--config", config]);
    assert!(
        probe.contains("/fullName") && probe.contains("/mlsId"),
        "{probe}"
    );
}

const OTHER_VENDOR: &str = r#"
[upstream.mapping]
path = "/partners/mls"
query = {}
paging = "none"
results = ""
id = "/mlsId"
name = "/fullName"
country = "US"

[[upstream.mapping.fees]]
channel = "pass_through"
list = "/fees"
empty = "none"
key = "/name"
label = "/name"
amount = "/price"
basis = "account"
cadence = { pointer = ["/monthlyFrequency", "/type"], values = { "1" = "monthly", "3" = "quarterly", "6" = "semiannual", "12" = "annual", "One-time" = "one_time" } }
"#;
