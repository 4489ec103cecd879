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

    /// Sets the trap, or opens it.
    pub(crate) fn set(&self, trap: Trap) {
        self.state.lock().unwrap().trap = trap;
        self.changed.notify_all();
    }

    /// Waits until somebody has asked `times` from now on.
    pub(crate) async fn wait_until_asked(&self, times: u64) {
        let asked = || self.state.lock().unwrap().asked;
        let (before, deadline) = (asked(), Instant::now() + Duration::from_secs(60));
        while asked() < before + times {
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
