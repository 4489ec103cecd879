//! The versions of a stretch that may have changed something, each with its boards.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::NaiveDate;
use sqlx::SqliteConnection;

use super::bounds::Bounds;
use super::{Step, Stretch};
use crate::domain::board::BoardId;
use crate::domain::version::VersionHead;
use crate::store::StoreError;
use crate::store::catalog_versions::load_heads;
use crate::store::place::Place;

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
    let by_day = boards_by_day(stretch);
    if !by_day.is_empty() {
        for turn in load_turns(connection, bounds).await? {
            let due = by_day.range(turn.days()).flat_map(|(_, boards)| boards);
            let mut due = due.cloned().peekable();
            if due.peek().is_some() {
                boards.entry(turn.version).or_default().extend(due);
            }
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

/// The boards whose terms begin or end on each day.
fn boards_by_day(stretch: &Stretch) -> BoardsByDay {
    let mut boards = BoardsByDay::new();
    let vendor = stretch.vendor.iter().flat_map(|(id, rows)| {
        let edges = rows.iter().map(|held| &held.row.board);
        let edges = edges.flat_map(|board| [&*board.pass_through, &*board.direct]);
        edges.map(move |channel| (channel, id))
    });
    let curated = stretch.curated.iter().flat_map(|(id, rows)| {
        let channels = rows.iter().map(|held| &held.row.fees);
        channels.map(move |channel| (channel, &id.board_id))
    });
    for (channel, id) in vendor.chain(curated) {
        for day in channel.term_edges() {
            boards.entry(day).or_default().insert(id.clone());
        }
    }
    boards
}

/// A version that shows another day than the one before it: mostly a later one, an earlier one where a clock that was
/// far ahead was put right.
struct Turn {
    version: i64,
    before: NaiveDate,
    after: NaiveDate,
}

impl Turn {
    /// The days whose terms show before and not after, or the other way round.
    fn days(&self) -> (Bound<NaiveDate>, Bound<NaiveDate>) {
        let (earlier, later) = (self.before.min(self.after), self.before.max(self.after));
        (Bound::Excluded(earlier), Bound::Included(later))
    }
}

async fn load_turns(
    connection: &mut SqliteConnection,
    bounds: &Bounds,
) -> Result<Vec<Turn>, StoreError> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT later.version, earlier.as_of, later.as_of
         FROM catalog_versions AS later
         JOIN catalog_versions AS earlier ON earlier.version = later.version - 1
         WHERE later.version > ? AND later.version <= ? AND later.as_of <> earlier.as_of",
    )
    .bind(bounds.first_to_read())
    .bind(bounds.through)
    .fetch_all(connection)
    .await?;
    let turn = |(version, before, after): (i64, String, String)| {
        let place = Place {
            table: "catalog_versions",
            row: Some(version),
            key: "version",
        };
        Ok(Turn {
            version,
            before: place.day("as_of", &before)?,
            after: place.day("as_of", &after)?,
        })
    };
    rows.into_iter().map(turn).collect()
}
