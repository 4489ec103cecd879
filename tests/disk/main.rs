//! The disk and the machine against the database: damaged files, a lock that is held, system calls that fail, a full
//! disk, one that cannot be written, and copies made under load. The real binary and real files throughout.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]
#![expect(
    clippy::print_stdout,
    reason = "what was counted and measured is worth reading"
)]

mod backup;
mod busy;
mod calls;
mod damage;
mod damaged;
mod damaged_service;
mod full;
mod originals;
mod place;
mod read_only;
mod shown;
mod stage;
mod tools;

#[path = "../support/missing.rs"]
mod missing;

#[path = "../support/dice.rs"]
#[expect(dead_code, reason = "other tests roll in more ways")]
mod dice;

#[path = "../service/harness.rs"]
#[expect(dead_code, reason = "tests/service does more with it")]
mod harness;
