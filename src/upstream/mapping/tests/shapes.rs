//! Other vendors' shapes, and the whole fee model, by configuration alone.

use super::*;

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
    let (results, head) = read_page(&mapping, &page);
    assert_eq!(head.total, None);
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
