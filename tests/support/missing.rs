//! What a test says that lacks something of the system.

use std::io::Write;

/// Set to `required` where a missing tool is a failure; so is any `CI`.
const REQUIRED: &str = "TEST_TOOLS";

/// Fails the test that lacks something, where tools are required; otherwise says plainly that it did not run.
pub(crate) fn did_not_run(problem: &str, remedy: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let text = format!("{test} DID NOT RUN: {problem}; {remedy}");
    let required = std::env::var(REQUIRED).is_ok_and(|word| word == "required");
    assert!(!required && std::env::var_os("CI").is_none(), "{text}");
    // Not by a macro, whose output a test that passes keeps to itself.
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "\n{text} ({REQUIRED}=required makes this a failure)"
    )
    .unwrap();
}
