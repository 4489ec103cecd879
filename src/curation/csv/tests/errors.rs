//! What is wrong in rows, message by message.

use super::*;

#[test]
fn wrong_cells_are_named_with_value_and_remedy() {
    for (column, value, expected) in [
        (
            "board_id",
            "",
            "is missing; give the vendor's id of the board",
        ),
        (
            "board_id",
            "1 2",
            "\"1 2\" is not a board id: 1 to 64 bytes without spaces, commas or control characters, and not a word of a path",
        ),
        (
            "channel",
            "",
            "is missing; give one of pass_through, direct",
        ),
        (
            "channel",
            "both",
            "\"both\" is not one of pass_through, direct",
        ),
        (
            "status",
            "",
            "is missing; give one of charged, none, unpublished, unknown",
        ),
        (
            "status",
            "free",
            "\"free\" is not one of charged, none, unpublished, unknown",
        ),
        ("override", "yes", "\"yes\" is neither true nor false"),
        (
            "states",
            "Iowa",
            "\"Iowa\" is not a two-letter code; write it like CA or NV, several as in CA;NV",
        ),
        ("states", "IA;IA", "\"IA;IA\" names IA twice; name it once"),
        (
            "country",
            "USA",
            "\"USA\" is not a two-letter code; write it like CA or NV",
        ),
        (
            "fee_key",
            "Set up",
            "\"Set up\" is not a fee key; use 1 to 64 lower-case letters, digits and _, as in setup or idx_monthly",
        ),
        ("label", "", "is missing; give the text that people see"),
        (
            "amount",
            "$20",
            "\"$20\" is not written as a plain decimal; write it like 1250.00",
        ),
        (
            "amount",
            "",
            "is missing; give an amount or tiers, or set the status to unpublished",
        ),
        (
            "currency",
            "dollars",
            "\"dollars\" is not an ISO 4217 currency; use a code such as USD or CAD",
        ),
        (
            "source_url",
            "www.example.com",
            "\"www.example.com\" is not a web address; write it like https://www.example.com/fees",
        ),
        (
            "source_url",
            "javascript:alert(1)",
            "\"javascript:alert(1)\" is not a web address; write it like https://www.example.com/fees",
        ),
        (
            "verified_on",
            "11/1/2026",
            "\"11/1/2026\" is not a date; write it like 2026-03-31",
        ),
        (
            "verified_on",
            "2062-11-01",
            "\"2062-11-01\" lies in the future; give the day it was last checked",
        ),
        (
            "board_name",
            "Maple Ridge MLS",
            "\"Maple Ridge MLS\" is not what the vendor calls board 12: \"Cedar Valley MLS®\" (CVMLS); correct the board_id or the name, or accept names as they are with --accept-names",
        ),
    ] {
        assert_eq!(
            errors_in(&file(&[row(&[(column, value)])])),
            [format!("row 2, {column}: {expected}")]
        );
    }
}

#[test]
fn every_error_of_the_file_is_reported_in_the_order_of_rows_and_columns() {
    let text = file(&[
        row(&[("amount", "x"), ("channel", "y"), ("verified_on", "z")]),
        row(&[("board_name", "Other"), ("cadence", "weekly")]),
        row(&[("states", "NV"), ("board_name", "Other")]),
        row(&[("override", "maybe"), ("board_name", "Other")]),
    ]);
    let errors = parse_entries(text.as_bytes(), &one_board, &options()).unwrap_err();
    let places: Vec<(u64, &str)> = errors
        .iter()
        .map(|error| (error.row, error.column.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (2, "channel"),
            (2, "verified_on"),
            (3, "board_name"),
            (3, "cadence"),
            (4, "states"),
            (5, "override"),
            (5, "override"),
            (5, "fee_key"),
        ]
    );
    assert_eq!(errors[1].value, "z");
}

#[test]
fn a_board_goes_by_its_name_or_abbreviation_in_any_spelling() {
    for name in ["cedar valley mls", "CEDAR VALLEY-MLS", "cvmls", ""] {
        assert_eq!(entries_in(&file(&[row(&[("board_name", name)])])).len(), 1);
    }
    let other = file(&[row(&[("board_name", "Maple Ridge MLS")])]);
    let accepting = ParseOptions {
        accept_names: true,
        ..options()
    };
    assert!(parse_entries(other.as_bytes(), &one_board, &accepting).is_ok());
}

