//! The worked examples of documented amounts, and the corner cases that are decided.

use chrono::{DateTime, NaiveDate, Utc};

use super::*;
use crate::domain::board::{
    BoardFacts, BoardId, ChannelState, Code, Eligibility, FeeSet, Paperwork,
};
use crate::domain::fee::{Source, SourceKind};
use crate::domain::fee_text::FeeText;
use crate::domain::money::Currency;

fn fee(key: &str, amount: &str, cadence: &str, basis: &str) -> FeeText {
    FeeText {
        key: key.into(),
        label: key.into(),
        amount: Some(amount.into()),
        currency: "USD".into(),
        cadence: cadence.into(),
        basis: basis.into(),
        ..FeeText::default()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn vendor_source() -> Source {
    Source::reseller_api(DateTime::<Utc>::UNIX_EPOCH)
}

fn charged(fees: &[FeeText]) -> ChannelFees {
    let fees = fees
        .iter()
        .map(|fee| fee.parse(vendor_source()).unwrap())
        .collect();
    let state = ChannelState::Charged {
        fees: FeeSet::new(fees).unwrap(),
        partial: false,
    };
    ChannelFees {
        state,
        note: None,
        source: Some(vendor_source()),
    }
}

fn answer(state: ChannelState) -> ChannelFees {
    ChannelFees {
        state,
        note: None,
        source: Some(vendor_source()),
    }
}

fn board(id: &str, pass_through: ChannelFees, direct: ChannelFees) -> Board {
    Board {
        facts: BoardFacts {
            id: BoardId::parse(id).unwrap(),
            name: format!("Board {id}"),
            abbreviation: None,
            states: vec![],
            country: Code::US,
            eligibility: Eligibility::AgentsAndBrokers,
            paperwork: Paperwork::None,
            coverage_url: None,
        }
        .into(),
        active: true,
        held: vec![],
        pass_through: pass_through.into(),
        direct: direct.into(),
    }
}

fn request(boards: &[Board], counts: Counts, term_months: u32, starts_on: &str) -> QuoteRequest {
    let ids = boards.iter().map(|board| board.facts.id.clone());
    QuoteRequest::new(ids, counts, term_months, day(starts_on)).unwrap()
}

fn quote_all<'a>(boards: &'a [Board], counts: Counts, term: u32, starts_on: &str) -> Quote<'a> {
    quote(boards, &request(boards, counts, term, starts_on), None)
}

/// (due at sign-up, monthly, annual, first year) of a board that passes `fees` through.
fn figures(fees: &[FeeText], counts: Counts) -> [String; 4] {
    let boards = [board("1", charged(fees), ChannelFees::NOTHING_RECORDED)];
    let quote = quote_all(&boards, counts, 12, "2026-11-23");
    assert_eq!(quote.prices.pass_through, Completeness::Complete);
    let totals = quote.prices.totals[0].pass_through.clone().unwrap();
    [
        totals.due_at_signup,
        totals.monthly,
        totals.annual,
        totals.first_year,
    ]
    .map(|figure| quote.prices.totals[0].currency.format(figure))
}

