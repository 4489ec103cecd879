//! The past, over a real database: random syncs and curated edits while days pass, then everything read again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod invented;
mod past;
mod reader;
mod world;

#[path = "../support/dice.rs"]
#[expect(dead_code, reason = "other tests roll in more ways")]
mod dice;
