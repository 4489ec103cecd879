//! One page over HTTP: authentication, limits, statuses and retries.

use std::error::Error;
use std::io;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use backon::Retryable;
use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::Instant;
use tracing::{debug, warn};
use url::Url;

use super::answer;
use super::error::UpstreamError;
use super::excerpt::excerpt;
use super::retry::{FullJitter, any_number, retry_after};
use super::settings::{UpstreamSettings, is_loopback};

/// How the service names itself to the vendor.
const USER_AGENT: &str = concat!("ptf-cache/", env!("CARGO_PKG_VERSION"));
/// The header by which the sandbox marks its answers.
const SANDBOX_HEADER: &str = "x-ptf-sandbox";
/// The longest a connection may take to stand; the page's own limit still counts.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes read of an answer that is no success: enough for the vendor's own error.
const MAX_ERROR_BYTES: u64 = 64 * 1024;
/// The most characters of an error of the network that are shown.
const MAX_SHOWN_CHARS: usize = 200;

/// One fetch as a whole: when it began, and when it must end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    observed_at: DateTime<Utc>,
    started: Instant,
    pub(super) deadline: Instant,
}

impl Run {
    /// A fetch that begins now, at `observed_at`, and may take `limit`.
    pub(super) fn start(observed_at: DateTime<Utc>, limit: Duration) -> Run {
        let started = Instant::now();
        Run {
            observed_at,
            started,
            deadline: started + limit,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.observed_at + self.started.elapsed()
    }
}

/// One answer of the vendor.
#[derive(Debug)]
pub(super) struct Page {
    /// Its JSON.
    pub(super) document: Value,
    /// Whether the vendor says that it is the sandbox.
    pub(super) sandbox: bool,
}

/// Speaks HTTP with the vendor. The connection pool is made when it is first needed.
pub(super) struct Transport {
    settings: UpstreamSettings,
    http: OnceLock<reqwest::Client>,
}

impl Transport {
    /// A transport by checked settings.
    pub(super) fn new(settings: UpstreamSettings) -> Transport {
        Transport {
            settings,
            http: OnceLock::new(),
        }
    }

    pub(super) fn settings(&self) -> &UpstreamSettings {
        &self.settings
    }

    /// Fetches one page, trying again where that may help and the run has time for it.
    pub(super) async fn fetch_page(&self, url: &Url, run: &Run) -> Result<Page, UpstreamError> {
        (|| self.try_page(url, run))
            .retry(FullJitter::new(self.settings.retry_base, any_number))
            .when(UpstreamError::is_transient)
            .adjust(|error, wait| {
                let wait = wait?.max(asked_wait(error));
                (Instant::now() + wait < run.deadline).then_some(wait)
            })
            .notify(|error, wait| {
                warn!(error = %error, wait_ms = wait.as_millis() as u64, "the vendor will be asked again");
            })
            .await
    }

    async fn try_page(&self, url: &Url, run: &Run) -> Result<Page, UpstreamError> {
        let request = self
            .http()?
            .get(url.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .basic_auth(
                &self.settings.username,
                Some(self.settings.password.expose_secret()),
            );
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        debug!(
            http.status = status.as_u16(),
            http.query = url.query(),
            "the vendor answered"
        );
        let sandbox = response.headers().contains_key(SANDBOX_HEADER);
        if sandbox && !self.settings.allow_sandbox {
            return Err(UpstreamError::Sandbox);
        }
        if !status.is_success() {
            return Err(self.refused(response, run).await);
        }
        answer::check_content(status, response.headers())?;
        let body = self
            .read_body(response, self.settings.max_body_bytes)
            .await?;
        let document = answer::read_success(status, &body)?;
        Ok(Page { document, sandbox })
    }

    /// What an answer means that is no success.
    async fn refused(&self, response: Response, run: &Run) -> UpstreamError {
        let status = response.status();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => UpstreamError::Auth {
                status: status.as_u16(),
            },
            StatusCode::TOO_MANY_REQUESTS => {
                let now = run.now();
                let wait = retry_after(response.headers(), SystemTime::from(now));
                UpstreamError::RateLimited {
                    wait,
                    until: wait.map(|wait| now + wait),
                }
            }
            _ if status.is_redirection() => UpstreamError::Redirect {
                status: status.as_u16(),
                target: answer::redirect_target(response.url(), response.headers()),
            },
            _ => {
                let body = self.read_body(response, MAX_ERROR_BYTES).await;
                answer::read_failure(status, &body.unwrap_or_default())
            }
        }
    }

    /// The body, at most `limit` bytes of it after decompression.
    async fn read_body(
        &self,
        mut response: Response,
        limit: u64,
    ) -> Result<Vec<u8>, UpstreamError> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(UpstreamError::Size { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn http(&self) -> Result<&reqwest::Client, UpstreamError> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let client = self.build_http()?;
        Ok(self.http.get_or_init(|| client))
    }

    fn build_http(&self) -> Result<reqwest::Client, UpstreamError> {
        let timeout = self.settings.timeout;
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(timeout.min(CONNECT_TIMEOUT))
            .read_timeout(timeout)
            .timeout(timeout)
            .referer(false);
        if is_loopback(&self.settings.base_url) {
            builder = builder.no_proxy();
        }
        if self.settings.base_url.scheme() == "http" {
            // No certificate is looked at: a machine without any can still run the demo.
            builder = builder.tls_certs_only([]);
        }
        builder.build().map_err(|error| UpstreamError::Tls {
            endpoint: self.endpoint(),
            reason: innermost(&error),
        })
    }

    /// Why a request got no whole answer.
    fn failed(&self, error: &reqwest::Error) -> UpstreamError {
        let endpoint = self.endpoint();
        if let Some(tls) = chain(error).find_map(tls_error) {
            return UpstreamError::Tls {
                endpoint,
                reason: tls.to_string(),
            };
        }
        if error.is_timeout() {
            return UpstreamError::Timeout {
                after: self.settings.timeout,
            };
        }
        UpstreamError::Connect {
            endpoint,
            reason: innermost(error),
        }
    }

    fn endpoint(&self) -> String {
        self.settings.base_url.origin().ascii_serialization()
    }
}

/// What the vendor asks to wait; nothing unless it does.
fn asked_wait(error: &UpstreamError) -> Duration {
    match error {
        UpstreamError::RateLimited { wait, .. } => wait.unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

/// The error and its causes, outermost first.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The TLS error that `error` is, or carries inside I/O errors, which `source` steps over.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    tls_error(inner)
}

/// What the deepest cause says: `Connection refused`, without the address that the message names anyway.
fn innermost(error: &reqwest::Error) -> String {
    let last = chain(error).last().map(ToString::to_string);
    excerpt(&last.unwrap_or_default(), MAX_SHOWN_CHARS)
}
