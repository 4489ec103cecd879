//! Every documented example, through the terminal's import and the HTTP API, to the cent.

use serde_json::Value;

use crate::harness::{Service, World, documented_fees, sandbox_vendor};

async fn world() -> (ptf_cache::sandbox::RunningSandbox, World, Service) {
    let (vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let imported = world.import(&documented_fees());
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    let service = world.serve();
    service.wait_until_synced().await;
    (vendor, world, service)
}

struct Example {
    query: &'static str,
    channel: &'static str,
    due_at_signup: &'static str,
    cadence: &'static str,
    recurring: &'static str,
    first_year: &'static str,
}

const EXAMPLES: &[Example] = &[
    Example {
        query: "board=147",
        channel: "pass_through",
        due_at_signup: "120.00",
        cadence: "monthly",
        recurring: "20.00",
        first_year: "340.00",
    },
    Example {
        query: "board=275",
        channel: "pass_through",
        due_at_signup: "150.00",
        cadence: "annual",
        recurring: "150.00",
        first_year: "150.00",
    },
    Example {
        query: "board=148&agents=8",
        channel: "direct",
        due_at_signup: "120.00",
        cadence: "monthly",
        recurring: "120.00",
        first_year: "1440.00",
    },
    Example {
        query: "board=209",
        channel: "direct",
        due_at_signup: "650.00",
        cadence: "monthly",
        recurring: "150.00",
        first_year: "2300.00",
    },
    Example {
        query: "board=149&feeds=9",
        channel: "pass_through",
        due_at_signup: "180.00",
        cadence: "monthly",
        recurring: "180.00",
        first_year: "2160.00",
    },
    Example {
        query: "board=149&feeds=10",
        channel: "pass_through",
        due_at_signup: "200.00",
        cadence: "monthly",
        recurring: "200.00",
        first_year: "2400.00",
    },
    Example {
        query: "board=149&feeds=100",
        channel: "pass_through",
        due_at_signup: "200.00",
        cadence: "monthly",
        recurring: "200.00",
        first_year: "2400.00",
    },
    Example {
        query: "board=149&feeds=101",
        channel: "pass_through",
        due_at_signup: "300.00",
        cadence: "monthly",
        recurring: "300.00",
        first_year: "3600.00",
    },
    Example {
        query: "board=237&offices=16",
        channel: "direct",
        due_at_signup: "7200.00",
        cadence: "annual",
        recurring: "7200.00",
        first_year: "7200.00",
    },
    Example {
        query: "board=237&offices=17",
        channel: "direct",
        due_at_signup: "7500.00",
        cadence: "annual",
        recurring: "7500.00",
        first_year: "7500.00",
    },
    Example {
        query: "board=16&feeds=5",
        channel: "direct",
        due_at_signup: "0.00",
        cadence: "monthly",
        recurring: "0.00",
        first_year: "0.00",
    },
    Example {
        query: "board=16&feeds=7",
        channel: "direct",
        due_at_signup: "300.00",
        cadence: "monthly",
        recurring: "300.00",
        first_year: "3600.00",
    },
    Example {
        query: "board=165&feeds=12",
        channel: "pass_through",
        due_at_signup: "970.00",
        cadence: "monthly",
        recurring: "490.00",
        first_year: "5880.00",
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_example_is_right_to_the_cent() {
    let (_vendor, _world, service) = world().await;
    for example in EXAMPLES {
        let quote = service
            .get_ok(&format!("/v1/quote?{}", example.query))
            .await;
        let totals = &quote["totals"][0];
        let channel = &totals[example.channel];
        assert_eq!(totals["currency"], "USD", "{}", example.query);
        assert_eq!(
            channel["due_at_signup"], example.due_at_signup,
            "{}",
            example.query
        );
        assert_eq!(
            channel[example.cadence], example.recurring,
            "{}",
            example.query
        );
        assert_eq!(
            channel["first_year"], example.first_year,
            "{}",
            example.query
        );
        let other = if example.channel == "direct" {
            "pass_through"
        } else {
            "direct"
        };
        assert_eq!(totals[other], Value::Null, "{}", example.query);
        assert_eq!(
            quote["completeness_by_channel"][example.channel], "complete",
            "{}",
            example.query
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_json_number_carries_money_and_get_equals_post() {
    let (_vendor, _world, service) = world().await;
    let got = service
        .get_ok("/v1/quote?board=165&feeds=12&starts_on=2026-11-23")
        .await;
    let body = serde_json::json!({"boards": ["165"], "feeds": 12, "starts_on": "2026-11-23"});
    let request = service
        .request(reqwest::Method::POST, "/v1/quote")
        .header("content-type", "application/json");
    let posted = crate::harness::read(request.body(body.to_string())).await;
    assert_eq!(posted.status, 200, "{}", posted.body);
    let without_time = |mut quote: Value| {
        quote.as_object_mut().unwrap().remove("quoted_at");
        quote
    };
    assert_eq!(without_time(got.clone()), without_time(posted.json()));
    for row in got["totals"].as_array().unwrap() {
        for figure in row["pass_through"].as_object().unwrap().values() {
            assert!(figure.is_string(), "{figure}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_boards_with_one_unpublished_are_a_lower_bound_that_names_it() {
    let (_vendor, _world, service) = world().await;
    let quote = service.get_ok("/v1/quote?board=147&board=141").await;
    assert_eq!(quote["completeness"], "lower_bound");
    assert_eq!(quote["totals"][0]["pass_through"]["first_year"], "340.00");
    let warnings = quote["warnings"].as_array().unwrap();
    let unpublished = warnings
        .iter()
        .find(|warning| warning["code"] == "pass_through_unpublished")
        .unwrap();
    assert_eq!(unpublished["board_id"], "141");

    let alone = service.get_ok("/v1/quote?board=141").await;
    assert_eq!(alone["completeness"], "unknown");
    assert_eq!(alone["totals"], serde_json::json!([]));
    let none = service.get_ok("/v1/quote?board=31").await;
    assert_eq!(none["completeness"], "complete");
    assert_eq!(none["boards"][0]["pass_through"]["status"], "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_curated_list_goes_out_as_it_came_in() {
    let (_vendor, world, _service) = world().await;
    let exported = world.run_ok(&["curated", "export"]);
    let again = world.import(&exported);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    assert!(
        again
            .stderr
            .contains("0 entries added, 0 changed, 0 removed, 13 as they were"),
        "{}",
        again.stderr
    );
}
