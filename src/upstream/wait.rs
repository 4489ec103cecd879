//! What a vendor can take too long for, and how long that is in words.

use std::time::Duration;

/// What a vendor can take too long for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Answering at all, from asking to the end of the answer's head.
    FirstByte,
    /// The next part of an answer that has begun.
    Idle,
    /// The whole page.
    Page,
}

impl Wait {
    /// What the vendor did, or did not, within `after`.
    pub(super) fn what_happened(self, after: Duration) -> String {
        let after = seconds(after);
        match self {
            Wait::FirstByte => format!("did not begin to answer within {after} s"),
            Wait::Idle => format!("fell silent in the middle of a page, for {after} s"),
            Wait::Page => format!("did not send a whole page within {after} s"),
        }
    }

    /// The setting that says how long it may take.
    pub(super) fn setting(self) -> &'static str {
        match self {
            Wait::FirstByte => "upstream.first_byte_timeout_secs",
            Wait::Idle => "upstream.idle_timeout_secs",
            Wait::Page => "upstream.timeout_secs",
        }
    }
}

/// Whole seconds where it is whole seconds, else with milliseconds.
pub(super) fn seconds(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => duration.as_secs().to_string(),
        millis => format!("{}.{millis:03}", duration.as_secs()),
    }
}
