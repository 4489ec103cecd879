//! How long a connection waits for a request's header.
//!
//! hyper can time that too. But then it turns once more after each answer, only to begin the wait, and makes a timer of
//! the runtime for each request: a tenth of all that an answer does. What it is at can be told from outside: between
//! its requests, and while it has written all there is, it waits for a header.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

use super::batch;

/// What a connection is at, as its parts tell.
///
/// The connection's own task alone tells and looks, so that no change is lost and none need be ordered.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Requests whose header has been read.
    begun: AtomicU64,
    /// Those among them that are still being answered.
    in_hand: AtomicU64,
    /// Whether what is written waits for the client to take it.
    is_blocked: AtomicBool,
}

impl Activity {
    /// Notes that a request's header has been read.
    pub(super) fn begin(self: &Arc<Self>) -> InHand<'_> {
        add(&self.begun, 1);
        add(&self.in_hand, 1);
        InHand(self)
    }

    /// Notes whether what is written waits for the client.
    pub(super) fn set_blocked(&self, is_blocked: bool) {
        self.is_blocked.store(is_blocked, Ordering::Relaxed);
    }

    /// How many requests were before the one whose header is waited for; `None` while it is not.
    fn awaited(&self) -> Option<u64> {
        let is_busy = self.in_hand.load(Ordering::Relaxed) > 0;
        let is_blocked = self.is_blocked.load(Ordering::Relaxed);
        (!is_busy && !is_blocked).then(|| self.begun.load(Ordering::Relaxed))
    }
}

/// Adds to a number that one task alone changes.
fn add(number: &AtomicU64, more: u64) {
    let sum = number.load(Ordering::Relaxed).wrapping_add(more);
    number.store(sum, Ordering::Relaxed);
}

/// A request that is being answered, until this is dropped.
pub(super) struct InHand<'a>(&'a Arc<Activity>);

impl InHand<'_> {
    /// `body`, with which the request stays in hand until that is sent.
    pub(super) fn until_sent(&self, body: Body) -> Body {
        if body.is_end_stream() {
            return body;
        }
        add(&self.0.in_hand, 1);
        let activity = Arc::clone(self.0);
        Body::new(Sending { body, activity })
    }
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        add(&self.0.in_hand, u64::MAX);
    }
}

/// A body whose request is in hand as long as it is there.
struct Sending {
    body: Body,
    activity: Arc<Activity>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        add(&self.activity.in_hand, u64::MAX);
    }
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Why a connection ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum EndedEarly<E> {
    /// What the connection says.
    #[error(transparent)]
    Broken(E),
    /// No header has come.
    #[error("no request within {0:?}")]
    NoHeader(Duration),
}

thread_local! {
    /// When the turn began that a connection has on this thread, if one has.
    static TURN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// When the turn of the connection began that calls: whatever it finds, it finds then. The clock is read once a turn,
/// because reading it takes longer than most of what is done for a request.
pub(super) fn turn() -> std::time::Instant {
    TURN.get().unwrap_or_else(Instant::now).into_std()
}

/// A connection that ends when a header takes longer than a limit.
pub(super) struct Timed<C> {
    connection: C,
    activity: Arc<Activity>,
    limit: Duration,
    /// How many requests were before the one that is waited for, and until when.
    wait: Option<(u64, Instant)>,
    alarm: Option<Alarm>,
}

impl<C> Timed<C> {
    /// `connection`, whose parts tell `activity`, and whose headers may take `limit`.
    pub(super) fn new(connection: C, activity: Arc<Activity>, limit: Duration) -> Timed<C> {
        Timed {
            connection,
            activity,
            limit,
            wait: None,
            alarm: None,
        }
    }

    /// The connection.
    pub(super) fn connection(&mut self) -> &mut C {
        &mut self.connection
    }

    /// Until when the next header may take, of which the wait begins `now` unless it has begun; `None` while none is
    /// waited for.
    fn deadline(&mut self, now: Instant) -> Option<Instant> {
        let Some(awaited) = self.activity.awaited() else {
            self.wait = None;
            return None;
        };
        match self.wait {
            Some((same, deadline)) if same == awaited => Some(deadline),
            _ => {
                let deadline = now + self.limit;
                self.wait = Some((awaited, deadline));
                Some(deadline)
            }
        }
    }
}

impl<E, C: Future<Output = Result<(), E>> + Unpin> Future for Timed<C> {
    type Output = Result<(), EndedEarly<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let timed = self.get_mut();
        let now = batch::time().map_or_else(Instant::now, Instant::from_std);
        TURN.set(Some(now));
        if let Poll::Ready(ended) = Pin::new(&mut timed.connection).poll(cx) {
            return Poll::Ready(ended.map_err(EndedEarly::Broken));
        }
        let Some(deadline) = timed.deadline(now) else {
            return Poll::Pending;
        };
        let alarm = timed.alarm.get_or_insert_with(|| Alarm::at(deadline));
        ready!(alarm.poll_until(deadline, cx));
        Poll::Ready(Err(EndedEarly::NoHeader(timed.limit)))
    }
}

