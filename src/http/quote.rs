//! `/v1/quote`: what some boards cost, asked by query or by JSON body.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::body::{JsonBody, Kind, Member};
use super::caching::{JSON, Reader, to_json};
use super::params::{Parameter, Params, Query};
use super::problem::{ApiError, Place};
use super::views::QuoteView;
use super::{Api, missing};
use crate::catalog::Catalog;
use crate::domain::board::{Board, BoardId};
use crate::domain::quote::{Counts, MAX_BOARDS, MAX_COUNT, MAX_TERM_MONTHS, QuoteRequest, quote};

/// The parameters of a quote by query.
const PARAMETERS: &[Parameter] = &[
    Parameter::repeatable("board"),
    Parameter::once("agents"),
    Parameter::once("offices"),
    Parameter::once("brokers"),
    Parameter::once("websites"),
    Parameter::once("feeds"),
    Parameter::once("term_months"),
    Parameter::once("starts_on"),
];

/// The members of a quote's body.
const MEMBERS: &[Member] = &[
    member("boards", Kind::Texts),
    member("agents", Kind::WholeNumber),
    member("offices", Kind::WholeNumber),
    member("brokers", Kind::WholeNumber),
    member("websites", Kind::WholeNumber),
    member("feeds", Kind::WholeNumber),
    member("term_months", Kind::WholeNumber),
    member("starts_on", Kind::Text),
];

const fn member(name: &'static str, kind: Kind) -> Member {
    Member { name, kind }
}

/// What a quote is asked for; everything but the boards has a default.
#[derive(Debug, Clone, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[schema(as = QuoteRequest)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Ids of the boards, each once: in the query repeated or separated by commas, in a body as a list.
    #[param(
        rename = "board",
        style = Form,
        explode,
        inline,
        value_type = BoardIds,
        required = true,
        example = json!(["12"])
    )]
    #[schema(required = true, schema_with = BoardIds::schema)]
    boards: Vec<String>,
    /// Agents.
    #[param(
        minimum = 0,
        maximum = 1_000_000,
        default = 1,
        required = false,
        example = 8
    )]
    #[schema(minimum = 0, maximum = 1_000_000, default = 1, required = false)]
    agents: u32,
    /// Offices.
    #[param(
        minimum = 0,
        maximum = 1_000_000,
        default = 1,
        required = false,
        example = 2
    )]
    #[schema(minimum = 0, maximum = 1_000_000, default = 1, required = false)]
    offices: u32,
    /// Brokers.
    #[param(
        minimum = 0,
        maximum = 1_000_000,
        default = 1,
        required = false,
        example = 1
    )]
    #[schema(minimum = 0, maximum = 1_000_000, default = 1, required = false)]
    brokers: u32,
    /// Websites.
    #[param(
        minimum = 0,
        maximum = 1_000_000,
        default = 1,
        required = false,
        example = 1
    )]
    #[schema(minimum = 0, maximum = 1_000_000, default = 1, required = false)]
    websites: u32,
    /// Data feeds.
    #[param(
        minimum = 0,
        maximum = 1_000_000,
        default = 1,
        required = false,
        example = 1
    )]
    #[schema(minimum = 0, maximum = 1_000_000, default = 1, required = false)]
    feeds: u32,
    /// The term in months.
    #[param(
        minimum = 1,
        maximum = 120,
        default = 12,
        required = false,
        example = 24
    )]
    #[schema(minimum = 1, maximum = 120, default = 12, required = false)]
    term_months: u32,
    /// The first day, in the years 2000 to 2199; today in the service's time zone unless given.
    #[param(value_type = String, format = Date, pattern = "^2[01][0-9]{2}-", required = false, example = "2026-12-01")]
    #[schema(value_type = String, format = Date, pattern = "^2[01][0-9]{2}-", required = false)]
    starts_on: NaiveDate,
}

/// The schema of a list of ids.
struct BoardIds;

impl PartialSchema for BoardIds {
    fn schema() -> RefOr<Schema> {
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(64))
            .pattern(Some(r"^[^\s,\x00-\x1f\x7f-\x9f\ufffd]+$"));
        ArrayBuilder::new()
            .description(Some("Ids of the boards, each once."))
            .items(id.build())
            .min_items(Some(1))
            .max_items(Some(MAX_BOARDS))
            .unique_items(true)
            .into()
    }
}

impl ToSchema for BoardIds {}

impl Asked {
    /// Reads what is asked, the boards being called `boards` in the request.
    fn read(params: &mut Params, boards: &str, today: NaiveDate) -> Asked {
        let mut count = |name| params.whole_number(name, 0..=MAX_COUNT).unwrap_or(1);
        let (agents, offices, brokers) = (count("agents"), count("offices"), count("brokers"));
        let (websites, feeds) = (count("websites"), count("feeds"));
        let term_months = params.whole_number("term_months", 1..=MAX_TERM_MONTHS);
        let starts_on = params.date("starts_on");
        Asked {
            boards: params.all(boards).into_iter().map(str::to_owned).collect(),
            agents,
            offices,
            brokers,
            websites,
            feeds,
            term_months: term_months.unwrap_or(QuoteRequest::DEFAULT_TERM_MONTHS),
            starts_on: starts_on.unwrap_or(today),
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            agents: self.agents,
            offices: self.offices,
            brokers: self.brokers,
            websites: self.websites,
            feeds: self.feeds,
        }
    }
}

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
    let mut asked = Asked::read(&mut params, "board", api.clock.today(api.quote_zone));
    asked.boards = split_at_commas(&asked.boards);
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
    let asked = Asked::read(&mut params, "boards", api.clock.today(api.quote_zone));
    let place = |position| Place::Pointer(format!("/boards/{position}"));
    let body = render_quote(&reader, params, &asked, "boards", place)?;
    Ok(reader.unstored(JSON, body))
}

/// `a,b` and `c` as `a`, `b`, `c`.
fn split_at_commas(boards: &[String]) -> Vec<String> {
    boards
        .iter()
        .flat_map(|text| text.split(','))
        .map(str::to_owned)
        .collect()
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
