//! The one way to a new version of the catalog, and the way a stored one gets in front of readers.
//!
//! Sync and curation both bring [`RowChanges`] against the version they looked at. [`Publisher::publish`] merges them
//! and builds the next catalog, while it writes everything in one transaction that fails if the version has been
//! overtaken, and swaps the catalogs. A catalog is shown to readers only once the vendor's whole list has been seen at
//! least once: a curated list alone would be a drop-down with most boards missing.
//!
//! | file | what it is |
//! | --- | --- |
//! | `base` | what a proposal is worked out against: a version whose rows were proved |
//! | `next` | the version and the catalog that are made while the rows are written |
//! | `deeds` | what the audit is told |
//! | `terms` | which day a version is of |

mod base;
mod deeds;
mod next;
mod terms;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tokio::sync::Mutex;
use tracing::info;

pub use base::Base;
pub(crate) use base::PROOF_MAX_AGE;
use deeds::deeds_of;
use next::Next;
use terms::{day_of_version, has_due_terms, is_far_ahead, terms_differ};

use crate::catalog::{Catalog, CatalogHandle, MergedBoards, Snapshot, WrongHash};
use crate::clock::SharedClock;
use crate::domain::audit::Actor;
use crate::domain::rows::RowChanges;
use crate::domain::run::ProposedRun;
use crate::domain::version::{CatalogVersion, Cause, HeadDraft, VersionHead};
use crate::failpoint::failpoint;
use crate::store::{Publication, Store, StoreError, UpcomingHash};

/// Differences somebody wants published.
#[derive(Debug)]
pub struct Proposal {
    /// What differs from the base; empty only where nothing but the day does.
    pub changes: RowChanges,
    /// Why.
    pub cause: Cause,
    /// Who asks for it; `None` for a sync.
    pub actor: Option<Actor>,
    /// The run to record in the same transaction.
    pub run: ProposedRun,
}

/// Why nothing was published, or nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The database failed, or the base has been overtaken ([`StoreError::Conflict`]).
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored does not have the hash that was recorded for it.
    #[error(transparent)]
    WrongHash(#[from] WrongHash),
}

