//! Tables `audit` and `audit_end`: what was done by hand, in a chain, and where it ends.

use futures_util::TryStreamExt;
use sqlx::SqliteConnection;

use super::place::Place;
use super::transaction::{read, write};
use super::{Store, StoreError};
use crate::domain::audit::{Actor, AuditRecord, BEGINNING, Deed};
use crate::domain::version::{CatalogVersion, ContentHash};

const TABLE: &str = "audit";

#[derive(sqlx::FromRow)]
struct AuditRow {
    record_id: i64,
    at_ms: i64,
    actor: String,
    token_id: Option<String>,
    request_id: Option<String>,
    action: String,
    subject: String,
    before: Option<String>,
    after: Option<String>,
    version: Option<i64>,
    previous: String,
    hash: String,
}

impl AuditRow {
    fn into_domain(self) -> Result<AuditRecord, StoreError> {
        let place = Place {
            table: TABLE,
            row: Some(self.record_id),
            key: &self.subject,
        };
        let token = self.token_id.map(|id| place.parse("token_id", &id));
        let version = self.version.map(|version| {
            CatalogVersion::new(version).ok_or_else(|| place.wrong("version", "is below 1"))
        });
        Ok(AuditRecord {
            id: self.record_id,
            previous: place.parse("previous", &self.previous)?,
            hash: place.parse("hash", &self.hash)?,
            deed: Deed {
                at: place.time("at_ms", self.at_ms)?,
                actor: Actor {
                    name: self.actor,
                    token: token.transpose()?,
                    request_id: self.request_id,
                },
                action: place.parse("action", &self.action)?,
                before: self.before,
                after: self.after,
                version: version.transpose()?,
                subject: self.subject.clone(),
            },
        })
    }
}

impl Store {
    /// Records `deed` by itself: one that changes nothing else in the database.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn record_deed(&self, deed: Deed) -> Result<(), StoreError> {
        write(&self.writer, move |connection| {
            Box::pin(async move { record_deeds(connection, [deed]).await })
        })
        .await
    }

    /// Loads at most `limit` records, the newest first; with `before`, only those with lower numbers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_audit(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        read(&self.readers, move |connection| {
            Box::pin(load_records(connection, limit, before))
        })
        .await
    }
}

/// Records `deeds` inside a transaction of the caller: that of the change they are about.
pub(super) async fn record_deeds(
    connection: &mut SqliteConnection,
    deeds: impl IntoIterator<Item = Deed>,
) -> Result<(), StoreError> {
    let (mut id, mut previous) = load_last(connection).await?;
    let first = id;
    for deed in deeds {
        let record = AuditRecord::after(previous, id + 1, deed);
        (id, previous) = (record.id, record.hash);
        record_one(connection, record).await?;
    }
    if id > first {
        record_last(connection, id, previous).await?;
    }
    Ok(())
}

async fn record_one(
    connection: &mut SqliteConnection,
    record: AuditRecord,
) -> Result<(), StoreError> {
    let AuditRecord {
        id,
        deed,
        previous,
        hash,
    } = record;
    sqlx::query(
        r#"INSERT INTO audit
         (record_id, at_ms, actor, token_id, request_id, action, subject, "before", "after", version, previous, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"#,
    )
    .bind(id)
    .bind(deed.at.timestamp_millis())
    .bind(deed.actor.name)
    .bind(deed.actor.token.map(|token| token.to_string()))
    .bind(deed.actor.request_id)
    .bind(deed.action.as_str())
    .bind(deed.subject)
    .bind(deed.before)
    .bind(deed.after)
    .bind(deed.version.map(CatalogVersion::get))
    .bind(previous.to_string())
    .bind(hash.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// The number and the hash of the last record that was written; those of the beginning where there is none.
async fn load_last(connection: &mut SqliteConnection) -> Result<(i64, ContentHash), StoreError> {
    let last: Option<(i64, String)> = sqlx::query_as("SELECT record_id, hash FROM audit_end")
        .fetch_optional(connection)
        .await?;
    let Some((id, hash)) = last else {
        return Ok((0, BEGINNING));
    };
    let place = Place {
        table: "audit_end",
        row: Some(id),
        key: "the last record",
    };
    Ok((id, place.parse("hash", &hash)?))
}

async fn record_last(
    connection: &mut SqliteConnection,
    id: i64,
    hash: ContentHash,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_end (only, record_id, hash) VALUES (1, ?, ?)
         ON CONFLICT (only) DO UPDATE SET record_id = excluded.record_id, hash = excluded.hash",
    )
    .bind(id)
    .bind(hash.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

async fn load_records(
    connection: &mut SqliteConnection,
    limit: u32,
    before: i64,
) -> Result<Vec<AuditRecord>, StoreError> {
    let rows = sqlx::query_as::<_, AuditRow>(
        "SELECT * FROM audit WHERE record_id < ? ORDER BY record_id DESC LIMIT ?",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(AuditRow::into_domain).collect()
}

/// What is wrong with the chain, up to the first record that is: nothing, as a rule.
pub(super) async fn check_chain(
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, StoreError> {
    let (mut id, mut previous) = (0, BEGINNING);
    {
        let rows = sqlx::query_as::<_, AuditRow>("SELECT * FROM audit ORDER BY record_id");
        let mut rows = rows.fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let number = row.record_id;
            let fault = match row.into_domain() {
                Ok(record) => {
                    let fault = record.fault(previous, id + 1).map(str::to_owned);
                    (id, previous) = (record.id, record.hash);
                    fault
                }
                Err(error) => Some(format!("cannot be read: {error}")),
            };
            if let Some(fault) = fault {
                return Ok(vec![format!("audit, record {number}: {fault}")]);
            }
        }
    }
    Ok(match load_last(connection).await {
        Ok(last) if last == (id, previous) => Vec::new(),
        Ok((last, _)) if last > id => {
            vec![format!(
                "audit: the records after {id} are gone, up to {last}"
            )]
        }
        Ok(_) => vec![format!(
            "audit: record {id} is not the last one that was written"
        )],
        Err(error) => vec![error.to_string()],
    })
}
