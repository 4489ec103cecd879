//! What the pure parts cost, from the vendor's bytes to the answers, as the list grows.
//!
//! ```text
//! cargo bench --bench parts
//! cargo bench --bench parts -- --boards 1000,10000 --repeats 9
//! ```
//!
//! Prints a row a part and a column a size. Each time is of one operation and the middle one of several; it counts
//! neither what the operation is given nor dropping what it returns. The first row is the floor of reading: the same
//! bytes read by serde into borrowed fields, and not looked at.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a measurement prints, shows times, and fails by panicking"
)]

#[path = "../support/invented.rs"]
mod invented;
#[path = "../support/measure.rs"]
mod measure;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use measure::{Shown, middle_time, middle_time_of_many, numbers};
use ptf_cache::catalog::{Catalog, Coding, Freshness, MergedBoards, content_hash};
use ptf_cache::domain::board::{Board, BoardId};
use ptf_cache::domain::quote::{Counts, QuoteRequest, quote};
use ptf_cache::domain::rows::SourceRows;
use ptf_cache::domain::version::{CatalogVersion, Cause, VersionHead};
use ptf_cache::http::{prepare, render_drop_down, render_quote};
use ptf_cache::sync::plan;
use ptf_cache::upstream::read_list;

/// A part and its time.
type Part = (&'static str, Duration);

fn main() {
    let sizes = numbers("--boards", &[1_000, 10_000, 100_000]);
    let repeats = numbers("--repeats", &[7])[0] as usize;
    let columns: Vec<Vec<Part>> = sizes
        .iter()
        .map(|boards| measure_all(*boards, repeats))
        .collect();
    let heads: Vec<String> = sizes.iter().map(|boards| format!("{boards:>11}")).collect();
    println!("| boards | {} |", heads.join(" | "));
    println!("| --- |{}", " ---: |".repeat(sizes.len()));
    for (row, (name, _)) in columns[0].iter().enumerate() {
        let times: Vec<String> = columns
            .iter()
            .map(|column| format!("{:>11}", Shown(column[row].1)))
            .collect();
        println!("| {name} | {} |", times.join(" | "));
    }
}

/// Every part, on a list of `boards`.
fn measure_all(boards: u32, repeats: usize) -> Vec<Part> {
    let body = invented::body(&invented::boards(boards));
    let mapping = invented::mapping();
    let read = || read_list(&mapping, &body, now()).unwrap();
    let list = read();
    let nothing = SourceRows::default();
    let first = plan(&nothing, &list);
    let rows = nothing.with(&first.changes);
    let merged = rows.merge_all();
    let mut parts = vec![
        (
            "floor: borrowed fields",
            middle_time(
                repeats,
                || (),
                |()| {
                    assert_eq!(invented::parse_borrowed(&body), boards as usize);
                },
            ),
        ),
        ("mapping", middle_time(repeats, || (), |()| read())),
        (
            "compare with the same",
            middle_time(repeats, || (), |()| plan(&rows, &list)),
        ),
        (
            "merge",
            middle_time(repeats, || rows.clone(), SourceRows::into_merged),
        ),
        (
            "content hash",
            middle_time(repeats, || (), |()| content_hash(&merged)),
        ),
        (
            "catalog, with index",
            middle_time(repeats, || merged.clone(), build),
        ),
    ];
    let catalog = build(merged);
    parts.extend(measure_next(boards, &rows, &catalog, repeats));
    parts.extend(measure_answers(&catalog, repeats));
    parts
}

/// The boards that change from one version to the next.
const FEW: usize = 3;

/// The parts of a version in which a few boards changed.
fn measure_next(boards: u32, rows: &SourceRows, catalog: &Catalog, repeats: usize) -> Vec<Part> {
    let mut next = invented::boards(boards);
    let dearer = next.iter_mut().filter_map(|board| {
        let fee = invented::dearer(&board.pass_through_fee, 1)?;
        Some(std::mem::replace(&mut board.pass_through_fee, fee))
    });
    assert_eq!(dearer.take(FEW).count(), FEW);
    let list = read_list(&invented::mapping(), &invented::body(&next), now()).unwrap();
    let changes = plan(rows, &list).changes;
    let ids = changes.board_ids();
    assert_eq!(ids.len(), FEW);
    let after = rows.clone().with(&changes);
    let before = MergedBoards::of(rows);
    let mut merged = before.clone();
    merged.update(&after, &ids);
    let follow = || {
        catalog.follow(
            head(CatalogVersion::after(Some(CatalogVersion::FIRST))),
            &merged,
            &ids,
        )
    };
    let (next, prepared) = (follow(), prepare(catalog, None));
    for coding in Coding::ALL {
        prepared.get("/v1/boards/options").unwrap().ask(coding);
    }
    vec![
        (
            "three changed: merge and hash",
            middle_time(
                repeats,
                || before.clone(),
                |mut merged| {
                    merged.update(&after, &ids);
                    (merged.content_hash(), merged)
                },
            ),
        ),
        (
            "three changed: catalog",
            middle_time(repeats, || (), |()| follow()),
        ),
        (
            "three changed: answers",
            middle_time(repeats, || (), |()| prepare(&next, Some(&prepared))),
        ),
    ]
}

/// The parts that make answers of a catalog.
fn measure_answers(catalog: &Catalog, repeats: usize) -> Vec<Part> {
    let boards = catalog.boards();
    // In the middle, so that nothing is found at the beginning.
    let some = |count: usize| -> Vec<&Board> {
        let step = boards.len() / (count + 1);
        (1..=count).map(|turn| &*boards[turn * step]).collect()
    };
    let (one, ten) = (some(1), some(10));
    let (asked_one, asked_ten) = (request(&one), request(&ten));
    let freshness = Freshness {
        checked_at: now(),
        max_age: TimeDelta::hours(26),
    };
    let render = |boards: &[&Board], request: &QuoteRequest| {
        render_quote(boards, request, catalog.head(), freshness, now())
    };
    let name = &one[0].facts.name;
    let often = |work: &mut dyn FnMut()| middle_time_of_many(repeats, work);
    let search = |text: &str| often(&mut || drop(std::hint::black_box(catalog.search(text))));
    vec![
        (
            "prepare answers",
            middle_time(repeats, || (), |()| prepare(catalog, None)),
        ),
        (
            "drop-down",
            middle_time(repeats, || (), |()| render_drop_down(catalog)),
        ),
        ("search, short (\"mls\")", search("mls")),
        ("search, a full name", search(name)),
        ("search, nothing", search("xylophone quartz")),
        (
            "quote of one board",
            middle_time_of_many(repeats, || quote(one.iter().copied(), &asked_one, None)),
        ),
        (
            "quote of ten boards",
            middle_time_of_many(repeats, || quote(ten.iter().copied(), &asked_ten, None)),
        ),
        (
            "quote of one board, to JSON",
            middle_time_of_many(repeats, || render(&one, &asked_one)),
        ),
        (
            "quote of ten boards, to JSON",
            middle_time_of_many(repeats, || render(&ten, &asked_ten)),
        ),
    ]
}

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn build(boards: Vec<Board>) -> Catalog {
    Catalog::build(head(CatalogVersion::FIRST), boards)
}

fn head(version: CatalogVersion) -> VersionHead {
    VersionHead {
        version,
        created_at: now(),
        as_of: now().date_naive(),
        content_hash: content_hash(&[]),
        cause: Cause::Sync,
        actor: None,
        run_id: None,
    }
}

fn request(boards: &[&Board]) -> QuoteRequest {
    let ids: Vec<BoardId> = boards.iter().map(|board| board.facts.id.clone()).collect();
    let counts = Counts {
        agents: 5,
        ..Counts::default()
    };
    let starts_on = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    QuoteRequest::new(ids, counts, QuoteRequest::DEFAULT_TERM_MONTHS, starts_on).unwrap()
}
