//! The rules of the mapping, each on the smallest result that shows it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::domain::board::{ChannelFees, ChannelState, FeeStatus};
use crate::domain::fee::{Fee, Price, Source};
use crate::upstream::fetched::{FetchedBoard, Reading};
use crate::upstream::notices::Notices;

use super::{Mapping, MappingError, RowError};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn profile() -> Mapping {
    with("")
}

/// The built-in profile with the keys of `overrides` (TOML) laid over it.
fn with(overrides: &str) -> Mapping {
    try_with(overrides).unwrap()
}

fn try_with(overrides: &str) -> Result<Mapping, MappingError> {
    let overrides: Value = toml::from_str(overrides).unwrap();
    Mapping::from_config("ihomefinder", &overrides)
}

/// A result with id and name, and `fields` beside them; read from text, as the vendor's page is.
fn read(mapping: &Mapping, fields: &str) -> (FetchedBoard, Vec<String>) {
    let mut notices = Notices::default();
    let board = try_read(mapping, &board_text(fields), &mut notices).unwrap();
    (board, notices.into_lines())
}

fn board_text(fields: &str) -> String {
    let comma = if fields.is_empty() { "" } else { "," };
    format!("{{\"id\": 12, \"name\": \"Cedar Valley MLS\"{comma} {fields}}}")
}

fn try_read(
    mapping: &Mapping,
    text: &str,
    notices: &mut Notices,
) -> Result<FetchedBoard, RowError> {
    let result: Value = serde_json::from_str(text).unwrap();
    mapping.read_board(&result, NOW, notices)
}

fn pass_through(mapping: &Mapping, fields: &str) -> ChannelFees {
    match read(mapping, fields).0.pass_through {
        Reading::Read(fees) => fees,
        Reading::Rejected { reason } => panic!("{fields}: rejected: {reason}"),
    }
}

fn rejection(mapping: &Mapping, fields: &str) -> String {
    match read(mapping, fields).0.pass_through {
        Reading::Rejected { reason } => reason,
        Reading::Read(fees) => panic!("{fields}: read as {fees:?}"),
    }
}

fn amount(fee: &Fee) -> String {
    match fee.price() {
        Price::Unit(money) => format!("{money:?}"),
        other => panic!("{other:?}"),
    }
}

