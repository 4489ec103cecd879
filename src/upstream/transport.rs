//! One page over HTTP: authentication, limits, statuses and retries.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use backon::Retryable;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{debug, warn};
use url::Url;

use super::answer;
use super::error::UpstreamError;
use super::failure;
use super::kept::Validator;
use super::retry::{FullJitter, any_number, retry_after};
use super::settings::{UpstreamSettings, is_loopback};
use super::wait::Wait;

/// How the service names itself to the vendor.
const USER_AGENT: &str = concat!("ptf-cache/", env!("CARGO_PKG_VERSION"));
/// The header by which the sandbox marks its answers.
const SANDBOX_HEADER: &str = "x-ptf-sandbox";
/// The most bytes read of an answer that is no success: enough for the vendor's own error.
const MAX_ERROR_BYTES: u64 = 64 * 1024;

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

/// One answer of the vendor that may be a page.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// Its bytes, decompressed.
    pub(super) body: Bytes,
    /// Its status, which is a success.
    pub(super) status: u16,
    /// Whether the vendor says that it is the sandbox.
    pub(super) sandbox: bool,
    /// What tells it from a later state of the same page; `None` when the vendor gives nothing to rely on.
    pub(super) validator: Option<Validator>,
    /// When its bytes came.
    pub(super) read_at: DateTime<Utc>,
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
    ///
    /// Where `kept` is given and the vendor says that it has not changed, that is the page.
    pub(super) async fn fetch_page(
        &self,
        url: &Url,
        run: &Run,
        kept: Option<&Page>,
    ) -> Result<Page, UpstreamError> {
        (|| self.try_page(url, run, kept))
            .retry(FullJitter::new(self.settings.retry_base, any_number))
            .when(UpstreamError::is_transient)
            .adjust(|error, wait| {
                let wait = wait?.max(error.asked_wait().unwrap_or_default());
                (Instant::now() + wait < run.deadline).then_some(wait)
            })
            .notify(|error, wait| {
                warn!(error = %error, wait_ms = wait.as_millis() as u64, "the vendor will be asked again");
            })
            .await
    }

    async fn try_page(
        &self,
        url: &Url,
        run: &Run,
        kept: Option<&Page>,
    ) -> Result<Page, UpstreamError> {
        let after = self.settings.timeout;
        let until = Instant::now() + after;
        let late = UpstreamError::Timeout {
            wait: Wait::Page,
            after,
        };
        let page = timeout_at(until, self.ask_for_page(url, run, kept)).await;
        page.unwrap_or(Err(late))
            .map_err(|error| self.fit_to_show(error))
    }

    /// The error without credentials in it, for logs and for people.
    pub(super) fn fit_to_show(&self, error: UpstreamError) -> UpstreamError {
        error.without(&self.settings.secrets())
    }

    async fn ask_for_page(
        &self,
        url: &Url,
        run: &Run,
        kept: Option<&Page>,
    ) -> Result<Page, UpstreamError> {
        let mut request = self.request(url)?;
        let condition = kept.and_then(|kept| kept.validator.as_ref());
        if let Some(condition) = condition {
            request = condition.condition(request);
        }
        let response = self.send(request).await?;
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
        match kept {
            Some(kept) if status == StatusCode::NOT_MODIFIED && condition.is_some() => {
                let sandbox = sandbox || kept.sandbox;
                return Ok(Page {
                    sandbox,
                    ..kept.clone()
                });
            }
            _ if !status.is_success() => return Err(self.refused(response, run).await),
            _ => answer::check_content(status, response.headers())?,
        }
        let validator = Validator::of(response.headers());
        let limit = self.settings.max_body_bytes;
        let body = self.read_body(response, limit).await?;
        answer::check_body(&body)?;
        Ok(Page {
            body: body.into(),
            status: status.as_u16(),
            sandbox,
            validator,
            read_at: run.now(),
        })
    }

    /// The request for a page, with the credentials: the address is always one below the configured origin.
    fn request(&self, url: &Url) -> Result<RequestBuilder, UpstreamError> {
        let request = self.http()?.get(url.clone());
        Ok(request
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .basic_auth(
                &self.settings.username,
                Some(self.settings.password.expose_secret()),
            ))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, UpstreamError> {
        let after = self.settings.first_byte_timeout;
        let late = UpstreamError::Timeout {
            wait: Wait::FirstByte,
            after,
        };
        match timeout(after, request.send()).await {
            Ok(answered) => answered.map_err(|error| self.failed(&error)),
            Err(_) => Err(late),
        }
    }

    /// What an answer means that is no success.
    async fn refused(&self, response: Response, run: &Run) -> UpstreamError {
        let status = response.status();
        let now = run.now();
        let wait = retry_after(response.headers(), SystemTime::from(now));
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => UpstreamError::Auth {
                status: status.as_u16(),
            },
            StatusCode::TOO_MANY_REQUESTS => UpstreamError::RateLimited {
                wait,
                until: wait.map(|wait| now + wait),
            },
            // 304 points nowhere; unasked, it is one more status that is no success.
            _ if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                UpstreamError::Redirect {
                    status: status.as_u16(),
                    target: answer::redirect_target(response.url(), response.headers()),
                }
            }
            _ => {
                let body = self.read_body(response, MAX_ERROR_BYTES).await;
                answer::read_failure(status, wait, &body.unwrap_or_default())
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
        while let Some(chunk) = self.read_chunk(&mut response).await? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(UpstreamError::Size { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    async fn read_chunk(&self, response: &mut Response) -> Result<Option<Bytes>, UpstreamError> {
        let after = self.settings.idle_timeout;
        let late = UpstreamError::Timeout {
            wait: Wait::Idle,
            after,
        };
        match timeout(after, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| self.failed(&error)),
            Err(_) => Err(late),
        }
    }

    fn http(&self) -> Result<&reqwest::Client, UpstreamError> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let client = self.build_http()?;
        Ok(self.http.get_or_init(|| client))
    }

    fn build_http(&self) -> Result<reqwest::Client, UpstreamError> {
        let unusable = |error: reqwest::Error| UpstreamError::Tls {
            endpoint: self.endpoint(),
            reason: failure::innermost(&error),
        };
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(self.settings.connect_timeout)
            .referer(false);
        if is_loopback(&self.settings.base_url) {
            builder = builder.no_proxy();
        }
        if self.settings.base_url.scheme() == "http" {
            // No certificate is looked at: a machine without any can still run the demo.
            builder = builder.tls_certs_only([]);
        } else {
            let further = self.settings.further_authorities().map_err(unusable)?;
            builder = builder.tls_certs_merge(further);
        }
        builder.build().map_err(unusable)
    }

    /// Why a request got no whole answer.
    fn failed(&self, error: &reqwest::Error) -> UpstreamError {
        failure::explain(error, self.endpoint(), self.settings.connect_timeout)
    }

    fn endpoint(&self) -> String {
        self.settings.base_url.origin().ascii_serialization()
    }
}
