//! JSON Pointers (RFC 6901).

use std::fmt;

use serde_json::Value;

/// A checked JSON Pointer; empty for the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::upstream) struct Pointer(String);

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
        Ok(Pointer(text.to_owned()))
    }

    /// What it points to in `place`; `None` for nothing and for null.
    pub(in crate::upstream) fn find<'v>(&self, place: &'v Value) -> Option<&'v Value> {
        place.pointer(&self.0).filter(|value| !value.is_null())
    }

    /// The names that lead from the value to what it points to.
    pub(super) fn steps(&self) -> Vec<String> {
        let steps = self.0.split('/').skip(1);
        steps
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect()
    }

    /// The pointer as text.
    pub(in crate::upstream) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_str() {
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
        let steps = |text: &str| Pointer::parse(text).unwrap().steps();
        assert_eq!(steps(""), Vec::<String>::new());
        assert_eq!(steps("/"), [""]);
        assert_eq!(steps("/a/0/b~1c~0~01"), ["a", "0", "b/c~~1"]);
    }

    #[test]
    fn null_is_nothing() {
        let place = json!({"a": {"b/c": 1}, "n": null});
        let find = |text: &str| Pointer::parse(text).unwrap().find(&place).cloned();
        assert_eq!(find("/a/b~1c"), Some(json!(1)));
        assert_eq!(find("/n"), None);
        assert_eq!(find("/x"), None);
        assert_eq!(find(""), Some(place.clone()));
    }
}
