//! The versions of a stretch that may have changed something, each with its boards.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sqlx::SqliteConnection;

use super::bounds::Bounds;
use super::{Step, Stretch};
use crate::domain::board::BoardId;
use crate::domain::version::VersionHead;
use crate::store::StoreError;
use crate::store::catalog_versions::load_heads;

type BoardsByVersion = BTreeMap<i64, BTreeSet<BoardId>>;
type BoardsByDay = BTreeMap<NaiveDate, BTreeSet<BoardId>>;

pub(super) async fn load_steps(
    connection: &mut SqliteConnection,
    bounds: &Bounds,
    stretch: &Stretch,
) -> Result<Vec<Step>, StoreError> {
    let mut boards = boards_by_version(bounds, stretch);
    if let Some(oldest) = bounds.first_of_the_kept() {
        boards
            .entry(oldest)
            .or_default()
            .extend(all_boards(stretch));
    }
    for (day, due) in boards_by_day(bounds, stretch) {
        if let Some(version) = load_first_version_of(connection, day).await?
            && bounds.contains(version)
        {
            boards.entry(version).or_default().extend(due);
        }
    }
    let numbers = boards.keys().flat_map(|number| [number - 1, *number]);
    let heads: BTreeMap<i64, VersionHead> = load_heads(connection, &numbers.collect())
        .await?
        .into_iter()
        .map(|head| (head.version.get(), head))
        .collect();
    let steps = boards.into_iter().filter_map(|(number, boards)| {
        Some(Step {
            head: heads.get(&number)?.clone(),
            as_of_before: heads.get(&(number - 1)).map(|head| head.as_of),
            boards,
        })
    });
    Ok(steps.collect())
}

fn all_boards(stretch: &Stretch) -> impl Iterator<Item = BoardId> {
    let curated = stretch.curated.keys().map(|id| &id.board_id);
    stretch.vendor.keys().chain(curated).cloned()
}

/// The boards whose rows came in or went out with each version.
fn boards_by_version(bounds: &Bounds, stretch: &Stretch) -> BoardsByVersion {
    let mut boards = BoardsByVersion::new();
    let vendor = stretch.vendor.iter().flat_map(|(id, rows)| {
        let edges = rows.iter().flat_map(|held| held.edges());
        edges.map(move |version| (version, id))
    });
    let curated = stretch.curated.iter().flat_map(|(id, rows)| {
        let edges = rows.iter().flat_map(|held| held.edges());
        edges.map(move |version| (version, &id.board_id))
    });
    for (version, id) in vendor.chain(curated) {
        if bounds.contains(version.get()) {
            let changed = boards.entry(version.get()).or_default();
            changed.insert(id.clone());
        }
    }
    boards
}

/// The boards whose terms begin or end on each day that the stretch reaches.
fn boards_by_day(bounds: &Bounds, stretch: &Stretch) -> BoardsByDay {
    let mut boards = BoardsByDay::new();
    let vendor = stretch.vendor.iter().flat_map(|(id, rows)| {
        let edges = rows.iter().map(|held| &held.row.board);
        let edges = edges.flat_map(|board| [&board.pass_through, &board.direct]);
        edges.map(move |channel| (channel, id))
    });
    let curated = stretch.curated.iter().flat_map(|(id, rows)| {
        let channels = rows.iter().map(|held| &held.row.fees);
        channels.map(move |channel| (channel, &id.board_id))
    });
    for (channel, id) in vendor.chain(curated) {
        for day in channel.term_edges().filter(|day| bounds.reaches(*day)) {
            boards.entry(day).or_default().insert(id.clone());
        }
    }
    boards
}

/// The first version that shows `day` or a later one; `None` when none does yet.
async fn load_first_version_of(
    connection: &mut SqliteConnection,
    day: NaiveDate,
) -> Result<Option<i64>, StoreError> {
    let version = sqlx::query_scalar(
        "SELECT version
         FROM catalog_versions
         WHERE as_of >= ?
         ORDER BY as_of, version
         LIMIT 1",
    )
    .bind(day.to_string())
    .fetch_optional(connection)
    .await?;
    Ok(version)
}
