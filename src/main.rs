//! The `ptf-cache` programme.

fn main() {}
