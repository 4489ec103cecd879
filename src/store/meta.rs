//! Table `meta`: what is true of the database as a whole.

use sqlx::SqliteConnection;

use super::StoreError;
use crate::domain::version::Origin;

/// Loads where the database's boards come from; `None` until the first data arrived.
pub(super) async fn load_origin(
    connection: &mut SqliteConnection,
) -> Result<Option<Origin>, StoreError> {
    let word: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'origin'")
        .fetch_optional(connection)
        .await?;
    let origin = word.map(|word| word.parse::<Origin>()).transpose();
    origin.map_err(|error| StoreError::Damaged(format!("meta, origin: {error}").into()))
}

/// Records `origin`, unless one is recorded.
///
/// # Errors
/// [`StoreError::OtherOrigin`] when another one is.
pub(super) async fn claim_origin(
    connection: &mut SqliteConnection,
    claimed: Origin,
) -> Result<(), StoreError> {
    match load_origin(connection).await? {
        Some(recorded) if recorded == claimed => Ok(()),
        Some(recorded) => Err(StoreError::OtherOrigin { recorded, claimed }),
        None => {
            sqlx::query("INSERT INTO meta (key, value) VALUES ('origin', ?)")
                .bind(claimed.as_str())
                .execute(connection)
                .await?;
            Ok(())
        }
    }
}

/// A write that changes nothing. On a file that cannot be written it fails, where beginning a transaction does not.
pub(super) async fn write_nothing(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM meta WHERE FALSE")
        .execute(connection)
        .await?;
    Ok(())
}
