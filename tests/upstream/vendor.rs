//! A small HTTP server to order: it sends exactly the bytes a test asks for, also such as no server should.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// One request as the vendor sees it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    /// The head as text, names in lower case.
    pub(crate) head: String,
}

impl Request {
    /// The value of a header, whose name is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }

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
    /// Sends head and body and then no more, though it promised more.
    Stalled,
    /// Sends the body a byte at a time, with a pause behind each.
    Dripping(Duration),
    /// Says nothing at all.
    Silent,
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

    pub(crate) fn dripping(mut self, pause: Duration) -> Reply {
        self.ending = Ending::Dripping(pause);
        self
    }

    pub(crate) fn silent(mut self) -> Reply {
        self.ending = Ending::Silent;
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
            Ending::Whole | Ending::Dripping(_) | Ending::Silent => {
                head.push_str(&format!("content-length: {}\r\n", self.body.len()))
            }
            Ending::BrokenOff | Ending::Stalled => {
                head.push_str(&format!("content-length: {}\r\n", self.body.len() + 1000));
            }
        }
        head + "\r\n"
    }

    async fn send(&self, stream: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
        const FOR_EVER: Duration = Duration::from_secs(60);
        if let Ending::Silent = self.ending {
            tokio::time::sleep(FOR_EVER).await;
        }
        stream.write_all(self.head().as_bytes()).await?;
        if let Ending::Dripping(pause) = self.ending {
            for byte in &self.body {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(pause).await;
            }
            return stream.shutdown().await;
        }
        stream.write_all(&self.body).await?;
        match self.ending {
            Ending::Stalled => tokio::time::sleep(FOR_EVER).await,
            Ending::Endless => loop {
                stream.write_all(&self.body).await?;
            },
            _ => {}
        }
        stream.shutdown().await
    }
}

/// The server; it ends with this value.
pub(crate) struct Vendor {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    server: JoinHandle<()>,
}

/// What came to the server.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<Request>>,
}

impl Seen {
    /// Takes down a request and says which it is, counted from 0.
    fn add(&self, request: Request) -> usize {
        let mut requests = self.requests.lock().unwrap();
        requests.push(request);
        requests.len() - 1
    }
}

impl Vendor {
    /// A vendor that answers the nth request, counted from 0, by `reply`.
    pub(crate) async fn start(
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Vendor {
        Vendor::serve(None, reply).await
    }

    /// The same behind TLS.
    pub(crate) async fn start_tls(
        tls: TlsAcceptor,
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Vendor {
        Vendor::serve(Some(tls), reply).await
    }

    async fn serve(
        tls: Option<TlsAcceptor>,
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Vendor {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, reply) = (Arc::new(Seen::default()), Arc::new(reply));
        let shared = Arc::clone(&seen);
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let (tls, seen, reply) = (tls.clone(), Arc::clone(&shared), Arc::clone(&reply));
                tokio::spawn(async move {
                    let Some(mut stream) = secured(stream, tls).await else {
                        return;
                    };
                    let Some(request) = read_request(&mut stream).await else {
                        return;
                    };
                    let position = seen.add(request.clone());
                    // The client may have hung up, as it should where a body has no end.
                    let _ = reply(&request, position).send(&mut stream).await;
                });
            }
        });
        Vendor {
            address,
            seen,
            server,
        }
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The connections so far, also such as came to no request.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }
}

/// Plain or behind TLS.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The stream behind TLS where there is to be TLS; `None` where the client refuses it.
async fn secured(stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<Box<dyn Stream>> {
    match tls {
        None => Some(Box::new(stream)),
        Some(tls) => Some(Box::new(tls.accept(stream).await.ok()?)),
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let target = head.split(' ').nth(1)?.to_owned();
    Some(Request { target, head })
}
