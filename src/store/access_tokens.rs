//! Table `access_tokens`: what is kept of each token.

use sqlx::SqliteConnection;

use super::audit::record_deeds;
use super::place::Place;
use super::transaction::{read, write};
use super::{Store, StoreError};
use crate::domain::audit::Deed;
use crate::domain::token::{Revocation, Token, TokenHash, TokenId};

const TABLE: &str = "access_tokens";

impl Store {
    /// Loads every token there ever was, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_tokens(&self) -> Result<Vec<Token>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(load_tokens(connection))
        })
        .await
    }

    /// Records a new token, and the `deed`.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn record_token(&self, token: &Token, deed: Deed) -> Result<(), StoreError> {
        let token = token.clone();
        write(&self.writer, move |connection| {
            Box::pin(async move {
                record_token(connection, &token).await?;
                record_deeds(connection, [deed]).await
            })
        })
        .await
    }

    /// Revokes the token `id`, for good, records the `deed`, and returns it as it was before; `None` when there is none. One that is revoked
    /// already keeps its first revocation, and nothing is recorded.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn revoke_token(
        &self,
        id: &TokenId,
        revocation: Revocation,
        deed: Deed,
    ) -> Result<Option<Token>, StoreError> {
        let id = id.clone();
        write(&self.writer, move |connection| {
            Box::pin(async move {
                let before = revoke_token(connection, &id, &revocation).await?;
                if before.as_ref().is_some_and(|token| token.revoked.is_none()) {
                    record_deeds(connection, [deed]).await?;
                }
                Ok(before)
            })
        })
        .await
    }
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    token_id: String,
    hash: String,
    name: String,
    role: String,
    created_at_ms: i64,
    created_by: String,
    expires_at_ms: i64,
    revoked_at_ms: Option<i64>,
    revoked_by: Option<String>,
}

impl TokenRow {
    fn into_domain(self) -> Result<Token, StoreError> {
        let place = Place {
            table: TABLE,
            row: None,
            key: &self.token_id,
        };
        let hash = TokenHash::from_hex(&self.hash).map_err(|error| place.wrong("hash", error))?;
        let revoked_at = self.revoked_at_ms.map(|at| place.time("revoked_at_ms", at));
        Ok(Token {
            id: place.parse("token_id", &self.token_id)?,
            hash,
            name: place.parse("name", &self.name)?,
            role: place.parse("role", &self.role)?,
            created_at: place.time("created_at_ms", self.created_at_ms)?,
            created_by: self.created_by,
            expires_at: place.time("expires_at_ms", self.expires_at_ms)?,
            revoked: revoked_at
                .transpose()?
                .zip(self.revoked_by)
                .map(|(at, by)| Revocation { at, by }),
        })
    }
}

/// Loads every token there ever was, the newest first.
async fn load_tokens(connection: &mut SqliteConnection) -> Result<Vec<Token>, StoreError> {
    let rows = sqlx::query_as::<_, TokenRow>(
        "SELECT token_id, hash, name, role, created_at_ms, created_by, expires_at_ms, revoked_at_ms, revoked_by
         FROM access_tokens
         ORDER BY created_at_ms DESC, token_id",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(TokenRow::into_domain).collect()
}

/// Records a new token.
async fn record_token(connection: &mut SqliteConnection, token: &Token) -> Result<(), StoreError> {
    let revoked = token.revoked.as_ref();
    sqlx::query(
        "INSERT INTO access_tokens
         (token_id, hash, name, role, created_at_ms, created_by, expires_at_ms, revoked_at_ms, revoked_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(token.id.as_str())
    .bind(token.hash.to_hex())
    .bind(token.name.as_str())
    .bind(token.role.as_str())
    .bind(token.created_at.timestamp_millis())
    .bind(&token.created_by)
    .bind(token.expires_at.timestamp_millis())
    .bind(revoked.map(|revocation| revocation.at.timestamp_millis()))
    .bind(revoked.map(|revocation| &revocation.by))
    .execute(connection)
    .await?;
    Ok(())
}

/// Revokes a token, unless that is done; returns it as it was before, `None` when there is none.
async fn revoke_token(
    connection: &mut SqliteConnection,
    id: &TokenId,
    revocation: &Revocation,
) -> Result<Option<Token>, StoreError> {
    let tokens = load_tokens(&mut *connection).await?;
    let Some(token) = tokens.into_iter().find(|token| token.id == *id) else {
        return Ok(None);
    };
    if token.revoked.is_none() {
        sqlx::query(
            "UPDATE access_tokens SET revoked_at_ms = ?, revoked_by = ? WHERE token_id = ?",
        )
        .bind(revocation.at.timestamp_millis())
        .bind(&revocation.by)
        .bind(id.as_str())
        .execute(connection)
        .await?;
    }
    Ok(Some(token))
}
