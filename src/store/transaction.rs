//! Transactions: reading one consistent picture, writing all or nothing.

use std::pin::Pin;

use sqlx::{Connection, SqliteConnection, SqlitePool};

use super::StoreError;

/// The work of one transaction, under way.
pub(super) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Reads: everything `work` sees is of one moment.
pub(super) async fn read<T>(
    pool: &SqlitePool,
    work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send,
) -> Result<T, StoreError> {
    transact(pool, "BEGIN", work).await
}

/// Writes: all that `work` does is committed, or none of it.
///
/// The write lock is taken at the start, because a transaction that reads first and writes later is refused at once
/// when somebody else has written in between, however long it would be willing to wait. The work runs in a task of its
/// own: a caller that goes away (a closed connection, a time-out) leaves no transaction open behind it.
pub(super) async fn write<T: Send + 'static>(
    pool: &SqlitePool,
    work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
) -> Result<T, StoreError> {
    let pool = pool.clone();
    let task = tokio::spawn(async move { transact(&pool, "BEGIN IMMEDIATE", work).await });
    match task.await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(StoreError::Failed(error.into())),
    }
}

async fn transact<T>(
    pool: &SqlitePool,
    begin: &'static str,
    work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send,
) -> Result<T, StoreError> {
    let mut connection = pool.acquire().await?;
    let result = attempt(&mut connection, begin, work).await;
    if result.is_err() {
        // SQLite rolls some failures back by itself (a full disk, an I/O error). The library does not notice, and the
        // connection could begin no transaction ever again. A new one costs a millisecond.
        let _closed_in_any_case = connection.close().await;
    }
    result
}

async fn attempt<T>(
    connection: &mut SqliteConnection,
    begin: &'static str,
    work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send,
) -> Result<T, StoreError> {
    let mut transaction = connection.begin_with(begin).await?;
    let value = work(&mut transaction).await?;
    transaction.commit().await?;
    Ok(value)
}
