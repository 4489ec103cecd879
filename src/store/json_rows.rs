//! Rows of many columns as JSON, many rows in one value.
//!
//! What the library does for every column of every row (a copy under a lock) and for every row (a hand-over from
//! SQLite's thread) costs several times what SQLite needs to read them.

use serde::de::DeserializeOwned;
use sqlx::query::QueryScalar;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};

use super::StoreError;

/// How many rows a statement reads where it reads a part of them.
pub(super) const ROWS_IN_PART: usize = 500;

/// A query for one value: `json_group_array(json_array(...))`.
pub(super) type JsonRows<'q> = QueryScalar<'q, Sqlite, String, SqliteArguments>;

/// Loads rows whose columns are the fields of `T`, in their order.
pub(super) async fn load_json_rows<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    query: JsonRows<'_>,
) -> Result<Vec<T>, StoreError> {
    let rows = query.fetch_one(connection).await?;
    parse_json_rows(&rows)
}

/// Reads rows that were loaded as JSON.
pub(super) fn parse_json_rows<T: DeserializeOwned>(rows: &str) -> Result<Vec<T>, StoreError> {
    // The types of columns are checked as rows are written: another type is damage.
    serde_json::from_str(rows).map_err(|error| StoreError::Damaged(error.into()))
}

/// Reads truth, which SQLite keeps as a number.
pub(super) fn truth<'de, D: serde::Deserializer<'de>>(number: D) -> Result<bool, D::Error> {
    let number: i64 = serde::Deserialize::deserialize(number)?;
    Ok(number != 0)
}
