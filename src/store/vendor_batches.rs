//! The statements that record vendor rows and their fees, many rows each.
//!
//! Their values are made on a thread of its own, some statements ahead: making them takes about as long as SQLite needs
//! to write them.

use std::sync::LazyLock;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Execute, Sqlite};
use tokio::sync::mpsc;

use super::StoreError;
use super::channel::Statement;
use super::fees::{NewFee, VENDOR_FEES, bind_fee, new_fees};
use super::held_values::join_held_values;
use super::many::{ROWS_AT_ONCE, rows_at_once};
use super::vendor_word::{bind_vendor_word, vendor_word_columns, vendor_word_places};
use crate::domain::board::{Channel, VendorRow};
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

/// Makes the statements that record `rows` from `version` on, under the numbers from `first_row` on. Each comes behind
/// those of the rows that it refers to.
pub(super) fn batches(
    version: CatalogVersion,
    first_row: i64,
    rows: Vec<VendorRow>,
) -> mpsc::Receiver<Result<Batch, StoreError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        // Where nobody receives any more, the rest is not needed.
        let send = |batch| sender.blocking_send(batch).is_ok();
        if let Err(error) = make_all(version, first_row, &rows, &mut |batch| send(Ok(batch))) {
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
    static BOARDS: LazyLock<String> = LazyLock::new(|| rows_at_once(INSERT));
    let numbered: Vec<(i64, &VendorRow)> = (first_row..).zip(rows).collect();
    let (together, rest) = numbered.as_chunks::<ROWS_AT_ONCE>();
    let together = together.iter().map(|rows| (BOARDS.as_str(), &rows[..]));
    let rest = rest.iter().map(|row| (INSERT, std::slice::from_ref(row)));
    let mut fees = Vec::new();
    for (sql, rows) in together.chain(rest) {
        if !send(board_batch(sql, version, rows)?) {
            return Ok(());
        }
        rows.iter()
            .for_each(|(row_id, row)| add_fees(&mut fees, *row_id, row));
        let whole = fees.len() - fees.len() % ROWS_AT_ONCE;
        for fees in fees.drain(..whole).as_slice().chunks(ROWS_AT_ONCE) {
            if !send(fee_batch(fees)?) {
                return Ok(());
            }
        }
    }
    for fee in &fees {
        if !send(fee_batch(std::slice::from_ref(fee))?) {
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

/// The statement `sql`, which takes as many rows.
fn board_batch(
    sql: &'static str,
    version: CatalogVersion,
    rows: &[(i64, &VendorRow)],
) -> Result<Batch, StoreError> {
    let mut statement = sqlx::query(sql);
    for (row_id, row) in rows {
        statement = statement
            .bind(*row_id)
            .bind(version.get())
            .bind(join_held_values(&row.held));
        statement = bind_vendor_word(statement, row);
    }
    Ok(Batch {
        sql,
        values: values_of(statement)?,
        boards: rows.len(),
        fees: 0,
    })
}

/// The statement that records one fee, or [`ROWS_AT_ONCE`].
fn fee_batch(fees: &[NewFee<'_>]) -> Result<Batch, StoreError> {
    static FEES: LazyLock<String> = LazyLock::new(|| rows_at_once(VENDOR_FEES.insert()));
    let sql = match fees {
        [_] => VENDOR_FEES.insert(),
        _ => FEES.as_str(),
    };
    let mut statement = sqlx::query(sql);
    for fee in fees {
        statement = bind_fee(statement, &VENDOR_FEES, fee)?;
    }
    Ok(Batch {
        sql,
        values: values_of(statement)?,
        boards: 0,
        fees: fees.len(),
    })
}

fn values_of(mut statement: Statement<'_>) -> Result<SqliteArguments, StoreError> {
    let values = Execute::<Sqlite>::take_arguments(&mut statement);
    let values = values.map_err(|error| StoreError::Failed(error.to_string().into()))?;
    Ok(values.unwrap_or_default())
}
