//! Fees of the default profile: amounts, and the four answers.

use super::*;

const MONTHLY: &str = r#""passThroughFeeFrequency": "MONTHLY", "passThroughFeeBasis": "ACCOUNT""#;

/// The status for the default profile when the required fee's amount is `amount` (JSON) and its terms are given.
fn status_of(amount: &str) -> FeeStatus {
    pass_through(
        &profile(),
        &format!("\"passThroughFee\": {amount}, {MONTHLY}"),
    )
    .status()
}

#[test]
fn amounts_are_exact_whether_text_or_number() {
    for (json, exact) in [
        ("\"20.00\"", "20.00 USD"),
        ("0.1", "0.10 USD"),
        ("25", "25.00 USD"),
        ("4.50", "4.50 USD"),
        ("2.5e1", "25.00 USD"),
        ("\" 25 \"", "25.00 USD"),
    ] {
        let fees = pass_through(
            &profile(),
            &format!("\"passThroughFee\": {json}, {MONTHLY}"),
        );
        assert_eq!(amount(&fees.fees()[0]), exact, "{json}");
        assert_eq!(fees.source, Some(Source::reseller_api(NOW)), "{json}");
    }
}

#[test]
fn zero_words_and_silence_are_three_answers() {
    for (json, status) in [
        ("0", FeeStatus::None),
        ("\"0.00\"", FeeStatus::None),
        ("\"varies\"", FeeStatus::Unpublished),
        ("\"$15 per agent\"", FeeStatus::Unpublished),
        ("null", FeeStatus::Unknown),
        ("\"\"", FeeStatus::Unknown),
    ] {
        assert_eq!(status_of(json), status, "{json}");
    }
    let silent = pass_through(&profile(), "");
    assert!(silent.is_nothing_recorded());
}

