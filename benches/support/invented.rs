//! Boards as the vendor sends them: those of the sandbox, any number of them, in one body.

use std::borrow::Cow;

use ptf_cache::sandbox::{Amount, SandboxBoard, generate};
use ptf_cache::upstream::Mapping;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

/// What the boards are made from.
const SEED: u64 = 42;

/// The boards before anything changed.
pub(crate) fn boards(count: u32) -> Vec<SandboxBoard> {
    generate(SEED, count)
}

/// `boards` as the vendor sends them, in one answer.
pub(crate) fn body(boards: &[SandboxBoard]) -> Vec<u8> {
    let mut body = format!("{{\"total\":{},\"results\":[", boards.len()).into_bytes();
    for (position, board) in boards.iter().enumerate() {
        if position > 0 {
            body.push(b',');
        }
        serde_json::to_writer(&mut body, board).unwrap();
        // Each result leads to itself, as the sandbox's do.
        body.pop();
        let links = json!([{"rel": "self", "href": format!("https://sandbox.invalid/boards/{}.json", board.id)}]);
        body.extend(format!(",\"links\":{links}}}").bytes());
    }
    body.extend(b"],\"links\":[]}");
    body
}

/// The vendor's mapping, for a list that comes in one answer.
pub(crate) fn mapping() -> Mapping {
    Mapping::from_config("ihomefinder", &json!({"paging": "none"})).unwrap()
}

/// The amount after `amount`, where that is one.
pub(crate) fn dearer(amount: &Amount, by: u32) -> Option<Amount> {
    let Amount::Text(text) = amount else {
        return None;
    };
    let (whole, cents) = text.split_once('.')?;
    let whole: u32 = whole.parse().ok().filter(|whole| *whole > 0)?;
    Some(Amount::Text(format!("{}.{cents}", whole + by)))
}

/// The floor of reading a list: every field of every board, borrowed from the bytes and not looked at.
///
/// # Panics
/// When the bytes are no list.
pub(crate) fn parse_borrowed(body: &[u8]) -> usize {
    let page: BorrowedPage<'_> = serde_json::from_slice(body).unwrap();
    page.results.len()
}

#[derive(Deserialize)]
struct BorrowedPage<'a> {
    #[serde(borrow)]
    results: Vec<BorrowedBoard<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "reading them is what is measured")]
struct BorrowedBoard<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    abbreviation: Cow<'a, str>,
    state: &'a str,
    country: &'a str,
    brokers_only: Option<bool>,
    paperwork: Option<&'a str>,
    coverage_url: Option<&'a str>,
    pass_through_fee_type: Option<&'a str>,
    #[serde(borrow)]
    pass_through_fee: Option<&'a RawValue>,
    currency: Option<&'a str>,
    pass_through_fee_frequency: Option<&'a str>,
    pass_through_fee_basis: Option<&'a str>,
    pass_through_fee_note: Option<&'a str>,
    #[serde(borrow)]
    setup_fee: Option<&'a RawValue>,
}
