//! What the page shows is what the API says, and what is not known is never a number.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Desk, money};

/// The figures of the tables of totals, by `currency.who.figure`.
async fn totals_shown(desk: &Desk) -> BTreeMap<String, String> {
    figures(desk, ".totals [data-figure]", "figure").await
}

async fn figures(desk: &Desk, selector: &str, name: &str) -> BTreeMap<String, String> {
    let script = format!(
        "Object.fromEntries([...document.querySelectorAll('{selector}')].map((cell) => [cell.dataset.{name}, cell.textContent]))"
    );
    serde_json::from_value(desk.browser.value(&script).await).unwrap()
}

/// What a figure must read, by the quote itself.
fn expected(quote: &Value, row: &Value, who: &str, name: &str) -> String {
    let by_channel = &quote["completeness_by_channel"];
    let all_known = |who: &str| by_channel[who] == "complete";
    let is_complete = match who {
        "combined" => all_known("pass_through") && all_known("direct"),
        channel => all_known(channel),
    };
    let Some(amount) = row[who][name].as_str() else {
        return "Not known".to_owned();
    };
    let amount_shown = money(amount, row["currency"].as_str().unwrap());
    match (is_complete, amount.trim_matches(['0', '.']).is_empty()) {
        (true, _) => amount_shown,
        (false, true) => "Not known".to_owned(),
        (false, false) => format!("At least {amount_shown}"),
    }
}

/// The page's figures for `query` are those of the API; gives the quote.
async fn assert_as_the_api_says(desk: &Desk, query: &str) -> Value {
    desk.go(query).await;
    let (quote, shown) = (desk.quote(query).await, totals_shown(desk).await);
    let rows = quote["totals"].as_array().unwrap();
    for row in rows {
        let currency = row["currency"].as_str().unwrap();
        let answers = figures(desk, "[data-answer]", "answer").await;
        for name in ["due_at_signup", "monthly_equivalent", "first_year"] {
            for who in ["pass_through", "direct", "combined"] {
                let key = format!("{currency}.{who}.{name}");
                assert_eq!(
                    shown[&key],
                    expected(&quote, row, who, name),
                    "{query}: {key}"
                );
            }
            let key = format!("{currency}.{name}");
            assert_eq!(
                answers[&key],
                expected(&quote, row, "combined", name),
                "{query}: {key}"
            );
        }
        let term = shown.get(&format!("{currency}.combined.term_total"));
        let is_other_term = quote["inputs"]["term_months"] != 12;
        let term_expected = is_other_term.then(|| expected(&quote, row, "combined", "term_total"));
        assert_eq!(term, term_expected.as_ref(), "{query}");
    }
    assert_lines_as_the_api_says(desk, &quote).await;
    quote
}

