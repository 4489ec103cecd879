//! How fast the service answers, against the floor of its HTTP stack: a bare hyper server that answers the same bytes.
//!
//! ```text
//! cargo bench --profile dist --bench serving
//! cargo bench --profile dist --bench serving -- --rounds 9 --seconds 2 --connections 64 --boards 800
//! cargo bench --profile dist --bench serving -- --publishing
//! cargo bench --profile dist --bench serving -- --peers --python venv/bin/python
//! cargo bench --profile dist --bench serving -- --instructions
//! ```
//!
//! What is built along with a benchmark has features that only tests need. To measure what is shipped, build it apart and
//! name it: `.ci/build`, then `-- --programme target/shipped/ptf-cache`.
//!
//! Starts both on one core and the load generator `wrk` (a package of the distribution) on another, and takes turns
//! between them in short rounds, because a machine's own speed drifts: only neighbours in time compare. Prints, for
//! each workload, the ratio of requests a second and of CPU time a request, the middle one of all rounds with the least
//! and the most. Above 1 the service is faster than the floor.
//!
//! With `--publishing` it compares the service with itself while a version of the catalog is published every 100 ms; with
//! `--peers` with other ways to have such answers, on the same data. With `--instructions` it counts, by valgrind's
//! callgrind, the instructions that either spends on a request, the system's own and those of other threads left out: a
//! figure that noise does not move. `--most "quote of one board=16500"` counts that workload alone, and fails where it
//! takes more.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a measurement prints, computes ratios, and fails by panicking"
)]

mod floor;
mod instructions;
mod load;
mod peers;
mod publishing;
mod servers;
mod workload;

use instructions::Limit;
use load::{Sample, wrk};
use servers::{Server, Servers};
use workload::Workload;

/// What is asked for on the command line.
#[derive(Debug, Clone)]
struct Options {
    rounds: usize,
    seconds: u32,
    connections: u32,
    boards: u32,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match &arguments[1..] {
        [word, address, list] if word == floor::COMMAND => floor::serve(address, list),
        [word, address, database] if word == peers::COMMAND => peers::serve(address, database),
        _ => compare(&arguments),
    }
}

#[tokio::main]
async fn compare(arguments: &[String]) {
    let options = Options {
        rounds: argument(arguments, "--rounds").unwrap_or(7),
        seconds: argument(arguments, "--seconds").unwrap_or(1),
        connections: argument(arguments, "--connections").unwrap_or(64),
        boards: argument(arguments, "--boards").unwrap_or(800),
    };
    let folder = tempfile::tempdir().unwrap();
    let mut workloads = workload::all();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    if has("--instructions") {
        let limits = Limit::all(arguments);
        return instructions::count(folder.path(), options.boards, &workloads, &limits).await;
    }
    load::require();
    if has("--publishing") {
        // A tag is no longer that of the next version.
        workloads.retain(|workload| !workload.is_conditional());
        return publishing::compare(folder.path(), &options, &workloads).await;
    }
    if has("--peers") {
        let python: Option<String> = argument(arguments, "--python");
        return peers::compare(folder.path(), &options, &workloads, python.as_deref());
    }
    let servers = Servers::start(folder.path(), options.boards, &mut workloads).await;
    print_head(&options);
    for workload in &workloads {
        measure(workload, &servers, &options);
    }
    println!(
        "\nresident memory after load: {} MB",
        servers.service.resident_mb()
    );
}

fn argument<T: std::str::FromStr>(arguments: &[String], name: &str) -> Option<T> {
    let position = arguments.iter().position(|argument| argument == name)?;
    arguments.get(position + 1)?.parse().ok()
}

fn print_head(options: &Options) {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model
        .unwrap_or(": an unnamed processor")
        .trim_start_matches([' ', '\t', ':']);
    println!(
        "{model}; server on core {}, load on core {}; {} boards, {} connections, {} rounds of {} s\n",
        servers::CORE,
        load::CORE,
        options.boards,
        options.connections,
        options.rounds,
        options.seconds
    );
    println!("| workload | bytes | requests/s | ratio to bare hyper | ratio of CPU | p99, ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
}

/// Measures one workload, the two servers taking turns, and prints its row.
fn measure(workload: &Workload, servers: &Servers, options: &Options) {
    let ask = |url: &str, server: &Server| wrk(url, server.id, workload, options);
    let (url, floor_url) = (
        servers.service.url(&workload.target),
        servers.floor.url(&workload.floor_target),
    );
    let (ours, floor) = (
        || ask(&url, &servers.service),
        || ask(&floor_url, &servers.floor),
    );
    let mut rounds: Vec<(Sample, Sample)> = Vec::new();
    for round in 0..options.rounds {
        // Whoever comes first has the quieter or the warmer machine: take turns in that too.
        let pair = match round % 2 {
            0 => (ours(), floor()),
            _ => {
                let floor = floor();
                (ours(), floor)
            }
        };
        rounds.push(pair);
    }
    let ratios = |of: fn(&Sample, &Sample) -> f64| Spread::of(rounds.iter().map(|(a, b)| of(a, b)));
    let rate = Spread::of(rounds.iter().map(|(ours, _)| ours.per_second));
    println!(
        "| {} | {} | {:.0} | {} | {} | {} |",
        workload.name,
        workload.length,
        rate.middle,
        ratios(|ours, floor| ours.per_second / floor.per_second),
        ratios(|ours, floor| floor.cpu_micros / ours.cpu_micros),
        ratios(|ours, floor| ours.p99_millis / floor.p99_millis),
    );
}

/// The middle one of some figures, and how far they lie apart.
struct Spread {
    least: f64,
    middle: f64,
    most: f64,
}

impl Spread {
    fn of(figures: impl Iterator<Item = f64>) -> Spread {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        Spread {
            least: figures[0],
            middle: figures[figures.len() / 2],
            most: figures[figures.len() - 1],
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.2} ({:.2} to {:.2})",
            self.middle, self.least, self.most
        )
    }
}
