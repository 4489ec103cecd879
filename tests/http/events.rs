//! A reader of the stream of changes.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use ptf_cache::http::desk::AnswerBody;
use serde_json::Value;
use tokio::time::timeout;

use crate::archive::Archive;
use crate::harness::{Answer, Served};

/// Longer than anything here takes; what waits for it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A reader of the stream: what a browser's `EventSource` does, as far as it is needed here.
pub(crate) struct Events {
    pub(crate) body: AnswerBody,
    text: String,
    pub(crate) last_id: Option<String>,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

impl Events {
    pub(crate) async fn open(served: &Served, query: &str, last_event_id: Option<&str>) -> Events {
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
    pub(crate) async fn block(&mut self) -> Option<String> {
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
    pub(crate) async fn next(&mut self) -> Option<Event> {
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
    pub(crate) async fn ids(&mut self, count: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.push(self.next().await.expect("the stream has ended").id);
        }
        ids
    }
}

/// Asks for a stream.
pub(crate) async fn ask(
    served: &Served,
    query: &str,
    last_event_id: Option<&str>,
) -> axum::http::Response<AnswerBody> {
    let mut request = Request::get(format!("/v1/changes/stream?{query}"));
    if let Some(id) = last_event_id {
        request = request.header("Last-Event-ID", id);
    }
    let request = request.body(Body::empty()).unwrap();
    served.desk.receive(request).await.unwrap()
}

/// Asks for a stream that is not to be had.
pub(crate) async fn refusal(served: &Served, query: &str, last_event_id: Option<&str>) -> Answer {
    let (head, body) = ask(served, query, last_event_id).await.into_parts();
    assert_ne!(head.status, StatusCode::OK, "{query} {last_event_id:?}");
    Answer {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

/// Versions 1 to `last`, of which each after the first renames a board.
pub(crate) async fn renamed_until(last: i64) -> Archive {
    let mut archive = Archive::new().await;
    rename_until(&mut archive, last).await;
    archive
}

/// Publishes versions that rename a board, until there is `last`.
pub(crate) async fn rename_until(archive: &mut Archive, last: i64) {
    let mut newest = archive.newest();
    while newest < last {
        let name = format!("Name after {newest}");
        newest = archive
            .sync(|boards| boards.row("12").board.facts.name = name)
            .await;
    }
}
