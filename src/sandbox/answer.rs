//! The vendor's answers: JSON, and failures as `{"errors": [...]}`.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

/// The content type of all that the vendor means to say.
pub(super) const JSON: &str = "application/json;charset=UTF-8";

/// `value` with status 200.
pub(super) fn json(value: &Value) -> Response {
    with_type(StatusCode::OK, JSON, value.to_string())
}

/// One error in the vendor's form; its code is the number of the status.
pub(super) fn failure(status: StatusCode, message: &str) -> Response {
    let mut response = errors(status.as_u16(), message);
    *response.status_mut() = status;
    response
}

/// One error in the vendor's form, but with status 200, as the vendor does at times.
pub(super) fn errors(code: u16, message: &str) -> Response {
    let href = format!("https://sandbox.invalid/errors/{code}");
    json(&json!({ "errors": [{ "code": code, "message": message, "href": href }] }))
}

/// 401, with what it takes to do better.
pub(super) fn unauthorized() -> Response {
    let message = "Wrong user name or password; the sandbox takes HTTP Basic authentication";
    let mut response = failure(StatusCode::UNAUTHORIZED, message);
    let challenge = HeaderValue::from_static("Basic realm=\"sandbox\", charset=\"UTF-8\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}

/// A body of some content type.
pub(super) fn with_type(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
