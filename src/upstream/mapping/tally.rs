//! The fees of one channel put together to one of the four answers.

use serde_json::Value;

use crate::domain::board::{Channel, ChannelFees, ChannelState, FeeSet, FeeStatus, MAX_FEES};
use crate::domain::fee::{Fee, FeeKey, Source};
use crate::domain::fee_text::{FeeText, MAX_NOTE_CHARS, read_note};
use crate::domain::money::Currency;
use crate::upstream::excerpt::excerpt;
use crate::upstream::fetched::Reading;
use crate::upstream::notices::Notices;

use super::Mapping;
use super::board::read_word;
use super::fee::FeeReading;
use super::spec::FeeSpec;

/// The most characters of the reason why fees are rejected.
const MAX_REASON_CHARS: usize = 500;

/// What the fees of one channel have said so far.
#[derive(Debug, Default)]
struct Tally {
    charged: Vec<Fee>,
    /// Somebody said 0, or sent the empty list that means none.
    asserts_none: bool,
    /// There is a fee without a price.
    unpublished: bool,
    /// One of those has an amount.
    has_amount: bool,
    /// A fee that should be there is not.
    missing: bool,
    /// A required fee is not there: without it nothing can be asserted.
    required_missing: bool,
    /// What stands for a price, or explains its absence: label and text.
    notes: Vec<(Option<String>, String)>,
    refusals: Vec<String>,
}

impl Mapping {
    /// Reads what one result says of `channel`.
    pub(super) fn read_channel(
        &self,
        channel: Channel,
        result: &Value,
        board_currency: Option<Currency>,
        source: &Source,
        notices: &mut Notices,
    ) -> Reading {
        let mut tally = Tally::default();
        for spec in self.fees.iter().filter(|spec| spec.channel == channel) {
            tally.read_fees(spec, result, board_currency, source, notices);
        }
        let status = match channel {
            Channel::PassThrough => read_word(&self.board.pass_through_status, result, notices),
            Channel::Direct => None,
        };
        match tally.conclude(status.unwrap_or(FeeStatus::Unknown), source) {
            Ok(fees) if fees.is_nothing_recorded() => {
                Reading::Read(ChannelFees::nothing_recorded())
            }
            Ok(fees) => Reading::Read(fees.into()),
            Err(reason) => Reading::Rejected {
                reason: excerpt(&reason, MAX_REASON_CHARS),
            },
        }
    }
}

impl Tally {
    /// Reads the fee, or every fee of the list, that `spec` describes.
    fn read_fees(
        &mut self,
        spec: &FeeSpec,
        result: &Value,
        board_currency: Option<Currency>,
        source: &Source,
        notices: &mut Notices,
    ) {
        let Some(pointer) = &spec.list else {
            let reading = spec.read(result, board_currency, notices);
            self.add(reading, spec.required, source);
            return;
        };
        match pointer.find(result) {
            Some(Value::Array(fees)) if fees.is_empty() && spec.empty_is_none => {
                self.asserts_none = true;
            }
            Some(Value::Array(fees)) if fees.is_empty() => self.miss(spec.required),
            Some(Value::Array(fees)) if fees.len() > MAX_FEES => self.refusals.push(format!(
                "{}: {} fees; at most {MAX_FEES} are accepted in a channel",
                spec.path,
                fees.len()
            )),
            Some(Value::Array(fees)) => {
                for fee in fees {
                    let reading = spec.read(fee, board_currency, notices);
                    // An element without an amount is a fee all the same: beside it, others are not the whole.
                    self.missing |= matches!(reading, FeeReading::Absent { .. });
                    self.add(reading, spec.required, source);
                }
            }
            Some(_) => {
                notices.add(format!(
                    "{}.list: what the vendor has at {pointer} is no list; it stays unknown",
                    spec.path
                ));
                self.miss(spec.required);
            }
            None => self.miss(spec.required),
        }
    }

    fn miss(&mut self, required: bool) {
        self.missing |= required;
        self.required_missing |= required;
    }

