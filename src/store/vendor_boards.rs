//! Table `vendor_boards`: the vendor's word on each board, by catalog version.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use sqlx::SqliteConnection;
use tokio::task::JoinHandle;

use super::StoreError;
use super::fees::{FeesOfRow, load_vendor_fees, read_vendor_fees};
use super::held_values::read_held_values;
use super::json_rows::{JsonRows, ROWS_IN_PART, load_json_rows, parse_json_rows};
use super::place::Place;
use super::vendor_batches::batches;
use super::vendor_word::{VendorWordRow, check_vendor_word, vendor_word_json};
use super::window::{Held, Window, read_version, vendor_boards_in_window};
use crate::domain::board::VendorRow;
use crate::domain::rows::RowChanges;
use crate::domain::version::CatalogVersion;
use crate::failpoint::failpoint;

const TABLE: &str = "vendor_boards";
/// How many parts are in memory as they came, at most.
const PARTS_AT_ONCE: usize = 4;

#[derive(Deserialize)]
struct VendorBoardRow {
    row_id: i64,
    from_version: i64,
    to_version: Option<i64>,
    held: Option<String>,
    word: VendorWordRow,
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

/// Loads the rows in `window`, a board's in order, some hundreds at a time.
pub(super) async fn load_vendor_boards(
    connection: &mut SqliteConnection,
    window: &Window,
) -> Result<Vec<Held<VendorRow>>, StoreError> {
    let query = sqlx::query_scalar(concat!(
        "SELECT json_group_array(row_id) FROM (",
        vendor_boards_in_window!(),
        ")"
    ));
    let query = query
        .bind(window.first)
        .bind(window.last)
        .bind(window.board_ids());
    let row_ids = load_json_rows(connection, query).await?;
    load_listed_boards(connection, row_ids).await
}

/// Loads the rows that hold in the newest version, as [`load_vendor_boards`] does.
pub(super) async fn load_open_vendor_boards(
    connection: &mut SqliteConnection,
) -> Result<Vec<Held<VendorRow>>, StoreError> {
    let query = sqlx::query_scalar(
        "SELECT json_group_array(row_id)
         FROM vendor_boards
         WHERE to_version IS NULL",
    );
    let row_ids = load_json_rows(connection, query).await?;
    load_listed_boards(connection, row_ids).await
}

/// Loads the rows of those numbers. While SQLite reads one part, others are being understood: each costs as much.
async fn load_listed_boards(
    connection: &mut SqliteConnection,
    mut row_ids: Vec<i64>,
) -> Result<Vec<Held<VendorRow>>, StoreError> {
    row_ids.sort_unstable();
    let mut boards = Vec::with_capacity(row_ids.len());
    let mut under_way = VecDeque::with_capacity(PARTS_AT_ONCE);
    for row_ids in row_ids.chunks(ROWS_IN_PART) {
        if under_way.len() == PARTS_AT_ONCE
            && let Some(oldest) = under_way.pop_front()
        {
            boards.extend(understood(oldest).await?);
        }
        let part = load_part(connection, row_ids).await?;
        under_way.push_back(tokio::task::spawn_blocking(move || part.read()));
    }
    for part in under_way {
        boards.extend(understood(part).await?);
    }
    Ok(boards)
}

/// Waits for a part that is being understood.
async fn understood(
    part: JoinHandle<Result<Vec<Held<VendorRow>>, StoreError>>,
) -> Result<Vec<Held<VendorRow>>, StoreError> {
    match part.await {
        Ok(rows) => rows,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(StoreError::Failed(error.into())),
    }
}

/// Some hundreds of rows as they came.
struct Part {
    fees: String,
    boards: String,
}

async fn load_part(connection: &mut SqliteConnection, row_ids: &[i64]) -> Result<Part, StoreError> {
    let row_ids = json!(row_ids).to_string();
    let fees = load_vendor_fees(connection, &row_ids).await?;
    let query: JsonRows<'_> = sqlx::query_scalar(concat!(
        "SELECT json_group_array(json_array(row_id, from_version, to_version, held, ",
        vendor_word_json!(),
        ") ORDER BY row_id)
         FROM vendor_boards
         WHERE row_id IN (SELECT value FROM json_each(?))"
    ));
    let boards = query.bind(&row_ids).fetch_one(connection).await?;
    Ok(Part { fees, boards })
}

impl Part {
    fn read(self) -> Result<Vec<Held<VendorRow>>, StoreError> {
        let mut fees = read_vendor_fees(&self.fees)?;
        let rows = parse_json_rows::<VendorBoardRow>(&self.boards)?.into_iter();
        rows.map(|row| {
            let row_id = row.row_id;
            row.into_domain(fees.take(row_id))
        })
        .collect()
    }
}

/// Records the vendor's rows of `changes`, which are of different boards, as its word from `version` on, in place of
/// what held before.
pub(super) async fn record_vendor_boards(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    changes: &Arc<RowChanges>,
) -> Result<(), StoreError> {
    let rows = &changes.vendor;
    if rows.is_empty() {
        return Ok(());
    }
    for row in rows {
        check_vendor_word(row, TABLE)?;
    }
    close_vendor_boards(connection, version, rows).await?;
    let last_row: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(row_id), 0) FROM vendor_boards")
        .fetch_one(&mut *connection)
        .await?;
    let expected = (rows.len(), rows.iter().map(fees_of).sum());
    let mut batches = batches(version, last_row + 1, Arc::clone(changes));
    let mut recorded: (usize, usize) = (0, 0);
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        let statement = sqlx::query_with(batch.sql, batch.values);
        statement.execute(&mut *connection).await?;
        recorded = (recorded.0 + batch.boards, recorded.1 + batch.fees);
        for _ in 0..batch.boards {
            failpoint!("publish::vendor_row");
        }
    }
    match recorded == expected {
        true => Ok(()),
        // Whoever makes the statements has panicked, and said so.
        false => Err(StoreError::Failed("not every row could be written".into())),
    }
}

fn fees_of(row: &VendorRow) -> usize {
    row.board.pass_through.fees().len() + row.board.direct.fees().len()
}

/// Ends the rows that hold of the boards of `rows`.
async fn close_vendor_boards(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    rows: &[VendorRow],
) -> Result<(), StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.board.facts.id.as_str()).collect();
    sqlx::query(
        "UPDATE vendor_boards
         SET to_version = ?
         WHERE to_version IS NULL AND board_id IN (SELECT value FROM json_each(?))",
    )
    .bind(version.get())
    .bind(json!(ids).to_string())
    .execute(connection)
    .await?;
    Ok(())
}
