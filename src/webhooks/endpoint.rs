//! One endpoint: where it is, and how a message gets there.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use url::Url;

use super::address::{PublicResolver, RefusedAddress, literal_private};
use super::message::Message;
use super::signature::{InvalidSecret, SigningKeys};
use crate::domain::delivery::{DeliveryFailure, DeliveryFailureClass, EndpointName};

/// The longest an attempt may take, from connecting to the head of the answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// How the service names itself.
const USER_AGENT: &str = concat!("ptf-cache/", env!("CARGO_PKG_VERSION"));

/// An endpoint as configured, checked.
pub struct Endpoint {
    name: EndpointName,
    url: Url,
    keys: SigningKeys,
    allow_private: bool,
    /// Made when it is first needed: a machine without certificates can still check its configuration.
    http: OnceLock<reqwest::Client>,
}

/// An endpoint that nothing should be sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// Its secret is none.
    #[error("webhooks.endpoints[{name}].secret: {problem}")]
    Secret {
        /// The endpoint.
        name: EndpointName,
        /// What is wrong.
        problem: InvalidSecret,
    },
    /// Its address is not public.
    #[error(
        "webhooks.endpoints[{name}].url: {address} is not a public address; use another, or set webhooks.allow_private"
    )]
    Address {
        /// The endpoint.
        name: EndpointName,
        /// The address.
        address: IpAddr,
    },
    /// It would be told in the open.
    #[error(
        "webhooks.endpoints[{name}].url: \"{scheme}\" is not https; use https, or set webhooks.allow_private"
    )]
    Scheme {
        /// The endpoint.
        name: EndpointName,
        /// The scheme.
        scheme: String,
    },
}

/// Why a message did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}: {reason}")]
pub struct SendError {
    /// What is kept of it.
    pub failure: DeliveryFailure,
    /// For people; neither a secret nor what the endpoint answered.
    pub reason: String,
}

impl Endpoint {
    /// An endpoint called `name` at `url`; `secrets` are separated by white space, and each signs.
    ///
    /// With `allow_private` it may be in a private network, or on this machine, and speak plain http.
    ///
    /// # Errors
    /// When a secret is none, or the address is not allowed. A name's addresses are checked when it is connected to.
    pub fn new(
        name: EndpointName,
        url: Url,
        secrets: &SecretString,
        allow_private: bool,
    ) -> Result<Endpoint, InvalidEndpoint> {
        let keys = match SigningKeys::parse(secrets) {
            Ok(keys) => keys,
            Err(problem) => return Err(InvalidEndpoint::Secret { name, problem }),
        };
        if !allow_private && url.scheme() != "https" {
            let scheme = url.scheme().to_owned();
            return Err(InvalidEndpoint::Scheme { name, scheme });
        }
        match literal_private(&url) {
            Some(address) if !allow_private => Err(InvalidEndpoint::Address { name, address }),
            _ => Ok(Endpoint {
                name,
                url,
                keys,
                allow_private,
                http: OnceLock::new(),
            }),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &EndpointName {
        &self.name
    }

    /// Sends a message once, signed as of `now`; returns the status, which is a success.
    ///
    /// Follows no redirect, and does not read the answer's body.
    ///
    /// # Errors
    /// When the endpoint cannot be reached, or does not answer with a success in time.
    pub async fn send(&self, message: &Message, now: DateTime<Utc>) -> Result<u16, SendError> {
        let timestamp = now.timestamp();
        let request = self
            .http()?
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header(
                "webhook-signature",
                self.keys.sign(&message.id, timestamp, &message.body),
            )
            .body(message.body.clone());
        let response = request.send().await.map_err(unanswered)?;
        accepted(response.status())
    }

    fn http(&self) -> Result<&reqwest::Client, SendError> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let client = self.build_http().map_err(unbuilt)?;
        Ok(self.http.get_or_init(|| client))
    }

    fn build_http(&self) -> reqwest::Result<reqwest::Client> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(TIMEOUT)
            .referer(false)
            // A proxy would look the name up itself, past the check of addresses.
            .no_proxy();
        if !self.allow_private {
            builder = builder.dns_resolver(PublicResolver);
        }
        if self.url.scheme() == "http" {
            // No certificate is looked at: a machine without any can still send.
            builder = builder.tls_certs_only([]);
        }
        builder.build()
    }
}

impl fmt::Debug for Endpoint {
    /// Leaves out secrets and the address, whose path may be one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

fn accepted(status: StatusCode) -> Result<u16, SendError> {
    let class = match status {
        _ if status.is_success() => return Ok(status.as_u16()),
        _ if status.is_redirection() => DeliveryFailureClass::Redirect,
        _ => DeliveryFailureClass::Status,
    };
    let reason = status.canonical_reason().unwrap_or("unknown to HTTP");
    Err(failed(class, Some(status), reason.to_owned()))
}

/// Why there is nothing to make requests with.
fn unbuilt(error: reqwest::Error) -> SendError {
    failed(DeliveryFailureClass::Tls, None, innermost(&error))
}

/// Why a request got no answer.
fn unanswered(error: reqwest::Error) -> SendError {
    // Its path may be secret.
    let error = &error.without_url();
    let refused = chain(error).find_map(|cause| cause.downcast_ref::<RefusedAddress>());
    let tls = || chain(error).find_map(tls_error);
    match (refused, tls()) {
        (Some(refused), _) => failed(DeliveryFailureClass::Address, None, refused.to_string()),
        (_, Some(tls)) => failed(DeliveryFailureClass::Tls, None, tls.to_string()),
        _ if error.is_timeout() => {
            let reason = format!("no answer within {} seconds", TIMEOUT.as_secs());
            failed(DeliveryFailureClass::Timeout, None, reason)
        }
        _ => failed(DeliveryFailureClass::Connect, None, innermost(error)),
    }
}

fn failed(class: DeliveryFailureClass, status: Option<StatusCode>, reason: String) -> SendError {
    let status = status.map(|status| status.as_u16());
    SendError {
        failure: DeliveryFailure { class, status },
        reason,
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

/// What the deepest cause says.
fn innermost(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}
