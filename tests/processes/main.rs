//! Several processes on one database: one syncs at a time, no version comes twice, and all show the newest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contention;
mod fence;
mod gate;
mod takeover;

#[expect(dead_code, unused_imports, reason = "each test uses a part of it")]
#[path = "../support/numbered/mod.rs"]
mod numbered;
#[expect(dead_code, reason = "each test uses a part of it")]
#[path = "../support/world.rs"]
mod world;