impl PublishError {
    /// Whether the same may well succeed in a moment: too many use the database at once, or published meanwhile.
    pub fn is_busy(&self) -> bool {
        use StoreError::{Busy, Conflict};
        matches!(self, PublishError::Store(Busy(_) | Conflict { .. }))
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Injected> for PublishError {
    fn from(injected: crate::failpoint::Injected) -> PublishError {
        StoreError::from(injected).into()
    }
}

/// Publishes versions, and shows the newest to readers.
pub struct Publisher {
    store: Store,
    catalog: Arc<CatalogHandle>,
    clock: SharedClock,
    zone: Tz,
    /// Held while a version is written or read and then shown, so that an older one never replaces a newer.
    turn: Mutex<()>,
    /// The rows that were last proved or published. Nobody but this programme writes rows, and each version has other
    /// ones: while the newest version is theirs, they are what the database holds.
    kept: std::sync::Mutex<Option<Base>>,
}

impl Publisher {
    /// A publisher of the database `store` that shows what it publishes through `catalog`; a day ends at midnight in
    /// `zone`.
    pub fn new(
        store: Store,
        catalog: Arc<CatalogHandle>,
        clock: SharedClock,
        zone: Tz,
    ) -> Publisher {
        Publisher {
            store,
            catalog,
            clock,
            zone,
            turn: Mutex::new(()),
            kept: std::sync::Mutex::default(),
        }
    }

    /// The newest version and its rows, to work a proposal out against.
    ///
    /// The rows are read and proved where they are not at hand, or were last proved more than a day ago.
    ///
    /// # Errors
    /// When the database fails, or the version's content does not have its recorded hash: a new version made of
    /// damaged rows would give the damage a hash of its own.
    pub async fn load_base(&self) -> Result<Base, PublishError> {
        let newest = self.store.load_head().await?;
        let now = self.clock.now();
        let holds = |base: &Base| base.head == newest && base.is_proven_at(now);
        let kept = self.kept().as_ref().filter(|base| holds(base)).cloned();
        if let Some(base) = kept {
            return Ok(base);
        }
        self.prove_base().await
    }

    /// As [`load_base`](Self::load_base), with every row read and proved anew.
    ///
    /// # Errors
    /// As [`load_base`](Self::load_base).
    pub async fn prove_base(&self) -> Result<Base, PublishError> {
        // Two of them would be in memory otherwise.
        self.keep(None);
        let proven_at = self.clock.now();
        let (head, rows) = self.store.load_current().await?;
        let proving = off_thread(move || {
            let merged = MergedBoards::of(&rows);
            if let Some(head) = &head {
                merged.verify(head)?;
            }
            Ok::<_, WrongHash>(Base {
                head,
                rows: Arc::new(rows),
                proven_at,
                merged: Arc::new(merged),
            })
        });
        let base = proving.await?;
        self.keep(Some(base.clone()));
        Ok(base)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Base>> {
        // Whatever panicked meanwhile, it is swapped whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, base: Option<Base>) {
        let before = std::mem::replace(&mut *self.kept(), base);
        // Not under the lock.
        drop(before);
    }

    /// Publishes `proposal` as the version after `base`, durably, and shows it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the base has been overtaken: look again and propose anew.
    /// [`StoreError::LeaseLost`] when another process has taken the sync over.
    /// Nothing is published after an error.
    pub async fn publish(
        &self,
        base: Base,
        proposal: Proposal,
    ) -> Result<VersionHead, PublishError> {
        let Proposal {
            changes,
            cause,
            actor,
            run,
        } = proposal;
        let _turn = self.turn.lock().await;
        // Found out before anything is written: what fails after the commit would report a published version as none.
        let checked_at = self.checked_at_after(&run).await?;
        let mut deeds = deeds_of(&base.rows, &changes, &run, actor.as_ref());
        let expected = base.version();
        let head = self.draft_next(base.head.as_ref(), cause, actor);
        for deed in &mut deeds {
            deed.at = head.created_at;
            deed.version = Some(head.version);
        }
        let changes = Arc::new(changes);
        failpoint!("publish::before_begin");
        let (sender, hash) = UpcomingHash::sent();
        let publication = Publication {
            expected,
            head: head.clone(),
            hash,
            changes: Arc::clone(&changes),
            run,
            deeds,
        };
        // Made while it is written: both take long where many boards changed. The rows are let go, so that they can be
        // changed where they are, and kept again once they are on record.
        self.keep(None);
        let catalog = checked_at.map(|_| Arc::clone(&self.catalog));
        let making = off_thread(move || Next::make(base, &changes, head, sender, catalog));
        let (next, written) = tokio::join!(making, self.store.publish(publication));
        let run_id = written?;
        failpoint!("publish::before_show");
        let Next {
            mut head,
            mut base,
            prepared,
        } = next;
        head.run_id = run_id;
        base.head = Some(head.clone());
        self.keep(Some(base));
        if let (Some(prepared), Some(checked_at)) = (prepared, checked_at) {
            self.catalog.show(prepared.of_run(run_id), checked_at);
        }
        Ok(head)
    }

    /// What the version after `before` will be, beside its content.
    fn draft_next(
        &self,
        before: Option<&VersionHead>,
        cause: Cause,
        actor: Option<Actor>,
    ) -> HeadDraft {
        // One moment, so that a version published around midnight is not of two days.
        let created_at = self.clock.now();
        let today = created_at.with_timezone(&self.zone).date_naive();
        HeadDraft {
            version: CatalogVersion::after(before.map(|head| head.version)),
            created_at,
            as_of: before.map_or(today, |head| day_of_version(head.as_of, today)),
            cause,
            actor: actor.map(|actor| actor.name),
            run_id: None,
        }
    }

    /// When the vendor was last checked, once `run` is on record; `None` when it never was.
    async fn checked_at_after(
        &self,
        run: &ProposedRun,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let last = self.store.load_checked_at().await?;
        match run {
            ProposedRun::None => Ok(last),
            ProposedRun::Ending { run, .. } => Ok(Some(run.finished_at)),
            ProposedRun::Approved { id, .. } => {
                let approved = self.store.load_run(*id).await?;
                Ok(last.max(approved.map(|run| run.finished_at)))
            }
        }
    }

    /// Publishes a version with the cause `effective_date` where terms of fees have begun or ended since the newest
    /// version's day, so that states, labels and entity tags follow the calendar without a sync.
    ///
    /// Looks at the shown catalog alone where nothing is due: it costs no query.
    ///
    /// # Errors
    /// As [`publish`](Self::publish); being overtaken is none: what overtook has the new day.
    pub async fn publish_due_terms(&self) -> Result<Option<VersionHead>, PublishError> {
        let today = self.clock.today(self.zone);
        let due = |shown: &Snapshot| {
            let catalog = &shown.catalog;
            let next = catalog.next_terms_on();
            next.is_some_and(|day| day <= today)
                || (is_far_ahead(catalog.as_of(), today)
                    && terms_differ(
                        catalog.boards().iter().map(Arc::as_ref),
                        catalog.as_of(),
                        today,
                    ))
        };
        if !self.catalog.get().is_some_and(|shown| due(&shown)) {
            return Ok(None);
        }
        let proposal = Proposal {
            changes: RowChanges::default(),
            cause: Cause::EffectiveDate,
            actor: None,
            run: ProposedRun::None,
        };
        let base = self.load_base().await?;
        // What was shown may have been overtaken by one that has the new day, or not the terms.
        if !has_due_terms(&base, today) {
            return Ok(None);
        }
        match self.publish(base, proposal).await {
            Ok(head) => {
                info!(catalog.version = head.version.get(), as_of = %head.as_of, "terms of fees began or ended");
                Ok(Some(head))
            }
            Err(PublishError::Store(StoreError::Conflict { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Shows what the database holds: the newest version, or a newer check of the vendor.
    ///
    /// Costs two small queries where nothing is new. Before the first successful sync it shows nothing.
    ///
    /// # Errors
    /// When the database fails, or the version's content does not have its recorded hash.
    pub async fn refresh(&self) -> Result<(), PublishError> {
        let _turn = self.turn.lock().await;
        // The check first: another process may publish between the two, and its check does not confirm the old version.
        let checked_at = self.store.load_checked_at().await?;
        let (Some(head), Some(checked_at)) = (self.store.load_head().await?, checked_at) else {
            return Ok(());
        };
        match self.catalog.get() {
            Some(shown) if shown.catalog.head() == &head => {
                if shown.freshness.checked_at != checked_at {
                    self.catalog.confirm(checked_at);
                }
                Ok(())
            }
            _ => self.show_stored(checked_at).await,
        }
    }

    async fn show_stored(&self, checked_at: DateTime<Utc>) -> Result<(), PublishError> {
        let base = self.load_base().await?;
        let Some(head) = base.head else {
            return Ok(());
        };
        let (catalog, merged) = (Arc::clone(&self.catalog), base.merged);
        let showing = off_thread(move || {
            let boards = merged.boards().cloned().collect();
            catalog.publish(Catalog::of(head, boards), checked_at);
        });
        showing.await;
        Ok(())
    }
}

/// Does work for the processor alone off the async threads.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
