//! Table `vendor_boards`: the vendor's word on each board, by catalog version.

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::StoreError;
use super::fees::{FeesOfRow, VENDOR_FEES, load_fees, record_fees};
use super::held_values::{join_held_values, read_held_values};
use super::place::Place;
use super::vendor_word::{
    VendorWordRow, bind_vendor_word, check_vendor_word, vendor_word_columns, vendor_word_places,
};
use super::window::{Held, Window, read_version, vendor_boards_in_window};
use crate::domain::board::{BoardId, Channel, VendorRow};
use crate::domain::version::CatalogVersion;

const TABLE: &str = "vendor_boards";

struct VendorBoardRow {
    row_id: i64,
    from_version: i64,
    to_version: Option<i64>,
    held: Option<String>,
    word: VendorWordRow,
}

impl FromRow<'_, SqliteRow> for VendorBoardRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(VendorBoardRow {
            row_id: row.try_get("row_id")?,
            from_version: row.try_get("from_version")?,
            to_version: row.try_get("to_version")?,
            held: row.try_get("held")?,
            word: VendorWordRow::take(row)?,
        })
    }
}

impl VendorBoardRow {
    fn into_domain(self, fees: FeesOfRow) -> Result<Held<VendorRow>, StoreError> {
        let board_id = self.word.board_id.clone();
        let place = Place {
            table: TABLE,
            row: Some(self.row_id),
            key: &board_id,
        };
        let from = read_version(place, "from_version", self.from_version)?;
        let to = self
            .to_version
            .map(|to| read_version(place, "to_version", to));
        let mut row = self.word.into_row(fees, place)?;
        row.held = read_held_values(place, "held", self.held.as_deref())?;
        Ok(Held {
            from,
            to: to.transpose()?,
            row,
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
        "SELECT row_id, from_version, to_version, held, ",
        vendor_word_columns!(),
        " FROM vendor_boards
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
    check_vendor_word(row, TABLE)?;
    close_vendor_board(connection, version, &row.board.facts.id).await?;
    let statement = sqlx::query(concat!(
        "INSERT INTO vendor_boards (from_version, held, ",
        vendor_word_columns!(),
        ")
         VALUES (?, ?, ",
        vendor_word_places!(),
        ")"
    ))
    .bind(version.get())
    .bind(join_held_values(&row.held));
    let row_id = bind_vendor_word(statement, row)
        .execute(&mut *connection)
        .await?
        .last_insert_rowid();
    for (channel, fees) in [
        (Channel::PassThrough, row.board.pass_through.fees()),
        (Channel::Direct, row.board.direct.fees()),
    ] {
        record_fees(connection, &VENDOR_FEES, row_id, channel, fees).await?;
    }
    Ok(())
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
