//! The text form of fees: round trips and refusals.

use super::*;

fn source() -> Source {
    Source::reseller_api(chrono::DateTime::UNIX_EPOCH)
}

fn monthly() -> FeeText {
    FeeText {
        key: "idx".into(),
        label: "IDX fee".into(),
        amount: Some("20".into()),
        currency: "USD".into(),
        cadence: "monthly".into(),
        basis: "account".into(),
        ..FeeText::default()
    }
}

fn tiered(mode: &str, tiers: &str) -> FeeText {
    FeeText {
        amount: None,
        tier_mode: Some(mode.into()),
        tiers: Some(tiers.into()),
        ..monthly()
    }
}

fn fields_in_error(text: &FeeText) -> Vec<&'static str> {
    let errors = text.parse(source()).unwrap_err();
    errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn what_is_printed_parses_to_the_same_fee() {
    let texts = [
        monthly(),
        tiered("volume", "9:20.00;100:=200.00;*:=300.00"),
        tiered("graduated", "5:0.00;10:1.00=50.00;*:150.00"),
        FeeText {
            amount_max: Some("30".into()),
            included: Some("5".into()),
            ..monthly()
        },
        FeeText {
            billed: Some("quarterly".into()),
            minimum: Some("1".into()),
            maximum: Some("7500".into()),
            effective_from: Some("2026-01-01".into()),
            effective_to: Some("2027-01-01".into()),
            note: Some("per office; see page 3".into()),
            ..monthly()
        },
    ];
    for text in texts {
        let fee = text.parse(source()).unwrap();
        assert_eq!(FeeText::print(&fee).parse(source()).unwrap(), fee);
    }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let text = FeeText {
        key: "Set up".into(),
        label: " ".into(),
        amount: Some("25,00".into()),
        cadence: "weekly".into(),
        basis: "".into(),
        effective_from: Some("2026-1-1".into()),
        ..monthly()
    };
    assert_eq!(
        fields_in_error(&text),
        [
            "fee_key",
            "label",
            "cadence",
            "basis",
            "effective_from",
            "amount"
        ]
    );
}

#[test]
fn billed_must_be_longer_than_the_cadence() {
    let billed = |cadence: &str, billed: &str| FeeText {
        cadence: cadence.into(),
        billed: Some(billed.into()),
        ..monthly()
    };
    assert_eq!(fields_in_error(&billed("annual", "monthly")), ["billed"]);
    assert_eq!(fields_in_error(&billed("one_time", "monthly")), ["billed"]);
    assert_eq!(fields_in_error(&billed("monthly", "one_time")), ["billed"]);
    assert!(billed("monthly", "quarterly").parse(source()).is_ok());
    let same = billed("monthly", "monthly").parse(source()).unwrap();
    assert_eq!(same.billed(), None);
}

#[test]
fn tiers_cover_every_quantity_in_rising_order() {
    for (tiers, part) in [
        ("9:20.00", "end it with *"),
        ("9:20;5:10;*:1", "rising order"),
        ("0:20;*:1", "no end of a band"),
        ("*:20;*:1", "no end of a band"),
        ("9=20;*:1", "is no band"),
        ("9:abc;*:1", "not an amount"),
        ("9:;*:1", "not an amount"),
    ] {
        let errors = tiered("volume", tiers).parse(source()).unwrap_err();
        assert_eq!(errors.len(), 1, "{tiers}");
        assert!(errors[0].problem.contains(part), "{tiers}: {}", errors[0]);
    }
}

#[test]
fn a_price_is_an_amount_a_range_or_tiers_and_nothing_in_between() {
    let both = FeeText {
        amount: Some("5".into()),
        ..tiered("volume", "*:1")
    };
    assert_eq!(fields_in_error(&both), ["amount"]);
    assert_eq!(
        fields_in_error(&FeeText {
            amount: None,
            ..monthly()
        }),
        ["amount"]
    );
    let upside_down = FeeText {
        amount_max: Some("10".into()),
        ..monthly()
    };
    assert_eq!(fields_in_error(&upside_down), ["amount_max"]);
    let no_mode = FeeText {
        tier_mode: None,
        ..tiered("volume", "*:1")
    };
    assert_eq!(fields_in_error(&no_mode), ["tier_mode"]);
}

#[test]
fn percentages_are_refused() {
    let percent = FeeText {
        amount: Some("1.5%".into()),
        ..monthly()
    };
    let errors = percent.parse(source()).unwrap_err();
    assert!(errors[0].problem.contains("plain decimal"), "{}", errors[0]);
}
