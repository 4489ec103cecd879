//! All tokens in memory, and whose a presented one is.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use subtle::ConstantTimeEq;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::text::TokenText;
use crate::clock::SharedClock;
use crate::domain::audit::Actor;
use crate::domain::token::{Role, Standing, Token, TokenId, TokenName};
use crate::store::{Store, StoreError};

/// How often the database is looked at: a revocation is to hold everywhere within five seconds.
const LOOK_EVERY: Duration = Duration::from_secs(1);

type Tokens = HashMap<TokenId, Token, RandomState>;

/// All tokens, as the database had them a second ago.
pub struct Register {
    store: Store,
    clock: SharedClock,
    tokens: ArcSwap<Tokens>,
    /// Whether the last look failed.
    is_blind: AtomicBool,
}

/// Who presents a token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's public part.
    pub token: TokenId,
    /// Whom or what it is for.
    pub name: TokenName,
    /// What the caller may do.
    pub role: Role,
}

impl Caller {
    /// The caller as one who does something, in the request `request_id`.
    pub fn acting_in(&self, request_id: &str) -> Actor {
        Actor {
            name: format!("token:{} ({})", self.token, self.name),
            token: Some(self.token.clone()),
            request_id: Some(request_id.to_owned()),
        }
    }
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has not the form of a token, or its check is wrong.
    #[error(
        "this is no token, or a part of it is missing or mistyped; send it whole, as it was shown"
    )]
    Malformed,
    /// There is no such token.
    #[error("this token is not known here; ask an operator for one")]
    Unknown,
    /// Its time is over.
    #[error("this token has expired; ask an operator for a new one")]
    Expired,
    /// Somebody has revoked it.
    #[error("this token has been revoked; ask an operator for a new one")]
    Revoked,
}

impl Register {
    /// The register of the tokens in `store`.
    ///
    /// # Errors
    /// When the database cannot be read: a service that knows no token would refuse everybody.
    pub async fn open(store: Store, clock: SharedClock) -> Result<Register, StoreError> {
        let tokens = load(&store).await?;
        Ok(Register {
            store,
            clock,
            tokens: ArcSwap::from_pointee(tokens),
            is_blind: AtomicBool::new(false),
        })
    }

    /// Looks at the database now.
    ///
    /// # Errors
    /// When it cannot be read; what is known stays.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.tokens.store(Arc::new(load(&self.store).await?));
        Ok(())
    }

    /// Looks at the database each second until `stop`.
    ///
    /// While it cannot be read nobody can revoke a token in it either, so the tokens that are known stay good.
    pub async fn keep_fresh(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let looked = self.refresh().await;
            let was_blind = self.is_blind.swap(looked.is_err(), Ordering::Relaxed);
            match looked {
                Err(error) if !was_blind => {
                    warn!(%error, "tokens cannot be read: those known stay good, and no change is seen");
                }
                Ok(()) if was_blind => info!("tokens can be read again"),
                _ => {}
            }
        }
    }

    /// Waits until the token of `caller` is good no longer.
    pub async fn until_refused(&self, caller: &Caller) {
        while self.is_good(&caller.token) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn is_good(&self, id: &TokenId) -> bool {
        let tokens = self.tokens.load();
        let token = tokens.get(id);
        token.is_some_and(|token| token.standing(self.clock.now()) == Standing::Good)
    }

    /// Who presents the token `text`.
    ///
    /// # Errors
    /// When the token is not good. A secret that is wrong counts as unknown.
    pub fn admit(&self, text: &str) -> Result<Caller, Refusal> {
        let presented = TokenText::parse(text).ok_or(Refusal::Malformed)?;
        let tokens = self.tokens.load();
        let token = tokens.get(presented.id()).ok_or(Refusal::Unknown)?;
        // Compared in constant time, though it is the hash of a secret and no secret itself.
        if !bool::from(token.hash.0.ct_eq(&presented.hash().0)) {
            return Err(Refusal::Unknown);
        }
        match token.standing(self.clock.now()) {
            Standing::Good => Ok(Caller {
                token: token.id.clone(),
                name: token.name.clone(),
                role: token.role,
            }),
            Standing::Expired => Err(Refusal::Expired),
            Standing::Revoked => Err(Refusal::Revoked),
        }
    }
}

async fn load(store: &Store) -> Result<Tokens, StoreError> {
    let tokens = store.list_tokens().await?.into_iter();
    Ok(tokens.map(|token| (token.id.clone(), token)).collect())
}
