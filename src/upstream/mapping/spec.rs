//! The mapping as configured: every key, its type, and the checks that find a typing error before a fee does.

use serde_json::{Map, Value};

use crate::domain::board::{Channel, Eligibility, FeeStatus, Paperwork};
use crate::domain::fee::{Basis, Cadence, TierMode};
use crate::domain::money::Currency;

use super::field::Field;
use super::kind::Kind;
use super::page::PageSpec;
use super::pointer::Pointer;
use super::table::Table;
use super::{Mapping, MappingError};

/// Where the mapping stands in the configuration.
pub(super) const ROOT: &str = "upstream.mapping";

const KEYS: &[&str] = &[
    "path",
    "query",
    "paging",
    "results",
    "total",
    "id",
    "name",
    "abbreviation",
    "states",
    "country",
    "eligibility",
    "paperwork",
    "coverage_url",
    "pass_through_status",
    "fees",
];

const FEE_KEYS: &[&str] = &[
    "channel",
    "list",
    "empty",
    "required",
    "key",
    "label",
    "amount",
    "amount_max",
    "currency",
    "cadence",
    "billed",
    "basis",
    "included",
    "tier_mode",
    "tiers",
    "minimum",
    "maximum",
    "effective_from",
    "effective_to",
    "note",
];

/// Where the facts of a board stand.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct BoardSpec {
    pub(in crate::upstream) id: Field,
    pub(super) name: Field,
    pub(super) abbreviation: Field,
    pub(super) states: Field,
    pub(super) country: Field,
    pub(super) eligibility: Field,
    pub(super) paperwork: Field,
    pub(super) coverage_url: Field,
    pub(super) pass_through_status: Field,
}

impl BoardSpec {
    /// Every field, in the order of the configuration.
    pub(in crate::upstream) fn fields(&self) -> [&Field; 9] {
        [
            &self.id,
            &self.name,
            &self.abbreviation,
            &self.states,
            &self.country,
            &self.eligibility,
            &self.paperwork,
            &self.coverage_url,
            &self.pass_through_status,
        ]
    }
}

/// Where one fee, or one list of fees, stands.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct FeeSpec {
    /// The path in the configuration: `upstream.mapping.fees[0]`.
    pub(super) path: String,
    pub(super) channel: Channel,
    /// The list whose elements are fees; `None` when the result itself holds the one fee.
    pub(in crate::upstream) list: Option<Pointer>,
    /// Whether an empty list asserts that there is no fee.
    pub(super) empty_is_none: bool,
    /// Whether its absence leaves the channel unknown, or partial beside other fees.
    pub(super) required: bool,
    pub(super) key: Field,
    pub(super) label: Field,
    pub(super) amount: Field,
    pub(super) amount_max: Field,
    pub(super) currency: Field,
    pub(super) cadence: Field,
    pub(super) billed: Field,
    pub(super) basis: Field,
    pub(super) included: Field,
    pub(super) tier_mode: Field,
    pub(super) tiers: Field,
    pub(super) minimum: Field,
    pub(super) maximum: Field,
    pub(super) effective_from: Field,
    pub(super) effective_to: Field,
    pub(super) note: Field,
}

impl FeeSpec {
    /// Every field, in the order of the configuration.
    pub(in crate::upstream) fn fields(&self) -> [&Field; 16] {
        [
            &self.key,
            &self.label,
            &self.amount,
            &self.amount_max,
            &self.currency,
            &self.cadence,
            &self.billed,
            &self.basis,
            &self.included,
            &self.tier_mode,
            &self.tiers,
            &self.minimum,
            &self.maximum,
            &self.effective_from,
            &self.effective_to,
            &self.note,
        ]
    }
}

/// Reads the whole mapping.
pub(super) fn parse(entries: &Map<String, Value>) -> Result<Mapping, MappingError> {
    let table = Table::of(ROOT, entries, KEYS)?;
    Ok(Mapping {
        page: PageSpec::parse(&table)?,
        board: parse_board(&table)?,
        fees: parse_fees(&table)?,
    })
}

