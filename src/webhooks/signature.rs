//! Signatures after the Standard Webhooks specification (<https://www.standardwebhooks.com>), symmetric: HMAC-SHA256.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// The least bytes of a secret that the specification admits.
const MIN_SECRET_BYTES: usize = 24;
/// The most bytes of a secret that the specification admits.
const MAX_SECRET_BYTES: usize = 64;

/// The keys that messages to an endpoint are signed with: one, or several while the endpoint changes from one to
/// another.
#[derive(Debug)]
pub(super) struct SigningKeys(Vec<SecretSlice<u8>>);

/// A text that holds no secrets. Never repeats what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; write whsec_ and the base64 of {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} random bytes, such as whsec_$(openssl rand -base64 32)"
)]
pub struct InvalidSecret(String);

impl SigningKeys {
    /// Reads secrets that are separated by white space.
    pub(super) fn parse(text: &SecretString) -> Result<SigningKeys, InvalidSecret> {
        let secrets = text.expose_secret().split_whitespace().enumerate();
        let keys = secrets
            .map(|(position, secret)| parse_key(position + 1, secret))
            .collect::<Result<Vec<_>, _>>()?;
        match keys.is_empty() {
            true => Err(InvalidSecret("is blank".to_owned())),
            false => Ok(SigningKeys(keys)),
        }
    }

    /// The value of `webhook-signature`: a signature by each key.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signatures = self.0.iter().map(|key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret())
                .expect("HMAC takes a key of any length");
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

fn parse_key(number: usize, secret: &str) -> Result<SecretSlice<u8>, InvalidSecret> {
    let invalid = |problem: String| InvalidSecret(format!("secret {number} {problem}"));
    let encoded = secret
        .strip_prefix(PREFIX)
        .ok_or_else(|| invalid(format!("does not begin with {PREFIX}")))?;
    let key = STANDARD
        .decode(encoded)
        .map_err(|_| invalid("is not base64".to_owned()))?;
    match (MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&key.len()) {
        true => Ok(key.into()),
        false => Err(invalid(format!("has {} bytes", key.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn parse(text: &str) -> Result<SigningKeys, InvalidSecret> {
        SigningKeys::parse(&SecretString::from(text))
    }

    #[test]
    fn the_published_example_gets_the_published_signature() {
        let keys = parse(SECRET).unwrap();
        let signature = keys.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs() {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let both = parse(&format!(" {SECRET}\n{other} ")).unwrap();
        let signatures = both.sign("msg_1", 5, b"{}");
        let one = |secret| parse(secret).unwrap().sign("msg_1", 5, b"{}");
        assert_eq!(signatures, format!("{} {}", one(SECRET), one(other)));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_repeating_it() {
        for (text, problem) in [
            (" ", "is blank"),
            ("hunter2", "secret 1 does not begin with whsec_"),
            ("whsec_hunter2", "secret 1 is not base64"),
            ("whsec_aHVudGVyMg==", "secret 1 has 7 bytes"),
            (&format!("{SECRET} hunter2"), "secret 2 does not begin"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.starts_with(problem), "{message}");
            assert!(message.contains("openssl rand -base64 32"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        assert!(!format!("{:?}", parse(SECRET).unwrap()).contains("MfKQ"));
    }
}
