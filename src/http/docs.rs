//! The landing page, the OpenAPI document, and the page that shows it. Nothing is loaded from elsewhere, and browsers are
//! told so: each page says what it is made of, and runs nothing else.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use utoipa_swagger_ui::Config;

use super::caching::JSON;
use super::problem::ApiError;
use super::{Api, document_json};

/// Pages and the document change with the programme alone: kept, but asked about before each use.
const NO_CACHE: (HeaderName, &str) = (CACHE_CONTROL, "no-cache");

/// Where an example quote goes once there is a board to quote.
const EXAMPLE_MARK: &str = "<!-- example -->";

/// The landing page as it is written.
const LANDING_PAGE: &str = include_str!("landing.html");

/// The one style that the page of the document writes into itself: its logo's.
const LOGO_STYLE: &str = ".logo_small_svg__cls-2{fill:#fff}.logo_small_svg__cls-3{fill:#85ea2d}";

/// The routes beside the API.
pub(crate) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/", get(show_landing_page))
        .route("/openapi.json", get(show_document))
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async || show_docs_file("index.html")))
        .route(
            "/docs/{*file}",
            get(async |Path(file): Path<String>| show_docs_file(&file)),
        )
}

/// What there is to see, with an example quote of the first board.
async fn show_landing_page(State(api): State<Arc<Api>>) -> Response {
    let snapshot = api.catalog.get();
    let boards = snapshot.as_ref().map(|snapshot| snapshot.catalog.boards());
    let first = boards.and_then(|boards| boards.iter().find(|board| board.active));
    let example = first.map(|board| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("board", board.facts.id.as_str())
            .append_pair("agents", "3")
            .finish();
        let query = query.replace('&', "&amp;");
        format!("<li><a href=\"/v1/quote?{query}\">An example quote, for three agents</a></li>")
    });
    let page = LANDING_PAGE.replace(EXAMPLE_MARK, &example.unwrap_or_default());
    let content_type = (CONTENT_TYPE, "text/html; charset=utf-8");
    let mut answer = ([content_type, NO_CACHE], page).into_response();
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(landing_policy);
    guard_page(answer.headers_mut(), &POLICY);
    answer
}

/// What the landing page is made of: the style within it.
fn landing_policy() -> HeaderValue {
    let (_, rest) = LANDING_PAGE.split_once("<style>").unwrap_or_default();
    let (style, _) = rest.split_once("</style>").unwrap_or_default();
    policy(&format!("style-src {}", hash_of(style)))
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

/// Has browsers keep a page to `policy`, and tell nobody where its readers come from.
fn guard_page(headers: &mut HeaderMap, policy: &HeaderValue) {
    headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// The OpenAPI document.
async fn show_document() -> Response {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document_json().into());
    ([(CONTENT_TYPE, JSON), NO_CACHE], DOCUMENT.clone()).into_response()
}

/// A file of the page that shows the document.
fn show_docs_file(file: &str) -> Response {
    // Without a validator set to "none" the page would send the document's address to a public checker.
    let config = Config::from("/openapi.json").validator_url("none");
    match utoipa_swagger_ui::serve(file, Arc::new(config)) {
        Ok(Some(found)) => {
            let headers = [
                (CONTENT_TYPE, found.content_type),
                (CACHE_CONTROL, "no-cache".to_owned()),
            ];
            let is_page = headers[0].1.starts_with("text/html");
            let mut answer = (headers, found.bytes.into_owned()).into_response();
            if is_page {
                static POLICY: LazyLock<HeaderValue> = LazyLock::new(docs_policy);
                guard_page(answer.headers_mut(), &POLICY);
            }
            answer
        }
        Ok(None) => ApiError::NotFound.into_response(),
        Err(error) => ApiError::Internal(error.to_string()).into_response(),
    }
}
