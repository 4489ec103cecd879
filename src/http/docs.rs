//! The OpenAPI document, and the page that shows it. Nothing is loaded from elsewhere, and browsers are told so.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use utoipa_swagger_ui::Config;

use super::caching::JSON;
use super::document_json;
use super::pages::{NO_CACHE, guard};
use super::problem::ApiError;

/// The one style that the page of the document writes into itself: its logo's.
const LOGO_STYLE: &str = ".logo_small_svg__cls-2{fill:#fff}.logo_small_svg__cls-3{fill:#85ea2d}";

/// The routes of the document.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/openapi.json", get(show_document))
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async || show_docs_file("index.html")))
        .route(
            "/docs/{*file}",
            get(async |Path(file): Path<String>| show_docs_file(&file)),
        )
}

/// What the page of the document is made of: its own files, its logo's style, icons that are written into its styles,
/// and what this service answers. Its script puts styles on elements one by one, which no policy forbids.
fn docs_policy() -> HeaderValue {
    let logo = hash_of(LOGO_STYLE);
    policy(&format!(
        "script-src 'self'; style-src 'self' {logo}; img-src 'self' data:; connect-src 'self'"
    ))
}

/// The policy of a page that has nothing but what `sources` say, and is in no other's frame.
fn policy(sources: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; {sources}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("words and base64 are ASCII")
}

/// How a policy names a text within a page.
fn hash_of(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// The OpenAPI document.
async fn show_document() -> Response {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document_json().into());
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(JSON)),
        (CACHE_CONTROL, NO_CACHE),
    ];
    (headers, DOCUMENT.clone()).into_response()
}

/// A file of the page that shows the document.
fn show_docs_file(file: &str) -> Response {
    // Without a validator set to "none" the page would send the document's address to a public checker.
    let config = Config::from("/openapi.json").validator_url("none");
    match utoipa_swagger_ui::serve(file, Arc::new(config)) {
        Ok(Some(found)) => {
            let is_page = found.content_type.starts_with("text/html");
            let kind = [(CONTENT_TYPE, found.content_type)];
            let keep = [(CACHE_CONTROL, NO_CACHE)];
            let mut answer = (kind, keep, found.bytes.into_owned()).into_response();
            if is_page {
                static POLICY: LazyLock<HeaderValue> = LazyLock::new(docs_policy);
                guard(answer.headers_mut(), &POLICY);
            }
            answer
        }
        Ok(None) => ApiError::NotFound.into_response(),
        Err(error) => ApiError::Internal(error.to_string()).into_response(),
    }
}
