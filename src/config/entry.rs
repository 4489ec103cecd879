//! Typed reading of one table of a list: `[[webhooks.endpoints]]`.

use std::path::Path;

use secrecy::SecretString;
use serde_json::{Map, Value};
use strsim::osa_distance;

use super::error::{Origin, SettingError};
use super::reader::read_secret;

/// One table of a list, whose fields are asked for by name: what nobody asked for is unknown.
pub(super) struct Entry {
    /// What messages call it: `webhooks.endpoints[crm]`, or by its number, from 1, when it has no name.
    place: String,
    origin: Origin,
    fields: Map<String, Value>,
    asked: Vec<&'static str>,
    problems: Vec<SettingError>,
}

impl Entry {
    /// The entry at `position` (from 0) of the list `key`.
    pub(super) fn new(
        key: &str,
        position: usize,
        fields: Map<String, Value>,
        origin: Origin,
    ) -> Entry {
        let name = fields.get("name").and_then(Value::as_str);
        let number = (position + 1).to_string();
        Entry {
            place: format!("{key}[{}]", name.unwrap_or(&number)),
            origin,
            fields,
            asked: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Text that must be there; `None` when it is wrong, or is not.
    pub(super) fn text<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if !self.fields.contains_key(field) {
            self.refuse(field, "is not set; add it to the table".to_owned());
        }
        self.optional_text(field, parse)
    }

    /// A secret that must be there, given itself or as the path of a file that holds it. No message ever repeats it.
    pub(super) fn secret(
        &mut self,
        field: &'static str,
        file_field: &'static str,
    ) -> Option<SecretString> {
        let is_set = |field| self.fields.contains_key(field);
        match (is_set(field), is_set(file_field)) {
            (true, true) => self.refuse(
                file_field,
                format!("stands beside {field}; set only one of them"),
            ),
            (false, false) => {
                self.refuse(field, format!("is not set; set it, or {file_field}"));
            }
            _ => {}
        }
        let from_file = self.optional_text(file_field, |path| read_secret(Path::new(path)));
        let given = self.optional_text(field, |secret| Ok(SecretString::from(secret)));
        given.or(from_file)
    }

    /// Everything that is wrong with it, fields that it cannot have included.
    pub(super) fn finish(mut self) -> Vec<SettingError> {
        for field in std::mem::take(&mut self.fields).keys() {
            let distance = |known: &&&'static str| osa_distance(known, field);
            let nearest = self.asked.iter().min_by_key(distance);
            let problem = match nearest.filter(|known| distance(known) <= 2) {
                Some(known) => format!("is not a setting; did you mean {known}?"),
                None => format!("is not a setting; there are {}", self.asked.join(", ")),
            };
            self.refuse(field, problem);
        }
        self.problems
    }

    /// Text; `None` when it is wrong, or not set.
    fn optional_text<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.asked.push(field);
        let parsed = match self.fields.remove(field)? {
            Value::String(text) => parse(&text),
            _ => Err("must be text; put it in quotes".to_owned()),
        };
        parsed.map_err(|problem| self.refuse(field, problem)).ok()
    }

    fn refuse(&mut self, field: &str, problem: String) {
        self.problems.push(SettingError {
            setting: format!("{}.{field}", self.place),
            origin: Some(self.origin.clone()),
            problem,
        });
    }
}
