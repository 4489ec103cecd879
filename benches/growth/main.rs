//! What a sync and a start cost as the list grows, beside the floor of each: what cannot be spared, measured in turns
//! with it in the same run.
//!
//! ```text
//! cargo bench --bench growth
//! cargo bench --bench growth -- --boards 1000,10000,100000 --rounds 5
//! ```
//!
//! Each round has a database of its own, and in this order: a first sync, one of the same list, the same again by a
//! process that has just started, one in which 100 boards changed, one in which all did. A sync goes from the vendor's
//! bytes on a socket to the recorded run and the catalog that is shown. Before each, the floors: the list fetched over the same socket and thrown away, and the
//! same bytes read by serde into borrowed fields; behind those that write much, one bare transaction of SQLite that
//! writes the same rows. Ratios are of a round, and the middle one counts; machines differ and drift, ratios less.
//! The time of fetching is shown, and not taken off: the floors begin with the bytes, the sync before them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a measurement prints, computes ratios, and fails by panicking"
)]

mod floor;
#[path = "../support/invented.rs"]
mod invented;
#[path = "../support/measure.rs"]
#[expect(dead_code, reason = "shared with a benchmark that uses more of it")]
mod measure;
mod process;
mod vendor;
mod world;

use std::path::Path;
use std::time::Duration;

use measure::{Shown, middle, numbers};
use ptf_cache::domain::run::Outcome;
use ptf_cache::sandbox::SandboxBoard;
use ptf_cache::store::Store;
use vendor::Vendor;
use world::{World, settings, size_of};

/// The boards that change in the third sync of a round.
const FEW: usize = 100;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match &arguments[1..] {
        [word, file] if word == process::LOAD => process::load(Path::new(file)).await,
        [word, file, vendor] if word == process::SYNC => {
            process::sync(Path::new(file), vendor).await;
        }
        _ => measure_sizes().await,
    }
}

async fn measure_sizes() {
    let rounds = numbers("--rounds", &[5])[0];
    for boards in numbers("--boards", &[1_000, 10_000, 100_000]) {
        measure_size(boards, rounds).await;
    }
}

/// A sync with the floors that were measured beside it.
struct Sample {
    sync: Duration,
    fetch: Duration,
    parse: Duration,
    /// Of a sync that writes much.
    write: Option<Duration>,
}

impl Sample {
    /// How many times its floor the sync took, fetching included.
    fn ratio(&self) -> f64 {
        let floor = self.parse + self.write.unwrap_or_default();
        self.sync.as_secs_f64() / floor.as_secs_f64()
    }
}

/// A kind of sync, and how many times its floor it may take.
struct Kind {
    name: &'static str,
    wanted: Option<f64>,
    samples: Vec<Sample>,
}

async fn measure_size(boards: u32, rounds: u32) {
    let before = invented::boards(boards);
    let vendor = Vendor::start(Vec::new());
    // On a short list the disk's own time is more than the rest.
    let wanted = |ratio| (boards >= 100_000).then_some(ratio);
    let kind = |name, wanted| Kind {
        name,
        wanted,
        samples: Vec::new(),
    };
    let mut kinds = [
        kind("first sync", None),
        kind("unchanged", wanted(2.0)),
        kind("unchanged, first of its process", None),
        kind("100 changed", wanted(4.0)),
        kind("all changed", wanted(3.0)),
    ];
    let mut last = String::new();
    for round in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let samples = measure_round(folder.path(), &vendor, &before, round == 0).await;
        for (kind, sample) in kinds.iter_mut().zip(samples) {
            kind.samples.push(sample);
        }
        if round + 1 == rounds {
            last = measure_start(folder.path(), &vendor, rounds);
        }
    }
    let list = invented::body(&before).len();
    println!("## {boards} boards, a list of {} KB\n", list / 1000);
    println!("| sync | time | fetching | floor: reading | floor: writing | ratio | wanted | met |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
    kinds.iter().for_each(print_kind);
    println!("\n{last}");
}

