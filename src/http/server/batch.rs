//! What the connections of a thread have to send, put together until the end of its round.
//!
//! A round is what a thread does between two looks at who has sent something: it answers all who have. Answers that are
//! sent one right after another cost the kernel less than those between which other requests are read and answered, a
//! twentieth of all that a quote takes. Redis sends its replies so too, before it waits for the next commands.
//!
//! What is in a batch counts as written for the connection it came from. What its client then does not take goes back to
//! the connection, which writes it before all else.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::net::tcp::OwnedWriteHalf;

/// How many bytes wait at most; more, and they are sent within the round.
const ROOM: usize = 64 * 1024;

/// The longest answer that is put into a batch, in bytes: what is longer takes longer to copy than it would gain.
const LONGEST: usize = ROOM / 2;

thread_local! {
    static BATCH: RefCell<Batch> = const { RefCell::new(Batch::new()) };
}

/// What a thread has to send.
struct Batch {
    /// The answers, one after another.
    bytes: Vec<u8>,
    /// Where each goes, and where it ends.
    answers: Vec<(Arc<WriteEnd>, usize)>,
    /// Wakes the task that sends; none where the thread has none.
    sender: Option<Waker>,
}

impl Batch {
    const fn new() -> Batch {
        Batch {
            bytes: Vec::new(),
            answers: Vec::new(),
            sender: None,
        }
    }

    /// Takes `parts`, of `length` bytes together, which are to go to `end`; `false` where nobody would send them.
    fn put(&mut self, end: &Arc<WriteEnd>, parts: &[IoSlice<'_>], length: usize) -> bool {
        let Some(sender) = &self.sender else {
            return false;
        };
        if self.answers.is_empty() {
            sender.wake_by_ref();
        }
        if self.bytes.len() + length > ROOM {
            self.send();
        }
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.answers.push((Arc::clone(end), self.bytes.len()));
        true
    }

    fn send(&mut self) {
        let mut start = 0;
        for (to, end) in self.answers.drain(..) {
            to.send(&self.bytes[start..end]);
            start = end;
        }
        self.bytes.clear();
    }
}

/// Puts `parts`, which are to go to `end`, into the batch of this thread, if it has one and they are not too long
/// together; how many bytes they are, or `None` where they are not in it.
pub(super) fn put(end: &Arc<WriteEnd>, parts: &[IoSlice<'_>]) -> Option<usize> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let is_short = length <= LONGEST;
    let is_put = is_short && BATCH.with_borrow_mut(|batch| batch.put(end, parts, length));
    is_put.then_some(length)
}

/// Sends what is in the batch of this thread, without waiting for the end of the round.
pub(super) fn send() {
    BATCH.with_borrow_mut(Batch::send);
}

/// Sends what the connections of this thread put into its batch, at the end of each round. Never ends.
///
/// Its task waits behind those that are to run already, which are all whose clients have sent something.
pub(super) async fn send_each_round() {
    let _last = SendLast;
    poll_fn(|cx| {
        BATCH.with_borrow_mut(|batch| {
            batch.send();
            batch.sender = Some(cx.waker().clone());
        });
        Poll::Pending
    })
    .await
}

/// When nobody sends any more, what is there is sent, and connections write by themselves again.
struct SendLast;

impl Drop for SendLast {
    fn drop(&mut self) {
        BATCH.with_borrow_mut(|batch| {
            batch.send();
            batch.sender = None;
        });
    }
}

/// The end of a connection that is written to, by its own task and from the batch of its thread.
///
/// Whoever lets go of it last tells the client that nothing more comes.
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
        self.is_behind
            .store(!left.bytes.is_empty(), Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    /// Sends `bytes`, and leaves what the client does not take at once. That is all of it when the connection is broken:
    /// the connection's task hears so when it tries again.
    fn send(&self, bytes: &[u8]) {
        let sent = match self.is_behind() {
            true => 0,
            false => self.half.try_write(bytes).unwrap_or(0),
        };
        if sent < bytes.len() {
            let mut left = self.left();
            left.bytes.extend_from_slice(&bytes[sent..]);
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
