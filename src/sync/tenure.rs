//! The lease in the hands of a run: taken, renewed while the run goes on, given back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::warn;

use super::upkeep::Trouble;
use crate::clock::SharedClock;
use crate::domain::lease::{Lease, LeaseEpoch};
use crate::store::{Store, StoreError, Taking};

/// How often a lease is renewed: two renewals may fail or be late before others take it.
const RENEWAL: Duration = Duration::from_secs(5);

/// What came of wanting to sync.
pub(super) enum Entry {
    /// The lease is held.
    Begun(Tenure),
    /// Somebody else has it, until then at least.
    Held(Lease, DateTime<Utc>),
}

/// The lease, held until it is given back with [`end`](Self::end), or lost.
///
/// Dropped, it is no longer renewed: others wait for the rest of its term.
pub(super) struct Tenure {
    store: Store,
    epoch: LeaseEpoch,
    lost: CancellationToken,
    renewing: AbortOnDropHandle<()>,
}

impl Tenure {
    /// Takes the lease as soon as nobody has it.
    pub(super) async fn begin(
        store: &Store,
        clock: &SharedClock,
        holder: &str,
    ) -> Result<Entry, StoreError> {
        let mut seen = store.load_lease().await?;
        loop {
            let now = clock.now();
            if let Some((lease, until)) = held(seen.as_ref(), now) {
                return Ok(Entry::Held(lease, until));
            }
            let epoch = seen.map(|lease| lease.epoch);
            match store.take_lease(holder, epoch, now).await? {
                Taking::Taken(epoch) => {
                    return Ok(Entry::Begun(Tenure::new(store, clock, epoch)));
                }
                Taking::Refused(lease) => seen = Some(lease),
            }
        }
    }

    /// Takes the lease where nobody has had it since it was `seen`; `None` where somebody has.
    pub(super) async fn begin_unless_since(
        store: &Store,
        clock: &SharedClock,
        holder: &str,
        seen: Option<LeaseEpoch>,
    ) -> Result<Option<Tenure>, StoreError> {
        match store.take_lease(holder, seen, clock.now()).await? {
            Taking::Taken(epoch) => Ok(Some(Tenure::new(store, clock, epoch))),
            Taking::Refused(_) => Ok(None),
        }
    }

    fn new(store: &Store, clock: &SharedClock, epoch: LeaseEpoch) -> Tenure {
        let lost = CancellationToken::new();
        let renewing = keep_renewed(
            store.clone(),
            SharedClock::clone(clock),
            epoch,
            lost.clone(),
        );
        Tenure {
            store: store.clone(),
            epoch,
            lost,
            renewing: AbortOnDropHandle::new(tokio::spawn(renewing)),
        }
    }

    /// The number of the taking, for the fence.
    pub(super) fn epoch(&self) -> LeaseEpoch {
        self.epoch
    }

    /// Does `work` for as long as the lease is held.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else has taken it before the work is done.
    pub(super) async fn while_held<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        match self.lost.run_until_cancelled(work).await {
            Some(done) => Ok(done),
            None => Err(StoreError::LeaseLost {
                holder: self.successor().await,
            }),
        }
    }

    async fn successor(&self) -> String {
        let lease = self.store.load_lease().await.ok().flatten();
        lease.map_or_else(|| "another process".to_owned(), |lease| lease.holder)
    }

    /// Gives the lease back.
    pub(super) async fn end(self) {
        self.renewing.abort();
        if let Err(error) = self.store.release_lease(self.epoch).await {
            warn!(%error, "the lease of syncs could not be given back; it ends by itself within seconds");
        }
    }
}

/// Whose the lease is at `now`, and until when that is waited for.
pub(super) fn held(lease: Option<&Lease>, now: DateTime<Utc>) -> Option<(Lease, DateTime<Utc>)> {
    let lease = lease?;
    Some((lease.clone(), lease.held_until(now)?))
}

/// Renews the lease until somebody else has taken it, which `lost` then tells.
///
/// A renewal that fails is tried again: as long as nobody else takes the lease, it is held, whatever its term says.
async fn keep_renewed(
    store: Store,
    clock: SharedClock,
    epoch: LeaseEpoch,
    lost: CancellationToken,
) {
    let mut renewing = Trouble::with("renewing the lease of syncs");
    loop {
        tokio::time::sleep(RENEWAL).await;
        match store.renew_lease(epoch, clock.now()).await {
            Err(StoreError::LeaseLost { .. }) => break,
            result => renewing.note(result.err()),
        }
    }
    lost.cancel();
}
