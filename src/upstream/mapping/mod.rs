//! Where the vendor keeps things: the field mapping from its JSON to our boards.
//!
//! The vendor's field names are configuration, because its documentation is private. A [`Mapping`] is a profile
//! (`profile_ihomefinder.toml`) with the keys of `[upstream.mapping]` laid over it, checked when it is read.
//!
//! | written as | means |
//! | --- | --- |
//! | `"/field"` | a JSON Pointer into one result, or into one element of a fee's `list` |
//! | `"monthly"` | a constant |
//! | `{ pointer = "/field", values = { M = "monthly" }, default = "annual" }` | a pointer, the vendor's words in ours, and what an absent value stands for |
//! | `{ pointer = ["/type", "/months"], … }` | the first that gives a known word counts |
//! | `""` | not mapped, as if a profile had not named it |
//!
//! Absent and null are unknown. A word nobody has told us the meaning of is reported and stays unknown.

mod board;
mod fee;
mod field;
mod kind;
mod page;
mod pointer;
mod profile;
mod spec;
mod table;
mod tally;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub(super) use board::RowError;
pub(super) use field::Field;
pub(super) use page::Paging;
pub(super) use pointer::Pointer;

use page::PageSpec;
use spec::{BoardSpec, FeeSpec};

/// A field mapping, parsed and checked.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(super) page: PageSpec,
    pub(super) board: BoardSpec,
    pub(super) fees: Vec<FeeSpec>,
}

/// What is wrong with the mapping, where, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct MappingError {
    /// Where it stands in the configuration: `upstream.mapping.fees[0].cadence`.
    pub path: String,
    /// The value and the remedy.
    pub problem: String,
}

impl MappingError {
    fn new(path: impl Into<String>, problem: impl ToString) -> MappingError {
        MappingError {
            path: path.into(),
            problem: problem.to_string(),
        }
    }
}

impl Mapping {
    /// The profile of that name with `overrides` laid over it, key by key: `fees` and `query` are replaced whole.
    ///
    /// `overrides` is the raw table `[upstream.mapping]`; empty or null for none. A null in it unmaps a key.
    ///
    /// # Errors
    /// The first key that does not exist, is of the wrong type, or holds a word that is none of ours.
    pub fn from_config(profile: &str, overrides: &Value) -> Result<Mapping, MappingError> {
        let mut entries = profile::load(profile)?;
        match overrides {
            Value::Null => {}
            Value::Object(overrides) => {
                for (key, value) in overrides {
                    entries.insert(key.clone(), value.clone());
                }
            }
            other => {
                return Err(MappingError::new(
                    spec::ROOT,
                    format!("{other} is not a table; write the keys under [upstream.mapping]"),
                ));
            }
        }
        spec::parse(&entries)
    }
}
