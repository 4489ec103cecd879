//! What one channel of a board says, as columns; shared by the vendor's boards and the curated entries.

use serde::Deserialize;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use super::StoreError;
use super::json_rows::truth;
use super::place::Place;
use crate::domain::board::{ChannelFees, ChannelState, FeeSet, FeeStatus};
use crate::domain::fee::{Fee, Source, SourceKind};

/// A statement being given its values.
pub(super) type Statement<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// The names of the columns.
#[derive(Debug)]
pub(super) struct ChannelColumns {
    status: &'static str,
    note: &'static str,
    partial: &'static str,
    observed_at_ms: &'static str,
    verified_on: &'static str,
    source_url: &'static str,
    internal_note: &'static str,
}

macro_rules! channel_columns {
    ($prefix:literal) => {
        ChannelColumns {
            status: concat!($prefix, "status"),
            note: concat!($prefix, "note"),
            partial: concat!($prefix, "partial"),
            observed_at_ms: concat!($prefix, "observed_at_ms"),
            verified_on: concat!($prefix, "verified_on"),
            source_url: concat!($prefix, "source_url"),
            internal_note: concat!($prefix, "internal_note"),
        }
    };
}

/// The vendor's pass-through channel.
pub(super) const PASS_THROUGH: ChannelColumns = channel_columns!("pass_through_");
/// The vendor's direct channel.
pub(super) const DIRECT: ChannelColumns = channel_columns!("direct_");
/// The one channel of a curated entry.
pub(super) const CURATED: ChannelColumns = channel_columns!("");

/// The values of one channel, in the order of [`ChannelColumns`].
#[derive(Debug, Deserialize)]
pub(super) struct ChannelRow {
    status: String,
    note: Option<String>,
    #[serde(deserialize_with = "truth")]
    partial: bool,
    observed_at_ms: Option<i64>,
    verified_on: Option<String>,
    source_url: Option<String>,
    internal_note: Option<String>,
}

impl ChannelRow {
    /// Takes the columns out of a row.
    pub(super) fn take(
        row: &SqliteRow,
        columns: &'static ChannelColumns,
    ) -> Result<ChannelRow, sqlx::Error> {
        Ok(ChannelRow {
            status: row.try_get(columns.status)?,
            note: row.try_get(columns.note)?,
            partial: row.try_get(columns.partial)?,
            observed_at_ms: row.try_get(columns.observed_at_ms)?,
            verified_on: row.try_get(columns.verified_on)?,
            source_url: row.try_get(columns.source_url)?,
            internal_note: row.try_get(columns.internal_note)?,
        })
    }

    /// What the channel says, with its `fees`; its values stand in `columns`.
    pub(super) fn into_fees(
        self,
        columns: &ChannelColumns,
        fees: Vec<Fee>,
        kind: SourceKind,
        place: Place<'_>,
    ) -> Result<ChannelFees, StoreError> {
        let status_column = columns.status;
        let status: FeeStatus = place.parse(status_column, &self.status)?;
        if status != FeeStatus::Charged && !fees.is_empty() {
            return Err(place.wrong(
                status_column,
                format!("\"{status}\" stands beside {} fees", fees.len()),
            ));
        }
        let state = match status {
            FeeStatus::Charged => ChannelState::Charged {
                fees: FeeSet::new(fees).map_err(|error| place.wrong(status_column, error))?,
                partial: self.partial,
            },
            FeeStatus::None => ChannelState::None,
            FeeStatus::Unpublished => ChannelState::Unpublished,
            FeeStatus::Unknown => ChannelState::Unknown,
        };
        let source = match self.observed_at_ms {
            None => None,
            Some(ms) => Some(Source {
                kind,
                observed_at: place.time(columns.observed_at_ms, ms)?,
                verified_on: place.date(columns.verified_on, self.verified_on.as_deref())?,
                url: self.source_url,
                internal_note: self.internal_note,
            }),
        };
        Ok(ChannelFees {
            state,
            note: self.note,
            source,
        })
    }
}

/// Gives a statement the seven values of a channel, in the order of [`ChannelColumns`].
pub(super) fn bind_channel<'q>(statement: Statement<'q>, channel: &ChannelFees) -> Statement<'q> {
    let source = channel.source.as_ref();
    statement
        .bind(channel.status().as_str())
        .bind(channel.note.as_deref())
        .bind(channel.is_partial())
        .bind(source.map(|source| source.observed_at.timestamp_millis()))
        .bind(
            source
                .and_then(|source| source.verified_on)
                .map(|date| date.to_string()),
        )
        .bind(source.and_then(|source| source.url.as_deref()))
        .bind(source.and_then(|source| source.internal_note.as_deref()))
}

/// Refuses what the other side says: which side a table keeps is not written down row by row.
pub(super) fn check_kind(
    source: Option<&Source>,
    kind: SourceKind,
    place: Place<'_>,
) -> Result<(), StoreError> {
    match source {
        Some(source) if source.kind != kind => Err(place.wrong(
            "source",
            format!("\"{}\" has no place in a table of \"{kind}\"", source.kind),
        )),
        _ => Ok(()),
    }
}
