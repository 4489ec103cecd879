//! The load generator.

use std::fs;
use std::process::{Command, Stdio};

use crate::Options;
use crate::workload::Workload;

/// The core it runs on.
pub(crate) const CORE: usize = 1;

/// What one round found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// CPU time of the server for one request.
    pub(crate) cpu_micros: f64,
    pub(crate) p99_millis: f64,
}

/// Fails where `wrk` or `taskset` is missing.
pub(crate) fn require() {
    for (tool, package) in [("wrk", "wrk"), ("taskset", "util-linux")] {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(
            found.is_ok(),
            "{tool} is missing: install the package {package}"
        );
    }
}

/// Has this process run on the load's core too.
pub(crate) fn keep_off_the_servers_core() {
    let id = std::process::id().to_string();
    let mut command = Command::new("taskset");
    command.args(["--all-tasks", "--cpu-list", "--pid", &CORE.to_string(), &id]);
    let pinned = command.output().unwrap();
    assert!(pinned.status.success(), "{pinned:?}");
}

/// Asks the server of process `id` for `workload`, which it has at `url`.
pub(crate) fn wrk(url: &str, id: u32, workload: &Workload, options: &Options) -> Sample {
    let mut command = Command::new("taskset");
    command.args([
        "-c",
        &CORE.to_string(),
        "wrk",
        "--latency",
        "--threads",
        "1",
    ]);
    command.args(["--connections", &options.connections.to_string()]);
    command.args(["--duration", &format!("{}s", options.seconds)]);
    if let Some((name, value)) = &workload.header {
        command.args(["--header", &format!("{name}: {value}")]);
    }
    command.arg(url);
    let before = cpu_ticks(id);
    let output = command.output().unwrap();
    let ticks = cpu_ticks(id) - before;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for trouble in ["Non-2xx", "Socket errors"] {
        assert!(!text.contains(trouble), "{}: {text}", workload.name);
    }
    let requests: f64 = word_before(&text, "requests in");
    Sample {
        per_second: word_after(&text, "Requests/sec:").parse().unwrap(),
        cpu_micros: ticks as f64 * 1e6 / ticks_per_second() / requests,
        p99_millis: millis(word_after(&text, "  99% ")),
    }
}

fn word_after<'a>(text: &'a str, mark: &str) -> &'a str {
    let (_, rest) = text.split_once(mark).expect(mark);
    rest.split_whitespace().next().expect(mark)
}

fn word_before(text: &str, mark: &str) -> f64 {
    let (rest, _) = text.split_once(mark).expect(mark);
    rest.split_whitespace()
        .next_back()
        .expect(mark)
        .parse()
        .unwrap()
}

/// `1.25ms`, `870.00us` or `1.20s` in milliseconds.
fn millis(text: &str) -> f64 {
    for (unit, factor) in [("us", 0.001), ("ms", 1.0), ("s", 1_000.0)] {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<f64>().unwrap() * factor;
        }
    }
    panic!("{text} is no time");
}

/// The CPU time that the process has had, in ticks.
fn cpu_ticks(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = fields.split(' ').collect();
    // utime and stime: fields 14 and 15 of proc(5), of which two stand before the bracket.
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn ticks_per_second() -> f64 {
    let output = Command::new("getconf").arg("CLK_TCK").output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}
