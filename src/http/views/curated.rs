//! The curated list, entry by entry. An entry is read as it is put: what is read can be sent back as it came.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Amount, PlaceCode, words};
use crate::curation::draft::{EntryDraft, FeeDraft, SourceDraft};
use crate::domain::board::Channel;
use crate::domain::curated::{CuratedEntry, EntryId};
use crate::domain::fee::{Fee, Price};
use crate::domain::fee_text::FeeText;
use crate::domain::money::Money;
use crate::domain::version::CatalogVersion;
use crate::http::object::{object, object_or_null, objects};

/// One page of the curated list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CuratedPage)]
pub struct CuratedPageView<'a> {
    /// The entries, by board and channel.
    pub entries: Vec<CuratedItemView<'a>>,
    /// What to pass as `after` for the entries after these; null when there are none.
    #[schema(required = true)]
    pub next_after: Option<String>,
}

/// An entry of the curated list, and what changing it takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CuratedItem)]
pub struct CuratedItemView<'a> {
    /// The vendor's id of the board.
    #[schema(min_length = 1, max_length = 64)]
    pub board_id: &'a str,
    /// Who bills what it speaks of.
    #[schema(value_type = words::Channel)]
    pub channel: Channel,
    /// The tag of the entry, for `If-Match`.
    #[schema(pattern = "^\"[0-9a-f]{32}\"$")]
    pub etag: String,
    /// The entry.
    pub entry: CuratedEntryView,
}

/// What staff say of one channel of one board.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CuratedEntry)]
#[serde(deny_unknown_fields)]
pub struct CuratedEntryView {
    /// The board as staff describe it.
    #[serde(default, deserialize_with = "object")]
    pub board: DescribedBoardView,
    /// Whether it counts even where the vendor gives an amount or says that there is no fee.
    #[serde(default)]
    pub r#override: bool,
    /// What is known: with fees, `charged`.
    #[schema(value_type = words::FeeStatus, required = true)]
    pub status: String,
    /// Text about the channel as a whole, verbatim; null where there are fees, which have notes of their own.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Where it can be checked; null where there are fees, which have sources of their own.
    #[serde(default, deserialize_with = "object_or_null")]
    pub source: Option<CuratedSourceView>,
    /// The fees; empty unless the status is `charged`.
    #[schema(max_items = 64)]
    #[serde(default, deserialize_with = "objects")]
    pub fees: Vec<CuratedFeeView>,
}

/// A board as staff describe it: in full where the vendor does not list it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DescribedBoard)]
#[serde(deny_unknown_fields, default)]
pub struct DescribedBoardView {
    /// The full name.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// The short name.
    #[schema(max_length = 200)]
    pub abbreviation: Option<String>,
    /// States, territories or provinces of its listings.
    #[schema(value_type = Vec<PlaceCode>, max_items = 676)]
    pub states: Vec<String>,
    /// ISO 3166-1 code of its country.
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
}

/// Where staff have something from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CuratedSource)]
#[serde(deny_unknown_fields, default)]
pub struct CuratedSourceView {
    /// The page that says it.
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// The day it was last checked.
    #[schema(value_type = Option<String>, format = Date)]
    pub verified_on: Option<String>,
    /// What staff note for themselves.
    #[schema(max_length = 2000)]
    pub internal_note: Option<String>,
}

/// A fee of the curated list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CuratedFee)]
#[serde(deny_unknown_fields)]
pub struct CuratedFeeView {
    /// Stable within board and channel.
    #[schema(required = true, pattern = "^[a-z0-9_]{1,64}$")]
    pub key: String,
    /// Text for people.
    #[schema(required = true, min_length = 1, max_length = 200)]
    pub label: String,
    /// Per unit of the basis; the low end of a range; null where tiers price it.
    #[schema(value_type = Option<Amount>)]
    pub amount: Option<String>,
    /// The high end of a range; null where the amount is exact.
    #[schema(value_type = Option<Amount>)]
    pub amount_max: Option<String>,
    /// ISO 4217 code of every amount of the fee.
    #[schema(required = true, pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// The period the amount is stated for.
    #[schema(value_type = words::Cadence, required = true)]
    pub cadence: String,
    /// How often it is billed; null when as often as stated.
    #[schema(value_type = Option<words::Cadence>)]
    pub billed: Option<String>,
    /// What it is charged per.
    #[schema(value_type = words::Basis, required = true)]
    pub basis: String,
    /// Units that are free.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    #[serde(default)]
    pub included: u64,
    /// How the tiers apply; null without tiers.
    #[schema(value_type = Option<words::TierMode>)]
    pub tier_mode: Option<String>,
    /// Bands of rising ends, the last without an end; empty without tiers.
    #[schema(max_items = 100)]
    #[serde(default, deserialize_with = "objects")]
    pub tiers: Vec<CuratedTierView>,
    /// The least one period costs once any unit is billable.
    #[schema(value_type = Option<Amount>)]
    pub minimum: Option<String>,
    /// The most one period costs.
    #[schema(value_type = Option<Amount>)]
    pub maximum: Option<String>,
    /// The first day; null when it has always held.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_from: Option<String>,
    /// The first day on which it no longer holds; null when no end is known.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_to: Option<String>,
    /// Free text, verbatim.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Where it can be checked.
    #[serde(default, deserialize_with = "object")]
    pub source: CuratedSourceView,
}