#[test]
fn words_in_place_of_an_amount_are_kept_as_the_note() {
    let varies = pass_through(&profile(), r#""passThroughFee": "varies""#);
    assert_eq!(varies.note.as_deref(), Some("varies"));
    let both = r#""passThroughFee": "varies", "passThroughFeeNote": "Contact association""#;
    let both = pass_through(&profile(), both);
    assert_eq!(both.note.as_deref(), Some("varies; Contact association"));
    assert_eq!(both.source, Some(Source::reseller_api(NOW)));
}

#[test]
fn wrong_amounts_reject_the_channel_and_keep_the_board() {
    for (json, part) in [
        ("-5", "negative"),
        ("\"25,00\"", "plain decimal"),
        ("\"$25\"", "plain decimal"),
        ("1.005", "more than 2 decimals"),
        ("9223372036854775808", "largest amount"),
        ("1e30", "largest amount"),
    ] {
        let reason = rejection(
            &profile(),
            &format!("\"passThroughFee\": {json}, {MONTHLY}"),
        );
        assert!(reason.contains(part), "{json}: {reason}");
    }
}

#[test]
fn an_amount_without_a_known_cadence_basis_or_currency_is_unpublished() {
    for (fields, part) in [
        (
            r#""passThroughFee": 20, "passThroughFeeBasis": "ACCOUNT""#,
            "cadence",
        ),
        (
            r#""passThroughFee": 20, "passThroughFeeFrequency": "MONTHLY""#,
            "basis",
        ),
        (
            r#""passThroughFee": 20, "passThroughFeeFrequency": "WEEKLY", "passThroughFeeBasis": "ACCOUNT""#,
            "cadence",
        ),
        (
            r#""passThroughFee": 20, "country": "Narnia", "passThroughFeeFrequency": "MONTHLY", "passThroughFeeBasis": "ACCOUNT""#,
            "currency",
        ),
        (
            r#""passThroughFee": 20, "currency": "dollars", "passThroughFeeFrequency": "MONTHLY", "passThroughFeeBasis": "ACCOUNT""#,
            "currency",
        ),
        (
            r#""passThroughFee": 20, "country": "MX", "passThroughFeeFrequency": "MONTHLY", "passThroughFeeBasis": "ACCOUNT""#,
            "currency",
        ),
    ] {
        let (board, notices) = read(&profile(), fields);
        let Reading::Read(fees) = board.pass_through else {
            panic!("{fields}")
        };
        assert_eq!(fees.state, ChannelState::Unpublished, "{fields}");
        assert!(
            notices
                .iter()
                .any(|line| line.contains(&format!("without a known {part}"))),
            "{fields}: {notices:?}"
        );
    }
}

#[test]
fn the_currency_is_the_fee_s_own_or_that_of_the_country() {
    for (fields, currency) in [
        ("", "USD"),
        (r#","country": "CA""#, "CAD"),
        (r#","country": "CA", "currency": "USD""#, "USD"),
        (r#","country": null"#, "USD"),
    ] {
        let fees = pass_through(
            &profile(),
            &format!("\"passThroughFee\": 20, {MONTHLY}{fields}"),
        );
        assert_eq!(fees.fees()[0].currency().code(), currency, "{fields}");
    }
}

#[test]
fn several_fees_make_one_answer() {
    let monthly = |amount: &str, setup: &str| {
        format!("\"passThroughFee\": {amount}, \"setupFee\": {setup}, {MONTHLY}")
    };
    for (idx, setup, status, partial) in [
        ("20", "100", FeeStatus::Charged, false),
        ("20", "null", FeeStatus::Charged, false),
        ("20", "\"varies\"", FeeStatus::Charged, true),
        ("null", "100", FeeStatus::Charged, true),
        ("\"varies\"", "100", FeeStatus::Charged, true),
        ("0", "100", FeeStatus::Charged, false),
        ("20", "0", FeeStatus::Charged, false),
        ("0", "0", FeeStatus::None, false),
        ("0", "null", FeeStatus::None, false),
        ("\"varies\"", "0", FeeStatus::Unpublished, false),
        ("0", "\"varies\"", FeeStatus::Unpublished, false),
        ("null", "0", FeeStatus::Unknown, false),
        ("null", "null", FeeStatus::Unknown, false),
    ] {
        let fees = pass_through(&profile(), &monthly(idx, setup));
        assert_eq!(fees.status(), status, "{idx} {setup}");
        assert_eq!(fees.is_partial(), partial, "{idx} {setup}");
    }
    let dropped = pass_through(&profile(), &monthly("0", "100"));
    assert_eq!(shown(&dropped), ["setup 100.00 USD one_time account"]);
    let explained = pass_through(&profile(), &monthly("20", "\"varies\""));
    assert_eq!(explained.note.as_deref(), Some("Set-up fee: varies"));
}

#[test]
fn the_vendor_s_word_on_the_channel_is_weighed_against_its_amounts() {
    let fees = |word: &str, amount: &str| {
        format!("\"passThroughFeeType\": \"{word}\", \"passThroughFee\": {amount}, {MONTHLY}")
    };
    for (word, amount, status) in [
        ("NONE", "null", FeeStatus::None),
        ("NONE", "0", FeeStatus::None),
        ("NONE", "\"varies\"", FeeStatus::Unpublished),
        ("MANUAL", "null", FeeStatus::Unpublished),
        ("MANUAL", "0", FeeStatus::Unpublished),
        ("MANUAL", "20", FeeStatus::Charged),
        ("FIXED", "20", FeeStatus::Charged),
        ("FIXED", "null", FeeStatus::Unknown),
    ] {
        let answer = pass_through(&profile(), &fees(word, amount));
        assert_eq!(answer.status(), status, "{word} {amount}");
    }
    assert!(rejection(&profile(), &fees("NONE", "20")).contains("there is no fee"));
    let no_cadence = r#""passThroughFeeType": "NONE", "passThroughFee": 20"#;
    assert!(rejection(&profile(), no_cadence).contains("there is no fee"));
}