fn parse_board(table: &Table<'_>) -> Result<BoardSpec, MappingError> {
    let field = |key, kind| Field::parse(table, key, kind);
    let board = BoardSpec {
        id: field("id", Kind::Id)?,
        name: field("name", Kind::Own)?,
        abbreviation: field("abbreviation", Kind::Own)?,
        states: field("states", Kind::Codes)?,
        country: field("country", Kind::code())?,
        eligibility: field("eligibility", Kind::word::<Eligibility>())?,
        paperwork: field("paperwork", Kind::word::<Paperwork>())?,
        coverage_url: field("coverage_url", Kind::Text)?,
        pass_through_status: field("pass_through_status", Kind::word::<FeeStatus>())?,
    };
    for (key, field) in [("id", &board.id), ("name", &board.name)] {
        if !field.is_mapped() {
            let problem = format!("is missing; say where it stands, as in \"/{key}\"");
            return Err(table.error(key, problem));
        }
    }
    Ok(board)
}

fn parse_fees(table: &Table<'_>) -> Result<Vec<FeeSpec>, MappingError> {
    match table.get("fees") {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => list
            .iter()
            .enumerate()
            .map(|(position, value)| parse_fee(&format!("{ROOT}.fees[{position}]"), value))
            .collect(),
        Some(other) => Err(table.error(
            "fees",
            format!("{other} is not a list; write each fee under [[upstream.mapping.fees]]"),
        )),
    }
}

fn parse_fee(path: &str, value: &Value) -> Result<FeeSpec, MappingError> {
    let table = Table::parse(path, value, FEE_KEYS)?;
    let field = |key, kind| Field::parse(&table, key, kind);
    let fee = FeeSpec {
        path: path.to_owned(),
        channel: parse_channel(&table)?,
        list: parse_list(&table)?,
        empty_is_none: parse_empty(&table)?,
        required: table.truth("required")?,
        key: field("key", Kind::Key)?,
        label: field("label", Kind::Text)?,
        amount: field("amount", Kind::Amount)?,
        amount_max: field("amount_max", Kind::Amount)?,
        currency: field("currency", Kind::word::<Currency>())?,
        cadence: field("cadence", Kind::word::<Cadence>())?,
        billed: field("billed", Kind::word::<Cadence>())?,
        basis: field("basis", Kind::word::<Basis>())?,
        included: field("included", Kind::Units)?,
        tier_mode: field("tier_mode", Kind::word::<TierMode>())?,
        tiers: field("tiers", Kind::Text)?,
        minimum: field("minimum", Kind::Amount)?,
        maximum: field("maximum", Kind::Amount)?,
        effective_from: field("effective_from", Kind::Date)?,
        effective_to: field("effective_to", Kind::Date)?,
        note: field("note", Kind::Text)?,
    };
    if !fee.amount.is_mapped() && !fee.tiers.is_mapped() {
        return Err(table.error(
            "amount",
            "is missing; say where it stands, as in \"/fee\", or map tiers",
        ));
    }
    if !fee.key.is_mapped() && !fee.label.is_mapped() {
        return Err(table.error(
            "key",
            "is missing; give a constant such as \"setup\", or a pointer to the fee's name",
        ));
    }
    Ok(fee)
}

fn parse_channel(table: &Table<'_>) -> Result<Channel, MappingError> {
    let text = table
        .text("channel")?
        .ok_or_else(|| table.error("channel", "is missing; use pass_through or direct"))?;
    text.parse().map_err(|error| table.error("channel", error))
}

fn parse_list(table: &Table<'_>) -> Result<Option<Pointer>, MappingError> {
    let text = table.text("list")?.filter(|text| !text.is_empty());
    text.map(|text| Pointer::parse(text).map_err(|problem| table.error("list", problem)))
        .transpose()
}

fn parse_empty(table: &Table<'_>) -> Result<bool, MappingError> {
    match table.text("empty")? {
        None | Some("unknown") => Ok(false),
        Some("none") => Ok(true),
        Some(other) => Err(table.error(
            "empty",
            format!("\"{other}\" is not an answer of an empty list; use none or unknown"),
        )),
    }
}
