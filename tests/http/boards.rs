//! Boards: the drop-down, the list, the export, one board.

use std::io::Read;

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::Served;

fn ids(page: &Value, list: &str, key: &str) -> Vec<String> {
    let items = page[list].as_array().unwrap().iter();
    items
        .map(|item| item[key].as_str().unwrap().to_owned())
        .collect()
}

async fn listed(served: &Served, query: &str) -> Vec<String> {
    let page = served.json(&format!("/v1/boards?{query}")).await;
    let mut ids = ids(&page, "boards", "id");
    ids.sort();
    ids
}

#[tokio::test]
async fn a_board_shows_everything_known_of_it_and_nothing_that_is_for_staff() {
    let served = Served::new().await;
    let board = served.json("/v1/boards/12").await;
    let source = json!({"kind": "reseller_api", "observed_at": "2026-11-20T06:00:00Z", "verified_on": null, "url": null});
    let fee = |key: &str, amount: &str, cadence: &str| {
        json!({
            "key": key, "label": format!("Fee {key}"), "amount": amount, "amount_max": null, "currency": "USD",
            "cadence": cadence, "billed": null, "basis": "account", "included": 0, "tier_mode": null, "tiers": [],
            "minimum": null, "maximum": null, "effective_from": null, "effective_to": null, "note": null,
            "source": source,
        })
    };
    let expected = json!({
        "id": "12", "name": "Cedar Valley MLS", "abbreviation": "CVMLS", "states": ["IA"], "country": "US",
        "eligibility": "agents_and_brokers", "paperwork": "automatic", "active": true, "coverage_url": null,
        "label": "Cedar Valley MLS (CVMLS), IA", "fee_label": "$20.00/mo + $100.00 set-up",
        "pass_through": {
            "status": "charged", "note": null,
            "fees": [fee("idx", "20.00", "monthly"), fee("setup", "100.00", "one_time")],
            "partial": false, "source": source,
        },
        "direct": {"status": "unknown", "note": null, "fees": [], "partial": false, "source": null},
        "held": [],
    });
    assert_eq!(board, expected);
    for path in [
        "/v1/boards/10",
        "/v1/boards",
        "/v1/boards.csv",
        "/v1/quote?board=10",
    ] {
        let answer = served.get(path).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(!text.contains("secret"), "{path}: {text}");
        assert!(!text.contains("2026-06-30"), "{path}: {text}");
        assert!(!text.contains("internal_note"), "{path}: {text}");
    }
}

#[tokio::test]
async fn tiers_and_ranges_are_shown_as_they_are_recorded() {
    let served = Served::new().await;
    let steps = served.json("/v1/boards/11").await;
    let fee = &steps["pass_through"]["fees"][0];
    assert_eq!(fee["amount"], Value::Null);
    assert_eq!(fee["tier_mode"], "volume");
    let tiers = json!([
        {"up_to": 9, "unit_amount": "20.00", "flat_amount": null},
        {"up_to": 100, "unit_amount": null, "flat_amount": "200.00"},
        {"up_to": null, "unit_amount": null, "flat_amount": "300.00"},
    ]);
    assert_eq!(fee["tiers"], tiers);
    let range = served.json("/v1/boards/13").await;
    let fee = &range["pass_through"]["fees"][0];
    assert_eq!(
        (&fee["amount"], &fee["amount_max"]),
        (&json!("25.00"), &json!("30.00"))
    );
    assert_eq!(fee["currency"], "CAD");
}

#[tokio::test]
async fn the_four_answers_stay_apart() {
    let served = Served::new().await;
    let options = served.json("/v1/boards/options").await;
    let of = |id: &str| {
        let options = options["options"].as_array().unwrap().iter();
        let option = options
            .clone()
            .find(|option| option["value"] == id)
            .unwrap();
        (option["status"].clone(), option["fee_label"].clone())
    };
    assert_eq!(
        of("12"),
        (json!("charged"), json!("$20.00/mo + $100.00 set-up"))
    );
    assert_eq!(of("7"), (json!("none"), json!("No pass-through fee")));
    assert_eq!(of("8"), (json!("unpublished"), json!("Fee on request")));
    assert_eq!(of("9"), (json!("unknown"), json!("Fee not known")));
}

