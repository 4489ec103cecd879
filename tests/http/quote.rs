//! Quotes, by query and by body.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::Served;

#[tokio::test]
async fn a_quote_answers_with_totals_lines_and_warnings() {
    let served = Served::new().await;
    let quote = served.json("/v1/quote?board=12").await;
    assert_eq!(quote["catalog_version"], 42);
    assert_eq!(quote["quoted_at"], "2026-11-23T07:00:00Z");
    assert_eq!(quote["valid_until"], "2026-11-24T08:00:00Z");
    assert_eq!(quote["completeness"], "complete");
    let by_channel = json!({"pass_through": "complete", "direct": "unknown"});
    assert_eq!(quote["completeness_by_channel"], by_channel);
    let inputs = json!({"boards": ["12"], "agents": 1, "offices": 1, "brokers": 1, "websites": 1, "feeds": 1, "term_months": 12});
    assert_eq!(quote["inputs"], inputs);
    let totals = &quote["totals"][0];
    assert_eq!(totals["currency"], "USD");
    assert_eq!(totals["direct"], Value::Null);
    let pass_through = json!({"due_at_signup": "120.00", "one_time": "100.00", "monthly": "20.00", "quarterly": "0.00",
        "semiannual": "0.00", "annual": "0.00", "monthly_equivalent": "20.00", "first_year": "340.00", "term_total": "340.00"});
    assert_eq!(totals["pass_through"], pass_through);
    assert_eq!(totals["combined"], pass_through);
    let line = &quote["boards"][0]["pass_through"]["lines"][0];
    assert_eq!(line["arithmetic"], "1 account x $20.00");
    assert_eq!(
        (&line["billed"], &line["due_at_signup"]),
        (&json!("monthly"), &json!("20.00"))
    );
    assert_eq!(
        quote["boards"][0]["direct"],
        json!({"status": "unknown", "note": null, "lines": []})
    );
    let warning = &quote["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["severity"]),
        (&json!("direct_fee_unknown"), &json!("notice"))
    );
    assert_eq!(warning["board_id"], "12");
}

/// Each search for the nearest goes through all boards: fifty of them for one request would be too much to ask.
#[tokio::test]
async fn the_nearest_boards_are_named_where_few_are_unknown() {
    let served = Served::new().await;
    let details = async |boards: &str| {
        let answer = served.get(&format!("/v1/quote?board={boards}")).await;
        let problem = answer.problem(404, "board_not_found");
        let errors = problem["errors"].as_array().unwrap().clone();
        let details = errors.iter().map(|error| error["detail"].to_string());
        details.collect::<Vec<_>>()
    };
    for (boards, unknown, are_named) in [
        ("12,CVMLSX", 1, true),
        ("CVMLSX,CVMLSY,CVMLSZ", 3, true),
        ("CVMLSW,CVMLSX,CVMLSY,CVMLSZ", 4, false),
    ] {
        let details = details(boards).await;
        assert_eq!(details.len(), unknown, "{details:?}");
        for detail in details {
            assert!(detail.contains("no board has the id"), "{detail}");
            let word = if are_named {
                "did you mean"
            } else {
                "/v1/boards?q="
            };
            assert!(detail.contains(word), "{detail}");
        }
    }
}

#[tokio::test]
async fn counts_and_term_decide_the_price() {
    let served = Served::new().await;
    let quote = served
        .json("/v1/quote?board=10&agents=8&term_months=24")
        .await;
    let direct = &quote["totals"][0]["direct"];
    assert_eq!(direct["due_at_signup"], "120.00");
    assert_eq!(direct["first_year"], "1440.00");
    assert_eq!(direct["term_total"], "2880.00");
    assert_eq!(quote["totals"][0]["pass_through"], Value::Null);
    assert_eq!(quote["completeness"], "unknown");
    let tiered = served.json("/v1/quote?board=11&agents=101").await;
    assert_eq!(tiered["totals"][0]["pass_through"]["monthly"], "300.00");
}

