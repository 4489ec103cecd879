//! What is in the way of a database that cannot be opened: SQLite says no more than that it cannot.

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Write};
use std::path::Path;

use super::StoreError;

/// What SQLite writes beside the file before anything can be read: the first part of its index of the log.
const INDEX_BYTES: usize = 32 * 1_024;

/// The same failure with its cause, found by trying what SQLite has to do. Leaves nothing behind.
pub(super) fn explain(failure: StoreError, path: &Path) -> StoreError {
    if !matches!(failure, StoreError::Io(_)) {
        return failure;
    }
    match try_file(path).and_then(|()| try_folder(path)) {
        Ok(()) => failure,
        Err(error) if error.kind() == ErrorKind::StorageFull => StoreError::Full(error.into()),
        Err(error) => StoreError::CannotOpen {
            path: path.to_owned(),
            problem: error.to_string(),
        },
    }
}

fn try_file(path: &Path) -> Result<(), Error> {
    match OpenOptions::new().append(true).open(path) {
        // It was to be created.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        opened => opened.map(|_| ()),
    }
}

fn try_folder(path: &Path) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::tempfile_in(folder)?.write_all(&[0; INDEX_BYTES])
}
