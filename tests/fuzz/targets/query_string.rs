#![no_main]

#[path = "../../support/catalogs.rs"]
#[allow(dead_code, reason = "each target uses a part of it, or all")]
mod catalogs;
#[path = "../properties/mod.rs"]
#[allow(dead_code, reason = "each target uses a part of it, or all")]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::query_string::hold(data));
