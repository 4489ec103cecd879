//! Deciding about what a run did not publish: approval by hash, rejection.

use std::sync::Arc;

use super::candidate::difference_hash;
use super::guard::{GuardSettings, Verdict, judge, suspicions};
use super::plan::{Plan, plan_rows};
use crate::clock::SharedClock;
use crate::domain::audit::{Action, Actor, Deed};
use crate::domain::board::VendorRow;
use crate::domain::candidate::{Candidate, Decision};
use crate::domain::rows::SourceRows;
use crate::domain::run::{Outcome, ProposedRun, SyncRun};
use crate::domain::version::{Cause, ContentHash, VersionHead};
use crate::failpoint::failpoint;
use crate::publish::{Proposal, PublishError, Publisher};
use crate::store::{Store, StoreError};

use super::{Difference, MAX_OVERTAKEN, Unavailable, differences};

/// Decides about runs on somebody's behalf.
pub struct Reviewer {
    publisher: Arc<Publisher>,
    store: Store,
    clock: SharedClock,
    guard: GuardSettings,
}

/// What waits for a decision.
#[derive(Debug)]
pub struct Pending {
    /// The hash by which it can be approved now.
    pub hash: ContentHash,
    /// What approving it would change now.
    pub differences: Vec<Difference>,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The database failed, or has nothing to decide.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The hash is not that of the differences.
    #[error(
        "run {run} is approved by the hash {expected}, not by {given}; look at `ptf-cache runs {run}` again"
    )]
    OtherHash {
        /// The run.
        run: i64,
        /// The hash by which it can be approved now.
        expected: ContentHash,
        /// The one that was given.
        given: ContentHash,
    },
    /// The catalog has changed where the candidate would change it, and what that makes of it is implausible.
    #[error(
        "the catalog has moved on since run {run}, and {reason}; look at `ptf-cache runs {run}` again, and approve it with --hash {hash} if it is right"
    )]
    MovedOn {
        /// The run.
        run: i64,
        /// What is implausible now.
        reason: String,
        /// The hash by which it can be approved now.
        hash: ContentHash,
    },
    /// The catalog says all of it already.
    #[error(
        "the catalog says already what run {run} found; `ptf-cache runs reject {run}` takes it off the list"
    )]
    NothingNew {
        /// The run.
        run: i64,
    },
    /// Values held back go on being held until they are approved or repeated.
    #[error(
        "run {run} published, and holds values back until somebody approves them or the vendor repeats them; to keep the old ones for good, put them on the curated list with override"
    )]
    NotInQuarantine {
        /// The run.
        run: i64,
    },
}

impl From<StoreError> for ReviewError {
    fn from(error: StoreError) -> Self {
        ReviewError::Publish(error.into())
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Injected> for ReviewError {
    fn from(injected: crate::failpoint::Injected) -> ReviewError {
        PublishError::from(injected).into()
    }
}

impl ReviewError {
    /// Whether the run has nothing to decide, or no longer.
    pub fn is_nothing_to_decide(&self) -> bool {
        use StoreError::NothingToDecide;
        matches!(
            self,
            ReviewError::Publish(PublishError::Store(NothingToDecide { .. }))
        )
    }

    /// Whether the same may well succeed in a moment: too many use the database at once.
    pub fn is_busy(&self) -> bool {
        matches!(self, ReviewError::Publish(error) if error.is_busy())
    }
}

impl Reviewer {
    /// A reviewer of the runs in `store`, publishing through `publisher`.
    pub fn new(
        publisher: Arc<Publisher>,
        store: Store,
        clock: SharedClock,
        guard: GuardSettings,
    ) -> Reviewer {
        Reviewer {
            publisher,
            store,
            clock,
            guard,
        }
    }

    /// At most `limit` runs, newest first; with `before`, only those with lower numbers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_runs(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Vec<SyncRun>, Unavailable> {
        Ok(self.store.list_runs(limit, before).await?)
    }

    /// The run `id`; `None` when no run has that number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_run(&self, id: i64) -> Result<Option<SyncRun>, Unavailable> {
        Ok(self.store.load_run(id).await?)
    }

