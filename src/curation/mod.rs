//! The curated list: what staff keep by hand, in and out as CSV or entry by entry, published like a sync.
//!
//! | module | holds |
//! | --- | --- |
//! | [`csv`] | entries and boards as CSV, with errors that name row, column, value and remedy |
//! | [`draft`] | one entry as somebody writes it outside of a file |
//! | [`import`] | what an import would change, before anything is written |
//! | [`edit`] | putting one entry on the list, and taking it off |

pub mod csv;
pub mod draft;
pub mod edit;
pub mod import;

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::SharedClock;
use crate::domain::audit::Actor;
use crate::domain::board::{BoardFacts, BoardId};
use crate::domain::rows::RowChanges;
use crate::domain::run::ProposedRun;
use crate::domain::version::{Cause, VersionHead};
use crate::failpoint::failpoint;
use crate::publish::{Base, Proposal, PublishError, Publisher};
use crate::store::StoreError;

use csv::{ParseOptions, RowError, parse_entries, write_entries};
use import::{ImportPlan, plan_import};

/// How an import is to be read and applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Entries that the file does not have are removed.
    pub replace: bool,
    /// Which names boards may have.
    pub names: Names,
}

/// Which names boards may have on the curated list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// Names that fit neither the vendor's name nor its abbreviation are accepted.
    pub accept: bool,
    /// How whoever asks says that they are to be accepted, for the errors.
    pub to_accept: &'static str,
}

impl Default for Names {
    /// The vendor's names alone, asked for at the terminal.
    fn default() -> Names {
        Names {
            accept: false,
            to_accept: "--accept-names",
        }
    }
}

/// Others published each time just before an edit, and it was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database is busy: others published {} times while the change was worked out, and nothing was changed; try again",
    MAX_OVERTAKEN + 1
)]
pub struct Overtaken;

/// The list cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unavailable(#[from] PublishError);

