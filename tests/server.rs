//! The server loop, the overload bound and the operators' listener, over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails in a test should panic, and a child process tells its address"
)]

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::registry::Registry;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use ptf_cache::catalog::{Catalog, CatalogHandle, Prepared};
use ptf_cache::clock::FixedClock;
use ptf_cache::domain::version::{CatalogVersion, Cause, ContentHash, VersionHead};
use ptf_cache::http::desk::Desk;
use ptf_cache::http::metrics::{self, HttpMetrics};
use ptf_cache::http::ops::{self, Check, Ops};
use ptf_cache::http::overload::{self, InFlight};
use ptf_cache::http::server::{ServeReport, ServerSettings, serve};

/// Longer than anything here takes; what waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A limit that a test waits for.
const SHORT: Duration = Duration::from_millis(200);

/// Served by the runtime of the test, and by threads of the server.
const WORKERS: [Option<NonZeroUsize>; 2] = [None, NonZeroUsize::new(2)];

fn with(workers: Option<NonZeroUsize>) -> ServerSettings {
    ServerSettings {
        workers,
        ..ServerSettings::default()
    }
}

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<std::io::Result<ServeReport>>,
}

impl Running {
    async fn start(router: Router, settings: ServerSettings) -> Running {
        Running::open(Desk::before(router), settings).await
    }

    async fn open(desk: Desk, settings: ServerSettings) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve(listener, desk, settings, shutdown.clone()));
        Running {
            address,
            shutdown,
            task,
        }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// Connects and sends `request` as it stands.
    async fn send(&self, request: &str) -> Client {
        let mut client = self.connect().await;
        client.send(request).await;
        client
    }

    /// The answer to a GET on a connection of its own.
    async fn get(&self, path: &str) -> String {
        self.send(&get_request(path)).await.answer().await
    }

    async fn refuses_connections(&self) {
        let refused = async {
            while TcpStream::connect(self.address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, refused).await.expect("still accepting");
    }

    async fn stop(self) -> ServeReport {
        self.shutdown.cancel();
        self.report().await
    }

    async fn report(self) -> ServeReport {
        let report = timeout(PATIENCE, self.task).await;
        report.expect("still running").unwrap().unwrap()
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// One whole answer: its head, and the body as long as `content-length` says.
    async fn answer(&mut self) -> String {
        let answer = async {
            let mut text = String::new();
            while !is_whole(&text) {
                let mut bytes = [0; 4096];
                let count = self.0.read(&mut bytes).await.unwrap();
                assert_ne!(count, 0, "closed in the middle of {text:?}");
                text += std::str::from_utf8(&bytes[..count]).unwrap();
            }
            text
        };
        timeout(PATIENCE, answer).await.expect("no answer")
    }

    /// How many bytes come before the server closes the connection.
    async fn bytes_until_closed(mut self) -> usize {
        let mut bytes = Vec::new();
        // A reset is a close too.
        let closed = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        let _ = closed.expect("the connection is still open");
        bytes.len()
    }
}

fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.unwrap().parse().unwrap()
}

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn problem(answer: &str) -> serde_json::Value {
    assert!(
        answer.contains("\r\ncontent-type: application/problem+json\r\n"),
        "{answer}"
    );
    serde_json::from_str(body(answer)).unwrap()
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

/// A route whose requests wait, and the strings to them.
struct Gate {
    entered: mpsc::UnboundedReceiver<()>,
    release: Arc<Semaphore>,
    most_inside: Arc<AtomicUsize>,
}

/// A router whose `/gate` answers when it is let to.
fn gated() -> (Router, Gate) {
    let (enter, entered) = mpsc::unbounded_channel();
    let release = Arc::new(Semaphore::new(0));
    let inside = Arc::new(AtomicUsize::new(0));
    let most_inside = Arc::new(AtomicUsize::new(0));
    let gate = Gate {
        entered,
        release: Arc::clone(&release),
        most_inside: Arc::clone(&most_inside),
    };
    let pass = async move || {
        most_inside.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        enter.send(()).unwrap();
        release.acquire().await.unwrap().forget();
        inside.fetch_sub(1, Ordering::SeqCst);
        "through"
    };
    (Router::new().route("/gate", get(pass)), gate)
}

impl Gate {
    async fn wait_for_one(&mut self) {
        let entered = timeout(PATIENCE, self.entered.recv()).await;
        entered.expect("no request came in").unwrap();
    }
}

#[tokio::test]
async fn a_connection_serves_several_requests_and_then_idles_out() {
    let settings = ServerSettings {
        header_read_timeout: SHORT,
        ..ServerSettings::default()
    };
    let server = Running::start(hello(), settings).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client.send(&get_request("/")).await;
        assert_eq!(body(&client.answer().await), "hello");
    }
    let idle_since = Instant::now();
    assert_eq!(client.bytes_until_closed().await, 0);
    // The server began to wait a little before the client saw its last answer.
    assert!(idle_since.elapsed() > SHORT / 2);
    let report = server.stop().await;
    assert_eq!((report.accepted, report.cut), (1, 0));
}

