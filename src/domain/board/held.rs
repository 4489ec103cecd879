//! Values held back: what the vendor says now is implausible, so what it said before still counts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Channel;
use crate::domain::fee::word_enum;

word_enum! {
    /// The part of a board whose new word is held back.
    HeldPart {
        /// All of it: the vendor describes another board under the same id.
        Board = "board",
        /// Its pass-through fees.
        PassThrough = "pass_through",
        /// Its direct fees.
        Direct = "direct",
    }
}

impl From<Channel> for HeldPart {
    fn from(channel: Channel) -> HeldPart {
        match channel {
            Channel::PassThrough => HeldPart::PassThrough,
            Channel::Direct => HeldPart::Direct,
        }
    }
}

/// One part of a board that still says what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct HeldValue {
    /// The part.
    pub part: HeldPart,
    /// What is implausible about the vendor's new word: a sentence without its full stop.
    pub reason: String,
    /// When that new word was first seen.
    pub since: DateTime<Utc>,
}
