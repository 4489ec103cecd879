//! The last list that there was nothing more to say about: while nobody publishes, the same list changes nothing.
//!
//! For a day: then the list is compared with the rows again, whose hash is thereby proved, so that damage to a database
//! that nobody changes does not stay hidden.

use chrono::{DateTime, TimeDelta, Utc};

use super::draft::RunDraft;
use crate::domain::run::{Outcome, RunCounts, SyncRun};
use crate::domain::version::{Origin, VersionHead};
use crate::publish::PROOF_MAX_AGE as MAX_AGE;

/// A list that is published as a whole, in a version.
#[derive(Debug, Clone)]
pub(super) struct Calm {
    /// The version.
    pub(super) head: VersionHead,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// When the rows that it was compared with were proved; before the run in which it was.
    proven_at: DateTime<Utc>,
    counts: RunCounts,
    notices: Vec<String>,
}

impl Calm {
    /// What `run` leaves behind that ended at `head`, compared with rows that were proved at `proven_at`; `None` where
    /// its list must be compared again: something was refused or held back.
    pub(super) fn after(
        run: &SyncRun,
        head: &VersionHead,
        proven_at: DateTime<Utc>,
    ) -> Option<Calm> {
        let is_published = matches!(run.outcome, Outcome::Published | Outcome::Unchanged);
        if !is_published || run.counts.rejected > 0 || run.counts.held > 0 {
            return None;
        }
        Some(Calm {
            head: head.clone(),
            origin: run.origin?,
            proven_at: proven_at.min(run.started_at),
            counts: RunCounts {
                pages: run.counts.pages,
                boards: run.counts.boards,
                ..RunCounts::default()
            },
            notices: run.notices.clone(),
        })
    }

    /// Whether the list need not be compared again in a run that begins at `now`; a clock that was set back knows not.
    pub(super) fn holds_at(&self, now: DateTime<Utc>) -> bool {
        (TimeDelta::zero()..MAX_AGE).contains(&(now - self.proven_at))
    }

    /// The same list came again in the run that began as `draft`.
    pub(super) fn repeat(&self, draft: &RunDraft) -> RunDraft {
        RunDraft {
            counts: self.counts,
            notices: self.notices.clone(),
            ..draft.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::Trigger;
    use crate::domain::version::{CatalogVersion, Cause, ContentHash};

    fn head() -> VersionHead {
        VersionHead {
            version: CatalogVersion::FIRST,
            created_at: DateTime::UNIX_EPOCH,
            as_of: DateTime::UNIX_EPOCH.date_naive(),
            content_hash: ContentHash([0; 32]),
            cause: Cause::Sync,
            actor: None,
            run_id: Some(1),
        }
    }

    /// Whether the same list need not be compared again after a run that ended with `outcome` and `counts`.
    fn is_calm_after(outcome: Outcome, counts: RunCounts) -> bool {
        let mut draft = RunDraft::new(Trigger::Schedule, DateTime::UNIX_EPOCH);
        draft.counts = counts;
        draft.origin = Some(Origin::Vendor);
        let run = draft.end(DateTime::UNIX_EPOCH, outcome, None);
        Calm::after(&run, &head(), run.started_at).is_some()
    }

    #[test]
    fn only_a_list_that_is_published_as_a_whole_need_not_be_compared_again() {
        let whole = RunCounts {
            boards: 9,
            added: 9,
            ..RunCounts::default()
        };
        for outcome in Outcome::ALL {
            let is_published = matches!(outcome, Outcome::Published | Outcome::Unchanged);
            assert_eq!(is_calm_after(*outcome, whole), is_published, "{outcome}");
        }
        let refused = RunCounts {
            rejected: 1,
            ..whole
        };
        let held = RunCounts { held: 1, ..whole };
        for counts in [refused, held] {
            assert!(!is_calm_after(Outcome::Unchanged, counts), "{counts:?}");
        }
    }

    #[test]
    fn a_list_is_compared_again_after_a_day_and_by_a_clock_that_was_set_back() {
        let begun_at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let mut draft = RunDraft::new(Trigger::Schedule, begun_at);
        draft.origin = Some(Origin::Vendor);
        let run = draft.end(begun_at, Outcome::Unchanged, None);
        let calm = Calm::after(&run, &head(), begun_at).unwrap();
        let millisecond = TimeDelta::milliseconds(1);
        assert!(calm.holds_at(begun_at) && calm.holds_at(begun_at + MAX_AGE - millisecond));
        assert!(!calm.holds_at(begun_at + MAX_AGE) && !calm.holds_at(begun_at - millisecond));
    }

    #[test]
    fn the_same_list_counts_its_boards_and_nothing_new() {
        let mut draft = RunDraft::new(Trigger::Start, DateTime::UNIX_EPOCH);
        draft.counts = RunCounts {
            pages: 2,
            boards: 9,
            added: 9,
            ..RunCounts::default()
        };
        draft.origin = Some(Origin::Vendor);
        draft.notices = vec!["a notice".to_owned()];
        let first = draft.end(DateTime::UNIX_EPOCH, Outcome::Published, None);
        let calm = Calm::after(&first, &head(), first.started_at).unwrap();
        let again = calm.repeat(&RunDraft::new(Trigger::Schedule, DateTime::UNIX_EPOCH));
        let counts = RunCounts {
            pages: 2,
            boards: 9,
            ..RunCounts::default()
        };
        assert_eq!((again.trigger, again.counts), (Trigger::Schedule, counts));
        assert_eq!(again.notices, first.notices);
    }
}
