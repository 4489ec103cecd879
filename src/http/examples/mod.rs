//! The document's examples: made by the code that answers, from one board with documented amounts, so that they are
//! always of the right shape.

mod boards;
mod changes;
mod curated;
mod runs;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use super::problem::{ApiError, Fault, Place};
use super::version::missing_version;
use super::views::{
    BoardPageView, BoardView, CatalogView, Detail, OptionView, OptionsView, QuoteView,
};
use super::{missing, prepare};
use crate::catalog::{Catalog, CatalogHandle, Snapshot, content_hash};
use crate::curation::csv::write_boards;
use crate::domain::board::Board;
use crate::domain::quote::{Counts, QuoteRequest, quote};
use crate::domain::version::{CatalogVersion, Cause, VersionHead};
use boards::cedar_valley;

/// The request id of every example.
const REQUEST_ID: &str = "5f2b0c9a41d7e836";

/// One example of everything.
pub(crate) struct Examples {
    snapshot: std::sync::Arc<Snapshot>,
    board: Board,
    now: DateTime<Utc>,
}

impl Examples {
    /// The examples, on a Monday in November 2026.
    pub(crate) fn new() -> Examples {
        let now: DateTime<Utc> = "2026-11-23T09:30:00Z".parse().expect("a valid time");
        let board = cedar_valley("20.00", now - TimeDelta::hours(75));
        let head = VersionHead {
            version: CatalogVersion::new(42).expect("above 0"),
            created_at: now - TimeDelta::hours(27),
            as_of: now.date_naive(),
            content_hash: content_hash([&board]),
            cause: Cause::Sync,
            actor: None,
            run_id: Some(118),
        };
        let handle = CatalogHandle::new(prepare, TimeDelta::hours(26));
        let catalog = Catalog::build(head, vec![board.clone()]);
        handle.publish(catalog, now - TimeDelta::hours(3));
        let snapshot = handle.get().expect("published a line above");
        Examples {
            snapshot,
            board,
            now,
        }
    }

    fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// `/v1/boards/options`.
    pub(crate) fn options(&self) -> Value {
        to_value(&OptionsView {
            catalog_version: self.snapshot.catalog.head().version,
            options: vec![OptionView::of(&self.board, self.today())],
        })
    }

    /// `/v1/boards`.
    pub(crate) fn page(&self) -> Value {
        to_value(&BoardPageView {
            catalog_version: self.snapshot.catalog.head().version,
            boards: vec![BoardView::of(&self.board, self.today(), Detail::Public)],
            next_cursor: None,
        })
    }

    /// `/v1/boards/{id}`.
    pub(crate) fn board(&self) -> Value {
        to_value(&BoardView::of(&self.board, self.today(), Detail::Public))
    }

    /// `/v1/boards.csv`.
    pub(crate) fn csv(&self) -> Value {
        write_boards(std::iter::once(&self.board), self.today()).into()
    }

    /// `/v1/catalog`.
    pub(crate) fn catalog(&self) -> Value {
        to_value(&CatalogView::of(&self.snapshot, self.now))
    }

    /// The body of a POST to `/v1/quote`.
    pub(crate) fn asked(&self) -> Value {
        serde_json::json!({"boards": ["1001"], "agents": 8, "term_months": 12, "starts_on": "2026-12-01"})
    }

    /// `/v1/quote`.
    pub(crate) fn quote(&self) -> Value {
        let counts = Counts {
            agents: 8,
            ..Counts::default()
        };
        let starts_on = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a valid day");
        let request = QuoteRequest::new(vec![self.board.facts.id.clone()], counts, 12, starts_on)
            .expect("one board, small counts");
        let quoted = quote([&self.board], &request, None);
        let (head, freshness) = (self.snapshot.catalog.head(), self.snapshot.freshness);
        to_value(&QuoteView::of(
            &quoted,
            &request,
            head,
            freshness,
            self.now,
            Detail::Public,
        ))
    }

    /// The problem of `error`.
    pub(crate) fn problem(&self, error: &ApiError) -> Value {
        to_value(&error.problem(REQUEST_ID))
    }

    /// A value that an operation refuses.
    pub(crate) fn invalid(&self, operation_id: &str) -> ApiError {
        let count = "\"eight\" is not a whole number from 0 to 1000000";
        let (place, detail) = match operation_id {
            "get_quote" => (parameter("agents"), count),
            "create_quote" => (pointer("/agents"), "is a string; give a whole number"),
            "list_sync_runs" | "list_audit" => (
                parameter("limit"),
                "\"all\" is not a whole number from 1 to 500",
            ),
            "list_curated_fees" => (
                parameter("after"),
                "\"1001\" is not a board's id, a slash and a channel",
            ),
            "export_curated_fees_csv" => (
                parameter("verbose"),
                "is not a parameter; there are none here",
            ),
            "get_curated_fee" | "delete_curated_fee" => (
                parameter("channel"),
                "\"passthrough\" is not one of pass_through, direct",
            ),
            "put_curated_fee" => (
                pointer("/fees/0/amount"),
                "\"n/a\" is not an amount; write it like 20.00",
            ),
            "import_curated_fees" => (
                pointer("/14/amount"),
                "\"n/a\" is not an amount; write it like 20.00",
            ),
            "get_sync_run" | "reject_sync_run" => (
                parameter("id"),
                "\"last\" is not the number of a sync run; /v1/sync-runs lists them",
            ),
            "approve_sync_run" => (pointer("/hash"), "is missing; give the run's hash"),
            "get_catalog" | "start_sync_run" => (
                parameter("verbose"),
                "is not a parameter; there are none here",
            ),
            "get_board" => (
                parameter("catalog_version"),
                "\"latest\" is not a whole number from 1 to 9007199254740991",
            ),
            "get_board_history" => (
                parameter("limit"),
                "\"all\" is not a whole number from 1 to 500",
            ),
            "list_changes" | "stream_changes" => (
                parameter("after"),
                "\"now\" is not a whole number from 0 to 9007199254740991",
            ),
            _ => (
                parameter("state"),
                "\"Iowa\" is not a two-letter code; write it like CA or NV",
            ),
        };
        let detail = detail.to_owned();
        ApiError::Invalid(vec![Fault { place, detail }])
    }

    /// A version that is not there, named at `place`.
    pub(crate) fn version_not_found(&self, place: Place) -> ApiError {
        missing_version(4_200, self.snapshot.catalog.head().version, place)
    }

    /// A board that is not there, named at `place`.
    pub(crate) fn board_not_found(&self, place: Place) -> ApiError {
        ApiError::BoardNotFound(vec![missing::board(
            &self.snapshot.catalog,
            "999999",
            1,
            place,
        )])
    }
}

/// A place in the query, the path or a header.
pub(crate) fn parameter(name: &str) -> Place {
    Place::Parameter(name.to_owned())
}

/// A place in the body.
pub(crate) fn pointer(pointer: &str) -> Place {
    Place::Pointer(pointer.to_owned())
}

fn to_value(view: &impl serde::Serialize) -> Value {
    serde_json::to_value(view).expect("a view has text keys and no float")
}
