//! The rules of the mapping, each on the smallest result that shows it.

mod config;
mod facts;
mod fees;
mod shapes;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::domain::board::{ChannelFees, ChannelState, FeeStatus};
use crate::domain::fee::{Fee, Price, Source};
use crate::upstream::fetched::{FetchedBoard, Reading};
use crate::upstream::notices::Notices;
use crate::upstream::transport::Page;

use super::page::PageHead;
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

/// The results of a page, and what it says beside them.
fn read_page(mapping: &Mapping, page: &Value) -> (Vec<Value>, PageHead) {
    let page = Page {
        body: page.to_string().into(),
        status: 200,
        sandbox: false,
        validator: None,
        read_at: NOW,
    };
    let mut results = Vec::new();
    let head = mapping.read_page(&page, &mut |result| {
        results.push(result);
        Ok(())
    });
    (results, head.unwrap())
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
        Reading::Read(fees) => ChannelFees::clone(&fees),
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
