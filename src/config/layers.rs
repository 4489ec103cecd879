//! File, environment and flags laid over each other, each value with where it was set.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin, SettingError};

/// What every variable of ours begins with.
const PREFIX: &str = "PTF_";
/// The variable that names the configuration file.
const FILE_VARIABLE: &str = "PTF_CONFIG";
/// The one setting that is a table of somebody else's shape.
pub(super) const MAPPING: &str = "upstream.mapping";
/// Settings that are secret, each with the setting that names a file holding it.
pub(super) const SECRETS: &[(&str, &str)] = &[("upstream.password", "upstream.password_file")];

/// Where settings come from. It holds secrets, so it cannot be printed.
#[derive(Default)]
pub struct Sources {
    /// The file given by flag; `None`: the one `PTF_CONFIG` names, else none.
    pub file: Option<PathBuf>,
    /// Variables by name and value; those without our prefix are passed over.
    pub environment: Vec<(String, String)>,
    /// Settings given by flag, as path (`server.listen`) and value.
    pub overrides: Vec<(String, String)>,
}

impl Sources {
    /// The environment of this process, the only place that reads it, with what the flags gave.
    ///
    /// # Errors
    /// When a variable of ours is not UTF-8.
    pub fn from_process(
        file: Option<PathBuf>,
        overrides: Vec<(String, String)>,
    ) -> Result<Sources, ConfigError> {
        let mut environment = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            let Some(value) = value.to_str() else {
                return Err(ConfigError::new(vec![SettingError {
                    setting: name.to_owned(),
                    origin: None,
                    problem: "is not UTF-8; write its value as UTF-8 text".to_owned(),
                }]));
            };
            environment.push((name.to_owned(), value.to_owned()));
        }
        Ok(Sources {
            file,
            environment,
            overrides,
        })
    }

    fn file(&self) -> Option<PathBuf> {
        let named = || {
            let variable = self
                .environment
                .iter()
                .find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
            variable.map(|(_, value)| PathBuf::from(value))
        };
        self.file.clone().or_else(named)
    }
}

/// A value as given.
pub(super) enum Raw {
    /// Text.
    Text(String),
    /// A number, a boolean or a date of the file, as written there.
    Bare(String),
    /// A list or a table of the file.
    Structure(Value),
}

/// A value and where it was set.
pub(super) struct Given {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// The values that count, by path, and what went wrong on the way.
#[derive(Default)]
pub(super) struct Layers {
    pub(super) values: BTreeMap<String, Given>,
    pub(super) problems: Vec<SettingError>,
}

impl Layers {
    /// Lays the environment over the file, and the flags over both.
    pub(super) fn gather(sources: &Sources) -> Layers {
        let mut layers = Layers::default();
        if let Some(path) = sources.file() {
            layers.add_file(&path);
        }
        for (name, value) in &sources.environment {
            let setting = name.strip_prefix(PREFIX).filter(|_| name != FILE_VARIABLE);
            let Some(setting) = setting.filter(|setting| !is_service_link(setting, value)) else {
                continue;
            };
            // Container files pass on variables that nobody set as empty ones.
            if !value.is_empty() {
                let path = setting.to_lowercase().replace("__", ".");
                layers.put(
                    path,
                    Raw::Text(value.clone()),
                    Origin::Environment(name.clone()),
                );
            }
        }
        for (path, value) in &sources.overrides {
            layers.put(path.clone(), Raw::Text(value.clone()), Origin::CommandLine);
        }
        layers
    }

    fn add_file(&mut self, path: &Path) {
        let mut refuse = |line: Option<usize>, problem: String| {
            self.problems.push(SettingError {
                setting: "configuration file".to_owned(),
                origin: line.map(|line| Origin::File {
                    path: path.to_owned(),
                    line,
                }),
                problem,
            });
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let problem = format!(
                    "\"{}\" cannot be read: {error}; name another with --config or {FILE_VARIABLE}",
                    path.display()
                );
                return refuse(None, problem);
            }
        };
        let line_of = |offset: usize| {
            1 + text.as_bytes()[..offset]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
        };
        match DeTable::parse(text.trim_start_matches('\u{feff}')) {
            Ok(table) => {
                let origin = |offset| Origin::File {
                    path: path.to_owned(),
                    line: line_of(offset),
                };
                self.add_table("", table.get_ref(), &origin);
            }
            // The error's own rendering quotes the line, which may hold the password.
            Err(error) => refuse(
                error.span().map(|span| line_of(span.start)),
                format!("is not TOML: {}", error.message()),
            ),
        }
    }

