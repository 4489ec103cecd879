//! What a quote is asked for, read alike from a query and from a body.

use chrono::NaiveDate;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::body::{Kind, Member};
use super::params::{Parameter, Params};
use super::version::{VERSION_PARAMETER, read_version};
use crate::domain::quote::{Counts, MAX_BOARDS, MAX_COUNT, MAX_TERM_MONTHS, QuoteRequest};
use crate::domain::version::CatalogVersion;

/// The parameters of a quote by query.
pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::repeatable("board"),
    Parameter::once("agents"),
    Parameter::once("offices"),
    Parameter::once("brokers"),
    Parameter::once("websites"),
    Parameter::once("feeds"),
    Parameter::once("term_months"),
    Parameter::once("starts_on"),
    Parameter::once(VERSION_PARAMETER),
];

/// The members of a quote's body.
pub(crate) const MEMBERS: &[Member] = &[
    member("boards", Kind::Texts),
    member("agents", Kind::WholeNumber),
    member("offices", Kind::WholeNumber),
    member("brokers", Kind::WholeNumber),
    member("websites", Kind::WholeNumber),
    member("feeds", Kind::WholeNumber),
    member("term_months", Kind::WholeNumber),
    member("starts_on", Kind::Text),
    member(VERSION_PARAMETER, Kind::WholeNumber),
];

const fn member(name: &'static str, kind: Kind) -> Member {
    Member { name, kind }
}

/// What a quote is asked for; everything but the boards has a default.
#[derive(Debug, Clone, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[schema(as = QuoteRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Ids of the boards, each once: in the query repeated or separated by commas, in a body as a list.
    #[param(
        rename = "board",
        style = Form,
        explode,
        inline,
        value_type = BoardIds,
        required = true,
        example = json!(["1001"])
    )]
    #[schema(required = true, schema_with = BoardIds::schema)]
    pub(crate) boards: Vec<String>,
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
    pub(crate) term_months: u32,
    /// The first day, in the years 2000 to 2199; today in the service's time zone unless given.
    #[param(value_type = String, format = Date, pattern = "^2[01][0-9]{2}-", required = false, example = "2026-12-01")]
    #[schema(value_type = String, format = Date, pattern = "^2[01][0-9]{2}-", required = false)]
    pub(crate) starts_on: NaiveDate,
    /// Quote from this version of the catalog; from the newest unless given. With the same `starts_on`, lines and
    /// totals are those of a quote made then.
    #[param(
        value_type = i64,
        minimum = 1,
        maximum = 9_007_199_254_740_991_i64,
        required = false,
        example = 42
    )]
    #[schema(
        value_type = i64,
        minimum = 1,
        maximum = 9_007_199_254_740_991_i64,
        required = false
    )]
    pub(crate) catalog_version: Option<CatalogVersion>,
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
    /// Reads what is asked of `boards`; a quote without a start date starts `today`.
    pub(crate) fn read(params: &mut Params, boards: Vec<String>, today: NaiveDate) -> Asked {
        let mut count = |name| params.whole_number(name, 0..=MAX_COUNT).unwrap_or(1);
        let (agents, offices, brokers) = (count("agents"), count("offices"), count("brokers"));
        let (websites, feeds) = (count("websites"), count("feeds"));
        let term_months = params.whole_number("term_months", 1..=MAX_TERM_MONTHS);
        let starts_on = params.date("starts_on");
        Asked {
            boards,
            agents,
            offices,
            brokers,
            websites,
            feeds,
            term_months: term_months.unwrap_or(QuoteRequest::DEFAULT_TERM_MONTHS),
            starts_on: starts_on.unwrap_or(today),
            catalog_version: read_version(params, VERSION_PARAMETER),
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            agents: self.agents,
            offices: self.offices,
            brokers: self.brokers,
            websites: self.websites,
            feeds: self.feeds,
        }
    }
}
