//! A stream that gives up on a peer who does not read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::time::{Sleep, sleep};

use super::header_time::Activity;

/// The slowest client that is waited for, in bytes a second: less than a line of the last century has. Less again, and
/// the last pieces that the kernel's buffers take of a client who has stopped would pass for progress.
const MIN_RATE: u64 = 2_048;

/// A stream whose writes fail when the peer takes next to nothing for a while.
///
/// The wait begins when a write cannot go on, and ends when the peer has taken what [`MIN_RATE`] asks of the whole
/// limit, or all there is. The close passes through: on a TCP stream neither it nor a flush ever waits.
pub(super) struct WriteTimeout<S> {
    stream: S,
    limit: Duration,
    /// Runs from a write that waits until enough is taken; none otherwise.
    wait: Option<Wait>,
    /// Where it is told whether there is such a wait.
    activity: Arc<Activity>,
}

struct Wait {
    over: Pin<Box<Sleep>>,
    /// Bytes taken since it began.
    taken: u64,
}

impl<S> WriteTimeout<S> {
    /// `stream`, whose writes wait for at most `limit`, and tell `activity` when they do.
    pub(super) fn new(stream: S, limit: Duration, activity: Arc<Activity>) -> WriteTimeout<S> {
        WriteTimeout {
            stream,
            limit,
            wait: None,
            activity,
        }
    }

    fn end_wait(&mut self) {
        if self.wait.take().is_some() {
            self.activity.set_blocked(false);
        }
    }

    /// What a write gave, or an error when it has waited long enough.
    fn bound(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let limit = self.limit;
        match written {
            Poll::Ready(Ok(count)) => {
                let wait = self.wait.as_mut();
                let is_enough = wait.is_none_or(|wait| {
                    wait.taken += count as u64;
                    wait.taken >= MIN_RATE * limit.as_secs().max(1)
                });
                if is_enough {
                    self.end_wait();
                }
                written
            }
            Poll::Ready(Err(_)) => written,
            Poll::Pending => {
                self.activity.set_blocked(true);
                let wait = self.wait.get_or_insert_with(|| Wait {
                    over: Box::pin(sleep(limit)),
                    taken: 0,
                });
                ready!(wait.over.as_mut().poll(cx));
                let message = format!("the client took {} bytes in {limit:?}", wait.taken);
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bound(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.bound(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // All there was to write is written: the next wait is another one.
        self.end_wait();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_is_given_up_on() {
        let (ours, _theirs) = duplex(8);
        let mut stream = WriteTimeout::new(ours, LIMIT, Arc::default());
        let start = Instant::now();
        let error = stream.write_all(&[0; 9]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), LIMIT);
    }

    /// Writes to a peer who reads `count` bytes each time that `pause` has passed.
    async fn write_to_reader(count: usize, pause: Duration) -> io::Result<()> {
        let (ours, mut theirs) = duplex(count);
        let mut stream = WriteTimeout::new(ours, LIMIT, Arc::default());
        tokio::spawn(async move {
            let mut bytes = vec![0; count];
            loop {
                sleep(pause).await;
                theirs.read_exact(&mut bytes).await.unwrap();
            }
        });
        stream.write_all(&vec![0; count * 40]).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_slowly_is_waited_for_and_one_that_reads_next_to_nothing_is_not() {
        let pause = LIMIT - Duration::from_secs(1);
        let enough = (MIN_RATE * LIMIT.as_secs()) as usize;
        write_to_reader(enough, pause).await.unwrap();
        let pause = Duration::from_secs(1);
        let error = write_to_reader(10, pause).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_taken_in_whole_ends_the_wait() {
        let (ours, mut theirs) = duplex(8);
        let mut stream = WriteTimeout::new(ours, LIMIT, Arc::default());
        for _ in 0..2 {
            let writing = async {
                stream.write_all(&[0; 9]).await?;
                stream.flush().await
            };
            let reading = async { theirs.read_exact(&mut [0; 9]).await };
            let (written, read) = tokio::join!(writing, reading);
            written.and(read.map(|_| ())).unwrap();
            sleep(LIMIT * 2).await;
        }
    }
}
