//! From a URL to open connections: checks first, writes last.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::migrate::{Migrate, Migration, Migrator};
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::meta::write_nothing;
use super::obstacle::explain;
use super::{BUSY_TIMEOUT, MINIMUM_SQLITE_VERSION, StoreError, StoreSettings};
use crate::failpoint::failpoint;

/// Every schema change there ever was, in order.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// Where the file keeps which migrations are applied.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";
/// What the first migration writes into the file's header; see there.
const APPLICATION_ID: i64 = i64::from_be_bytes(*b"\0\0\0\0PTFC");
/// What the file beside it is called that says how to undo a transaction: there is one while a new database is not in
/// its mode with a write-ahead log yet.
const JOURNAL: &str = "-journal";
/// Connections that read. Reads happen at start, for past catalogs and for lists of runs: never for a quote.
const READERS: u32 = 3;
/// Rows on their way from SQLite's thread; the library's 50 make a large catalog wait for thread switches.
const ROWS_IN_FLIGHT: usize = 1_000;

/// The file of `sqlite://FILE`.
///
/// The path is taken as written, without parameters: what they could set is not up to the caller.
pub(super) fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    let path = match url.strip_prefix("sqlite:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        // The URL of another kind of database may hold a password: its scheme is enough.
        None => {
            let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
            return Err(StoreError::Url(format!(
                "\"{scheme}\" is not the scheme sqlite"
            )));
        }
    };
    let problem = match path {
        "" => "no file is named",
        _ if path.starts_with(":memory:") => "a database in memory would forget everything",
        _ if path.contains('?') => "no parameters are taken",
        _ if path.starts_with("file:") => "the path cannot start with file:",
        _ => return Ok(PathBuf::from(path)),
    };
    Err(StoreError::Url(format!("in \"{url}\" {problem}")))
}

/// Makes sure that there is a sound, current database, and opens the pools: readers, and the one writer.
pub(super) async fn connect(
    settings: &StoreSettings,
    path: &Path,
) -> Result<(SqlitePool, SqlitePool), StoreError> {
    check_file(path, settings.create)?;
    if let Err(failure) = prepare(path).await {
        return Err(explain(failure, path));
    }
    let pool = |connections: u32| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(BUSY_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let readers = pool(READERS).connect_lazy_with(options(path).pragma("query_only", "ON"));
    let writer = pool(1).connect_lazy_with(options(path));
    Ok((readers, writer))
}

/// Brings the schema up to date where it is not, and makes sure that the file can be written.
async fn prepare(path: &Path) -> Result<(), StoreError> {
    if !is_current(path).await? {
        migrate(path).await?;
    }
    check_writable(options(path)).await
}

/// Finds out at start, and not at the first sync, that the file or its folder cannot be written. Waits for nobody.
pub(super) async fn check_writable(options: SqliteConnectOptions) -> Result<(), StoreError> {
    let written = async {
        let mut connection = options.busy_timeout(Duration::ZERO).connect().await?;
        let written = write_nothing(&mut connection).await;
        connection.close().await?;
        written
    };
    match written.await {
        // Somebody else is writing it: then it can be written.
        Err(StoreError::Busy(_)) => Ok(()),
        result => result,
    }
}

/// The SQLite library's version, after checking that it does not lose committed writes.
pub(super) async fn check_sqlite_version() -> Result<String, StoreError> {
    let mut connection = SqliteConnectOptions::new().connect().await?;
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    if version_parts(&found) < version_parts(MINIMUM_SQLITE_VERSION) {
        return Err(StoreError::OldSqlite { found });
    }
    Ok(found)
}

/// Numbers that compare as versions do.
pub(super) fn version_parts(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

/// How every connection to a live database is opened.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // What was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(ROWS_IN_FLIGHT)
        .disable_statement_logging()
}

/// Finds out early, and in words, what SQLite would only call "unable to open database file".
fn check_file(path: &Path, create: bool) -> Result<(), StoreError> {
    let cannot_open = |problem: String| StoreError::CannotOpen {
        path: path.to_owned(),
        problem,
    };
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(cannot_open("it is not a file".to_owned())),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(cannot_open(error.to_string()))
        }
        Err(_) if !create => Err(StoreError::Missing {
            path: path.to_owned(),
        }),
        Err(_) => match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(cannot_open(
                format!("there is no folder {}", folder.display()),
            )),
            _ => Ok(()),
        },
    }
}

