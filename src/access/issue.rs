//! Making tokens and revoking them.

use chrono::{DateTime, TimeDelta, Utc};

use super::text::TokenText;
use crate::clock::SharedClock;
use crate::domain::audit::{Action, Actor, Deed};
use crate::domain::token::{Revocation, Role, Token, TokenId, TokenName};
use crate::store::{Store, StoreError};

/// The most days for which a token is good.
const MAX_DAYS: u32 = 3_660;

/// For how many days a token is good: 1 to 3,660.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u32);

impl Lifetime {
    /// What counts unless somebody says otherwise.
    pub const DEFAULT: Lifetime = Lifetime(180);

    /// So many days; `None` where it is 0, or more than ten years.
    pub fn of_days(days: u32) -> Option<Lifetime> {
        (1..=MAX_DAYS).contains(&days).then_some(Lifetime(days))
    }

    fn end(self, from: DateTime<Utc>) -> DateTime<Utc> {
        from + TimeDelta::days(i64::from(self.0))
    }
}

/// Makes and revokes tokens on somebody's behalf.
pub struct Issuer {
    store: Store,
    clock: SharedClock,
    actor: Actor,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The system has no random bytes.
    #[error("the system gives no random bytes, and there is no token without them: {0}")]
    Random(#[from] getrandom::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Issuer {
    /// An issuer on behalf of `actor`, whom the records name.
    pub fn new(store: Store, clock: SharedClock, actor: Actor) -> Issuer {
        Issuer {
            store,
            clock,
            actor,
        }
    }

    /// Makes a token and records it; its text is had here and never again.
    ///
    /// # Errors
    /// When there is no randomness, or the database fails; there is no token then.
    pub async fn issue(
        &self,
        name: TokenName,
        role: Role,
        lifetime: Lifetime,
    ) -> Result<(TokenText, Token), IssueError> {
        let text = TokenText::random()?;
        let created_at = self.clock.now();
        let token = Token {
            id: text.id().clone(),
            hash: text.hash(),
            name,
            role,
            created_at,
            created_by: self.actor.name.clone(),
            expires_at: lifetime.end(created_at),
            revoked: None,
        };
        let deed = self.deed(created_at, Action::TokenCreated, &token.id);
        let deed = Deed {
            after: Some(described(&token)),
            ..deed
        };
        self.store.record_token(&token, deed).await?;
        Ok((text, token))
    }

    /// Revokes the token `id` for good, and returns it as it was before; `None` when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke(&self, id: &TokenId) -> Result<Option<Token>, StoreError> {
        let revocation = Revocation {
            at: self.clock.now(),
            by: self.actor.name.clone(),
        };
        let deed = self.deed(revocation.at, Action::TokenRevoked, id);
        self.store.revoke_token(id, revocation, deed).await
    }
    fn deed(&self, at: DateTime<Utc>, action: Action, token: &TokenId) -> Deed {
        Deed {
            at,
            actor: self.actor.clone(),
            action,
            subject: token.to_string(),
            before: None,
            after: None,
            version: None,
        }
    }
}

/// What the audit says of a new token, as JSON: nothing of its secret, nor of the hash.
fn described(token: &Token) -> String {
    serde_json::json!({
        "name": token.name.as_str(),
        "role": token.role,
        "expires_at": token.expires_at,
    })
    .to_string()
}
