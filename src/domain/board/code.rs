//! Two-letter codes of states and countries.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::domain::money::Currency;

/// Two upper-case letters: a state, territory or province (USPS, Canada Post) or a country (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code([u8; 2]);

/// A text that is not two letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a two-letter code; write it like CA or NV")]
pub struct InvalidCode(pub String);

impl Code {
    /// The United States.
    pub const US: Code = Code(*b"US");
    /// Canada, and California.
    pub const CA: Code = Code(*b"CA");

    /// Reads two letters in any case.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Code, InvalidCode> {
        match text.trim().as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Code([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(InvalidCode(text.to_owned())),
        }
    }

    /// The code as text, upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters are UTF-8")
    }

    /// The currency of this country; `None` where the service knows none and nothing may be guessed.
    pub fn currency_of_country(self) -> Option<Currency> {
        match self {
            Code::US => Some(Currency::USD),
            Code::CA => Some(Currency::CAD),
            _ => None,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_two_letters_in_any_case() {
        assert_eq!(Code::parse("nv").unwrap().as_str(), "NV");
        assert!(Code::parse("Nevada").is_err());
        assert!(Code::parse("N1").is_err());
    }
}
