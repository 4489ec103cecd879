//! The curated list: what staff keep by hand, in and out as CSV, published like a sync.
//!
//! | module | holds |
//! | --- | --- |
//! | [`csv`] | entries and boards as CSV, with errors that name row, column, value and remedy |
//! | [`import`] | what an import would change, before anything is written |

pub mod csv;
pub mod import;

use std::sync::Arc;

use crate::clock::SharedClock;
use crate::domain::audit::Actor;
use crate::domain::board::BoardFacts;
use crate::domain::run::ProposedRun;
use crate::domain::version::{Cause, VersionHead};
use crate::failpoint::failpoint;
use crate::publish::{Base, Proposal, PublishError, Publisher};
use crate::store::StoreError;

use csv::{ParseOptions, RowError, parse_entries};
use import::{ImportPlan, plan_import};

/// How an import is to be read and applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Entries that the file does not have are removed.
    pub replace: bool,
    /// Board names that fit neither the vendor's name nor its abbreviation are accepted.
    pub accept_names: bool,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file has errors: all of them, in order of row.
    #[error("{} errors in the file; nothing was imported", .0.len())]
    Rows(Vec<RowError>),
    /// Others published each time just before this import.
    #[error(
        "the database is busy: others published {} times while the import was worked out, and nothing was imported; try again",
        MAX_OVERTAKEN + 1
    )]
    Overtaken,
    /// The database failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Injected> for ImportError {
    fn from(injected: crate::failpoint::Injected) -> ImportError {
        PublishError::from(injected).into()
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

/// How often an import is worked out anew because somebody else published meanwhile: with fifty editors at once, about
/// as long as a write waits for another one.
const MAX_OVERTAKEN: u32 = 20;

/// Edits the curated list.
pub struct Curation {
    publisher: Arc<Publisher>,
    clock: SharedClock,
}

impl Curation {
    /// An editor that publishes through `publisher`.
    pub fn new(publisher: Arc<Publisher>, clock: SharedClock) -> Curation {
        Curation { publisher, clock }
    }

    /// Reads `file` and works out what importing it would change; changes nothing.
    ///
    /// # Errors
    /// [`ImportError::Rows`] with every error of the file.
    pub async fn check(
        &self,
        file: &[u8],
        options: ImportOptions,
    ) -> Result<Imported, ImportError> {
        let base = self.publisher.load_base().await?;
        let recorded_at = self.clock.now();
        let parse_options = ParseOptions {
            recorded_at,
            accept_names: options.accept_names,
        };
        let known = |id: &_| {
            let row = base.rows.vendor.get(id)?;
            Some(BoardFacts::clone(&row.board.facts))
        };
        let entries = parse_entries(file, &known, &parse_options).map_err(ImportError::Rows)?;
        let plan = plan_import(&base.rows, entries, options.replace);
        Ok(Imported {
            base,
            plan,
            head: None,
        })
    }

    /// Imports `file` as one new version on behalf of `actor`; publishes nothing where nothing differs.
    ///
    /// # Errors
    /// As [`check`](Self::check); nothing is imported after an error.
    pub async fn import(
        &self,
        file: &[u8],
        options: ImportOptions,
        actor: &Actor,
    ) -> Result<Imported, ImportError> {
        let mut overtaken = 0;
        loop {
            let mut imported = self.check(file, options).await?;
            if imported.plan.changes.is_empty() {
                return Ok(imported);
            }
            failpoint!("edit::checked");
            let proposal = Proposal {
                changes: imported.plan.changes.clone(),
                cause: Cause::Curation,
                actor: Some(actor.clone()),
                run: ProposedRun::None,
            };
            match self
                .publisher
                .publish(imported.base.clone(), proposal)
                .await
            {
                Ok(head) => {
                    failpoint!("edit::published");
                    imported.head = Some(head);
                    return Ok(imported);
                }
                Err(PublishError::Store(StoreError::Conflict { .. })) => {
                    if overtaken == MAX_OVERTAKEN {
                        return Err(ImportError::Overtaken);
                    }
                    overtaken += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
