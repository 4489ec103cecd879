//! A connection's stream, whose answers are sent with those of the other connections of its thread.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use super::batch;
use super::header_time::Activity;
use super::write_end::WriteEnd;
use super::write_timeout::WriteTimeout;

/// A TCP stream that puts what is short into the batch of its thread, where there is one.
///
/// That counts as written and flushed. What the client does not take of it is written before anything else, and nothing
/// more is written until it is.
pub(super) struct Stream {
    read: OwnedReadHalf,
    end: Arc<WriteEnd>,
    /// Writes to the same end, without a batch.
    write: WriteTimeout<Direct>,
    /// Who is woken when the client falls behind.
    woken: Option<Waker>,
}

impl Stream {
    /// `stream`, whose writes wait for at most `limit`, and tell `activity` when they do.
    pub(super) fn new(stream: TcpStream, limit: Duration, activity: Arc<Activity>) -> Stream {
        let (read, half) = stream.into_split();
        let end = Arc::new(WriteEnd::new(half));
        Stream {
            read,
            write: WriteTimeout::new(Direct(Arc::clone(&end)), limit, activity),
            end,
            woken: None,
        }
    }

    /// Writes what is left of earlier batches; ready when nothing is.
    fn poll_catch_up(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Stream { end, write, .. } = self;
        while end.is_behind() {
            ready!(end.write_left(|bytes| Pin::new(&mut *write).poll_write(cx, bytes)))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Has the task of `cx` woken when the client falls behind.
    fn wake_when_behind(&mut self, cx: &Context<'_>) {
        let woken = self.woken.as_ref();
        if woken.is_none_or(|woken| !woken.will_wake(cx.waker())) {
            self.end.wake_when_behind(cx.waker().clone());
            self.woken = Some(cx.waker().clone());
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_catch_up(cx))?;
        self.wake_when_behind(cx);
        if let Some(length) = batch::put(&self.end, parts) {
            return Poll::Ready(Ok(length));
        }
        batch::send();
        ready!(self.poll_catch_up(cx))?;
        Pin::new(&mut self.write).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_catch_up(cx))?;
        Pin::new(&mut self.write).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        batch::send();
        ready!(self.poll_catch_up(cx))?;
        Pin::new(&mut self.write).poll_shutdown(cx)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.read).poll_read(cx, buffer)
    }
}

/// Writes to the end of a connection at once. The end is shut down when all have let go of it.
struct Direct(Arc<WriteEnd>);

impl AsyncWrite for Direct {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net;
    use std::ops::Range;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::Wake;

    use bytes::{Buf, Bytes};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpSocket;
    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::{Instant, sleep, timeout};

    use crate::http::server::batch::send_each_round;

    const LIMIT: Duration = Duration::from_secs(30);
    /// Longer than anything here takes; what waits for it has failed.
    const PATIENCE: Duration = Duration::from_secs(10);
    /// A limit that a test waits for.
    const SHORT: Duration = Duration::from_millis(200);
    /// What the kernel is to keep for a client that does not read, in bytes; it keeps a few times as much.
    const KEPT: u32 = 4 * 1024;
    /// More than it keeps.
    const TOO_MUCH: usize = 4 << 20;

