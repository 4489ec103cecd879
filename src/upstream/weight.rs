//! How much memory a board takes, near enough to refuse a list of which each page is harmless and the whole is not.

use crate::domain::board::ChannelFees;
use crate::domain::fee::{Band, Fee, Price};

use super::fetched::{FetchedBoard, Reading};

/// What a board may weigh before it counts against [`MAX_EXCESS_BYTES`]: the largest documented ones stay below it.
const USUAL_BYTES: usize = 4 << 10;
/// What all boards of a list may weigh together beyond that: 8 KiB more for each of a thousand.
const MAX_EXCESS_BYTES: usize = 8 << 20;

/// Weighs the boards of one list.
#[derive(Debug, Default)]
pub(super) struct Scales {
    excess: usize,
}

impl Scales {
    /// Adds a board by its [`excess`]; whether the list is still one that may be kept in memory.
    pub(super) fn carry(&mut self, excess: usize) -> bool {
        self.excess += excess;
        self.excess <= MAX_EXCESS_BYTES
    }
}

/// What a board weighs beyond what is usual, in bytes.
pub(super) fn excess(board: &FetchedBoard) -> usize {
    weight(board).saturating_sub(USUAL_BYTES)
}

fn weight(board: &FetchedBoard) -> usize {
    let facts = &board.facts;
    let texts = facts.name.len()
        + facts.abbreviation.as_ref().map_or(0, String::len)
        + facts.coverage_url.as_ref().map_or(0, String::len);
    size_of::<FetchedBoard>() + texts + reading(&board.pass_through) + reading(&board.direct)
}

fn reading(reading: &Reading) -> usize {
    match reading {
        Reading::Read(channel) => channel_fees(channel),
        Reading::Rejected { reason } => reason.len(),
    }
}

fn channel_fees(channel: &ChannelFees) -> usize {
    let note = channel.note.as_ref().map_or(0, String::len);
    note + channel.fees().iter().map(fee).sum::<usize>()
}

fn fee(fee: &Fee) -> usize {
    let bands = match fee.price() {
        Price::Tiered(tiers) => tiers.bands().count() * size_of::<Band>(),
        _ => 0,
    };
    let texts = fee.key().as_str().len() + fee.label().len() + fee.note().map_or(0, str::len);
    size_of::<Fee>() + texts + bands
}
