//! The facts of a board.

use super::*;

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
    assert_eq!(
        board.direct,
        Reading::Read(ChannelFees::NOTHING_RECORDED.into())
    );
    assert!(notices.is_empty(), "{notices:?}");
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
        let board = try_read(&profile(), &text, &mut notices).unwrap();
        board.facts.id.clone()
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