#[tokio::test]
async fn a_silent_connection_and_half_a_header_are_closed_at_the_header_timeout() {
    let settings = ServerSettings {
        header_read_timeout: SHORT,
        ..ServerSettings::default()
    };
    let server = Running::start(hello(), settings).await;
    for start in ["", "GET / HTT", "GET / HTTP/1.1\r\nhost: te"] {
        let began = Instant::now();
        let client = server.send(start).await;
        assert_eq!(client.bytes_until_closed().await, 0, "{start:?}");
        assert!(began.elapsed() >= SHORT, "{start:?}");
    }
}

#[tokio::test]
async fn a_header_that_is_too_large_is_answered_431() {
    let server = Running::start(hello(), ServerSettings::default()).await;
    let long = "x".repeat(70_000);
    let mut client = server.connect().await;
    let request = format!("GET / HTTP/1.1\r\nhost: test\r\nx-long: {long}\r\n\r\n");
    // The server may close before it has read all.
    let _ = client.0.write_all(request.as_bytes()).await;
    let answer = client.answer().await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_cut_with_408() {
    let router = Router::new().route("/", post(|body: Bytes| async move { body }));
    let server = Running::open(
        Desk::before(router).within(SHORT),
        ServerSettings::default(),
    )
    .await;
    let mut client = server
        .send("POST / HTTP/1.1\r\nhost: test\r\nx-request-id: r-1\r\ncontent-length: 9\r\n\r\nslo")
        .await;
    let answer = client.answer().await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    let problem = problem(&answer);
    assert_eq!(problem["code"], "request_timeout");
    assert_eq!(problem["request_id"], "r-1");
    assert_eq!(client.bytes_until_closed().await, 0);
}

#[tokio::test]
async fn a_handler_that_hangs_is_answered_503_and_the_connection_lives_on() {
    let hang = |body: Bytes| async move {
        assert_eq!(body, "whole");
        std::future::pending::<()>().await
    };
    let server = Running::open(
        Desk::before(hello().route("/hang", post(hang))).within(SHORT),
        ServerSettings::default(),
    )
    .await;
    let mut client = server
        .send("POST /hang HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nwhole")
        .await;
    let answer = client.answer().await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert_eq!(problem(&answer)["code"], "overloaded");
    client.send(&get_request("/")).await;
    assert_eq!(body(&client.answer().await), "hello");
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_loses_its_slot() {
    let settings = ServerSettings {
        max_connections: 1,
        write_timeout: SHORT,
        ..ServerSettings::default()
    };
    // More than the kernel buffers on both sides.
    let large = Bytes::from(vec![b'x'; 64 << 20]);
    let size = large.len();
    let server = Running::start(
        hello().route("/large", get(|| async move { large })),
        settings,
    )
    .await;
    let stalled = server.send(&get_request("/large")).await;
    // There is one slot: this answer is there only when the client above has been given up on.
    assert_eq!(body(&server.get("/").await), "hello");
    assert!(stalled.bytes_until_closed().await < size);
}

#[tokio::test]
async fn no_more_connections_than_the_limit_are_served_at_a_time_and_the_others_wait() {
    let settings = ServerSettings {
        max_connections: 2,
        ..ServerSettings::default()
    };
    let (router, mut gate) = gated();
    let server = Running::start(router, settings).await;
    let request = "GET /gate HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(server.send(request).await);
    }
    gate.wait_for_one().await;
    gate.wait_for_one().await;
    for _ in 2..clients.len() {
        gate.release.add_permits(1);
        gate.wait_for_one().await;
    }
    gate.release.add_permits(2);
    for mut client in clients {
        assert_eq!(body(&client.answer().await), "through");
    }
    assert_eq!(gate.most_inside.load(Ordering::SeqCst), 2);
    assert_eq!(server.stop().await.accepted, 6);
}

#[tokio::test]
async fn shutdown_finishes_the_request_in_flight_and_refuses_new_connections() {
    for workers in WORKERS {
        let (router, mut gate) = gated();
        let server = Running::start(router, with(workers)).await;
        let mut busy = server.send(&get_request("/gate")).await;
        gate.wait_for_one().await;
        let silent = server.connect().await;

        server.shutdown.cancel();
        server.refuses_connections().await;
        assert_eq!(silent.bytes_until_closed().await, 0);
        gate.release.add_permits(1);

        let answer = busy.answer().await;
        assert_eq!(body(&answer), "through");
        // A thread of the server may finish it before it hears of the shutdown, and closes all the same.
        let says_so = answer.contains("\r\nconnection: close\r\n");
        assert!(says_so || workers.is_some(), "{answer}");
        assert_eq!(busy.bytes_until_closed().await, 0);
        assert_eq!(server.report().await.cut, 0);
    }
}

#[tokio::test]
async fn what_outlasts_the_drain_is_cut_and_counted() {
    for workers in WORKERS {
        let settings = ServerSettings {
            drain: SHORT,
            ..with(workers)
        };
        let (router, mut gate) = gated();
        let server = Running::start(router, settings).await;
        let busy = server.send(&get_request("/gate")).await;
        gate.wait_for_one().await;
        assert_eq!(server.stop().await.cut, 1);
        assert_eq!(busy.bytes_until_closed().await, 0);
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_gives_its_slot_back() {
    for workers in WORKERS {
        let settings = ServerSettings {
            max_connections: 1,
            ..with(workers)
        };
        let fail = || async { panic!("on purpose") };
        let router = hello().route("/panic", get(async move || -> () { fail().await }));
        let server = Running::start(router, settings).await;
        let client = server.send(&get_request("/panic")).await;
        assert_eq!(client.bytes_until_closed().await, 0);
        assert_eq!(body(&server.get("/").await), "hello");
    }
}

/// Marks the child process of the test that runs out of descriptors.
const CHILD: &str = "PTF_TEST_SERVER_CHILD";

#[tokio::test]
async fn running_out_of_descriptors_is_logged_and_survived() {
    if std::env::var_os(CHILD).is_some() {
        return serve_until_killed().await;
    }
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 24; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "running_out_of_descriptors_is_logged_and_survived",
        ])
        .arg("--nocapture")
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = line_with(&mut lines, "listening on ").await;
    let address: SocketAddr = address.rsplit(' ').next().unwrap().parse().unwrap();

    let mut clients = Vec::new();
    for _ in 0..40 {
        clients.push(TcpStream::connect(address).await.unwrap());
    }
    line_with(&mut lines, "cannot take connections").await;
    drop(clients);
    let mut client = Client(TcpStream::connect(address).await.unwrap());
    client.send(&get_request("/")).await;
    assert_eq!(body(&client.answer().await), "hello");
}

async fn serve_until_killed() {
    tracing_subscriber::fmt().with_ansi(false).init();
    let server = Running::start(hello(), ServerSettings::default()).await;
    println!("\nlistening on {}", server.address);
    server.task.await.unwrap().unwrap();
}

async fn line_with(
    lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
    text: &str,
) -> String {
    let found = async {
        loop {
            let line = lines.next_line().await.unwrap();
            let line = line.expect("the child has ended");
            if line.contains(text) {
                return line;
            }
        }
    };
    timeout(PATIENCE, found).await.expect("no such line")
}

#[tokio::test]
async fn a_request_beyond_those_in_flight_is_shed_with_503() {
    let mut registry = Registry::default();
    let metrics = HttpMetrics::register(&mut registry);
    let (router, mut gate) = gated();
    let in_flight = InFlight::new(1, metrics);
    let router = router.layer(from_fn_with_state(in_flight, overload::shed));
    let server = Running::start(router, ServerSettings::default()).await;

    let mut first = server.send(&get_request("/gate")).await;
    gate.wait_for_one().await;
    let second = "GET /gate HTTP/1.1\r\nhost: test\r\nx-request-id: r-2\r\n\r\n";
    let answer = server.send(second).await.answer().await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    let problem = problem(&answer);
    assert_eq!(problem["type"], "urn:ptf-cache:problem:overloaded");
    assert_eq!(problem["status"], 503);
    assert_eq!(problem["code"], "overloaded");
    assert_eq!(problem["request_id"], "r-2");

    gate.release.add_permits(2);
    assert_eq!(body(&first.answer().await), "through");
    assert_eq!(body(&server.get("/gate").await), "through");
    assert!(rendered(&registry).contains("\nptf_http_shed_total 1\n"));
}

#[tokio::test]
async fn a_bound_of_zero_sheds_nothing() {
    let mut registry = Registry::default();
    let in_flight = InFlight::new(0, HttpMetrics::register(&mut registry));
    let router = hello().layer(from_fn_with_state(in_flight, overload::shed));
    let server = Running::start(router, ServerSettings::default()).await;
    assert_eq!(body(&server.get("/").await), "hello");
    assert!(rendered(&registry).contains("\nptf_http_shed_total 0\n"));
}

fn rendered(registry: &Registry) -> String {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).unwrap();
    text
}