    /// What approving the run `id` would change; `None` when there is nothing to decide, or no longer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_pending(&self, id: i64) -> Result<Option<Pending>, ReviewError> {
        let candidate = self.store.load_candidate(id).await?;
        let Some(candidate) = candidate else {
            return Ok(None);
        };
        let base = self.publisher.load_base().await?;
        let plan = plan_rows(&base.rows, candidate.rows().cloned());
        Ok(Some(Pending {
            hash: difference_hash(&base.rows, candidate.rows()),
            differences: differences(&base.rows, &plan.changes),
        }))
    }

    /// Publishes what the run `id` found and did not publish, which has the hash `given`, on behalf of `actor`.
    ///
    /// Where the catalog has moved on in those boards, the candidate is compared with it and guarded anew.
    ///
    /// # Errors
    /// When there is nothing to decide, the hash is another, or the outcome would be implausible; nothing is published
    /// after an error.
    pub async fn approve(
        &self,
        id: i64,
        given: ContentHash,
        actor: &Actor,
    ) -> Result<VersionHead, ReviewError> {
        let candidate = self.require_candidate(id).await?;
        let mut overtaken = 0;
        loop {
            let base = self.publisher.load_base().await?;
            let plan = self.settle(id, &candidate, &base.rows, given)?;
            failpoint!("approve::settled");
            let proposal = Proposal {
                changes: plan.changes,
                cause: Cause::Approval,
                actor: Some(actor.clone()),
                run: ProposedRun::Approved {
                    id,
                    decision: self.decision(actor),
                },
            };
            match self.publisher.publish(base, proposal).await {
                Err(PublishError::Store(StoreError::Conflict { .. }))
                    if overtaken < MAX_OVERTAKEN =>
                {
                    overtaken += 1;
                }
                published => return Ok(published?),
            }
        }
    }

    /// Rejects what the run `id`, which is in quarantine, found, on behalf of `actor`: it is dropped.
    ///
    /// # Errors
    /// When there is nothing to decide.
    pub async fn reject(&self, id: i64, actor: &Actor) -> Result<(), ReviewError> {
        self.require_candidate(id).await?;
        let run = self.store.load_run(id).await?;
        if run.is_some_and(|run| run.outcome == Outcome::Held) {
            return Err(ReviewError::NotInQuarantine { run: id });
        }
        let decision = self.decision(actor);
        let deed = Deed {
            at: decision.at,
            actor: actor.clone(),
            action: Action::RunRejected,
            subject: id.to_string(),
            before: None,
            after: None,
            version: None,
        };
        Ok(self.store.reject_candidate(id, &decision, deed).await?)
    }

    async fn require_candidate(&self, id: i64) -> Result<Candidate, StoreError> {
        let candidate = self.store.load_candidate(id).await?;
        candidate.ok_or(StoreError::NothingToDecide { run: id })
    }

    fn decision(&self, actor: &Actor) -> Decision {
        Decision {
            at: self.clock.now(),
            by: actor.name.clone(),
        }
    }

    /// What approving `candidate` changes in `current`.
    fn settle(
        &self,
        run: i64,
        candidate: &Candidate,
        current: &SourceRows,
        given: ContentHash,
    ) -> Result<Plan, ReviewError> {
        let hash = difference_hash(current, candidate.rows());
        let plan = plan_rows(current, candidate.rows().cloned());
        if given != hash && given != candidate.hash {
            return Err(ReviewError::OtherHash {
                run,
                expected: hash,
                given,
            });
        }
        if plan.changes.is_empty() {
            return Err(ReviewError::NothingNew { run });
        }
        if given == hash {
            return Ok(plan);
        }
        match self.implausible(&plan, current) {
            None => Ok(plan),
            Some(reason) => Err(ReviewError::MovedOn { run, reason, hash }),
        }
    }

    /// Why `plan` is implausible, value by value or as a whole; `None` when it is not.
    fn implausible(&self, plan: &Plan, current: &SourceRows) -> Option<String> {
        let suspect = |row: &VendorRow| {
            let known = current.vendor.get(&row.board.facts.id)?;
            let mut found = suspicions(&known.board, &row.board, self.guard.max_ratio).into_iter();
            let reason = found.next()?.reason;
            Some(format!("board {}: {reason}", row.board.facts.id))
        };
        match judge(plan, current, 0, self.guard) {
            Verdict::Implausible(reason) => Some(reason),
            Verdict::Plausible => plan.changes.vendor.iter().find_map(suspect),
        }
    }
}
