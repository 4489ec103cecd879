//! `/v1/quote`: what some boards cost, asked by query or by JSON body.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::asked::{Asked, MEMBERS, PARAMETERS};
use super::body::JsonBody;
use super::caching::{JSON, Reader, to_json};
use super::params::{Params, Query};
use super::problem::{ApiError, Place};
use super::views::QuoteView;
use super::{Api, missing};
use crate::catalog::Catalog;
use crate::domain::board::{Board, BoardId};
use crate::domain::quote::{MAX_BOARDS, QuoteRequest, quote};

/// A quote
///
/// What the boards cost a client of the given size: due at sign-up, recurring, in the first year, each line with its
/// arithmetic and its source. What is not known is said, never counted as 0.
#[utoipa::path(
    get,
    path = "/v1/quote",
    tag = "quotes",
    params(Asked),
    responses((status = 200, description = "The quote.", body = QuoteView)),
)]
pub(crate) async fn get_quote(
    State(api): State<Arc<Api>>,
    reader: Reader,
    query: Query,
) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, PARAMETERS);
    let boards = params.all("board").into_iter();
    // No id has a comma: `a,b` is two boards.
    let boards = boards.flat_map(|text| text.split(',')).map(str::to_owned);
    let boards = boards.collect();
    let asked = Asked::read(&mut params, boards, api.clock.today(api.quote_zone));
    let place = |_| Place::Parameter("board".to_owned());
    let body = render_quote(&reader, params, &asked, "board", place)?;
    Ok(reader.text(JSON, body))
}

/// A quote, asked by JSON
///
/// The same as by query, for lists too long for a URL. The answer may not be stored.
#[utoipa::path(
    post,
    path = "/v1/quote",
    tag = "quotes",
    request_body(content = Asked, description = "What the quote is asked for.", content_type = "application/json"),
    responses((status = 200, description = "The quote.", body = QuoteView)),
)]
pub(crate) async fn create_quote(
    State(api): State<Arc<Api>>,
    reader: Reader,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    Params::of_query(&query, &[]).finish()?;
    let mut params = Params::of_body(&body, MEMBERS)?;
    let boards = params.all("boards").into_iter().map(str::to_owned);
    let boards = boards.collect();
    let asked = Asked::read(&mut params, boards, api.clock.today(api.quote_zone));
    let place = |position| Place::Pointer(format!("/boards/{position}"));
    let body = render_quote(&reader, params, &asked, "boards", place)?;
    Ok(reader.unstored(JSON, body))
}

/// Checks what is asked, looks the boards up, quotes them; the answer's body.
fn render_quote(
    reader: &Reader,
    params: Params,
    asked: &Asked,
    boards_name: &str,
    place: impl Fn(usize) -> Place,
) -> Result<Vec<u8>, ApiError> {
    let snapshot = &reader.snapshot;
    let (request, boards) = check(&snapshot.catalog, params, asked, boards_name, place)?;
    let freshness = snapshot.freshness;
    let stale_since = freshness
        .is_stale(reader.now)
        .then_some(freshness.checked_at);
    let quote = quote(&boards, &request, stale_since);
    Ok(to_json(&QuoteView::of(
        &quote, &request, snapshot, reader.now,
    )))
}

/// The checked request and its boards. Wrong input is reported before boards that do not exist.
fn check<'a>(
    catalog: &'a Catalog,
    mut params: Params,
    asked: &Asked,
    boards_name: &str,
    place: impl Fn(usize) -> Place,
) -> Result<(QuoteRequest, Vec<&'a Board>), ApiError> {
    let (found, missing) = look_up(catalog, asked, boards_name, &mut params);
    let ids = found.iter().map(|board| board.facts.id.clone()).collect();
    let request = QuoteRequest::new(ids, asked.counts(), asked.term_months, asked.starts_on);
    for input in request.as_ref().err().into_iter().flatten() {
        if input.parameter != "board" || missing.is_empty() {
            params.refuse_input(input, boards_name);
        }
    }
    params.finish()?;
    if !missing.is_empty() {
        let faults = missing
            .into_iter()
            .map(|(position, text)| missing::board(catalog, text, place(position)));
        return Err(ApiError::BoardNotFound(faults.collect()));
    }
    let request =
        request.map_err(|_| ApiError::Internal("a refused quote left no fault".to_owned()))?;
    Ok((request, found))
}

/// The boards asked for, and what names none, with its position. Blank names and too many are noted as faults.
fn look_up<'a, 'b>(
    catalog: &'a Catalog,
    asked: &'b Asked,
    boards_name: &str,
    params: &mut Params,
) -> (Vec<&'a Board>, Vec<(usize, &'b str)>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let given = asked.boards.len();
    if given > MAX_BOARDS {
        let detail = format!("{given} boards are named; a quote takes at most {MAX_BOARDS}");
        params.refuse(boards_name, detail);
        return (found, missing);
    }
    for (position, text) in asked.boards.iter().enumerate() {
        match BoardId::parse(text).ok().and_then(|id| catalog.board(&id)) {
            Some(board) => found.push(board.as_ref()),
            None if text.trim().is_empty() => {
                params.refuse(
                    boards_name,
                    "holds a blank name; name boards by their ids".to_owned(),
                );
            }
            None => missing.push((position, text.as_str())),
        }
    }
    (found, missing)
}
