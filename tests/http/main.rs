//! The API as callers see it, over its desk, with hand-made catalogs and a clock that stands still; the past and the changes on
//! real databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod archive;
mod at_hand;
mod badge;
mod boards;
mod caching;
mod changes;
mod curated_fees;
mod events;
mod harness;
mod history;
mod limits;
mod pages;
mod paging;
mod problems;
mod quote;
mod quotes_at_hand;
mod stream;
mod stream_ends;
mod sync_runs;
mod versions;

#[path = "../support/api.rs"]
mod api;
#[path = "../support/catalogs.rs"]
mod catalogs;
