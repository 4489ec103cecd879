//! What must hold for any bytes whatever: what the fuzzers look for, and what the kept inputs are held against.

pub(crate) mod curated_csv;
pub(crate) mod query_string;
pub(crate) mod vendor_page;
