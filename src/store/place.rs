//! Where a value stands in the database, so that an inconsistent one is named.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};

use super::StoreError;
use crate::domain::board::Code;
use crate::domain::fee_text::read_date;

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The table.
    pub(super) table: &'static str,
    /// The number of the row; for a fee, of the row it belongs to; `None` before it is written.
    pub(super) row: Option<i64>,
    /// What people know the row by: a board's id, a fee's key.
    pub(super) key: &'a str,
}

impl Place<'_> {
    /// The error for what stands in `column`, or was to stand there.
    pub(super) fn wrong(self, column: &'static str, problem: impl Display) -> StoreError {
        let (number, remedy) = match self.row {
            Some(row) => (
                row.to_string(),
                "; the file was changed or damaged: restore it from a backup",
            ),
            None => ("new".to_owned(), ""),
        };
        StoreError::Inconsistent {
            table: self.table,
            row: format!("{number} ({})", self.key),
            column,
            problem: format!("{problem}{remedy}"),
        }
    }

    /// Reads a text that has a type of its own.
    pub(super) fn parse<T>(self, column: &'static str, text: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse()
            .map_err(|error: T::Err| self.wrong(column, error))
    }

    /// Reads a time in milliseconds.
    pub(super) fn time(self, column: &'static str, ms: i64) -> Result<DateTime<Utc>, StoreError> {
        DateTime::from_timestamp_millis(ms)
            .ok_or_else(|| self.wrong(column, format!("{ms} is no time in milliseconds")))
    }

    /// Reads a date that is always there.
    pub(super) fn day(self, column: &'static str, text: &str) -> Result<NaiveDate, StoreError> {
        read_date(text).map_err(|error| self.wrong(column, error))
    }

    /// Reads a date.
    pub(super) fn date(
        self,
        column: &'static str,
        text: Option<&str>,
    ) -> Result<Option<NaiveDate>, StoreError> {
        text.map(read_date)
            .transpose()
            .map_err(|error| self.wrong(column, error))
    }

    /// Reads a two-letter code.
    pub(super) fn code(self, column: &'static str, text: &str) -> Result<Code, StoreError> {
        Code::parse(text).map_err(|error| self.wrong(column, error))
    }

    /// Reads codes joined by `;`.
    pub(super) fn codes(self, column: &'static str, text: &str) -> Result<Vec<Code>, StoreError> {
        let codes = text.split(';').filter(|_| !text.is_empty());
        codes.map(|code| self.code(column, code)).collect()
    }
}

/// Writes codes joined by `;`, as [`Place::codes`] reads them.
pub(super) fn join_codes(codes: &[Code]) -> String {
    codes
        .iter()
        .map(|code| code.as_str())
        .collect::<Vec<_>>()
        .join(";")
}
