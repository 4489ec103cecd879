//! Examples of the curated list.

use serde_json::Value;

use super::{Examples, to_value};
use crate::curation::csv::write_entries;
use crate::domain::board::{Channel, ChannelFees, ChannelState};
use crate::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use crate::domain::fee::{Source, SourceKind};
use crate::http::caching::to_json;
use crate::http::negotiation::strong_etag_of;
use crate::http::views::{
    CuratedDifferenceView, CuratedEntryView, CuratedItemView, CuratedPageView, ImportView,
};

impl Examples {
    /// `/v1/curated-fees`.
    pub(crate) fn curated_page(&self) -> Value {
        let entry = self.entry();
        let view = CuratedEntryView::of(&entry);
        to_value(&CuratedPageView {
            entries: vec![CuratedItemView {
                board_id: entry.id.board_id.as_str(),
                channel: entry.id.channel,
                etag: strong_etag_of(&to_json(&view)),
                entry: view,
            }],
            next_after: None,
        })
    }

    /// `/v1/curated-fees.csv`.
    pub(crate) fn curated_csv(&self) -> Value {
        write_entries(std::iter::once(&self.entry())).into()
    }

    /// `/v1/curated-fees/{board_id}/{channel}`.
    pub(crate) fn curated_entry(&self) -> Value {
        to_value(&CuratedEntryView::of(&self.entry()))
    }

    /// What a dry run of an import shows.
    pub(crate) fn import(&self) -> Value {
        let entry = self.entry();
        to_value(&ImportView {
            dry_run: true,
            catalog_version: None,
            list_etag: strong_etag_of(write_entries(std::iter::empty()).as_bytes()),
            new_list_etag: strong_etag_of(write_entries(std::iter::once(&entry)).as_bytes()),
            unchanged: 0,
            differences: vec![CuratedDifferenceView::of(&entry.id, None, Some(&entry))],
        })
    }

    fn entry(&self) -> CuratedEntry {
        CuratedEntry {
            id: EntryId {
                board_id: self.board.facts.id.clone(),
                channel: Channel::Direct,
            },
            board: BoardDescription {
                name: Some(self.board.facts.name.clone()),
                ..BoardDescription::default()
            },
            overrides_vendor: false,
            fees: ChannelFees {
                state: ChannelState::None,
                note: Some("Membership covers it.".to_owned()),
                source: Some(Source {
                    kind: SourceKind::Curated,
                    verified_on: Some(self.today()),
                    ..Source::reseller_api(self.now)
                }),
            },
        }
    }
}
