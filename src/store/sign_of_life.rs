//! A sign of life: a lock on a file beside the database, which the system takes from a process that dies.
//!
//! The term of a lease tells a dead holder from a slow one only after a while. Where this lock can be had although the
//! holder had it, the holder is dead, and nobody needs to wait. Where there is no such lock (a file system without
//! locks, or full, or read-only), the term alone decides.

use std::fs::File;
use std::path::{Path, PathBuf};

/// What the file's name has after the database's.
const SUFFIX: &str = "-sync";

/// The lock; it ends with this value, or with the process.
#[derive(Debug)]
pub(super) struct SignOfLife {
    _locked: File,
}

impl SignOfLife {
    /// Locks the file beside `database`; `None` where somebody else has, or no lock can be had.
    pub(super) fn give(database: &Path) -> Option<SignOfLife> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path_beside(database))
            .ok()?;
        file.try_lock().ok()?;
        Some(SignOfLife { _locked: file })
    }
}

fn path_beside(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(SUFFIX);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_gives_it_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("cache.db");
        let first = SignOfLife::give(&database);
        assert!(first.is_some());
        assert!(SignOfLife::give(&database).is_none());
        drop(first);
        assert!(SignOfLife::give(&database).is_some());
    }

    #[test]
    fn where_no_file_can_be_made_there_is_none() {
        assert!(SignOfLife::give(Path::new("/no/such/folder/cache.db")).is_none());
    }
}