#[test]
fn a_board_the_vendor_lacks_must_be_described_in_full() {
    assert_eq!(
        errors_in(&file(&[row(&[("board_id", "13"), ("states", "IA")])])),
        [
            "row 2, board_id: \"13\" is not a board of the vendor; correct it, or describe the board in full: country is missing"
        ]
    );
    assert_eq!(
        errors_in(&file(&[row(&[("board_id", "13"), ("board_name", "")])])),
        [
            "row 2, board_id: \"13\" is not a board of the vendor; correct it, or describe the board in full: board_name, states, country are missing"
        ]
    );
    let full = [("board_id", "13"), ("states", "IA;NE"), ("country", "us")];
    let entries = entries_in(&file(&[row(&full)]));
    let facts = entries[0].board.in_full(&entries[0].id.board_id).unwrap();
    assert_eq!(
        facts.states,
        [Code::parse("IA").unwrap(), Code::parse("NE").unwrap()]
    );
    assert_eq!(facts.country, Code::US);
}

#[test]
fn two_channels_of_a_board_that_only_the_file_describes_have_one_name() {
    let described = |name, channel| {
        row(&[
            ("board_id", "13"),
            ("board_name", name),
            ("states", "IA"),
            ("country", "US"),
            ("channel", channel),
        ])
    };
    assert_eq!(
        errors_in(&file(&[
            described("Maple MLS", "direct"),
            described("Birch MLS", "pass_through")
        ])),
        [
            "row 3, board_name: \"Birch MLS\" differs from \"Maple MLS\" in row 2, which has the same board_id; correct either, or accept names as they are with --accept-names"
        ]
    );
    assert_eq!(
        entries_in(&file(&[
            described("Maple MLS", "direct"),
            described("MAPLE mls", "pass_through")
        ]))
        .len(),
        2
    );
}

#[test]
fn rows_of_one_entry_must_agree() {
    let second = |cells: &[(&'static str, &'static str)]| {
        let mut all = vec![("fee_key", "setup")];
        all.extend_from_slice(cells);
        errors_in(&file(&[row(&[("abbreviation", "CVMLS")]), row(&all)]))
    };
    assert_eq!(
        second(&[("abbreviation", "CV")]),
        [
            "row 3, abbreviation: \"CV\" differs from \"CVMLS\" in row 2, which is about the same board and channel; give both the same"
        ]
    );
    assert_eq!(
        second(&[("abbreviation", "CVMLS"), ("override", "true")]),
        [
            "row 3, override: \"true\" differs from \"\" in row 2, which is about the same board and channel; give both the same"
        ]
    );
    let blank_and_false = [
        row(&[]),
        row(&[("fee_key", "setup"), ("override", "false")]),
    ];
    assert_eq!(entries_in(&file(&blank_and_false)).len(), 1);
}

#[test]
fn a_channel_without_fees_has_one_row_and_empty_fee_cells() {
    assert_eq!(
        errors_in(&file(&[row(&[
            ("status", "none"),
            ("fee_key", ""),
            ("label", ""),
            ("currency", ""),
            ("cadence", "")
        ])])),
        [
            "row 2, amount: \"20.00\" stands beside the status none; leave it empty, or set the status to charged",
            "row 2, basis: \"account\" stands beside the status none; leave it empty, or set the status to charged",
        ]
    );
    assert_eq!(
        errors_in(&file(&[status_row("unknown"), status_row("unknown")])),
        [
            "row 3, status: \"unknown\" stands in row 2 already for this board and channel; keep one row, because there is no fee to tell two apart"
        ]
    );
    assert_eq!(
        errors_in(&file(&[status_row("none"), row(&[])])),
        [
            "row 3, status: \"charged\" differs from \"none\" in row 2, which is about the same board and channel; give both the same"
        ]
    );
    for status in ["none", "unpublished", "unknown"] {
        assert_eq!(
            entries_in(&file(&[status_row(status)]))[0]
                .fees
                .status()
                .as_str(),
            status
        );
    }
}

#[test]
fn fees_that_overlap_are_each_reported_in_their_row() {
    let overlap = "the fee \"idx\" has two sets of terms on the same day; end the earlier one with effective_to, or use another key";
    assert_eq!(
        errors_in(&file(&[row(&[]), row(&[]), row(&[])])),
        [
            format!("row 3, fee_key: {overlap}"),
            format!("row 4, fee_key: {overlap}")
        ]
    );
    let following = [
        row(&[("effective_to", "2026-07-01")]),
        row(&[("effective_from", "2026-07-01")]),
    ];
    assert_eq!(entries_in(&file(&following))[0].fees.fees().len(), 2);
    let many: Vec<String> = (0..66)
        .map(|number| row(&[("fee_key", &format!("fee_{number}"))]))
        .collect();
    assert_eq!(
        errors_in(&file(&many)),
        ["row 66, fee_key: 66 fees; at most 64 are accepted in a channel"]
    );
}
