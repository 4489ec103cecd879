//! Table `curated_entries`: what staff keep by hand, by catalog version.

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::StoreError;
use super::channel::{self, ChannelRow, bind_channel, check_kind};
use super::fees::{CURATED_FEES, FeesOfRow, load_curated_fees, record_fees};
use super::place::{Place, join_codes};
use super::window::{Held, Window, curated_entries_in_window, read_version};
use crate::domain::board::{BoardId, Channel};
use crate::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use crate::domain::fee::SourceKind;
use crate::domain::version::CatalogVersion;

const TABLE: &str = "curated_entries";

struct CuratedEntryRow {
    row_id: i64,
    board_id: String,
    from_version: i64,
    to_version: Option<i64>,
    channel: String,
    board_name: Option<String>,
    abbreviation: Option<String>,
    states: String,
    country: Option<String>,
    overrides_vendor: bool,
    fees: ChannelRow,
}

impl FromRow<'_, SqliteRow> for CuratedEntryRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(CuratedEntryRow {
            row_id: row.try_get("row_id")?,
            board_id: row.try_get("board_id")?,
            from_version: row.try_get("from_version")?,
            to_version: row.try_get("to_version")?,
            channel: row.try_get("channel")?,
            board_name: row.try_get("board_name")?,
            abbreviation: row.try_get("abbreviation")?,
            states: row.try_get("states")?,
            country: row.try_get("country")?,
            overrides_vendor: row.try_get("overrides_vendor")?,
            fees: ChannelRow::take(row, &channel::CURATED)?,
        })
    }
}

impl CuratedEntryRow {
    fn into_domain(self, fees: FeesOfRow) -> Result<Held<CuratedEntry>, StoreError> {
        let place = Place {
            table: TABLE,
            row: Some(self.row_id),
            key: &self.board_id,
        };
        let id = EntryId {
            board_id: BoardId::parse(&self.board_id)
                .map_err(|error| place.wrong("board_id", error))?,
            channel: place.parse("channel", &self.channel)?,
        };
        let (own, others) = match id.channel {
            Channel::PassThrough => (fees.pass_through, fees.direct),
            Channel::Direct => (fees.direct, fees.pass_through),
        };
        if !others.is_empty() {
            return Err(place.wrong(
                "channel",
                format!("\"{}\" has fees of the other channel", id.channel),
            ));
        }
        let from = read_version(place, "from_version", self.from_version)?;
        let to = self
            .to_version
            .map(|to| read_version(place, "to_version", to));
        let country = self
            .country
            .as_deref()
            .map(|code| place.code("country", code));
        let row = CuratedEntry {
            board: BoardDescription {
                name: self.board_name,
                abbreviation: self.abbreviation,
                states: place.codes("states", &self.states)?,
                country: country.transpose()?,
            },
            overrides_vendor: self.overrides_vendor,
            fees: self
                .fees
                .into_fees(&channel::CURATED, own, SourceKind::Curated, place)?,
            id,
        };
        Ok(Held {
            from,
            to: to.transpose()?,
            row,
        })
    }
}

/// Loads the rows in `window`, an entry's in order, in two queries.
pub(super) async fn load_curated_entries(
    connection: &mut SqliteConnection,
    window: &Window,
) -> Result<Vec<Held<CuratedEntry>>, StoreError> {
    let mut fees = load_curated_fees(connection, window).await?;
    let mut rows = sqlx::query_as::<_, CuratedEntryRow>(concat!(
        "SELECT row_id, board_id, from_version, to_version, channel,
            board_name, abbreviation, states, country, overrides_vendor,
            status, note, partial, observed_at_ms, verified_on, source_url, internal_note
         FROM curated_entries
         WHERE row_id IN (",
        curated_entries_in_window!(),
        ")
         ORDER BY row_id"
    ))
    .bind(window.first)
    .bind(window.last)
    .bind(window.board_ids())
    .fetch(connection);
    let mut entries = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let row_id = row.row_id;
        entries.push(row.into_domain(fees.take(row_id))?);
    }
    Ok(entries)
}

/// Records `entry` from `version` on, in place of what held before.
pub(super) async fn record_curated_entry(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    entry: &CuratedEntry,
) -> Result<(), StoreError> {
    let place = Place {
        table: TABLE,
        row: None,
        key: entry.id.board_id.as_str(),
    };
    check_kind(entry.fees.source.as_ref(), SourceKind::Curated, place)?;
    close_curated_entry(connection, version, &entry.id).await?;
    let statement = sqlx::query(
        "INSERT INTO curated_entries (board_id, channel, from_version,
            board_name, abbreviation, states, country, overrides_vendor,
            status, note, partial, observed_at_ms, verified_on, source_url, internal_note)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(entry.id.board_id.as_str())
    .bind(entry.id.channel.as_str())
    .bind(version.get())
    .bind(entry.board.name.as_deref())
    .bind(entry.board.abbreviation.as_deref())
    .bind(join_codes(&entry.board.states))
    .bind(entry.board.country.map(|country| country.to_string()))
    .bind(entry.overrides_vendor);
    let statement = bind_channel(statement, &entry.fees);
    let row_id = statement
        .execute(&mut *connection)
        .await?
        .last_insert_rowid();
    record_fees(
        connection,
        &CURATED_FEES,
        row_id,
        entry.id.channel,
        entry.fees.fees(),
    )
    .await
}

/// Ends the entry `id` before `version`.
///
/// # Errors
/// When there is none that holds: the removal was decided on other rows than these.
pub(super) async fn remove_curated_entry(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    id: &EntryId,
) -> Result<(), StoreError> {
    if close_curated_entry(connection, version, id).await? {
        return Ok(());
    }
    let place = Place {
        table: TABLE,
        row: None,
        key: id.board_id.as_str(),
    };
    Err(place.wrong(
        "channel",
        format!("there is no {} entry to remove", id.channel),
    ))
}

/// Ends the row that holds; `false` when there is none.
async fn close_curated_entry(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    id: &EntryId,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE curated_entries
         SET to_version = ?
         WHERE board_id = ? AND channel = ? AND to_version IS NULL",
    )
    .bind(version.get())
    .bind(id.board_id.as_str())
    .bind(id.channel.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}
