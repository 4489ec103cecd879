//! Who may use what: reads the sources and fails on any use that the tables below do not allow.
//!
//! The tables are the architecture. A new room gets a row in [`ROOMS`]; an import that fails here is a question about
//! where the code belongs before it is a question about the row. Test code (`#[cfg(test)]`) may use anything.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "layering/source.rs"]
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use source::{Reference, Source};

/// Each room (a top-level module, or `main`) and the rooms it may import besides itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &[]),
    ("telemetry", &[]),
    // Says by name where tests make the programme fail; what writes may name places.
    ("failpoint", &[]),
    ("config", &["domain"]),
    ("upstream", &["domain", "failpoint"]),
    ("sandbox", &["domain"]),
    ("store", &["domain", "failpoint"]),
    ("catalog", &["domain"]),
    ("history", &["domain", "store", "catalog"]),
    ("webhooks", &["domain", "clock", "store"]),
    (
        "publish",
        &["domain", "clock", "store", "catalog", "failpoint"],
    ),
    (
        "sync",
        &[
            "domain",
            "clock",
            "upstream",
            "store",
            "publish",
            "failpoint",
        ],
    ),
    (
        "curation",
        &["domain", "clock", "store", "publish", "failpoint"],
    ),
    ("access", &["domain", "clock", "store"]),
    ("web", &[]),
    (
        "http",
        &[
            "domain", "clock", "catalog", "history", "sync", "curation", "access", "web",
        ],
    ),
    ("cli", EVERYTHING),
    ("main", &["cli", "telemetry"]),
    ("lib", &[]),
];

/// The room that joins the others.
const EVERYTHING: &[&str] = &["*"];

/// Crates that only some places (rooms, or files of `src`) may use.
const CRATES: &[(&[&str], &[&str])] = &[
    (&["sqlx", "libsqlite3_sys"], &["store"]),
    (&["reqwest"], &["upstream", "webhooks"]),
    (
        &[
            "axum",
            "tower_http",
            "hyper",
            "hyper_util",
            "utoipa",
            "utoipa_axum",
            "utoipa_swagger_ui",
        ],
        &["http", "sandbox"],
    ),
    (&["fail"], &["failpoint"]),
    (&["rust_embed"], &["web"]),
    (&["clap"], &["config", "cli"]),
    (&["tokio_cron_scheduler", "croner"], &["sync/schedule.rs"]),
];

/// Calls that only some places may make: what they read comes to everybody else as an argument.
const CALLS: &[(&[&str], &[&str])] = &[
    (
        &["env::var", "env::var_os", "env::vars", "env::vars_os"],
        &["config", "cli"],
    ),
    (&["Utc::now", "Local::now", "SystemTime::now"], &["clock"]),
];

/// What lies at the top of the repository, besides dotfiles and what git ignores.
const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "benches",
    "build.rs",
    "deny.toml",
    "migrations",
    "openapi",
    "src",
    "tests",
];