impl Unavailable {
    /// Whether the same may well succeed in a moment: too many use the database at once.
    pub fn is_busy(&self) -> bool {
        self.0.is_busy()
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file has errors: all of them, in order of row.
    #[error("{} errors in the file; nothing was imported", .0.len())]
    Rows(Vec<RowError>),
    /// The list is not what whoever imports has seen.
    #[error("the list has changed since it was looked at; nothing was imported")]
    Unexpected,
    /// The database is busy.
    #[error(transparent)]
    Overtaken(#[from] Overtaken),
    /// The database failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl ImportError {
    /// Whether the same may well succeed in a moment: too many use the database at once.
    pub fn is_busy(&self) -> bool {
        match self {
            ImportError::Overtaken(_) => true,
            ImportError::Publish(error) => error.is_busy(),
            ImportError::Rows(_) | ImportError::Unexpected => false,
        }
    }
}

/// What an import did or would do.
#[derive(Debug)]
pub struct Imported {
    /// What it was worked out against.
    pub base: Base,
    /// What differs.
    pub plan: ImportPlan,
    /// The version it published; `None` for a check, and where nothing differs.
    pub head: Option<VersionHead>,
}

/// How often an edit is worked out anew because another process published meanwhile: with fifty editors at once, about
/// as long as a write waits for another one.
const MAX_OVERTAKEN: u32 = 20;

/// Edits the curated list.
pub struct Curation {
    publisher: Arc<Publisher>,
    clock: SharedClock,
    /// Held by an edit from what it is worked out against to what it publishes: editors of this process take turns, and
    /// do not overtake each other.
    turn: Mutex<()>,
}

impl Curation {
    /// An editor that publishes through `publisher`.
    pub fn new(publisher: Arc<Publisher>, clock: SharedClock) -> Curation {
        Curation {
            publisher,
            clock,
            turn: Mutex::new(()),
        }
    }

    /// The list as it is now, with its version.
    ///
    /// # Errors
    /// When the database fails, or holds something else than was recorded.
    pub async fn load(&self) -> Result<Base, Unavailable> {
        Ok(self.publisher.load_base().await?)
    }

    /// Reads `file` and works out what importing it would change, if `expected` holds for the list as a file; changes
    /// nothing.
    ///
    /// # Errors
    /// [`ImportError::Rows`] with every error of the file, or [`ImportError::Unexpected`].
    pub async fn check(
        &self,
        file: &[u8],
        options: ImportOptions,
        expected: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Imported, ImportError> {
        let base = self.publisher.load_base().await?;
        let plan = self.plan(&base, file, options, expected)?;
        Ok(Imported {
            base,
            plan,
            head: None,
        })
    }

    /// Imports `file` as one new version on behalf of `actor`, if `expected` holds for the list as a file; publishes nothing
    /// where nothing differs.
    ///
    /// # Errors
    /// As [`check`](Self::check); nothing is imported after an error.
    pub async fn import(
        &self,
        file: &[u8],
        options: ImportOptions,
        expected: &(dyn Fn(&str) -> bool + Sync),
        actor: &Actor,
    ) -> Result<Imported, ImportError> {
        let work_out = |base: &Base| {
            let plan = self.plan(base, file, options, expected)?;
            Ok::<_, ImportError>((plan.changes.clone(), plan))
        };
        let done = self.publish(actor, work_out).await?;
        Ok(Imported {
            base: done.base,
            plan: done.result,
            head: done.head,
        })
    }

    fn plan(
        &self,
        base: &Base,
        file: &[u8],
        options: ImportOptions,
        expected: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<ImportPlan, ImportError> {
        if !expected(&write_entries(base.rows.curated.values())) {
            return Err(ImportError::Unexpected);
        }
        let known = |id: &BoardId| known(base, id);
        let parse_options = self.parse_options(options.names);
        let entries = parse_entries(file, &known, &parse_options).map_err(ImportError::Rows)?;
        Ok(plan_import(&base.rows, entries, options.replace))
    }

    fn parse_options(&self, names: Names) -> ParseOptions {
        ParseOptions {
            recorded_at: self.clock.now(),
            accept_names: names.accept,
            to_accept_names: names.to_accept,
        }
    }

    /// Publishes on behalf of `actor` what `work_out` finds to change; nothing where nothing differs.
    ///
    /// It is worked out anew where another process has published meanwhile.
    async fn publish<T, E>(
        &self,
        actor: &Actor,
        work_out: impl Fn(&Base) -> Result<(RowChanges, T), E>,
    ) -> Result<Done<T>, E>
    where
        E: From<PublishError> + From<Overtaken>,
    {
        let _turn = self.turn.lock().await;
        for _ in 0..=MAX_OVERTAKEN {
            let base = self.publisher.load_base().await?;
            let (changes, result) = work_out(&base)?;
            if changes.is_empty() {
                let head = None;
                return Ok(Done { base, result, head });
            }
            match self.publish_once(base.clone(), changes, actor).await {
                Ok(head) => {
                    let head = Some(head);
                    return Ok(Done { base, result, head });
                }
                Err(PublishError::Store(StoreError::Conflict { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Overtaken.into())
    }

    async fn publish_once(
        &self,
        base: Base,
        changes: RowChanges,
        actor: &Actor,
    ) -> Result<VersionHead, PublishError> {
        failpoint!("edit::checked");
        let proposal = Proposal {
            changes,
            cause: Cause::Curation,
            actor: Some(actor.clone()),
            run: ProposedRun::None,
        };
        let head = self.publisher.publish(base, proposal).await?;
        failpoint!("edit::published");
        Ok(head)
    }
}

/// What was worked out, against what, and the version that came of it.
struct Done<T> {
    base: Base,
    result: T,
    head: Option<VersionHead>,
}

/// The vendor's facts of a board; `None` where the vendor does not list it.
fn known(base: &Base, id: &BoardId) -> Option<BoardFacts> {
    let row = base.rows.vendor.get(id)?;
    Some(BoardFacts::clone(&row.board.facts))
}
