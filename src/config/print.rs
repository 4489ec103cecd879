//! How settings that are not plain values are written as TOML.

use std::num::NonZeroU32;

use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::{Serialize, Serializer};
use serde_json::Value;
use url::Url;

/// What stands for a secret.
const REDACTED: &str = "[redacted]";

pub(super) fn redacted<S: Serializer>(
    _secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(REDACTED)
}

pub(super) fn redacted_secret<S: Serializer>(
    _secret: &SecretString,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(REDACTED)
}

pub(super) fn address<S: Serializer>(
    address: &Option<Url>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    address.as_ref().map(Url::as_str).serialize(serializer)
}

pub(super) fn url<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_str())
}

/// No limit is written 0.
pub(super) fn limit<S: Serializer>(
    limit: &Option<NonZeroU32>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u32(limit.map_or(0, NonZeroU32::get))
}

/// As text, which is read like the number and stays exact.
pub(super) fn ratio<S: Serializer>(ratio: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&ratio.to_string())
}

/// JSON's numbers keep their text, in a form that only JSON's own writer knows; so they are turned one by one.
pub(super) fn mapping<S: Serializer>(
    mapping: &Option<Value>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    mapping.as_ref().map(to_toml).serialize(serializer)
}

fn to_toml(value: &Value) -> toml::Value {
    match value {
        Value::Null => toml::Value::String(String::new()),
        Value::Bool(flag) => toml::Value::Boolean(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => toml::Value::Integer(whole),
            (None, Some(fraction)) => toml::Value::Float(fraction),
            (None, None) => toml::Value::String(number.to_string()),
        },
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(items) => toml::Value::Array(items.iter().map(to_toml).collect()),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, field)| (key.clone(), to_toml(field)));
            toml::Value::Table(fields.collect())
        }
    }
}
