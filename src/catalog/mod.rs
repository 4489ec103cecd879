//! (under construction)

pub mod search;
