//! What a sync run found and did not publish, kept until somebody decides.

use chrono::{DateTime, Utc};

use super::board::{BoardId, VendorRow};
use super::version::ContentHash;

/// The vendor's word that a run did not publish: all of it where the run is in quarantine, the values held back where
/// it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// SHA-256 of the differences, before and after, that approving it would make.
    pub hash: ContentHash,
    /// The boards that would differ, each once, as the vendor describes them.
    pub boards: Vec<CandidateBoard>,
}

/// One board of a [`Candidate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateBoard {
    /// The vendor's word; nothing of it is marked as held.
    pub row: VendorRow,
    /// How many runs in a row found just this; 0 where it is not counted, as in quarantine.
    pub repeats: u32,
}

impl Candidate {
    /// The boards' rows.
    pub fn rows(&self) -> impl Iterator<Item = &VendorRow> {
        self.boards.iter().map(|board| &board.row)
    }
}

impl CandidateBoard {
    /// The board's id.
    pub fn id(&self) -> &BoardId {
        &self.row.board.facts.id
    }
}

/// What somebody decided about a run in quarantine, or about the values that a run held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When, to the millisecond.
    pub at: DateTime<Utc>,
    /// Who: the terminal's user, a token's name.
    pub by: String,
}
