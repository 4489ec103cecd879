//! Table `vendor_boards`: the vendor's word on each board, by catalog version.

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::StoreError;
use super::channel::{self, ChannelRow, bind_channel, check_kind};
use super::fees::{FeesOfRow, VENDOR_FEES, load_fees, record_fees};
use super::place::{Place, join_codes};
use super::window::{Held, Window, read_version, vendor_boards_in_window};
use crate::domain::board::{BoardFacts, BoardId, Channel, VendorBoard, VendorRow};
use crate::domain::fee::SourceKind;
use crate::domain::version::CatalogVersion;

const TABLE: &str = "vendor_boards";

struct VendorBoardRow {
    row_id: i64,
    board_id: String,
    from_version: i64,
    to_version: Option<i64>,
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

impl FromRow<'_, SqliteRow> for VendorBoardRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(VendorBoardRow {
            row_id: row.try_get("row_id")?,
            board_id: row.try_get("board_id")?,
            from_version: row.try_get("from_version")?,
            to_version: row.try_get("to_version")?,
            active: row.try_get("active")?,
            name: row.try_get("name")?,
            abbreviation: row.try_get("abbreviation")?,
            states: row.try_get("states")?,
            country: row.try_get("country")?,
            eligibility: row.try_get("eligibility")?,
            paperwork: row.try_get("paperwork")?,
            coverage_url: row.try_get("coverage_url")?,
            pass_through: ChannelRow::take(row, &channel::PASS_THROUGH)?,
            direct: ChannelRow::take(row, &channel::DIRECT)?,
        })
    }
}

impl VendorBoardRow {
    fn into_domain(self, fees: FeesOfRow) -> Result<Held<VendorRow>, StoreError> {
        let place = Place {
            table: TABLE,
            row: Some(self.row_id),
            key: &self.board_id,
        };
        let from = read_version(place, "from_version", self.from_version)?;
        let to = self
            .to_version
            .map(|to| read_version(place, "to_version", to));
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
            facts,
            pass_through: self
                .pass_through
                .into_fees(fees.pass_through, kind, place)?,
            direct: self.direct.into_fees(fees.direct, kind, place)?,
        };
        let active = self.active;
        Ok(Held {
            from,
            to: to.transpose()?,
            row: VendorRow { board, active },
        })
    }
}

/// Loads the rows in `window`, a board's in order, in two queries.
pub(super) async fn load_vendor_boards(
    connection: &mut SqliteConnection,
    window: &Window,
) -> Result<Vec<Held<VendorRow>>, StoreError> {
    let mut fees = load_fees(connection, &VENDOR_FEES, window).await?;
    let mut rows = sqlx::query_as::<_, VendorBoardRow>(concat!(
        "SELECT row_id, board_id, from_version, to_version, active,
            name, abbreviation, states, country, eligibility, paperwork, coverage_url,
            pass_through_status, pass_through_note, pass_through_partial, pass_through_observed_at_ms,
            pass_through_verified_on, pass_through_source_url, pass_through_internal_note,
            direct_status, direct_note, direct_partial, direct_observed_at_ms,
            direct_verified_on, direct_source_url, direct_internal_note
         FROM vendor_boards
         WHERE row_id IN (",
        vendor_boards_in_window!(),
        ")
         ORDER BY row_id"
    ))
    .bind(window.first)
    .bind(window.last)
    .bind(window.board_ids())
    .fetch(connection);
    let mut boards = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let row_id = row.row_id;
        boards.push(row.into_domain(fees.take(row_id))?);
    }
    Ok(boards)
}

/// Records `row` as the vendor's word from `version` on, in place of what held before.
pub(super) async fn record_vendor_board(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    row: &VendorRow,
) -> Result<(), StoreError> {
    let VendorBoard {
        facts,
        pass_through,
        direct,
    } = &row.board;
    let place = Place {
        table: TABLE,
        row: None,
        key: facts.id.as_str(),
    };
    check_kind(pass_through.source.as_ref(), SourceKind::ResellerApi, place)?;
    check_kind(direct.source.as_ref(), SourceKind::ResellerApi, place)?;
    close_vendor_board(connection, version, &facts.id).await?;
    let statement = sqlx::query(
        "INSERT INTO vendor_boards (board_id, from_version, active,
            name, abbreviation, states, country, eligibility, paperwork, coverage_url,
            pass_through_status, pass_through_note, pass_through_partial, pass_through_observed_at_ms,
            pass_through_verified_on, pass_through_source_url, pass_through_internal_note,
            direct_status, direct_note, direct_partial, direct_observed_at_ms,
            direct_verified_on, direct_source_url, direct_internal_note)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(facts.id.as_str())
    .bind(version.get())
    .bind(row.active)
    .bind(&facts.name)
    .bind(facts.abbreviation.as_deref())
    .bind(join_codes(&facts.states))
    .bind(facts.country.as_str())
    .bind(facts.eligibility.as_str())
    .bind(facts.paperwork.as_str())
    .bind(facts.coverage_url.as_deref());
    let statement = bind_channel(bind_channel(statement, pass_through), direct);
    let row_id = statement
        .execute(&mut *connection)
        .await?
        .last_insert_rowid();
    record_fees(
        connection,
        &VENDOR_FEES,
        row_id,
        Channel::PassThrough,
        pass_through.fees(),
    )
    .await?;
    record_fees(
        connection,
        &VENDOR_FEES,
        row_id,
        Channel::Direct,
        direct.fees(),
    )
    .await
}

/// Ends the row that holds, if there is one.
async fn close_vendor_board(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    id: &BoardId,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE vendor_boards
         SET to_version = ?
         WHERE board_id = ? AND to_version IS NULL",
    )
    .bind(version.get())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}
