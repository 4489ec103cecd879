//! The one way to a new version of the catalog, and the way a stored one gets in front of readers.
//!
//! Sync and curation both bring [`RowChanges`] against the version they looked at. [`Publisher::publish`] checks that
//! version's hash, merges, writes everything in one transaction that fails if the version has been overtaken, builds
//! the catalog and swaps it. A catalog is shown to readers only once the vendor's whole list has been seen at least once: a curated list
//! alone would be a drop-down with most boards missing.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use tokio::sync::{Mutex, oneshot};
use tracing::info;

use crate::catalog::{Catalog, CatalogHandle, MergedBoards, PreparedCatalog, Snapshot, WrongHash};
use crate::clock::SharedClock;
use crate::domain::audit::{Action, Actor, Deed};
use crate::domain::board::{Board, BoardId};
use crate::domain::curated::CuratedEntry;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::ProposedRun;
use crate::domain::version::{CatalogVersion, Cause, ContentHash, HeadDraft, VersionHead};
use crate::failpoint::failpoint;
use crate::store::{Publication, Store, StoreError, UpcomingHash};

/// For how long the rows of a version count as proved. Then they are read again, so that damage to a database does not
/// stay hidden.
pub(crate) const PROOF_MAX_AGE: TimeDelta = TimeDelta::hours(24);

/// What a proposal was worked out against: one version and its rows.
#[derive(Debug, Clone)]
pub struct Base {
    /// The version; `None` before the first.
    pub head: Option<VersionHead>,
    /// Its rows.
    pub rows: Arc<SourceRows>,
    /// When these, or those that they were made of, were read and had the recorded hash.
    pub proven_at: DateTime<Utc>,
    /// The same merged.
    merged: Arc<MergedBoards>,
}

impl Base {
    /// The version's number; `None` before the first.
    pub fn version(&self) -> Option<CatalogVersion> {
        self.head.as_ref().map(|head| head.version)
    }

    /// Whether the rows count as proved at `now`; a clock that was set back knows not.
    fn is_proven_at(&self, now: DateTime<Utc>) -> bool {
        (TimeDelta::zero()..PROOF_MAX_AGE).contains(&(now - self.proven_at))
    }

    /// The rows with `changes` to the boards `ids`, without a version yet. Nothing but what differs is copied where
    /// nobody else has these rows.
    fn with(self, changes: &RowChanges, ids: &BTreeSet<BoardId>) -> Base {
        let Base {
            rows,
            mut merged,
            proven_at,
            ..
        } = self;
        let rows = Arc::unwrap_or_clone(rows).with(changes);
        Arc::make_mut(&mut merged).update(&rows, ids);
        Base {
            head: None,
            rows: Arc::new(rows),
            proven_at,
            merged,
        }
    }
}

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

/// A version on its way: its rows, and the catalog to be shown.
struct Next {
    /// Its run is still to be told.
    head: VersionHead,
    /// Without the head.
    base: Base,
    /// `None` where nothing can be shown yet.
    prepared: Option<PreparedCatalog>,
}

impl Next {
    /// Makes the version `head` of `before` and `changes`, and tells `hash` what its content hash is; where there is a
    /// `shown` one, the catalog that will follow it.
    fn make(
        before: Base,
        changes: &RowChanges,
        head: HeadDraft,
        hash: oneshot::Sender<ContentHash>,
        shown: Option<Arc<CatalogHandle>>,
    ) -> Next {
        let head_before = before.head.clone();
        let ids = changes.board_ids();
        let base = before.with(changes, &ids);
        let content_hash = base.merged.content_hash();
        // Nobody waits for it where writing has failed.
        let _ = hash.send(content_hash);
        let head = head.with_hash(content_hash);
        let prepared = shown.map(|handle| {
            let shown = handle.get();
            let shown = shown.filter(|shown| Some(shown.catalog.head()) == head_before.as_ref());
            let catalog = match shown {
                Some(shown) => shown.catalog.follow(head.clone(), &base.merged, &ids),
                None => Catalog::of(head.clone(), base.merged.boards().cloned().collect()),
            };
            handle.prepare(catalog)
        });
        Next {
            head,
            base,
            prepared,
        }
    }
}

