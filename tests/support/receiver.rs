//! A receiver of webhooks: keeps what it is sent, and answers as a test says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How long anything that a test waits for may take: generous, because machines are shared.
const PATIENCE: Duration = Duration::from_secs(60);

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The status it was answered with; 0 until it is.
    pub(crate) status: u16,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The version it tells of.
    pub(crate) fn version(&self) -> i64 {
        let event = self.json();
        assert_eq!(event["type"], "catalog.changed", "{event}");
        event["data"]["version"].as_i64().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Whether the specification's reference implementation accepts the signature.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        webhook.verify(&self.body, &self.headers).is_ok()
    }
}

/// What the receiver answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    head: String,
    after: Duration,
    endless: bool,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Reply {
        Reply {
            status,
            head: String::new(),
            after: Duration::ZERO,
            endless: false,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Reply {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Takes its time.
    pub(crate) fn after(mut self, wait: Duration) -> Reply {
        self.after = wait;
        self
    }

    /// With a body that never ends.
    pub(crate) fn endless(mut self) -> Reply {
        self.endless = true;
        self
    }

    async fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        tokio::time::sleep(self.after).await;
        let length = if self.endless {
            ""
        } else {
            "content-length: 0\r\n"
        };
        let head = format!(
            "HTTP/1.1 {} Reply\r\nconnection: close\r\n{length}{}\r\n",
            self.status, self.head
        );
        stream.write_all(head.as_bytes()).await?;
        if self.endless {
            loop {
                stream.write_all(&[b'x'; 4_096]).await?;
            }
        }
        stream.shutdown().await
    }
}

type Decide = dyn Fn(&Received, usize) -> Reply + Send + Sync;

/// The receiver; it ends with this value.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    decide: Arc<Decide>,
    listening: Option<JoinHandle<()>>,
}

impl Receiver {
    /// A receiver that answers the nth request, counted from 0, by `decide`.
    pub(crate) async fn start(
        decide: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static,
    ) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut receiver = Receiver {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            decide: Arc::new(decide),
            listening: None,
        };
        receiver.listen(listener);
        receiver
    }

    pub(crate) async fn accepting() -> Receiver {
        Receiver::start(|_, _| Reply::status(204)).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook/path-of-crm", self.address)
    }

    fn listen(&mut self, listener: TcpListener) {
        let (received, decide) = (Arc::clone(&self.received), Arc::clone(&self.decide));
        self.listening = Some(tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(stream, Arc::clone(&received), Arc::clone(&decide)));
            }
        }));
    }

    /// Refuses connections from here on.
    pub(crate) async fn go_down(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _ended = listening.await;
        }
    }

    /// Listens again where it did.
    pub(crate) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.listen(listener);
    }

    /// Everything that arrived, in order.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The versions that were accepted, in order, repeats included.
    pub(crate) fn accepted(&self) -> Vec<i64> {
        let received = self.received();
        let accepted = received
            .iter()
            .filter(|request| (200..300).contains(&request.status));
        accepted.map(Received::version).collect()
    }

    /// Waits until what arrived is as a test wants it.
    pub(crate) async fn wait_until(&self, what: &str, ready: impl Fn(&Receiver) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !ready(self) {
            assert!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {what}; accepted {:?}",
                self.accepted()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

async fn answer(mut stream: TcpStream, received: Arc<Mutex<Vec<Received>>>, decide: Arc<Decide>) {
    let Ok(request) = read_request(&mut stream).await else {
        return;
    };
    let position = {
        let mut received = received.lock().unwrap();
        received.push(request.clone());
        received.len() - 1
    };
    let reply = decide(&request, position);
    received.lock().unwrap()[position].status = reply.status;
    // The sender may have hung up, as it should where a body has no end.
    let _ = reply.send(&mut stream).await;
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<Received> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("POST "), "{head}");
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        let name: HeaderName = name.parse().unwrap();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let length = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Received {
        headers,
        body,
        status: 0,
    })
}
