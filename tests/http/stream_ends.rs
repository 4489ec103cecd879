//! How streams of changes are kept alive, how they end, and who gets none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use http_body_util::BodyExt;
use ptf_cache::http::desk::AnswerBody;
use ptf_cache::http::server::{ServeReport, ServerSettings, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::archive::Archive;
use crate::catalogs::Boards;
use crate::events::{Events, PATIENCE, ask, refusal, rename_until, renamed_until};
use crate::harness::Served;

#[tokio::test]
async fn a_silent_stream_sends_comments() {
    let archive = renamed_until(1).await;
    let mut events = Events::open(&archive, "after=1", None).await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    for seconds in [15, 30, 45] {
        assert!(frame(&mut events.body).await.starts_with(':'));
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

/// What comes next, however long that takes.
async fn frame(body: &mut AnswerBody) -> String {
    let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
    String::from_utf8(data.to_vec()).unwrap()
}

#[tokio::test]
async fn streams_end_when_the_service_stops() {
    let archive = renamed_until(2).await;
    let mut silent = Events::open(&archive, "after=2", None).await;
    let mut behind = Events::open(&archive, "after=0", None).await;
    assert_eq!(behind.ids(1).await, [1]);
    archive.stop.cancel();
    assert!(silent.next().await.is_none());
    assert!(behind.next().await.is_none());
}

#[tokio::test]
async fn a_service_with_open_streams_stops_at_once() {
    let mut archive = renamed_until(1).await;
    let running = Running::start(&archive, ServerSettings::default()).await;
    let mut client = running.open_stream("after=1").await;
    rename_until(&mut archive, 2).await;
    archive.stop.cancel();
    let report = timeout(PATIENCE / 2, running.task)
        .await
        .expect("still draining")
        .unwrap()
        .unwrap();
    assert_eq!((report.accepted, report.cut), (1, 0));
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    assert!(
        rest.ends_with(b"0\r\n\r\n"),
        "the body did not end as it should"
    );
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_cut_off_and_its_place_is_free() {
    let archive = wordy().await;
    let settings = ServerSettings {
        write_timeout: Duration::from_secs(1),
        ..ServerSettings::default()
    };
    let running = Running::start(&archive, settings).await;
    let others = fill(&archive, 255).await;
    let _idle = running.open_stream("after=0").await;
    let crowded = refusal(&archive, "after=1", None).await;
    crowded.problem(503, "overloaded");
    let freed = async {
        while ask(&archive, "after=1", None).await.status() != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, freed)
        .await
        .expect("the place is still taken");
    drop(others);
    archive.stop.cancel();
    running.task.await.unwrap().unwrap();
}

/// The API on a socket, until the archive's `stop`.
struct Running {
    address: SocketAddr,
    task: JoinHandle<std::io::Result<ServeReport>>,
}

impl Running {
    async fn start(archive: &Archive, settings: ServerSettings) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (desk, stop) = (Arc::clone(&archive.desk), archive.stop.clone());
        let task = tokio::spawn(serve(listener, desk, settings, stop));
        Running { address, task }
    }

    /// A connection on which a stream has begun, of which nothing but the beginning is read.
    async fn open_stream(&self, query: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET /v1/changes/stream?{query} HTTP/1.1\r\nHost: test\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        let read = client.read_exact(&mut head);
        timeout(PATIENCE, read).await.unwrap().unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        client
    }
}

/// With one version of which so much is to be told that it does not fit into a connection's buffers.
async fn wordy() -> Archive {
    let mut archive = Archive::empty().await;
    archive
        .sync(|boards| {
            *boards = Boards::many(500);
            for id in 0..500 {
                let note = "x".repeat(20_000);
                boards.row(&format!("b{id}")).board.pass_through.note = Some(note);
            }
        })
        .await;
    archive
}

/// Opens `count` streams.
async fn fill(served: &Served, count: usize) -> Vec<Events> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(Events::open(served, "after=1", None).await);
    }
    streams
}

#[tokio::test]
async fn too_many_streams_are_turned_away_until_one_ends() {
    let archive = renamed_until(1).await;
    let mut streams = fill(&archive, 256).await;
    let answer = refusal(&archive, "after=1", None).await;
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), "1");
    streams.pop();
    Events::open(&archive, "after=1", None).await;
}

#[tokio::test]
async fn a_beginning_that_cannot_be_is_refused() {
    let archive = renamed_until(2).await;
    for wrong in ["x", "-1", "", "1.5", "99999999999999999999"] {
        let answer = refusal(&archive, "", Some(wrong)).await;
        assert_eq!(answer.wrong_places(), ["Last-Event-ID"], "{wrong}");
        let answer = refusal(&archive, &format!("after={wrong}"), None).await;
        assert_eq!(answer.wrong_places(), ["after"], "{wrong}");
    }
    let limited = refusal(&archive, "limit=1", None).await;
    assert_eq!(limited.wrong_places(), ["limit"]);
    for (query, header, place) in [("after=3", None, "after"), ("", Some("3"), "Last-Event-ID")] {
        let answer = refusal(&archive, query, header).await;
        let problem = answer.problem(404, "version_not_found");
        assert_eq!(problem["errors"][0]["parameter"], place);
    }
    let empty = Served::empty().await;
    refusal(&empty, "", None).await.problem(503, "not_ready");
}
