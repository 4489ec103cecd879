//! The names of fees within their board and channel.

use std::fmt;

use serde::Serialize;

/// The name of a fee within its (board, channel): lower-case letters, digits and `_`, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct FeeKey(String);

/// A text that cannot be a fee key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a fee key; use 1 to 64 lower-case letters, digits and _, as in setup or idx_monthly"
)]
pub struct InvalidFeeKey(pub String);

/// The most characters of a [`FeeKey`].
const MAX_KEY_CHARS: usize = 64;

impl FeeKey {
    /// Reads a key as written.
    ///
    /// # Errors
    /// When it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<FeeKey, InvalidFeeKey> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if text.is_empty() || text.len() > MAX_KEY_CHARS || !text.bytes().all(allowed) {
            return Err(InvalidFeeKey(text.to_owned()));
        }
        Ok(FeeKey(text.to_owned()))
    }

    /// A key made of any text: folded, other characters as `_`, cut to length; `fee` when nothing is left.
    pub fn slug(text: &str) -> FeeKey {
        let mut slug: String = crate::domain::folded::fold(text)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(MAX_KEY_CHARS - 4)
            .collect();
        slug.truncate(slug.trim_end_matches('_').len());
        if slug.is_empty() {
            slug.push_str("fee");
        }
        FeeKey(slug)
    }

    /// The same key with `_{ordinal}` behind it, for a repeated one.
    pub fn numbered(&self, ordinal: u32) -> FeeKey {
        let suffix = format!("_{ordinal}");
        let kept = self.0.len().min(MAX_KEY_CHARS - suffix.len());
        FeeKey(format!("{}{suffix}", &self.0[..kept]))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_always_a_key() {
        for text in [
            "Set-up Fee",
            "  ",
            "Frais d'accès é",
            "日本",
            &"x".repeat(500),
        ] {
            let slug = FeeKey::slug(text);
            assert_eq!(FeeKey::parse(slug.as_str()).unwrap(), slug);
            let repeated = slug.numbered(12);
            assert_eq!(FeeKey::parse(repeated.as_str()).unwrap(), repeated);
        }
        assert_eq!(FeeKey::slug("Set-up Fee").as_str(), "set_up_fee");
        assert!(FeeKey::parse("Setup").is_err());
    }
}