async fn assert_lines_as_the_api_says(desk: &Desk, quote: &Value) {
    for board in quote["boards"].as_array().unwrap() {
        for channel in ["pass_through", "direct"] {
            for line in board[channel]["lines"].as_array().unwrap() {
                let row = format!(
                    "[data-board={}] [data-channel={channel}] [data-line={}]",
                    board["id"], line["key"]
                );
                let arithmetic = desk.text(&format!("{row} .arithmetic")).await;
                assert_eq!(arithmetic, line["arithmetic"].as_str().unwrap());
                let first_year = desk.text(&format!("{row} [data-figure=first_year]")).await;
                let currency = line["currency"].as_str().unwrap();
                let amount = money(line["first_year"].as_str().unwrap(), currency);
                let least = if line["amount_max"].is_null() {
                    ""
                } else {
                    "at least "
                };
                assert_eq!(first_year, format!("{least}{amount}"), "{row}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_the_api_says() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let charged_in = |currency: &'static str| {
        move |board: &Value| board["pass_through"]["fees"][0]["currency"] == currency
    };
    let by_agent = |board: &Value| board["pass_through"]["fees"][0]["basis"] == "agent";
    let in_dollars = desk.board(charged_in("USD")).await;
    let in_canada = desk.board(charged_in("CAD")).await;
    let by_agent = desk.board(by_agent).await;
    let unknown = desk.board_of("unknown").await;
    let none = desk.board_of("none").await;
    for query in [
        format!("?board={in_dollars}"),
        format!("?board={by_agent}&agents=1250&term_months=24"),
        format!("?board={in_dollars}&board={in_canada}&agents=3&offices=2"),
        format!("?board={in_dollars}&board={unknown}&starts_on=2027-01-31"),
        format!("?board={none}&board={by_agent}&agents=0"),
    ] {
        assert_as_the_api_says(&desk, &query).await;
    }
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_never_a_zero() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    for (status, said) in [
        ("unknown", "Not known"),
        ("unpublished", "Amount not published"),
    ] {
        let id = desk.board_of(status).await;
        desk.go(&format!("?board={id}")).await;
        let text = desk.text("#quote").await;
        assert!(!text.contains("$0"), "{status}: {text}");
        assert!(!text.contains("No fee"), "{status}: {text}");
        let channel = desk.text("[data-channel=pass_through]").await;
        assert!(channel.contains(said), "{status}: {channel}");
        let figures = totals_shown(&desk).await;
        assert!(figures.len() >= 9, "{figures:?}");
        assert!(
            figures.values().all(|figure| figure == "Not known"),
            "{figures:?}"
        );

        // Beside a board without a fee nothing more is known.
        let none = desk.board_of("none").await;
        desk.go(&format!("?board={none}&board={id}")).await;
        let text = [desk.text(".totals").await, desk.text(".answer").await].concat();
        assert!(
            !text.contains("$0") && text.contains("Not known"),
            "{status}: {text}"
        );
        assert!(!text.contains("No fee"), "{status}: {text}");
    }
    // Beside an amount that somebody else bills, the zero that the sums begin with is not the answer.
    desk.import(concat!(
        "c9,Direct Board,DB,NV,US,pass_through,none,false,,,,,,,,,,,,,,,,,,2026-01-01\n",
        "c9,Direct Board,DB,NV,US,direct,charged,false,access,Access,30.00,,USD,monthly,,account,0,,,,,,,,,2026-01-01\n",
    ))
    .await;
    let unknown = desk.board_of("unknown").await;
    desk.go(&format!("?board=c9&board={unknown}")).await;
    let figures = totals_shown(&desk).await;
    assert_eq!(figures["USD.pass_through.first_year"], "Not known");
    assert_eq!(figures["USD.direct.first_year"], "At least $360.00");

    let none = desk.board_of("none").await;
    desk.go(&format!("?board={none}")).await;
    let figures = totals_shown(&desk).await;
    assert_eq!(figures["none.pass_through.first_year"], "No fee");
    assert_eq!(figures["none.direct.first_year"], "Not known");
    assert_eq!(figures["none.combined.first_year"], "Not known");
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_much_is_known_stands_beside_every_total() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let charged = desk.board_of("charged").await;
    let unknown = desk.board_of("unknown").await;
    let tags = "[...document.querySelectorAll('.totals thead .tag')].map((tag) => tag.textContent)";
    desk.go(&format!("?board={charged}")).await;
    let known = desk.browser.value(tags).await;
    assert_eq!(
        known,
        serde_json::json!(["Complete", "Not known", "Partly known"])
    );
    desk.go(&format!("?board={charged}&board={unknown}")).await;
    let known = desk.browser.value(tags).await;
    assert_eq!(
        known,
        serde_json::json!(["Partly known", "Not known", "Partly known"])
    );
    let answer = desk.text(".answer .figure").await;
    assert!(
        answer.starts_with("At least $") || answer.starts_with("At least CA$"),
        "{answer}"
    );
    let gaps = desk.text(".gaps").await;
    assert!(
        gaps.contains("is not known; ask for it before quoting a total"),
        "{gaps}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_tiers_and_direct_fees_are_shown_as_they_are() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.import(concat!(
        "c1,Range Board,RB,NV,US,pass_through,charged,false,idx,Range fee,10.00,20.00,USD,monthly,quarterly,account,0,,,,,2026-01-01,2027-03-01,Ask first,,2026-01-01\n",
        "c1,Range Board,RB,NV,US,direct,charged,false,access,Data access,1250.00,,USD,annual,,office,0,,,,,,,,,2020-01-01\n",
        "c2,Tier Board,TB,NV,US,pass_through,charged,false,idx,Tier fee,,,USD,monthly,,agent,0,volume,9:20.00;*:=200.00,,,,,,,2026-01-01\n",
        "c2,Tier Board,TB,NV,US,direct,none,false,,,,,,,,,,,,,,,,,,2026-01-01\n",
    ))
    .await;
    let quote = assert_as_the_api_says(&desk, "?board=c1&offices=2").await;
    assert_eq!(quote["completeness"], "lower_bound");
    let price = desk.text("[data-channel=pass_through] .price").await;
    assert_eq!(price, "$10.00 to $20.00 a month");
    let text = desk.text("#quote").await;
    for said in [
        "billed quarterly, at least $30.00 a bill",
        "2 offices x $1,250.00",
        "Range fee of Range Board is a range; totals count its low end.",
        "was last verified longer ago than a year",
        "Ask first",
        // The end in the list is the first day after.
        "from Jan 1, 2026, through Feb 28, 2027",
        "curated list",
        "Per month, on average",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    desk.browser.picture("quote-range").await;

    // All is known here, and so nothing is a lower bound.
    let quote = assert_as_the_api_says(&desk, "?board=c2&agents=10").await;
    assert_eq!(quote["completeness_by_channel"]["direct"], "complete");
    let answer = desk.text(".answer .figure").await;
    assert_eq!(answer, "$200.00");
    assert!(!desk.text("#quote").await.contains("t least"));
    desk.browser.assert_no_faults().await;
}

/// Changes each quote on its way to the page: a vendor that was not heard of for long, and a value that is held back.
const TROUBLED: &str = r#"(() => {
    const before = window.fetch;
    window.fetch = async (...all) => {
        const answer = await before(...all);
        if (!String(all[0]).includes("/v1/quote")) return answer;
        const quote = await answer.json();
        quote.stale = true;
        quote.valid_until = "2026-01-02T00:00:00Z";
        const warn = (code, message) => quote.warnings.push({ code, severity: "warning", board_id: null, message });
        warn("stale", "The vendor was last checked at 2026-01-01T00:00:00Z; prices may have changed since.");
        warn("value_held", "What the vendor now says is implausible and is being checked.");
        warn("a_new_code", "Something that this page has never heard of.");
        return new Response(JSON.stringify(quote));
    };
    return true;
})()"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stale_or_held_back_stands_above_the_numbers() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go("").await;
    desk.browser.value(TROUBLED).await;
    desk.choose(&board).await;
    let above = "[...document.querySelectorAll('#quote [data-warning=stale], #quote [data-warning=value_held]')].map((warning) =>
        Boolean(warning.compareDocumentPosition(document.querySelector('.answer')) & Node.DOCUMENT_POSITION_FOLLOWING))";
    let above = desk.browser.value(above).await;
    assert_eq!(above, serde_json::json!([true, true]));
    let freshness = desk.text(".freshness").await;
    assert!(freshness.starts_with("Stale"), "{freshness}");
    assert!(
        freshness.contains("were valid until Jan 2, 2026"),
        "{freshness}"
    );
    let rest = desk.text(".rest").await;
    assert!(rest.contains("never heard of"), "{rest}");
    desk.browser.assert_accessible("stale").await;
    desk.browser.picture("quote-stale").await;
}