#[tokio::test]
async fn requests_are_counted_by_route_pattern_method_and_status() {
    let mut registry = Registry::default();
    let metrics = HttpMetrics::register(&mut registry);
    let inner = Router::new().route("/boards/{id}", get(|| async { "board" }));
    let router = Router::new()
        .nest("/v1", inner)
        .route("/any", any(|| async {}))
        .layer(from_fn_with_state(metrics, metrics::observe));
    let server = Running::start(router, ServerSettings::default()).await;
    for (method, path) in [
        ("GET", "/v1/boards/12"),
        ("GET", "/v1/boards/13?x=y"),
        ("POST", "/v1/boards/12"),
        ("GET", "/etc/passwd"),
        ("BREW", "/any"),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\n\r\n");
        server.send(&request).await.answer().await;
    }
    let text = rendered(&registry);
    for line in [
        r#"ptf_http_requests_total{route="/v1/boards/{id}",method="GET",status="200"} 2"#,
        r#"ptf_http_requests_total{route="/v1/boards/{id}",method="POST",status="405"} 1"#,
        r#"ptf_http_requests_total{route="unmatched",method="GET",status="404"} 1"#,
        r#"ptf_http_requests_total{route="/any",method="OTHER",status="200"} 1"#,
        r#"ptf_http_request_duration_seconds_count{route="/v1/boards/{id}"} 3"#,
        r#"ptf_http_request_duration_seconds_bucket{le="0.0001",route="/v1/boards/{id}"}"#,
        r#"ptf_http_request_duration_seconds_bucket{le="5.0",route="/v1/boards/{id}"} 3"#,
        "ptf_http_shed_total 0",
    ] {
        assert!(
            text.contains(&format!("\n{line}")),
            "{line}\nnot in\n{text}"
        );
    }
    assert!(!text.contains("passwd") && !text.contains("BREW"), "{text}");
}

