//! Table `sync_runs`: how every sync run ended.

use sqlx::SqliteConnection;

use super::StoreError;
use super::candidates::{drop_candidate, drop_superseded, record_candidate};
use super::place::Place;
use crate::domain::candidate::{Candidate, Decision};
use crate::domain::run::{Outcome, RunCounts, SyncRun};
use crate::domain::version::CatalogVersion;
use crate::failpoint::failpoint;

const TABLE: &str = "sync_runs";

macro_rules! select_runs {
    () => {
        "SELECT run_id, started_by, started_at_ms, finished_at_ms, outcome, failure_class, message,
            pages, boards, added, changed, removed, rejected, held, origin, version, notices,
            decided_at_ms, decided_by, candidates.hash AS candidate
         FROM sync_runs
         LEFT JOIN candidates USING (run_id)"
    };
}

#[derive(sqlx::FromRow)]
struct SyncRunRow {
    run_id: i64,
    started_by: String,
    started_at_ms: i64,
    finished_at_ms: i64,
    outcome: String,
    failure_class: Option<String>,
    message: Option<String>,
    pages: u32,
    boards: u32,
    added: u32,
    changed: u32,
    removed: u32,
    rejected: u32,
    held: u32,
    origin: Option<String>,
    version: Option<i64>,
    notices: String,
    decided_at_ms: Option<i64>,
    decided_by: Option<String>,
    candidate: Option<String>,
}

impl SyncRunRow {
    fn into_domain(self) -> Result<SyncRun, StoreError> {
        let place = Place {
            table: TABLE,
            row: Some(self.run_id),
            key: &self.outcome,
        };
        let class = self.failure_class.as_deref();
        let origin = self.origin.as_deref();
        let candidate = self.candidate.as_deref();
        let version = self.version.map(|version| {
            CatalogVersion::new(version).ok_or_else(|| place.wrong("version", "is below 1"))
        });
        Ok(SyncRun {
            id: Some(self.run_id),
            trigger: place.parse("started_by", &self.started_by)?,
            started_at: place.time("started_at_ms", self.started_at_ms)?,
            finished_at: place.time("finished_at_ms", self.finished_at_ms)?,
            outcome: place.parse("outcome", &self.outcome)?,
            failure_class: class
                .map(|word| place.parse("failure_class", word))
                .transpose()?,
            message: self.message,
            counts: RunCounts {
                pages: self.pages,
                boards: self.boards,
                added: self.added,
                changed: self.changed,
                removed: self.removed,
                rejected: self.rejected,
                held: self.held,
            },
            origin: origin.map(|word| place.parse("origin", word)).transpose()?,
            version: version.transpose()?,
            notices: serde_json::from_str(&self.notices)
                .map_err(|error| place.wrong("notices", error))?,
            candidate: candidate
                .map(|hash| place.parse("candidate", hash))
                .transpose()?,
            decision: match self.decided_at_ms {
                None => None,
                Some(ms) => Some(Decision {
                    at: place.time("decided_at_ms", ms)?,
                    by: self.decided_by.ok_or_else(|| {
                        place.wrong("decided_by", "is missing beside decided_at_ms")
                    })?,
                }),
            },
        })
    }
}

/// Records a run with what it did not publish, drops what that makes out of date, and returns its number. An `id` it
/// may have is not used.
pub(super) async fn record_run_with(
    connection: &mut SqliteConnection,
    run: &SyncRun,
    candidate: Option<&Candidate>,
) -> Result<i64, StoreError> {
    let id = record_run(connection, run).await?;
    if let Some(candidate) = candidate {
        record_candidate(connection, id, candidate).await?;
    }
    drop_superseded(connection, id, run.outcome.confirms_the_catalog()).await?;
    Ok(id)
}

/// Records what somebody decided about the run `id`, and drops its candidate; `version` is what came of it.
///
/// # Errors
/// [`StoreError::NothingToDecide`] when the run has no candidate: it never had one, or the decision has been made.
pub(super) async fn record_decision(
    connection: &mut SqliteConnection,
    id: i64,
    approved_as: Option<CatalogVersion>,
    decision: &Decision,
) -> Result<(), StoreError> {
    // A run in quarantine ends by the decision; one that published and held values back stays what it was.
    let done = sqlx::query(
        "UPDATE sync_runs
         SET decided_at_ms = ?2,
            decided_by = ?3,
            version = CASE outcome WHEN 'quarantined' THEN ?4 ELSE version END,
            outcome = CASE outcome WHEN 'quarantined' THEN ?5 ELSE outcome END
         WHERE run_id = ?1 AND EXISTS (SELECT 1 FROM candidates WHERE candidates.run_id = ?1)",
    )
    .bind(id)
    .bind(decision.at.timestamp_millis())
    .bind(&decision.by)
    .bind(approved_as.map(CatalogVersion::get))
    .bind(match approved_as {
        Some(_) => Outcome::Approved.as_str(),
        None => Outcome::Rejected.as_str(),
    })
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::NothingToDecide { run: id });
    }
    failpoint!("decision::recorded");
    drop_candidate(connection, id).await
}