    fn add_table(&mut self, parent: &str, table: &DeTable<'_>, origin: &dyn Fn(usize) -> Origin) {
        for (key, value) in table {
            let key_text = key.get_ref();
            let path = match parent {
                "" => key_text.to_string(),
                parent => format!("{parent}.{key_text}"),
            };
            match value.get_ref() {
                DeValue::Table(inner) if path != MAPPING && !inner.is_empty() => {
                    self.add_table(&path, inner, origin);
                }
                value => self.put(path, raw(value), origin(key.span().start)),
            }
        }
    }

    /// Sets `path`, over whatever an earlier layer said.
    fn put(&mut self, path: String, raw: Raw, origin: Origin) {
        if let Some(key) = path
            .strip_prefix(MAPPING)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            let (key, path) = (key.to_owned(), path.clone());
            return self.put_in_mapping(&key, path, raw, origin);
        }
        if let Some(twin) = twin(&path)
            && let Some(other) = self.values.remove(twin)
            && discriminant(&other.origin) == discriminant(&origin)
        {
            self.problems.push(SettingError {
                setting: path.clone(),
                origin: Some(origin.clone()),
                problem: format!("stands beside {twin}; set only one of them"),
            });
        }
        self.values.insert(path, Given { raw, origin });
    }

    /// Sets one field of the mapping from a variable or a flag, which have no way to write a table.
    fn put_in_mapping(&mut self, key: &str, path: String, raw: Raw, origin: Origin) {
        let Raw::Text(text) = raw else { return };
        if key.contains('.') {
            let problem = "is part of a table; write it in the configuration file".to_owned();
            self.problems.push(SettingError {
                setting: path,
                origin: Some(origin),
                problem,
            });
            return;
        }
        let mapping = self
            .values
            .entry(MAPPING.to_owned())
            .or_insert_with(|| Given {
                raw: Raw::Structure(Value::Object(Map::new())),
                origin,
            });
        if let Raw::Structure(Value::Object(fields)) = &mut mapping.raw {
            fields.insert(key.to_owned(), Value::String(text));
        }
    }
}

/// The setting that says the same thing another way: the secret, or the file that holds it.
fn twin(path: &str) -> Option<&'static str> {
    SECRETS.iter().find_map(|(secret, file)| match path {
        _ if path == *secret => Some(*file),
        _ if path == *file => Some(*secret),
        _ => None,
    })
}

/// Whether a variable is one that Kubernetes adds for a service named `ptf…`: `PTF_PORT=tcp://10.0.0.1:8080`.
fn is_service_link(setting: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    let numbered_port = setting
        .split_once("PORT_")
        .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
    let names_service = setting.ends_with("SERVICE_HOST") || setting.contains("SERVICE_PORT");
    !setting.contains("__")
        && (names_service || numbered_port || (setting.ends_with("PORT") && is_address))
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => Raw::Bare(number.to_string()),
        DeValue::Float(number) => Raw::Bare(number.to_string()),
        DeValue::Boolean(flag) => Raw::Bare(flag.to_string()),
        DeValue::Datetime(date) => Raw::Bare(date.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => Raw::Structure(to_json(value)),
    }
}

/// A value of the file as JSON; what JSON has no form for (dates, infinity) as its text.
fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::from),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or_else(|_| Value::String(number.to_string()), Value::Number),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let fields = table
                .iter()
                .map(|(key, field)| (key.get_ref().to_string(), to_json(field.get_ref())));
            Value::Object(fields.collect())
        }
    }
}
