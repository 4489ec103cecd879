use chrono::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::board::{
    Board, BoardFacts, BoardId, Channel, ChannelFees, ChannelState, Code, Eligibility, FeeSet,
    FeeStatus, Paperwork,
};
use crate::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use crate::domain::fee::{Fee, Source, SourceKind};
use crate::domain::fee_text::FeeText;

const DOCUMENTED: &[u8] = include_bytes!("../../../tests/data/documented_fees.csv");

fn recorded_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 6, 0, 0).unwrap()
}

fn options() -> ParseOptions {
    ParseOptions {
        recorded_at: recorded_at(),
        accept_names: false,
    }
}

fn no_vendor(_: &BoardId) -> Option<BoardFacts> {
    None
}

/// The vendor lists board 12 alone.
fn one_board(id: &BoardId) -> Option<BoardFacts> {
    (id.as_str() == "12").then(|| BoardFacts {
        id: id.clone(),
        name: "Cedar Valley MLS®".to_owned(),
        abbreviation: Some("CVMLS".to_owned()),
        states: vec![Code::parse("IA").unwrap()],
        country: Code::US,
        eligibility: Eligibility::Unknown,
        paperwork: Paperwork::Unknown,
        coverage_url: None,
    })
}

/// A row of board 12 with `cells` set over a charged monthly fee.
fn row(cells: &[(&str, &str)]) -> String {
    let standard = [
        ("board_id", "12"),
        ("board_name", "Cedar Valley MLS"),
        ("channel", "pass_through"),
        ("status", "charged"),
        ("fee_key", "idx"),
        ("label", "IDX fee"),
        ("amount", "20.00"),
        ("currency", "USD"),
        ("cadence", "monthly"),
        ("basis", "account"),
    ];
    let cell = |column: &str| {
        let mut set = cells.iter().rev().chain(standard.iter().rev());
        set.find(|(name, _)| *name == column)
            .map_or("", |(_, value)| *value)
    };
    COLUMNS.map(cell).join(",")
}

/// A row that says `status` of board 12, without a fee.
fn status_row(status: &str) -> String {
    let blank = ["fee_key", "label", "amount", "currency", "cadence", "basis"];
    let mut cells = vec![("status", status)];
    cells.extend(blank.map(|column| (column, "")));
    row(&cells)
}

fn file(rows: &[String]) -> String {
    let mut text = COLUMNS.join(",");
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text
}

fn errors_in(text: &str) -> Vec<String> {
    let errors = parse_entries(text.as_bytes(), &one_board, &options()).unwrap_err();
    errors.iter().map(RowError::to_string).collect()
}

fn entries_in(text: &str) -> Vec<CuratedEntry> {
    parse_entries(text.as_bytes(), &one_board, &options()).unwrap()
}

#[test]
fn the_documented_fees_import_as_they_are() {
    let entries = parse_entries(DOCUMENTED, &no_vendor, &options()).unwrap();
    let ids: Vec<String> = entries
        .iter()
        .map(|entry| format!("{} {}", entry.id.board_id, entry.id.channel))
        .collect();
    assert_eq!(
        ids,
        [
            "31 pass_through",
            "33 direct",
            "16 direct",
            "144 direct",
            "147 pass_through",
            "148 direct",
            "149 pass_through",
            "165 pass_through",
            "209 direct",
            "237 direct",
            "275 pass_through",
            "141 pass_through",
            "285 direct",
        ]
    );
    let of_status = |status| {
        entries
            .iter()
            .filter(|entry| entry.fees.status() == status)
            .count()
    };
    assert_eq!(of_status(FeeStatus::Charged), 9);
    assert_eq!(of_status(FeeStatus::None), 2);
    assert_eq!(of_status(FeeStatus::Unpublished), 2);
    let fees: usize = entries.iter().map(|entry| entry.fees.fees().len()).sum();
    assert_eq!(fees, 12);

    let northstar = FeeText::print(&entries[6].fees.fees()[0]);
    assert_eq!(
        northstar.tiers.as_deref(),
        Some("9:20.00;100:=200.00;*:=300.00")
    );
    assert_eq!(northstar.tier_mode.as_deref(), Some("volume"));
    let one_key = &entries[7].fees.fees()[1];
    assert_eq!(one_key.billing_cadence().as_str(), "quarterly");
    let stellar = FeeText::print(&entries[9].fees.fees()[0]);
    assert_eq!(stellar.maximum.as_deref(), Some("7500.00"));
    let vancouver = &entries[12];
    assert_eq!(vancouver.board.country, Some(Code::CA));
    assert_eq!(
        vancouver.fees.note.as_deref(),
        Some("The board charges each office a monthly fee")
    );
    let source = vancouver.fees.source.as_ref().unwrap();
    assert_eq!(source.kind, SourceKind::Curated);
    assert_eq!(source.observed_at, recorded_at());
    assert_eq!(
        source.url.as_deref(),
        Some("http://members.rebgv.org/mlsr/")
    );
}

