//! Examples of changes: one version that raises one fee.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value;

use super::boards::cedar_valley;
use super::{Examples, to_value};
use crate::domain::board::{Board, Channel};
use crate::domain::change::ChangeKind;
use crate::domain::version::CatalogVersion;
use crate::history::{BoardChange, ChangedFee, ChangesPage, Pictured, VersionChanges};
use crate::http::views::{
    BoardHistoryView, BoardVersionView, CatalogChangedView, ChangesPageView, Detail,
};

impl Examples {
    /// `/v1/boards/{id}/history`.
    pub(crate) fn board_history(&self) -> Value {
        to_value(&BoardHistoryView {
            board_id: &self.board.facts.id,
            versions: vec![BoardVersionView::of(&self.version(), Detail::Public)],
            next_before: None,
        })
    }

    /// `/v1/changes`.
    pub(crate) fn changes(&self) -> Value {
        let version = self.version();
        let latest = version.head.version;
        let page = ChangesPage {
            oldest_version: Some(CatalogVersion::FIRST),
            latest_version: Some(latest),
            reached: latest.get(),
            versions: vec![version],
        };
        to_value(&ChangesPageView::of(&page, latest, Detail::Public))
    }

    /// The data of an event of `/v1/changes/stream`.
    pub(crate) fn catalog_changed(&self) -> Value {
        to_value(&CatalogChangedView::of(&self.version()))
    }

    /// The newest version: the monthly fee is raised.
    fn version(&self) -> VersionChanges {
        let head = self.snapshot.catalog.head().clone();
        let old = cedar_valley("18.00", head.created_at - TimeDelta::days(400));
        let fee = |board: &Board| board.pass_through.fees().first().cloned();
        let (before, after) = (fee(&old), fee(&self.board));
        let pictured = |board: Board| {
            let board = Arc::new(board);
            let as_of = head.as_of;
            Some(Pictured { board, as_of })
        };
        let change = BoardChange {
            board_id: self.board.facts.id.clone(),
            kind: ChangeKind::FeeChanged,
            fee: Some(ChangedFee {
                channel: Channel::PassThrough,
                before,
                after,
            }),
            before: pictured(old),
            after: pictured(self.board.clone()),
        };
        VersionChanges {
            head,
            changes: vec![change],
        }
    }
}