/// One band of a tiered price; at least one of the two amounts is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CuratedTier)]
#[serde(deny_unknown_fields, default)]
pub struct CuratedTierView {
    /// The last quantity of the band; null for the last band.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub up_to: Option<u64>,
    /// Per unit.
    #[schema(value_type = Option<Amount>)]
    pub unit_amount: Option<String>,
    /// For the band, however many units.
    #[schema(value_type = Option<Amount>)]
    pub flat_amount: Option<String>,
}

/// What an import did or would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Import)]
pub struct ImportView<'a> {
    /// Whether nothing was written, because it was only asked what would change.
    pub dry_run: bool,
    /// The version that the import published; null for a dry run, and where nothing differs.
    #[schema(value_type = Option<i64>, required = true, minimum = 1)]
    pub catalog_version: Option<CatalogVersion>,
    /// The tag of the list that the differences are against: with it as `If-Match`, the import is refused where somebody
    /// has changed the list since.
    #[schema(pattern = "^\"[0-9a-f]{32}\"$")]
    pub list_etag: String,
    /// The tag of the list with the differences made, as the `ETag` of the CSV is then: with it as `If-Match`, an import
    /// that takes this one back is refused where somebody has changed the list since.
    #[schema(pattern = "^\"[0-9a-f]{32}\"$")]
    pub new_list_etag: String,
    /// How many entries stay as they are.
    #[schema(value_type = i64, minimum = 0)]
    pub unchanged: usize,
    /// What differs: entries of the file in its order, then those that are removed.
    pub differences: Vec<CuratedDifferenceView<'a>>,
}

/// An entry before and after.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CuratedDifference)]
pub struct CuratedDifferenceView<'a> {
    /// The vendor's id of the board.
    #[schema(min_length = 1, max_length = 64)]
    pub board_id: &'a str,
    /// Who bills what it speaks of.
    #[schema(value_type = words::Channel)]
    pub channel: Channel,
    /// Null where there was none.
    #[schema(required = true)]
    pub before: Option<CuratedEntryView>,
    /// Null where there is none any more.
    #[schema(required = true)]
    pub after: Option<CuratedEntryView>,
}

impl<'a> CuratedDifferenceView<'a> {
    /// The entry `id` before and after.
    pub fn of(
        id: &'a EntryId,
        before: Option<&CuratedEntry>,
        after: Option<&CuratedEntry>,
    ) -> CuratedDifferenceView<'a> {
        CuratedDifferenceView {
            board_id: id.board_id.as_str(),
            channel: id.channel,
            before: before.map(CuratedEntryView::of),
            after: after.map(CuratedEntryView::of),
        }
    }
}

impl CuratedEntryView {
    /// `entry`, all of it.
    pub fn of(entry: &CuratedEntry) -> CuratedEntryView {
        let draft = EntryDraft::of(entry);
        let fees = entry.fees.fees().iter().zip(draft.fees);
        CuratedEntryView {
            board: DescribedBoardView {
                name: draft.board_name,
                abbreviation: draft.abbreviation,
                states: draft.states,
                country: draft.country,
            },
            r#override: draft.overrides_vendor,
            status: draft.status,
            note: draft.note,
            source: draft.source.map(CuratedSourceView::of),
            fees: fees
                .map(|(fee, draft)| CuratedFeeView::of(fee, draft))
                .collect(),
        }
    }