/// A timer of the runtime, and whom it wakes.
#[derive(Debug)]
struct Alarm {
    timer: Pin<Box<Sleep>>,
    /// None until it is looked at for the first time.
    wakes: Option<Waker>,
}

impl Alarm {
    fn at(deadline: Instant) -> Alarm {
        Alarm {
            timer: Box::pin(sleep_until(deadline)),
            wakes: None,
        }
    }

    /// Ready once `deadline` is over. Until then, the task of `cx` is woken at that moment or before.
    fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        } else if self.will_ring_for(cx.waker()) {
            return Poll::Pending;
        }
        self.wakes = Some(cx.waker().clone());
        loop {
            // Not told to wait its turn, which would end without the timer knowing whom to wake.
            ready!(Pin::new(&mut unconstrained(self.timer.as_mut())).poll(cx));
            if self.timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline);
        }
    }

    /// Whether it has not rung yet, and will wake `waker` when it does.
    fn will_ring_for(&self, waker: &Waker) -> bool {
        let wakes = self.wakes.as_ref();
        wakes.is_some_and(|wakes| wakes.will_wake(waker)) && !self.timer.is_elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::future::pending;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use tokio::time::sleep;

    const LIMIT: Duration = Duration::from_secs(8);
    const SHORT: Duration = Duration::from_secs(3);

    /// How long a connection lasts that does what `talk` does and then nothing more.
    async fn lasts(talk: impl AsyncFnOnce(&Arc<Activity>)) -> Duration {
        let activity = Arc::<Activity>::default();
        let told = Arc::clone(&activity);
        let talking = async {
            talk(&told).await;
            pending::<Result<(), Infallible>>().await
        };
        let begun_at = Instant::now();
        let ended = Timed::new(Box::pin(talking), activity, LIMIT).await;
        assert!(matches!(ended, Err(EndedEarly::NoHeader(LIMIT))));
        begun_at.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_ends_at_the_limit() {
        assert_eq!(lasts(async |_| {}).await, LIMIT);
        // Parts of a header are none.
        let drops = async |_: &Arc<Activity>| {
            for _ in 0..10 {
                sleep(SHORT).await;
            }
        };
        assert_eq!(lasts(drops).await, LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn each_header_has_the_whole_limit() {
        let requests = async |activity: &Arc<Activity>| {
            for _ in 0..10 {
                sleep(SHORT).await;
                drop(activity.begin());
            }
        };
        assert_eq!(lasts(requests).await, SHORT * 10 + LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn answering_and_sending_take_their_own_time() {
        let long = LIMIT * 3;
        let answering = async |activity: &Arc<Activity>| {
            let _in_hand = activity.begin();
            sleep(long).await;
        };
        assert_eq!(lasts(answering).await, long + LIMIT);
        let sending = async |activity: &Arc<Activity>| {
            let in_hand = activity.begin();
            let _empty = in_hand.until_sent(Body::empty());
            let _body = in_hand.until_sent(Body::from("body"));
            drop(in_hand);
            sleep(long).await;
        };
        assert_eq!(lasts(sending).await, long + LIMIT);
        let blocked = async |activity: &Arc<Activity>| {
            drop(activity.begin());
            activity.set_blocked(true);
            sleep(long).await;
            activity.set_blocked(false);
        };
        assert_eq!(lasts(blocked).await, long + LIMIT);
    }

    /// A task that counts how often it is woken.
    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_wakes_whoever_looked_last_and_can_be_set_earlier() {
        let start = Instant::now();
        let mut alarm = Alarm::at(start + LIMIT * 2);
        let tasks = [Arc::<Task>::default(), Arc::default()];
        for task in &tasks {
            let waker = Arc::clone(task).into();
            let polled = alarm.poll_until(start + LIMIT, &mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        sleep(LIMIT).await;
        let woken = tasks.map(|task| task.0.load(Ordering::Relaxed));
        assert_eq!(woken, [0, 1]);
    }
}
