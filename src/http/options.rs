//! `/v1/boards/options`: the drop-down. Unfiltered, its bytes are rendered when the catalog is published.

use std::io::Write;

use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::caching::{Reader, to_json};
use super::filter::Audience;
use super::negotiation::etag_of;
use super::params::{Parameter, Params, Query};
use super::problem::ApiError;
use super::views::{OptionView, OptionsView};
use crate::catalog::{Catalog, Prepared, PreparedBody};

/// The parameters of the drop-down.
const PARAMETERS: &[Parameter] = &[Parameter::once("state"), Parameter::once("eligibility")];

/// Boards for a drop-down
///
/// The active boards, sorted for people, each with its id, its label and its pass-through fees on one line.
#[utoipa::path(
    get,
    path = "/v1/boards/options",
    tag = "boards",
    params(Audience),
    responses((status = 200, description = "The boards, sorted by name.", body = OptionsView)),
)]
pub(crate) async fn list_board_options(reader: Reader, query: Query) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, PARAMETERS);
    let audience = Audience::read(&mut params);
    params.finish()?;
    if audience.is_everybody() {
        return Ok(reader.prepared(&reader.newest.prepared.options));
    }
    Ok(reader.json(&view(&reader.catalog, &audience)))
}

fn view<'a>(catalog: &'a Catalog, audience: &Audience) -> OptionsView<'a> {
    let boards = catalog.boards().iter().filter(|board| board.active);
    let listed = boards.filter(|board| audience.admits(board));
    OptionsView {
        catalog_version: catalog.head().version,
        options: listed
            .map(|board| OptionView::of(board, catalog.as_of()))
            .collect(),
    }
}

/// Renders what depends on nothing but the catalog. Costs a few milliseconds: call it off the request path.
pub fn prepare(catalog: &Catalog) -> Prepared {
    let body = to_json(&view(catalog, &Audience::default()));
    Prepared {
        options: PreparedBody {
            etag: etag_of(&body),
            gzip: compress(&body),
            identity: Bytes::from(body),
        },
    }
}

fn compress(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
        .into()
}
