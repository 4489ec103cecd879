//! What every request goes through, and every response carries: the request's id, rendered problems, `nosniff`.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::cors::CorsLayer;

use super::changes::stream::LAST_EVENT_ID;
use super::problem::{ApiError, Draft};
use super::request_id::{RequestIds, X_REQUEST_ID};

/// Seconds for which a browser may remember a preflight.
const PREFLIGHT_MAX_AGE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// The outermost layer: names the request, renders the problem where there is one.
pub(crate) async fn frame(
    State(ids): State<Arc<RequestIds>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = ids.of(request.headers());
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Some(draft) = response.extensions_mut().remove::<Draft>() {
        draft.render(&mut response, &id.0);
    }
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, id.to_header());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The answer to a request whose handler panicked; the panic's message goes to the log.
pub(crate) fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    ApiError::Internal(message.to_owned()).into_response()
}

/// Lets pages of exactly `origins` read the API; `None` when there are none, so that no header is sent.
///
/// An origin that cannot be a header value is skipped with a warning: the configuration has checked them before.
pub(crate) fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins
        .iter()
        .filter_map(|origin| match HeaderValue::from_str(origin) {
            Ok(value) => Some(value),
            Err(_) => {
                tracing::warn!(origin, "server.cors_origins: not an origin, skipped");
                None
            }
        })
        .collect();
    if origins.is_empty() {
        return None;
    }
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::OPTIONS])
        .allow_headers([header::CONTENT_TYPE, header::IF_NONE_MATCH, LAST_EVENT_ID])
        .expose_headers([
            HeaderName::from_static("catalog-version"),
            header::ETAG,
            header::LINK,
            header::RETRY_AFTER,
            X_REQUEST_ID,
        ])
        .max_age(PREFLIGHT_MAX_AGE);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_origins_no_page_of_another_origin_may_read() {
        assert!(cors(&[]).is_none());
        assert!(cors(&["https://a.example\n".to_owned()]).is_none());
        assert!(cors(&["https://a.example".to_owned()]).is_some());
    }
}
