//! The vendor's ids of boards.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// The vendor's id of a board: an opaque text, without white space, commas or control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BoardId(Arc<str>);

/// The most bytes of a [`BoardId`].
const MAX_ID_BYTES: usize = 64;
/// Ids that would be taken for a word of a path (`/v1/boards/options`), or for a relative path.
const RESERVED_IDS: &[&str] = &["options", ".", ".."];

/// A text that cannot be a board's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a board id: 1 to {MAX_ID_BYTES} bytes without spaces, commas or control characters, and not a word of a path"
)]
pub struct InvalidBoardId(pub String);

impl BoardId {
    /// Reads an id as the vendor writes it.
    ///
    /// # Errors
    /// When it is empty, too long, reserved, or holds a character that lists and paths need for themselves.
    pub fn parse(text: &str) -> Result<BoardId, InvalidBoardId> {
        let unfit = |c: char| c.is_whitespace() || c.is_control() || c == ',';
        let fits = !text.is_empty() && text.len() <= MAX_ID_BYTES && !text.contains(unfit);
        if !fits || RESERVED_IDS.contains(&text) {
            return Err(InvalidBoardId(text.to_owned()));
        }
        Ok(BoardId(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for BoardId {
    /// The text, which an id is equal by, and hashed and ordered by.
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BoardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for BoardId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_lists_or_paths_could_not_carry_are_refused() {
        for unfit in [
            "",
            "a b",
            "1,2",
            "options",
            "..",
            "a\u{0}",
            "a\nb",
            &"9".repeat(65),
        ] {
            assert!(BoardId::parse(unfit).is_err(), "{unfit:?}");
        }
        assert_eq!(BoardId::parse("00123").unwrap().as_str(), "00123");
        assert!(BoardId::parse("a/b").is_ok());
    }
}
