//! What staff keep by hand: manual pass-through fees, direct fees and notes, one entry a (board, channel).

use std::fmt;

use serde::Serialize;

use super::board::{BoardFacts, BoardId, Channel, ChannelFees, Code, Eligibility, Paperwork};

/// Which entry: one board, one channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct EntryId {
    /// The vendor's id of the board.
    pub board_id: BoardId,
    /// The channel it speaks of.
    pub channel: Channel,
}

impl fmt::Display for EntryId {
    /// `12/pass_through`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.board_id, self.channel)
    }
}

/// How staff describe the board itself: it makes a board of its own only where the vendor has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct BoardDescription {
    /// The full name.
    pub name: Option<String>,
    /// The short name.
    pub abbreviation: Option<String>,
    /// Where its listings lie.
    pub states: Vec<Code>,
    /// Its country.
    pub country: Option<Code>,
}

impl BoardDescription {
    /// The facts of a board that the vendor does not list: `None` unless name, states and country are all given.
    pub fn in_full(&self, id: &BoardId) -> Option<BoardFacts> {
        let (name, country) = (self.name.clone()?, self.country?);
        (!self.states.is_empty()).then(|| BoardFacts {
            id: id.clone(),
            name,
            abbreviation: self.abbreviation.clone(),
            states: self.states.clone(),
            country,
            eligibility: Eligibility::Unknown,
            paperwork: Paperwork::Unknown,
            coverage_url: None,
        })
    }
}

/// One entry of the curated list: everything it says of one channel of one board.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct CuratedEntry {
    /// Which board and channel.
    pub id: EntryId,
    /// The board as staff describe it.
    pub board: BoardDescription,
    /// Whether it counts even where the vendor gives an amount or says that there is no fee.
    pub overrides_vendor: bool,
    /// What it says; every source in it is curated.
    pub fees: ChannelFees,
}

impl CuratedEntry {
    /// Whether both say the same, whenever it was first recorded.
    pub fn same_terms(&self, other: &CuratedEntry) -> bool {
        self.id == other.id
            && self.board == other.board
            && self.overrides_vendor == other.overrides_vendor
            && self.fees.same_terms(&other.fees)
    }

    /// Keeps the times at which what is still the same was first recorded.
    pub fn keep_first_sightings(&mut self, earlier: &CuratedEntry) {
        self.fees.keep_first_sightings(&earlier.fees);
    }
}
