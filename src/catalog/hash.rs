//! The hash that says whether two catalogs are the same.

use sha2::{Digest, Sha256};

use crate::domain::board::Board;
use crate::domain::version::ContentHash;

/// SHA-256 over the canonical content of `boards`, which must be in order of id.
///
/// Each board contributes the SHA-256 of its canonical form (its fields as JSON, in the order of their declaration),
/// so that a board that stays the same need not be written out again.
pub fn content_hash<'a>(boards: impl IntoIterator<Item = &'a Board>) -> ContentHash {
    let mut whole = Sha256::new();
    for board in boards {
        whole.update(board_digest(board));
    }
    ContentHash(whole.finalize().into())
}

fn board_digest(board: &Board) -> [u8; 32] {
    let canonical = serde_json::to_vec(board).expect("a board has text keys and no float");
    Sha256::digest(canonical).into()
}
