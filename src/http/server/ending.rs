//! How connections are told to end.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

const OPEN: u8 = 0;
const LAST_ORDERS: u8 = 1;
const DRAINING: u8 = 2;
const CUT: u8 = 3;

/// What all connections of a listener are told.
///
/// Looking costs one load of a number, because every connection looks at every turn.
#[derive(Debug, Default)]
pub(super) struct Ending {
    phase: AtomicU8,
    changed: Notify,
}

impl Ending {
    /// Has answers say from now on that they are the last of their connection.
    pub(super) fn call_last_orders(&self) {
        self.set(LAST_ORDERS);
    }

    /// Whether the next answer of a connection is its last.
    pub(super) fn is_near(&self) -> bool {
        self.phase.load(Ordering::Acquire) != OPEN
    }

    /// Tells connections to end after the request they are at; those that are at none end at once.
    pub(super) fn drain(&self) {
        self.set(DRAINING);
    }

    /// Tells connections to end where they are.
    pub(super) fn cut(&self) {
        self.set(CUT);
    }

    fn set(&self, phase: u8) {
        self.phase.fetch_max(phase, Ordering::AcqRel);
        self.changed.notify_waiters();
    }

    /// Serves `connection` to its end, which `wind_up` brings nearer; `None` when it was cut before.
    pub(super) async fn run<C: Future>(
        &self,
        connection: C,
        wind_up: impl Fn(Pin<&mut C>),
    ) -> Option<C::Output> {
        let mut connection = pin!(connection);
        let mut changed = pin!(self.changed.notified());
        let mut seen = None;
        poll_fn(|cx| {
            // The connection first: a request that has reached us is read before shutdown is heard of.
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(Some(ended));
            }
            let mut phase = self.phase.load(Ordering::Acquire);
            while seen != Some(phase) {
                seen = Some(phase);
                self.listen(changed.as_mut(), cx);
                match phase {
                    OPEN | LAST_ORDERS => {}
                    CUT => return Poll::Ready(None),
                    _ => {
                        wind_up(connection.as_mut());
                        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                            return Poll::Ready(Some(ended));
                        }
                    }
                }
                phase = self.phase.load(Ordering::Acquire);
            }
            Poll::Pending
        })
        .await
    }

    /// Has the task of `cx`, which stays the same, woken by the next change.
    fn listen<'a>(&'a self, mut changed: Pin<&mut Notified<'a>>, cx: &mut Context<'_>) {
        changed.set(self.changed.notified());
        // Done at once only when the change has come already, and then the phase says so.
        let _ = changed.poll(cx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    /// A connection that ends a while after it is asked to, or never.
    struct Fake {
        asked: Arc<AtomicBool>,
        ends: bool,
    }

    impl Future for Fake {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            match self.ends && self.asked.load(Ordering::Relaxed) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        }
    }

    async fn ended(ends: bool, tell: impl AsyncFnOnce(&Ending)) -> Option<()> {
        let ending = Arc::new(Ending::default());
        let asked = Arc::new(AtomicBool::new(false));
        let running = Arc::clone(&ending);
        let task = tokio::spawn(async move {
            {
                let asking = |fake: Pin<&mut Fake>| fake.asked.store(true, Ordering::Relaxed);
                running.run(Fake { asked, ends }, asking).await
            }
        });
        tell(&ending).await;
        let ended = timeout(Duration::from_secs(10), task).await;
        ended.expect("it has not heard").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_hears_of_each_change_whenever_it_comes() {
        let pause = async || sleep(Duration::from_secs(1)).await;
        let drained = async |ending: &Ending| ending.drain();
        assert_eq!(ended(true, drained).await, Some(()));
        let drained_later = async |ending: &Ending| {
            pause().await;
            ending.drain();
        };
        assert_eq!(ended(true, drained_later).await, Some(()));
        let cut = async |ending: &Ending| ending.cut();
        assert_eq!(ended(false, cut).await, None);
        let drained_and_cut = async |ending: &Ending| {
            pause().await;
            ending.drain();
            pause().await;
            ending.cut();
        };
        assert_eq!(ended(false, drained_and_cut).await, None);
    }
}
