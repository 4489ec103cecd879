//! The hash that says whether two catalogs are the same.

use std::borrow::Borrow;

use sha2::{Digest, Sha256};

use crate::domain::board::Board;
use crate::domain::version::{CatalogVersion, ContentHash, VersionHead};

/// What is stored of a version does not have the hash that was recorded for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "version {version} in the database has the hash {found}, not the recorded {recorded}: the file was changed or \
     damaged; restore it from a backup"
)]
pub struct WrongHash {
    /// The version.
    pub version: CatalogVersion,
    /// The hash recorded when it was published.
    pub recorded: ContentHash,
    /// The hash of what is there now.
    pub found: ContentHash,
}

/// Checks that `boards`, in order of id, are what was published as `head`.
///
/// # Errors
/// When they are not.
pub fn verify_hash(
    head: &VersionHead,
    boards: impl IntoIterator<Item = impl Borrow<Board>>,
) -> Result<(), WrongHash> {
    WrongHash::check(head, content_hash(boards))
}

impl WrongHash {
    /// Compares the hash that was recorded with the one that was `found`.
    pub(super) fn check(head: &VersionHead, found: ContentHash) -> Result<(), WrongHash> {
        if found == head.content_hash {
            return Ok(());
        }
        Err(WrongHash {
            version: head.version,
            recorded: head.content_hash,
            found,
        })
    }
}

/// What one board adds to the content hash: the SHA-256 of its canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BoardDigest([u8; 32]);

impl BoardDigest {
    /// The digest of `board`, written out into `canonical`, in which nothing else is looked for.
    pub(super) fn with(board: &Board, canonical: &mut Vec<u8>) -> BoardDigest {
        canonical.clear();
        serde_json::to_writer(&mut *canonical, board).expect("a board has text keys and no float");
        BoardDigest(Sha256::digest(canonical).into())
    }
}

/// The content hash of boards with `digests`, which must be in order of id.
pub(super) fn hash_of_digests<'d>(
    digests: impl IntoIterator<Item = &'d BoardDigest>,
) -> ContentHash {
    let mut whole = Sha256::new();
    for digest in digests {
        whole.update(digest.0);
    }
    ContentHash(whole.finalize().into())
}

/// SHA-256 over the canonical content of `boards`, which must be in order of id.
///
/// Each board contributes the SHA-256 of its canonical form (its fields as JSON, in the order of their declaration),
/// so that a board that stays the same need not be written out again.
pub fn content_hash(boards: impl IntoIterator<Item = impl Borrow<Board>>) -> ContentHash {
    let mut whole = Sha256::new();
    let mut canonical = Vec::new();
    for board in boards {
        whole.update(BoardDigest::with(board.borrow(), &mut canonical).0);
    }
    ContentHash(whole.finalize().into())
}
