//! Examples of sync runs, of one that holds a value back, and of the audit.

use chrono::TimeDelta;
use serde_json::Value;

use super::boards::cedar_valley;
use super::{Examples, to_value};
use crate::domain::audit::{Action, Actor, AuditRecord, BEGINNING, Deed};
use crate::domain::run::{Outcome, RunCounts, SyncRun, Trigger};
use crate::domain::version::{CatalogVersion, ContentHash, Origin};
use crate::http::sync_runs::ApprovalView;
use crate::http::views::{
    AuditPageView, AuditRecordView, BoardView, Detail, DifferenceView, RunStartedView,
    SyncRunPageView, SyncRunView, SyncRunWithDifferencesView, Time,
};

/// What the example is approved by.
const HASH: ContentHash = ContentHash([0x5a; 32]);

impl Examples {
    /// `/v1/sync-runs`.
    pub(crate) fn sync_runs(&self) -> Value {
        to_value(&SyncRunPageView {
            runs: vec![SyncRunView::of(&self.run())],
            next_before: Some(118),
            next_run_at: Some(Time(self.now + TimeDelta::hours(6))),
        })
    }

    /// A run alone.
    pub(crate) fn sync_run(&self) -> Value {
        to_value(&SyncRunView::of(&self.run()))
    }

    /// `/v1/sync-runs/{id}`.
    pub(crate) fn sync_run_with_differences(&self) -> Value {
        let raised = cedar_valley("2000.00", self.now);
        let board = |board| Some(BoardView::of(board, self.today(), Detail::Public));
        to_value(&SyncRunWithDifferencesView {
            run: SyncRunView::of(&self.run()),
            differences: vec![DifferenceView {
                before: board(&self.board),
                after: board(&raised),
            }],
        })
    }

    /// POST of `/v1/sync-runs`.
    pub(crate) fn sync_run_started(&self) -> Value {
        to_value(&RunStartedView { begun: true })
    }

    /// The body of an approval.
    pub(crate) fn approval(&self) -> Value {
        to_value(&ApprovalView {
            hash: HASH.to_string(),
        })
    }

    /// `/v1/audit`.
    pub(crate) fn audit(&self) -> Value {
        let deed = Deed {
            at: self.now - TimeDelta::hours(1),
            actor: Actor {
                name: "token:a1B2c3D4 (operations)".to_owned(),
                token: "a1B2c3D4".parse().ok(),
                request_id: Some("5f2b0c9a41d7e836".to_owned()),
            },
            action: Action::RunApproved,
            subject: "118".to_owned(),
            before: None,
            after: None,
            version: CatalogVersion::new(42),
        };
        let record = AuditRecord::after(BEGINNING, 1, deed);
        to_value(&AuditPageView {
            records: vec![AuditRecordView::of(&record)],
            next_before: None,
        })
    }

    fn run(&self) -> SyncRun {
        let started_at = self.now - TimeDelta::hours(3);
        SyncRun {
            id: Some(118),
            trigger: Trigger::Schedule,
            started_at,
            finished_at: started_at + TimeDelta::seconds(4),
            outcome: Outcome::Held,
            failure_class: None,
            message: Some("1 board has a value that is implausible and held back".to_owned()),
            counts: RunCounts {
                pages: 16,
                boards: 800,
                held: 1,
                ..RunCounts::default()
            },
            origin: Some(Origin::Vendor),
            version: None,
            notices: vec![
                "board 1001: IDX: 2000.00 is 100 times 20.00; held back, the old value counts"
                    .to_owned(),
            ],
            candidate: Some(HASH),
            decision: None,
        }
    }
}
