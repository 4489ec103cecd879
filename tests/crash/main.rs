//! `kill -9`: of the service in the middle of its syncs, of a second process in the middle of its edits, and of a
//! programme that brings an old database up to date.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod campaign;
mod failpoints;
mod lane;
mod migrations;
mod tally;

#[expect(dead_code, reason = "each test uses a part of it")]
#[path = "../support/numbered/mod.rs"]
mod numbered;
