//! The pages for people and their parts. Browsers are told what each page is made of, and run nothing else.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use super::caching::vary_by;
use super::negotiation::{codings, etag_of, matches_any};
use super::prepare::compress;
use super::problem::ApiError;
use crate::catalog::Coding;
use crate::web::{self, WebFile};

/// What pages are made of: their own scripts, styles and pictures, and what this service answers.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// What changes with the programme alone is kept, but asked about before each use.
pub(crate) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// Pages of other origins may use what is loaded by them (the Fetch standard, 3.7).
pub(crate) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// The pages by path, and the file of each.
const PAGES: &[(&str, &str)] = &[("/", "quote.html"), ("/ops", "ops.html")];

/// The routes of the pages and of their parts.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut routes = Router::new().route(
        "/assets/{*name}",
        get(async |Path(name): Path<String>, headers: HeaderMap| show_asset(&name, &headers)),
    );
    for (path, file) in PAGES {
        let show = async |headers: HeaderMap| show_page(file, &headers);
        routes = routes.route(path, get(show));
    }
    routes
}

/// A page.
fn show_page(name: &str, asked: &HeaderMap) -> Response {
    let Some(file) = web::get(name) else {
        return ApiError::NotFound.into_response();
    };
    let mut answer = show(file, asked);
    guard(answer.headers_mut(), &HeaderValue::from_static(PAGE_POLICY));
    answer
}

/// A part of a page. Scripts of pages elsewhere may load it: it says nothing that is not public.
fn show_asset(name: &str, asked: &HeaderMap) -> Response {
    let Some(file) = web::get(name).filter(|_| !name.ends_with(".html")) else {
        return ApiError::NotFound.into_response();
    };
    let mut answer = show(file, asked);
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("cross-origin"),
    );
    answer
}

/// A file as the caller takes it, or 304 where he has it.
fn show(file: WebFile, asked: &HeaderMap) -> Response {
    let etag = etag_of(&file.bytes);
    let known = matches_any(asked.get_all(IF_NONE_MATCH).iter(), etag.as_bytes());
    let mut answer = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        send(file, &etag, asked)
    };
    let headers = answer.headers_mut();
    headers.insert(ETAG, etag);
    headers.insert(CACHE_CONTROL, NO_CACHE);
    vary_by(headers, "accept-encoding");
    answer
}

/// A file, compressed where the caller takes that.
fn send(file: WebFile, etag: &HeaderValue, asked: &HeaderMap) -> Response {
    let content_type = (CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    let Some(coding) = codings(asked)[0] else {
        return ([content_type], file.bytes.into_owned()).into_response();
    };
    let (name, body) = compressed(coding, etag, &file.bytes);
    let encoding = (CONTENT_ENCODING, HeaderValue::from_static(name));
    ([content_type, encoding], body).into_response()
}

/// The file with this tag, compressed once for all who ask.
fn compressed(coding: Coding, etag: &HeaderValue, body: &[u8]) -> (&'static str, Bytes) {
    type Kept = Mutex<HashMap<(&'static str, HeaderValue), Bytes>>;
    static KEPT: LazyLock<Kept> = LazyLock::new(Kept::default);
    let name = coding.name();
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let body = kept
        .entry((name, etag.clone()))
        .or_insert_with(|| compress(coding, body).into());
    (name, body.clone())
}

/// Has browsers keep a page to `policy`, and tell nobody where its readers come from.
pub(crate) fn guard(headers: &mut HeaderMap, policy: &HeaderValue) {
    headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}
