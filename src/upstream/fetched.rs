//! What comes out of a fetch.

use crate::domain::board::{BoardFacts, BoardId, ChannelFees};
use crate::domain::shared::Shared;

/// How far a fetch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Boards read so far.
    pub boards: u64,
    /// Boards there are, as far as the vendor says.
    pub total: Option<u64>,
}

/// The vendor's whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Every board once, in the vendor's order; never empty.
    pub boards: Vec<FetchedBoard>,
    /// Results that are no board: the caller keeps what it has of them.
    pub rejected: Vec<RejectedRow>,
    /// What the mapping met on the way, each with its count; at most a hundred lines.
    pub notices: Vec<String>,
    /// Pages that held results.
    pub pages: u32,
    /// Whether the vendor marks itself as the sandbox.
    pub sandbox: bool,
}

/// What a fetch tells of a list to whoever knows the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It is the one before, byte for byte.
    Same,
    /// There is none before, or nothing of it is left.
    Whole(Fetched),
    /// Some of its results are those of the one before.
    Update(Update),
}

impl News {
    /// The whole list, where that had to be read.
    pub fn whole(self) -> Option<Fetched> {
        match self {
            News::Whole(fetched) => Some(fetched),
            News::Same | News::Update(_) => None,
        }
    }
}

/// A whole list of which some results are, byte for byte, those of the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What had to be read: as of a whole list, but for the boards that are the same; there may be no others.
    pub read: Fetched,
    /// The boards that are what they were in the list before: nothing was refused of them, or noticed.
    ///
    /// One of them may also have come again among those that were read: then nothing follows from this update, and the
    /// list must be fetched as a whole.
    pub same: Vec<BoardId>,
    /// The boards of the list before that are not among the same: they are gone, or were read.
    pub gone: Vec<BoardId>,
}

/// One board as the vendor describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedBoard {
    /// What it is.
    pub facts: Shared<BoardFacts>,
    /// What the vendor says of pass-through fees.
    pub pass_through: Reading,
    /// What the vendor says of direct fees; nothing recorded unless the mapping covers them.
    pub direct: Reading,
}

impl FetchedBoard {
    /// Whether the fees of a channel are wrong.
    pub(super) fn is_rejected(&self) -> bool {
        let readings = [&self.pass_through, &self.direct];
        let is_rejected = |reading: &Reading| matches!(reading, Reading::Rejected { .. });
        readings.into_iter().any(is_rejected)
    }
}

/// What was read of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// What the vendor says.
    Read(Shared<ChannelFees>),
    /// Fees that are wrong: the caller keeps the old ones.
    Rejected {
        /// What is wrong with them.
        reason: String,
    },
}

/// A result that is no board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Which board it would have been; `None` when that cannot be told.
    pub id: Option<BoardId>,
    /// Its name, shortened; `None` when it has none.
    pub name: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}
