//! The vendor's faults, one after the other, against the service as it is run: what must hold whatever the vendor does.
//!
//! Every case is a process of the real binary, on a database that holds a good catalog, whose first run meets one
//! fault. One rule judges all of them (`rule`); a line's test prints a row for each of its variants.
//!
//! | line | what the vendor does | module |
//! | --- | --- | --- |
//! | U1 to U5 | no connection, no answer in time, 429, trouble of its own, refused credentials | `answers` |
//! | U6, U7, U13, U14, U16 | no JSON, something else, strange text, endless bodies, another shape | `documents` |
//! | U8 to U12, U15 | pages, ids, boards that vanish, fees that jump, amounts that are none, redirects | `lists` |
//! | U17, U18 | it is down for long, and back again | `outages` |
//!
//! `case` says what a case is, `trial` goes through with it, `vendors` are those that the sandbox cannot be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod case;
mod documents;
mod lists;
mod memory;
mod outages;
mod readers;
mod rule;
mod seed;
mod table;
mod trial;
mod vendors;

#[path = "../service/harness.rs"]
#[expect(dead_code, reason = "tests/service uses the rest of it")]
mod harness;

#[path = "../support/world.rs"]
#[expect(dead_code, reason = "shared with other tests, which use more of it")]
mod world;

use case::Case;

/// Goes through all variants of a line, and fails where the rule is broken.
async fn survive(line: &str, cases: Vec<Case>) {
    let trials: Vec<_> = cases
        .into_iter()
        .map(|case| tokio::spawn(trial::run(case)))
        .collect();
    let mut rows = Vec::new();
    for trial in trials {
        rows.push(trial.await.unwrap());
    }
    table::show(line, &rows);
    let broken: Vec<String> = rows.iter().flat_map(table::Row::complaints).collect();
    assert!(broken.is_empty(), "{line}:\n{}", broken.join("\n"));
}
