//! The vendor's API: pages, errors, retries, and the field mapping from its JSON to our boards.
//!
//! | module | holds |
//! | --- | --- |
//! | [`client`] | [`Client`]: fetches the whole list, or one page to look at |
//! | [`settings`] | what the client is told, and its checks |
//! | `transport` | one page over HTTP: authentication, limits, statuses, retries |
//! | `retry` | how long to wait before the next try |
//! | `document` | the one strict way from bytes to JSON |
//! | `paging` | the proof that the pages make the whole list |
//! | `collect` | rows to boards: duplicates, refusals, notices |
//! | [`mapping`] | where the vendor keeps things: configuration, never code |
//! | [`probe`] | what the mapping took, missed and left of one page |
//! | [`error`] | why a fetch failed, by class |
//!
//! Nothing here decides what a fee means for a catalog; nothing elsewhere knows a field name of the vendor.

pub mod client;
mod collect;
mod document;
pub mod error;
mod excerpt;
pub mod mapping;
mod notices;
mod paging;
pub mod probe;
mod retry;
pub mod settings;
mod transport;

pub use client::{Client, Fetched, FetchedBoard, Progress, Reading, RejectedRow};
pub use error::UpstreamError;
pub use mapping::{Mapping, MappingError};
pub use probe::Probe;
pub use settings::UpstreamSettings;
