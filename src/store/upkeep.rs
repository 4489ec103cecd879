//! Copies of the database, and whether it is sound.

use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tempfile::NamedTempFile;

use super::StoreError;
use super::audit::check_chain;
use crate::failpoint::failpoint;

/// Writes a consistent copy into `file`, while others read and write. Until it is whole and on the disk it has another
/// name, so that half a copy never passes for one, whatever becomes of the process.
///
/// It has a connection of its own: the copy may take a while, and nobody is to wait for it.
pub(super) async fn back_up(source: &SqliteConnectOptions, file: &Path) -> Result<(), StoreError> {
    if file.symlink_metadata().is_ok() {
        return Err(exists(file));
    }
    let unfinished = begin_file(file).map_err(cannot_write)?;
    copy(source, unfinished.path()).await?;
    // SQLite leaves it to the caller to wait until the copy is on the disk.
    flush(unfinished.path()).await.map_err(cannot_write)?;
    if let Err(error) = unfinished.persist_noclobber(file) {
        return Err(match error.error.kind() {
            ErrorKind::AlreadyExists => exists(file),
            _ => cannot_write(error.error),
        });
    }
    let named = flush(folder_of(file)).await;
    if named.is_err() {
        // A name that a power cut may take away again is none to rely on.
        let _it_is_ours = std::fs::remove_file(file);
    }
    named.map_err(cannot_write)
}

/// An empty file beside `file`, which goes away unless it is given that name.
fn begin_file(file: &Path) -> std::io::Result<NamedTempFile> {
    let mut prefix = file.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".unfinished")
        // As any new file: what the process's mask leaves of it.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder_of(file))
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

async fn copy(source: &SqliteConnectOptions, file: &Path) -> Result<(), StoreError> {
    let target = file.to_str().ok_or_else(|| StoreError::CannotOpen {
        path: file.to_owned(),
        problem: "its name is not UTF-8".to_owned(),
    })?;
    failpoint!("backup::begun");
    let mut connection = source.connect().await?;
    let copied = sqlx::query("VACUUM INTO ?")
        .bind(target)
        .execute(&mut connection)
        .await;
    connection.close().await?;
    copied?;
    failpoint!("backup::copied");
    Ok(())
}

async fn flush(file: &Path) -> std::io::Result<()> {
    tokio::fs::File::open(file).await?.sync_all().await
}

fn exists(file: &Path) -> StoreError {
    StoreError::FileExists {
        path: file.to_owned(),
    }
}

fn cannot_write(error: std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull => StoreError::Full(error.into()),
        _ => StoreError::Io(error.into()),
    }
}

/// What is wrong with the file, a line each; empty when it is sound.
pub(super) async fn check_integrity(
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, StoreError> {
    let mut problems: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut *connection)
        .await?;
    problems.retain(|line| line != "ok");
    let orphans: Vec<(String, Option<i64>, String)> =
        sqlx::query_as(r#"SELECT "table", rowid, parent FROM pragma_foreign_key_check"#)
            .fetch_all(&mut *connection)
            .await?;
    problems.extend(orphans.into_iter().map(|(table, row, parent)| match row {
        Some(row) => format!("{table}, row {row}: what it belongs to in {parent} is not there"),
        None => format!("{table}: what a row belongs to in {parent} is not there"),
    }));
    problems.extend(check_chain(connection).await?);
    Ok(problems)
}
