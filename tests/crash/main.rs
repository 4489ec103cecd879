//! Death at any moment: of the service in the middle of its syncs, of a second process in the middle of its edits, of a
//! programme that brings an old database up to date.
//!
//! Killed at random moments, and made to die, panic or fail at each named place, which only a build with the feature
//! `failpoints` has:
//!
//! ```text
//! cargo test --locked --features failpoints --test crash
//! CRASH_KILLS=1000 cargo test --locked --features failpoints --test crash campaign -- --nocapture
//! ```
//!
//! The first takes some minutes, and is what counts before a change lands; the second takes a quarter of an hour, and
//! prints what it did. `CRASH_SEED` draws other moments.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod campaign;
mod lane;
mod points;
mod restart;
mod schema;
mod span;
mod tally;

#[expect(dead_code, reason = "each test uses a part of it")]
#[path = "../support/numbered/mod.rs"]
mod numbered;
