//! `/v1/quote`: what some boards cost, asked by query or by JSON body.

mod board;
mod plain;
mod render;
mod tag;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::Api;
use super::asked::{Asked, MEMBERS, PARAMETERS};
use super::body::JsonBody;
use super::caching::{JSON, Reader, to_json};
use super::params::{Params, Query};
use super::problem::{ApiError, Place};
use super::version::VERSION_PARAMETER;
use super::views::{Detail, QuoteView};
use crate::catalog::{BoardForm, Catalog, Freshness, QuoteFrame, Snapshot};
use crate::domain::board::{Board, BoardId};
use crate::domain::quote::{MAX_BOARDS, Prices, QuoteRequest, quote};
use crate::domain::version::VersionHead;
pub(crate) use plain::Plain;
use render::Rendering;
pub(crate) use tag::tag;

/// A quote
///
/// What the boards cost a client of the given size: due at sign-up, recurring, in the first year, each line with its
/// arithmetic and its source. What is not known is said, never counted as 0. With `catalog_version`, a quote of the
/// past made again: `stale`, `checked_at` and `valid_until`, and the warning `stale`, alone speak of the present.
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
    let request = check(params, &asked, "board")?;
    let version_place = Place::Parameter(VERSION_PARAMETER.to_owned());
    let reader = reader
        .of_version(asked.catalog_version, &api.history, version_place)
        .await?;
    let (boards, request) = look_up(&reader, &asked, request, place)?;
    let (freshness, now) = (reader.freshness(), reader.now);
    let head = reader.catalog.head();
    if reader.detail == Detail::Staff {
        let body = render_for_staff(&boards, &request, head, freshness, now);
        return Ok(reader.text(JSON, body));
    }
    let frame = render::frame(head, freshness);
    let made = Made::at(now.timestamp_millis(), freshness);
    let etag = tag(&request, frame.seed, made);
    let body = write_in(&frame, boards, &request, freshness, made, |_| None);
    Ok(reader.tagged(JSON, body, etag))
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
    let request = check(params, &asked, "boards")?;
    let version_place = Place::Pointer(format!("/{VERSION_PARAMETER}"));
    let reader = reader
        .of_version(asked.catalog_version, &api.history, version_place)
        .await?;
    let (boards, request) = look_up(&reader, &asked, request, place)?;
    let (head, freshness) = (reader.catalog.head(), reader.freshness());
    let body = match reader.detail {
        Detail::Public => render_quote(&boards, &request, head, freshness, reader.now),
        Detail::Staff => render_for_staff(&boards, &request, head, freshness, reader.now),
    };
    Ok(reader.unstored(JSON, body))
}

/// The request, as far as it can be checked without a catalog; `None` where some text is no id at all, so that no
/// catalog has the board.
fn check(
    mut params: Params,
    asked: &Asked,
    boards_name: &str,
) -> Result<Option<QuoteRequest>, ApiError> {
    let given = asked.boards.len();
    if given > MAX_BOARDS {
        let detail = format!("{given} boards are named; a quote takes at most {MAX_BOARDS}");
        params.refuse(boards_name, detail);
    }
    if asked.boards.iter().any(|text| text.trim().is_empty()) {
        let detail = "holds a blank name; name boards by their ids";
        params.refuse(boards_name, detail.to_owned());
    }
    let ids: Vec<BoardId> = asked
        .boards
        .iter()
        .flat_map(|text| BoardId::parse(text))
        .collect();
    let all_are_ids = ids.len() == given;
    let request = QuoteRequest::new(ids, asked.counts(), asked.term_months, asked.starts_on);
    for input in request.as_ref().err().into_iter().flatten() {
        if input.parameter != "board" || all_are_ids {
            params.refuse_input(input, boards_name);
        }
    }
    params.finish()?;
    Ok(request.ok().filter(|_| all_are_ids))
}

