//! `/v1/audit`: who changed what by hand.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use utoipa::IntoParams;

use super::Api;
use super::caching::unstored_json;
use super::params::{Parameter, Params, Query};
use super::problem::ApiError;
use super::version::MAX_VERSION;
use super::views::{AuditPageView, AuditRecordView};

/// The records of an answer unless another number is asked for.
const DEFAULT_LIMIT: u32 = 100;
/// The most records of an answer.
const MAX_LIMIT: u32 = 500;

const PARAMETERS: &[Parameter] = &[Parameter::once("limit"), Parameter::once("before")];

/// Which records.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// The most records of an answer.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 500, default = 100, example = 20)]
    limit: u32,
    /// Only records with lower numbers: `next_before` as it came.
    #[param(value_type = i64, required = false, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 118)]
    before: Option<i64>,
}

impl Page {
    fn read(params: &mut Params) -> Page {
        let limit = params.whole_number("limit", 1..=MAX_LIMIT);
        Page {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            before: params.whole_number("before", 1..=MAX_VERSION),
        }
    }
}

/// Audit
///
/// Who changed what by hand, when, before and after, newest first. Each record has the hash of the one before it;
/// `ptf-cache verify` checks them all.
#[utoipa::path(
    get,
    path = "/v1/audit",
    tag = "audit",
    params(Page),
    responses((status = 200, description = "The records.", body = AuditPageView)),
)]
pub(crate) async fn list_audit(
    State(api): State<Arc<Api>>,
    query: Query,
) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, PARAMETERS);
    let page = Page::read(&mut params);
    params.finish()?;
    // One more than is shown tells whether there are more.
    let mut records = api.history.load_audit(page.limit + 1, page.before).await?;
    let more = records.len() > page.limit as usize;
    records.truncate(page.limit as usize);
    let last = records.last().filter(|_| more);
    Ok(unstored_json(&AuditPageView {
        next_before: last.map(|record| record.id),
        records: records.iter().map(AuditRecordView::of).collect(),
    }))
}
