//! What a proposal is worked out against.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::catalog::MergedBoards;
use crate::domain::board::BoardId;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::version::{CatalogVersion, VersionHead};

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
    pub(super) merged: Arc<MergedBoards>,
}

impl Base {
    /// The version's number; `None` before the first.
    pub fn version(&self) -> Option<CatalogVersion> {
        self.head.as_ref().map(|head| head.version)
    }

    /// Whether the rows count as proved at `now`; a clock that was set back knows not.
    pub(super) fn is_proven_at(&self, now: DateTime<Utc>) -> bool {
        (TimeDelta::zero()..PROOF_MAX_AGE).contains(&(now - self.proven_at))
    }

    /// The rows with `changes` to the boards `ids`, without a version yet. Nothing but what differs is copied where
    /// nobody else has these rows.
    pub(super) fn with(self, changes: &RowChanges, ids: &BTreeSet<BoardId>) -> Base {
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
