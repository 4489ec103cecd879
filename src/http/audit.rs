//! `/v1/audit`: who changed what by hand.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::Api;
use super::caching::unstored_json;
use super::numbered::Page;
use super::params::Query;
use super::problem::ApiError;
use super::views::{AuditPageView, AuditRecordView};

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
    let page = Page::read(&query)?;
    let mut records = api.history.load_audit(page.to_load(), page.before).await?;
    let more = page.cut(&mut records);
    let last = records.last().filter(|_| more);
    Ok(unstored_json(&AuditPageView {
        next_before: last.map(|record| record.id),
        records: records.iter().map(AuditRecordView::of).collect(),
    }))
}
