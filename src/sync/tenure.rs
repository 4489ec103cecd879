//! The lease in the hands of a run: taken, renewed while the run goes on, given back.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use super::upkeep::Trouble;
use super::with_causes;
use crate::clock::SharedClock;
use crate::domain::lease::{Lease, LeaseEpoch};
use crate::store::{HeldLease, Store, StoreError, Taking};

/// How often a lease is renewed: two renewals may fail or be late before others take it.
const RENEWAL: Duration = Duration::from_secs(5);

/// What came of wanting to sync.
pub(super) enum Entry {
    /// The lease is held.
    Begun(Tenure),
    /// Somebody else has it, or has taken it since the caller looked.
    Refused(Lease),
}

/// The lease, held until it is given back with [`end`](Self::end), or lost.
///
/// Dropped, it is no longer renewed, and others may take it.
pub(super) struct Tenure {
    store: Store,
    held: HeldLease,
    lost: CancellationToken,
    renewing: AbortOnDropHandle<()>,
}

impl Tenure {
    /// Takes the lease where nobody has it.
    pub(super) async fn begin(
        store: &Store,
        clock: &SharedClock,
        holder: &str,
    ) -> Result<Entry, StoreError> {
        let mut seen = store.load_lease().await?.map(|lease| lease.epoch);
        loop {
            match Tenure::begin_unless_since(store, clock, holder, seen).await? {
                Entry::Refused(lease) if Some(lease.epoch) != seen => seen = Some(lease.epoch),
                entry => return Ok(entry),
            }
        }
    }

    /// Takes the lease where nobody has it, or has had it since it was `seen`.
    pub(super) async fn begin_unless_since(
        store: &Store,
        clock: &SharedClock,
        holder: &str,
        seen: Option<LeaseEpoch>,
    ) -> Result<Entry, StoreError> {
        Ok(match store.take_lease(holder, seen, clock.now()).await? {
            Taking::Taken(held) => Entry::Begun(Tenure::new(store, clock, held)),
            Taking::Refused(lease) => Entry::Refused(lease),
        })
    }

    fn new(store: &Store, clock: &SharedClock, held: HeldLease) -> Tenure {
        let lost = CancellationToken::new();
        let renewing = keep_renewed(
            store.clone(),
            SharedClock::clone(clock),
            held.epoch(),
            lost.clone(),
        );
        Tenure {
            store: store.clone(),
            held,
            lost,
            renewing: AbortOnDropHandle::new(tokio::spawn(renewing)),
        }
    }

    /// The number of the taking, for the fence.
    pub(super) fn epoch(&self) -> LeaseEpoch {
        self.held.epoch()
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
        if let Err(error) = self.store.release_lease(self.held).await {
            // The run has said already that the database fails. Others see that nobody lives who has the lease.
            let error = with_causes(&error);
            debug!(error, "the lease of syncs could not be given back");
        }
    }
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
