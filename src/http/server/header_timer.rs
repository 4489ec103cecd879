//! hyper's timer for headers, which sets the runtime's only now and then.

use std::mem::take;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use tokio::task::coop::unconstrained;
use tokio::time;

/// Times how long one connection waits for headers.
///
/// hyper begins a wait for each header and drops it when the header is there. A timer of the runtime, set and cleared
/// for each request, costs a tenth of all that an answer does. Hence an alarm that stays: it rings at the end of a wait
/// that may be long over, and is then set to the end of the one that goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct HeaderTimer {
    /// The alarm, unless a wait has it.
    alarm: Arc<Mutex<Option<Alarm>>>,
}

impl Timer for HeaderTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let alarm = self.alarm.lock().ok().and_then(|mut alarm| alarm.take());
        Box::pin(Wait {
            deadline,
            alarm,
            place: Arc::clone(&self.alarm),
        })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into()
    }
}

/// A wait until a moment. It has the alarm to itself; another wait at the same time would find none, and set its own.
struct Wait {
    deadline: Instant,
    alarm: Option<Alarm>,
    /// Where the alarm is left to the next wait.
    place: Arc<Mutex<Option<Alarm>>>,
}

impl Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Wait {
            deadline, alarm, ..
        } = self.get_mut();
        let alarm = alarm.get_or_insert_with(|| Alarm::at(*deadline));
        alarm.poll_until(*deadline, cx)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Ok(mut place) = self.place.lock() {
            *place = take(&mut self.alarm);
        }
    }
}

/// A timer of the runtime, and whom it wakes.
#[derive(Debug)]
struct Alarm {
    timer: Pin<Box<time::Sleep>>,
    /// None until it is looked at for the first time.
    wakes: Option<Waker>,
}

impl Alarm {
    fn at(deadline: Instant) -> Alarm {
        Alarm {
            timer: Box::pin(time::sleep_until(deadline.into())),
            wakes: None,
        }
    }

    /// Ready once `deadline` is over. Until then, the task of `cx` is woken at that moment or before.
    fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = deadline.into();
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
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    const LIMIT: Duration = Duration::from_secs(8);
    const SHORT: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn waits_one_after_another_each_end_at_their_own_moment() {
        let timer = HeaderTimer::default();
        for _ in 0..10 {
            let wait = timer.sleep(LIMIT);
            assert!(time::timeout(SHORT, wait).await.is_err());
        }
        let begun_at = time::Instant::now();
        timer.sleep(LIMIT).await;
        assert_eq!(begun_at.elapsed(), LIMIT);
        // An alarm that has rung is set anew, and one that is set too late is set earlier.
        timer.sleep(LIMIT).await;
        assert_eq!(begun_at.elapsed(), LIMIT * 2);
        assert!(time::timeout(SHORT, timer.sleep(LIMIT)).await.is_err());
        timer.sleep(Duration::from_secs(1)).await;
        assert_eq!(
            begun_at.elapsed(),
            LIMIT * 2 + SHORT + Duration::from_secs(1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn waits_at_the_same_time_do_not_disturb_each_other() {
        let timer = HeaderTimer::default();
        let begun_at = time::Instant::now();
        let wait = async |duration| {
            timer.sleep(duration).await;
            begun_at.elapsed()
        };
        let ended = tokio::join!(wait(LIMIT), wait(SHORT), wait(LIMIT * 2));
        assert_eq!(ended, (LIMIT, SHORT, LIMIT * 2));
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
    async fn whoever_looked_last_is_woken() {
        let timer = HeaderTimer::default();
        let mut wait = timer.sleep(LIMIT);
        let tasks = [Arc::<Task>::default(), Arc::default()];
        for task in &tasks {
            let waker = Arc::clone(task).into();
            let polled = wait.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        time::sleep(LIMIT * 2).await;
        let woken = tasks.map(|task| task.0.load(Ordering::Relaxed));
        assert_eq!(woken, [0, 1]);
    }
}