fn codes(quote: &Quote<'_>) -> Vec<&'static str> {
    quote
        .warnings
        .iter()
        .map(|warning| warning.code().as_str())
        .collect()
}

#[test]
fn set_up_and_monthly() {
    let fees = [
        fee("setup", "100", "one_time", "account"),
        fee("idx", "20", "monthly", "account"),
    ];
    assert_eq!(
        figures(&fees, Counts::default()),
        ["120.00", "20.00", "0.00", "340.00"]
    );
    let fees = [
        fee("setup", "500", "one_time", "account"),
        fee("idx", "150", "monthly", "account"),
    ];
    assert_eq!(
        figures(&fees, Counts::default()),
        ["650.00", "150.00", "0.00", "2300.00"]
    );
}

#[test]
fn annual() {
    let fees = [fee("rets", "150", "annual", "account")];
    assert_eq!(
        figures(&fees, Counts::default()),
        ["150.00", "0.00", "150.00", "150.00"]
    );
}

#[test]
fn per_agent() {
    let eight = Counts {
        agents: 8,
        ..Counts::default()
    };
    let fees = [fee("idx", "15", "monthly", "agent")];
    assert_eq!(
        figures(&fees, eight),
        ["120.00", "120.00", "0.00", "1440.00"]
    );
}

#[test]
fn volume_tiers_price_the_whole_quantity() {
    let tiered = FeeText {
        amount: None,
        tier_mode: Some("volume".into()),
        tiers: Some("9:20.00;100:=200.00;*:=300.00".into()),
        ..fee("access", "", "monthly", "feed")
    };
    for (feeds, monthly, year) in [
        (9, "180.00", "2160.00"),
        (10, "200.00", "2400.00"),
        (100, "200.00", "2400.00"),
        (101, "300.00", "3600.00"),
    ] {
        let counts = Counts {
            feeds,
            ..Counts::default()
        };
        assert_eq!(
            figures(std::slice::from_ref(&tiered), counts),
            [monthly, monthly, "0.00", year]
        );
    }
}

#[test]
fn graduated_tiers_price_each_part() {
    let tiered = FeeText {
        amount: None,
        tier_mode: Some("graduated".into()),
        tiers: Some("5:0.00;10:1.00=50.00;*:150.00".into()),
        ..fee("access", "", "monthly", "feed")
    };
    for (feeds, monthly) in [
        (0, "0.00"),
        (5, "0.00"),
        (6, "51.00"),
        (10, "55.00"),
        (12, "355.00"),
    ] {
        let counts = Counts {
            feeds,
            ..Counts::default()
        };
        assert_eq!(
            figures(std::slice::from_ref(&tiered), counts)[1],
            monthly,
            "{feeds} feeds"
        );
    }
}

#[test]
fn a_maximum_caps_the_period() {
    let capped = FeeText {
        maximum: Some("7500".into()),
        ..fee("feed", "450", "annual", "office")
    };
    for (offices, annual) in [(16, "7200.00"), (17, "7500.00")] {
        let counts = Counts {
            offices,
            ..Counts::default()
        };
        assert_eq!(
            figures(std::slice::from_ref(&capped), counts),
            [annual, "0.00", annual, annual]
        );
    }
}

#[test]
fn included_units_are_free() {
    let after_five = FeeText {
        included: Some("5".into()),
        ..fee("feed", "150", "monthly", "feed")
    };
    for (feeds, monthly, year) in [(5, "0.00", "0.00"), (7, "300.00", "3600.00")] {
        let counts = Counts {
            feeds,
            ..Counts::default()
        };
        assert_eq!(
            figures(std::slice::from_ref(&after_five), counts),
            [monthly, monthly, "0.00", year]
        );
    }
}

#[test]
fn priced_a_month_and_billed_a_quarter() {
    let fees = [
        fee("platform", "250", "monthly", "account"),
        FeeText {
            billed: Some("quarterly".into()),
            ..fee("per_customer", "20", "monthly", "feed")
        },
    ];
    let counts = Counts {
        feeds: 12,
        ..Counts::default()
    };
    assert_eq!(
        figures(&fees, counts),
        ["970.00", "490.00", "0.00", "5880.00"]
    );
}

#[test]
fn zero_billable_units_cost_nothing_whatever_the_minimum_says() {
    let none = Counts {
        agents: 0,
        ..Counts::default()
    };
    let minimum = FeeText {
        minimum: Some("50".into()),
        ..fee("idx", "15", "monthly", "agent")
    };
    assert_eq!(figures(std::slice::from_ref(&minimum), none)[1], "0.00");
    assert_eq!(
        figures(std::slice::from_ref(&minimum), Counts::default())[1],
        "50.00"
    );
    let flat = FeeText {
        amount: None,
        tier_mode: Some("volume".into()),
        tiers: Some("*:=200.00".into()),
        ..fee("idx", "", "monthly", "agent")
    };
    assert_eq!(figures(std::slice::from_ref(&flat), none)[1], "0.00");
}

#[test]
fn the_first_year_has_twelve_months_also_in_a_shorter_term() {
    let boards = [board(
        "1",
        charged(&[
            fee("idx", "20", "monthly", "account"),
            fee("pin", "30", "quarterly", "account"),
        ]),
        ChannelFees::NOTHING_RECORDED,
    )];
    let quote = quote_all(&boards, Counts::default(), 4, "2026-01-31");
    let totals = &quote.prices.totals[0].combined;
    assert_eq!(Currency::USD.format(totals.term_total), "140.00");
    assert_eq!(Currency::USD.format(totals.first_year), "360.00");
    assert_eq!(Currency::USD.format(totals.monthly_equivalent), "30.00");
}

#[test]
fn the_monthly_equivalent_rounds_half_to_even_once() {
    for (annual, month) in [
        ("0.06", "0.00"),
        ("0.18", "0.02"),
        ("0.30", "0.02"),
        ("100.00", "8.33"),
    ] {
        let boards = [board(
            "1",
            charged(&[fee("a", annual, "annual", "account")]),
            ChannelFees::NOTHING_RECORDED,
        )];
        let quote = quote_all(&boards, Counts::default(), 12, "2026-01-01");
        let row = &quote.prices.totals[0];
        assert_eq!(
            row.currency.format(row.combined.monthly_equivalent),
            month,
            "{annual} a year"
        );
    }
}

#[test]
fn each_billing_date_uses_the_terms_of_that_date() {
    let until = FeeText {
        effective_to: Some("2027-01-01".into()),
        ..fee("idx", "20", "monthly", "account")
    };
    let from = FeeText {
        effective_from: Some("2027-01-01".into()),
        ..fee("idx", "25", "monthly", "account")
    };
    let boards = [board(
        "1",
        charged(&[until, from]),
        ChannelFees::NOTHING_RECORDED,
    )];
    let quote = quote_all(&boards, Counts::default(), 12, "2026-10-31");
    // 31 October, 30 November and 31 December at 20; nine months at 25.
    assert_eq!(
        Currency::USD.format(quote.prices.totals[0].combined.term_total),
        "285.00"
    );
    assert_eq!(
        Currency::USD.format(quote.prices.totals[0].combined.monthly),
        "20.00"
    );
    assert_eq!(
        Currency::USD.format(quote.prices.totals[0].combined.due_at_signup),
        "20.00"
    );
    assert!(codes(&quote).contains(&"fee_changes_in_term"));
    let short = quote_all(&boards, Counts::default(), 2, "2026-10-31");
    assert!(!codes(&short).contains(&"fee_changes_in_term"));
}

#[test]
fn a_day_no_period_covers_bills_nothing_and_ended_fees_are_unknown() {
    let past = FeeText {
        effective_to: Some("2026-06-01".into()),
        ..fee("idx", "20", "monthly", "account")
    };
    let boards = [board(
        "1",
        charged(std::slice::from_ref(&past)),
        ChannelFees::NOTHING_RECORDED,
    )];
    let ended = quote_all(&boards, Counts::default(), 12, "2026-06-01");
    assert_eq!(
        ended.prices.boards[0].pass_through.status,
        FeeStatus::Unknown
    );
    assert_eq!(
        (ended.prices.pass_through, ended.prices.totals.len()),
        (Completeness::Unknown, 0)
    );

    let later = FeeText {
        effective_from: Some("2026-09-15".into()),
        ..fee("idx", "20", "monthly", "account")
    };
    let boards = [board("1", charged(&[later]), ChannelFees::NOTHING_RECORDED)];
    let quote = quote_all(&boards, Counts::default(), 12, "2026-06-01");
    assert_eq!(quote.prices.pass_through, Completeness::Complete);
    assert_eq!(
        Currency::USD.format(quote.prices.totals[0].combined.due_at_signup),
        "0.00"
    );
    // 1 October to 1 May.
    assert_eq!(
        Currency::USD.format(quote.prices.totals[0].combined.term_total),
        "160.00"
    );
}

#[test]
fn ranges_count_their_low_end_and_make_a_lower_bound() {
    let range = FeeText {
        amount_max: Some("30".into()),
        ..fee("idx", "20", "monthly", "agent")
    };
    let boards = [board("1", charged(&[range]), answer(ChannelState::None))];
    let two = Counts {
        agents: 2,
        ..Counts::default()
    };
    let quote = quote_all(&boards, two, 12, "2026-06-01");
    let line = &quote.prices.boards[0].pass_through.lines[0];
    assert_eq!(
        (
            Currency::USD.format(line.amount),
            Currency::USD.format(line.amount_max.unwrap())
        ),
        ("40.00".into(), "60.00".into())
    );
    assert_eq!(
        (quote.prices.pass_through, quote.prices.direct),
        (Completeness::LowerBound, Completeness::Complete)
    );
    assert_eq!(codes(&quote), ["approximate"]);
}

#[test]
fn known_zero_unpublished_and_unknown_never_give_the_same_quote() {
    let quotes = [
        ChannelState::None,
        ChannelState::Unpublished,
        ChannelState::Unknown,
    ]
    .map(|state| {
        let boards = [board("1", answer(state), ChannelFees::NOTHING_RECORDED)];
        let quote = quote_all(&boards, Counts::default(), 12, "2026-06-01");
        assert!(quote.prices.totals.is_empty());
        (quote.prices.pass_through, codes(&quote))
    });
    assert_eq!(
        quotes,
        [
            (Completeness::Complete, vec!["direct_fee_unknown"]),
            (
                Completeness::Unknown,
                vec!["pass_through_unpublished", "direct_fee_unknown"]
            ),
            (
                Completeness::Unknown,
                vec!["pass_through_unknown", "direct_fee_unknown"]
            ),
        ]
    );
}

#[test]
fn one_unknown_board_makes_the_quote_a_lower_bound_and_is_named() {
    let boards = [
        board(
            "1",
            charged(&[fee("idx", "20", "monthly", "account")]),
            ChannelFees::NOTHING_RECORDED,
        ),
        board(
            "2",
            answer(ChannelState::Unknown),
            ChannelFees::NOTHING_RECORDED,
        ),
    ];
    let quote = quote_all(&boards, Counts::default(), 12, "2026-06-01");
    assert_eq!(quote.prices.pass_through, Completeness::LowerBound);
    let unknown = quote
        .warnings
        .iter()
        .find(|warning| warning.code() == WarningCode::PassThroughUnknown);
    assert_eq!(unknown.unwrap().board.unwrap().facts.id.as_str(), "2");
    assert_eq!(quote.prices.totals[0].direct, None);
}

#[test]
fn two_currencies_are_never_added() {
    let canadian = FeeText {
        currency: "CAD".into(),
        ..fee("idx", "30", "monthly", "account")
    };
    let boards = [
        board(
            "1",
            charged(&[fee("idx", "20", "monthly", "account")]),
            ChannelFees::NOTHING_RECORDED,
        ),
        board("2", charged(&[canadian]), ChannelFees::NOTHING_RECORDED),
    ];
    let quote = quote_all(&boards, Counts::default(), 12, "2026-06-01");
    let rows: Vec<String> = quote
        .prices
        .totals
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                row.currency,
                row.currency.format(row.combined.monthly)
            )
        })
        .collect();
    assert_eq!(rows, ["CAD 30.00", "USD 20.00"]);
    assert_eq!(codes(&quote)[0], "mixed_currency");
}

