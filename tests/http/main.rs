//! The API as callers see it, over its router, with hand-made catalogs and a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod boards;
mod caching;
mod harness;
mod paging;
mod problems;
mod quote;

#[path = "../support/catalogs.rs"]
mod catalogs;