/// Whether every migration is applied, found out without writing: a database of a newer programme, or of another, stays
/// as it is.
async fn is_current(path: &Path) -> Result<bool, StoreError> {
    if !std::fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        return Ok(false);
    }
    if !is_in_use(path) {
        // Even a read-only connection would leave a log and an index of it beside the file, if not told that it is alone.
        let missing = look_for_missing(options(path).immutable(true), path).await;
        if !is_in_use(path) {
            return Ok(missing?.is_empty());
        }
    }
    // What a journal says is to be undone before anything can be read; SQLite does so, unless its writer is alive.
    let to_be_undone = exists_beside(path, JOURNAL);
    let missing = look_for_missing(options(path).read_only(!to_be_undone), path).await;
    Ok(missing?.is_empty())
}

/// Whether somebody has the file open, or was killed while it was: part of the data is in a log beside it.
fn is_in_use(path: &Path) -> bool {
    exists_beside(path, "-wal") || exists_beside(path, JOURNAL)
}

fn exists_beside(path: &Path, suffix: &str) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push(suffix);
    Path::new(&beside).exists()
}

async fn look_for_missing(
    options: SqliteConnectOptions,
    path: &Path,
) -> Result<Vec<&'static Migration>, StoreError> {
    let mut connection = options.connect().await?;
    let missing = missing_migrations(&mut connection, path).await;
    connection.close().await?;
    missing
}

/// The migrations that are not applied yet, in order.
async fn missing_migrations(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<Vec<&'static Migration>, StoreError> {
    let path = || path.to_owned();
    let objects: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await?;
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    // The first migration gives the file its mark and its tables at once: one without the other is damage.
    match (application, objects) {
        (0, 0) => return Ok(MIGRATIONS.iter().collect()),
        (APPLICATION_ID, 1..) => {}
        (APPLICATION_ID, _) => return Err(damaged("its tables are gone")),
        _ => return Err(StoreError::Foreign { path: path() }),
    }
    let applied = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
    if applied.is_empty() {
        return Err(damaged("which migrations it has had is gone"));
    }
    for migration in &applied {
        let known = MIGRATIONS
            .iter()
            .find(|known| known.version == migration.version);
        match known {
            Some(known) if known.checksum == migration.checksum => {}
            Some(known) => {
                return Err(StoreError::AlteredSchema {
                    path: path(),
                    migration: known.version,
                });
            }
            None => {
                return Err(StoreError::NewerSchema {
                    path: path(),
                    found: applied
                        .iter()
                        .map(|migration| migration.version)
                        .max()
                        .unwrap_or(0),
                    known: MIGRATIONS
                        .iter()
                        .map(|known| known.version)
                        .max()
                        .unwrap_or(0),
                });
            }
        }
    }
    let is_applied = |known: &&Migration| {
        applied
            .iter()
            .any(|migration| migration.version == known.version)
    };
    Ok(MIGRATIONS
        .iter()
        .filter(|known| !is_applied(known))
        .collect())
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(what.into())
}

/// Brings the schema up to date: all of it or nothing, and one process at a time.
async fn migrate(path: &Path) -> Result<(), StoreError> {
    let options = options(path)
        .create_if_missing(true)
        // Counts for a new file alone: what is pruned can be given back to the disk.
        .auto_vacuum(SqliteAutoVacuum::Incremental);
    let mut connection = options.connect().await?;
    switch_to_wal(&mut connection).await?;
    failpoint!("migrate::wal");
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    failpoint!("migrate::begun");
    // Looked at again under the lock: another process may have been first.
    let missing = missing_migrations(&mut transaction, path).await?;
    transaction
        .ensure_migrations_table(MIGRATIONS_TABLE)
        .await?;
    for migration in missing {
        transaction.apply(MIGRATIONS_TABLE, migration).await?;
        failpoint!("migrate::between");
    }
    failpoint!("migrate::before_commit");
    transaction.commit().await?;
    failpoint!("migrate::committed");
    connection.close().await?;
    Ok(())
}

/// Readers and the writer do not wait for one another in this mode, which the file keeps.
///
/// Switching needs the file alone, and SQLite does not wait for that by itself.
async fn switch_to_wal(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match sqlx::query("PRAGMA journal_mode = WAL")
            .execute(&mut *connection)
            .await
            .map_err(StoreError::from)
        {
            Err(StoreError::Busy(_)) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
            other => return other.map(|_| ()),
        }
    }
}