#[test]
fn the_documented_fees_are_written_as_they_were_read() {
    let entries = parse_entries(DOCUMENTED, &no_vendor, &options()).unwrap();
    let text = std::str::from_utf8(DOCUMENTED).unwrap();
    assert_eq!(write_entries(entries.iter()), text);
}

#[test]
fn a_byte_order_mark_windows_line_ends_and_blank_rows_are_tolerated() {
    let commas = ",".repeat(COLUMNS.len() - 1);
    let text = file(&[String::new(), commas, status_row("none"), String::new()]);
    let text = format!("\u{feff}{}\r\n", text.replace('\n', "\r\n"));
    assert_eq!(entries_in(&text), entries_in(&file(&[status_row("none")])));
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let two_lines = row(&[("label", "\"two\nlines\"")]);
    let text = file(&[
        two_lines,
        String::new(),
        row(&[("fee_key", "b"), ("amount", "n/a")]),
    ]);
    assert_eq!(
        errors_in(&text),
        [
            "row 4, amount: \"n/a\" is not an amount; write it like 1250.00, or leave it empty and set the status to unpublished"
        ]
    );
}

#[test]
fn rows_of_one_entry_need_not_be_adjacent() {
    let entries = entries_in(&file(&[
        row(&[("fee_key", "setup"), ("cadence", "one_time")]),
        row(&[("channel", "direct")]),
        row(&[("fee_key", "idx")]),
    ]));
    let keys: Vec<Vec<&str>> = entries
        .iter()
        .map(|entry| {
            entry
                .fees
                .fees()
                .iter()
                .map(|fee| fee.key().as_str())
                .collect()
        })
        .collect();
    assert_eq!(keys, [vec!["setup", "idx"], vec!["idx"]]);
}

#[test]
fn a_source_belongs_to_the_fee_where_there_is_one() {
    let header = format!("{},internal_note", COLUMNS.join(","));
    let cells = [
        ("note", "per office"),
        ("source_url", "https://a.example/fees"),
        ("verified_on", "2026-11-01"),
        ("override", "TRUE"),
    ];
    let text = format!("{header}\n{},ask Ann\n", row(&cells));
    let entries = entries_in(&text);
    let entry = &entries[0];
    assert!(entry.overrides_vendor);
    let fee = &entry.fees.fees()[0];
    assert_eq!(fee.note(), Some("per office"));
    assert_eq!(fee.source().url.as_deref(), Some("https://a.example/fees"));
    assert_eq!(fee.source().verified_on.unwrap().to_string(), "2026-11-01");
    assert_eq!(fee.source().internal_note.as_deref(), Some("ask Ann"));
    assert_eq!(entry.fees.note, None);
    let of_channel = entry.fees.source.as_ref().unwrap();
    assert_eq!((&of_channel.url, of_channel.verified_on), (&None, None));
    assert!(
        write_entries(entries.iter())
            .lines()
            .next()
            .unwrap()
            .ends_with(",internal_note")
    );
}

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
    assert!(second_is_fine());
    fn second_is_fine() -> bool {
        let rows = [
            row(&[]),
            row(&[("fee_key", "setup"), ("override", "false")]),
        ];
        parse_entries(file(&rows).as_bytes(), &one_board, &options()).is_ok()
    }
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

