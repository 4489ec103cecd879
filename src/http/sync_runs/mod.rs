//! `/v1/sync-runs`: runs on record, starting one, and deciding about what one did not publish.

mod decide;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(crate) use decide::{
    __path_approve_sync_run, __path_reject_sync_run, ApprovalView, approve_sync_run,
    reject_sync_run,
};

use super::Api;
use super::authorization::Acting;
use super::caching::unstored_json;
use super::numbered::Page;
use super::params::{Params, Query};
use super::problem::{ApiError, Fault, Place};
use super::views::{
    BoardView, Detail, DifferenceView, RunStartedView, SyncRunPageView, SyncRunView,
    SyncRunWithDifferencesView, Time,
};
use crate::domain::run::SyncRun;
use crate::sync::{Demand, Pending};

/// The largest number of a run that is read.
const MAX_ID: i64 = super::version::MAX_VERSION;

/// Sync runs
///
/// How each run ended and what it counted, newest first; and when the next scheduled one begins.
#[utoipa::path(
    get,
    path = "/v1/sync-runs",
    tag = "sync runs",
    params(Page),
    responses((status = 200, description = "The runs.", body = SyncRunPageView)),
)]
pub(crate) async fn list_sync_runs(
    State(api): State<Arc<Api>>,
    query: Query,
) -> Result<Response, ApiError> {
    let page = Page::read(&query)?;
    let found = api.reviewer.list_runs(page.to_load(), page.before).await;
    let mut runs = found?;
    let more = page.cut(&mut runs);
    let last = runs.last().filter(|_| more);
    Ok(unstored_json(&SyncRunPageView {
        next_before: last.and_then(|run| run.id),
        next_run_at: api.outlook.next_run_at(api.clock.now()).map(Time),
        runs: runs.iter().map(SyncRunView::of).collect(),
    }))
}

/// One sync run
///
/// With what approving it would change now, where it waits for a decision; `hash` is then what it is approved by.
#[utoipa::path(
    get,
    path = "/v1/sync-runs/{id}",
    tag = "sync runs",
    params(("id" = i64, Path, description = "The run's number.", minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 118)),
    responses((status = 200, description = "The run.", body = SyncRunWithDifferencesView)),
)]
pub(crate) async fn get_sync_run(
    State(api): State<Arc<Api>>,
    id: Result<Path<String>, PathRejection>,
    query: Query,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let id = read_id(id)?;
    let run = require_run(&api, id).await?;
    let pending = api.reviewer.load_pending(id).await?;
    Ok(unstored_json(&view(&run, pending.as_ref())))
}

/// Start a sync run
///
/// The run goes on by itself and is listed once it has ended. Where one is under way it is not started twice; within a
/// minute after one began, whoever asked for it, none is started by hand: 429 says when to ask again.
#[utoipa::path(
    post,
    path = "/v1/sync-runs",
    tag = "sync runs",
    responses((status = 202, description = "A run is under way.", body = RunStartedView)),
)]
pub(crate) async fn start_sync_run(
    State(api): State<Arc<Api>>,
    Acting(actor): Acting,
    query: Query,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let begun = match api.on_demand.demand(actor).await? {
        Demand::Begun => true,
        Demand::UnderWay => false,
        Demand::Cooling { until } => {
            let wait = (until - api.clock.now()).num_seconds().max(0);
            return Err(ApiError::RateLimited {
                retry_after_secs: wait.unsigned_abs() + 1,
                detail: "A sync run began less than a minute ago; the vendor is not asked again so soon.",
            });
        }
    };
    let mut response = unstored_json(&RunStartedView { begun });
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

fn view<'a>(run: &'a SyncRun, pending: Option<&'a Pending>) -> SyncRunWithDifferencesView<'a> {
    let as_of = run.finished_at.date_naive();
    let board = |board| BoardView::of(board, as_of, Detail::Staff);
    let differences = pending.map_or(&[][..], |pending| &pending.differences);
    let differences = differences.iter().map(|difference| DifferenceView {
        before: difference.before.as_ref().map(board),
        after: difference.after.as_ref().map(board),
    });
    SyncRunWithDifferencesView {
        run: SyncRunView {
            // Where the catalog has moved on, the hash is that of what approving it would change now.
            hash: pending.map(|pending| pending.hash.to_string()),
            ..SyncRunView::of(run)
        },
        differences: differences.collect(),
    }
}

/// The number in the path.
fn read_id(id: Result<Path<String>, PathRejection>) -> Result<i64, ApiError> {
    let text = id.map(|Path(text)| text).unwrap_or_default();
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=MAX_ID).contains(number));
    number.ok_or_else(|| {
        ApiError::Invalid(vec![Fault {
            place: Place::Parameter("id".to_owned()),
            detail: format!(
                "\"{}\" is not the number of a sync run; /v1/sync-runs lists them",
                super::params::shown(&text)
            ),
        }])
    })
}

async fn require_run(api: &Api, id: i64) -> Result<SyncRun, ApiError> {
    let run = api.reviewer.load_run(id).await?;
    run.ok_or_else(|| {
        ApiError::NoSuch(format!(
            "there is no sync run {id}; /v1/sync-runs lists them"
        ))
    })
}