fn print_kind(kind: &Kind) {
    let time = |of: fn(&Sample) -> Duration| Shown(middle(kind.samples.iter().map(of).collect()));
    let mut ratios: Vec<f64> = kind.samples.iter().map(Sample::ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let (least, ratio, most) = (
        ratios[0],
        ratios[ratios.len() / 2],
        ratios[ratios.len() - 1],
    );
    let write = match kind.samples[0].write {
        Some(_) => time(|sample| sample.write.unwrap_or_default()).to_string(),
        None => String::new(),
    };
    let (wanted, met) = match kind.wanted {
        Some(wanted) if ratio <= wanted => (format!("{wanted:.0}"), "yes"),
        Some(wanted) => (format!("{wanted:.0}"), "no"),
        None => (String::new(), ""),
    };
    println!(
        "| {} | {} | {} | {} | {write} | {ratio:.2} ({least:.2} to {most:.2}) | {wanted} | {met} |",
        kind.name,
        time(|sample| sample.sync),
        time(|sample| sample.fetch),
        time(|sample| sample.parse),
    );
}

/// One round in `folder`: each kind of sync once. Where `proves`, an unchanged sync is shown to write its run alone.
async fn measure_round(
    folder: &Path,
    vendor: &Vendor,
    before: &[SandboxBoard],
    proves: bool,
) -> Vec<Sample> {
    let file = folder.join("bench.db");
    let empty = folder.join("empty.db");
    Store::open(&settings(&empty)).await.unwrap().close().await;
    vendor.set(invented::body(before));
    let world = World::open(&file, &vendor.url()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let all = before.len();
    let mut samples = Vec::new();
    let mut measure = async |world: &World, outcome, changed| {
        let (fetch, parse) = (floor::fetch(&client, vendor).await, floor::parse(vendor));
        samples.push(Sample {
            sync: world.sync(outcome, changed).await,
            fetch,
            parse,
            write: None,
        });
    };

    measure(&world, Outcome::Published, all).await;
    let synced = folder.join("synced.db");
    world.store.backup(&synced).await.unwrap();
    measure(&world, Outcome::Unchanged, 0).await;
    if proves {
        let unchanged = folder.join("unchanged.db");
        world.store.backup(&unchanged).await.unwrap();
        let written = floor::differences(&synced, &unchanged).await;
        let expected = [("sync_runs", 1)];
        let written: Vec<_> = written
            .iter()
            .map(|(table, rows)| (table.as_str(), *rows))
            .filter(|(table, _)| !matches!(*table, "leases" | "sqlite_sequence"))
            .collect();
        assert_eq!(written, expected, "an unchanged sync writes its run alone");
    }
    let other = World::open(&file, &vendor.url()).await;
    other.publisher.refresh().await.unwrap();
    measure(&other, Outcome::Unchanged, 0).await;
    other.store.close().await;
    let mut boards = before.to_vec();
    let step = (all / FEW).max(1);
    let few: Vec<usize> = (0..all).step_by(step).take(FEW).collect();
    few.iter().for_each(|place| change(&mut boards[*place], 1));
    vendor.set(invented::body(&boards));
    measure(&world, Outcome::Published, few.len()).await;
    let changed = folder.join("changed.db");
    world.store.backup(&changed).await.unwrap();
    boards.iter_mut().for_each(|board| change(board, 2));
    vendor.set(invented::body(&boards));
    measure(&world, Outcome::Published, all).await;

    let after = folder.join("after.db");
    world.store.backup(&after).await.unwrap();
    world.store.close().await;
    samples[0].write = Some(floor::write(&empty, &synced).await);
    samples[4].write = Some(floor::write(&changed, &after).await);
    samples
}

/// Another price, where there is one; another page, where there is none.
fn change(board: &mut SandboxBoard, by: u32) {
    match invented::dearer(&board.pass_through_fee, by) {
        Some(amount) => board.pass_through_fee = amount,
        None => {
            board.coverage_url = Some(format!("https://sandbox.invalid/moved/{by}/{}", board.id))
        }
    }
}

/// What the database in `folder` takes on disk, in memory, and until the first answer.
fn measure_start(folder: &Path, vendor: &Vendor, rounds: u32) -> String {
    let (file, synced) = (folder.join("bench.db"), folder.join("synced.db"));
    let starts: Vec<process::Start> = (0..rounds)
        .map(|_| process::start_programme(&file, &vendor.url()))
        .collect();
    let until_answer = middle(starts.iter().map(|start| start.until_answer).collect());
    let start = &starts[0];
    let path = |file: &Path| file.to_str().unwrap().to_owned();
    let steps = process::run_self(&[process::LOAD, &path(&file)]);
    let syncs = process::run_self(&[process::SYNC, &path(&file), &vendor.url()]);
    format!(
        "database: {} KB after the first sync, {} KB after the last\n\
         the programme: first answer after {}, then {} MB resident, {} MB at most\n\
         start by steps: {}\n\
         syncs in a process: {}\n",
        size_of(&synced) / 1_000,
        size_of(&file) / 1_000,
        Shown(until_answer),
        start.resident_mb,
        start.most_mb,
        steps.trim(),
        syncs.trim(),
    )
}
