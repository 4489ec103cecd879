//! Boards, their two channels, and the four answers a channel can give.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::fee::{Fee, Source, word_enum};
use super::money::Currency;

/// The vendor's id of a board: an opaque text, without white space, commas or control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BoardId(Arc<str>);

/// The most bytes of a [`BoardId`].
const MAX_ID_BYTES: usize = 64;
/// Ids that would be taken for a word of a path (`/v1/boards/options`), or for a relative path.
const RESERVED_IDS: &[&str] = &["options", ".", ".."];

/// A text that cannot be a board's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a board id: 1 to {MAX_ID_BYTES} bytes without spaces, commas or control characters, and not a word of a path"
)]
pub struct InvalidBoardId(pub String);

impl BoardId {
    /// Reads an id as the vendor writes it.
    ///
    /// # Errors
    /// When it is empty, too long, reserved, or holds a character that lists and paths need for themselves.
    pub fn parse(text: &str) -> Result<BoardId, InvalidBoardId> {
        let unfit = |c: char| c.is_whitespace() || c.is_control() || c == ',';
        let fits = !text.is_empty() && text.len() <= MAX_ID_BYTES && !text.contains(unfit);
        if !fits || RESERVED_IDS.contains(&text) {
            return Err(InvalidBoardId(text.to_owned()));
        }
        Ok(BoardId(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BoardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for BoardId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Two upper-case letters: a state, territory or province (USPS, Canada Post) or a country (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code([u8; 2]);

/// A text that is not two letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a two-letter code; write it like CA or NV")]
pub struct InvalidCode(pub String);

impl Code {
    /// The United States.
    pub const US: Code = Code(*b"US");
    /// Canada, and California.
    pub const CA: Code = Code(*b"CA");

    /// Reads two letters in any case.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Code, InvalidCode> {
        match text.trim().as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Code([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(InvalidCode(text.to_owned())),
        }
    }

    /// The code as text, upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters are UTF-8")
    }

    /// The currency of this country; `None` where the service knows none and nothing may be guessed.
    pub fn currency_of_country(self) -> Option<Currency> {
        match self {
            Code::US => Some(Currency::USD),
            Code::CA => Some(Currency::CAD),
            _ => None,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

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

word_enum! {
    /// Who bills a fee.
    Channel {
        /// The vendor bills it and passes it along.
        PassThrough = "pass_through",
        /// The board bills its member.
        Direct = "direct",
    }
}

word_enum! {
    /// The word for a [`ChannelState`].
    FeeStatus {
        /// There are fees, with amounts.
        Charged = "charged",
        /// Somebody asserts that there is no fee.
        None = "none",
        /// There is a fee; its amount is not published.
        Unpublished = "unpublished",
        /// Nobody has said anything.
        Unknown = "unknown",
    }
}

/// The most characters of a board's name, and of its abbreviation.
pub const MAX_NAME_CHARS: usize = 200;
/// The most fees in one channel of a board.
pub const MAX_FEES: usize = 64;

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

/// One or more fees of a channel, no two of one key on the same day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct FeeSet(Vec<Fee>);

/// Why fees do not make a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeeSetError {
    /// No fee at all.
    #[error(
        "a charged channel needs a fee; give one, or set the status to none, unpublished or unknown"
    )]
    Empty,
    /// Too many.
    #[error("{0} fees; at most {MAX_FEES} are accepted in a channel")]
    TooMany(usize),
    /// Two fees of one key hold on the same day.
    #[error(
        "the fee \"{key}\" has two sets of terms on the same day; end the earlier one with effective_to, or use another key"
    )]
    Overlap {
        /// The repeated key.
        key: String,
        /// Position of the second of the two, from 0.
        position: usize,
    },
}

impl FeeSet {
    /// The set of `fees`, in the order given.
    ///
    /// # Errors
    /// When there is none, too many, or two of one key overlap.
    pub fn new(fees: Vec<Fee>) -> Result<FeeSet, FeeSetError> {
        if fees.is_empty() {
            return Err(FeeSetError::Empty);
        }
        if fees.len() > MAX_FEES {
            return Err(FeeSetError::TooMany(fees.len()));
        }
        for (position, fee) in fees.iter().enumerate() {
            let clashes = |other: &Fee| {
                other.key() == fee.key() && other.effective().overlaps(fee.effective())
            };
            if fees[..position].iter().any(clashes) {
                return Err(FeeSetError::Overlap {
                    key: fee.key().to_string(),
                    position,
                });
            }
        }
        Ok(FeeSet(fees))
    }

    /// The fees, never empty.
    pub fn as_slice(&self) -> &[Fee] {
        &self.0
    }

    fn same_terms(&self, other: &FeeSet) -> bool {
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|(fee, other)| fee.same_terms(other))
    }
}

/// One of the four answers; only `Charged` has amounts, so that nothing unknown can become 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// There are fees, with amounts.
    Charged {
        /// The fees.
        fees: FeeSet,
        /// Whether a fee that should be there is missing, so that the amounts are a lower bound.
        partial: bool,
    },
    /// Somebody asserts that there is no fee.
    None,
    /// There is a fee; its amount is not published.
    Unpublished,
    /// Nobody has said anything.
    Unknown,
}