    /// A stream, and the client at its other end.
    async fn pair(limit: Duration) -> (Stream, net::TcpStream) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(KEPT).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let client = TcpSocket::new_v4().unwrap();
        client.set_recv_buffer_size(KEPT).unwrap();
        let connecting = client.connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(connecting, listener.accept());
        let stream = Stream::new(accepted.unwrap().0, limit, Arc::default());
        (stream, client.unwrap().into_std().unwrap())
    }

    /// Has the batch of this thread sent each round, and the thread think that it has much to answer.
    async fn send_rounds() -> JoinHandle<()> {
        let sending = tokio::spawn(send_each_round());
        yield_now().await;
        let now = std::time::Instant::now();
        for _ in 0..2 {
            batch::note_given(Some(now));
        }
        sending
    }

    /// What has come by now, without waiting.
    fn come(mut client: &net::TcpStream) -> String {
        let mut bytes = [0; 1024];
        let count = client.read(&mut bytes).unwrap_or(0);
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    async fn read_to_end(client: net::TcpStream) -> Vec<u8> {
        let mut client = TcpStream::from_std(client).unwrap();
        let mut bytes = Vec::new();
        let read = timeout(PATIENCE, client.read_to_end(&mut bytes)).await;
        read.expect("not closed").unwrap();
        bytes
    }

    /// Bytes that tell where they stand.
    fn bytes(positions: Range<usize>) -> Vec<u8> {
        positions.map(|position| (position % 251) as u8).collect()
    }

    #[tokio::test]
    async fn answers_wait_for_the_end_of_the_round_and_keep_their_order() {
        send_rounds().await;
        let (mut first, first_client) = pair(LIMIT).await;
        let (mut second, second_client) = pair(LIMIT).await;
        first.write_all(b"one ").await.unwrap();
        second.write_all(b"other").await.unwrap();
        let parts: [&[u8]; 2] = [b"and ", b"two"];
        let written = first
            .write_vectored(&parts.map(IoSlice::new))
            .await
            .unwrap();
        assert_eq!(written, 7);
        first.flush().await.unwrap();
        assert_eq!(come(&first_client), "");
        yield_now().await;
        assert_eq!(come(&first_client), "one and two");
        assert_eq!(come(&second_client), "other");
    }

    #[tokio::test]
    async fn where_nobody_sends_batches_answers_are_written_at_once() {
        let (mut stream, client) = pair(LIMIT).await;
        stream.write_all(b"before").await.unwrap();
        assert_eq!(come(&client), "before");
        let sending = send_rounds().await;
        stream.write_all(b"put in").await.unwrap();
        assert_eq!(come(&client), "");
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
        assert_eq!(come(&client), "put in");
        stream.write_all(b"after").await.unwrap();
        assert_eq!(come(&client), "after");
    }

    #[tokio::test]
    async fn an_answer_that_is_not_one_of_many_is_sent_at_once() {
        send_rounds().await;
        let (mut stream, client) = pair(LIMIT).await;
        let start = std::time::Instant::now() + LIMIT;
        let at = |micros| Some(start + Duration::from_micros(micros));
        for (given_at, comes) in [
            (at(0), "answer"),
            (at(19), ""),
            (at(39), "answer"),
            (None, "answer"),
            (at(40), "answer"),
            (at(41), ""),
        ] {
            batch::note_given(given_at);
            stream.write_all(b"answer").await.unwrap();
            assert_eq!(come(&client), comes, "{given_at:?}");
            yield_now().await;
            assert_eq!(come(&client).is_empty(), !comes.is_empty());
        }
        // In a round that sends its batch at the end, also what took longer waits for that.
        batch::note_given(at(42));
        stream.write_all(b"one").await.unwrap();
        batch::send();
        assert_eq!(come(&client), "one");
        batch::note_given(at(142));
        stream.write_all(b"two").await.unwrap();
        assert_eq!(come(&client), "");
        yield_now().await;
        assert_eq!(come(&client), "two");
    }

    #[tokio::test]
    async fn what_is_too_much_for_a_batch_is_sent_within_the_round() {
        send_rounds().await;
        for lengths in [&[40_000][..], &[30_000; 4], &[1; 31]] {
            let (mut first, first_client) = pair(LIMIT).await;
            let (mut stream, _client) = pair(LIMIT).await;
            first.write_all(b"answer").await.unwrap();
            for length in lengths {
                assert_eq!(come(&first_client), "");
                let mut cx = Context::from_waker(Waker::noop());
                // Whether it is written is another question.
                let _ = Pin::new(&mut stream).poll_write(&mut cx, &bytes(0..*length));
            }
            assert_eq!(come(&first_client), "answer");
        }
    }

    #[tokio::test]
    async fn shared_bodies_are_sent_after_a_few() {
        send_rounds().await;
        let body = Bytes::from(bytes(0..20_000));
        for _ in 0..2 {
            let (mut first, first_client) = pair(LIMIT).await;
            let (mut stream, _client) = pair(LIMIT).await;
            first.write_all(b"answer").await.unwrap();
            for _ in 0..2 {
                assert_eq!(come(&first_client), "");
                batch::offer(&body);
                let parts = [&b"head"[..], &body].map(IoSlice::new);
                let mut cx = Context::from_waker(Waker::noop());
                let written = Pin::new(&mut stream).poll_write_vectored(&mut cx, &parts);
                assert!(matches!(written, Poll::Ready(Ok(20_004))));
            }
            assert_eq!(come(&first_client), "answer");
        }
    }

    #[tokio::test]
    async fn the_time_that_is_noted_holds_while_an_answer_waits() {
        send_rounds().await;
        let (mut stream, _client) = pair(LIMIT).await;
        let now = std::time::Instant::now();
        for _ in 0..2 {
            batch::note_given(Some(now));
        }
        assert_eq!(batch::time(), None);
        stream.write_all(b"answer").await.unwrap();
        assert_eq!(batch::time(), Some(now));
        yield_now().await;
        stream.write_all(b"of the next round").await.unwrap();
        assert_eq!(batch::time(), None);
    }

    #[tokio::test]
    async fn what_is_in_the_batch_is_sent_before_the_end_however_that_comes() {
        send_rounds().await;
        for shuts_down in [true, false] {
            let (mut stream, client) = pair(LIMIT).await;
            stream.write_all(b"the last").await.unwrap();
            if shuts_down {
                stream.shutdown().await.unwrap();
                assert_eq!(come(&client), "the last");
            }
            drop(stream);
            let rest = read_to_end(client).await;
            assert_eq!(rest.is_empty(), shuts_down, "{rest:?}");
        }
    }

    /// Writes an answer in two parts, of which it offers the second.
    async fn write_answer(stream: &mut Stream, answer: Vec<u8>) {
        let mut head = Bytes::from(answer);
        let mut body = head.split_off(head.len() / 8);
        batch::offer(&body);
        while !body.is_empty() {
            let parts = [&*head, &*body].map(IoSlice::new);
            let count = stream.write_vectored(&parts).await.unwrap();
            let of_head = count.min(head.len());
            head.advance(of_head);
            body.advance(count - of_head);
        }
        stream.flush().await.unwrap();
    }

    /// Writes answers of these lengths again and again, [`TOO_MUCH`] bytes and more; how many they were.
    async fn write_too_much(mut stream: Stream, lengths: &'static [usize]) -> usize {
        let mut sent = 0;
        while sent < TOO_MUCH {
            for length in lengths {
                write_answer(&mut stream, bytes(sent..sent + length)).await;
                sent += length;
            }
            yield_now().await;
        }
        stream.shutdown().await.unwrap();
        sent
    }

    #[tokio::test]
    async fn a_client_that_is_behind_gets_all_in_order_and_keeps_nobody_waiting() {
        send_rounds().await;
        let mixes: [&[usize]; 3] = [
            &[1, 300, 7, 2_551, 14_900, 32_768],
            &[2_551],
            &[300, 40_000, 7, 120_000, 32_768, 32_769],
        ];
        for lengths in mixes {
            let (stream, slow) = pair(LIMIT).await;
            let (mut other, other_client) = pair(LIMIT).await;
            let writing = tokio::spawn(write_too_much(stream, lengths));
            sleep(SHORT).await;
            assert!(!writing.is_finished(), "the client is not behind");
            other.write_all(b"other").await.unwrap();
            yield_now().await;
            assert_eq!(come(&other_client), "other");
            let read = read_to_end(slow).await;
            let sent = timeout(PATIENCE, writing).await.unwrap().unwrap();
            assert_eq!(read.len(), sent);
            assert!(read == bytes(0..sent), "not in order");
        }
    }

    /// A task that notes whether it is woken.
    #[derive(Default)]
    struct Task(AtomicBool);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn a_connection_is_woken_when_its_client_falls_behind() {
        send_rounds().await;
        let (mut stream, slow) = pair(LIMIT).await;
        let task = Arc::<Task>::default();
        let waker = Arc::clone(&task).into();
        let mut sent = 0;
        while !stream.end.is_behind() {
            assert!(sent < TOO_MUCH, "the client is not behind");
            let answer = bytes(sent..sent + 2_551);
            let written =
                Pin::new(&mut stream).poll_write(&mut Context::from_waker(&waker), &answer);
            assert!(matches!(written, Poll::Ready(Ok(2_551))));
            sent += 2_551;
            yield_now().await;
            assert_eq!(task.0.load(Ordering::Relaxed), stream.end.is_behind());
        }
        let more = Pin::new(&mut stream).poll_write(&mut Context::from_waker(&waker), b"more");
        assert!(more.is_pending());
        let reading = tokio::spawn(read_to_end(slow));
        stream.flush().await.unwrap();
        drop(stream);
        assert!(reading.await.unwrap() == bytes(0..sent), "not in order");
    }

    #[tokio::test]
    async fn a_client_that_stays_behind_is_given_up_on() {
        send_rounds().await;
        let (mut stream, _client) = pair(SHORT).await;
        let (error, waited) = loop {
            let begun_at = Instant::now();
            let written = stream.write_all(&[0; 2_551]).await;
            let flushed = match written {
                Ok(()) => stream.flush().await,
                error => error,
            };
            if let Err(error) = flushed {
                break (error, begun_at.elapsed());
            }
            yield_now().await;
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(waited >= SHORT);
    }

    #[tokio::test]
    async fn a_client_who_has_gone_is_an_error_at_the_next_turn() {
        send_rounds().await;
        let (mut stream, client) = pair(LIMIT).await;
        let client = TcpStream::from_std(client).unwrap();
        client.set_zero_linger().unwrap();
        drop(client);
        stream.write_all(b"to nobody").await.unwrap();
        yield_now().await;
        stream.flush().await.unwrap_err();
    }
}
