//! What the client is told, and the checks that keep credentials from going where they should not.

use std::fmt;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::Certificate;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::error::UpstreamError;

/// The most results one page may be asked for.
const MAX_PAGE_SIZE: u32 = 10_000;
/// The longest a page or a whole fetch may be given.
const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// How the vendor is reached.
#[derive(Clone)]
pub struct UpstreamSettings {
    /// Scheme, host and the path before `upstream.mapping.path`.
    pub base_url: Url,
    /// User name of HTTP Basic authentication.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// Results asked for in one page.
    pub page_size: u32,
    /// The longest a connection may take to stand, TLS included.
    pub connect_timeout: Duration,
    /// The longest the vendor may take to begin its answer, connecting included.
    pub first_byte_timeout: Duration,
    /// The longest the vendor may be silent in the middle of an answer.
    pub idle_timeout: Duration,
    /// The longest one page may take, from connecting to its last byte, whatever the others allow.
    pub timeout: Duration,
    /// The longest the whole fetch may take, waits included.
    pub deadline: Duration,
    /// The most bytes of one page, after decompression.
    pub max_body_bytes: u64,
    /// Certificates of further authorities to trust, as PEM; `None` trusts those of this machine alone.
    pub ca_pem: Option<Vec<u8>>,
    /// Whether plain HTTP is allowed beyond this machine.
    pub allow_http: bool,
    /// Whether a vendor that marks itself as the sandbox is admitted.
    pub allow_sandbox: bool,
    /// The longest wait before the second try of a page; it doubles with each further one.
    pub retry_base: Duration,
}

impl UpstreamSettings {
    /// A wait before the second try that is kind to a vendor in trouble.
    pub const DEFAULT_RETRY_BASE: Duration = Duration::from_millis(500);

    /// The vendor at `base_url`, with the defaults of the configuration.
    pub fn new(base_url: Url, username: &str, password: SecretString) -> UpstreamSettings {
        UpstreamSettings {
            base_url,
            username: username.to_owned(),
            password,
            page_size: 50,
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(600),
            max_body_bytes: 32 << 20,
            ca_pem: None,
            allow_http: false,
            allow_sandbox: false,
            retry_base: Self::DEFAULT_RETRY_BASE,
        }
    }

    /// Checks what no request should be made with.
    pub(super) fn check(&self) -> Result<(), UpstreamError> {
        let refuse = |text: String| Err(UpstreamError::Settings(text));
        self.check_base_url()?;
        if self.username.contains(':') {
            return refuse(
                "upstream.username holds a colon, which Basic authentication cannot carry; check it"
                    .to_owned(),
            );
        }
        if !(1..=MAX_PAGE_SIZE).contains(&self.page_size) {
            return refuse(format!(
                "upstream.page_size: {} is not from 1 to {MAX_PAGE_SIZE}; 50 is usual",
                self.page_size
            ));
        }
        for (name, value) in [
            ("connect_timeout_secs", self.connect_timeout),
            ("first_byte_timeout_secs", self.first_byte_timeout),
            ("idle_timeout_secs", self.idle_timeout),
            ("timeout_secs", self.timeout),
            ("deadline_secs", self.deadline),
        ] {
            if value.is_zero() || value > MAX_DURATION {
                return refuse(format!(
                    "upstream.{name}: {} is not from 1 to {} seconds",
                    value.as_secs(),
                    MAX_DURATION.as_secs()
                ));
            }
        }
        if self.max_body_bytes == 0 {
            return refuse(
                "upstream.max_body_bytes: 0 leaves no room for a page; 33554432 is usual"
                    .to_owned(),
            );
        }
        match self.further_authorities() {
            Ok(found) if found.is_empty() && self.ca_pem.is_some() => refuse(
                "upstream.ca_file: there is no certificate in it; give it those of the authority, as PEM".to_owned(),
            ),
            Ok(_) => Ok(()),
            Err(_) => refuse(
                "upstream.ca_file: it cannot be read as certificates; give it those of the authority, as PEM".to_owned(),
            ),
        }
    }

    /// The certificates of further authorities to trust.
    pub(super) fn further_authorities(&self) -> reqwest::Result<Vec<Certificate>> {
        let pem = self.ca_pem.as_deref().unwrap_or_default();
        Certificate::from_pem_bundle(pem)
    }

    /// What no message may hold: the password, and how it is sent.
    pub(super) fn secrets(&self) -> [String; 2] {
        let password = self.password.expose_secret();
        let sent = BASE64_STANDARD.encode(format!("{}:{password}", self.username));
        [password.to_owned(), sent]
    }

    /// HTTPS, or HTTP to this machine or where allowed; no credentials, query or fragment in the address.
    fn check_base_url(&self) -> Result<(), UpstreamError> {
        let url = &self.base_url;
        let problem = match url.scheme() {
            "https" | "http" if !url.username().is_empty() || url.password().is_some() => {
                "holds credentials; put them into upstream.username and upstream.password"
            }
            "https" | "http" if url.query().is_some() || url.fragment().is_some() => {
                "holds a query or a fragment; put the query into upstream.mapping.query"
            }
            "https" => return Ok(()),
            "http" if self.allow_http || is_loopback(url) => return Ok(()),
            "http" => {
                "is plain http, which shows the password to the network; use https, or set upstream.allow_http = true"
            }
            _ => "is neither https nor http; write it like https://api.example.com/v1",
        };
        let origin = url.origin().ascii_serialization();
        Err(UpstreamError::Settings(format!(
            "upstream.base_url: {origin} {problem}"
        )))
    }
}

/// Whether the address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl fmt::Debug for UpstreamSettings {
    /// Leaves the credentials out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamSettings")
            .field("base_url", &self.base_url.origin().ascii_serialization())
            .field("page_size", &self.page_size)
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("allow_http", &self.allow_http)
            .field("allow_sandbox", &self.allow_sandbox)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base_url: &str) -> UpstreamSettings {
        let password = "s3cret".to_owned().into();
        UpstreamSettings::new(base_url.parse().unwrap(), "reseller", password)
    }

    #[test]
    fn plain_http_goes_no_further_than_this_machine() {
        for fine in [
            "https://api.example.com/v1",
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
            "http://localhost",
        ] {
            assert_eq!(settings(fine).check(), Ok(()), "{fine}");
        }
        for refused in [
            "http://api.example.com",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "https://user@api.example.com",
            "https://user:pass@api.example.com",
            "https://api.example.com?key=1",
        ] {
            let error = settings(refused).check().unwrap_err().to_string();
            assert!(error.starts_with("upstream.base_url: "), "{error}");
            assert!(!error.contains("pass@"), "{error}");
        }
        let mut allowed = settings("http://api.example.com");
        allowed.allow_http = true;
        assert_eq!(allowed.check(), Ok(()));
    }

    #[test]
    fn a_file_without_certificates_is_no_authority() {
        let garbled = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for pem in ["", "no certificate", garbled] {
            let settings = UpstreamSettings {
                ca_pem: Some(pem.as_bytes().to_vec()),
                ..settings("https://api.example.com")
            };
            let error = settings.check().unwrap_err().to_string();
            assert!(error.starts_with("upstream.ca_file: "), "{error}");
        }
    }

    #[test]
    fn debug_output_holds_no_credential() {
        let text = format!("{:?}", settings("https://api.example.com"));
        assert!(
            !text.contains("s3cret") && !text.contains("reseller"),
            "{text}"
        );
    }
}
