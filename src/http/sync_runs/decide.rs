//! Approving and rejecting what a run did not publish.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{read_id, require_run};
use crate::domain::version::ContentHash;
use crate::http::Api;
use crate::http::authorization::Acting;
use crate::http::body::{JsonBody, Kind, Member};
use crate::http::caching::unstored_json;
use crate::http::params::{Params, Query};
use crate::http::problem::{ApiError, Fault, Place};
use crate::http::views::SyncRunView;
use crate::sync::ReviewError;

const MEMBERS: &[Member] = &[Member {
    name: "hash",
    kind: Kind::Text,
}];

/// What is approved.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Approval)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalView {
    /// The hash of what approving the run changes: `hash` of the run, as it was looked at.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub(crate) hash: String,
}

/// Approve a sync run
///
/// Publishes what a run in quarantine found, or the values that a run holds back. The hash says what was looked at: where
/// the catalog has moved on since, nothing is published, and 409 says why.
#[utoipa::path(
    post,
    path = "/v1/sync-runs/{id}/approve",
    tag = "sync runs",
    params(("id" = i64, Path, description = "The run's number.", minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 118)),
    request_body(content = ApprovalView, description = "What is approved.", content_type = "application/json"),
    responses((status = 200, description = "The run, approved.", body = SyncRunView)),
)]
pub(crate) async fn approve_sync_run(
    State(api): State<Arc<Api>>,
    Acting(actor): Acting,
    id: Result<Path<String>, PathRejection>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let id = read_id(id)?;
    let mut params = Params::of_body(&body, MEMBERS)?;
    let hash = params.read("hash", |text| {
        text.parse::<ContentHash>()
            .map_err(|error| error.to_string())
    });
    params.finish()?;
    let hash = hash.ok_or_else(missing_hash)?;
    require_run(&api, id).await?;
    let approved = api.reviewer.approve(id, hash, &actor).await;
    approved.map_err(refuse)?;
    answer(&api, id).await
}

/// Reject a sync run
///
/// Drops what a run in quarantine found; the catalog stays as it is.
#[utoipa::path(
    post,
    path = "/v1/sync-runs/{id}/reject",
    tag = "sync runs",
    params(("id" = i64, Path, description = "The run's number.", minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 118)),
    responses((status = 200, description = "The run, rejected.", body = SyncRunView)),
)]
pub(crate) async fn reject_sync_run(
    State(api): State<Arc<Api>>,
    Acting(actor): Acting,
    id: Result<Path<String>, PathRejection>,
    query: Query,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let id = read_id(id)?;
    require_run(&api, id).await?;
    let rejected = api.reviewer.reject(id, &actor).await;
    rejected.map_err(refuse)?;
    answer(&api, id).await
}

fn missing_hash() -> ApiError {
    ApiError::Invalid(vec![Fault {
        place: Place::Pointer("/hash".to_owned()),
        detail: "is missing; give the run's hash".to_owned(),
    }])
}

async fn answer(api: &Api, id: i64) -> Result<Response, ApiError> {
    let run = require_run(api, id).await?;
    Ok(unstored_json(&SyncRunView::of(&run)))
}

fn refuse(error: ReviewError) -> ApiError {
    let detail = match &error {
        _ if error.is_nothing_to_decide() => {
            "There is nothing to decide: there never was, somebody decided already, or a later run has taken this one's place.".to_owned()
        }
        ReviewError::Publish(_) => return ApiError::from(error),
        ReviewError::OtherHash {
            expected, given, ..
        } => format!(
            "The run is approved by the hash {expected}, not by {given}: look at it again, and approve what you see."
        ),
        ReviewError::MovedOn { reason, hash, .. } => format!(
            "The catalog has moved on since the run, and {reason}; look at it again, and approve it by {hash} if it is right."
        ),
        ReviewError::NothingNew { .. } => {
            "The catalog says already what the run found; reject the run to take it off the list.".to_owned()
        }
        ReviewError::NotInQuarantine { .. } => {
            "The run published, and holds values back until somebody approves them or the vendor repeats them; to keep \
             the old ones for good, put them on the curated list with override."
                .to_owned()
        }
    };
    ApiError::Conflict(detail)
}
