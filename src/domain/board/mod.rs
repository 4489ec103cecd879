//! Boards: what they are, as the vendor describes them, and merged with the curated list.
//!
//! | module | holds |
//! | --- | --- |
//! | `id` | the vendor's ids |
//! | `code` | two-letter codes of states and countries |
//! | `held` | what still counts because the vendor's new word is implausible |
//! | `channel` | the two channels, and the four answers each can give |

mod channel;
mod code;
mod held;
mod id;
#[cfg(test)]
mod samples;

use chrono::NaiveDate;
use serde::Serialize;

pub use channel::{Channel, ChannelFees, ChannelState, FeeSet, FeeSetError, FeeStatus, MAX_FEES};
pub use code::{Code, InvalidCode};
pub use held::{HeldPart, HeldValue};
pub use id::{BoardId, InvalidBoardId};

use super::fee::word_enum;
use super::shared::Shared;

word_enum! {
    /// Who may have the board's listings.
    Eligibility {
        /// Agents and brokers.
        AgentsAndBrokers = "agents_and_brokers",
        /// Brokers alone.
        BrokersOnly = "brokers_only",
        /// Nobody has said.
        Unknown = "unknown",
    }
}

word_enum! {
    /// How the board licenses a client.
    Paperwork {
        /// Forms to be signed and sent.
        Manual = "manual",
        /// The vendor does it.
        Automatic = "automatic",
        /// Nothing to be done.
        None = "none",
        /// Nobody has said.
        Unknown = "unknown",
    }
}

/// The most characters of a board's name, and of its abbreviation.
pub const MAX_NAME_CHARS: usize = 200;

/// What is known of a board beside its fees.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct BoardFacts {
    /// The vendor's id.
    pub id: BoardId,
    /// The full name.
    pub name: String,
    /// The short name, which is not a key: several boards share one.
    pub abbreviation: Option<String>,
    /// Where the board's listings lie; empty when nobody has said.
    pub states: Vec<Code>,
    /// The board's country.
    pub country: Code,
    /// Who may have its listings.
    pub eligibility: Eligibility,
    /// How it licenses a client.
    pub paperwork: Paperwork,
    /// The vendor's coverage page of the board.
    pub coverage_url: Option<String>,
}

/// A board as the vendor describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct VendorBoard {
    /// What it is.
    pub facts: Shared<BoardFacts>,
    /// What the vendor says of pass-through fees.
    pub pass_through: Shared<ChannelFees>,
    /// What the vendor says of direct fees; [`ChannelFees::NOTHING_RECORDED`] where no mapping covers them.
    pub direct: Shared<ChannelFees>,
}

impl VendorBoard {
    /// Whether both say the same, whenever it was first seen.
    pub fn same_terms(&self, other: &VendorBoard) -> bool {
        self.facts == other.facts
            && self.pass_through.same_terms(&other.pass_through)
            && self.direct.same_terms(&other.direct)
    }

    /// Keeps the times at which what is still the same was first seen, as `earlier` recorded them.
    pub fn keep_first_sightings(&mut self, earlier: &VendorBoard) {
        keep_first_sightings(&mut self.pass_through, &earlier.pass_through);
        keep_first_sightings(&mut self.direct, &earlier.direct);
    }
}

/// As [`ChannelFees::keep_first_sightings`]; what is the same is in memory once.
fn keep_first_sightings(fees: &mut Shared<ChannelFees>, earlier: &Shared<ChannelFees>) {
    match fees.same_terms(earlier) {
        true => *fees = earlier.clone(),
        false => fees.keep_first_sightings(earlier),
    }
}

/// The newest word of the vendor on one board, and whether the vendor still lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorRow {
    /// The board as last described.
    pub board: VendorBoard,
    /// Whether the newest sync still had it.
    pub active: bool,
    /// The parts that are older than the newest sync, because what it said was implausible; empty as a rule.
    pub held: Vec<HeldValue>,
}

impl VendorRow {
    /// Whether both say the same of the board, whenever it was first seen and whatever is held back.
    pub fn same_word(&self, other: &VendorRow) -> bool {
        self.active == other.active && self.board.same_terms(&other.board)
    }
}

/// One board of the catalog: the vendor's word and the curated list merged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Board {
    /// What it is.
    pub facts: Shared<BoardFacts>,
    /// Whether the vendor lists it, or staff describe it; an inactive one can still be quoted by id.
    pub active: bool,
    /// What is known of pass-through fees.
    pub pass_through: Shared<ChannelFees>,
    /// What is known of direct fees.
    pub direct: Shared<ChannelFees>,
    /// The parts in which the vendor's new word is implausible, so that its old one still counts; empty as a rule.
    ///
    /// Left out of the canonical content when empty: catalogs without any have the hash they always had.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldValue>,
}

impl Board {
    /// What is known of `channel`.
    pub fn channel(&self, channel: Channel) -> &ChannelFees {
        match channel {
            Channel::PassThrough => &self.pass_through,
            Channel::Direct => &self.direct,
        }
    }

    /// The days on which terms of its fees begin or end.
    pub fn term_edges(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.pass_through
            .term_edges()
            .chain(self.direct.term_edges())
    }

    /// The board for people: `Cedar Valley MLS (CVMLS), IA`.
    pub fn label(&self) -> String {
        self.facts.label()
    }
}

impl BoardFacts {
    /// The board for people: `Cedar Valley MLS (CVMLS), IA`.
    pub fn label(&self) -> String {
        let mut label = self.name.clone();
        if let Some(abbreviation) = self
            .abbreviation
            .as_deref()
            .filter(|short| *short != self.name)
        {
            label.push_str(&format!(" ({abbreviation})"));
        }
        for state in &self.states {
            label.push_str(&format!(", {state}"));
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_leaves_out_an_abbreviation_that_is_the_name() {
        let facts = BoardFacts {
            id: BoardId::parse("1").unwrap(),
            name: "NorthstarMLS".into(),
            abbreviation: Some("NorthstarMLS".into()),
            states: vec![Code::parse("MN").unwrap(), Code::parse("WI").unwrap()],
            country: Code::US,
            eligibility: Eligibility::Unknown,
            paperwork: Paperwork::Unknown,
            coverage_url: None,
        };
        assert_eq!(facts.label(), "NorthstarMLS, MN, WI");
    }
}
