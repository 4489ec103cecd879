//! The form of a token: `ptf_<id>_<secret>_<check>`, in letters and digits.
//!
//! The prefix lets scanners of source code and logs know a token by sight; the check is the CRC-32 of all before it, so
//! that a mistyped or cut token is refused by itself.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::domain::token::{TokenHash, TokenId};

/// What every token begins with.
const PREFIX: &str = "ptf";
/// The digits of base 62.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of a secret: 62^43 is more than 2^256.
const SECRET_CHARS: usize = 43;
/// Characters of a check: 62^6 is more than 2^32.
const CHECK_CHARS: usize = 6;

/// A token as its holder has it, well formed. It is shown by [`expose`](Self::expose) alone.
#[derive(Clone)]
pub struct TokenText {
    id: TokenId,
    text: SecretString,
}

impl TokenText {
    /// A new token of 256 random bits, and a random id.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn random() -> Result<TokenText, getrandom::Error> {
        let id = random_digits(TokenId::CHARS)?;
        let secret = random_digits(SECRET_CHARS)?;
        let mut text = format!("{PREFIX}_{id}_{secret}");
        let check = check_of(&text);
        text.push('_');
        text.push_str(&check);
        Ok(TokenText {
            id: id.parse().expect("an id is made of its own characters"),
            text: text.into(),
        })
    }

    /// Reads a token; `None` when it has not the form of one, or its check is wrong.
    pub fn parse(text: &str) -> Option<TokenText> {
        let (checked, check) = text.rsplit_once('_')?;
        let (id, secret) = checked
            .strip_prefix(PREFIX)?
            .strip_prefix('_')?
            .split_once('_')?;
        let is_secret =
            secret.len() == SECRET_CHARS && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_secret || check_of(checked) != check {
            return None;
        }
        Some(TokenText {
            id: id.parse().ok()?,
            text: text.into(),
        })
    }

    /// The public part.
    pub fn id(&self) -> &TokenId {
        &self.id
    }

    /// The whole token: for its holder's eyes.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.expose()).into())
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenText({}, ..)", self.id)
    }
}

/// So many random digits of base 62, each as likely as any other.
fn random_digits(count: usize) -> Result<String, getrandom::Error> {
    let mut digits = String::with_capacity(count);
    let mut bytes = [0; 64];
    while digits.len() < count {
        getrandom::fill(&mut bytes)?;
        // Of 256 values, 248 fall evenly on 62 digits; the others are thrown away.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let drawn = fair.map(|byte| char::from(DIGITS[usize::from(byte % 62)]));
        digits.extend(drawn.take(count - digits.len()));
    }
    Ok(digits)
}

/// The CRC-32 of `text` in base 62.
fn check_of(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes()) as usize;
    let mut digits = [b'0'; CHECK_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % 62];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_made() {
        let token = TokenText::random().unwrap();
        let read = TokenText::parse(token.expose()).unwrap();
        assert_eq!((read.id(), read.hash()), (token.id(), token.hash()));
        assert_eq!(token.expose().len(), 4 + 8 + 1 + 43 + 1 + 6);
        assert!(!format!("{token:?}").contains(&token.expose()[13..]));
    }

    #[test]
    fn a_character_that_is_wrong_or_missing_is_found() {
        let token = TokenText::random().unwrap();
        let text = token.expose();
        for position in 0..text.len() {
            let mut cut = text.to_owned();
            cut.remove(position);
            assert!(TokenText::parse(&cut).is_none(), "{position} is missing");
            let mut wrong = text.to_owned();
            let other = if &text[position..=position] == "x" {
                "y"
            } else {
                "x"
            };
            wrong.replace_range(position..=position, other);
            assert!(TokenText::parse(&wrong).is_none(), "{position} is wrong");
        }
        for text in ["", "ptf", "ptf___", "Basic abc", "ptf_é_é_é", "ghp_a_b_c"] {
            assert!(TokenText::parse(text).is_none(), "{text}");
        }
    }

    /// Fixed, because issued tokens are to stay good.
    #[test]
    fn the_check_is_the_crc_32_in_base_62() {
        // CRC-32 of "123456789" is cbf43926 (the check value of its definition).
        assert_eq!(check_of("123456789"), "3jZRME");
    }

    #[test]
    fn no_digit_is_rarer_than_others_and_no_token_comes_twice() {
        let mut counts = [0_u32; 62];
        let mut seen = HashSet::new();
        for _ in 0..2_000 {
            let text = random_digits(SECRET_CHARS).unwrap();
            for byte in text.bytes() {
                counts[DIGITS.iter().position(|digit| *digit == byte).unwrap()] += 1;
            }
            assert!(seen.insert(text));
        }
        // Expected 1,387 each, with a standard deviation of 37: ten of these are never seen.
        let least = counts.iter().min().unwrap();
        let most = counts.iter().max().unwrap();
        assert!(*least > 1_017 && *most < 1_757, "{least} to {most}");
    }
}
