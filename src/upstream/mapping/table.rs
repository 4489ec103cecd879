//! A table of the configuration with its path, so that every error can name where it stands.

use serde_json::{Map, Value};

use super::MappingError;

/// One table of the mapping and its path: `upstream.mapping.fees[0]`.
pub(super) struct Table<'v> {
    path: String,
    entries: &'v Map<String, Value>,
}

impl<'v> Table<'v> {
    /// `value` as a table with no keys but the `known` ones.
    ///
    /// # Errors
    /// When it is no table, or has another key.
    pub(super) fn parse(
        path: &str,
        value: &'v Value,
        known: &[&str],
    ) -> Result<Table<'v>, MappingError> {
        let Value::Object(entries) = value else {
            return Err(MappingError::new(
                path,
                format!("{value} is not a table; write it like {{ pointer = \"/field\" }}"),
            ));
        };
        Table::of(path, entries, known)
    }

    /// `entries` as a table with no keys but the `known` ones.
    pub(super) fn of(
        path: &str,
        entries: &'v Map<String, Value>,
        known: &[&str],
    ) -> Result<Table<'v>, MappingError> {
        match entries.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(MappingError::new(
                format!("{path}.{key}"),
                format!("there is no such key; use one of {}", known.join(", ")),
            )),
            None => Ok(Table {
                path: path.to_owned(),
                entries,
            }),
        }
    }

    /// The path of `key` in this table.
    pub(super) fn path_of(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// The value of `key`; `None` when it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<&'v Value> {
        self.entries.get(key).filter(|value| !value.is_null())
    }

    /// An error about `key`.
    pub(super) fn error(&self, key: &str, problem: impl ToString) -> MappingError {
        MappingError::new(self.path_of(key), problem)
    }

    /// The text of `key`; `None` when it is absent.
    ///
    /// # Errors
    /// When it is no text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'v str>, MappingError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => {
                Err(self.error(key, format!("{other} is not a text; write it in quotes")))
            }
        }
    }

    /// The truth of `key`; false when it is absent.
    ///
    /// # Errors
    /// When it is neither true nor false.
    pub(super) fn truth(&self, key: &str) -> Result<bool, MappingError> {
        match self.get(key) {
            None => Ok(false),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(other) => Err(self.error(key, format!("{other} is neither true nor false"))),
        }
    }
}
