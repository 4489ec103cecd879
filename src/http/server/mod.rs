//! The server loop: takes connections, bounds their number and their time, drains them at the end.
//!
//! `axum::serve` gives hyper no timer, so a connection that says nothing stays for ever; hence a loop of our own.
//! What a thread has to answer at a time it sends together (`batch`). Nobody holds a connection by doing nothing:
//!
//! | a client that | is cut off by |
//! | --- | --- |
//! | connects and is silent, sends half a header, keeps an idle connection | [`ServerSettings::header_read_timeout`] |
//! | sends its body drop by drop, or waits for a handler that hangs | [`Desk::within`] |
//! | does not read its answer | [`ServerSettings::write_timeout`] |
//!
//! What hyper answers itself has no problem document: 400 to what is not HTTP, 431 to a header that is too large.
//!
//! HTTP/1.1 alone is spoken, in clear: TLS and HTTP/2 are a proxy's work. Browsers speak HTTP/2 over TLS alone, and
//! telling the two apart on one port would have every connection wait for the bytes that say which it is.

mod accept;
mod batch;
mod crew;
mod ending;
mod header_time;
mod stream;
mod write_end;
mod write_timeout;

use std::convert::Infallible;
use std::io;
use std::mem::take;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::{Answer, AnswerBody, Answering, Desk};
use accept::{AcceptErrors, accept, slots, take_queued};
use crew::Crew;
use ending::Ending;
use header_time::{Activity, InHand, Timed, turn};
use stream::Stream;

/// How large a request's header may be, in bytes; 431 beyond it. A quote's address with 50 boards is far below.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// How much of a request or an answer hyper buffers, in bytes. Times the connections, it is what clients can make us
/// hold: hyper's own 400 KiB would be 4 GB at 10,000.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// How long idle connections are waited for at a shutdown: whose next request is on its way has it answered. Of the
/// drain, a quarter at most.
const LAST_ORDERS: Duration = Duration::from_secs(1);

/// What bounds a listener's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerSettings {
    /// Connections at a time; 0 is no limit. Beyond it none is accepted: they wait in the listen queue, unread, and cost
    /// no descriptor.
    pub max_connections: usize,
    /// How long a request's header may take, from the connection's first moment or from the end of the request before.
    /// It thereby ends idle keep-alive connections too: a proxy in front should let go of its own earlier.
    pub header_read_timeout: Duration,
    /// How long an answer may wait for a client that takes none of it, or so little that it would never end.
    pub write_timeout: Duration,
    /// How long requests in flight may take to finish once shutdown is asked for.
    pub drain: Duration,
    /// How many threads of their own serve the connections; `None`: the runtime that calls does.
    pub workers: Option<NonZeroUsize>,
}

impl Default for ServerSettings {
    fn default() -> ServerSettings {
        ServerSettings {
            max_connections: 10_000,
            // Within ten seconds a connection that serves nobody is gone, also on a machine that has much to do.
            header_read_timeout: Duration::from_secs(8),
            // Half as long, because the kernel's buffers take what comes of an answer for some seconds more: the clock
            // starts anew when they have.
            write_timeout: Duration::from_secs(4),
            drain: Duration::from_secs(10),
            workers: None,
        }
    }
}

/// What there is to say about a listener when it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeReport {
    /// Connections taken in all.
    pub accepted: u64,
    /// Connections still busy when the drain was over, and cut; 0 is a clean end.
    pub cut: usize,
}

/// Serves what `desk` answers on `listener` until `shutdown` is cancelled, then drains.
///
/// Draining takes the connections that have come, and closes the listener: new ones are refused. Each connection is
/// told with its next answer that it was the last, so that its client sends no other; those that stay idle are closed
/// after a second. Requests in flight finish within `settings.drain`; what is left is cut. Dropping the future cuts all
/// connections.
///
/// # Errors
/// When the threads cannot be started that `settings` ask for.
pub async fn serve(
    listener: TcpListener,
    desk: impl Into<Arc<Desk>>,
    settings: ServerSettings,
    shutdown: CancellationToken,
) -> io::Result<ServeReport> {
    let server = Server::new(desk.into(), settings, shutdown)?;
    let slots = Arc::new(Semaphore::new(slots(settings.max_connections)));
    let mut errors = AcceptErrors::default();
    let mut accepted = 0;
    while let Some(taken) = server.unless_stopped(accept(&listener, &slots)).await {
        match taken {
            Ok((stream, slot)) => {
                accepted += 1;
                server.spawn(stream.into_std(), slot);
            }
            Err(error) => {
                let pause = errors.note(&error, time::Instant::now());
                server.unless_stopped(time::sleep(pause)).await;
            }
        }
    }
    server.ending.call_last_orders();
    for (stream, slot) in take_queued(listener, &slots) {
        accepted += 1;
        server.spawn(Ok(stream), slot);
    }
    let cut = server.drain().await;
    Ok(ServeReport { accepted, cut })
}

