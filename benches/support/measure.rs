//! Times and how they are shown.

use std::fmt;
use std::time::{Duration, Instant};

/// How long a sample takes at least, so that the clock's own time does not count.
const SAMPLE: Duration = Duration::from_millis(5);

/// The arguments of the command line behind `name`, separated by commas.
pub(crate) fn numbers(name: &str, default: &[u32]) -> Vec<u32> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    let given = arguments.nth(1);
    given.map_or(default.to_vec(), |given| {
        let numbers = given.split(',').map(|number| number.parse().unwrap());
        numbers.collect()
    })
}

/// The middle one of `repeats` times of `work` on what `prepare` makes; neither that counts, nor dropping the result.
pub(crate) fn middle_time<I, T>(
    repeats: usize,
    mut prepare: impl FnMut() -> I,
    mut work: impl FnMut(I) -> T,
) -> Duration {
    let times = (0..repeats).map(|_| {
        let input = prepare();
        let begun = Instant::now();
        let result = work(input);
        let time = begun.elapsed();
        drop(std::hint::black_box(result));
        time
    });
    middle(times.collect())
}

/// The middle one of `repeats` times of `work`, which is too short to be timed once.
pub(crate) fn middle_time_of_many<T>(repeats: usize, mut work: impl FnMut() -> T) -> Duration {
    let mut turns = 1;
    let mut sample = move |turns: u32| {
        let begun = Instant::now();
        for _ in 0..turns {
            std::hint::black_box(work());
        }
        begun.elapsed()
    };
    while sample(turns) < SAMPLE {
        turns *= 2;
    }
    middle((0..repeats).map(|_| sample(turns)).collect()) / turns
}

/// The middle one.
pub(crate) fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// A time with three digits or so, in the unit that suits it.
pub(crate) struct Shown(pub(crate) Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos() as f64;
        let (value, unit) = match nanos {
            ..1e3 => (nanos, "ns"),
            ..1e6 => (nanos / 1e3, "µs"),
            ..1e9 => (nanos / 1e6, "ms"),
            _ => (nanos / 1e9, "s"),
        };
        let digits = match value {
            ..10.0 => 2,
            ..100.0 => 1,
            _ => 0,
        };
        f.pad(&format!("{value:.digits$} {unit}"))
    }
}