#[tokio::test]
async fn the_drop_down_lists_active_boards_sorted_for_people() {
    let served = Served::new().await;
    let all = served.json("/v1/boards/options").await;
    assert_eq!(all["catalog_version"], 42);
    assert_eq!(
        ids(&all, "options", "value"),
        ["8", "7", "14", "12", "13", "9", "11", "10"]
    );
    let first = json!({"value": "8", "label": "Ask Us REALTORS (AUREALTORS), NV", "states": ["NV"],
        "fee_label": "Fee on request", "status": "unpublished"});
    assert_eq!(all["options"][0], first);
    let iowa = served.json("/v1/boards/options?state=ia").await;
    assert_eq!(ids(&iowa, "options", "value"), ["14", "12"]);
    let for_agents = served
        .json("/v1/boards/options?state=IA&eligibility=agents")
        .await;
    assert_eq!(ids(&for_agents, "options", "value"), ["12"]);
}

#[tokio::test]
async fn a_filtered_drop_down_that_leaves_nothing_out_equals_the_prepared_one() {
    let served = Served::with(&crate::catalogs::Boards::many(20)).await;
    let prepared = served.get("/v1/boards/options").await;
    let filtered = served.get("/v1/boards/options?state=IA").await;
    assert_eq!(prepared.body, filtered.body);
    assert_eq!(prepared.header("etag"), filtered.header("etag"));
}

#[tokio::test]
async fn the_compressed_drop_down_is_the_same_one() {
    let served = Served::new().await;
    let plain = served.get("/v1/boards/options").await;
    let ask = async |codings: &str| {
        let headers = [("accept-encoding", codings)];
        served
            .ask(Method::GET, "/v1/boards/options", &headers)
            .await
    };
    let packed = ask("br;q=0.5, gzip").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("etag"), plain.header("etag"));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_ref())
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);

    let smaller = ask("gzip, deflate, br, zstd").await;
    assert_eq!(smaller.header("content-encoding"), "br");
    assert_eq!(smaller.header("etag"), plain.header("etag"));
    let mut unpacked = Vec::new();
    brotli::Decompressor::new(smaller.body.as_ref(), 4096)
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);

    let refused = ask("gzip;q=0").await;
    assert_eq!(refused.header("content-encoding"), "");
    assert_eq!(refused.body, plain.body);
    for answer in [&plain, &packed, &smaller, &refused] {
        assert!(answer.varies_by("accept-encoding"));
    }
}

#[tokio::test]
async fn the_list_keeps_what_every_filter_asks_for() {
    let served = Served::new().await;
    let expectations: &[(&str, &[&str])] = &[
        ("", &["10", "11", "12", "13", "14", "7", "8", "9"]),
        ("state=nv", &["10", "8", "9"]),
        ("status=none", &["7"]),
        ("status=unknown", &["10", "9"]),
        ("status=charged&channel=direct", &["10"]),
        ("channel=direct", &["10"]),
        ("channel=pass_through", &["11", "12", "13", "14"]),
        ("status=unknown&channel=direct&state=NV", &["8", "9"]),
        ("eligibility=brokers_only", &["14"]),
        ("eligibility=agents&state=IA", &["12"]),
        ("eligibility=agents_and_brokers&state=IA", &["12"]),
        ("eligibility=unknown", &[]),
        ("inactive=true&state=IA", &["12", "14", "15"]),
        ("inactive=false&state=IA", &["12", "14"]),
        ("q=&state=IA", &["12", "14"]),
        ("state=ZZ", &[]),
    ];
    for (query, expected) in expectations {
        assert_eq!(listed(&served, query).await, *expected, "{query}");
    }
}

