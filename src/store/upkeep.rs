//! Copies of the database, and whether it is sound.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::StoreError;
use crate::failpoint::failpoint;

/// Writes a consistent copy into `file`, while others read and write.
///
/// It has a connection of its own: the copy may take a while, and nobody is to wait for it.
pub(super) async fn back_up(source: &SqliteConnectOptions, file: &Path) -> Result<(), StoreError> {
    let target = file.to_str().ok_or_else(|| StoreError::CannotOpen {
        path: file.to_owned(),
        problem: "its name is not UTF-8".to_owned(),
    })?;
    if file.symlink_metadata().is_ok() {
        return Err(StoreError::FileExists {
            path: file.to_owned(),
        });
    }
    failpoint!("backup::begun");
    let mut connection = source.connect().await?;
    let copied = sqlx::query("VACUUM INTO ?")
        .bind(target)
        .execute(&mut connection)
        .await;
    connection.close().await?;
    let kept = match copied {
        // SQLite leaves it to the caller to wait until the copy is on the disk.
        Ok(_) => flush(file).await,
        Err(error) => Err(error.into()),
    };
    if kept.is_err() {
        // Half a copy must not pass for one. It is ours: nothing was there before.
        let _removed_if_it_was_there = std::fs::remove_file(file);
    }
    kept
}

async fn flush(file: &Path) -> Result<(), StoreError> {
    failpoint!("backup::copied");
    let flushed = async { tokio::fs::File::open(file).await?.sync_all().await };
    flushed
        .await
        .map_err(|error: std::io::Error| StoreError::Io(error.into()))
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
            .fetch_all(connection)
            .await?;
    problems.extend(orphans.into_iter().map(|(table, row, parent)| match row {
        Some(row) => format!("{table}, row {row}: what it belongs to in {parent} is not there"),
        None => format!("{table}: what a row belongs to in {parent} is not there"),
    }));
    Ok(problems)
}