/// What is said of one channel of a board, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ChannelFees {
    /// The answer.
    pub state: ChannelState,
    /// Free text about the channel as a whole, kept verbatim.
    pub note: Option<String>,
    /// Who says so; `None` when nobody has said anything.
    pub source: Option<Source>,
}

impl ChannelFees {
    /// Nobody has said anything.
    pub const NOTHING_RECORDED: ChannelFees = ChannelFees {
        state: ChannelState::Unknown,
        note: None,
        source: None,
    };

    /// The word for the recorded state, whatever the date.
    pub fn status(&self) -> FeeStatus {
        match self.state {
            ChannelState::Charged { .. } => FeeStatus::Charged,
            ChannelState::None => FeeStatus::None,
            ChannelState::Unpublished => FeeStatus::Unpublished,
            ChannelState::Unknown => FeeStatus::Unknown,
        }
    }

    /// The word on `date`: charged while a fee has not ended by then, unknown when all have ended.
    pub fn status_on(&self, date: NaiveDate) -> FeeStatus {
        match &self.state {
            ChannelState::Charged { fees, .. }
                if fees
                    .as_slice()
                    .iter()
                    .all(|fee| fee.effective().has_ended_by(date)) =>
            {
                FeeStatus::Unknown
            }
            _ => self.status(),
        }
    }

    /// The recorded fees; empty for every state but charged.
    pub fn fees(&self) -> &[Fee] {
        match &self.state {
            ChannelState::Charged { fees, .. } => fees.as_slice(),
            _ => &[],
        }
    }

    /// Whether a fee that should be there is missing beside those that are.
    pub fn is_partial(&self) -> bool {
        matches!(self.state, ChannelState::Charged { partial: true, .. })
    }

    /// Whether nobody has said anything: not even that it is unknown.
    pub fn is_nothing_recorded(&self) -> bool {
        *self == ChannelFees::NOTHING_RECORDED
    }

    /// Whether both say the same, whenever it was first seen.
    pub fn same_terms(&self, other: &ChannelFees) -> bool {
        let same_source = match (&self.source, &other.source) {
            (Some(source), Some(other)) => source.same_word(other),
            (None, None) => true,
            _ => false,
        };
        let same_state = match (&self.state, &other.state) {
            (
                ChannelState::Charged { fees, partial },
                ChannelState::Charged {
                    fees: other_fees,
                    partial: other_partial,
                },
            ) => partial == other_partial && fees.same_terms(other_fees),
            (state, other) => state == other,
        };
        same_state && same_source && self.note == other.note
    }

    /// Keeps the times at which what is still the same was first seen, as `earlier` recorded them.
    pub fn keep_first_sightings(&mut self, earlier: &ChannelFees) {
        if self.same_terms(earlier) {
            *self = earlier.clone();
            return;
        }
        if let ChannelState::Charged { fees, .. } = &mut self.state {
            for fee in &mut fees.0 {
                for earlier_fee in earlier.fees() {
                    fee.keep_first_sighting(earlier_fee);
                }
            }
        }
    }
}

/// A board as the vendor describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct VendorBoard {
    /// What it is.
    pub facts: BoardFacts,
    /// What the vendor says of pass-through fees.
    pub pass_through: ChannelFees,
    /// What the vendor says of direct fees; [`ChannelFees::NOTHING_RECORDED`] where no mapping covers them.
    pub direct: ChannelFees,
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
        self.pass_through
            .keep_first_sightings(&earlier.pass_through);
        self.direct.keep_first_sightings(&earlier.direct);
    }
}

