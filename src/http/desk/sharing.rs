//! Which other origins' pages may read answers: the CORS protocol of the Fetch standard.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

/// How long a browser may remember a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(3_600);
const ALLOWED_METHODS: &str = "GET,HEAD,POST,OPTIONS";
const ALLOWED_HEADERS: &str = "content-type,if-none-match,last-event-id";
const EXPOSED_HEADERS: &str =
    "catalog-version,etag,link,ratelimit,ratelimit-policy,retry-after,x-request-id";

/// The origins whose pages may read answers, never empty.
pub(super) struct Sharing {
    origins: Vec<HeaderValue>,
}

impl Sharing {
    /// Exactly `origins`, as browsers send them; `None` when there are none, so that no header is sent.
    ///
    /// An origin that cannot be a header value is skipped with a warning: the configuration has checked them before.
    pub(super) fn with(origins: &[String]) -> Option<Sharing> {
        let mut given = Vec::new();
        for origin in origins {
            match HeaderValue::from_str(origin) {
                Ok(value) => given.push(value),
                Err(_) => tracing::warn!(origin, "server.cors_origins: not an origin, skipped"),
            }
        }
        (!given.is_empty()).then_some(Sharing { origins: given })
    }

    /// Says whether the page of `origin` may read the answer. Caches are to be told that it
    /// [depends](crate::http::caching::vary_by) on that.
    pub(super) fn share(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        let Some(origin) = origin.filter(|origin| self.origins.contains(origin)) else {
            return;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// Middleware that answers what browsers ask before they send a page's request. All else goes on.
pub(crate) async fn answer_preflight(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let asks = headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || !asks {
        return next.run(request).await;
    }
    let mut answer = Response::new(Body::empty());
    let headers = answer.headers_mut();
    let methods = HeaderValue::from_static(ALLOWED_METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    let allowed = HeaderValue::from_static(ALLOWED_HEADERS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    let max_age = HeaderValue::from(PREFLIGHT_MAX_AGE.as_secs());
    headers.insert(ACCESS_CONTROL_MAX_AGE, max_age);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_origins_no_page_of_another_origin_may_read() {
        assert!(Sharing::with(&[]).is_none());
        assert!(Sharing::with(&["https://a.example\n".to_owned()]).is_none());
        assert!(Sharing::with(&["https://a.example".to_owned()]).is_some());
    }
}
