//! The example page of the drop-down element, as somebody else's site serves it: from another origin.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::desk::Desk;
use super::problem::ApiError;
use crate::web;

/// The address of the service in the page as it is written.
const WRITTEN_ADDRESS: &str = "https://fees.example";

/// A site whose only page loads the element from the service at `service`.
pub fn example(service: SocketAddr) -> Desk {
    let address = format!("http://{service}");
    Desk::before(Router::new().route("/", get(async move || show(&address))))
}

/// The page, with the address of the service put in.
fn show(address: &str) -> Response {
    let Some(file) = web::get("example.html") else {
        return ApiError::NotFound.into_response();
    };
    let text = String::from_utf8_lossy(&file.bytes).replace(WRITTEN_ADDRESS, address);
    ([(CONTENT_TYPE, file.content_type)], text).into_response()
}
