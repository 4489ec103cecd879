//! Table `leases`: which process may sync.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::place::Place;
use super::sign_of_life::SignOfLife;
use super::transaction::{read, write};
use super::{Store, StoreError};
use crate::domain::lease::{LEASE_TERM, Lease, LeaseEpoch};
use crate::failpoint::failpoint;

/// What became of asking for the lease.
#[derive(Debug)]
pub enum Taking {
    /// It is the caller's.
    Taken(HeldLease),
    /// Somebody else has it, or has had it since the caller looked.
    Refused(Lease),
}

/// The lease in the hands of whoever took it. As long as this value lives, others see that its holder does.
#[derive(Debug)]
pub struct HeldLease {
    epoch: LeaseEpoch,
    _sign: Option<SignOfLife>,
}

impl HeldLease {
    /// The number of the taking, for the fence.
    pub fn epoch(&self) -> LeaseEpoch {
        self.epoch
    }
}

#[derive(sqlx::FromRow)]
struct LeaseRow {
    epoch: i64,
    holder: String,
    lives: bool,
    taken_at_ms: i64,
    expires_at_ms: Option<i64>,
}

impl LeaseRow {
    fn into_domain(self) -> Result<Lease, StoreError> {
        let place = Place {
            table: "leases",
            row: None,
            key: "sync",
        };
        let expires_at = self.expires_at_ms.map(|ms| place.time("expires_at_ms", ms));
        Ok(Lease {
            epoch: LeaseEpoch::new(self.epoch).ok_or_else(|| place.wrong("epoch", "is below 1"))?,
            taken_at: place.time("taken_at_ms", self.taken_at_ms)?,
            expires_at: expires_at.transpose()?,
            holder: self.holder,
            lives: self.lives,
        })
    }
}

impl Store {
    /// Loads the lease of syncs as it was last taken; `None` before the first time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_lease(&self) -> Result<Option<Lease>, StoreError> {
        read(&self.readers, |connection| Box::pin(load_lease(connection))).await
    }

    /// Takes the lease of syncs for `holder`, for a term from `now` on.
    ///
    /// It is refused where somebody has it who may be alive, and where somebody has taken it since the caller looked
    /// and found it in the epoch `seen` (`None`: never taken): what the caller has decided by then may be decided
    /// wrongly.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn take_lease(
        &self,
        holder: &str,
        seen: Option<LeaseEpoch>,
        now: DateTime<Utc>,
    ) -> Result<Taking, StoreError> {
        let (holder, path) = (holder.to_owned(), Arc::clone(&self.path));
        write(&self.writer, move |connection| {
            Box::pin(async move {
                let sign = SignOfLife::give(&path);
                let asked = Asked {
                    holder: &holder,
                    seen,
                    lives: sign.is_some(),
                };
                let refused = match take_lease(connection, asked, now).await? {
                    Ok(epoch) => return Ok(Taking::Taken(HeldLease { epoch, _sign: sign })),
                    Err(lease) => lease,
                };
                Ok(Taking::Refused(refused))
            })
        })
        .await
    }

    /// Lets the lease of `epoch` last a term from `now` on; does nothing once it was given back.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when somebody else has taken it; otherwise when it could not be written.
    pub async fn renew_lease(
        &self,
        epoch: LeaseEpoch,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        write(&self.writer, move |connection| {
            Box::pin(renew_lease(connection, epoch, now))
        })
        .await
    }

    /// Gives the lease back; does nothing when somebody else has taken it.
    ///
    /// # Errors
    /// When it could not be written: then it is free when its term ends.
    pub async fn release_lease(&self, held: HeldLease) -> Result<(), StoreError> {
        write(&self.writer, move |connection| {
            Box::pin(release_lease(connection, held.epoch))
        })
        .await
    }
}

/// Loads the lease as it was last taken; `None` before the first time.
async fn load_lease(connection: &mut SqliteConnection) -> Result<Option<Lease>, StoreError> {
    let row = sqlx::query_as::<_, LeaseRow>(
        "SELECT epoch, holder, lives, taken_at_ms, expires_at_ms
         FROM leases
         WHERE name = 'sync'",
    )
    .fetch_optional(connection)
    .await?;
    row.map(LeaseRow::into_domain).transpose()
}

/// Who asks for the lease.
struct Asked<'a> {
    holder: &'a str,
    /// The epoch in which the lease was found; `None`: never taken.
    seen: Option<LeaseEpoch>,
    /// Whether the asker gives the sign of life, which then nobody else does.
    lives: bool,
}

/// Takes the lease, unless somebody has it, or somebody else has taken it since it was seen: then that one is returned
/// as the inner error.
async fn take_lease(
    connection: &mut SqliteConnection,
    asked: Asked<'_>,
    now: DateTime<Utc>,
) -> Result<Result<LeaseEpoch, Lease>, StoreError> {
    let current = load_lease(connection).await?;
    let epoch = current.as_ref().map(|lease| lease.epoch);
    if let Some(lease) = current {
        let holder_is_dead = lease.lives && asked.lives;
        let is_held = lease.held_until(now).is_some() && !holder_is_dead;
        if is_held || epoch != asked.seen {
            return Ok(Err(lease));
        }
    }
    let epoch = LeaseEpoch::after(epoch);
    sqlx::query(
        "INSERT INTO leases (name, epoch, holder, lives, taken_at_ms, expires_at_ms)
         VALUES ('sync', ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE
         SET epoch = excluded.epoch,
             holder = excluded.holder,
             lives = excluded.lives,
             taken_at_ms = excluded.taken_at_ms,
             expires_at_ms = excluded.expires_at_ms",
    )
    .bind(epoch.get())
    .bind(asked.holder)
    .bind(asked.lives)
    .bind(now.timestamp_millis())
    .bind((now + LEASE_TERM).timestamp_millis())
    .execute(connection)
    .await?;
    failpoint!("lease::before_commit");
    Ok(Ok(epoch))
}

/// Lets the lease of `epoch` last a term from `now` on, also where its end has passed: nobody else has wanted it.
///
/// # Errors
/// [`StoreError::LeaseLost`] when somebody else has taken it.
async fn renew_lease(
    connection: &mut SqliteConnection,
    epoch: LeaseEpoch,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    require_epoch(connection, epoch).await?;
    sqlx::query(
        "UPDATE leases
         SET expires_at_ms = ?
         WHERE name = 'sync' AND expires_at_ms IS NOT NULL",
    )
    .bind((now + LEASE_TERM).timestamp_millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the lease of `epoch` back; does nothing when somebody else has taken it.
async fn release_lease(
    connection: &mut SqliteConnection,
    epoch: LeaseEpoch,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE leases
         SET expires_at_ms = NULL
         WHERE name = 'sync' AND epoch = ?",
    )
    .bind(epoch.get())
    .execute(connection)
    .await?;
    failpoint!("lease::before_release");
    Ok(())
}

/// Refuses whoever is no longer the last to have taken the lease: the fence before everything that a sync writes.
///
/// The end of the term does not count here: as long as nobody else has taken the lease, nobody else syncs.
pub(super) async fn require_epoch(
    connection: &mut SqliteConnection,
    epoch: LeaseEpoch,
) -> Result<(), StoreError> {
    match load_lease(connection).await? {
        Some(lease) if lease.epoch == epoch => Ok(()),
        Some(lease) => Err(StoreError::LeaseLost {
            holder: lease.holder,
        }),
        None => Err(StoreError::LeaseLost {
            holder: "nobody".to_owned(),
        }),
    }
}
