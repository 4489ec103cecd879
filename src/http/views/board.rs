//! Boards and their fees.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Detail, Time, words};
use crate::catalog::fee_label;
use crate::domain::board::{
    Board, ChannelFees, Code, Eligibility, FeeStatus, HeldPart, HeldValue, Paperwork,
};
use crate::domain::fee::{BandPrice, Basis, Cadence, Fee, Price, Source, SourceKind, TierMode};
use crate::domain::money::Currency;
use crate::domain::version::CatalogVersion;

/// One page of boards.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BoardPage)]
pub struct BoardPageView<'a> {
    /// The catalog the page was read from.
    #[schema(value_type = i64, minimum = 1)]
    pub catalog_version: CatalogVersion,
    /// The boards: best match first when searched, else by name.
    pub boards: Vec<BoardView<'a>>,
    /// Asks for the next page; null on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// A REALTOR board, association or MLS with everything known of its fees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Board)]
pub struct BoardView<'a> {
    /// The vendor's id: an opaque text.
    #[schema(min_length = 1, max_length = 64)]
    pub id: &'a str,
    /// The full name.
    pub name: &'a str,
    /// The short name. Not a key: several boards may share one.
    #[schema(required = true)]
    pub abbreviation: Option<&'a str>,
    /// States, territories or provinces of the board's listings; empty when nobody has said.
    #[schema(value_type = Vec<String>)]
    pub states: &'a [Code],
    /// ISO 3166-1 code of the board's country.
    #[schema(value_type = String, pattern = "^[A-Z]{2}$")]
    pub country: Code,
    /// Who may have the board's listings.
    #[schema(value_type = words::Eligibility)]
    pub eligibility: Eligibility,
    /// How the board licenses a client.
    #[schema(value_type = words::Paperwork)]
    pub paperwork: Paperwork,
    /// Whether the vendor still lists the board; an inactive one can be quoted by its id, with a warning.
    pub active: bool,
    /// The vendor's coverage page of the board.
    #[schema(required = true)]
    pub coverage_url: Option<&'a str>,
    /// Name, abbreviation and states on one line.
    pub label: String,
    /// The pass-through fees on one line.
    pub fee_label: String,
    /// Fees that the vendor bills and passes along.
    pub pass_through: ChannelView<'a>,
    /// Fees that the board bills its member directly.
    pub direct: ChannelView<'a>,
    /// The parts that are older than the vendor's list, because what it says now is implausible; empty as a rule.
    pub held: Vec<HeldValueView<'a>>,
}

/// A part of a board that still says what it said before, because the vendor's new word is implausible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = HeldValue)]
pub struct HeldValueView<'a> {
    /// The part.
    #[schema(value_type = words::HeldPart)]
    pub part: HeldPart,
    /// What is implausible about the new word.
    pub reason: &'a str,
    /// When the new word was first seen.
    pub since: Time,
}

