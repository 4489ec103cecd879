//! The vocabulary of pass-through fees and its rules: pure values, no I/O, no vendor words.
//!
//! | module | holds |
//! | --- | --- |
//! | [`audit`] | who changed what, in a chain of hashes |
//! | [`money`] | exact amounts and their currency |
//! | [`period`] | half-open periods of dates |
//! | [`fee`] | one fee: price, tiers, basis, cadence, validity |
//! | [`fee_text`] | the one text form of a fee, shared by CSV, SQL columns and the vendor mapping |
//! | [`board`] | boards, channels and the four answers a channel can give |
//! | [`candidate`] | what a run found and did not publish |
//! | [`curated`] | what staff keep by hand |
//! | [`merge`] | whose word counts: vendor and curated to one board |
//! | [`change`] | what differs between two pictures of a board |
//! | [`quote`] | the arithmetic of a quote |
//! | [`rows`] | the two sides of a catalog kept apart, and their differences |
//! | [`version`] | versions of the catalog: number, hash, cause, origin |
//! | [`delivery`] | deliveries to endpoints: name, failure, state, progress |
//! | [`run`] | sync runs: outcome, failure class, counts |
//! | [`lease`] | which process may sync, and for how long others wait for it |
//! | [`token`] | access tokens: role, standing, what is kept of them |
//! | [`folded`] | text folded for comparison and search |
//! | [`shared`] | a value that its copies share |

pub mod audit;
pub mod board;
pub mod candidate;
pub mod change;
pub mod curated;
pub mod delivery;
pub mod fee;
pub mod fee_text;
pub mod folded;
pub mod lease;
pub mod merge;
pub mod money;
pub mod period;
pub mod quote;
pub mod rows;
pub mod run;
pub mod shared;
pub mod token;
pub mod version;
