//! Sync runs.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BoardView, Time, words};
use crate::domain::run::{FailureClass, Outcome, RunCounts, SyncRun, Trigger};
use crate::domain::version::CatalogVersion;

/// Sync runs, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SyncRunPage)]
pub struct SyncRunPageView<'a> {
    /// The runs.
    pub runs: Vec<SyncRunView<'a>>,
    /// What to pass as `before` for the runs before these; null when there are none.
    #[schema(required = true, minimum = 1)]
    pub next_before: Option<i64>,
    /// When the next scheduled run begins; null where none is scheduled.
    #[schema(required = true)]
    pub next_run_at: Option<Time>,
}

/// One sync run: how it ended, and what it counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SyncRun)]
pub struct SyncRunView<'a> {
    /// Its number; null where it could not be recorded.
    #[schema(required = true, minimum = 1)]
    pub id: Option<i64>,
    /// What started it.
    #[schema(value_type = words::Trigger)]
    pub trigger: Trigger,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub finished_at: Time,
    /// How it ended.
    #[schema(value_type = words::Outcome)]
    pub outcome: Outcome,
    /// Why it failed; null unless it did.
    #[schema(value_type = Option<words::FailureClass>, required = true)]
    pub failure_class: Option<FailureClass>,
    /// What happened and what to do, for people.
    #[schema(required = true)]
    pub message: Option<&'a str>,
    /// What it counted.
    pub counts: RunCountsView,
    /// The version it published; null when it published none.
    #[schema(value_type = Option<i64>, required = true, minimum = 1)]
    pub catalog_version: Option<CatalogVersion>,
    /// What the mapping met on the way, for people.
    pub notices: &'a [String],
    /// The hash by which what it did not publish can be approved; null when there is nothing, or no longer.
    #[schema(value_type = Option<String>, required = true, pattern = "^[0-9a-f]{64}$")]
    pub hash: Option<String>,
    /// When somebody decided about that; null while nobody has.
    #[schema(required = true)]
    pub decided_at: Option<Time>,
    /// Who did.
    #[schema(required = true)]
    pub decided_by: Option<&'a str>,
}

/// What a sync run counted.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = SyncRunCounts)]
pub struct RunCountsView {
    /// Pages the vendor sent.
    pub pages: u32,
    /// Boards the vendor sent.
    pub boards: u32,
    /// Boards that are new, or back.
    pub added: u32,
    /// Boards that say something else.
    pub changed: u32,
    /// Boards that are gone.
    pub removed: u32,
    /// Rows, or a board's fees, that were refused.
    pub rejected: u32,
    /// Boards of which a part is held back.
    pub held: u32,
}

impl From<RunCounts> for RunCountsView {
    fn from(counts: RunCounts) -> RunCountsView {
        let RunCounts {
            pages,
            boards,
            added,
            changed,
            removed,
            rejected,
            held,
        } = counts;
        RunCountsView {
            pages,
            boards,
            added,
            changed,
            removed,
            rejected,
            held,
        }
    }
}

impl<'a> SyncRunView<'a> {
    /// `run`, as recorded.
    pub fn of(run: &'a SyncRun) -> SyncRunView<'a> {
        let decision = run.decision.as_ref();
        SyncRunView {
            id: run.id,
            trigger: run.trigger,
            started_at: Time(run.started_at),
            finished_at: Time(run.finished_at),
            outcome: run.outcome,
            failure_class: run.failure_class,
            message: run.message.as_deref(),
            counts: run.counts.into(),
            catalog_version: run.version,
            notices: &run.notices,
            hash: run.candidate.map(|hash| hash.to_string()),
            decided_at: decision.map(|decision| Time(decision.at)),
            decided_by: decision.map(|decision| decision.by.as_str()),
        }
    }
}

/// One sync run, with what approving it would change.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SyncRunWithDifferences)]
pub struct SyncRunWithDifferencesView<'a> {
    /// The run.
    #[serde(flatten)]
    pub run: SyncRunView<'a>,
    /// The boards that approving it would change; empty where nothing waits for a decision.
    pub differences: Vec<DifferenceView<'a>>,
}

/// One board before and after.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SyncDifference)]
pub struct DifferenceView<'a> {
    /// As it is; null when it is new.
    #[schema(required = true)]
    pub before: Option<BoardView<'a>>,
    /// As it would be.
    #[schema(required = true)]
    pub after: Option<BoardView<'a>>,
}

/// What came of asking for a sync run.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = SyncRunStarted)]
pub struct RunStartedView {
    /// Whether this call began it: false where one was under way.
    pub begun: bool,
}