#[test]
fn the_header_must_be_right() {
    let with_header = |header: &str| errors_in(&format!("{header}\n{}", row(&[])));
    let standard = COLUMNS.join(",");
    assert_eq!(
        with_header(&standard.replace(",basis", "").replace(",label", ",title")),
        [
            "row 1, label: this column is missing; add it, empty if need be",
            "row 1, basis: this column is missing; add it, empty if need be",
            "row 1, title: \"title\" is not a column of the curated list; remove it",
        ]
    );
    assert_eq!(
        with_header(&standard.replace("fee_key,label", "label,fee_key")),
        [
            "row 1, label: \"label\" stands where \"fee_key\" belongs; put the columns in the order that curated export writes"
        ]
    );
    assert_eq!(
        with_header(&format!("internal_note,{standard}")),
        [
            "row 1, internal_note: \"internal_note\" stands where \"board_id\" belongs; put the columns in the order that curated export writes"
        ]
    );
    assert_eq!(
        with_header(&format!("{standard},note")),
        ["row 1, note: \"note\" stands there twice; remove one"]
    );
    assert_eq!(
        with_header(&standard.replace(',', ";")),
        ["row 1: separates its columns by ';'; save the file with commas"]
    );
    assert_eq!(
        errors_in(""),
        [
            "row 1: is missing; begin the file with the names of the columns, as curated export writes them"
        ]
    );
}

#[test]
fn a_file_that_is_no_table_is_refused_by_row() {
    assert_eq!(
        errors_in(&file(&[row(&[]), format!("{},extra", row(&[]))])),
        ["row 3: has 27 cells under 26 columns; put text that holds a comma in quotes"]
    );
    assert_eq!(
        errors_in(&file(&[row(&[("label", "\"never closed")]), row(&[])])),
        [
            "row 2, label: opens a quote that is never closed; close it, and double a quote that belongs to the text"
        ]
    );
    assert_eq!(
        errors_in(&file(&[row(&[("label", "\"closed\" twice\"")])])),
        ["row 2, label: goes on after its closing quote; double a quote that belongs to the text"]
    );
    let mut latin1 = file(&[row(&[]), row(&[("note", "Qu")])]).into_bytes();
    latin1.push(0xe9);
    let errors = parse_entries(&latin1, &one_board, &options()).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "row 3: is not UTF-8; save the file as \"CSV UTF-8\""
    );
    let large = vec![b'x'; (16 << 20) + 1];
    let errors = parse_entries(&large, &one_board, &options()).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "row 1: the file has 16777217 bytes; at most 16777216 are accepted"
    );
    let many = vec!["x".to_owned() + &",".repeat(25); 100_001];
    assert_eq!(
        errors_in(&file(&many)),
        ["row 100002: is beyond the 100000 rows that one file may have; split the file"]
    );
}

#[test]
fn boards_are_written_for_anybody_with_both_channels() {
    let header = format!("{},internal_note", COLUMNS.join(","));
    let cells = [
        ("note", "=1+1"),
        ("source_url", "https://a.example"),
        ("verified_on", "2026-11-01"),
        ("override", "true"),
    ];
    let entries = entries_in(&format!("{header}\n{},secret\n", row(&cells)));
    let board = Board {
        facts: one_board(&BoardId::parse("12").unwrap()).unwrap(),
        active: true,
        pass_through: entries[0].fees.clone(),
        direct: ChannelFees::NOTHING_RECORDED,
    };
    let expected = format!(
        "{}\r\n\
         12,Cedar Valley MLS®,CVMLS,IA,US,pass_through,charged,false,idx,IDX fee,20.00,,USD,monthly,,account,0,,,,,,,'=1+1,,\r\n\
         12,Cedar Valley MLS®,CVMLS,IA,US,direct,unknown,false,,,,,,,,,,,,,,,,,,\r\n",
        COLUMNS.join(",")
    );
    assert_eq!(write_boards(std::iter::once(&board)), expected);
}

/// Text that is hard to keep: quotes, line ends, what formulas begin with, accents; without white space around it.
fn nasty_text() -> impl Strategy<Value = Option<String>> {
    let text = "[a=+\\-@'\",;\n\r\té® ]{0,8}".prop_map(|text| text.trim().to_owned());
    text.prop_map(|text| (!text.is_empty()).then_some(text))
}

fn source() -> impl Strategy<Value = Source> {
    let url = prop::option::of("https://a\\.example/[a-z'=,\"]{0,5}");
    let verified = prop::option::of(0_i64..3_000);
    (url, verified, nasty_text()).prop_map(|(url, days, internal_note)| Source {
        kind: SourceKind::Curated,
        observed_at: recorded_at(),
        verified_on: days.map(|days| recorded_at().date_naive() - chrono::TimeDelta::days(days)),
        url,
        internal_note,
    })
}

