//! What an answer of the vendor means, by its status, its headers and its own word.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use serde_json::Value;
use url::Url;

use super::document;
use super::error::UpstreamError;
use super::excerpt::excerpt;

/// The most characters of a header of the vendor's that are shown.
const MAX_SHOWN_CHARS: usize = 200;
/// The most characters kept of the vendor's own error: what is shown is cut from it once credentials are out of it.
const MAX_ERROR_CHARS: usize = 2_000;

/// Refuses a success whose body is nothing, or a page for people.
pub(super) fn check_body(body: &[u8]) -> Result<(), UpstreamError> {
    match body.trim_ascii_start().first() {
        None => Err(no_json("an empty answer")),
        Some(b'<') => Err(no_json("HTML or XML")),
        Some(_) => Ok(()),
    }
}

/// What a failure means: the vendor's own error where it gives one, else its status.
pub(super) fn read_failure(
    status: StatusCode,
    wait: Option<Duration>,
    body: &[u8],
) -> UpstreamError {
    let status = status.as_u16();
    let document = document::parse(body).ok();
    document
        .and_then(|document| vendor_error(&document, status, wait))
        .unwrap_or(UpstreamError::Status { status, wait })
}

/// Refuses a success that carries no JSON, or packs it in a way that was not asked for. A missing content type is
/// forgiven.
pub(super) fn check_content(status: StatusCode, headers: &HeaderMap) -> Result<(), UpstreamError> {
    if status == StatusCode::NO_CONTENT {
        return Err(no_json("an empty answer (status 204)"));
    }
    // What was asked for is unpacked by now, and no longer named.
    if let Some(coding) = headers.get(CONTENT_ENCODING).map(shown)
        && coding != "identity"
    {
        return Err(no_json(&format!("bytes packed as \"{coding}\"")));
    }
    let Some(text) = headers.get(CONTENT_TYPE).map(shown) else {
        return Ok(());
    };
    let kind = text.split(';').next().unwrap_or_default().trim();
    let is_json = kind
        .split_once('/')
        .is_some_and(|(_, subtype)| subtype == "json" || subtype.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    Err(no_json(&format!("\"{kind}\"")))
}

/// A header in lower case, fit to be shown.
fn shown(value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    excerpt(&text, MAX_SHOWN_CHARS)
}

/// An answer that is no JSON.
pub(super) fn no_json(found: &str) -> UpstreamError {
    UpstreamError::Content {
        found: found.to_owned(),
    }
}

/// The first of a non-empty `errors` list, which is a failure whatever the status says.
pub(super) fn vendor_error(
    document: &Value,
    status: u16,
    wait: Option<Duration>,
) -> Option<UpstreamError> {
    let first = document.get("errors")?.as_array()?.first()?;
    let words = |value: &Value| match value {
        Value::String(text) => Some(excerpt(text, MAX_ERROR_CHARS)),
        Value::Number(number) => Some(excerpt(number.as_str(), MAX_ERROR_CHARS)),
        _ => None,
    };
    let message = first.get("message").and_then(words);
    let message = message.or_else(|| words(first));
    Some(UpstreamError::VendorError {
        status,
        wait,
        code: first.get("code").and_then(words),
        message: message.unwrap_or_else(|| "it gives no message".to_owned()),
    })
}

/// Scheme and host of where a redirect points; `None` when that cannot be read.
pub(super) fn redirect_target(asked: &Url, headers: &HeaderMap) -> Option<String> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let target = asked.join(location).ok()?;
    let host = target.host_str().unwrap_or_default();
    let target = format!("{}://{host}", target.scheme());
    Some(excerpt(&target, MAX_SHOWN_CHARS))
}
