//! Putting one entry on the list, and taking it off, by somebody who has seen what is there.

use super::draft::{DraftError, EntryDraft};
use super::{Curation, Names, Overtaken, known};
use crate::domain::audit::Actor;
use crate::domain::board::BoardId;
use crate::domain::curated::{CuratedEntry, EntryId};
use crate::domain::rows::RowChanges;
use crate::domain::version::VersionHead;
use crate::publish::{Base, PublishError};

/// Why nothing was edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The draft has errors: all of them.
    #[error("{} errors in the entry; nothing was changed", .0.len())]
    Draft(Vec<DraftError>),
    /// There is no such entry.
    #[error("there is no such entry")]
    Missing,
    /// The entry is not what the editor has seen.
    #[error("the entry is not what it was when it was looked at; nothing was changed")]
    Unexpected,
    /// The database is busy.
    #[error(transparent)]
    Overtaken(#[from] Overtaken),
    /// The database failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl EditError {
    /// Whether the same may well succeed in a moment: too many use the database at once.
    pub fn is_busy(&self) -> bool {
        match self {
            EditError::Overtaken(_) => true,
            EditError::Publish(error) => error.is_busy(),
            EditError::Draft(_) | EditError::Missing | EditError::Unexpected => false,
        }
    }
}

/// What an edit did.
#[derive(Debug)]
pub struct Edited {
    /// The entry as it is now; `None` where it was taken off the list.
    pub entry: Option<CuratedEntry>,
    /// Whether it was not on the list before.
    pub is_new: bool,
    /// The newest version; `None` before the first.
    pub head: Option<VersionHead>,
}

impl Curation {
    /// Puts the entry `id` on the list as `draft` has it, on behalf of `actor`, if `expected` holds for what is there.
    /// Publishes nothing where it says so already.
    ///
    /// # Errors
    /// [`EditError::Draft`], [`EditError::Unexpected`], or when the database fails; nothing is changed then.
    pub async fn put(
        &self,
        id: &EntryId,
        draft: &EntryDraft,
        names: Names,
        expected: &(dyn Fn(Option<&CuratedEntry>) -> bool + Sync),
        actor: &Actor,
    ) -> Result<Edited, EditError> {
        let work_out = |base: &Base| {
            let earlier = base.rows.curated.get(id);
            if !expected(earlier) {
                return Err(EditError::Unexpected);
            }
            let known = |id: &BoardId| known(base, id);
            let read = draft.read(id, &known, &self.parse_options(names));
            let mut entry = read.map_err(EditError::Draft)?;
            let mut changes = RowChanges::default();
            match earlier {
                Some(earlier) if entry.same_terms(earlier) => entry = earlier.clone(),
                earlier => {
                    if let Some(earlier) = earlier {
                        entry.keep_first_sightings(earlier);
                    }
                    changes.curated.push(entry.clone());
                }
            }
            Ok((changes, (entry, earlier.is_none())))
        };
        let done = self.publish(actor, work_out).await?;
        let (entry, is_new) = done.result;
        Ok(Edited {
            entry: Some(entry),
            is_new,
            head: done.head.or(done.base.head),
        })
    }

    /// Takes the entry `id` off the list on behalf of `actor`, if `expected` holds for it.
    ///
    /// # Errors
    /// [`EditError::Missing`], [`EditError::Unexpected`], or when the database fails; nothing is changed then.
    pub async fn remove(
        &self,
        id: &EntryId,
        expected: &(dyn Fn(Option<&CuratedEntry>) -> bool + Sync),
        actor: &Actor,
    ) -> Result<Edited, EditError> {
        let work_out = |base: &Base| {
            let Some(earlier) = base.rows.curated.get(id) else {
                return Err(EditError::Missing);
            };
            if !expected(Some(earlier)) {
                return Err(EditError::Unexpected);
            }
            let changes = RowChanges {
                curated_removed: vec![id.clone()],
                ..RowChanges::default()
            };
            Ok((changes, ()))
        };
        let done = self.publish(actor, work_out).await?;
        Ok(Edited {
            entry: None,
            is_new: false,
            head: done.head.or(done.base.head),
        })
    }
}
