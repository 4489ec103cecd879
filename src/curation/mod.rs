//! The curated list: what staff keep by hand, written and read as CSV.
//!
//! | module | holds |
//! | --- | --- |
//! | [`csv`] | entries and boards as CSV, with errors that name row, column, value and remedy |
//! | [`import`] | what an import would change, before anything is written |

pub mod csv;
pub mod import;
