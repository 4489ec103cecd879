//! Pass-through fees of MLS boards: synced from the vendor's Reseller API, merged with the curated list, quoted
//! honestly.
//!
//! Data flows one way, and the modules lie in that order:
//!
//! ```text
//! vendor API --upstream--> boards --sync--+
//!                                         +--publish--> store --> Arc<Catalog> --http--> JSON, pages
//! staff ---http / cli---> entries --curation-+   (merge, one transaction, one new version, swap)
//! ```
//!
//! A read touches only the last arrow: it takes the current catalog once and answers from memory.
//!
//! | module | what it is | change it for |
//! | --- | --- | --- |
//! | [`domain`] | the vocabulary and its rules, pure | how a fee is priced, merged, quoted |
//! | [`clock`] | the time, asked of a trait | - |
//! | [`upstream`] | the vendor's API: pages, errors, field mapping | how the vendor is spoken to |
//! | [`sandbox`] | an invented vendor over HTTP | what the demo shows |
//! | [`store`] | SQLite: rows by catalog version | what is kept |
//! | [`catalog`] | the immutable merged picture and its handle | how boards are found |
//! | [`publish`] | the one way to a new version | - |
//! | [`sync`] | one run: fetch, plan, guard, publish; the schedule | when and whether to publish |
//! | [`curation`] | the curated list as CSV | what staff may write |
//! | [`history`] | past catalogs and the change feed | what counts as a change |
//! | [`webhooks`] | new versions, signed and sent to endpoints | what endpoints are told, and how often |
//! | [`access`] | who may do what, and how often: tokens, roles, quotas | how tokens look, how long they are good |
//! | [`web`] | pages, styles, scripts, the drop-down element | what people see in browsers |
//! | [`http`] | the API, its document, the server loop, the ops listener | what callers see |
//! | [`config`] | settings from flags, environment and file | what can be set |
//! | [`telemetry`] | the log | what is logged where |
//! | [`failpoint`] | places where tests make the programme fail | - |
//! | [`cli`] | the commands; joins the parts | what the terminal offers |

pub mod access;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod curation;
pub mod domain;
pub mod failpoint;
pub mod history;
pub mod http;
pub mod publish;
pub mod sandbox;
pub mod store;
pub mod sync;
pub mod telemetry;
pub mod upstream;
pub mod web;
pub mod webhooks;
