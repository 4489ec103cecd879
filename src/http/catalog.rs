//! `/v1/catalog`: which catalog answers, and how fresh it is.

use axum::response::Response;

use super::caching::Reader;
use super::params::{Params, Query};
use super::problem::ApiError;
use super::views::CatalogView;

/// Version and freshness of the catalog
///
/// Which version answers, when the vendor was last checked, when anything last changed, and how many boards there are.
#[utoipa::path(
    get,
    path = "/v1/catalog",
    tag = "catalog",
    responses((status = 200, description = "The catalog's version, freshness and counts.", body = CatalogView)),
)]
pub(crate) async fn get_catalog(reader: Reader, query: Query) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    Ok(reader.json(&CatalogView::of(&reader.newest, reader.now)))
}
