//! Access tokens: what is kept of one, and what its holder may do.
//!
//! The token itself is shown once, to who asked for it, and never kept: only its hash is.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::fee::word_enum;
use super::version::{ContentHash, InvalidHash};

/// Characters of a [`TokenId`].
const ID_CHARS: usize = 8;
/// The most characters of a [`TokenName`].
const MAX_NAME_CHARS: usize = 64;

word_enum! {
    /// What the holder of a token may do; each role may do all that those before it may.
    Role {
        /// Read everything, staff's own notes included.
        Reader = "reader",
        /// Edit the curated list.
        Curator = "curator",
        /// Start sync runs, and decide about those that wait.
        Operator = "operator",
    }
}

/// The public part of a token, by which it is found: what lists and the audit call it. Eight letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(String);

/// A text that cannot be the id of a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not the id of a token: {ID_CHARS} letters or digits, as `ptf-cache token list` shows them"
)]
pub struct InvalidTokenId(pub String);

impl TokenId {
    /// How many letters and digits an id has.
    pub const CHARS: usize = ID_CHARS;

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenId {
    type Err = InvalidTokenId;

    fn from_str(text: &str) -> Result<TokenId, InvalidTokenId> {
        let fits = text.len() == ID_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match fits {
            true => Ok(TokenId(text.to_owned())),
            false => Err(InvalidTokenId(text.to_owned())),
        }
    }
}

impl std::borrow::Borrow<str> for TokenId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TokenId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Whom or what a token is for: `quoting tool`. Printable, without white space at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenName(String);

/// A text that cannot be the name of a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{}\" is not a name of a token; write 1 to {MAX_NAME_CHARS} printable characters, none of them white space at an end",
    _0.escape_debug()
)]
pub struct InvalidTokenName(pub String);

impl TokenName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenName {
    type Err = InvalidTokenName;

    fn from_str(text: &str) -> Result<TokenName, InvalidTokenName> {
        let length = text.chars().count();
        let fits = (1..=MAX_NAME_CHARS).contains(&length)
            && text.trim() == text
            && !text.chars().any(char::is_control);
        match fits {
            true => Ok(TokenName(text.to_owned())),
            false => Err(InvalidTokenName(text.to_owned())),
        }
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 of a token: all that is kept of its secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// Its 64 hexadecimal digits, as they are kept.
    pub fn to_hex(self) -> String {
        ContentHash(self.0).to_string()
    }

    /// Reads what [`to_hex`](Self::to_hex) writes.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn from_hex(text: &str) -> Result<TokenHash, InvalidHash> {
        text.parse().map(|ContentHash(hash)| TokenHash(hash))
    }
}

impl fmt::Debug for TokenHash {
    /// Without the hash: it has no business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its public part.
    pub id: TokenId,
    /// The hash of the whole token.
    pub hash: TokenHash,
    /// Whom or what it is for.
    pub name: TokenName,
    /// What its holder may do.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// The first moment at which it is no longer good.
    pub expires_at: DateTime<Utc>,
    /// When and by whom it was revoked; `None` while it was not.
    pub revoked: Option<Revocation>,
}

/// That a token was revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
}

word_enum! {
    /// Whether a token is good.
    Standing {
        /// It is.
        Good = "good",
        /// Its time is over.
        Expired = "expired",
        /// Somebody has revoked it.
        Revoked = "revoked",
    }
}

impl Token {
    /// Whether it is good at `now`.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match self.revoked {
            Some(_) => Standing::Revoked,
            None if now >= self.expires_at => Standing::Expired,
            None => Standing::Good,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_role_may_do_what_those_before_it_may() {
        assert!(Role::Reader < Role::Curator && Role::Curator < Role::Operator);
    }

    #[test]
    fn ids_and_names_are_what_they_say() {
        assert!("a1B2c3D4".parse::<TokenId>().is_ok());
        for id in ["", "a1B2c3D", "a1B2c3D45", "a1B2c3D_", "a1B2c3Dé"] {
            assert!(id.parse::<TokenId>().is_err(), "{id}");
        }
        assert!("Quoting tool, 2".parse::<TokenName>().is_ok());
        for name in ["", " x", "x ", "a\nb", &"x".repeat(65)] {
            assert!(name.parse::<TokenName>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_token_is_good_until_it_expires_or_is_revoked() {
        let made = DateTime::UNIX_EPOCH;
        let mut token = Token {
            id: "a1B2c3D4".parse().unwrap(),
            hash: TokenHash([171; 32]),
            name: "tool".parse().unwrap(),
            role: Role::Reader,
            created_at: made,
            created_by: "terminal:pat".to_owned(),
            expires_at: made + TimeDelta::days(1),
            revoked: None,
        };
        let second = TimeDelta::seconds(1);
        assert_eq!(token.standing(token.expires_at - second), Standing::Good);
        assert_eq!(token.standing(token.expires_at), Standing::Expired);
        token.revoked = Some(Revocation {
            at: made,
            by: "terminal:pat".to_owned(),
        });
        assert_eq!(token.standing(made), Standing::Revoked);
        assert!(!format!("{token:?}").contains("171"), "{token:?}");
    }
}
