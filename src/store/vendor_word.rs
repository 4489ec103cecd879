//! The vendor's word on one board, as columns; shared by `vendor_boards` and `candidate_boards`.

use serde::Deserialize;

use super::StoreError;
use super::channel::{self, ChannelRow, Statement, bind_channel, check_kind};
use super::fees::FeesOfRow;
use super::json_rows::truth;
use super::place::{Place, join_codes};
use crate::domain::board::{BoardFacts, BoardId, ChannelFees, VendorBoard, VendorRow};
use crate::domain::fee::SourceKind;
use crate::domain::shared::Shared;

/// The columns, in the order of [`bind_vendor_word`].
macro_rules! vendor_word_columns {
    () => {
        "board_id, active, name, abbreviation, states, country, eligibility, paperwork, coverage_url, \
         pass_through_status, pass_through_note, pass_through_partial, pass_through_observed_at_ms, \
         pass_through_verified_on, pass_through_source_url, pass_through_internal_note, \
         direct_status, direct_note, direct_partial, direct_observed_at_ms, \
         direct_verified_on, direct_source_url, direct_internal_note"
    };
}

/// A place for each of the columns.
macro_rules! vendor_word_places {
    () => {
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
    };
}

/// The columns of one row as JSON: what [`VendorWordRow`] reads.
macro_rules! vendor_word_json {
    () => {
        "json_array(board_id, active, name, abbreviation, states, country, eligibility, paperwork, coverage_url, \
         json_array(pass_through_status, pass_through_note, pass_through_partial, pass_through_observed_at_ms, \
         pass_through_verified_on, pass_through_source_url, pass_through_internal_note), \
         json_array(direct_status, direct_note, direct_partial, direct_observed_at_ms, \
         direct_verified_on, direct_source_url, direct_internal_note))"
    };
}

pub(super) use {vendor_word_columns, vendor_word_json, vendor_word_places};

/// The columns of one row.
#[derive(Deserialize)]
pub(super) struct VendorWordRow {
    pub(super) board_id: String,
    #[serde(deserialize_with = "truth")]
    active: bool,
    name: String,
    abbreviation: Option<String>,
    states: String,
    country: String,
    eligibility: String,
    paperwork: String,
    coverage_url: Option<String>,
    pass_through: ChannelRow,
    direct: ChannelRow,
}

impl VendorWordRow {
    /// The row with its `fees`, nothing held back.
    pub(super) fn into_row(
        self,
        fees: FeesOfRow,
        place: Place<'_>,
    ) -> Result<VendorRow, StoreError> {
        let kind = SourceKind::ResellerApi;
        let facts = BoardFacts {
            id: BoardId::parse(&self.board_id).map_err(|error| place.wrong("board_id", error))?,
            name: self.name,
            abbreviation: self.abbreviation,
            states: place.codes("states", &self.states)?,
            country: place.code("country", &self.country)?,
            eligibility: place.parse("eligibility", &self.eligibility)?,
            paperwork: place.parse("paperwork", &self.paperwork)?,
            coverage_url: self.coverage_url,
        };
        let board = VendorBoard {
            facts: facts.into(),
            pass_through: share(self.pass_through.into_fees(
                &channel::PASS_THROUGH,
                fees.pass_through,
                kind,
                place,
            )?),
            direct: share(
                self.direct
                    .into_fees(&channel::DIRECT, fees.direct, kind, place)?,
            ),
        };
        Ok(VendorRow {
            board,
            active: self.active,
            held: vec![],
        })
    }
}

/// The fees; in most boards, those of one channel are nothing.
fn share(fees: ChannelFees) -> Shared<ChannelFees> {
    match fees.is_nothing_recorded() {
        true => ChannelFees::nothing_recorded(),
        false => fees.into(),
    }
}

/// Refuses a row that is not the vendor's word.
pub(super) fn check_vendor_word(row: &VendorRow, table: &'static str) -> Result<(), StoreError> {
    let place = Place {
        table,
        row: None,
        key: row.board.facts.id.as_str(),
    };
    let kind = SourceKind::ResellerApi;
    check_kind(row.board.pass_through.source.as_ref(), kind, place)?;
    check_kind(row.board.direct.source.as_ref(), kind, place)
}

/// Gives a statement the values of the columns.
pub(super) fn bind_vendor_word<'q>(statement: Statement<'q>, row: &VendorRow) -> Statement<'q> {
    let facts = &row.board.facts;
    let statement = statement
        .bind(facts.id.to_string())
        .bind(row.active)
        .bind(facts.name.clone())
        .bind(facts.abbreviation.clone())
        .bind(join_codes(&facts.states))
        .bind(facts.country.to_string())
        .bind(facts.eligibility.as_str())
        .bind(facts.paperwork.as_str())
        .bind(facts.coverage_url.clone());
    bind_channel(
        bind_channel(statement, &row.board.pass_through),
        &row.board.direct,
    )
}
