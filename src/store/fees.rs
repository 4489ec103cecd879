//! Tables `vendor_fees`, `candidate_fees` and `curated_fees`: one fee a row, in the text form that CSV and mapping share.

use std::iter::Peekable;

use serde::Deserialize;
use serde::de::IgnoredAny;
use sqlx::SqliteConnection;

use super::StoreError;
use super::channel::{Statement, check_kind};
use super::json_rows::{JsonRows, load_json_rows, parse_json_rows};
use super::place::Place;
use super::window::{Window, curated_entries_in_window};
use crate::domain::board::Channel;
use crate::domain::fee::{Fee, Source, SourceKind};
use crate::domain::fee_text::FeeText;

/// One of the three tables of fees.
#[derive(Debug)]
pub(super) struct FeeTable {
    name: &'static str,
    kind: SourceKind,
    insert: &'static str,
    select: &'static str,
}

impl FeeTable {
    /// The statement that inserts one fee.
    pub(super) fn insert(&self) -> &'static str {
        self.insert
    }
}

macro_rules! fee_columns {
    () => {
        "parent_row, channel, position, fee_key, label, amount, amount_max, currency, cadence, billed, basis, included, \
         tier_mode, tiers, minimum, maximum, effective_from, effective_to, note, observed_at_ms, verified_on, source_url, \
         internal_note"
    };
}

#[rustfmt::skip] // a clause a line
macro_rules! fee_table {
    ($name:literal, of $parents:ident, $kind:expr) => {
        FeeTable {
            name: $name,
            kind: $kind,
            insert: concat!(
                "INSERT INTO ", $name, " (", fee_columns!(), ") ",
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ),
            select: concat!(
                "SELECT json_group_array(json_array(", fee_columns!(), ") ORDER BY parent_row, channel, position) ",
                "FROM ", $name, " ",
                "WHERE parent_row IN (", $parents!(), ")",
            ),
        }
    };
}

/// The `row_id`s of the JSON array `?1`.
macro_rules! listed_rows {
    () => {
        "SELECT value FROM json_each(?1)"
    };
}

/// The `row_id`s of `candidate_boards` of the run `?1`.
macro_rules! candidate_boards_of_run {
    () => {
        "SELECT row_id FROM candidate_boards WHERE run_id = ?1"
    };
}

/// The fees of the vendor's boards.
pub(super) const VENDOR_FEES: FeeTable =
    fee_table!("vendor_fees", of listed_rows, SourceKind::ResellerApi);
/// The fees of the boards that a run did not publish.
pub(super) const CANDIDATE_FEES: FeeTable =
    fee_table!("candidate_fees", of candidate_boards_of_run, SourceKind::ResellerApi);
/// The fees of the curated entries.
pub(super) const CURATED_FEES: FeeTable =
    fee_table!("curated_fees", of curated_entries_in_window, SourceKind::Curated);

#[derive(Deserialize)]
struct FeeRow {
    parent_row: i64,
    channel: String,
    /// Rows come in its order.
    _position: IgnoredAny,
    fee_key: String,
    label: String,
    amount: Option<String>,
    amount_max: Option<String>,
    currency: String,
    cadence: String,
    billed: Option<String>,
    basis: String,
    included: i64,
    tier_mode: Option<String>,
    tiers: Option<String>,
    minimum: Option<String>,
    maximum: Option<String>,
    effective_from: Option<String>,
    effective_to: Option<String>,
    note: Option<String>,
    observed_at_ms: i64,
    verified_on: Option<String>,
    source_url: Option<String>,
    internal_note: Option<String>,
}

impl FeeRow {
    fn into_fee(self, table: &FeeTable) -> Result<LoadedFee, StoreError> {
        let key = self.fee_key.clone();
        let place = Place {
            table: table.name,
            row: Some(self.parent_row),
            key: &key,
        };
        let source = Source {
            kind: table.kind,
            observed_at: place.time("observed_at_ms", self.observed_at_ms)?,
            verified_on: place.date("verified_on", self.verified_on.as_deref())?,
            url: self.source_url,
            internal_note: self.internal_note,
        };
        let text = FeeText {
            key: self.fee_key,
            label: self.label,
            amount: self.amount,
            amount_max: self.amount_max,
            currency: self.currency,
            cadence: self.cadence,
            billed: self.billed,
            basis: self.basis,
            included: Some(self.included.to_string()),
            tier_mode: self.tier_mode,
            tiers: self.tiers,
            minimum: self.minimum,
            maximum: self.maximum,
            effective_from: self.effective_from,
            effective_to: self.effective_to,
            note: self.note,
        };
        let fee = text.parse(source).map_err(|errors| match errors.first() {
            Some(error) => place.wrong(error.field, &error.problem),
            None => place.wrong("fee_key", "the fee is not valid"),
        })?;
        Ok(LoadedFee {
            parent_row: self.parent_row,
            channel: place.parse("channel", &self.channel)?,
            fee,
        })
    }
}

struct LoadedFee {
    parent_row: i64,
    channel: Channel,
    fee: Fee,
}

/// The fees of every row of a window, in order of their rows, to be handed out row by row.
pub(super) struct LoadedFees(Peekable<std::vec::IntoIter<LoadedFee>>);