fn fee(position: usize) -> impl Strategy<Value = Fee> {
    let price = prop_oneof![
        Just((Some("20"), None, None, None)),
        Just((Some("20.5"), Some("30"), None, None)),
        Just((
            None,
            None,
            Some("volume"),
            Some("9:20.00;100:=200.00;*:1=300.00")
        )),
    ];
    (price, nasty_text(), nasty_text(), source(), any::<bool>()).prop_map(
        move |((amount, amount_max, tier_mode, tiers), label, note, source, quarterly)| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let text = FeeText {
                key: format!("fee_{position}"),
                label: label.unwrap_or("IDX".to_owned()),
                amount: own(amount),
                amount_max: own(amount_max),
                currency: "CAD".to_owned(),
                cadence: "monthly".to_owned(),
                billed: own(quarterly.then_some("quarterly")),
                basis: "agent".to_owned(),
                included: Some("2".to_owned()),
                tier_mode: own(tier_mode),
                tiers: own(tiers),
                maximum: Some("99.90".to_owned()),
                effective_from: Some("2026-01-01".to_owned()),
                note,
                ..FeeText::default()
            };
            text.parse(source).unwrap()
        },
    )
}

fn channel_fees() -> impl Strategy<Value = ChannelFees> {
    let charged = (1_usize..4)
        .prop_flat_map(|count| (0..count).map(fee).collect::<Vec<_>>())
        .prop_map(|fees| ChannelFees {
            state: ChannelState::Charged {
                fees: FeeSet::new(fees).unwrap(),
                partial: false,
            },
            note: None,
            source: Some(super::line::curated_source(recorded_at())),
        });
    let states = [
        ChannelState::None,
        ChannelState::Unpublished,
        ChannelState::Unknown,
    ];
    let whole = (
        prop::sample::select(states.to_vec()),
        nasty_text(),
        source(),
    )
        .prop_map(|(state, note, source)| ChannelFees {
            state,
            note,
            source: Some(source),
        });
    prop_oneof![charged, whole]
}

fn entries() -> impl Strategy<Value = Vec<CuratedEntry>> {
    let states = prop::sample::subsequence(vec!["CA", "NV", "BC"], 0..=3);
    let described = (
        nasty_text(),
        nasty_text(),
        states,
        prop::option::of(Just(Code::CA)),
    );
    let entry = (described, any::<bool>(), channel_fees());
    let keys = prop::collection::btree_set(("[a-z0-9='+-]{1,4}", any::<bool>()), 0..6);
    (keys, prop::collection::vec(entry, 6)).prop_map(|(keys, entries)| {
        let with_key =
            |((id, direct), (described, overrides_vendor, fees)): ((String, bool), _)| {
                let (name, abbreviation, states, country): (_, _, Vec<&str>, _) = described;
                CuratedEntry {
                    id: EntryId {
                        board_id: BoardId::parse(&id).unwrap(),
                        channel: Channel::ALL[usize::from(direct)],
                    },
                    board: BoardDescription {
                        name,
                        abbreviation,
                        states: states
                            .into_iter()
                            .map(|state| Code::parse(state).unwrap())
                            .collect(),
                        country,
                    },
                    overrides_vendor,
                    fees,
                }
            };
        keys.into_iter().zip(entries).map(with_key).collect()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_the_same(entries in entries()) {
        let every_board = |_: &BoardId| one_board(&BoardId::parse("12").unwrap());
        let accepting = ParseOptions { accept_names: true, ..options() };
        let text = write_entries(entries.iter());
        let read = parse_entries(text.as_bytes(), &every_board, &accepting);
        prop_assert_eq!(read, Ok(entries));
    }

    #[test]
    fn no_file_makes_reading_panic(text in "[a-z0-9,\"\n\r';=é]{0,200}") {
        let _ = parse_entries(format!("{}\n{text}", COLUMNS.join(",")).as_bytes(), &one_board, &options());
    }

    #[test]
    fn no_written_cell_begins_a_formula(entries in entries()) {
        let text = write_entries(entries.iter());
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        for record in reader.records() {
            for cell in &record.unwrap() {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            }
        }
    }
}
