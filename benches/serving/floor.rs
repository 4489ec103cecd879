//! The floor: hyper with its own defaults, a table of answers, and nothing else.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The word by which this benchmark is told to be the floor.
pub(crate) const COMMAND: &str = "--as-floor";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Serves on `address` the answers that the file `list` names.
pub(crate) fn serve(address: &str, list: &str) {
    let answers: Arc<HashMap<String, Answer>> = Arc::new(
        fs::read_to_string(list)
            .unwrap()
            .lines()
            .map(read)
            .collect(),
    );
    // The quickest of tokio's runtimes for one core.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let listener = TcpListener::bind(address).await.unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answers = Arc::clone(&answers);
            let service = service_fn(move |request: Request<Incoming>| {
                std::future::ready(Ok::<_, Infallible>(answer(&answers, &request)))
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move {
                // A client that leaves is none of its business.
                let _ = connection.await;
            });
        }
    });
}

fn answer(answers: &HashMap<String, Answer>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let target = request
        .uri()
        .path_and_query()
        .map_or("", |target| target.as_str());
    let Some(found) = answers.get(target) else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Full::new(found.body.clone()));
    *response.status_mut() = found.status;
    *response.headers_mut() = found.headers.clone();
    response
}

fn read(line: &str) -> (String, Answer) {
    let fields: Vec<&str> = line.split('\t').collect();
    let headers = fields[3..].chunks(2).map(|pair| {
        let name: HeaderName = pair[0].parse().unwrap();
        (name, HeaderValue::from_str(pair[1]).unwrap())
    });
    let answer = Answer {
        status: fields[1].parse().unwrap(),
        headers: headers.collect(),
        body: fs::read(fields[2]).unwrap().into(),
    };
    (fields[0].to_owned(), answer)
}
