//! The `ptf-cache` programme: see the library for how it is built.

use std::process::ExitCode;

fn main() -> ExitCode {
    ptf_cache::cli::run()
}
