//! The whole service from outside: the real binary, a real database file, a vendor over a socket, HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

mod harness;

mod bad_input;
mod demo;
mod persistence;
mod terminal;
mod vendors;
mod worked_examples;
