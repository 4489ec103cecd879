//! Why a request got no whole answer: the network, TLS, or a body that makes no sense.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::answer;
use super::error::UpstreamError;
use super::excerpt::excerpt;
use super::wait::seconds;

/// The most characters of an error of the network that are shown.
const MAX_SHOWN_CHARS: usize = 200;

/// What `error` means of a request to `endpoint`, whose connection may take `connect_timeout`.
pub(super) fn explain(
    error: &reqwest::Error,
    endpoint: String,
    connect_timeout: Duration,
) -> UpstreamError {
    if let Some(tls) = chain(error).find_map(tls_error) {
        return UpstreamError::Tls {
            endpoint,
            reason: excerpt(&tls.to_string(), MAX_SHOWN_CHARS),
        };
    }
    if is_about_the_body(error) {
        return answer::no_json("bytes that do not decompress");
    }
    let reason = match error.is_timeout() {
        true => format!("no answer within {} s", seconds(connect_timeout)),
        false => innermost(error),
    };
    UpstreamError::Connect { endpoint, reason }
}

/// The error and its causes, outermost first.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Whether a body came whole and makes no sense: what unpacks it says so in an I/O error, where one of the network
/// comes as one of HTTP.
fn is_about_the_body(error: &reqwest::Error) -> bool {
    error.is_decode() && error.source().is_some_and(<dyn Error>::is::<io::Error>)
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
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let last = chain(error).last().map(ToString::to_string);
    excerpt(&last.unwrap_or_default(), MAX_SHOWN_CHARS)
}
