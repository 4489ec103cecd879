//! (under construction)

pub mod metrics;
pub mod ops;
pub mod overload;
pub mod server;
