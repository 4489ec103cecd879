//! Who serves connections: the runtime that calls, or threads with a runtime each.

use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::batch::send_each_round;

/// The runtimes that take turns at new connections, each of which stays where it began.
///
/// A thread that has its connections to itself neither steals nor wakes: on one core that is a twentieth faster than a
/// runtime of many threads.
pub(super) struct Crew {
    runtimes: Vec<Handle>,
    next: AtomicUsize,
    /// Ends the threads.
    _running: DropGuard,
}

impl Crew {
    /// As many threads as `workers` says; `None` is the runtime that calls.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub(super) fn of(workers: Option<NonZeroUsize>) -> io::Result<Crew> {
        let stop = CancellationToken::new();
        let runtimes = match workers {
            None => vec![Handle::current()],
            Some(workers) => (0..workers.get())
                .map(|number| start(number, stop.clone()))
                .collect::<io::Result<_>>()?,
        };
        Ok(Crew {
            runtimes,
            next: AtomicUsize::new(0),
            _running: stop.drop_guard(),
        })
    }

    /// The runtime whose turn it is.
    pub(super) fn next(&self) -> &Handle {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        &self.runtimes[turn % self.runtimes.len()]
    }
}

/// Starts one thread, which runs what it is given until `stop`.
fn start(number: usize, stop: CancellationToken) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let run = move || run(runtime, &stop);
    thread::Builder::new()
        .name(format!("http-{number}"))
        .spawn(run)?;
    Ok(handle)
}

fn run(runtime: Runtime, stop: &CancellationToken) {
    runtime.spawn(send_each_round());
    runtime.block_on(stop.cancelled());
    runtime.shutdown_background();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[tokio::test]
    async fn connections_take_turns_on_threads_of_their_own() {
        let crew = Crew::of(NonZeroUsize::new(3)).unwrap();
        let mut names = HashSet::new();
        for _ in 0..6 {
            let name = async { thread::current().name().map(str::to_owned) };
            names.insert(crew.next().spawn(name).await.unwrap().unwrap());
        }
        let expected = ["http-0", "http-1", "http-2"].map(str::to_owned);
        assert_eq!(names, HashSet::from(expected));
    }

    #[tokio::test]
    async fn without_threads_the_caller_serves() {
        let crew = Crew::of(None).unwrap();
        let here = thread::current().id();
        let there = crew.next().spawn(async { thread::current().id() });
        assert_eq!(there.await.unwrap(), here);
    }
}
