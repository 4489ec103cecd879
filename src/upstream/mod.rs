//! The vendor's API: pages, errors, retries, and the field mapping from its JSON to our boards.
//!
//! | module | holds |
//! | --- | --- |
//! | `client` | [`Client`]: fetches the whole list, or one page to look at |
//! | `fetched` | what comes out of a fetch |
//! | `settings` | what the client is told, and its checks |
//! | `transport` | one page over HTTP: authentication, limits, statuses, retries |
//! | `failure` | why a request got no whole answer |
//! | `answer` | what an answer means, by its status, its headers and its own word |
//! | `retry` | how long to wait before the next try |
//! | `document` | the one strict way from bytes to JSON, bounded in memory |
//! | `kept` | pages that the vendor may confirm instead of sending them again |
//! | `seen` | the last whole list by its fingerprints: what is the same need not be read again |
//! | `paging` | the proof that the pages make the whole list |
//! | `collect` | rows to boards: duplicates, refusals, notices |
//! | `mapping` | where the vendor keeps things: configuration, never code |
//! | `probe` | what the mapping took, missed and left of one page |
//! | `unused` | what the results hold beside it |
//! | `weight` | how much a list may take in memory |
//! | `error` | why a fetch failed, by class |
//! | `wait` | what a vendor can take too long for |
//!
//! Nothing here decides what a fee means for a catalog; nothing elsewhere knows a field name of the vendor.

mod answer;
mod client;
mod collect;
mod document;
mod error;
mod excerpt;
mod failure;
mod fetched;
mod kept;
mod mapping;
mod notices;
mod paging;
mod probe;
mod retry;
mod seen;
mod settings;
mod transport;
mod unused;
mod wait;
mod weight;

pub use client::Client;
pub use collect::read_list;
pub use error::UpstreamError;
pub use fetched::{Fetched, FetchedBoard, News, Progress, Reading, RejectedRow, Update};
pub use mapping::{Mapping, MappingError};
pub use probe::{Probe, ProbedField};
pub use settings::UpstreamSettings;
pub use unused::UnusedField;
pub use wait::Wait;