#[tokio::test]
async fn a_known_zero_and_an_unknown_never_look_the_same() {
    let served = Served::new().await;
    let none = served.json("/v1/quote?board=7").await;
    let unknown = served.json("/v1/quote?board=9").await;
    assert_eq!(none["completeness"], "complete");
    assert_eq!(unknown["completeness"], "unknown");
    assert_eq!(
        (&none["totals"], &unknown["totals"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(none["boards"][0]["pass_through"]["status"], "none");
}

#[tokio::test]
async fn several_boards_come_repeated_or_separated_by_commas_in_the_order_asked_for() {
    let served = Served::new().await;
    let repeated = served.json("/v1/quote?board=13&board=12&board=7").await;
    let separated = served.json("/v1/quote?board=13,12,7").await;
    let mixed = served.json("/v1/quote?board=13,12&board=7").await;
    assert_eq!(repeated["inputs"]["boards"], json!(["13", "12", "7"]));
    assert_eq!(repeated, separated);
    assert_eq!(repeated, mixed);
    let currencies = repeated["totals"].as_array().unwrap().iter();
    let currencies: Vec<&Value> = currencies.map(|row| &row["currency"]).collect();
    assert_eq!(currencies, ["CAD", "USD"]);
}

#[tokio::test]
async fn a_post_gives_the_same_quote_and_may_not_be_stored() {
    let served = Served::new().await;
    let query = "/v1/quote?board=12,10&agents=8&offices=0&term_months=6&starts_on=2027-01-31";
    let body = r#"{"boards": ["12", "10"], "agents": 8, "offices": 0, "term_months": 6, "starts_on": "2027-01-31"}"#;
    let posted = served.post_quote(body).await;
    assert_eq!(posted.status, StatusCode::OK);
    assert_eq!(posted.body, served.get(query).await.body);
    assert_eq!(posted.header("cache-control"), "no-store");
    assert_eq!(posted.header("catalog-version"), "42");
    assert_eq!(posted.header("etag"), "");
    let least = served.post_quote(r#"{"boards": ["12"]}"#).await;
    assert_eq!(least.body, served.get("/v1/quote?board=12").await.body);
}

#[tokio::test]
async fn a_quote_without_a_start_date_starts_today_in_the_services_zone() {
    let served = Served::new().await;
    assert_eq!(
        served.json("/v1/quote?board=12").await["starts_on"],
        "2026-11-22"
    );
    served.clock.set("2026-11-23T08:00:00Z".parse().unwrap());
    assert_eq!(
        served.json("/v1/quote?board=12").await["starts_on"],
        "2026-11-23"
    );
}

#[tokio::test]
async fn a_stale_catalog_still_quotes_and_says_so() {
    let served = Served::new().await;
    served.clock.set("2026-11-30T00:00:00Z".parse().unwrap());
    let answer = served.get("/v1/quote?board=12").await;
    let quote = answer.json();
    assert_eq!(quote["stale"], true);
    assert_eq!(quote["warnings"][0]["code"], "stale");
    assert!(
        answer
            .header("cache-control")
            .starts_with("public, max-age=0, stale-while-revalidate=0,")
    );
}

#[tokio::test]
async fn every_unknown_board_is_named_by_its_place() {
    let served = Served::new().await;
    let answer = served.get("/v1/quote?board=12,404&board=a%20b").await;
    let problem = answer.problem(404, "board_not_found");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("\"404\"") && detail.contains("\"a b\""),
        "{detail}"
    );
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2);
    assert!(errors.iter().all(|error| error["parameter"] == "board"));
    let posted = served.post_quote(r#"{"boards": ["12", "404"]}"#).await;
    let problem = posted.problem(404, "board_not_found");
    assert_eq!(problem["errors"][0]["pointer"], "/boards/1");
    let joined = served.post_quote(r#"{"boards": ["12,10"]}"#).await;
    joined.problem(404, "board_not_found");
}

#[tokio::test]
async fn everything_wrong_with_a_query_is_reported_at_once() {
    let served = Served::new().await;
    let wrong = served
        .get("/v1/quote?board=404&agents=-1&offices=1000001&term_months=0&starts_on=2026-02-30&colour=red&feeds=1&feeds=2")
        .await;
    let mut places = wrong.wrong_places();
    places.sort();
    assert_eq!(
        places,
        [
            "agents",
            "colour",
            "feeds",
            "offices",
            "starts_on",
            "term_months"
        ]
    );
}

#[tokio::test]
async fn each_wrong_value_names_its_parameter() {
    let served = Served::new().await;
    let many = (0..51)
        .map(|id| format!("board={id}"))
        .collect::<Vec<_>>()
        .join("&");
    let cases: Vec<(&str, &str)> = vec![
        ("agents=1", "board"),
        ("board=", "board"),
        ("board=12,,,10", "board"),
        ("board=12&board=12", "board"),
        (&many, "board"),
        ("board=12&agents=", "agents"),
        ("board=12&agents=eight", "agents"),
        ("board=12&agents=1.5", "agents"),
        ("board=12&agents=1e3", "agents"),
        ("board=12&agents=%2B8", "agents"),
        ("board=12&agents=%D9%A8", "agents"),
        ("board=12&brokers=99999999999999999999", "brokers"),
        ("board=12&term_months=121", "term_months"),
        ("board=12&starts_on=2026-1-5", "starts_on"),
        ("board=12&starts_on=1999-12-31", "starts_on"),
        ("board=12&starts_on=today", "starts_on"),
        ("board=12&catalog_version=0", "catalog_version"),
        ("board=12%00", "board"),
        ("board=%FF", "board"),
        ("board=12&AGENTS=1", "AGENTS"),
    ];
    for (query, place) in cases {
        let answer = served.get(&format!("/v1/quote?{query}")).await;
        assert_eq!(answer.wrong_places(), [place], "{query}");
    }
}

#[tokio::test]
async fn each_wrong_member_of_a_body_is_named_by_its_pointer() {
    let served = Served::new().await;
    let cases = [
        (r#"{}"#, "/boards"),
        (r#"{"boards": []}"#, "/boards"),
        (r#"{"boards": "12"}"#, "/boards"),
        (r#"{"boards": ["12", 10]}"#, "/boards/1"),
        (r#"{"boards": ["12", "12"]}"#, "/boards"),
        (r#"{"boards": [""]}"#, "/boards"),
        (r#"{"boards": ["12"], "agents": "8"}"#, "/agents"),
        (r#"{"boards": ["12"], "agents": null}"#, "/agents"),
        (r#"{"boards": ["12"], "agents": 1.5}"#, "/agents"),
        (r#"{"boards": ["12"], "agents": 1e9}"#, "/agents"),
        (r#"{"boards": ["12"], "agents": -1}"#, "/agents"),
        (r#"{"boards": ["12"], "agents": 1000001}"#, "/agents"),
        (r#"{"boards": ["12"], "agents": 1, "agents": 2}"#, "/agents"),
        (r#"{"boards": ["12"], "starts_on": 20260101}"#, "/starts_on"),
        (r#"{"boards": ["12"], "starts_on": "soon"}"#, "/starts_on"),
        (r#"{"boards": ["12"], "a/b~c": 1}"#, "/a~1b~0c"),
        (r#"["12"]"#, ""),
        (r#"{"boards": ["12"],}"#, ""),
        ("", ""),
    ];
    for (body, place) in cases {
        let answer = served.post_quote(body).await;
        assert_eq!(answer.wrong_places(), [place], "{body}");
    }
    let both = served
        .post_quote(r#"{"agents": "x", "feeds": true, "boards": ["12"]}"#)
        .await;
    assert_eq!(both.wrong_places(), ["/agents", "/feeds"]);
}

#[tokio::test]
async fn a_number_with_a_fraction_of_zeros_is_whole() {
    let served = Served::new().await;
    let answer = served
        .post_quote(r#"{"boards": ["10"], "agents": 8.0}"#)
        .await;
    assert_eq!(answer.json()["inputs"]["agents"], 8);
}
