//! What can go wrong with the database, by what the caller can do about it.

use std::error::Error;
use std::path::PathBuf;

use crate::domain::version::{CatalogVersion, Origin};

/// What the database library said; kept as the source of an error, without its type.
type Reason = Box<dyn Error + Send + Sync>;

/// Characters of what the database said that are passed on.
const MAX_QUOTED: usize = 200;

/// Why the store did not do what was asked. Nothing is half done after any of them.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL does not name a database file.
    #[error(
        "database url: {0}; write it like sqlite://ptf-cache.db or sqlite:///var/lib/ptf/cache.db"
    )]
    Url(String),
    /// There is no such file, and it was not to be created.
    #[error("there is no database at {}; run `ptf-cache sync` or `ptf-cache serve` first, or set database.url", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened, or not be created.
    #[error("the database {} cannot be opened: {problem}; check the path and its permissions", path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        problem: String,
    },
    /// The file is a database of another programme; it was not touched.
    #[error("{} is the database of another programme, or is damaged; set database.url to another file, or put a backup in its place", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer programme; it was not touched.
    #[error("the database {} is at schema {found}, and this programme knows {known}; run the newer programme, or restore a backup of before", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The newest migration in the file.
        found: i64,
        /// The newest migration this programme has.
        known: i64,
    },
    /// A migration in the file is not the one this programme has under its number; the file was not touched.
    #[error("the database {} was built by another migration {migration} than this programme's; run the programme that made it, or put a backup in its place if it is damaged", path.display())]
    AlteredSchema {
        /// The file.
        path: PathBuf,
        /// The number of the migration.
        migration: i64,
    },
    /// The SQLite library in this build can lose committed writes.
    #[error(
        "SQLite {found} is older than {}, and can lose committed writes; build with the bundled one",
        super::MINIMUM_SQLITE_VERSION
    )]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// Somebody else published in the meantime: load again, decide again.
    #[error("the catalog is at {}, not at {}: somebody else published in the meantime; load it and try again", describe(*found), describe(*expected))]
    Conflict {
        /// The version the publication was made for.
        expected: Option<CatalogVersion>,
        /// The newest version there is.
        found: Option<CatalogVersion>,
    },
    /// The version to be published is not the next one: a mistake of the caller.
    #[error("version {version} cannot follow {}", describe(*current))]
    NotNext {
        /// The version asked for.
        version: CatalogVersion,
        /// The newest version there is.
        current: Option<CatalogVersion>,
    },
    /// Somebody else has taken the lease of syncs meanwhile: what this sync found counts no more.
    #[error("the sync was taken over by {holder}, and nothing of this one was written")]
    LeaseLost {
        /// Who has taken it.
        holder: String,
    },
    /// There is nothing to approve or to reject about the run: a decision has been made, or a later run has overtaken it.
    #[error(
        "run {run} has nothing to decide: it never had, somebody decided already, or a later run has taken its place; `ptf-cache runs` lists what waits"
    )]
    NothingToDecide {
        /// Its number.
        run: i64,
    },
    /// The database keeps data of the other origin.
    #[error(
        "this database holds {recorded} data and takes none of the {claimed}; use another database.url"
    )]
    OtherOrigin {
        /// What it holds.
        recorded: Origin,
        /// What was to be added.
        claimed: Origin,
    },
    /// A file that would be written exists already.
    #[error("{} exists already; choose another name, or move it away", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else has been writing for longer than a write waits.
    #[error("the database is busy: another writer held it for {} seconds; try again", super::BUSY_TIMEOUT.as_secs())]
    Busy(#[source] Reason),
    /// There is no room on the disk.
    #[error("the disk of the database is full, and nothing was written; make room and try again")]
    Full(#[source] Reason),
    /// The file could not be read or written.
    #[error(
        "the database file could not be read or written; check the disk and the permissions of the file and its folder"
    )]
    Io(#[source] Reason),
    /// The file is not a sound database.
    #[error("the database file is damaged; stop the service and put a backup in its place")]
    Damaged(#[source] Reason),
    /// A row says what cannot be.
    #[error("{table}, row {row}, {column}: {problem}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// Number and key of the row; for a fee, of the row it belongs to.
        row: String,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Anything else: a mistake in this programme, or damage that was taken for something else.
    #[error(
        "the database refused a statement; if `ptf-cache verify` finds damage, stop the service and put a backup in its place"
    )]
    Failed(#[source] Reason),
}

/// The first line of what SQLite said, without control characters: of a damaged schema it quotes whole statements, with
/// whatever stands in them now.
fn in_one_line(said: &str) -> String {
    let line = said.lines().next().unwrap_or_default();
    let clean = line.chars().filter(|c| !c.is_control());
    clean.take(MAX_QUOTED).collect()
}

fn describe(version: Option<CatalogVersion>) -> String {
    version.map_or_else(
        || "no version".to_owned(),
        |version| format!("version {version}"),
    )
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        let code = match &error {
            sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()),
            sqlx::Error::PoolTimedOut => return StoreError::Busy(error.into()),
            sqlx::Error::Io(_) => return StoreError::Io(error.into()),
            sqlx::Error::ColumnDecode { .. } => return StoreError::Damaged(error.into()),
            _ => None,
        };
        let reason = match error {
            sqlx::Error::Database(said) => in_one_line(&said.to_string()).into(),
            other => other.into(),
        };
        // A file that cannot grow, which SQLite takes for a failure of the disk.
        if code == Some(libsqlite3_sys::SQLITE_IOERR_SHMSIZE) {
            return StoreError::Full(reason);
        }
        // The low byte is the primary result code: https://www.sqlite.org/rescode.html
        match code.map(|code| code & 0xff) {
            Some(libsqlite3_sys::SQLITE_BUSY | libsqlite3_sys::SQLITE_LOCKED) => {
                StoreError::Busy(reason)
            }
            Some(libsqlite3_sys::SQLITE_FULL) => StoreError::Full(reason),
            Some(libsqlite3_sys::SQLITE_CORRUPT | libsqlite3_sys::SQLITE_NOTADB) => {
                StoreError::Damaged(reason)
            }
            Some(
                libsqlite3_sys::SQLITE_IOERR
                | libsqlite3_sys::SQLITE_READONLY
                | libsqlite3_sys::SQLITE_CANTOPEN
                | libsqlite3_sys::SQLITE_PERM,
            ) => StoreError::Io(reason),
            _ => StoreError::Failed(reason),
        }
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Injected> for StoreError {
    fn from(injected: crate::failpoint::Injected) -> StoreError {
        StoreError::Io(injected.into())
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> StoreError {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            sqlx::migrate::MigrateError::ExecuteMigration(error, _) => error.into(),
            other => StoreError::Failed(other.into()),
        }
    }
}