/// One listener's connections and what they share.
struct Server {
    desk: Arc<Desk>,
    settings: ServerSettings,
    shutdown: CancellationToken,
    ending: Arc<Ending>,
    connections: TaskTracker,
    crew: Crew,
}

impl Server {
    fn new(
        desk: Arc<Desk>,
        settings: ServerSettings,
        shutdown: CancellationToken,
    ) -> io::Result<Server> {
        Ok(Server {
            desk,
            settings,
            shutdown,
            ending: Arc::default(),
            connections: TaskTracker::new(),
            crew: Crew::of(settings.workers)?,
        })
    }

    /// What `future` gives; `None` when shutdown comes first.
    async fn unless_stopped<F: Future>(&self, future: F) -> Option<F::Output> {
        self.shutdown.run_until_cancelled(future).await
    }

    /// Serves `stream` in a task of its own, which keeps `slot` until the connection has ended.
    ///
    /// It is in the hands of no runtime yet: the one that serves waits for it.
    fn spawn<S: Send + 'static>(&self, stream: io::Result<std::net::TcpStream>, slot: S) {
        let (desk, settings) = (Arc::clone(&self.desk), self.settings);
        let ending = Arc::clone(&self.ending);
        let serving = async move {
            let stream = TcpStream::from_std(stream?)?;
            // Fails only on a connection that is already gone, and then reading says so.
            let _ = stream.set_nodelay(true);
            let peer = stream.peer_addr()?.ip();
            let activity = Arc::new(Activity::default());
            let stream = Stream::new(stream, settings.write_timeout, Arc::clone(&activity));
            let service = service_fn(|request: Request<Incoming>| {
                let in_hand = activity.begin();
                let answering = desk.receive_from(peer, request, turn());
                match answering {
                    // What is answered already does not wait for what has yet to be worked out.
                    Answering::Routed(_) => batch::send(),
                    Answering::AtOnce { given_at, .. } => batch::note_given(given_at),
                }
                InService {
                    answering,
                    in_hand,
                    ending: &ending,
                }
            });
            let connection = http().serve_connection(TokioIo::new(stream), service);
            let limit = settings.header_read_timeout;
            let connection = Timed::new(connection, Arc::clone(&activity), limit);
            let ended = ending.run(connection, wind_up).await;
            if let Some(Err(error)) = ended {
                tracing::debug!(%error, "connection ended early");
            }
            drop(slot);
            io::Result::Ok(())
        };
        self.connections.spawn_on(serving, self.crew.next());
    }

    /// Waits for the connections to end; how many had to be cut.
    async fn drain(&self) -> usize {
        self.connections.close();
        let last_orders = LAST_ORDERS.min(self.settings.drain / 4);
        for limit in [last_orders, self.settings.drain - last_orders] {
            let drained = time::timeout(limit, self.connections.wait()).await;
            if drained.is_ok() {
                return 0;
            }
            self.ending.drain();
        }
        let left = self.connections.len();
        self.ending.cut();
        self.connections.wait().await;
        left
    }
}

/// A request that is being answered on its connection: it is in hand until the answer is, and the answer says when it
/// is the last.
///
/// No `async` block, which would hold the answer twice: it is moved from place to place.
struct InService<'c> {
    answering: Answering,
    in_hand: InHand<'c>,
    ending: &'c Ending,
}

impl Future for InService<'_> {
    type Output = Result<Answer, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer = ready!(Pin::new(&mut self.answering).poll(cx))?;
        match answer.body_mut() {
            AnswerBody::Routed(body) => *body = self.in_hand.until_sent(take(body)),
            AnswerBody::AtHand(body) => batch::offer(body),
        }
        if self.ending.is_near() {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(CONNECTION, close);
        }
        Poll::Ready(Ok(answer))
    }
}

/// Has `connection` end after the request it is at.
fn wind_up<I, S>(mut connection: Pin<&mut Timed<http1::Connection<I, S>>>)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: HttpService<Incoming, ResBody = AnswerBody, Error = Infallible>,
{
    Pin::new(connection.connection()).graceful_shutdown();
}

/// How one connection speaks HTTP.
fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // How long a header may take is timed outside.
    http.header_read_timeout(None)
        .max_header_size(MAX_HEADER_BYTES)
        .max_buf_size(MAX_BUFFER_BYTES);
    http
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ending.cut();
    }
}
