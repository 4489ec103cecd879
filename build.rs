//! Rebuilds when a migration or a file for browsers is added: the macros that embed them do not notice new files.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=src/web/files");
}