impl<'a> BoardView<'a> {
    /// `board` with its states and labels of the day `as_of`, for callers who are shown `detail`.
    pub fn of(board: &'a Board, as_of: NaiveDate, detail: Detail) -> BoardView<'a> {
        let facts = &board.facts;
        BoardView {
            id: facts.id.as_str(),
            name: &facts.name,
            abbreviation: facts.abbreviation.as_deref(),
            states: &facts.states,
            country: facts.country,
            eligibility: facts.eligibility,
            paperwork: facts.paperwork,
            active: board.active,
            coverage_url: facts.coverage_url.as_deref(),
            label: board.label(),
            fee_label: fee_label(&board.pass_through, as_of),
            pass_through: ChannelView::of(&board.pass_through, as_of, detail),
            direct: ChannelView::of(&board.direct, as_of, detail),
            held: board.held.iter().map(HeldValueView::of).collect(),
        }
    }
}

impl<'a> HeldValueView<'a> {
    fn of(held: &'a HeldValue) -> HeldValueView<'a> {
        HeldValueView {
            part: held.part,
            reason: &held.reason,
            since: Time(held.since),
        }
    }
}

/// What is known of one channel of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ChannelFees)]
pub struct ChannelView<'a> {
    /// The answer on the catalog's day.
    #[schema(value_type = words::FeeStatus)]
    pub status: FeeStatus,
    /// Free text about the channel as a whole, verbatim.
    #[schema(required = true)]
    pub note: Option<&'a str>,
    /// Every recorded fee, past and announced ones included; empty unless amounts are recorded.
    pub fees: Vec<FeeView<'a>>,
    /// Whether a fee that should be there is missing, so that the amounts are a lower bound.
    pub partial: bool,
    /// Who says so; null when nobody has said anything.
    #[schema(required = true)]
    pub source: Option<SourceView>,
}

impl<'a> ChannelView<'a> {
    fn of(channel: &'a ChannelFees, as_of: NaiveDate, detail: Detail) -> ChannelView<'a> {
        ChannelView {
            status: channel.status_on(as_of),
            note: channel.note.as_deref(),
            fees: channel
                .fees()
                .iter()
                .map(|fee| FeeView::of(fee, detail))
                .collect(),
            partial: channel.is_partial(),
            source: channel
                .source
                .as_ref()
                .map(|source| SourceView::of(source, detail)),
        }
    }
}

/// One fee: what is charged per unit of what, how often, and from when to when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Fee)]
pub struct FeeView<'a> {
    /// Stable within board and channel.
    #[schema(pattern = "^[a-z0-9_]{1,64}$")]
    pub key: &'a str,
    /// Text for people.
    pub label: &'a str,
    /// Per unit of the basis; the low end of a range; null where tiers price it.
    #[schema(required = true)]
    pub amount: Option<Amount>,
    /// The high end of a range; null where the amount is exact.
    #[schema(required = true)]
    pub amount_max: Option<Amount>,
    /// ISO 4217 code of every amount of the fee.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    pub currency: Currency,
    /// The period the amount is stated for.
    #[schema(value_type = words::Cadence)]
    pub cadence: Cadence,
    /// How often it is billed; null when as often as stated.
    #[schema(value_type = Option<words::Cadence>, required = true)]
    pub billed: Option<Cadence>,
    /// What it is charged per.
    #[schema(value_type = words::Basis)]
    pub basis: Basis,
    /// Units that are free.
    #[schema(minimum = 0)]
    pub included: u64,
    /// How the tiers apply; null without tiers.
    #[schema(value_type = Option<words::TierMode>, required = true)]
    pub tier_mode: Option<TierMode>,
    /// Bands of rising ends, the last without an end; empty without tiers.
    pub tiers: Vec<TierView>,
    /// The least one period costs once any unit is billable.
    #[schema(required = true)]
    pub minimum: Option<Amount>,
    /// The most one period costs.
    #[schema(required = true)]
    pub maximum: Option<Amount>,
    /// The first day; null when it has always held.
    #[schema(value_type = Option<String>, format = Date, required = true)]
    pub effective_from: Option<NaiveDate>,
    /// The first day on which it no longer holds; null when no end is known.
    #[schema(value_type = Option<String>, format = Date, required = true)]
    pub effective_to: Option<NaiveDate>,
    /// Free text, verbatim.
    #[schema(required = true)]
    pub note: Option<&'a str>,
    /// Who says so.
    pub source: SourceView,
}

impl<'a> FeeView<'a> {
    pub(super) fn of(fee: &'a Fee, detail: Detail) -> FeeView<'a> {
        let (amount, amount_max, tiers) = match fee.price() {
            Price::Unit(unit) => (Some(*unit), None, None),
            Price::Range { low, high } => (Some(*low), Some(*high), None),
            Price::Tiered(tiers) => (None, None, Some(tiers)),
        };
        FeeView {
            key: fee.key().as_str(),
            label: fee.label(),
            amount: amount.map(Amount::from),
            amount_max: amount_max.map(Amount::from),
            currency: fee.currency(),
            cadence: fee.cadence(),
            billed: fee.billed(),
            basis: fee.basis(),
            included: fee.included(),
            tier_mode: tiers.map(|tiers| tiers.mode()),
            tiers: tiers
                .iter()
                .flat_map(|tiers| tiers.bands())
                .map(|(up_to, price)| TierView::of(up_to, price))
                .collect(),
            minimum: fee.minimum().map(Amount::from),
            maximum: fee.maximum().map(Amount::from),
            effective_from: fee.effective().from(),
            effective_to: fee.effective().to(),
            note: fee.note(),
            source: SourceView::of(fee.source(), detail),
        }
    }
}

/// One band of a tiered price; at least one of the two amounts is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Tier)]
pub struct TierView {
    /// The last quantity of the band; null for the last band.
    #[schema(required = true, minimum = 1)]
    pub up_to: Option<u64>,
    /// Per unit.
    #[schema(required = true)]
    pub unit_amount: Option<Amount>,
    /// For the band, however many units.
    #[schema(required = true)]
    pub flat_amount: Option<Amount>,
}

impl TierView {
    fn of(up_to: Option<u64>, price: BandPrice) -> TierView {
        TierView {
            up_to,
            unit_amount: price.unit().map(Amount::from),
            flat_amount: price.flat().map(Amount::from),
        }
    }
}

/// Who says so, since when, and where it can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceView {
    /// Who.
    #[schema(value_type = words::SourceKind)]
    pub kind: SourceKind,
    /// When this value was first seen.
    pub observed_at: Time,
    /// The day staff last checked it; null without a token.
    #[schema(value_type = Option<String>, format = Date, required = true)]
    pub verified_on: Option<NaiveDate>,
    /// The page that says it; null without a token.
    #[schema(required = true)]
    pub url: Option<String>,
    /// What staff noted for themselves; absent where they have not, and without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub internal_note: Option<String>,
}

impl SourceView {
    /// `source`, of which what is for staff is left out of what is public.
    pub(super) fn of(source: &Source, detail: Detail) -> SourceView {
        let staff = (detail == Detail::Staff).then_some(source);
        SourceView {
            kind: source.kind,
            observed_at: Time(source.observed_at),
            verified_on: staff.and_then(|source| source.verified_on),
            url: staff.and_then(|source| source.url.clone()),
            internal_note: staff.and_then(|source| source.internal_note.clone()),
        }
    }
}