#[test]
fn unverified_curated_claims_are_noted_by_the_start_date() {
    let verified = |on: Option<&str>| Source {
        kind: SourceKind::Curated,
        verified_on: on.map(day),
        ..vendor_source()
    };
    let warned = |on: Option<&str>, state: ChannelState| {
        let channel = ChannelFees {
            state,
            note: None,
            source: Some(verified(on)),
        };
        let boards = [board("1", channel, answer(ChannelState::None))];
        let quote = quote_all(&boards, Counts::default(), 12, "2026-06-01");
        codes(&quote).contains(&"curated_unverified")
    };
    assert!(!warned(Some("2025-06-01"), ChannelState::None));
    assert!(warned(Some("2025-05-31"), ChannelState::None));
    assert!(warned(None, ChannelState::None));
    assert!(!warned(None, ChannelState::Unpublished));
}

#[test]
fn the_arithmetic_is_said_in_words() {
    let said = |fee: FeeText, counts: Counts| {
        let boards = [board("1", charged(&[fee]), ChannelFees::NOTHING_RECORDED)];
        let quote = quote_all(&boards, counts, 12, "2026-06-01");
        quote.prices.boards[0].pass_through.lines[0].arithmetic()
    };
    let seven = Counts {
        feeds: 7,
        offices: 17,
        ..Counts::default()
    };
    assert_eq!(
        said(fee("idx", "20", "monthly", "account"), seven),
        "1 account x $20.00"
    );
    let free = FeeText {
        included: Some("5".into()),
        ..fee("idx", "150", "monthly", "feed")
    };
    assert_eq!(said(free, seven), "7 feeds - 5 included = 2 x $150.00");
    let capped = FeeText {
        maximum: Some("7500".into()),
        ..fee("idx", "450", "annual", "office")
    };
    assert_eq!(
        said(capped, seven),
        "17 offices x $450.00, at most $7,500.00"
    );
    let billed = FeeText {
        billed: Some("quarterly".into()),
        ..fee("idx", "20", "monthly", "feed")
    };
    assert_eq!(
        said(billed, seven),
        "7 feeds x $20.00, billed every 3 months: x 3"
    );
    let tiers = FeeText {
        amount: None,
        tier_mode: Some("graduated".into()),
        tiers: Some("5:1.00;*:=20.00".into()),
        ..fee("idx", "", "monthly", "feed")
    };
    assert_eq!(
        said(tiers, seven),
        "7 feeds, graduated tiers: 5 x $1.00 + $20.00 flat"
    );
}
