//! The change feed as a stream of events.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use ptf_cache::http::server::{ServeReport, ServerSettings, serve};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tower_service::Service;

use crate::archive::Archive;
use crate::catalogs::Boards;
use crate::changes::{Dice, Kept, publish_something};
use crate::harness::{Answer, Served};

/// Longer than anything here takes; what waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A reader of the stream: what a browser's `EventSource` does, as far as it is needed here.
struct Events {
    body: Body,
    text: String,
    last_id: Option<String>,
}

/// One event.
#[derive(Debug)]
struct Event {
    id: i64,
    kind: String,
    data: Value,
}

impl Events {
    async fn open(served: &Served, query: &str, last_event_id: Option<&str>) -> Events {
        let response = ask(served, query, last_event_id).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Events {
            body: response.into_body(),
            text: String::new(),
            last_id: None,
        }
    }

    /// The next block of lines; `None` when the stream has ended.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let frame = timeout(PATIENCE, self.body.frame()).await;
            let frame = frame.expect("nothing comes")?.unwrap();
            self.text += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
        }
    }

    /// The next event; comments and ids alone are noted and passed over. `None` when the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                let mut lines = block.lines();
                let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                line.map(str::to_owned)
            };
            self.last_id = field("id").or(self.last_id.take());
            if let Some(data) = field("data") {
                return Some(Event {
                    id: field("id").unwrap().parse().unwrap(),
                    kind: field("event").unwrap(),
                    data: serde_json::from_str(&data).unwrap(),
                });
            }
        }
    }

    /// The ids of the next `count` events.
    async fn ids(&mut self, count: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.push(self.next().await.expect("the stream has ended").id);
        }
        ids
    }
}

async fn ask(
    served: &Served,
    query: &str,
    last_event_id: Option<&str>,
) -> axum::http::Response<Body> {
    let mut request = Request::get(format!("/v1/changes/stream?{query}"));
    if let Some(id) = last_event_id {
        request = request.header("Last-Event-ID", id);
    }
    let request = request.body(Body::empty()).unwrap();
    served.router.clone().call(request).await.unwrap()
}

