//! The one way from bytes to JSON: strict, exact, and quiet about what it read.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::error::UpstreamError;

/// Reads one JSON document. Numbers keep their text.
///
/// # Errors
/// [`UpstreamError::Parse`] for anything that two readers could understand differently: more than one document,
/// a key twice in an object, a number beyond every common range, nesting deeper than 128.
pub(super) fn parse(body: &[u8]) -> Result<Value, UpstreamError> {
    let unreadable = |error: serde_json::Error| UpstreamError::Parse {
        reason: error.to_string(),
    };
    serde_json::from_slice::<UniqueKeys>(body).map_err(unreadable)?;
    let document = serde_json::from_slice(body).map_err(unreadable)?;
    if has_wild_number(&document) {
        return Err(UpstreamError::Parse {
            reason: "a number is out of every range".to_owned(),
        });
    }
    Ok(document)
}

/// Whether a number is so large that common readers take it for infinity.
fn has_wild_number(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_none(),
        Value::Array(list) => list.iter().any(has_wild_number),
        Value::Object(fields) => fields.values().any(has_wild_number),
        _ => false,
    }
}

/// Any JSON, read only to refuse a key that stands twice in one object: readers differ on which of them counts.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeys)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = UniqueKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_unit<E: de::Error>(self) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<UniqueKeys, A::Error> {
        while list.next_element::<UniqueKeys>()?.is_some() {}
        Ok(UniqueKeys)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<UniqueKeys, A::Error> {
        let mut seen = HashSet::new();
        while let Some((key, UniqueKeys)) = fields.next_entry::<String, UniqueKeys>()? {
            if !seen.insert(key) {
                return Err(de::Error::custom("an object has the same key twice"));
            }
        }
        Ok(UniqueKeys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_text() {
        let document = parse(br#"{"a": 0.10, "b": 12345678901234567890.12, "c": 1E+2}"#).unwrap();
        assert_eq!(document["a"].to_string(), "0.10");
        assert_eq!(document["b"].to_string(), "12345678901234567890.12");
        assert_eq!(document["c"].to_string(), "1e+2");
    }

    #[test]
    fn what_readers_could_understand_differently_is_refused() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for text in [
            "{\"a\": [1, 2",
            "{} {}",
            "\u{feff}{}",
            "{\"a\": NaN}",
            "{\"a\": 1e999}",
            "{\"a\": {\"b\": 1, \"b\": 1}}",
            "<html>",
            deep.as_str(),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(matches!(error, UpstreamError::Parse { .. }), "{error}");
        }
        assert!(parse(b"{\"a\": \"\xff\"}").is_err());
    }

    #[test]
    fn an_error_names_the_place_and_not_the_text() {
        let error = parse(b"{\"password\":\n \"s3cret\" \"").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 2"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}
