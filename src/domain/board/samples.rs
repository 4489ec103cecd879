//! Boards for tests, of which nothing matters but what a test says.

use super::{
    BoardFacts, BoardId, ChannelFees, Code, Eligibility, Paperwork, VendorBoard, VendorRow,
};

impl BoardFacts {
    /// The board `id`, of which nothing is known but its name.
    pub(crate) fn named(id: &str, name: &str) -> BoardFacts {
        BoardFacts {
            id: BoardId::parse(id).unwrap(),
            name: name.to_owned(),
            abbreviation: None,
            states: vec![],
            country: Code::US,
            eligibility: Eligibility::Unknown,
            paperwork: Paperwork::Unknown,
            coverage_url: None,
        }
    }
}

impl VendorRow {
    /// The active board `id`, of which nothing is known but its name.
    pub(crate) fn named(id: &str, name: &str) -> VendorRow {
        VendorRow {
            board: VendorBoard {
                facts: BoardFacts::named(id, name).into(),
                pass_through: ChannelFees::nothing_recorded(),
                direct: ChannelFees::nothing_recorded(),
            },
            active: true,
            held: vec![],
        }
    }
}