#[tokio::test]
async fn a_search_puts_the_best_match_first_and_keeps_the_filters() {
    let served = Served::new().await;
    let found = async |query: &str| {
        let page = served.json(&format!("/v1/boards?{query}")).await;
        ids(&page, "boards", "id")
    };
    assert_eq!(found("q=board").await, ["9", "10"]);
    assert_eq!(found("q=board&inactive=true").await, ["15", "9", "10"]);
    assert_eq!(found("q=10").await, ["10"]);
    assert_eq!(found("q=elan+quebec").await, ["13"]);
    assert_eq!(found("q=CVMLS&state=IA").await, ["12"]);
    assert_eq!(found("q=CVMLS&state=CA").await, [""; 0]);
    let answer = served.get("/v1/boards.csv?q=elan").await;
    assert_eq!(answer.body.iter().filter(|byte| **byte == b'\n').count(), 3);
}

#[tokio::test]
async fn a_board_that_is_not_there_is_answered_with_the_nearest() {
    let served = Served::new().await;
    let answer = served.get("/v1/boards/Cedar%20Valey").await;
    let problem = answer.problem(404, "board_not_found");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert_eq!(
        detail,
        "no board has the id \"Cedar Valey\"; did you mean \"12\" (Cedar Valley MLS (CVMLS), IA)?"
    );
    // Nothing is near to an id without a letter: a blank search finds every board.
    let answer = served.get("/v1/boards/--").await;
    let problem = answer.problem(404, "board_not_found");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(!detail.contains("did you mean"), "{detail}");
}

#[tokio::test]
async fn a_board_that_is_gone_is_shown_by_its_id_alone() {
    let served = Served::new().await;
    assert_eq!(served.json("/v1/boards/15").await["active"], false);
    assert!(
        !listed(&served, "limit=500")
            .await
            .contains(&"15".to_owned())
    );
}

#[tokio::test]
async fn the_export_has_the_list_of_the_same_filters_a_row_a_fee() {
    let served = Served::new().await;
    let answer = served.get("/v1/boards.csv?state=IA").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let mut reader = csv::Reader::from_reader(answer.body.as_ref());
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(
        header,
        "board_id,board_name,abbreviation,states,country,channel,status,override,fee_key,label,amount,amount_max,\
         currency,cadence,billed,basis,included,tier_mode,tiers,minimum,maximum,effective_from,effective_to,note,\
         source_url,verified_on"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let row = |position: usize| {
        (
            &rows[position][0],
            &rows[position][5],
            &rows[position][8],
            &rows[position][10],
        )
    };
    assert_eq!(rows.len(), 5);
    assert_eq!(row(0), ("14", "pass_through", "idx", "5.00"));
    assert_eq!(row(2), ("12", "pass_through", "idx", "20.00"));
    assert_eq!(row(3), ("12", "pass_through", "setup", "100.00"));
    assert_eq!(row(4), ("12", "direct", "", ""));
    for refused in ["limit=1", "cursor=b1..e"] {
        let answer = served.get(&format!("/v1/boards.csv?{refused}")).await;
        assert_eq!(answer.wrong_places().len(), 1, "{refused}");
    }
}

#[tokio::test]
async fn the_catalog_tells_its_version_and_freshness() {
    let served = Served::new().await;
    let catalog = served.json("/v1/catalog").await;
    assert_eq!(catalog["version"], 42);
    assert_eq!(catalog["created_at"], "2026-11-21T06:00:00Z");
    assert_eq!(catalog["changed_at"], "2026-11-21T06:00:00Z");
    assert_eq!(catalog["checked_at"], "2026-11-23T06:00:00Z");
    assert_eq!(catalog["stale"], false);
    assert_eq!(catalog["stale_after"], "2026-11-24T08:00:00Z");
    assert_eq!(catalog["content_hash"].as_str().unwrap().len(), 64);
    let counts =
        json!({"boards": 9, "active": 8, "charged": 4, "none": 1, "unpublished": 1, "unknown": 2});
    assert_eq!(catalog["counts"], counts);
    served.clock.set("2026-11-24T08:00:00Z".parse().unwrap());
    assert_eq!(served.json("/v1/catalog").await["stale"], true);
}
