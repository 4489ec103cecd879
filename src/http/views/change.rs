//! What versions changed.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BoardView, Detail, FeeView, Time, words};
use crate::domain::board::{BoardId, Channel};
use crate::domain::change::ChangeKind;
use crate::domain::fee::Fee;
use crate::domain::version::{CatalogVersion, Cause, VersionHead};
use crate::history::{BoardChange, ChangedFee, ChangesPage, Pictured, VersionChanges};

/// Part of the change feed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChangesPage)]
pub struct ChangesPageView<'a> {
    /// The changes, oldest first; a version is never cut in two.
    pub changes: Vec<ChangeView<'a>>,
    /// The newest version there is.
    #[schema(value_type = i64, minimum = 1)]
    pub latest_version: CatalogVersion,
    /// What to pass as `after` next; `latest_version` when there is nothing more yet.
    #[schema(minimum = 0)]
    pub next_after: i64,
}

impl<'a> ChangesPageView<'a> {
    /// `page` as callers see it who are shown `detail`, `latest_version` being its newest version.
    pub fn of(
        page: &'a ChangesPage,
        latest_version: CatalogVersion,
        detail: Detail,
    ) -> ChangesPageView<'a> {
        let versions = page.versions.iter();
        ChangesPageView {
            changes: versions
                .flat_map(|version| ChangeView::all_of(version, detail))
                .collect(),
            latest_version,
            next_after: page.reached,
        }
    }
}

/// The versions of one board.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BoardHistory)]
pub struct BoardHistoryView<'a> {
    /// The vendor's id of the board.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub board_id: &'a BoardId,
    /// The versions in which the board changed, newest first.
    pub versions: Vec<BoardVersionView<'a>>,
    /// What to pass as `before` for the versions before these; null when there are none.
    #[schema(value_type = Option<i64>, required = true, minimum = 1)]
    pub next_before: Option<CatalogVersion>,
}

/// What one version changed of one board, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BoardVersion)]
pub struct BoardVersionView<'a> {
    /// The version.
    #[schema(value_type = i64, minimum = 1)]
    pub version: CatalogVersion,
    /// When it was published.
    pub at: Time,
    /// Why.
    #[schema(value_type = words::Cause)]
    pub cause: Cause,
    /// Who caused it; null for a sync, and without a token.
    #[schema(required = true)]
    pub actor: Option<String>,
    /// The sync run that published it; null for other causes.
    #[schema(required = true)]
    pub sync_run_id: Option<i64>,
    /// What changed.
    pub changes: Vec<ChangeView<'a>>,
}

impl<'a> BoardVersionView<'a> {
    /// `version` for callers who are shown `detail`.
    pub fn of(version: &'a VersionChanges, detail: Detail) -> BoardVersionView<'a> {
        let head = &version.head;
        BoardVersionView {
            version: head.version,
            at: Time(head.created_at),
            cause: head.cause,
            actor: match detail {
                Detail::Public => None,
                Detail::Staff => head.actor.clone(),
            },
            sync_run_id: head.run_id,
            changes: ChangeView::all_of(version, detail),
        }
    }
}

/// One version as the stream tells it: the data of an event `catalog.changed`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CatalogChanged)]
pub struct CatalogChangedView<'a> {
    /// The version, as in the event's id.
    #[schema(value_type = i64, minimum = 1)]
    pub version: CatalogVersion,
    /// When it was published.
    pub at: Time,
    /// Why.
    #[schema(value_type = words::Cause)]
    pub cause: Cause,
    /// What changed.
    pub changes: Vec<ChangeView<'a>>,
}

impl<'a> CatalogChangedView<'a> {
    /// The public part of `version`: all callers of the stream are sent the same.
    pub fn of(version: &'a VersionChanges) -> CatalogChangedView<'a> {
        CatalogChangedView {
            version: version.head.version,
            at: Time(version.head.created_at),
            cause: version.head.cause,
            changes: ChangeView::all_of(version, Detail::Public),
        }
    }
}

/// One change of one board. A board that changed in several ways has several, each with the same `board`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Change)]
pub struct ChangeView<'a> {
    /// The version that made it.
    #[schema(value_type = i64, minimum = 1)]
    pub version: CatalogVersion,
    /// When that was published.
    pub at: Time,
    /// Why.
    #[schema(value_type = words::Cause)]
    pub cause: Cause,
    /// The vendor's id of the board.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    pub board_id: &'a BoardId,
    /// What kind of change.
    #[schema(value_type = words::ChangeKind)]
    pub kind: ChangeKind,
    /// The board, or its fee, as it was; null when it is new.
    #[schema(required = true)]
    pub before: Option<ChangeSideView<'a>>,
    /// The board, or its fee, as it is; null when it is gone.
    #[schema(required = true)]
    pub after: Option<ChangeSideView<'a>>,
    /// The whole board after the version; null when nothing is known of it any more. Who keeps the last one of each
    /// board has the catalog.
    #[schema(required = true)]
    pub board: Option<BoardView<'a>>,
}

/// One side of a change: the whole board for kinds that begin with `board_`, else one of its fees.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChangeSide)]
#[serde(untagged)]
pub enum ChangeSideView<'a> {
    /// The whole board.
    Board(Box<BoardView<'a>>),
    /// One of its fees.
    Fee(Box<ChangedFeeView<'a>>),
}

/// A fee, and who bills it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChangedFee)]
pub struct ChangedFeeView<'a> {
    /// Who bills it.
    #[schema(value_type = words::Channel)]
    pub channel: Channel,
    /// The fee.
    pub fee: FeeView<'a>,
}

impl<'a> ChangeView<'a> {
    /// The changes of `version` that callers can see who are shown `detail`: a board that looks the same to them before and after, because
    /// what changed is for staff alone, is left out.
    pub fn all_of(version: &'a VersionChanges, detail: Detail) -> Vec<ChangeView<'a>> {
        let changes = version.changes.iter();
        changes
            .filter_map(|change| ChangeView::of(change, &version.head, detail))
            .collect()
    }

    fn of(change: &'a BoardChange, head: &VersionHead, detail: Detail) -> Option<ChangeView<'a>> {
        let (old, new) = (view(&change.before, detail), view(&change.after, detail));
        if old == new {
            return None;
        }
        let (before, after) = match &change.fee {
            None => (old.map(whole), new.clone().map(whole)),
            Some(fee) => (
                side(fee, &fee.before, detail),
                side(fee, &fee.after, detail),
            ),
        };
        Some(ChangeView {
            version: head.version,
            at: Time(head.created_at),
            cause: head.cause,
            board_id: &change.board_id,
            kind: change.kind,
            before,
            after,
            board: new,
        })
    }
}

fn view(pictured: &Option<Pictured>, detail: Detail) -> Option<BoardView<'_>> {
    let pictured = pictured.as_ref()?;
    Some(BoardView::of(&pictured.board, pictured.as_of, detail))
}

fn whole(board: BoardView<'_>) -> ChangeSideView<'_> {
    ChangeSideView::Board(Box::new(board))
}

fn side<'a>(
    changed: &ChangedFee,
    fee: &'a Option<Fee>,
    detail: Detail,
) -> Option<ChangeSideView<'a>> {
    let fee = fee.as_ref()?;
    Some(ChangeSideView::Fee(Box::new(ChangedFeeView {
        channel: changed.channel,
        fee: FeeView::of(fee, detail),
    })))
}