async fn refusal(served: &Served, query: &str, last_event_id: Option<&str>) -> Answer {
    let (head, body) = ask(served, query, last_event_id).await.into_parts();
    assert_ne!(head.status, StatusCode::OK, "{query} {last_event_id:?}");
    Answer {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

/// Versions 1 to `last`, of which each after the first renames a board.
async fn renamed_until(last: i64) -> Archive {
    let mut archive = Archive::new().await;
    rename_until(&mut archive, last).await;
    archive
}

async fn rename_until(archive: &mut Archive, last: i64) {
    loop {
        let name = format!("Name at {}", archive.today());
        let serial = archive.handle.get().unwrap().catalog.head().version;
        if serial.get() >= last {
            return;
        }
        archive
            .sync(|boards| boards.row("12").board.facts.name = format!("{name} {serial}"))
            .await;
    }
}

#[tokio::test]
async fn an_event_tells_a_version_with_its_changes() {
    let archive = renamed_until(2).await;
    let mut events = Events::open(&archive, "after=1", None).await;
    let text = events.block().await.unwrap();
    let page = archive.json("/v1/changes?after=1").await;
    let data = serde_json::json!({
        "version": 2, "at": "2026-11-23T09:00:00Z", "cause": "sync", "changes": page["changes"],
    });
    let (head, sent) = text.split_once("\ndata: ").unwrap();
    assert_eq!(head, "id: 2\nevent: catalog.changed");
    assert_eq!(serde_json::from_str::<Value>(sent).unwrap(), data);
}

#[tokio::test]
async fn without_a_beginning_only_what_comes_from_now_on_is_told() {
    let mut archive = renamed_until(3).await;
    let mut events = Events::open(&archive, "", None).await;
    // Known to the reader before any event, so that it resumes without a gap.
    assert_eq!(events.block().await.unwrap(), "id: 3");
    rename_until(&mut archive, 5).await;
    assert_eq!(events.ids(2).await, [4, 5]);
}

#[tokio::test]
async fn a_beginning_is_given_by_the_query_and_the_header_wins() {
    let archive = renamed_until(4).await;
    let mut all = Events::open(&archive, "after=0", None).await;
    assert_eq!(all.ids(4).await, [1, 2, 3, 4]);
    let mut resumed = Events::open(&archive, "after=0", Some("2")).await;
    assert_eq!(resumed.ids(2).await, [3, 4]);
}

#[tokio::test]
async fn versions_of_another_process_come_too_however_many_at_once() {
    let mut archive = renamed_until(1).await;
    let mut events = Events::open(&archive, "", None).await;
    for name in ["One", "Two", "Three"] {
        archive
            .publish_elsewhere(|boards| boards.row("12").board.facts.name = name.into())
            .await;
    }
    archive.refresh().await;
    assert_eq!(events.ids(3).await, [2, 3, 4]);
    rename_until(&mut archive, 5).await;
    assert_eq!(events.ids(1).await, [5]);
}

#[tokio::test]
async fn one_board_can_be_followed_alone_also_past_the_versions_of_others() {
    let mut archive = Archive::new().await;
    archive.sync(|boards| boards.row("12").active = false).await;
    archive.sync(|boards| boards.row("14").active = false).await;
    let mut events = Events::open(&archive, "board=14&after=1", None).await;
    let event = events.next().await.unwrap();
    assert_eq!((event.id, event.kind.as_str()), (3, "catalog.changed"));
    assert_eq!(event.data["changes"].as_array().unwrap().len(), 1);
    archive.sync(|boards| boards.row("12").active = true).await;
    archive.sync(|boards| boards.row("14").active = true).await;
    assert_eq!(events.ids(1).await, [5]);
    let nobody = refusal(&archive, "board=404", None).await;
    nobody.problem(404, "board_not_found");
}

#[tokio::test]
async fn a_reader_that_is_cut_off_at_random_resumes_without_a_gap_or_a_repeat() {
    let mut archive = Archive::empty().await;
    let mut dice = Dice(0xdead_beef);
    archive.sync(|boards| *boards = Boards::many(3)).await;
    let (mut kept, mut seen, mut last_id) = (Kept::default(), Vec::new(), "0".to_owned());
    for _ in 0..40 {
        let mut events = Events::open(&archive, "", Some(&last_id)).await;
        for _ in 0..dice.below(4) {
            publish_something(&mut archive, &mut dice).await;
        }
        // Reads some of what there is, and is gone in the middle of the rest.
        let there = versions_after(&archive, &last_id).await.len() as u64;
        for _ in 0..dice.below(there + 1) {
            let event = events.next().await.unwrap();
            kept.apply(&event.data["changes"]);
            seen.push(event.id);
        }
        last_id = events.last_id.unwrap_or(last_id);
    }
    let mut events = Events::open(&archive, "", Some(&last_id)).await;
    for _ in versions_after(&archive, &last_id).await {
        let event = events.next().await.unwrap();
        kept.apply(&event.data["changes"]);
        seen.push(event.id);
    }
    assert_eq!(seen, versions_after(&archive, "0").await);
    assert!(seen.len() > 30, "only {} versions", seen.len());
    assert_eq!(kept.boards(), archive.present().await);
}

/// The versions that have changed something since `id`.
async fn versions_after(archive: &Archive, id: &str) -> Vec<i64> {
    let page = archive
        .json(&format!("/v1/changes?after={id}&limit=1000"))
        .await;
    assert_eq!(page["next_after"], page["latest_version"]);
    let changes = page["changes"].as_array().unwrap().iter();
    let mut versions: Vec<i64> = changes
        .map(|change| change["version"].as_i64().unwrap())
        .collect();
    versions.dedup();
    versions
}

#[tokio::test]
async fn many_readers_of_the_same_versions_are_told_the_same() {
    let mut archive = renamed_until(2).await;
    let mut readers = Vec::new();
    for after in [0, 1, 2, 2, 1, 0] {
        let events = Events::open(&archive, &format!("after={after}"), None).await;
        readers.push((after, events));
    }
    rename_until(&mut archive, 6).await;
    for (after, events) in &mut readers {
        let expected: Vec<i64> = (*after + 1..=6).collect();
        assert_eq!(events.ids(expected.len()).await, expected);
    }
}

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
async fn frame(body: &mut Body) -> String {
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
    let archive = crowded(3_000).await;
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
    running.task.await.unwrap();
}

/// The API on a socket, until the archive's `stop`.
struct Running {
    address: SocketAddr,
    task: JoinHandle<ServeReport>,
}

impl Running {
    async fn start(archive: &Archive, settings: ServerSettings) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (router, stop) = (archive.router.clone(), archive.stop.clone());
        let task = tokio::spawn(serve(listener, router, settings, stop));
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

/// With one version of so many boards that its event does not fit into a connection's buffers.
async fn crowded(boards: usize) -> Archive {
    let mut archive = Archive::empty().await;
    archive.sync(|all| *all = Boards::many(boards)).await;
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
