//! A run under way, until it ends.

use chrono::{DateTime, Utc};

use crate::domain::run::{Outcome, RunCounts, SyncRun, Trigger};
use crate::domain::version::Origin;

/// The most lines of notices a run keeps.
const MAX_NOTICES: usize = 100;

/// A run under way.
#[derive(Debug, Clone)]
pub(super) struct RunDraft {
    pub(super) trigger: Trigger,
    pub(super) started_at: DateTime<Utc>,
    pub(super) counts: RunCounts,
    pub(super) origin: Option<Origin>,
    pub(super) notices: Vec<String>,
}

impl RunDraft {
    /// A run that begins at `started_at`.
    pub(super) fn new(trigger: Trigger, started_at: DateTime<Utc>) -> RunDraft {
        RunDraft {
            trigger,
            started_at,
            counts: RunCounts::default(),
            origin: None,
            notices: Vec::new(),
        }
    }

    /// When it began.
    pub(super) fn started_at(&self) -> DateTime<Utc> {
        self.started_at
    }

    /// The same with `more` before what was noticed so far.
    pub(super) fn with_notices(mut self, more: Vec<String>) -> RunDraft {
        self.notices.splice(0..0, more);
        self.notices.truncate(MAX_NOTICES);
        self
    }

    /// The run, ended with `outcome`.
    pub(super) fn end(
        self,
        finished_at: DateTime<Utc>,
        outcome: Outcome,
        message: Option<String>,
    ) -> SyncRun {
        SyncRun {
            id: None,
            trigger: self.trigger,
            started_at: self.started_at,
            finished_at,
            outcome,
            failure_class: None,
            message,
            counts: self.counts,
            origin: self.origin,
            version: None,
            notices: self.notices,
            candidate: None,
            decision: None,
        }
    }
}
