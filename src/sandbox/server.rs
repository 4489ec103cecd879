//! The vendor's server: connections, authentication, routes.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use super::page::{Fields, PageQuery};
use super::vendor::Vendor;
use super::{MARK_HEADER, PASSWORD, USERNAME, answer, fault};

/// How long to wait when no connection could be accepted, as when the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The routes, with authentication and faults around them.
pub(super) fn router(vendor: Arc<Vendor>) -> Router {
    Router::new()
        .route("/boards.json", get(list_boards))
        .route("/boards/{file}", get(get_board))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(authenticate))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&vendor),
            misbehave,
        ))
        .layer(middleware::map_response(mark))
        .with_state(vendor)
}

/// Accepts connections until `stop`; then none is accepted any more, and each open one is closed.
///
/// The loop is our own because a fault may close a connection unanswered, which a router alone cannot.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    connections: TaskTracker,
    stop: CancellationToken,
) {
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let serving = serve_connection(stream, router.clone());
                    connections.spawn(stop.clone().run_until_cancelled_owned(serving));
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    };
    stop.run_until_cancelled(accepting).await;
}

/// The end of a connection instead of an answer; rides on a response that is never sent.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the sandbox was told to hang up")]
struct HangUp;

async fn serve_connection(stream: TcpStream, router: Router) {
    // Answers go out whole; waiting for more to send only slows them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let mut router = router.clone();
        async move {
            let answered: Result<Response, Infallible> = router.call(request).await;
            let Ok(response) = answered;
            match response.extensions().get::<HangUp>() {
                Some(hang_up) => Err(*hang_up),
                None => Ok(response),
            }
        }
    });
    // A connection ends in an error when the client goes away or a fault hangs up; neither is news here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn mark(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(MARK_HEADER, HeaderValue::from_static("1"));
    response
}

async fn misbehave(State(vendor): State<Arc<Vendor>>, request: Request, next: Next) -> Response {
    let number = vendor.count_request();
    let faults = vendor.faults();
    if fault::hangs_up(&faults) {
        let mut response = Response::default();
        response.extensions_mut().insert(HangUp);
        return response;
    }
    fault::stall(&faults).await;
    if let Some(response) = fault::instead_of_answer(&faults, number) {
        return response;
    }
    fault::in_the_body(&faults, next.run(request).await).await
}

async fn authenticate(request: Request, next: Next) -> Response {
    if has_credentials(request.headers()) {
        next.run(request).await
    } else {
        answer::unauthorized()
    }
}

/// Whether the `Authorization` header holds the sandbox's user name and password (RFC 7617).
fn has_credentials(headers: &HeaderMap) -> bool {
    let Some(header) = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let Some((scheme, encoded)) = header.split_once(' ') else {
        return false;
    };
    let decoded = STANDARD.decode(encoded.trim_start()).unwrap_or_default();
    scheme.eq_ignore_ascii_case("basic") && decoded == format!("{USERNAME}:{PASSWORD}").as_bytes()
}

async fn list_boards(
    State(vendor): State<Arc<Vendor>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let page = match PageQuery::parse(query.as_deref().unwrap_or_default()) {
        Ok(page) => page,
        Err(refused) => return *refused,
    };
    let (faults, boards) = (vendor.faults(), vendor.boards());
    let boards = fault::in_the_data(&faults, &boards);
    let total = fault::claimed_total(&faults, boards.len());
    answer::json(&page.of(&boards, total, &base_url(&headers)))
}

async fn get_board(
    State(vendor): State<Arc<Vendor>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (faults, boards) = (vendor.faults(), vendor.boards());
    let boards = fault::in_the_data(&faults, &boards);
    let id = file.strip_suffix(".json");
    match boards.iter().find(|board| Some(board.id.as_str()) == id) {
        Some(board) => answer::json(&Fields::All.of(board, &base_url(&headers))),
        None => not_found().await,
    }
}

async fn not_found() -> Response {
    answer::failure(StatusCode::NOT_FOUND, "There is nothing here")
}

async fn method_not_allowed() -> Response {
    answer::failure(StatusCode::METHOD_NOT_ALLOWED, "The sandbox is only read")
}

/// Where the client found the vendor, for the links.
fn base_url(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    format!("http://{}", host.unwrap_or("sandbox.invalid"))
}
