//! Pages of what is numbered, newest first: sync runs, and the records of the audit.

use utoipa::IntoParams;

use super::params::{Parameter, Params, Query};
use super::problem::ApiError;
use super::version::MAX_VERSION;

/// The items of an answer unless another number is asked for.
const DEFAULT_LIMIT: u32 = 100;
/// The most items of an answer.
const MAX_LIMIT: u32 = 500;

const PARAMETERS: &[Parameter] = &[Parameter::once("limit"), Parameter::once("before")];

/// Which items.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// The most items of an answer.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 500, default = 100, example = 20)]
    limit: u32,
    /// Only items with lower numbers: `next_before` as it came.
    #[param(value_type = i64, required = false, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 118)]
    pub(crate) before: Option<i64>,
}

impl Page {
    /// The page that `query` asks for, which may ask for nothing else.
    pub(crate) fn read(query: &Query) -> Result<Page, ApiError> {
        let mut params = Params::of_query(query, PARAMETERS);
        let limit = params.whole_number("limit", 1..=MAX_LIMIT);
        let before = params.whole_number("before", 1..=MAX_VERSION);
        params.finish()?;
        Ok(Page {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            before,
        })
    }

    /// How many items to load: one more than is shown tells whether there are more.
    pub(crate) fn to_load(&self) -> u32 {
        self.limit + 1
    }

    /// Cuts the items that were loaded to those that are shown; whether there are more.
    pub(crate) fn cut<T>(&self, items: &mut Vec<T>) -> bool {
        let more = items.len() > self.limit as usize;
        items.truncate(self.limit as usize);
        more
    }
}
