//! Quotes over a change of terms.

use chrono_tz::America::Denver;
use chrono_tz::Tz;
use ptf_cache::domain::fee_text::FeeText;

use crate::rising_on;
use crate::world::{Process, World, board};

/// What a quote of board `id` from `starts_on` on comes to in the first year, and how many changes it warns of.
async fn first_year(process: &Process, id: &str, starts_on: &str) -> (String, usize) {
    let asked = format!("/v1/quote?board={id}&starts_on={starts_on}");
    let quote = process.get(&asked).await.json();
    let total = quote["totals"][0]["pass_through"]["first_year"].clone();
    let warnings = quote["warnings"].as_array().unwrap().iter();
    let changes = warnings.filter(|warning| warning["code"] == "fee_changes_in_term");
    (total.as_str().unwrap().to_owned(), changes.count())
}

/// A first year of `months` at 20, the others at 25.
fn months_at_20(months: u32) -> String {
    format!("{}.00", 20 * months + 25 * (12 - months))
}

#[tokio::test]
async fn each_billing_date_of_a_quote_uses_the_terms_of_its_day() {
    let world = World::new(Denver, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    // From 31 January on, bills fall on the last day of every month.
    let cases = [
        ("2027-01-31", 0, 0),
        ("2027-02-01", 1, 1),
        ("2027-02-28", 1, 1),
        ("2027-03-01", 2, 1),
        ("2027-03-31", 2, 1),
        ("2027-04-01", 3, 1),
        ("2027-12-31", 11, 1),
        ("2028-01-01", 12, 1),
        ("2028-02-29", 12, 0),
    ];
    let boards = cases.map(|(day, ..)| board(day, &rising_on(day)));
    process.sync(boards.into()).await;
    for (day, months, changes) in cases {
        let quoted = first_year(&process, day, "2027-01-31").await;
        assert_eq!(quoted, (months_at_20(months), changes), "a change on {day}");
    }
    // Counted from 31 August, the seventh bill is of 29 February in a leap year, and of 28 February in others.
    let leap_year = first_year(&process, "2028-02-29", "2027-08-31").await;
    assert_eq!(leap_year, (months_at_20(6), 1));
    let common_year = first_year(&process, "2027-02-28", "2026-08-31").await;
    assert_eq!(common_year, (months_at_20(6), 1));
    let on_the_day = first_year(&process, "2028-02-29", "2028-02-29").await;
    assert_eq!(on_the_day, (months_at_20(0), 0));
}

#[tokio::test]
async fn an_annual_fee_that_starts_on_a_leap_day_is_billed_again_on_28_february() {
    let world = World::new(Tz::UTC, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    let annual = |fee: FeeText| FeeText {
        cadence: "annual".into(),
        ..fee
    };
    let days = ["2029-02-28", "2029-03-01"];
    let boards = days.map(|day| board(day, &rising_on(day).map(annual)));
    process.sync(boards.into()).await;
    for (day, total) in [("2029-02-28", "45.00"), ("2029-03-01", "40.00")] {
        let asked = format!("/v1/quote?board={day}&starts_on=2028-02-29&term_months=24");
        let quote = process.get(&asked).await.json();
        let totals = &quote["totals"][0]["pass_through"];
        assert_eq!(totals["term_total"], total, "{day}");
    }
}

#[tokio::test]
async fn a_quote_without_a_date_starts_on_the_local_day() {
    let world = World::new(Denver, "2026-11-23T12:00:00Z");
    let process = world.start().await;
    process
        .sync(vec![board("1", &rising_on("2027-01-01"))])
        .await;
    let quoted = async || {
        let quote = process.get("/v1/quote?board=1").await.json();
        let monthly = &quote["totals"][0]["pass_through"]["monthly"];
        (quote["starts_on"].clone(), monthly.clone())
    };
    world.set("2027-01-01T06:59:59Z");
    assert_eq!(quoted().await, ("2026-12-31".into(), "20.00".into()));
    // Even before the beat that publishes the day.
    world.set("2027-01-01T07:00:00Z");
    assert_eq!(quoted().await, ("2027-01-01".into(), "25.00".into()));
}
