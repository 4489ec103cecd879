//! The vendor's server: connections, authentication, routes.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
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

use super::fault::{Disturbance, Parting};
use super::page::{Fields, PageQuery};
use super::socket::{Ending, Socket};
use super::vendor::Vendor;
use super::{MARK_HEADER, PASSWORD, USERNAME, answer, control};

/// How long to wait when no connection could be accepted, as when the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The routes: the vendor's with authentication and faults around them, and beside them those that order the faults.
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
        .merge(control::routes())
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

/// The end of a connection instead of an answer.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the sandbox was told to hang up")]
struct HangUp;

async fn serve_connection(stream: TcpStream, router: Router) {
    // Answers go out whole; waiting for more to send only slows them.
    let _ = stream.set_nodelay(true);
    let ending = Ending::new(OnceLock::new());
    let socket = Socket::new(stream, Arc::clone(&ending));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (mut router, ending) = (router.clone(), Arc::clone(&ending));
        async move {
            let answered: Result<Response, Infallible> = router.call(request).await;
            let Ok(response) = answered;
            let Some(parting) = response.extensions().get::<Parting>() else {
                return Ok(response);
            };
            let parting = *ending.get_or_init(|| *parting);
            match parting {
                Parting::HangUp | Parting::Garbage => Err(HangUp),
                Parting::Reset => Ok(response),
            }
        }
    });
    // A connection ends in an error when the client goes away or a fault hangs up; neither is news here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn mark(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(MARK_HEADER, HeaderValue::from_static("1"));
    response
}

async fn misbehave(
    State(vendor): State<Arc<Vendor>>,
    mut request: Request,
    next: Next,
) -> Response {
    let query = PageQuery::parse(request.uri().query().unwrap_or_default());
    let disturbance = vendor.receive(query.map_or(0, |query| query.offset));
    let mut response = match disturbance.parting() {
        Some(Parting::HangUp | Parting::Garbage) => Response::default(),
        _ => {
            disturbance.wait().await;
            match disturbance.instead_of_answer() {
                Some(response) => response,
                None => {
                    request.extensions_mut().insert(disturbance.clone());
                    disturbance.in_the_document(next.run(request).await).await
                }
            }
        }
    };
    response = disturbance.on_the_wire(response).await;
    if let Some(parting) = disturbance.parting() {
        response.extensions_mut().insert(parting);
    }
    response
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
    Extension(disturbance): Extension<Disturbance>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = match PageQuery::parse(query.as_deref().unwrap_or_default()) {
        Ok(query) => query,
        Err(refused) => return *refused,
    };
    let boards = vendor.boards();
    let boards = disturbance.in_the_data(&boards);
    answer::json(&disturbance.page(query, &boards, &base_url(&headers)))
}

async fn get_board(
    State(vendor): State<Arc<Vendor>>,
    Extension(disturbance): Extension<Disturbance>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let boards = vendor.boards();
    let boards = disturbance.in_the_data(&boards);
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
