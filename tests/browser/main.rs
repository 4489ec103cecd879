//! What people see: the pages and the drop-down element in a real browser, against the real binary.
//!
//! They need the distribution's packages `chromium` and `chromium-driver`, and where accessibility is checked the npm
//! package `axe-core`, whose `axe.min.js` the variable `AXE_CORE` names. Where something is missing the tests say that
//! they did not run; with `TEST_TOOLS=required` they fail. `SCREENSHOTS` names a folder for pictures.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

mod board_select;
mod browser;
mod driver;
mod ops;
mod pages;
mod quote;

#[path = "../service/harness.rs"]
#[expect(dead_code, reason = "tests/service uses the rest of it")]
mod harness;

#[path = "../support/missing.rs"]
mod missing;