/// What `actor` does to `rows` by publishing `changes`, or by approving `run`: for the audit, which is still to be told when
/// and in which version. A sync and the calendar do nothing by hand.
fn deeds_of(
    rows: &SourceRows,
    changes: &RowChanges,
    run: &ProposedRun,
    actor: Option<&Actor>,
) -> Vec<Deed> {
    let Some(actor) = actor else {
        return Vec::new();
    };
    let deed = |action, subject, before, after| Deed {
        at: DateTime::UNIX_EPOCH,
        actor: actor.clone(),
        action,
        subject,
        before,
        after,
        version: None,
    };
    if let ProposedRun::Approved { id, .. } = run {
        // The rows themselves are in the version that comes of it.
        let boards = serde_json::json!({ "boards": changes.board_ids() });
        let after = Some(boards.to_string());
        return vec![deed(Action::RunApproved, id.to_string(), None, after)];
    }
    let changed = changes.curated.iter().map(|entry| {
        let before = rows.curated.get(&entry.id).map(to_json);
        let action = match before {
            Some(_) => Action::EntryChanged,
            None => Action::EntryAdded,
        };
        deed(action, entry.id.to_string(), before, Some(to_json(entry)))
    });
    let removed = changes.curated_removed.iter().map(|id| {
        let before = rows.curated.get(id).map(to_json);
        deed(Action::EntryRemoved, id.to_string(), before, None)
    });
    changed.chain(removed).collect()
}

/// An entry as the audit keeps it: all of it.
fn to_json(entry: &CuratedEntry) -> String {
    serde_json::to_string(entry).expect("an entry has text keys and no float")
}

/// Does work for the processor alone off the async threads.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// The day of a version published `today` after one of `base_day`.
///
/// A clock that is set back over midnight does not take terms back; one that was far ahead is not followed for years.
fn day_of_version(base_day: NaiveDate, today: NaiveDate) -> NaiveDate {
    match is_far_ahead(base_day, today) {
        true => today,
        false => base_day.max(today),
    }
}

/// Whether `day` is further ahead of `today` than clocks that are set right can be: it is more than the next one.
fn is_far_ahead(day: NaiveDate, today: NaiveDate) -> bool {
    day > today + Days::new(1)
}

/// Whether terms begin or end between the base's day and the one that a version would have `today`.
fn has_due_terms(base: &Base, today: NaiveDate) -> bool {
    base.head.as_ref().is_some_and(|head| {
        let day = day_of_version(head.as_of, today);
        let boards = base.merged.boards().map(Arc::as_ref);
        terms_differ(boards, head.as_of, day)
    })
}

