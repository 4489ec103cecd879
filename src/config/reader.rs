//! Typed reading of the layered values: every key is asked for once, and what nobody asked for is unknown.

use std::path::Path;

use secrecy::SecretString;
use serde_json::{Map, Value};
use strsim::osa_distance;

use super::entry::Entry;
use super::error::{ConfigError, Origin, SettingError, environment_name};
use super::layers::{Given, Layers, Raw, Sources};

/// Hands out the values by key and collects everything that is wrong.
pub(super) struct Reader {
    layers: Layers,
    asked: Vec<&'static str>,
    lists: Vec<&'static str>,
}

impl Reader {
    /// A reader of what `sources` say.
    pub(super) fn over(sources: &Sources) -> Reader {
        Reader {
            layers: Layers::gather(sources),
            asked: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// A number, a boolean or a word: with or without quotes in the file.
    pub(super) fn scalar<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.parse(key, |raw| match raw {
            Raw::Text(text) | Raw::Bare(text) => parse(&text),
            Raw::Structure(_) => Err(NOT_ONE_VALUE.to_owned()),
        })
        .unwrap_or(default)
    }

    /// Text; `None` when not set, or wrong.
    pub(super) fn optional_text<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.parse(key, |raw| parse(&text(raw)?))
    }

    /// Text.
    pub(super) fn text<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional_text(key, parse).unwrap_or(default)
    }

    /// A list of texts, in the environment separated by commas; empty when not set.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let read = |raw| match raw {
            Raw::Text(text) => {
                let parts = text.split(',').map(str::trim);
                parts.filter(|part| !part.is_empty()).map(&parse).collect()
            }
            Raw::Structure(Value::Array(items)) => {
                let as_text = |item: &Value| {
                    item.as_str()
                        .ok_or_else(|| format!("{item} is not text; put it in quotes"))
                        .and_then(&parse)
                };
                items.iter().map(as_text).collect()
            }
            Raw::Bare(_) | Raw::Structure(_) => {
                Err("must be a list of texts, as in [\"one\", \"two\"]".to_owned())
            }
        };
        self.parse(key, read).unwrap_or_default()
    }

    /// A table or list kept as it is.
    pub(super) fn structure(&mut self, key: &'static str) -> Option<Value> {
        self.parse(key, |raw| match raw {
            Raw::Structure(value @ Value::Object(_)) => Ok(value),
            _ => Err(format!(
                "must be a table; write it as [{key}] in the configuration file"
            )),
        })
    }

    /// A list of tables, each read by `read`; those that it makes nothing of are left out. Empty when not set.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Entry) -> Option<T>,
    ) -> Vec<T> {
        self.asked.push(key);
        self.lists.push(key);
        let Some(Given { raw, origin }) = self.layers.values.remove(key) else {
            return Vec::new();
        };
        let Some(tables) = list_of_tables(raw) else {
            self.refuse(key, Some(origin), two_brackets(key));
            return Vec::new();
        };
        let mut read_all = Vec::with_capacity(tables.len());
        for (position, table) in tables.into_iter().enumerate() {
            let mut entry = Entry::new(key, position, table, origin.clone());
            read_all.extend(read(&mut entry));
            self.layers.problems.extend(entry.finish());
        }
        read_all
    }

    /// A secret, given itself or as the path of a file that holds it. No message ever repeats it.
    pub(super) fn secret(
        &mut self,
        key: &'static str,
        file_key: &'static str,
    ) -> Option<SecretString> {
        let from_file = self.optional_text(file_key, |path| read_secret(Path::new(path)));
        let given = self.optional_text(key, |secret| Ok(SecretString::from(secret)));
        given.or(from_file)
    }

    /// Notes a problem with `key`, which was read already.
    pub(super) fn refuse(&mut self, key: &str, origin: Option<Origin>, problem: String) {
        self.layers.problems.push(SettingError {
            setting: key.to_owned(),
            origin,
            problem,
        });
    }

    /// `settings`, unless something was wrong or unknown.
    pub(super) fn finish<T>(mut self, settings: T) -> Result<T, ConfigError> {
        for (path, given) in std::mem::take(&mut self.layers.values) {
            let problem = self.unknown(&path, &given.origin);
            self.refuse(&path, Some(given.origin), problem);
        }
        match self.layers.problems {
            problems if problems.is_empty() => Ok(settings),
            problems => Err(ConfigError::new(problems)),
        }
    }

    fn parse<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(Raw) -> Result<T, String>,
    ) -> Option<T> {
        self.asked.push(key);
        let Given { raw, origin } = self.layers.values.remove(key)?;
        parse(raw)
            .map_err(|problem| self.refuse(key, Some(origin), problem))
            .ok()
    }

    /// What to say of a path that no setting has.
    fn unknown(&self, path: &str, origin: &Origin) -> String {
        let section = format!("{path}.");
        if let Some(inside) = self.asked.iter().find(|key| key.starts_with(&section)) {
            return format!("is a section, not a setting; set what is in it, such as {inside}");
        }
        let in_list = |key: &&&'static str| path.starts_with(&format!("{key}."));
        if let Some(key) = self.lists.iter().find(in_list) {
            return two_brackets(key);
        }
        match self.nearest(path) {
            Some(key) if matches!(origin, Origin::Environment(_)) => {
                format!("is not a setting; did you mean {}?", environment_name(key))
            }
            Some(key) => format!("is not a setting; did you mean {key}?"),
            None => {
                "is not a setting; remove it, or see config print for those there are".to_owned()
            }
        }
    }

    /// The key that was probably meant: a few letters away, or the same name in another section.
    fn nearest(&self, path: &str) -> Option<&'static str> {
        let flat = |text: &str| text.replace('.', "_");
        let wanted = flat(path);
        let distance = |key: &&&'static str| osa_distance(&flat(key), &wanted);
        let nearest = self.asked.iter().min_by_key(distance);
        let is_near = |key: &&&'static str| distance(key) <= (wanted.len() / 5).clamp(1, 3);
        let name = path.rsplit('.').next().unwrap_or(path);
        let same_name = |key: &&&'static str| key.rsplit('.').next() == Some(name);
        nearest
            .filter(is_near)
            .or_else(|| self.asked.iter().find(same_name))
            .copied()
    }
}