    /// The same for the curated list to read.
    ///
    /// # Errors
    /// The pointer of a tier's member that is no amount, and what is wrong with it.
    pub fn into_draft(self) -> Result<EntryDraft, (String, String)> {
        let fees = self.fees.into_iter().enumerate().map(|(position, fee)| {
            fee.into_draft()
                .map_err(|(pointer, detail)| (format!("/fees/{position}{pointer}"), detail))
        });
        Ok(EntryDraft {
            fees: fees.collect::<Result<_, _>>()?,
            board_name: self.board.name,
            abbreviation: self.board.abbreviation,
            states: self.board.states,
            country: self.board.country,
            overrides_vendor: self.r#override,
            status: self.status,
            note: self.note,
            source: self.source.map(CuratedSourceView::into_draft),
        })
    }
}

impl CuratedSourceView {
    fn of(draft: SourceDraft) -> CuratedSourceView {
        CuratedSourceView {
            url: draft.url,
            verified_on: draft.verified_on,
            internal_note: draft.internal_note,
        }
    }

    fn into_draft(self) -> SourceDraft {
        SourceDraft {
            url: self.url,
            verified_on: self.verified_on,
            internal_note: self.internal_note,
        }
    }
}

impl CuratedFeeView {
    fn of(fee: &Fee, draft: FeeDraft) -> CuratedFeeView {
        let FeeDraft { text, source } = draft;
        CuratedFeeView {
            key: text.key,
            label: text.label,
            amount: text.amount,
            amount_max: text.amount_max,
            currency: text.currency,
            cadence: text.cadence,
            billed: text.billed,
            basis: text.basis,
            included: fee.included(),
            tier_mode: text.tier_mode,
            tiers: CuratedTierView::all_of(fee.price()),
            minimum: text.minimum,
            maximum: text.maximum,
            effective_from: text.effective_from,
            effective_to: text.effective_to,
            note: text.note,
            source: CuratedSourceView::of(source),
        }
    }

    fn into_draft(self) -> Result<FeeDraft, (String, String)> {
        let tiers = self.tiers.iter().enumerate().map(|(position, tier)| {
            tier.to_text()
                .map_err(|(member, detail)| (format!("/tiers/{position}/{member}"), detail))
        });
        let tiers = tiers.collect::<Result<Vec<_>, _>>()?.join(";");
        Ok(FeeDraft {
            text: FeeText {
                key: self.key,
                label: self.label,
                amount: self.amount,
                amount_max: self.amount_max,
                currency: self.currency,
                cadence: self.cadence,
                billed: self.billed,
                basis: self.basis,
                included: Some(self.included.to_string()),
                tier_mode: self.tier_mode,
                tiers: Some(tiers),
                minimum: self.minimum,
                maximum: self.maximum,
                effective_from: self.effective_from,
                effective_to: self.effective_to,
                note: self.note,
            },
            source: self.source.into_draft(),
        })
    }
}

impl CuratedTierView {
    fn all_of(price: &Price) -> Vec<CuratedTierView> {
        let Price::Tiered(tiers) = price else {
            return Vec::new();
        };
        let bands = tiers.bands().map(|(up_to, price)| CuratedTierView {
            up_to,
            unit_amount: price.unit().map(Money::to_decimal_string),
            flat_amount: price.flat().map(Money::to_decimal_string),
        });
        bands.collect()
    }

    /// The band as a file has it: `9:20.00`, `*:=200.00`.
    fn to_text(&self) -> Result<String, (&'static str, String)> {
        let amount = |member, value: &Option<String>| match value.as_deref() {
            None => Ok(String::new()),
            Some(text) if is_decimal(text) => Ok(text.to_owned()),
            Some(text) => Err((
                member,
                format!("\"{text}\" is not an amount; write it like 20.00"),
            )),
        };
        let unit = amount("unit_amount", &self.unit_amount)?;
        let flat = amount("flat_amount", &self.flat_amount)?;
        let end = self.up_to.map_or("*".to_owned(), |end| end.to_string());
        match (unit.is_empty(), flat.is_empty()) {
            (true, true) => Err((
                "unit_amount",
                "is missing; give unit_amount, flat_amount, or both".to_owned(),
            )),
            (false, true) => Ok(format!("{end}:{unit}")),
            _ => Ok(format!("{end}:{unit}={flat}")),
        }
    }
}

/// Whether `text` is made of what amounts are made of: nothing that tiers as text have for themselves.
fn is_decimal(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}
