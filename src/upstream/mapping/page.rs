//! A page taken apart: its results and the total it claims.

use serde_json::Value;

use crate::upstream::error::UpstreamError;

use super::Mapping;
use super::pointer::Pointer;

/// How one page follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::upstream) enum Paging {
    /// `limit` and `offset` in the query.
    Offset,
    /// One request answers everything.
    None,
}

impl Mapping {
    /// The results of a page.
    ///
    /// # Errors
    /// [`UpstreamError::Schema`] when there is no list where the mapping says.
    pub(in crate::upstream) fn results<'v>(
        &self,
        page: &'v Value,
    ) -> Result<&'v [Value], UpstreamError> {
        let pointer = &self.page.results;
        match pointer.find(page) {
            Some(Value::Array(results)) => Ok(results),
            found => Err(shape(
                "results",
                pointer,
                found.is_some(),
                "no list of results",
            )),
        }
    }

    /// The number of all results the page claims; `None` when the vendor does not say.
    ///
    /// # Errors
    /// [`UpstreamError::Schema`] when it is no whole number.
    pub(in crate::upstream) fn total(&self, page: &Value) -> Result<Option<u64>, UpstreamError> {
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
