//! A clock that counts who asks it, and lets whoever does stumble where a test says so.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use ptf_cache::clock::{Clock, FixedClock};

/// What happens to whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trap {
    /// The time is told.
    Open,
    /// The time is told when the trap is opened, and not before.
    Stalls,
    /// The next one panics; after that the trap is open.
    PanicsOnce,
}

/// The clock.
pub(crate) struct TrapClock {
    clock: Arc<FixedClock>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    trap: Trap,
    asked: u64,
}

impl TrapClock {
    /// A clock that says what `clock` says.
    pub(crate) fn over(clock: Arc<FixedClock>) -> Arc<TrapClock> {
        Arc::new(TrapClock {
            clock,
            state: Mutex::new(State {
                trap: Trap::Open,
                asked: 0,
            }),
            changed: Condvar::new(),
        })
    }

    /// Sets the trap, and waits until somebody is caught.
    pub(crate) async fn catch(&self, trap: Trap) {
        let before = {
            let mut state = self.state.lock().unwrap();
            state.trap = trap;
            state.asked
        };
        self.wait_until_asked_since(before, 1).await;
    }

    /// Lets everybody go.
    pub(crate) fn open(&self) {
        self.state.lock().unwrap().trap = Trap::Open;
        self.changed.notify_all();
    }

    /// Waits until somebody has asked `times` from now on.
    pub(crate) async fn wait_until_asked(&self, times: u64) {
        let before = self.asked();
        self.wait_until_asked_since(before, times).await;
    }

    fn asked(&self) -> u64 {
        self.state.lock().unwrap().asked
    }

    async fn wait_until_asked_since(&self, before: u64, times: u64) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.asked() < before + times {
            assert!(Instant::now() < deadline, "nobody asks what time it is");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Clock for TrapClock {
    fn now(&self) -> DateTime<Utc> {
        let mut state = self.state.lock().unwrap();
        state.asked += 1;
        if state.trap == Trap::PanicsOnce {
            state.trap = Trap::Open;
            drop(state);
            panic!("the trap");
        }
        let stalls = |state: &mut State| state.trap == Trap::Stalls;
        let state = self.changed.wait_while(state, stalls).unwrap();
        drop(state);
        self.clock.now()
    }
}
