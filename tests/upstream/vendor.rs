//! A small HTTP server to order: it sends exactly the bytes a test asks for, also such as no server should.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request as the vendor sees it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    /// The head as text, names in lower case.
    pub(crate) head: String,
}

impl Request {
    /// The number that the query gives for `name`.
    pub(crate) fn number(&self, name: &str) -> u64 {
        let (_, query) = self.target.split_once('?').unwrap();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.into_iter().find(|(key, _)| *key == name).unwrap();
        value.parse().unwrap()
    }
}

/// What the vendor sends.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    ending: Ending,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Whole,
    /// Promises more bytes than it sends.
    BrokenOff,
    /// Sends the head and nothing more.
    Stalled,
    /// Sends the body again and again.
    Endless,
}

impl Reply {
    pub(crate) fn json(body: impl ToString) -> Reply {
        Reply::text("application/json", &body.to_string())
    }

    pub(crate) fn text(content_type: &str, body: &str) -> Reply {
        Reply {
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            ending: Ending::Whole,
        }
        .header("content-type", content_type)
    }

    pub(crate) fn status(status: u16) -> Reply {
        Reply {
            status,
            ..Reply::json("")
        }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn bytes(mut self, body: Vec<u8>) -> Reply {
        self.body = body;
        self
    }

    pub(crate) fn broken_off(mut self) -> Reply {
        self.ending = Ending::BrokenOff;
        self
    }

    pub(crate) fn stalled(mut self) -> Reply {
        self.ending = Ending::Stalled;
        self
    }

    pub(crate) fn endless(mut self) -> Reply {
        self.ending = Ending::Endless;
        self
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Reply\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match self.ending {
            Ending::Endless => {}
            Ending::Whole => head.push_str(&format!("content-length: {}\r\n", self.body.len())),
            Ending::BrokenOff | Ending::Stalled => {
                head.push_str(&format!("content-length: {}\r\n", self.body.len() + 1000));
            }
        }
        head + "\r\n"
    }

    async fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        stream.write_all(self.head().as_bytes()).await?;
        stream.write_all(&self.body).await?;
        match self.ending {
            Ending::Whole | Ending::BrokenOff => {}
            Ending::Stalled => tokio::time::sleep(Duration::from_secs(60)).await,
            Ending::Endless => loop {
                stream.write_all(&self.body).await?;
            },
        }
        stream.shutdown().await
    }
}

/// The server; it ends with this value.
pub(crate) struct Vendor {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    server: JoinHandle<()>,
}

impl Vendor {
    /// A vendor that answers the nth request, counted from 0, by `reply`.
    pub(crate) async fn start(
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Vendor {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, reply) = (Arc::clone(&requests), Arc::new(reply));
        let server = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (seen, reply) = (Arc::clone(&seen), Arc::clone(&reply));
                tokio::spawn(async move {
                    let Some(request) = read_request(&mut stream).await else {
                        return;
                    };
                    let position = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(request.clone());
                        seen.len() - 1
                    };
                    // The client may have hung up, as it should where a body has no end.
                    let _ = reply(&request, position).send(&mut stream).await;
                });
            }
        });
        Vendor {
            address,
            requests,
            server,
        }
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let target = head.split(' ').nth(1)?.to_owned();
    Some(Request { target, head })
}
