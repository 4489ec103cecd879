//! A connection that may end otherwise than HTTP lets it: by a reset, or with bytes that are no HTTP.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::fault::Parting;

/// What is sent where HTTP is expected: the first line of another protocol.
const NO_HTTP: &[u8] = b"220 sandbox.invalid ESMTP ready\r\n";

/// How a connection is to end, once somebody says so.
pub(super) type Ending = Arc<OnceLock<Parting>>;

/// A connection with its ending.
pub(super) struct Socket {
    stream: TcpStream,
    ending: Ending,
}

impl Socket {
    /// `stream`, which ends as `ending` says when it is dropped.
    pub(super) fn new(stream: TcpStream, ending: Ending) -> Socket {
        Socket { stream, ending }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The client may be gone already; then there is nobody left to be told anything.
        let _ = match self.ending.get() {
            None | Some(Parting::HangUp) => Ok(()),
            Some(Parting::Garbage) => self.stream.try_write(NO_HTTP).map(drop),
            Some(Parting::Reset) => self.stream.set_zero_linger(),
        };
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A connection that is closed in order can be reset no more.
        match self.ending.get() {
            Some(Parting::Reset) => Poll::Ready(Ok(())),
            _ => Pin::new(&mut self.stream).poll_shutdown(context),
        }
    }
}