/// The boards that are asked for, and what is asked of them. Those that are not there are at `place` of their position.
fn look_up<'r>(
    reader: &'r Reader,
    asked: &Asked,
    request: Option<QuoteRequest>,
    place: impl Fn(usize) -> Place,
) -> Result<(Vec<&'r Board>, QuoteRequest), ApiError> {
    let (mut boards, mut missing) = (Vec::new(), Vec::new());
    for (position, text) in asked.boards.iter().enumerate() {
        match find(&reader.catalog, text) {
            Some(board) => boards.push(board),
            None => missing.push((text.as_str(), place(position))),
        }
    }
    match request {
        Some(request) if missing.is_empty() => Ok((boards, request)),
        _ => Err(reader.missing_boards(missing)),
    }
}

fn find<'a>(catalog: &'a Catalog, text: &str) -> Option<&'a Board> {
    let id = BoardId::parse(text).ok()?;
    catalog.board(&id).map(|board| board.as_ref())
}

/// When a quote is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    /// The second since 1970: a quote says no more.
    at_secs: i64,
    /// Whether the vendor was last checked too long ago then.
    is_stale: bool,
}

impl Made {
    /// At the millisecond `now_ms` since 1970, when the newest catalog is as fresh as `freshness` says.
    pub(crate) fn at(now_ms: i64, freshness: Freshness) -> Made {
        Made {
            at_secs: now_ms.div_euclid(1_000),
            is_stale: freshness.left_ms(now_ms) == 0,
        }
    }

    fn moment(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.at_secs, 0).unwrap_or_default()
    }
}

/// The quote of `boards`, which are those of `request` in its order, from the catalog of `head`, as JSON; made at `now`,
/// when the newest catalog is as fresh as `freshness` says.
pub fn render_quote(
    boards: &[&Board],
    request: &QuoteRequest,
    head: &VersionHead,
    freshness: Freshness,
    now: DateTime<Utc>,
) -> Bytes {
    let frame = render::frame(head, freshness);
    let made = Made::at(now.timestamp_millis(), freshness);
    let boards = boards.iter().copied();
    write_in(&frame, boards, request, freshness, made, |_| None)
}

/// As [`render_quote`], with what only staff may see.
fn render_for_staff(
    boards: &[&Board],
    request: &QuoteRequest,
    head: &VersionHead,
    freshness: Freshness,
    now: DateTime<Utc>,
) -> Bytes {
    let stale_since = freshness.is_stale(now).then_some(freshness.checked_at);
    let quote = quote(boards.iter().copied(), request, stale_since);
    let view = QuoteView::of(&quote, request, head, freshness, now, Detail::Staff);
    to_json(&view).into()
}

/// The frame of the quotes of `snapshot`.
pub(crate) fn frame_of(snapshot: &Snapshot) -> &QuoteFrame {
    let make = || render::frame(snapshot.catalog.head(), snapshot.freshness);
    snapshot.quote_frame.get_or_init(make)
}

/// The quote that `plain` asks for, `made` from the newest catalog, which is `snapshot`'s.
pub(crate) fn write_plain(plain: &Plain<'_>, snapshot: &Snapshot, made: Made) -> Bytes {
    let form_of = |position: usize| {
        let position = plain.positions[position];
        let make = || board::form(&snapshot.catalog.boards()[position]);
        snapshot.prepared.quoted.get_or_make(position, make)
    };
    let (frame, freshness) = (frame_of(snapshot), snapshot.freshness);
    let boards = plain.boards();
    write_in(frame, boards, &plain.request, freshness, made, form_of)
}

fn write_in<'a>(
    frame: &QuoteFrame,
    boards: impl IntoIterator<Item = &'a Board>,
    request: &QuoteRequest,
    freshness: Freshness,
    made: Made,
    form_of: impl Fn(usize) -> Option<&'a BoardForm>,
) -> Bytes {
    let prices = Prices::of(boards, request);
    let rendering = Rendering {
        prices: &prices,
        request,
        frame,
        made,
        stale_since: made.is_stale.then_some(freshness.checked_at),
    };
    rendering.write(form_of)
}