/// Said of a list or a table where one value is wanted.
const NOT_ONE_VALUE: &str = "must be one value, not a list or a table";

/// Said of what should be a list of tables.
fn two_brackets(key: &str) -> String {
    format!("must be a list of tables; write each as [[{key}]] in the configuration file")
}

fn list_of_tables(raw: Raw) -> Option<Vec<Map<String, Value>>> {
    let Raw::Structure(Value::Array(items)) = raw else {
        return None;
    };
    let as_table = |item| match item {
        Value::Object(fields) => Some(fields),
        _ => None,
    };
    items.into_iter().map(as_table).collect()
}

/// Text stays as it was typed: a bare `1e5` or `0x10` might be meant as text, but nobody can tell.
fn text(raw: Raw) -> Result<String, String> {
    match raw {
        Raw::Text(text) => Ok(text),
        Raw::Bare(_) => Err("must be text; put it in quotes".to_owned()),
        Raw::Structure(_) => Err(NOT_ONE_VALUE.to_owned()),
    }
}

/// The content of a secret's file, without the line end an editor leaves behind it.
pub(super) fn read_secret(path: &Path) -> Result<SecretString, String> {
    let content = std::fs::read_to_string(path).map_err(|error| {
        format!(
            "\"{}\" cannot be read: {error}; name a file with the secret in it",
            path.display()
        )
    })?;
    let secret = content.strip_suffix('\n').unwrap_or(&content);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(format!(
            "\"{}\" is empty; write the secret into it",
            path.display()
        ));
    }
    Ok(SecretString::from(secret))
}