#[test]
fn every_use_is_one_that_the_tables_allow() {
    let sources = read_sources();
    let names: Vec<&str> = sources.iter().map(|source| source.file.as_str()).collect();
    for expected in ["lib.rs", "main.rs", "domain/mod.rs"] {
        assert!(
            names.contains(&expected),
            "{expected} was not read: {names:?}"
        );
    }
    let broken = violations(&sources);
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    let strange: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !belongs_at_top(name, &ignored))
        .collect();
    assert!(
        strange.is_empty(),
        "at the top of the repository: {strange:?}; there belong {TOP_LEVEL:?} and dotfiles"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn belongs_at_top(name: &str, gitignore: &str) -> bool {
    let is_ignored = gitignore
        .lines()
        .any(|line| match line.trim_matches('/').strip_prefix('*') {
            Some(ending) => !ending.is_empty() && name.ends_with(ending),
            None => line.trim_matches('/') == name,
        });
    name.starts_with('.') || TOP_LEVEL.contains(&name) || is_ignored
}

fn read_sources() -> Vec<Source> {
    let src = root().join("src");
    let mut files = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let read = |path: &PathBuf| {
        let file = path.strip_prefix(&src).unwrap().to_str().unwrap();
        Source::parse(file, &fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

/// Every use that the tables do not allow, as `file:line: use: rule`.
fn violations(sources: &[Source]) -> Vec<String> {
    let tests: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.test_files.iter().map(String::as_str))
        .collect();
    sources
        .iter()
        .filter(|source| !tests.contains(source.file.as_str()))
        .flat_map(|source| {
            source
                .references
                .iter()
                .map(move |reference| (source, reference))
        })
        .filter_map(|(source, reference)| {
            let rule = broken_rule(source, reference)?;
            let Reference { line, path } = reference;
            Some(format!(
                "src/{}:{line}: `{}`: {rule}",
                source.file,
                path.join("::")
            ))
        })
        .collect()
}

fn broken_rule(source: &Source, reference: &Reference) -> Option<String> {
    broken_import(source, reference)
        .or_else(|| broken_crate_wall(&source.file, reference))
        .or_else(|| broken_call_wall(&source.file, reference))
}

fn broken_import(source: &Source, reference: &Reference) -> Option<String> {
    let imported = source.room_of(&reference.path)?;
    let room = source.room();
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return Some(format!("{room} is not in the table of rooms"));
    };
    let is_room = ROOMS.iter().any(|(name, _)| *name == imported);
    let is_allowed = imported == room || allowed.contains(&imported) || *allowed == EVERYTHING;
    match (is_room, is_allowed) {
        (false, _) => Some(format!("{imported} is not a room of the table")),
        (true, true) => None,
        (true, false) => Some(format!(
            "{room} may import {}, not {imported}",
            listed(allowed)
        )),
    }
}

fn broken_crate_wall(file: &str, reference: &Reference) -> Option<String> {
    let used = reference.path.first()?;
    let (_, places) = CRATES
        .iter()
        .find(|(crates, _)| crates.contains(&used.as_str()))?;
    outside(file, places).then(|| format!("the crate {used} is used only in {}", listed(places)))
}

fn broken_call_wall(file: &str, reference: &Reference) -> Option<String> {
    let called = |pair: &[String]| pair.join("::");
    reference.path.windows(2).map(called).find_map(|call| {
        let (_, places) = CALLS
            .iter()
            .find(|(calls, _)| calls.contains(&call.as_str()))?;
        outside(file, places).then(|| format!("{call} is called only in {}", listed(places)))
    })
}

fn outside(file: &str, places: &[&str]) -> bool {
    let inside = |place: &&str| {
        let rest = file.strip_prefix(*place);
        rest.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
    };
    !places.iter().any(inside)
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing of ours".to_owned()
    } else {
        names.join(", ")
    }
}

// The checker itself: what it must catch, and what it must let pass.

#[track_caller]
fn assert_caught(file: &str, code: &str, message: &str) {
    let found = violations(&[Source::parse(file, code)]);
    assert_eq!(found, [message], "{file}: {code}");
}

#[track_caller]
fn assert_passes(file: &str, code: &str) {
    let found = violations(&[Source::parse(file, code)]);
    assert!(found.is_empty(), "{file}: {code}: {found:?}");
}

#[test]
fn an_import_against_the_table_is_caught_however_it_is_written() {
    let rule = "domain may import nothing of ours, not store";
    let file = "domain/fee.rs";
    for (code, used) in [
        ("use crate::store::Store;", "crate::store::Store"),
        ("pub use crate::store as kept;", "crate::store"),
        (
            "use crate::{domain::board::Board, store::{Store, Lease}};",
            "crate::store::Store",
        ),
        (
            "fn f(store: &crate::store::Store) {}",
            "crate::store::Store",
        ),
        (
            "fn f() { <crate::store::Store as Default>::default(); }",
            "crate::store::Store",
        ),
        (
            "use super::super::store::Store;",
            "super::super::store::Store",
        ),
        (
            "macro_rules! m { () => { $crate::store::open() } }",
            "crate::store::open",
        ),
        ("use ptf_cache::store;", "ptf_cache::store"),
    ] {
        let found = violations(&[Source::parse(file, code)]);
        assert_eq!(
            found[0],
            format!("src/{file}:1: `{used}`: {rule}"),
            "{code}"
        );
    }
    let message =
        "src/clock.rs:3: `super::store::Store`: clock may import nothing of ours, not store";
    assert_caught("clock.rs", "//! Time.\n\nuse super::store::Store;", message);
    let message =
        "src/main.rs:1: `ptf_cache::store::Store`: main may import cli, telemetry, not store";
    assert_caught("main.rs", "use ptf_cache::store::Store;", message);
}

#[test]
fn what_is_no_room_is_caught() {
    let message = "src/http/mod.rs:1: `crate::utils::clamp`: utils is not a room of the table";
    assert_caught("http/mod.rs", "use crate::utils::clamp;", message);
    let message = "src/utils.rs:1: `crate::domain`: utils is not in the table of rooms";
    assert_caught("utils.rs", "use crate::domain;", message);
    let message = "src/cli/mod.rs:1: `crate::*`: * is not a room of the table";
    assert_caught("cli/mod.rs", "use crate::*;", message);
}

#[test]
fn a_crate_outside_its_walls_is_caught() {
    let rule = "the crate sqlx is used only in store";
    for (code, used) in [
        ("use sqlx::Row;", "sqlx::Row"),
        ("use sqlx;", "sqlx"),
        ("use ::sqlx::Row;", "sqlx::Row"),
        ("use {std::fmt, sqlx::Row};", "sqlx::Row"),
        (
            "#[derive(Debug, sqlx::FromRow)] struct BoardRow;",
            "sqlx::FromRow",
        ),
        ("fn f() { sqlx::query!(\"SELECT 1\"); }", "sqlx::query"),
    ] {
        assert_caught(
            "sync/mod.rs",
            code,
            &format!("src/sync/mod.rs:1: `{used}`: {rule}"),
        );
    }
    let message =
        "src/sync/mod.rs:1: `croner::Cron`: the crate croner is used only in sync/schedule.rs";
    assert_caught("sync/mod.rs", "use croner::Cron;", message);
    assert_passes("sync/schedule.rs", "use croner::Cron;");
    assert_passes("store/boards.rs", "use sqlx::Row;");
}

#[test]
fn asking_the_machine_outside_its_walls_is_caught() {
    let message = "src/upstream/mod.rs:1: `std::env::var`: env::var is called only in config, cli";
    assert_caught(
        "upstream/mod.rs",
        "fn f() { std::env::var(\"HOME\"); }",
        message,
    );
    assert_caught("upstream/mod.rs", "use std::env::{var};", message);
    let message = "src/sync/mod.rs:1: `Utc::now`: Utc::now is called only in clock";
    assert_caught("sync/mod.rs", "fn f() { Utc::now(); }", message);
    assert_passes("clock.rs", "fn f() { Utc::now(); }");
    assert_passes("config.rs", "fn f() { std::env::vars(); }");
    assert_passes(
        "sync/mod.rs",
        "fn f() { std::env!(\"CARGO_PKG_NAME\"); tokio::time::Instant::now(); }",
    );
}

#[test]
fn what_the_tables_allow_passes() {
    assert_passes(
        "sync/plan.rs",
        "use super::guard::Guard; use crate::{domain::board::Board, store::Store};",
    );
    assert_passes(
        "cli/demo.rs",
        "use crate::{config, sandbox, store}; fn f() { crate::http::serve() }",
    );
    assert_passes("main.rs", "use crate::arguments; use ptf_cache::cli;");
    assert_passes(
        "catalog/mod.rs",
        "pub(crate) fn f<T>(x: Vec<T>) -> impl Iterator<Item = T> + use<T> { x }",
    );
}

#[test]
fn comments_texts_and_tests_may_say_anything() {
    assert_passes(
        "domain/fee.rs",
        "//! See [`crate::store`].\n/* use sqlx; /* use sqlx; */ use sqlx; */",
    );
    assert_passes(
        "domain/fee.rs",
        r##"const A: &str = "use sqlx::A; \" use sqlx::B;"; const B: &str = r#"" use sqlx::C;"#;"##,
    );
    assert_passes(
        "domain/fee.rs",
        "const A: [char; 2] = ['\"', '\\'']; fn f<'a>(_: &'a str) {} /* \" */",
    );
    let tests =
        "#[cfg(test)]\nmod tests { use crate::store::Store; fn f() { if true { sqlx::x(); } } }";
    assert_passes("domain/fee.rs", tests);
    let message = "src/domain/fee.rs:3: `sqlx::Row`: the crate sqlx is used only in store";
    assert_caught(
        "domain/fee.rs",
        &format!("{tests}\nuse sqlx::Row;"),
        message,
    );
}

#[test]
fn a_test_module_in_a_file_of_its_own_may_use_anything() {
    let parent = Source::parse("domain/fee.rs", "#[cfg(test)]\nmod tests;");
    let tests = Source::parse("domain/fee/tests.rs", "use crate::store::Store;");
    assert!(violations(&[parent, tests]).is_empty());
}

#[test]
fn a_stray_name_at_the_top_is_noticed() {
    let ignored = "target/\n*.db\n";
    for name in ["src", ".github", "target", "ptf-cache.db"] {
        assert!(belongs_at_top(name, ignored), "{name}");
    }
    for name in ["utils", "notes.md", "docs"] {
        assert!(!belongs_at_top(name, ignored), "{name}");
    }
}