/// The fees of one row.
#[derive(Default)]
pub(super) struct FeesOfRow {
    /// Those that the vendor bills.
    pub(super) pass_through: Vec<Fee>,
    /// Those that the board bills.
    pub(super) direct: Vec<Fee>,
}

impl LoadedFees {
    /// The fees of `row`. Rows must be asked for in rising order.
    pub(super) fn take(&mut self, row: i64) -> FeesOfRow {
        let mut fees = FeesOfRow::default();
        while let Some(loaded) = self.0.next_if(|loaded| loaded.parent_row == row) {
            match loaded.channel {
                Channel::PassThrough => fees.pass_through.push(loaded.fee),
                Channel::Direct => fees.direct.push(loaded.fee),
            }
        }
        // They stay for as long as the catalog: the room in which a list grows is several times what it takes.
        fees.pass_through.shrink_to_fit();
        fees.direct.shrink_to_fit();
        fees
    }
}

/// Loads the fees of every curated entry in `window`, in one query.
pub(super) async fn load_curated_fees(
    connection: &mut SqliteConnection,
    window: &Window,
) -> Result<LoadedFees, StoreError> {
    let query = sqlx::query_scalar(CURATED_FEES.select)
        .bind(window.first)
        .bind(window.last)
        .bind(window.board_ids());
    collect_fees(connection, &CURATED_FEES, query).await
}

/// Loads the fees of the vendor's boards of the rows `row_ids`, a JSON array, for [`read_vendor_fees`].
pub(super) async fn load_vendor_fees(
    connection: &mut SqliteConnection,
    row_ids: &str,
) -> Result<String, StoreError> {
    let query: JsonRows<'_> = sqlx::query_scalar(VENDOR_FEES.select).bind(row_ids);
    Ok(query.fetch_one(connection).await?)
}

/// Reads the fees of the vendor's boards.
pub(super) fn read_vendor_fees(rows: &str) -> Result<LoadedFees, StoreError> {
    read_fees(&VENDOR_FEES, parse_json_rows(rows)?)
}

/// Loads the fees of what the run `run_id` did not publish.
pub(super) async fn load_candidate_fees(
    connection: &mut SqliteConnection,
    run_id: i64,
) -> Result<LoadedFees, StoreError> {
    let query = sqlx::query_scalar(CANDIDATE_FEES.select).bind(run_id);
    collect_fees(connection, &CANDIDATE_FEES, query).await
}

async fn collect_fees(
    connection: &mut SqliteConnection,
    table: &FeeTable,
    query: JsonRows<'_>,
) -> Result<LoadedFees, StoreError> {
    read_fees(table, load_json_rows(connection, query).await?)
}

fn read_fees(table: &FeeTable, rows: Vec<FeeRow>) -> Result<LoadedFees, StoreError> {
    let fees: Result<Vec<LoadedFee>, StoreError> =
        rows.into_iter().map(|row| row.into_fee(table)).collect();
    Ok(LoadedFees(fees?.into_iter().peekable()))
}

/// Records the fees of one channel of the row `parent_row`, in their order.
pub(super) async fn record_fees(
    connection: &mut SqliteConnection,
    table: &FeeTable,
    parent_row: i64,
    channel: Channel,
    fees: &[Fee],
) -> Result<(), StoreError> {
    for fee in new_fees(parent_row, channel, fees) {
        bind_fee(sqlx::query(table.insert), table, &fee)?
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// A fee to be recorded.
pub(super) struct NewFee<'f> {
    parent_row: i64,
    channel: Channel,
    position: i64,
    fee: &'f Fee,
}

/// The fees of one channel of the row `parent_row`, in their order.
pub(super) fn new_fees(
    parent_row: i64,
    channel: Channel,
    fees: &[Fee],
) -> impl Iterator<Item = NewFee<'_>> {
    (0..).zip(fees).map(move |(position, fee)| NewFee {
        parent_row,
        channel,
        position,
        fee,
    })
}

/// Gives a statement the values of a fee's columns.
pub(super) fn bind_fee<'q>(
    statement: Statement<'q>,
    table: &FeeTable,
    new: &NewFee<'_>,
) -> Result<Statement<'q>, StoreError> {
    let fee = new.fee;
    let place = Place {
        table: table.name,
        row: Some(new.parent_row),
        key: fee.key().as_str(),
    };
    let source = fee.source();
    check_kind(Some(source), table.kind, place)?;
    let text = FeeText::print(fee);
    let included = i64::try_from(fee.included()).map_err(|error| place.wrong("included", error))?;
    Ok(statement
        .bind(new.parent_row)
        .bind(new.channel.as_str())
        .bind(new.position)
        .bind(text.key)
        .bind(text.label)
        .bind(text.amount)
        .bind(text.amount_max)
        .bind(text.currency)
        .bind(text.cadence)
        .bind(text.billed)
        .bind(text.basis)
        .bind(included)
        .bind(text.tier_mode)
        .bind(text.tiers)
        .bind(text.minimum)
        .bind(text.maximum)
        .bind(text.effective_from)
        .bind(text.effective_to)
        .bind(text.note)
        .bind(source.observed_at.timestamp_millis())
        .bind(source.verified_on.map(|date| date.to_string()))
        .bind(source.url.clone())
        .bind(source.internal_note.clone()))
}
