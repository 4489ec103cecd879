//! Taking connections: a slot first, then the connection; errors without spinning.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Pause after an error of ours: out of descriptors or memory lasts until connections end, and `accept` fails at once.
const PAUSE: Duration = Duration::from_millis(500);

/// How often such an error is logged.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// How many slots there are for `max_connections`, of which 0 is no limit.
pub(super) fn slots(max_connections: usize) -> usize {
    match max_connections {
        0 => Semaphore::MAX_PERMITS,
        limit => limit.min(Semaphore::MAX_PERMITS),
    }
}

/// The next connection and its slot. Waits for the slot first: at the limit nothing is taken from the listen queue.
///
/// # Errors
///
/// What `accept` says: the peer has gone again, or we are out of descriptors or memory.
pub(super) async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await;
    let slot = slot.expect("nobody closes the semaphore");
    let (stream, _) = listener.accept().await?;
    Ok((stream, slot))
}

/// The connections that clients have made and nobody has taken yet, as many as there are slots for. Then the listener is
/// closed: without this, their clients would be cut off with what they have sent.
pub(super) fn take_queued(
    listener: TcpListener,
    slots: &Arc<Semaphore>,
) -> Vec<(std::net::TcpStream, OwnedSemaphorePermit)> {
    let mut queued = Vec::new();
    let Ok(listener) = listener.into_std() else {
        return queued;
    };
    while let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        match listener.accept() {
            Ok((stream, _)) if stream.set_nonblocking(true).is_ok() => queued.push((stream, slot)),
            Err(error) if !is_the_peers(&error) => break,
            Ok(_) | Err(_) => {}
        }
    }
    queued
}

/// What is remembered of failed accepts.
#[derive(Debug, Default)]
pub(super) struct AcceptErrors {
    logged_at: Option<Instant>,
}

impl AcceptErrors {
    /// Logs `error` unless one was logged within the last minute; how long to wait before the next try.
    ///
    /// A peer that has gone again is no error of ours: not logged, not waited for.
    pub(super) fn note(&mut self, error: &io::Error, now: Instant) -> Duration {
        if is_the_peers(error) {
            return Duration::ZERO;
        }
        if self.is_due(now) {
            self.logged_at = Some(now);
            tracing::error!(
                %error,
                "cannot take connections; trying on, and silent about it for a minute. \
                 If files are exhausted, raise the process's limit or lower limits.max_connections"
            );
        }
        PAUSE
    }

    fn is_due(&self, now: Instant) -> bool {
        self.logged_at.is_none_or(|at| now >= at + LOG_EVERY)
    }
}

fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EMFILE on Linux.
    const OUT_OF_DESCRIPTORS: i32 = 24;

    #[test]
    fn running_out_of_descriptors_is_waited_for_and_logged_once_a_minute() {
        let error = io::Error::from_raw_os_error(OUT_OF_DESCRIPTORS);
        let mut errors = AcceptErrors::default();
        let start = Instant::now();
        assert!(errors.is_due(start));
        assert_eq!(errors.note(&error, start), PAUSE);
        let soon = start + Duration::from_secs(59);
        assert!(!errors.is_due(soon));
        assert_eq!(errors.note(&error, soon), PAUSE);
        assert!(errors.is_due(start + LOG_EVERY));
    }

    #[test]
    fn a_peer_that_has_gone_again_is_neither_logged_nor_waited_for() {
        let mut errors = AcceptErrors::default();
        let now = Instant::now();
        let error = io::ErrorKind::ConnectionAborted.into();
        assert_eq!(errors.note(&error, now), Duration::ZERO);
        assert!(errors.is_due(now));
    }

    #[test]
    fn no_limit_is_as_many_slots_as_there_can_be() {
        assert_eq!(slots(0), Semaphore::MAX_PERMITS);
        assert_eq!(slots(usize::MAX), Semaphore::MAX_PERMITS);
        assert_eq!(slots(3), 3);
    }
}