/// Records a run, and returns its number. An `id` it may have is not used.
async fn record_run(connection: &mut SqliteConnection, run: &SyncRun) -> Result<i64, StoreError> {
    let notices = serde_json::to_string(&run.notices).expect("texts are JSON");
    let done = sqlx::query(
        "INSERT INTO sync_runs (started_by, started_at_ms, finished_at_ms, outcome, failure_class, message,
            pages, boards, added, changed, removed, rejected, held, origin, version, notices)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(run.trigger.as_str())
    .bind(run.started_at.timestamp_millis())
    .bind(run.finished_at.timestamp_millis())
    .bind(run.outcome.as_str())
    .bind(run.failure_class.map(|class| class.as_str()))
    .bind(run.message.as_deref())
    .bind(run.counts.pages)
    .bind(run.counts.boards)
    .bind(run.counts.added)
    .bind(run.counts.changed)
    .bind(run.counts.removed)
    .bind(run.counts.rejected)
    .bind(run.counts.held)
    .bind(run.origin.map(|origin| origin.as_str()))
    .bind(run.version.map(CatalogVersion::get))
    .bind(notices)
    .execute(connection)
    .await?;
    Ok(done.last_insert_rowid())
}

/// Loads at most `limit` runs with numbers below `before`, newest first.
pub(super) async fn load_runs(
    connection: &mut SqliteConnection,
    limit: u32,
    before: i64,
) -> Result<Vec<SyncRun>, StoreError> {
    let rows = sqlx::query_as::<_, SyncRunRow>(concat!(
        select_runs!(),
        "
         WHERE run_id < ?
         ORDER BY run_id DESC
         LIMIT ?"
    ))
    .bind(before)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(SyncRunRow::into_domain).collect()
}

/// Loads one run.
pub(super) async fn load_run(
    connection: &mut SqliteConnection,
    id: i64,
) -> Result<Option<SyncRun>, StoreError> {
    let row = sqlx::query_as::<_, SyncRunRow>(concat!(
        select_runs!(),
        "
         WHERE run_id = ?"
    ))
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.map(SyncRunRow::into_domain).transpose()
}

/// Loads the newest run that was not skipped.
pub(super) async fn load_last_run(
    connection: &mut SqliteConnection,
) -> Result<Option<SyncRun>, StoreError> {
    let row = sqlx::query_as::<_, SyncRunRow>(concat!(
        select_runs!(),
        "
         WHERE outcome <> 'skipped'
         ORDER BY run_id DESC
         LIMIT 1"
    ))
    .fetch_optional(connection)
    .await?;
    row.map(SyncRunRow::into_domain).transpose()
}

/// Loads the newest run that saw a list of the vendor's, whatever became of that.
pub(super) async fn load_last_judged_run(
    connection: &mut SqliteConnection,
) -> Result<Option<SyncRun>, StoreError> {
    let row = sqlx::query_as::<_, SyncRunRow>(concat!(
        select_runs!(),
        "
         WHERE outcome NOT IN ('skipped', 'failed')
         ORDER BY run_id DESC
         LIMIT 1"
    ))
    .fetch_optional(connection)
    .await?;
    row.map(SyncRunRow::into_domain).transpose()
}

/// Loads the newest run that confirms the catalog: `Outcome::confirms_the_catalog`, in SQL.
pub(super) async fn load_confirming_run(
    connection: &mut SqliteConnection,
) -> Result<Option<SyncRun>, StoreError> {
    let row = sqlx::query_as::<_, SyncRunRow>(concat!(
        select_runs!(),
        "
         WHERE outcome IN ('published', 'unchanged', 'held', 'approved')
         ORDER BY run_id DESC
         LIMIT 1"
    ))
    .fetch_optional(connection)
    .await?;
    row.map(SyncRunRow::into_domain).transpose()
}
