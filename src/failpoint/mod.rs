//! Failpoints: named places where a test makes the programme die, panic or fail, to see what is left behind.
//!
//! `failpoint!("publish::before_commit");` stands as a statement in a function that returns a `Result`. It is nothing
//! unless the feature `failpoints` is on, which no build that is shipped has. With it, the environment variable
//! `FAILPOINTS` says what happens at which place, as in `publish::vendor_row=5*off->1*return(abort)`: the sixth time,
//! the process aborts. The syntax is that of the crate `fail`, with these words in `return(...)`:
//!
//! | action | what happens |
//! | --- | --- |
//! | `return(abort)` | the process dies at once, without unwinding or flushing anything |
//! | `return(error)` | the function returns an error that says so, as its own type says it |
//! | `panic` | the thread or task panics |
//! | `sleep(100)`, `pause` | the thread waits, so that somebody else can come first, or kill it |

#[cfg(feature = "failpoints")]
mod armed;

/// Every failpoint there is, each once in the sources; the part before `::` is what fails.
pub const NAMES: &[&str] = &[
    "approve::settled",
    "backup::begun",
    "backup::copied",
    "decision::recorded",
    "edit::checked",
    "edit::published",
    "lease::before_commit",
    "lease::before_release",
    "migrate::before_commit",
    "migrate::begun",
    "migrate::between",
    "migrate::committed",
    "migrate::wal",
    "prune::before_mark",
    "prune::marked",
    "prune::swept",
    "publish::before_begin",
    "publish::before_commit",
    "publish::before_show",
    "publish::begun",
    "publish::curated_removed",
    "publish::curated_row",
    "publish::head_recorded",
    "publish::run_recorded",
    "publish::vendor_row",
    "reject::before_commit",
    "run::before_commit",
    "run::before_record",
    "run::candidate_row",
    "run::recorded",
    "sync::claimed",
    "sync::fetched",
    "sync::page",
    "sync::planned",
];

#[cfg(all(feature = "failpoints", not(debug_assertions)))]
compile_error!("the feature failpoints is for tests: an optimised build must not have it");

/// Marks a place by its name in [`NAMES`]; the function around it returns a `Result` that takes what an armed failpoint fails
/// with.
macro_rules! failpoint {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::failpoint::reach($name)?;
    };
}
pub(crate) use failpoint;

#[cfg(feature = "failpoints")]
pub(crate) use armed::reach;
#[cfg(feature = "failpoints")]
pub use armed::{Injected, arm};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::NAMES;

    /// What stands in `failpoint!("...")` in the files under `folder`, but for this one.
    fn named_under(folder: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names.extend(named_under(&path));
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("failpoint/mod.rs")
            {
                let code = fs::read_to_string(&path).unwrap();
                let calls = code.split("failpoint!(").skip(1);
                names.extend(calls.map(|call| call.split('"').nth(1).unwrap().to_owned()));
            }
        }
        names
    }

    #[test]
    fn the_list_holds_each_failpoint_of_the_sources_once_and_no_other() {
        let mut found = named_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        found.sort();
        assert_eq!(found, NAMES);
    }
}
