//! The whole service from outside: the real binary, a real database file, a vendor over a socket, HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

mod harness;
mod past;

mod bad_input;
mod canaries;
mod demo;
mod guard;
mod history;
mod limits;
mod persistence;
mod terminal;
mod tokens;
mod vendors;
mod webhooks;
mod worked_examples;

#[path = "../support/receiver.rs"]
#[expect(dead_code, reason = "tests/webhooks uses the rest of it")]
mod receiver;

#[path = "../support/world.rs"]
#[expect(dead_code, reason = "shared with other tests, which use more of it")]
mod world;