    fn add(&mut self, reading: FeeReading, required: bool, source: &Source) {
        let mut keep_note = |label: Option<String>, note: Option<String>| {
            self.notes.extend(note.map(|note| (label, note)));
        };
        match reading {
            FeeReading::Absent { label, note } => {
                if required {
                    keep_note(Some(label), note);
                }
                self.miss(required);
            }
            FeeReading::Zero { note } => {
                keep_note(None, note);
                self.asserts_none = true;
            }
            FeeReading::Unpublished {
                label,
                note,
                has_amount,
            } => {
                keep_note(Some(label), note);
                self.unpublished = true;
                self.has_amount |= has_amount;
            }
            FeeReading::Priced(text) => self.add_priced(*text, source),
            FeeReading::Refused(reason) => self.refusals.push(reason),
        }
    }

    /// Adds a fee under its key, or the key with `_2`, `_3`, … where that one is taken on the same days.
    fn add_priced(&mut self, mut text: FeeText, source: &Source) {
        let stem = text.key.clone();
        for ordinal in 2.. {
            let fee = match text.parse(source.clone()) {
                Ok(fee) => fee,
                Err(errors) => {
                    let errors = errors.iter().map(ToString::to_string).collect::<Vec<_>>();
                    self.refusals
                        .push(format!("fee \"{}\": {}", text.key, errors.join("; ")));
                    return;
                }
            };
            let is_taken = |other: &Fee| {
                other.key() == fee.key() && other.effective().overlaps(fee.effective())
            };
            if !self.charged.iter().any(is_taken) {
                self.charged.push(fee);
                return;
            }
            text.key = FeeKey::slug(&stem).numbered(ordinal).as_str().to_owned();
        }
    }

    /// The answer, given the vendor's own word on the channel.
    ///
    /// # Errors
    /// Why what the vendor says of this channel must not be believed.
    fn conclude(mut self, status: FeeStatus, source: &Source) -> Result<ChannelFees, String> {
        if !self.refusals.is_empty() {
            return Err(self.refusals.join("; "));
        }
        let is_charged = !self.charged.is_empty();
        if status == FeeStatus::None && (is_charged || self.has_amount) {
            return Err("the vendor says that there is no fee, and gives an amount".to_owned());
        }
        let says_there_is_one = matches!(status, FeeStatus::Unpublished | FeeStatus::Charged);
        let asserts_none =
            status == FeeStatus::None || (self.asserts_none && !self.required_missing);
        let note = self.take_note(is_charged)?;
        let state = if is_charged {
            ChannelState::Charged {
                partial: self.missing || self.unpublished,
                fees: FeeSet::new(self.charged).map_err(|error| error.to_string())?,
            }
        } else if self.unpublished || says_there_is_one {
            ChannelState::Unpublished
        } else if asserts_none {
            ChannelState::None
        } else {
            ChannelState::Unknown
        };
        if state == ChannelState::Unknown && note.is_none() {
            return Ok(ChannelFees::NOTHING_RECORDED);
        }
        Ok(ChannelFees {
            state,
            note,
            source: Some(source.clone()),
        })
    }

    /// The note on the channel: each text once; beside fees with a price, with the label it belongs to.
    fn take_note(&mut self, is_charged: bool) -> Result<Option<String>, String> {
        let mut note = String::new();
        let mut seen: Vec<String> = Vec::new();
        for (label, text) in self.notes.drain(..) {
            let line = match label {
                Some(label) if is_charged => format!("{label}: {text}"),
                // A fee of 0 is not shown beside those that charge, nor is its note.
                None if is_charged => continue,
                _ => text,
            };
            if seen.contains(&line) {
                continue;
            }
            let separator = if note.is_empty() { "" } else { "; " };
            if !note.is_empty() && note.chars().count() + line.chars().count() + 2 > MAX_NOTE_CHARS
            {
                break;
            }
            note.push_str(separator);
            note.push_str(&line);
            seen.push(line);
        }
        read_note(&Some(note)).map_err(|problem| format!("the note {problem}"))
    }
}