/// Whether terms of a fee of `boards` begin or end between two days, whichever is the earlier.
fn terms_differ(
    boards: impl IntoIterator<Item = impl Borrow<Board>>,
    day: NaiveDate,
    other: NaiveDate,
) -> bool {
    let (earlier, later) = (day.min(other), day.max(other));
    let is_between = |edge| earlier < edge && edge <= later;
    let mut boards = boards.into_iter();
    boards.any(|board| board.borrow().term_edges().any(is_between))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::TimeDelta;
    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;
    use crate::catalog::Prepared;
    use crate::clock::FixedClock;
    use crate::domain::board::{
        BoardFacts, BoardId, ChannelFees, Code, Eligibility, Paperwork, VendorBoard, VendorRow,
    };
    use crate::domain::run::{Outcome, RunCounts, SyncRun, Trigger};
    use crate::store::StoreSettings;

    fn prepare(_: &Catalog, _: Option<&Prepared>) -> Prepared {
        Prepared::default()
    }

    async fn publisher(file: &Path) -> Publisher {
        let clock = Arc::new(FixedClock::at(DateTime::UNIX_EPOCH));
        publisher_at(file, clock).await
    }

    async fn publisher_at(file: &Path, clock: Arc<FixedClock>) -> Publisher {
        let settings = StoreSettings {
            url: format!("sqlite://{}", file.display()),
            create: true,
        };
        let store = Store::open(&settings).await.unwrap();
        let catalog = Arc::new(CatalogHandle::new(prepare, TimeDelta::hours(26)));
        Publisher::new(store, catalog, clock, Tz::UTC)
    }

    /// Changes the database past the store.
    async fn damage(file: &Path, sql: &'static str) {
        let options = SqliteConnectOptions::new().filename(file);
        let mut connection = options.connect().await.unwrap();
        let done = sqlx::query(sql).execute(&mut connection);
        assert_eq!(done.await.unwrap().rows_affected(), 1);
    }

    fn one_board(name: &str) -> RowChanges {
        let facts = BoardFacts {
            id: BoardId::parse("12").unwrap(),
            name: name.to_owned(),
            abbreviation: None,
            states: vec![],
            country: Code::US,
            eligibility: Eligibility::Unknown,
            paperwork: Paperwork::Unknown,
            coverage_url: None,
        };
        let board = VendorBoard {
            facts: facts.into(),
            pass_through: ChannelFees::NOTHING_RECORDED.into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        };
        RowChanges {
            vendor: vec![VendorRow {
                board,
                active: true,
                held: vec![],
            }],
            ..RowChanges::default()
        }
    }

    fn synced() -> Proposal {
        let run = SyncRun {
            id: None,
            trigger: Trigger::Terminal,
            started_at: DateTime::UNIX_EPOCH,
            finished_at: DateTime::UNIX_EPOCH,
            outcome: Outcome::Published,
            failure_class: None,
            message: None,
            counts: RunCounts::default(),
            origin: None,
            version: None,
            notices: vec![],
            candidate: None,
            decision: None,
        };
        Proposal {
            changes: one_board("Cedar Valley MLS"),
            cause: Cause::Sync,
            actor: None,
            run: ProposedRun::ending(run),
        }
    }

    fn edited() -> Proposal {
        Proposal {
            changes: one_board("Cedar Valley"),
            cause: Cause::Curation,
            actor: None,
            run: ProposedRun::None,
        }
    }

    /// Once the version was written first and the time of the last check read after it: an edit was on record and
    /// reported as failed.
    #[tokio::test]
    async fn what_fails_is_not_published() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache.db");
        let publisher = publisher(&file).await;
        let base = publisher.load_base().await.unwrap();
        let first = publisher.publish(base, synced()).await.unwrap();

        let base = publisher.load_base().await.unwrap();
        damage(&file, "UPDATE sync_runs SET notices = 'no JSON'").await;
        assert!(publisher.publish(base, edited()).await.is_err());
        let newest = publisher.store.load_head().await.unwrap();
        assert_eq!(newest, Some(first));
    }

    #[tokio::test]
    async fn rows_at_hand_are_read_and_proved_again_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache.db");
        let clock = Arc::new(FixedClock::at(DateTime::UNIX_EPOCH));
        let publisher = publisher_at(&file, clock.clone()).await;
        let base = publisher.load_base().await.unwrap();
        let first = publisher.publish(base, synced()).await.unwrap();
        damage(&file, "UPDATE vendor_boards SET name = 'Elm'").await;

        clock.set(DateTime::UNIX_EPOCH + PROOF_MAX_AGE - TimeDelta::milliseconds(1));
        let base = publisher.load_base().await.unwrap();
        assert_eq!(base.head, Some(first));
        clock.set(DateTime::UNIX_EPOCH + PROOF_MAX_AGE);
        for _ in 0..2 {
            let refused = publisher.load_base().await.unwrap_err();
            assert!(matches!(refused, PublishError::WrongHash(_)), "{refused}");
        }
    }

    #[tokio::test]
    async fn rows_are_read_again_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache.db");
        let publisher = publisher(&file).await;
        let base = publisher.load_base().await.unwrap();
        publisher.publish(base, synced()).await.unwrap();
        damage(&file, "UPDATE vendor_boards SET name = 'Elm'").await;
        assert!(publisher.load_base().await.is_ok());
        assert!(publisher.prove_base().await.is_err());
    }
}
