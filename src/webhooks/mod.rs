//! Webhooks: every new version of the catalog, signed and sent to the configured endpoints.
//!
//! An endpoint is owed each version published since it was first seen, in order: the next one is sent when the one
//! before is accepted, or given up. What is owed is asked of the database, never kept here, so a process that is killed
//! costs a repeat at most. A message has the same id at every attempt, by which receivers know a repeat.
//!
//! | file | what it is |
//! | --- | --- |
//! | `delivery` | the loop of an endpoint: owed, due, sent, recorded |
//! | `endpoint` | one request, and what became of it |
//! | `message` | what an endpoint is told |
//! | `signature` | Standard Webhooks |
//! | `address` | which addresses are public |
//! | `backoff` | when to try again, and when to give up |

mod address;
mod backoff;
mod delivery;
mod endpoint;
mod message;
mod signature;

pub use backoff::Backoff;
pub use delivery::{ChangesError, ChangesFuture, ChangesOf, Step, Webhooks};
pub use endpoint::{Endpoint, InvalidEndpoint, SendError};
pub use message::Message;
pub use signature::InvalidSecret;
