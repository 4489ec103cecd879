//! The landing page, the OpenAPI document, and the page that shows it. Nothing is loaded from elsewhere.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use utoipa_swagger_ui::Config;

use super::caching::JSON;
use super::problem::ApiError;
use super::{Api, document_json};

/// Pages and the document change with the programme alone: kept, but asked about before each use.
const NO_CACHE: (HeaderName, &str) = (CACHE_CONTROL, "no-cache");

/// Where an example quote goes once there is a board to quote.
const EXAMPLE_MARK: &str = "<!-- example -->";

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
    let page = include_str!("landing.html").replace(EXAMPLE_MARK, &example.unwrap_or_default());
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), NO_CACHE], page).into_response()
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
            (headers, found.bytes.into_owned()).into_response()
        }
        Ok(None) => ApiError::NotFound.into_response(),
        Err(error) => ApiError::Internal(error.to_string()).into_response(),
    }
}