#[tokio::test]
async fn a_request_that_runs_out_of_time_is_counted_as_cancelled() {
    let mut registry = Registry::default();
    let metrics = HttpMetrics::register(&mut registry);
    let (router, _gate) = gated();
    let router = router.layer(from_fn_with_state(metrics, metrics::observe));
    let server = Running::open(
        Desk::before(router).within(SHORT),
        ServerSettings::default(),
    )
    .await;
    server.get("/gate").await;
    let line = r#"ptf_http_requests_total{route="/gate",method="GET",status="cancelled"} 1"#;
    let text = rendered(&registry);
    assert!(text.contains(line), "{text}");
}

/// The operators' listener over a catalog that can be published, at a time that can be set.
struct OpsWorld {
    server: Running,
    catalog: Arc<CatalogHandle>,
    clock: Arc<FixedClock>,
}

const CHECKED_AT: DateTime<Utc> = DateTime::<Utc>::UNIX_EPOCH;

impl OpsWorld {
    async fn start(checks: Vec<(&'static str, Check)>) -> OpsWorld {
        let catalog = Arc::new(CatalogHandle::new(prepare_nothing, TimeDelta::hours(26)));
        let clock = Arc::new(FixedClock::at(CHECKED_AT));
        let mut registry = Registry::default();
        metrics::register_catalog(&mut registry, Arc::clone(&catalog), clock.clone());
        let ops = Ops {
            catalog: Arc::clone(&catalog),
            clock: clock.clone(),
            registry,
            checks,
            watches: Vec::new(),
        };
        let router = ops::router(Arc::new(ops));
        OpsWorld {
            server: Running::start(router, ServerSettings::default()).await,
            catalog,
            clock,
        }
    }

    fn publish(&self) {
        let head = VersionHead {
            version: CatalogVersion::new(42).unwrap(),
            created_at: CHECKED_AT,
            as_of: CHECKED_AT.date_naive(),
            content_hash: ContentHash([0; 32]),
            cause: Cause::Sync,
            actor: None,
            run_id: None,
        };
        let catalog = Catalog::build(head, Vec::new());
        self.catalog.publish(catalog, CHECKED_AT);
    }
}

fn prepare_nothing(_: &Catalog, _: Option<&Prepared>) -> Prepared {
    Prepared::default()
}

#[tokio::test]
async fn the_service_is_live_at_once_and_ready_with_the_first_catalog() {
    let world = OpsWorld::start(Vec::new()).await;
    let live = world.server.get("/livez").await;
    assert!(live.starts_with("HTTP/1.1 200 "), "{live}");
    assert_eq!(body(&live), "ok");
    let early = world.server.get("/readyz").await;
    assert!(early.starts_with("HTTP/1.1 503 "), "{early}");
    assert_eq!(
        body(&early),
        "[-]catalog failed: no catalog yet: the first sync has not succeeded\nnot ready\n"
    );

    world.publish();
    let ready = world.server.get("/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200 "), "{ready}");
    assert_eq!(body(&ready), "ok");
    for answer in [live, early, ready, world.server.get("/nowhere").await] {
        assert!(
            answer.contains("\r\ncache-control: no-store\r\n"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_stale_catalog_is_shown_and_still_ready() {
    let world = OpsWorld::start(Vec::new()).await;
    world.publish();
    let fresh = world.server.get("/readyz?verbose").await;
    assert_eq!(
        body(&fresh),
        "[+]catalog ok: version 42, 0 boards, fresh until 1970-01-02T02:00:00Z\nready\n"
    );
    world.clock.set(CHECKED_AT + TimeDelta::hours(26));
    let stale = world.server.get("/readyz?verbose").await;
    assert!(stale.starts_with("HTTP/1.1 200 "), "{stale}");
    assert_eq!(
        body(&stale),
        "[+]catalog ok: version 42, 0 boards, stale since 1970-01-02T02:00:00Z\nready\n"
    );
}

#[tokio::test]
async fn a_check_that_fails_makes_the_service_not_ready() {
    let checks: Vec<(&'static str, Check)> = vec![
        ("database", Arc::new(|| Ok(String::new()))),
        ("scheduler", Arc::new(|| Err("it has stopped".to_owned()))),
    ];
    let world = OpsWorld::start(checks).await;
    world.publish();
    let answer = world.server.get("/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert_eq!(
        body(&answer),
        "[-]scheduler failed: it has stopped\nnot ready\n"
    );
    let verbose = world.server.get("/readyz?verbose=1").await;
    assert!(verbose.starts_with("HTTP/1.1 503 "), "{verbose}");
    assert_eq!(
        body(&verbose),
        "[+]catalog ok: version 42, 0 boards, fresh until 1970-01-02T02:00:00Z\n\
         [+]database ok\n\
         [-]scheduler failed: it has stopped\nnot ready\n"
    );
}

#[tokio::test]
async fn the_catalogs_metrics_are_worked_out_at_each_scrape() {
    let world = OpsWorld::start(Vec::new()).await;
    let early = world.server.get("/metrics").await;
    let content_type = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(early.contains(content_type), "{early}");
    let build = format!(
        "\nptf_build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    );
    assert!(early.contains(&build), "{early}");
    assert!(!early.contains("ptf_catalog"), "{early}");
    assert!(early.ends_with("# EOF\n"), "{early}");

    world.publish();
    world
        .clock
        .set(CHECKED_AT + TimeDelta::milliseconds(90_500));
    let text = world.server.get("/metrics").await;
    assert!(text.contains("\nptf_catalog_age_seconds 90.5\n"), "{text}");
    assert!(text.contains("\nptf_catalog_version 42\n"), "{text}");
    assert!(text.contains("\nptf_catalog_boards 0\n"), "{text}");

    world.clock.set(CHECKED_AT - TimeDelta::hours(1));
    let text = world.server.get("/metrics").await;
    assert!(text.contains("\nptf_catalog_age_seconds 0.0\n"), "{text}");
}
