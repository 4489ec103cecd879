//! The end of a connection that is written to, by the connection's own task and from the batch of its thread.
//!
//! What is sent from a batch and the client does not take is left for the connection, which writes it before all else.

use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::net::tcp::OwnedWriteHalf;

/// The end of a connection that is written to. Whoever lets go of it last tells the client that nothing more comes.
#[derive(Debug)]
pub(super) struct WriteEnd {
    half: OwnedWriteHalf,
    /// Whether the client is behind. Only the connection's thread tells and asks.
    is_behind: AtomicBool,
    left: Mutex<Left>,
}

/// What was in a batch, and the client has not taken.
#[derive(Debug, Default)]
struct Left {
    bytes: Vec<u8>,
    /// Wakes the connection when there is something.
    waker: Option<Waker>,
}

impl WriteEnd {
    /// The end `half`, whose client has taken all there was.
    pub(super) fn new(half: OwnedWriteHalf) -> WriteEnd {
        WriteEnd {
            half,
            is_behind: AtomicBool::new(false),
            left: Mutex::default(),
        }
    }

    /// Writes `parts` at once, or has the task of `cx` woken when it can.
    pub(super) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.half.as_ref().poll_write_ready(cx))?;
            match self.half.try_write_vectored(parts) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    /// Has `waker` woken when the client falls behind.
    pub(super) fn wake_when_behind(&self, waker: Waker) {
        self.left().waker = Some(waker);
    }

    /// Whether something is left that was in a batch.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    /// Has `write` write what is left, of which it says how many bytes it could.
    pub(super) fn write_left(
        &self,
        write: impl FnOnce(&[u8]) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<()>> {
        let mut left = self.left();
        let count = ready!(write(&left.bytes))?;
        left.bytes.drain(..count);
        if left.bytes.is_empty() {
            // Most clients are never behind again.
            left.bytes = Vec::new();
            self.is_behind.store(false, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }

    /// Sends `first` and `second`, and leaves what the client does not take at once. That is all of it when the connection
    /// is broken: the connection's task hears so when it tries again.
    pub(super) fn send(&self, first: &[u8], second: &[u8]) {
        let sent = match (self.is_behind(), second.is_empty()) {
            (true, _) => Ok(0),
            (false, true) => self.half.try_write(first),
            (false, false) => {
                let parts = [first, second].map(IoSlice::new);
                self.half.try_write_vectored(&parts)
            }
        };
        let sent = sent.unwrap_or(0);
        if sent < first.len() + second.len() {
            let of_first = sent.min(first.len());
            let mut left = self.left();
            left.bytes.extend_from_slice(&first[of_first..]);
            left.bytes.extend_from_slice(&second[sent - of_first..]);
            self.is_behind.store(true, Ordering::Relaxed);
            if let Some(waker) = &left.waker {
                waker.wake_by_ref();
            }
        }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
