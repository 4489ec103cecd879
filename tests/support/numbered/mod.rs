//! A service whose every catalog tells which moment it is of: its vendor's list changes all the time, and the number of
//! the list stands in every fee of it. What is half of one list and half of another shows at once.

#[path = "../dice.rs"]
#[expect(dead_code, reason = "other tests roll in more ways")]
mod dice;
mod ledger;
mod picture;
mod programme;
mod scene;
mod vendor;

pub(crate) use dice::Dice;
pub(crate) use ledger::Ledger;
pub(crate) use programme::{Ended, Programme};
pub(crate) use scene::{Scene, load_picture};

use std::time::Duration;

/// How long anything that a test waits for may take: generous, because machines are shared.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
