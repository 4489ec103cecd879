//! What the connections of a thread have to send, put together until the end of its round.
//!
//! A round is what a thread does between two looks at who has sent something: it answers all who have. Answers that are
//! sent one right after another cost the kernel less than those between which other requests are read and answered, three
//! in a hundred of all that a quote takes. Redis sends its replies so too, before it waits for the next commands. While a
//! thread has little to answer, nothing waits.
//!
//! A batch has a copy of what is short. Of a longer body that lay at hand it has a share, if it was told of it before
//! ([`offer`]).
//!
//! What is in a batch counts as written for the connection it came from.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::IoSlice;
use std::ptr;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::write_end::WriteEnd;

/// What is given later than this after the answer before is sent at once, unless others wait: it is not one of many.
const SOON: Duration = Duration::from_micros(20);

/// How many answers wait at most; more, and they are sent within the round. With twice as many nothing is gained, and the
/// first waits longer.
const ANSWERS: usize = 32;

/// How many bytes of copies wait at most.
const COPIES: usize = 128 * 1024;

/// How many bytes of shared bodies wait at most. The kernel copies them: before the next ones, while they are in a near
/// cache.
const SHARES: usize = 64 * 1024;

/// The longest answer that is put into a batch, in bytes: of longer ones few are sent in a row.
const LONGEST: usize = SHARES / 2;

/// The longest body that is copied although it could be shared, in bytes: sending two parts costs more than that.
const COPIED: usize = 4 * 1024;

thread_local! {
    static BATCH: RefCell<Batch> = const { RefCell::new(Batch::new()) };
}

/// What a thread has to send.
struct Batch {
    /// What is copied of the answers, one after another.
    copies: Vec<u8>,
    answers: Vec<Waiting>,
    /// How many bytes of answers are shared.
    shared: usize,
    /// The body that is probably written next.
    offered: Option<Bytes>,
    /// When an answer was last given, where that was looked at.
    given_at: Option<Instant>,
    /// Whether it was given [`SOON`] after the one before.
    is_busy: bool,
    /// What the time is, if nothing has been sent since.
    seen_at: Option<Instant>,
    /// Wakes the task that sends; none where the thread has none.
    sender: Option<Waker>,
    /// Whether it has been woken, and its turn is to come: at the end of the round.
    is_called: bool,
}

/// An answer that waits.
struct Waiting {
    to: Arc<WriteEnd>,
    /// Where its copied part ends.
    end: usize,
    /// What follows that.
    shared: Bytes,
}

impl Batch {
    const fn new() -> Batch {
        Batch {
            copies: Vec::new(),
            answers: Vec::new(),
            shared: 0,
            offered: None,
            given_at: None,
            is_busy: false,
            seen_at: None,
            sender: None,
            is_called: false,
        }
    }

    /// Takes `parts`, which are to go to `to`; `false` where nobody would send them.
    fn put(&mut self, to: &Arc<WriteEnd>, parts: &[IoSlice<'_>]) -> bool {
        let Some(sender) = &self.sender else {
            return false;
        };
        let to = Arc::clone(to);
        let (copied, shared) = split_shared(parts, self.offered.take());
        for part in copied {
            self.copies.extend_from_slice(part);
        }
        let end = self.copies.len();
        self.shared += shared.len();
        self.answers.push(Waiting { to, end, shared });
        if !self.is_called && self.is_busy {
            sender.wake_by_ref();
            self.is_called = true;
        }
        if !self.is_called || self.is_full() {
            self.send();
        }
        true
    }

    fn is_full(&self) -> bool {
        self.answers.len() == ANSWERS
            || self.copies.len() + LONGEST > COPIES
            || self.shared + LONGEST > SHARES
    }

    fn send(&mut self) {
        let mut start = 0;
        for Waiting { to, end, shared } in self.answers.drain(..) {
            to.send(&self.copies[start..end], &shared);
            start = end;
        }
        self.copies.clear();
        self.shared = 0;
        // Sending has taken its time.
        self.seen_at = None;
    }
}

/// `parts` without the last, and `offered` in its place, if that is the same memory; else all of them.
fn split_shared<'p, 's>(
    parts: &'p [IoSlice<'s>],
    offered: Option<Bytes>,
) -> (&'p [IoSlice<'s>], Bytes) {
    match (parts.split_last(), offered) {
        (Some((last, others)), Some(offered)) if ptr::eq::<[u8]>(&**last, &*offered) => {
            (others, offered)
        }
        _ => (parts, Bytes::new()),
    }
}

/// Says that an answer with `body` is about to be put, which need not be copied then.
pub(super) fn offer(body: &Bytes) {
    if body.len() > COPIED && body.len() <= LONGEST {
        BATCH.with_borrow_mut(|batch| {
            if batch.sender.is_some() {
                batch.offered = Some(body.clone());
            }
        });
    }
}

/// Notes that an answer is given, and when, if that is known.
pub(super) fn note_given(at: Option<Instant>) {
    BATCH.with_borrow_mut(|batch| {
        let since = at.zip(batch.given_at);
        let since = since.map(|(at, before)| at.saturating_duration_since(before));
        batch.is_busy = since.is_some_and(|since| since < SOON);
        batch.given_at = at;
        batch.seen_at = at;
    });
}

/// What the time is for the next turn of this round: that of the answer before, while one waits to be sent. Reading the
/// clock takes longer than most of what is done for a request.
pub(super) fn time() -> Option<Instant> {
    BATCH.with_borrow(|batch| batch.seen_at.filter(|_| !batch.answers.is_empty()))
}

/// Puts `parts`, which are to go to `to`, into the batch of this thread, if it has one and they are not too long
/// together; how many bytes they are, or `None` where they are not in it.
pub(super) fn put(to: &Arc<WriteEnd>, parts: &[IoSlice<'_>]) -> Option<usize> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let is_short = length <= LONGEST;
    let is_put = is_short && BATCH.with_borrow_mut(|batch| batch.put(to, parts));
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
            batch.offered = None;
            batch.sender = Some(cx.waker().clone());
            batch.is_called = false;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_shared_when_it_is_the_memory_that_was_offered() {
        let body = Bytes::from(vec![7; 10]);
        let (head, same, copy) = (b"head", body.clone(), vec![7; 10]);
        let beside = body.slice(..9);
        for (last, offered, is_shared) in [
            (&same[..], Some(&body), true),
            (&copy, Some(&body), false),
            (&same, None, false),
            (&same, Some(&beside), false),
        ] {
            let parts = [&head[..], last].map(IoSlice::new);
            let (copied, shared) = split_shared(&parts, offered.cloned());
            let all: Vec<&[u8]> = copied
                .iter()
                .map(|part| &**part)
                .chain([&*shared])
                .collect();
            assert_eq!(
                all.concat(),
                b"head\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07"
            );
            assert_eq!(copied.len() == 1, is_shared);
        }
    }
}
