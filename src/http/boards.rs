//! `/v1/boards`: the boards in pages, as CSV, and one by its id.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::LINK;
use axum::response::Response;
use utoipa::IntoParams;

use super::Api;
use super::caching::{Reader, to_json};
use super::cursor::{Cursor, link_to_next};
use super::filter::{Audience, BoardFilter};
use super::params::{Parameter, Params, Query};
use super::problem::{ApiError, Fault, Place};
use super::version::{AtVersion, VERSION_PARAMETER, read_version};
use super::views::{BoardPageView, BoardView, Detail};
use crate::catalog::{Around, Catalog, Earlier, Pieces};
use crate::curation::csv::{BoardRows, write_boards};
use crate::domain::board::{Board, BoardId};

/// The media type of the export.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";
/// The boards of a page unless another number is asked for.
const DEFAULT_LIMIT: u32 = 100;
/// The most boards of a page.
const MAX_LIMIT: u32 = 500;

/// The parameters of the list.
const LIST_PARAMETERS: &[Parameter] = &[
    Parameter::once("q"),
    Parameter::once("state"),
    Parameter::once("status"),
    Parameter::once("channel"),
    Parameter::once("eligibility"),
    Parameter::once("inactive"),
    Parameter::once("limit"),
    Parameter::once("cursor"),
];
/// The parameters of the export: those of the list but for `limit` and `cursor`.
const EXPORT_PARAMETERS: &[Parameter] = LIST_PARAMETERS.split_at(LIST_PARAMETERS.len() - 2).0;

/// Which page.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// The most boards of a page.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 500, default = 100, example = 50)]
    limit: u32,
    /// Where the page before ended: its `next_cursor` as it came.
    #[param(value_type = String, required = false, pattern = r"^b1\.(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?\.e$", example = "b1.AAAAAGNlZGFyIHZhbGxleSBtbHMAMTI.e")]
    cursor: Option<Cursor>,
}

impl Page {
    fn read(params: &mut Params) -> Page {
        let limit = params.whole_number("limit", 1..=MAX_LIMIT);
        Page {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            cursor: params.read("cursor", Cursor::parse),
        }
    }
}

/// Boards in pages
///
/// By name, or best match first when searched. `next_cursor` asks for the next page with the same other parameters;
/// pages lose none and repeat none while the catalog changes.
#[utoipa::path(
    get,
    path = "/v1/boards",
    tag = "boards",
    params(BoardFilter, Audience, Page),
    responses((status = 200, description = "One page of boards.", body = BoardPageView)),
)]
pub(crate) async fn list_boards(reader: Reader, query: Query) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, LIST_PARAMETERS);
    let (filter, audience) = (BoardFilter::read(&mut params), Audience::read(&mut params));
    let page = Page::read(&mut params);
    params.finish()?;
    let view = view_page(&reader.catalog, &filter, &audience, &page, reader.detail);
    let mut response = reader.json(&view);
    if let Some(cursor) = &view.next_cursor {
        let link = link_to_next("/v1/boards", &query.0, cursor);
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// The page that is asked for without any parameter, as JSON, and the `Link` to the next one where there is one.
pub(crate) fn render_first_page(catalog: &Catalog) -> (Vec<u8>, Option<HeaderValue>) {
    let page = Page {
        limit: DEFAULT_LIMIT,
        cursor: None,
    };
    let view = view_page(
        catalog,
        &BoardFilter::default(),
        &Audience::default(),
        &page,
        Detail::Public,
    );
    let cursor = view.next_cursor.as_deref();
    let link = cursor.map(|cursor| link_to_next("/v1/boards", "", cursor));
    (to_json(&view), link)
}

fn view_page<'a>(
    catalog: &'a Catalog,
    filter: &BoardFilter,
    audience: &Audience,
    page: &Page,
    detail: Detail,
) -> BoardPageView<'a> {
    let (boards, next) = read_page(catalog, filter, audience, page, detail);
    BoardPageView {
        catalog_version: catalog.head().version,
        boards,
        next_cursor: next.map(|cursor| cursor.to_text()),
    }
}

