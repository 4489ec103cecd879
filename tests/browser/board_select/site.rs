//! Somebody else's site: its pages stand on another origin than the service, and it notes which forms it is sent.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::harness::PATIENCE;

/// What the site answers under one path.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    head: String,
    body: String,
    after: Duration,
}

impl Page {
    /// A page of HTML.
    pub(crate) fn html(body: &str) -> Page {
        Page::of("text/html; charset=utf-8", body)
    }

    /// An answer in JSON.
    pub(crate) fn json(body: &str) -> Page {
        Page::of("application/json", body)
    }

    pub(crate) fn of(content_type: &str, body: &str) -> Page {
        Page {
            status: 200,
            head: format!("content-type: {content_type}\r\n"),
            body: body.to_owned(),
            after: Duration::ZERO,
        }
    }

    /// The same, with a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Page {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// The same, late.
    pub(crate) fn after(mut self, wait: Duration) -> Page {
        self.after = wait;
        self
    }

    /// The same, as a failure.
    pub(crate) fn status(mut self, status: u16) -> Page {
        self.status = status;
        self
    }
}

#[derive(Default)]
struct Kept {
    pages: HashMap<String, Page>,
    asked: Vec<String>,
}

/// The site; it ends with this value.
pub(crate) struct Site {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    listening: JoinHandle<()>,
}

/// Where forms go.
const SENT: &str = "/sent";

impl Site {
    pub(crate) async fn start() -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let shared = Arc::clone(&kept);
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        let site = Site {
            address,
            kept,
            listening,
        };
        site.put(SENT, Page::html("<!doctype html><title>Received</title>"));
        site
    }

    /// Its origin, as browsers send it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it answers so under `path`.
    pub(crate) fn put(&self, path: &str, page: Page) {
        self.kept
            .lock()
            .unwrap()
            .pages
            .insert(path.to_owned(), page);
    }

    /// What was asked under `path`: the queries, oldest first.
    pub(crate) fn queries(&self, path: &str) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        let parts = kept.asked.iter().map(|target| split(target));
        parts
            .filter(|(found, _)| *found == path)
            .map(|(_, query)| query.to_owned())
            .collect()
    }

    /// The forms it was sent, as their queries.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.queries(SENT)
    }

    /// Waits until it was sent as many forms, and gives the newest.
    pub(crate) async fn wait_for_sent(&self, count: usize) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let sent = self.sent();
            if sent.len() >= count {
                return sent[count - 1].clone();
            }
            assert!(Instant::now() < deadline, "no form was sent: {sent:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn split(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

/// Answers one request, the only one of its connection.
async fn answer(mut stream: TcpStream, kept: Arc<Mutex<Kept>>) {
    let Some(target) = read_target(&mut stream).await else {
        return;
    };
    let page = {
        let mut kept = kept.lock().unwrap();
        kept.asked.push(target.clone());
        kept.pages.get(split(&target).0).cloned()
    };
    let page = page.unwrap_or_else(|| Page::html("not here").status(404));
    tokio::time::sleep(page.after).await;
    let answer = format!(
        "HTTP/1.1 {} Page\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n{}",
        page.status,
        page.body.len(),
        page.head,
        page.body
    );
    // The browser may have hung up, as it does when a newer request makes an older one useless.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The target of a request without a body; none where nothing was asked.
async fn read_target(stream: &mut TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next_line().await.ok()??;
    while !lines.next_line().await.ok()??.is_empty() {}
    first.split(' ').nth(1).map(str::to_owned)
}
