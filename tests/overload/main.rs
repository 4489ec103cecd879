//! Far more load than the service can take, over real sockets: L1 to L4 of the faults it must survive.
//!
//! | file | rule |
//! | --- | --- |
//! | `excess` | L1: the excess is turned away at once, and as many as before are answered |
//! | `crowd` | L2: 2,000 at once from idle are answered |
//! | `idlers` | L3: who holds a connection and does nothing loses it, and harms nobody |
//! | `stop` | L4: a stop signal drops no request |
//!
//! ```text
//! cargo test --locked --test overload -- --nocapture
//! OVERLOAD_SECONDS=20 cargo test --release --locked --test overload -- --nocapture
//! ```
//!
//! prints what was measured. On a shared machine a figure says little, so figures are compared with others of the same
//! run, taken in turns. The second is longer and stricter: `OVERLOAD_SECONDS` is how long each figure is measured; from
//! 10 on, L1 holds to the letter.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::float_arithmetic,
    reason = "rates and their ratios are measured"
)]

mod client;
mod crowd;
mod excess;
#[expect(dead_code, reason = "each test uses a part of it")]
#[path = "../service/harness.rs"]
mod harness;
mod idlers;
mod scene;
mod stop;
