//! What the tests of CSV share: a vendor with one board, rows and files about it.

mod errors;
mod files;
mod reading;
mod round_trip;

use chrono::TimeZone;

use super::*;
use crate::domain::board::{BoardFacts, BoardId, Code, Eligibility, Paperwork};
use crate::domain::curated::CuratedEntry;

fn recorded_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 6, 0, 0).unwrap()
}

fn options() -> ParseOptions {
    ParseOptions {
        recorded_at: recorded_at(),
        accept_names: false,
        to_accept_names: "--accept-names",
    }
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
