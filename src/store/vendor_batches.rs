//! The statements that record vendor rows and their fees, many rows each.
//!
//! Their values are made on a thread of its own, some statements ahead: making them takes about as long as SQLite needs
//! to write them.

use std::sync::{Arc, LazyLock};

use sqlx::sqlite::SqliteArguments;
use sqlx::{Execute, Sqlite};
use tokio::sync::mpsc;

use super::StoreError;
use super::channel::Statement;
use super::fees::{NewFee, VENDOR_FEES, bind_fee, new_fees};
use super::held_values::join_held_values;
use super::many::{Insert, Piece};
use super::vendor_word::{bind_vendor_word, vendor_word_columns, vendor_word_places};
use crate::domain::board::{Channel, VendorRow};
use crate::domain::rows::RowChanges;
use crate::domain::version::CatalogVersion;

/// Inserts one row.
const INSERT: &str = concat!(
    "INSERT INTO vendor_boards (row_id, from_version, held, ",
    vendor_word_columns!(),
    ")
     VALUES (?, ?, ?, ",
    vendor_word_places!(),
    ")"
);
/// How many statements are ready ahead of the one that is executed.
const AHEAD: usize = 8;

/// One statement with its values.
pub(super) struct Batch {
    pub(super) sql: &'static str,
    pub(super) values: SqliteArguments,
    /// How many rows of boards it records.
    pub(super) boards: usize,
    /// How many fees.
    pub(super) fees: usize,
}

/// Makes the statements that record the vendor's rows of `changes` from `version` on, under the numbers from `first_row`
/// on. Each comes behind those of the rows that it refers to.
pub(super) fn batches(
    version: CatalogVersion,
    first_row: i64,
    changes: Arc<RowChanges>,
) -> mpsc::Receiver<Result<Batch, StoreError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        // Where nobody receives any more, the rest is not needed.
        let send = |batch| sender.blocking_send(batch).is_ok();
        if let Err(error) = make_all(version, first_row, &changes.vendor, &mut |batch| {
            send(Ok(batch))
        }) {
            send(Err(error));
        }
    });
    receiver
}

/// Hands every statement to `send`, for as long as that says that it wants more.
fn make_all(
    version: CatalogVersion,
    first_row: i64,
    rows: &[VendorRow],
    send: &mut dyn FnMut(Batch) -> bool,
) -> Result<(), StoreError> {
    static BOARDS: LazyLock<Insert> = LazyLock::new(|| Insert::of(INSERT));
    static FEES: LazyLock<Insert> = LazyLock::new(|| Insert::of(VENDOR_FEES.insert()));
    let numbered: Vec<(i64, &VendorRow)> = (first_row..).zip(rows).collect();
    let mut fees = Vec::new();
    for piece in BOARDS.pieces(&numbered) {
        if !send(board_batch(piece, version)?) {
            return Ok(());
        }
        piece
            .rows
            .iter()
            .for_each(|(row_id, row)| add_fees(&mut fees, *row_id, row));
        let whole = fees.drain(..Insert::whole(fees.len()));
        for piece in FEES.pieces(whole.as_slice()) {
            if !send(fee_batch(piece)?) {
                return Ok(());
            }
        }
    }
    for piece in FEES.pieces(&fees) {
        if !send(fee_batch(piece)?) {
            return Ok(());
        }
    }
    Ok(())
}

fn add_fees<'r>(fees: &mut Vec<NewFee<'r>>, row_id: i64, row: &'r VendorRow) {
    let board = &row.board;
    let pass_through = board.pass_through.fees();
    fees.extend(new_fees(row_id, Channel::PassThrough, pass_through));
    fees.extend(new_fees(row_id, Channel::Direct, board.direct.fees()));
}

/// The statement that inserts the rows of `piece`.
fn board_batch(
    piece: Piece<'_, (i64, &VendorRow)>,
    version: CatalogVersion,
) -> Result<Batch, StoreError> {
    let mut statement = piece.statement();
    for (row_id, row) in piece.rows {
        statement = statement
            .bind(*row_id)
            .bind(version.get())
            .bind(join_held_values(&row.held));
        statement = bind_vendor_word(statement, row);
    }
    Ok(Batch {
        sql: piece.sql,
        values: values_of(statement)?,
        boards: piece.rows.len(),
        fees: 0,
    })
}

/// The statement that inserts the fees of `piece`.
fn fee_batch(piece: Piece<'_, NewFee<'_>>) -> Result<Batch, StoreError> {
    let mut statement = piece.statement();
    for fee in piece.rows {
        statement = bind_fee(statement, &VENDOR_FEES, fee)?;
    }
    Ok(Batch {
        sql: piece.sql,
        values: values_of(statement)?,
        boards: 0,
        fees: piece.rows.len(),
    })
}

fn values_of(mut statement: Statement<'_>) -> Result<SqliteArguments, StoreError> {
    let values = Execute::<Sqlite>::take_arguments(&mut statement);
    let values = values.map_err(|error| StoreError::Failed(error.to_string().into()))?;
    Ok(values.unwrap_or_default())
}