/// The boards of `page`, and the cursor of the next one where there is one.
fn read_page<'a>(
    catalog: &'a Catalog,
    filter: &BoardFilter,
    audience: &Audience,
    page: &Page,
    detail: Detail,
) -> (Vec<BoardView<'a>>, Option<Cursor>) {
    let board = |position: u32| -> &'a Board { &catalog.boards()[position as usize] };
    let hits = filter.hits(catalog);
    let start = page.cursor.as_ref().map_or(0, |cursor| {
        hits.partition_point(|(rank, position)| Cursor::at(*rank, board(*position)) <= *cursor)
    });
    let hits = hits[start..]
        .iter()
        .map(|(rank, position)| (*rank, board(*position)));
    let mut listed =
        hits.filter(|(_, board)| filter.admits(board, catalog) && audience.admits(board));
    let shown: Vec<(u32, &Board)> = listed.by_ref().take(page.limit as usize).collect();
    let more = listed.next().and(shown.last());
    let next = more.map(|(rank, board)| Cursor::at(*rank, board));
    let views = shown
        .iter()
        .map(|(_, board)| BoardView::of(board, catalog.as_of(), detail));
    (views.collect(), next)
}

/// Boards as CSV
///
/// One row a fee, in the columns of the curated list; a channel without amounts has one row with its status.
#[utoipa::path(
    get,
    path = "/v1/boards.csv",
    tag = "boards",
    params(BoardFilter, Audience),
    responses((status = 200, description = "The boards' fees as CSV in UTF-8, with a header row.", body = String, content_type = "text/csv")),
)]
pub(crate) async fn export_boards_csv(reader: Reader, query: Query) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, EXPORT_PARAMETERS);
    let (filter, audience) = (BoardFilter::read(&mut params), Audience::read(&mut params));
    params.finish()?;
    Ok(reader.text(CSV, write_export(&reader.catalog, &filter, &audience)))
}

/// The boards that are listed without any parameter as CSV, by its pieces: those of `earlier` where that says the same
/// board.
pub(crate) fn render_export(catalog: &Catalog, earlier: Option<Earlier<'_>>) -> Pieces {
    let boards = catalog.boards();
    let (filter, audience) = (BoardFilter::default(), Audience::default());
    let mut rows = BoardRows::on(catalog.as_of());
    let header = rows.header().to_vec();
    let around = Around {
        head: &header,
        separator: b"",
        tail: b"",
    };
    Pieces::write(around, boards.len(), earlier, |position, text| {
        let board = boards[position].as_ref();
        if filter.admits(board, catalog) && audience.admits(board) {
            text.extend_from_slice(rows.of(board));
        }
    })
}

fn write_export(catalog: &Catalog, filter: &BoardFilter, audience: &Audience) -> String {
    let hits = filter.hits(catalog).into_iter();
    let boards = hits.map(|(_, position)| catalog.boards()[position as usize].as_ref());
    let listed = boards.filter(|board| filter.admits(board, catalog) && audience.admits(board));
    write_boards(listed, catalog.as_of())
}

/// One board
///
/// Everything known of the board and its fees, inactive boards included. With `catalog_version`, as it was shown then.
#[utoipa::path(
    get,
    path = "/v1/boards/{id}",
    tag = "boards",
    params(
        ("id" = String, Path, description = "The vendor's id of the board.", min_length = 1, max_length = 64, example = "1001"),
        AtVersion,
    ),
    responses((status = 200, description = "The board.", body = BoardView)),
)]
pub(crate) async fn get_board(
    State(api): State<Arc<Api>>,
    reader: Reader,
    id: Result<Path<String>, PathRejection>,
    query: Query,
) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, &[Parameter::once(VERSION_PARAMETER)]);
    let version = read_version(&mut params, VERSION_PARAMETER);
    params.finish()?;
    let Path(id) = id.map_err(|_| refuse_id())?;
    let place = |name: &str| Place::Parameter(name.to_owned());
    let reader = reader
        .of_version(version, &api.history, place(VERSION_PARAMETER))
        .await?;
    let catalog = &reader.catalog;
    let found = BoardId::parse(&id).ok().and_then(|id| catalog.board(&id));
    let board = found.ok_or_else(|| reader.missing_board(&id, place("id")))?;
    Ok(reader.json(&BoardView::of(board, catalog.as_of(), reader.detail)))
}

/// The fault of an id in the path that is no text.
pub(crate) fn refuse_id() -> ApiError {
    refuse_path("id")
}

/// The fault of the parameter `name` in the path, which is no text.
pub(crate) fn refuse_path(name: &str) -> ApiError {
    ApiError::Invalid(vec![Fault {
        place: Place::Parameter(name.to_owned()),
        detail: "holds bytes that are not text in UTF-8".to_owned(),
    }])
}
