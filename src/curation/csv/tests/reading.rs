//! What a file says.

use super::*;
use crate::domain::board::FeeStatus;
use crate::domain::fee::SourceKind;
use crate::domain::fee_text::FeeText;

const DOCUMENTED: &[u8] = include_bytes!("../../../../tests/data/documented_fees.csv");

fn no_vendor(_: &BoardId) -> Option<BoardFacts> {
    None
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
