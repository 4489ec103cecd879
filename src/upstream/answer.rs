//! What an answer of the vendor means, by its status, its headers and its own word.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde_json::Value;
use url::Url;

use super::document;
use super::error::UpstreamError;
use super::excerpt::excerpt;

/// The most characters of anything of the vendor's that is shown.
const MAX_SHOWN_CHARS: usize = 200;

/// The JSON of a success.
///
/// # Errors
/// When there is none, when it does not parse, or when the vendor reports an error in it.
pub(super) fn read_success(status: StatusCode, body: &[u8]) -> Result<Value, UpstreamError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(no_json("an empty answer"));
    }
    let document = document::parse(body)?;
    match vendor_error(&document, status) {
        Some(error) => Err(error),
        None => Ok(document),
    }
}

/// What a failure means: the vendor's own error where it gives one, else its status.
pub(super) fn read_failure(status: StatusCode, body: &[u8]) -> UpstreamError {
    let document = document::parse(body).ok();
    document
        .and_then(|document| vendor_error(&document, status))
        .unwrap_or(UpstreamError::Status {
            status: status.as_u16(),
        })
}

/// Refuses a success that carries no JSON. A missing content type is forgiven.
pub(super) fn check_content(status: StatusCode, headers: &HeaderMap) -> Result<(), UpstreamError> {
    if status == StatusCode::NO_CONTENT {
        return Err(no_json("an empty answer (status 204)"));
    }
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let kind = text.split(';').next().unwrap_or_default().trim();
    let is_json = kind
        .split_once('/')
        .is_some_and(|(_, subtype)| subtype == "json" || subtype.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    Err(no_json(&format!("\"{}\"", excerpt(kind, MAX_SHOWN_CHARS))))
}

fn no_json(found: &str) -> UpstreamError {
    UpstreamError::Content {
        found: found.to_owned(),
    }
}

/// The first of a non-empty `errors` list, which is a failure whatever the status says.
fn vendor_error(document: &Value, status: StatusCode) -> Option<UpstreamError> {
    let first = document.get("errors")?.as_array()?.first()?;
    let shown = |value: &Value| match value {
        Value::String(text) => Some(excerpt(text, MAX_SHOWN_CHARS)),
        Value::Number(number) => Some(excerpt(number.as_str(), MAX_SHOWN_CHARS)),
        _ => None,
    };
    let message = first
        .get("message")
        .and_then(shown)
        .or_else(|| shown(first));
    Some(UpstreamError::VendorError {
        status: status.as_u16(),
        code: first.get("code").and_then(shown),
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
