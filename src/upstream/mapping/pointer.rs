//! JSON Pointers (RFC 6901).

use std::fmt;

use serde_json::Value;

/// A checked JSON Pointer; empty for the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::upstream) struct Pointer {
    text: String,
    /// The names on the way.
    steps: Vec<String>,
}

impl Pointer {
    /// Reads a pointer.
    ///
    /// # Errors
    /// What is wrong with it and the remedy.
    pub(super) fn parse(text: &str) -> Result<Pointer, String> {
        if !text.is_empty() && !text.starts_with('/') {
            return Err(format!(
                "\"{text}\" is not a JSON Pointer; begin it with a slash, as in \"/{text}\""
            ));
        }
        let escapes = text.split('~').skip(1);
        if escapes
            .into_iter()
            .any(|after| !after.starts_with(['0', '1']))
        {
            return Err(format!(
                "\"{text}\" is not a JSON Pointer: write ~ as ~0, and / inside a name as ~1"
            ));
        }
        let steps = text.split('/').skip(1);
        let steps = steps.map(|step| step.replace("~1", "/").replace("~0", "~"));
        Ok(Pointer {
            text: text.to_owned(),
            steps: steps.collect(),
        })
    }

    /// What it points to in `place`; `None` for nothing and for null.
    pub(in crate::upstream) fn find<'v>(&self, place: &'v Value) -> Option<&'v Value> {
        let mut steps = self.steps.iter();
        let found = steps.try_fold(place, |place, step| match place {
            Value::Object(fields) => fields.get(step),
            Value::Array(elements) => elements.get(index(step)?),
            _ => None,
        });
        found.filter(|value| !value.is_null())
    }

    /// The names that lead from the value to what it points to.
    pub(super) fn steps(&self) -> &[String] {
        &self.steps
    }

    /// The pointer as text.
    pub(in crate::upstream) fn as_str(&self) -> &str {
        &self.text
    }
}

/// The place in a list that `step` names: digits without a zero before them (RFC 6901, 4).
fn index(step: &str) -> Option<usize> {
    let is_plain = step == "0" || !step.starts_with(['0', '+']);
    step.parse().ok().filter(|_| is_plain)
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.as_str() {
            "" => f.write_str("the value itself"),
            text => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_begins_with_a_slash_and_escapes_what_it_must() {
        for fine in ["", "/", "/a/0/b", "/a~1b/~0"] {
            assert!(Pointer::parse(fine).is_ok(), "{fine}");
        }
        for bad in ["fee", "a/b", "/a~", "/a~2b"] {
            assert!(Pointer::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_steps_are_the_names_on_the_way() {
        let steps = |text: &str| Pointer::parse(text).unwrap().steps().to_vec();
        assert_eq!(steps(""), Vec::<String>::new());
        assert_eq!(steps("/"), [""]);
        assert_eq!(steps("/a/0/b~1c~0~01"), ["a", "0", "b/c~~1"]);
    }

    #[test]
    fn null_is_nothing() {
        let place = json!({"a": {"b/c": 1}, "n": null, "l": [7, 8]});
        let find = |text: &str| Pointer::parse(text).unwrap().find(&place).cloned();
        assert_eq!(find("/a/b~1c"), Some(json!(1)));
        assert_eq!(find("/l/1"), Some(json!(8)));
        for none in ["/l/01", "/l/+1", "/l/2", "/l/-", "/a/b~1c/0"] {
            assert_eq!(find(none), None, "{none}");
        }
        assert_eq!(find("/n"), None);
        assert_eq!(find("/x"), None);
        assert_eq!(find(""), Some(place.clone()));
    }
}