/// The newest word of the vendor on one board, and whether the vendor still lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorRow {
    /// The board as last described.
    pub board: VendorBoard,
    /// Whether the newest sync still had it.
    pub active: bool,
}

/// One board of the catalog: the vendor's word and the curated list merged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Board {
    /// What it is.
    pub facts: BoardFacts,
    /// Whether the vendor lists it, or staff describe it; an inactive one can still be quoted by id.
    pub active: bool,
    /// What is known of pass-through fees.
    pub pass_through: ChannelFees,
    /// What is known of direct fees.
    pub direct: ChannelFees,
}

impl Board {
    /// What is known of `channel`.
    pub fn channel(&self, channel: Channel) -> &ChannelFees {
        match channel {
            Channel::PassThrough => &self.pass_through,
            Channel::Direct => &self.direct,
        }
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
    use crate::domain::fee_text::FeeText;
    use chrono::{DateTime, TimeDelta, Utc};

    fn seen(hours: i64) -> Source {
        Source::reseller_api(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(hours))
    }

    fn fee(key: &str, from: Option<&str>, to: Option<&str>, hours: i64) -> Fee {
        let text = FeeText {
            key: key.into(),
            label: key.into(),
            amount: Some("20".into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            effective_from: from.map(str::to_owned),
            effective_to: to.map(str::to_owned),
            ..FeeText::default()
        };
        text.parse(seen(hours)).unwrap()
    }

    fn charged(fees: Vec<Fee>, hours: i64) -> ChannelFees {
        ChannelFees {
            state: ChannelState::Charged {
                fees: FeeSet::new(fees).unwrap(),
                partial: false,
            },
            note: None,
            source: Some(seen(hours)),
        }
    }

    #[test]
    fn ids_that_lists_or_paths_could_not_carry_are_refused() {
        for unfit in [
            "",
            "a b",
            "1,2",
            "options",
            "..",
            "a\u{0}",
            "a\nb",
            &"9".repeat(65),
        ] {
            assert!(BoardId::parse(unfit).is_err(), "{unfit:?}");
        }
        assert_eq!(BoardId::parse("00123").unwrap().as_str(), "00123");
        assert!(BoardId::parse("a/b").is_ok());
    }

    #[test]
    fn codes_are_two_letters_in_any_case() {
        assert_eq!(Code::parse("nv").unwrap().as_str(), "NV");
        assert!(Code::parse("Nevada").is_err());
        assert!(Code::parse("N1").is_err());
    }

    #[test]
    fn one_key_may_repeat_in_periods_that_do_not_overlap() {
        let before = fee("idx", None, Some("2026-07-01"), 0);
        let after = fee("idx", Some("2026-07-01"), None, 0);
        assert!(FeeSet::new(vec![before.clone(), after]).is_ok());
        let clash = fee("idx", Some("2026-06-30"), None, 0);
        assert!(matches!(
            FeeSet::new(vec![before, clash]),
            Err(FeeSetError::Overlap { position: 1, .. })
        ));
        assert_eq!(FeeSet::new(vec![]), Err(FeeSetError::Empty));
    }

    #[test]
    fn a_channel_whose_fees_have_all_ended_is_unknown_from_that_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let channel = charged(vec![fee("idx", None, Some("2026-07-01"), 0)], 0);
        assert_eq!(channel.status_on(day("2026-06-30")), FeeStatus::Charged);
        assert_eq!(channel.status_on(day("2026-07-01")), FeeStatus::Unknown);
        let announced = charged(vec![fee("idx", Some("2027-01-01"), None, 0)], 0);
        assert_eq!(announced.status_on(day("2026-07-01")), FeeStatus::Charged);
    }

    #[test]
    fn a_fee_that_stays_keeps_the_time_it_was_first_seen() {
        let earlier = charged(vec![fee("idx", None, None, 1)], 1);
        let mut same = charged(vec![fee("idx", None, None, 9)], 9);
        same.keep_first_sightings(&earlier);
        assert_eq!(same, earlier);

        let mut grown = charged(
            vec![fee("idx", None, None, 9), fee("setup", None, None, 9)],
            9,
        );
        grown.keep_first_sightings(&earlier);
        let observed: Vec<_> = grown
            .fees()
            .iter()
            .map(|fee| fee.source().clone())
            .collect();
        assert_eq!(observed, [seen(1), seen(9)]);
        assert_eq!(grown.source, Some(seen(9)));
    }

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
