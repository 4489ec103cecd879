//! Webhooks over real sockets, from a real database: what arrives, in which order, and where nothing is sent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod order;
mod world;

#[path = "../support/receiver.rs"]
mod receiver;
