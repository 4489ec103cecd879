//! Every input that the fuzzers found worth keeping, held against what they look for.
//!
//! The fuzzers themselves are a package of their own in this folder, because they are built with instrumentation. They
//! need `cargo install cargo-fuzz`, and no other toolchain:
//!
//! ```sh
//! cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none vendor_page -- -max_total_time=600
//! ```
//!
//! Likewise `curated_csv` and `query_string`. What they find new is added to `corpus`; `cargo fuzz cmin` with the same options takes out
//! what adds nothing. An input that breaks something goes to `corpus` with the change that mends it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[path = "../support/catalogs.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod catalogs;
mod properties;

#[test]
fn every_kept_file_of_the_curated_list_holds() {
    replay("curated_csv", properties::curated_csv::hold);
}

#[test]
fn every_kept_query_holds() {
    replay("query_string", properties::query_string::hold);
}

#[test]
fn every_kept_page_of_the_vendor_holds() {
    replay("vendor_page", properties::vendor_page::hold);
}

/// Holds every kept input of `target` against `hold`.
///
/// # Panics
/// With the names of all that do not, and where there is nothing to hold.
fn replay(target: &str, hold: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(target);
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().path());
    let (mut kept, mut broken) = (0, Vec::new());
    for file in files {
        let input = std::fs::read(&file).unwrap();
        kept += 1;
        if catch_unwind(AssertUnwindSafe(|| hold(&input))).is_err() {
            broken.push(file);
        }
    }
    assert!(
        kept >= 20,
        "only {kept} inputs are kept in {}",
        folder.display()
    );
    assert!(broken.is_empty(), "{target}: {broken:#?}");
}
