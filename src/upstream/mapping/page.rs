//! How a page is asked for, and taken apart: its results and the total it claims.

use serde_json::Value;

use crate::upstream::document::Envelope;
use crate::upstream::error::UpstreamError;
use crate::upstream::transport::Page;
use crate::upstream::{answer, document};

use super::pointer::Pointer;
use super::table::Table;
use super::{Mapping, MappingError};

/// How one page follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) enum Paging {
    /// `limit` and `offset` in the query.
    Offset,
    /// One request answers everything.
    None,
}

/// How a page is asked for and taken apart.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct PageSpec {
    /// Added to the base URL; begins with a slash.
    pub(in crate::upstream) path: String,
    /// Sent with every request.
    pub(in crate::upstream) query: Vec<(String, String)>,
    /// How one page follows another.
    pub(in crate::upstream) paging: Paging,
    results: Pointer,
    total: Option<Pointer>,
}

/// What a page says beside its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) struct PageHead {
    /// The number of all results; `None` when the vendor does not say.
    pub(in crate::upstream) total: Option<u64>,
}

impl PageSpec {
    /// Reads the keys that are about pages.
    pub(super) fn parse(table: &Table<'_>) -> Result<PageSpec, MappingError> {
        let path = table.text("path")?.unwrap_or_default();
        let is_path = path.is_empty() || path.starts_with('/');
        if !is_path || path.contains(['?', '#']) {
            let problem = format!(
                "\"{path}\" is not a path; begin it with a slash, as in \"/boards.json\", and put the query into query"
            );
            return Err(table.error("path", problem));
        }
        let paging = match table.text("paging")? {
            None | Some("offset") => Paging::Offset,
            Some("none") => Paging::None,
            Some(other) => {
                let problem = format!("\"{other}\" is not a kind of paging; use offset or none");
                return Err(table.error("paging", problem));
            }
        };
        let pointer = |key: &str, text: &str| {
            Pointer::parse(text).map_err(|problem| table.error(key, problem))
        };
        let total = table.text("total")?.filter(|text| !text.is_empty());
        Ok(PageSpec {
            path: path.to_owned(),
            query: parse_query(table, paging)?,
            paging,
            results: pointer("results", table.text("results")?.unwrap_or_default())?,
            total: total.map(|text| pointer("total", text)).transpose()?,
        })
    }
}

fn parse_query(table: &Table<'_>, paging: Paging) -> Result<Vec<(String, String)>, MappingError> {
    let entries = match table.get("query") {
        None => return Ok(Vec::new()),
        Some(Value::Object(entries)) => entries,
        Some(other) => {
            let problem = format!("{other} is not a table; write it like {{ fields = \"*\" }}");
            return Err(table.error("query", problem));
        }
    };
    let mut query = Vec::new();
    for (name, value) in entries {
        let place = format!("query.{name}");
        if paging == Paging::Offset && matches!(name.as_str(), "limit" | "offset") {
            let problem = "is set for every page by paging = \"offset\"; leave it out, and set upstream.page_size";
            return Err(table.error(&place, problem));
        }
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            other => {
                return Err(
                    table.error(&place, format!("{other} is not a text; write it in quotes"))
                );
            }
        };
        query.push((name.clone(), text));
    }
    Ok(query)
}

impl Mapping {
    /// Reads a page: hands each result to `take` as it comes, and returns what stands around them.
    ///
    /// # Errors
    /// When it is no JSON, or carries the vendor's own error; [`UpstreamError::Schema`] when there is no list where
    /// the mapping says; what `take` says.
    pub(in crate::upstream) fn read_page(
        &self,
        page: &Page,
        take: &mut dyn FnMut(Value) -> Result<(), UpstreamError>,
    ) -> Result<PageHead, UpstreamError> {
        let pointer = &self.page.results;
        let envelope = document::read_page(&page.body, pointer.steps(), take)?;
        self.head(page, &envelope)
    }

    /// As [`read_page`](Self::read_page), with the text of each result, to be read by
    /// [`parse_result`](Self::parse_result).
    ///
    /// # Errors
    /// As [`read_page`](Self::read_page).
    pub(in crate::upstream) fn read_texts(
        &self,
        page: &Page,
        take: &mut dyn FnMut(&str) -> Result<(), UpstreamError>,
    ) -> Result<PageHead, UpstreamError> {
        let steps = self.page.results.steps();
        let envelope = document::read_texts(&page.body, steps, take)?;
        self.head(page, &envelope)
    }

    /// Reads the text of one result.
    ///
    /// # Errors
    /// When it is no JSON that could be read in one way only, or is larger than any board.
    pub(in crate::upstream) fn parse_result(&self, text: &str) -> Result<Value, UpstreamError> {
        document::parse_result(text, self.page.results.steps())
    }

    /// What stands around the results of a page.
    fn head(&self, page: &Page, envelope: &Envelope) -> Result<PageHead, UpstreamError> {
        let (pointer, around) = (&self.page.results, &envelope.around);
        if let Some(error) = answer::vendor_error(around, page.status, None) {
            return Err(error);
        }
        if !envelope.has_results {
            let found = pointer.find(around);
            let what = "no list of results";
            return Err(shape("results", pointer, found.is_some(), what));
        }
        Ok(PageHead {
            total: self.total(around)?,
        })
    }

    /// The number of all results the page claims; `None` when the vendor does not say.
    fn total(&self, page: &Value) -> Result<Option<u64>, UpstreamError> {
        let Some(pointer) = &self.page.total else {
            return Ok(None);
        };
        let total = match pointer.find(page) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        let not_a_count = || shape("total", pointer, true, "no whole number");
        total.map(Some).ok_or_else(not_a_count)
    }
}

fn shape(key: &str, pointer: &Pointer, is_there: bool, what: &str) -> UpstreamError {
    let found = if is_there {
        "something else"
    } else {
        "nothing"
    };
    UpstreamError::Schema {
        problem: format!("there is {what} at {pointer} (upstream.mapping.{key}), but {found}"),
    }
}