/// The fees as `key amount cadence basis`.
fn shown(fees: &ChannelFees) -> Vec<String> {
    let show = |fee: &Fee| {
        let (cadence, basis) = (fee.cadence(), fee.basis());
        format!("{} {} {cadence} {basis}", fee.key(), amount(fee))
    };
    fees.fees().iter().map(show).collect()
}

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
fn every_fact_of_a_board_is_read_by_the_default_profile() {
    let (board, notices) = read(
        &profile(),
        r#""abbreviation": "CVMLS", "state": "IA;NE", "country": "US", "brokersOnly": true,
           "paperwork": "AUTO", "coverageUrl": "https://example.com/cvmls""#,
    );
    let facts = board.facts;
    assert_eq!(facts.id.as_str(), "12");
    assert_eq!(facts.label(), "Cedar Valley MLS (CVMLS), IA, NE");
    assert_eq!(facts.country.as_str(), "US");
    assert_eq!(facts.eligibility.as_str(), "brokers_only");
    assert_eq!(facts.paperwork.as_str(), "automatic");
    assert_eq!(
        facts.coverage_url.as_deref(),
        Some("https://example.com/cvmls")
    );
    assert_eq!(board.direct, Reading::Read(ChannelFees::NOTHING_RECORDED));
    assert!(notices.is_empty(), "{notices:?}");
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
fn a_word_the_mapping_does_not_know_is_reported_and_stays_unknown() {
    let (board, notices) = read(&profile(), r#""paperwork": "FAX", "brokersOnly": "maybe""#);
    assert_eq!(board.facts.paperwork.as_str(), "unknown");
    assert_eq!(board.facts.eligibility.as_str(), "unknown");
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(
        notices[1].starts_with("upstream.mapping.paperwork: the vendor says \"FAX\" at /paperwork")
    );
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

#[test]
fn states_are_codes_in_one_text_or_a_list() {
    for (json, label) in [
        ("\"CA\"", "CA"),
        ("\"ca;NV\"", "CA, NV"),
        ("\"CA, NV OR\"", "CA, NV, OR"),
        ("[\"CA\", \"NV\", \"CA\"]", "CA, NV"),
        ("\"CA;Nevada\"", "CA"),
        ("[\"CA\", 7, null]", "CA"),
        ("\"La Crosse\"", ""),
        ("null", ""),
    ] {
        let (board, notices) = read(&profile(), &format!("\"state\": {json}"));
        let states: Vec<_> = board
            .facts
            .states
            .iter()
            .map(|code| code.as_str())
            .collect();
        assert_eq!(states.join(", "), label, "{json}");
        let strange = json.contains("Nevada") || json.contains('7') || json.contains("Crosse");
        assert_eq!(notices.len(), usize::from(strange), "{json}: {notices:?}");
    }
    let named = with(
        r#"states = { pointer = "/region", values = { "New Mexico" = "NM", "Four Corners" = "AZ;CO" } }"#,
    );
    let (board, _) = read(&named, r#""region": "New Mexico;Four Corners""#);
    assert_eq!(board.facts.label(), "Cedar Valley MLS, NM, AZ, CO");
}

#[test]
fn rows_that_cannot_be_told_apart_or_shown_are_rejected() {
    let reason = |text: &str| {
        let mut notices = Notices::default();
        match try_read(&profile(), text, &mut notices) {
            Err(RowError::Unfit(row)) => (row.reason, row.id.is_some(), row.name.is_some()),
            other => panic!("{text}: {other:?}"),
        }
    };
    for (id, part) in [
        ("1.5", "whole number"),
        ("1e3", "whole number"),
        ("[1]", "whole number"),
        ("\"a,b\"", "\"a,b\""),
        ("\" 12\"", "\" 12\""),
        ("\"options\"", "\"options\""),
        ("\"a\\u0000\"", "cannot be used"),
    ] {
        let (reason, has_id, has_name) = reason(&format!("{{\"id\": {id}, \"name\": \"A\"}}"));
        assert!(reason.contains(part), "{id}: {reason}");
        assert!(!has_id && has_name, "{id}");
    }
    for name in [
        "x".repeat(201),
        "a\\u0000".to_owned(),
        "a\\u202eb".to_owned(),
    ] {
        let (_, has_id, has_name) = reason(&format!("{{\"id\": 1, \"name\": \"{name}\"}}"));
        assert!(has_id && has_name, "{name}");
    }
    let mut notices = Notices::default();
    for (text, has_no_id) in [
        ("{\"name\": \"A\"}", true),
        ("{\"id\": 1, \"name\": \" \"}", false),
        ("7", true),
    ] {
        let error = try_read(&profile(), text, &mut notices).unwrap_err();
        assert_eq!(matches!(error, RowError::NoId(_)), has_no_id, "{text}");
        assert_eq!(matches!(error, RowError::NoName(_)), !has_no_id, "{text}");
    }
}

#[test]
fn an_id_is_the_same_as_number_and_as_text() {
    let mut notices = Notices::default();
    let mut id = |json: &str| {
        let text = format!("{{\"id\": {json}, \"name\": \"A\"}}");
        try_read(&profile(), &text, &mut notices).unwrap().facts.id
    };
    assert_eq!(id("12"), id("\"12\""));
    assert_ne!(id("12"), id("\"012\""));
}

#[test]
fn a_coverage_page_is_a_web_address_or_left_out() {
    let (board, notices) = read(&profile(), r#""coverageUrl": "javascript:alert(1)""#);
    assert_eq!(board.facts.coverage_url, None);
    assert_eq!(notices.len(), 1);
}

/// Another vendor's shape by configuration alone: a list of fees inside each board, numbers as texts, the cadence as
/// a count of months, a top-level list in one answer.
const OTHER_VENDOR: &str = r#"
    path = "/mls"
    query = { rf = "fees" }
    paging = "none"
    results = ""
    total = ""
    id = "/mlsID"
    name = "/name"
    abbreviation = ""
    states = "/stateAbrvs"
    country = "US"
    eligibility = ""
    paperwork = ""
    coverage_url = ""
    pass_through_status = ""

    [[fees]]
    channel = "pass_through"
    list = "/fees"
    empty = "none"
    required = true
    key = "/name"
    label = "/name"
    amount = "/price"
    basis = "account"

    [fees.cadence]
    pointer = ["/type", "/monthlyFrequency"]
    values = { "One Time" = "one_time", "1" = "monthly", "3" = "quarterly", "6" = "semiannual", "12" = "annual" }
"#;

#[test]
fn another_vendor_s_shape_is_a_matter_of_configuration() {
    let mapping = with(OTHER_VENDOR);
    let page = json!([{
        "mlsID": "a001", "name": "Cedar Valley MLS", "stateAbrvs": ["IA"],
        "fees": [
            {"type": "Recurring", "monthlyFrequency": "1", "name": "Data Access", "price": "4.50"},
            {"type": "Recurring", "monthlyFrequency": 12, "name": "Data Access", "price": "150.00"},
            {"type": "Recurring", "monthlyFrequency": "3", "name": "Vendor Licence", "price": "30"},
            {"type": "One Time", "monthlyFrequency": "0", "name": "Set-up", "price": "99.00"},
            {"type": "Recurring", "monthlyFrequency": "1", "name": "Waived", "price": "0.00"},
        ],
    }]);
    let results = mapping.results(&page).unwrap();
    assert_eq!(mapping.total(&page), Ok(None));
    let mut notices = Notices::default();
    let board = mapping.read_board(&results[0], NOW, &mut notices).unwrap();
    assert_eq!(notices.into_lines(), Vec::<String>::new());
    assert_eq!(board.facts.label(), "Cedar Valley MLS, IA");
    let Reading::Read(fees) = board.pass_through else {
        panic!("{:?}", board.pass_through)
    };
    assert_eq!(
        shown(&fees),
        [
            "data_access 4.50 USD monthly account",
            "data_access_2 150.00 USD annual account",
            "vendor_licence 30.00 USD quarterly account",
            "set_up 99.00 USD one_time account",
        ]
    );
    assert_eq!(fees.fees()[3].label(), "Set-up");
    assert!(!fees.is_partial());
}

#[test]
fn an_empty_list_is_none_only_where_the_mapping_says_so() {
    let asserts = with(OTHER_VENDOR);
    let silent = with(&OTHER_VENDOR.replace(r#"empty = "none""#, ""));
    for (mapping, list, status) in [
        (&asserts, "[]", FeeStatus::None),
        (&asserts, "null", FeeStatus::Unknown),
        (&asserts, "\"soon\"", FeeStatus::Unknown),
        (&silent, "[]", FeeStatus::Unknown),
    ] {
        let text = format!("{{\"mlsID\": 1, \"name\": \"A\", \"fees\": {list}}}");
        let board = try_read(mapping, &text, &mut Notices::default()).unwrap();
        let Reading::Read(fees) = board.pass_through else {
            panic!("{list}")
        };
        assert_eq!(fees.status(), status, "{list}");
    }
}

#[test]
fn an_element_without_an_amount_makes_the_others_a_lower_bound() {
    let text = r#"{"mlsID": 1, "name": "A", "fees": [
        {"type": "One Time", "name": "Set-up", "price": "99.00"},
        {"type": "Recurring", "monthlyFrequency": "1", "name": "Data", "price": null}]}"#;
    let board = try_read(&with(OTHER_VENDOR), text, &mut Notices::default()).unwrap();
    let Reading::Read(fees) = board.pass_through else {
        panic!()
    };
    assert!(fees.is_partial());
    assert_eq!(fees.fees().len(), 1);
}

#[test]
fn the_whole_fee_model_can_be_mapped() {
    let mapping = with(
        r#"
        [[fees]]
        channel = "direct"
        key = "feed"
        label = "Feed"
        amount = "/low"
        amount_max = "/high"
        tiers = "/bands"
        tier_mode = "/mode"
        cadence = "monthly"
        billed = "quarterly"
        basis = "feed"
        included = "/free"
        minimum = "/least"
        maximum = "/most"
        effective_from = "/from"
        effective_to = "/to"
        "#,
    );
    let direct = |fields: &str| match read(&mapping, fields).0.direct {
        Reading::Read(fees) => fees,
        Reading::Rejected { reason } => panic!("{reason}"),
    };
    let range = direct(
        r#""low": "10", "high": 20.5, "free": 5, "least": "10", "most": "7500.00", "from": "2026-07-01", "to": "2027-07-01""#,
    );
    let fee = &range.fees()[0];
    assert!(fee.is_range());
    assert_eq!(
        (fee.included(), fee.billed().unwrap().as_str()),
        (5, "quarterly")
    );
    assert_eq!(fee.maximum().unwrap().to_decimal_string(), "7500.00");
    assert_eq!(fee.effective().from().unwrap().to_string(), "2026-07-01");
    let tiered = direct(r#""bands": "9:20.00;*:=200.00", "mode": "volume""#);
    assert!(matches!(tiered.fees()[0].price(), Price::Tiered(_)));
    let Reading::Rejected { reason } = read(&mapping, r#""low": "10", "from": "soon""#).0.direct
    else {
        panic!()
    };
    assert!(reason.contains("effective_from"), "{reason}");
    let Reading::Rejected { reason } = read(&mapping, r#""low": "10", "most": 0"#).0.direct else {
        panic!()
    };
    assert!(reason.contains("maximum of 0"), "{reason}");
}

#[test]
fn one_key_keeps_its_name_through_successive_periods() {
    let mapping = with(
        r#"
        [[fees]]
        channel = "pass_through"
        list = "/schedule"
        key = "idx"
        amount = "/amount"
        cadence = "monthly"
        basis = "account"
        effective_from = "/from"
        effective_to = "/to"
        "#,
    );
    let fees = pass_through(
        &mapping,
        r#""schedule": [{"amount": 20, "to": "2027-01-01"}, {"amount": 25, "from": "2027-01-01"}, {"amount": 5}]"#,
    );
    let keys: Vec<_> = fees.fees().iter().map(|fee| fee.key().as_str()).collect();
    assert_eq!(keys, ["idx", "idx", "idx_2"]);
}

#[test]
fn a_mapping_error_names_the_path_the_value_and_the_remedy() {
    let fee = |line: &str| {
        format!("[[fees]]\nchannel = \"pass_through\"\nkey = \"idx\"\namount = \"/fee\"\n{line}")
    };
    for (overrides, path, part) in [
        (
            "nmae = \"/name\"".to_owned(),
            "upstream.mapping.nmae",
            "use one of path, query",
        ),
        (
            "name = \"name\"".to_owned(),
            "upstream.mapping.name",
            "begin it with a slash",
        ),
        ("id = \"\"".to_owned(), "upstream.mapping.id", "is missing"),
        ("id = \"/a~2\"".to_owned(), "upstream.mapping.id", "~0"),
        (
            "paging = \"cursor\"".to_owned(),
            "upstream.mapping.paging",
            "use offset or none",
        ),
        (
            "path = \"boards\"".to_owned(),
            "upstream.mapping.path",
            "begin it with a slash",
        ),
        (
            "results = \"results\"".to_owned(),
            "upstream.mapping.results",
            "slash",
        ),
        (
            "query = { limit = 5 }".to_owned(),
            "upstream.mapping.query.limit",
            "page_size",
        ),
        (
            "country = \"USA\"".to_owned(),
            "upstream.mapping.country",
            "\"USA\"",
        ),
        (
            "country = { default = \"US\" }".to_owned(),
            "upstream.mapping.country.pointer",
            "is missing",
        ),
        (
            "country = { pointer = [] }".to_owned(),
            "upstream.mapping.country.pointer",
            "list of pointers",
        ),
        (
            "paperwork = { pointer = \"/p\", values = { FAX = \"facsimile\" } }".to_owned(),
            "upstream.mapping.paperwork.values.FAX",
            "\"facsimile\" is not one of manual, automatic",
        ),
        (
            "paperwork = { pointer = \"/p\", value = { FAX = \"manual\" } }".to_owned(),
            "upstream.mapping.paperwork.value",
            "use one of pointer, values, default",
        ),
        (
            "fees = 3".to_owned(),
            "upstream.mapping.fees",
            "[[upstream.mapping.fees]]",
        ),
        (
            fee("cadence = \"weekly\""),
            "upstream.mapping.fees[0].cadence",
            "\"weekly\"",
        ),
        (
            fee("required = \"yes\""),
            "upstream.mapping.fees[0].required",
            "true nor false",
        ),
        (
            fee("empty = \"zero\""),
            "upstream.mapping.fees[0].empty",
            "\"zero\"",
        ),
        (
            fee("minimum = 4.5"),
            "upstream.mapping.fees[0].minimum",
            "in quotes",
        ),
        (
            fee("minimum = \"fee\""),
            "upstream.mapping.fees[0].minimum",
            "\"fee\" is not an amount",
        ),
        (
            "[[fees]]\nkey = \"a\"\namount = \"/a\"".to_owned(),
            "upstream.mapping.fees[0].channel",
            "is missing",
        ),
        (
            "[[fees]]\nchannel = \"direct\"\nkey = \"a\"".to_owned(),
            "upstream.mapping.fees[0].amount",
            "is missing",
        ),
        (
            "[[fees]]\nchannel = \"direct\"\namount = \"/a\"".to_owned(),
            "upstream.mapping.fees[0].key",
            "is missing",
        ),
    ] {
        let error = try_with(&overrides).unwrap_err();
        assert_eq!(error.path, path, "{overrides}");
        assert!(error.problem.contains(part), "{overrides}: {error}");
    }
    let error = Mapping::from_config("zillow", &json!({})).unwrap_err();
    assert_eq!(error.path, "upstream.profile");
    assert!(error.problem.contains("ihomefinder"), "{error}");
}

#[test]
fn overrides_replace_key_by_key_and_fees_as_a_whole() {
    let mapping = with("name = \"/title\"");
    assert_eq!(mapping.fees.len(), 2);
    let text = r#"{"id": 1, "title": "A", "abbreviation": "B"}"#;
    let board = try_read(&mapping, text, &mut Notices::default()).unwrap();
    assert_eq!(board.facts.label(), "A (B)");
    let one = with("[[fees]]\nchannel = \"direct\"\nkey = \"a\"\namount = \"/a\"");
    assert_eq!(one.fees.len(), 1);
    let unmapped = Mapping::from_config("ihomefinder", &json!({"abbreviation": null})).unwrap();
    let board = try_read(
        &unmapped,
        &board_text(r#""abbreviation": "B""#),
        &mut Notices::default(),
    );
    assert_eq!(board.unwrap().facts.abbreviation, None);
}
