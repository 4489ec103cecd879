//! Failpoints that do something.

use super::NAMES;

/// The error of a failpoint that was told to fail.
#[derive(Debug, thiserror::Error)]
#[error("the failpoint {name} was told to fail")]
pub struct Injected {
    name: &'static str,
}

/// Does from here on what the environment variable `FAILPOINTS` says.
///
/// # Panics
/// When it names no failpoint, or no action: a test that arms nothing would prove nothing.
pub fn arm() {
    // Dropped, it would disarm everything again.
    std::mem::forget(fail::FailScenario::setup());
    for (name, _) in fail::list() {
        assert!(NAMES.contains(&&*name), "{name} is not a failpoint");
    }
}

/// Does what was ordered for the failpoint `name`; mostly nothing.
pub(crate) fn reach(name: &'static str) -> Result<(), Injected> {
    match fail::eval(name, Option::unwrap_or_default).as_deref() {
        None => Ok(()),
        Some("abort") => std::process::abort(),
        Some("error") => Err(Injected { name }),
        Some(word) => panic!("the failpoint {name} knows abort and error, not \"{word}\""),
    }
}
