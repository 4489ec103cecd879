//! Stretches of history: some versions in a row, and everything it takes to say what they changed.
//!
//! | file | what it is |
//! | --- | --- |
//! | `bounds` | from where to where a stretch goes |
//! | `boards` | the boards that its versions may have changed |
//! | `steps` | those versions, each with its boards |

mod boards;
mod bounds;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sqlx::SqliteConnection;

use self::bounds::Bounds;
use super::curated_entries::load_curated_entries;
use super::vendor_boards::{load_open_vendor_boards, load_vendor_boards};
use super::window::{Held, Window};
use super::{NEWEST, StoreError};
use crate::domain::board::{BoardId, Channel, VendorRow};
use crate::domain::curated::{CuratedEntry, EntryId};
use crate::domain::merge::Sources;
use crate::domain::rows::SourceRows;
use crate::domain::version::{CatalogVersion, VersionHead};

/// Where a stretch begins, which way it goes, and the boards of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Forwards.
    After {
        /// The last version before the stretch; 0 is before the first.
        after: i64,
        /// The only board of interest; `None` for all.
        board: Option<BoardId>,
    },
    /// Backwards, of one board.
    Before {
        /// The first version after the stretch; [`i64::MAX`] is after the newest.
        before: i64,
        /// The only board of interest.
        board: BoardId,
    },
}

impl Part {
    fn board(&self) -> Option<&BoardId> {
        match self {
            Part::After { board, .. } => board.as_ref(),
            Part::Before { board, .. } => Some(board),
        }
    }
}

/// One version that may have changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The version.
    pub head: VersionHead,
    /// The day of the version before it; `None` for the oldest that is kept, which is compared with nothing.
    pub as_of_before: Option<NaiveDate>,
    /// The boards that may differ from the version before.
    pub boards: BTreeSet<BoardId>,
}

/// Some versions in a row.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// The oldest version that is kept; `None` before the first.
    pub oldest: Option<CatalogVersion>,
    /// The newest version; `None` before the first.
    pub newest: Option<CatalogVersion>,
    /// The last version before the stretch; 0 where it begins with the first. Later than asked for where versions were
    /// pruned.
    pub after: i64,
    /// The last version of the stretch; equal to `after` where there is none.
    pub through: i64,
    /// The versions that may have changed something, oldest first.
    pub steps: Vec<Step>,
    vendor: BTreeMap<BoardId, Vec<Held<VendorRow>>>,
    curated: BTreeMap<EntryId, Vec<Held<CuratedEntry>>>,
}

impl Stretch {
    /// Everything recorded about `board` in the version `number`, which is one of the stretch or the one before it;
    /// nothing where no step names the board.
    pub fn sources(&self, board: &BoardId, number: i64) -> Sources<'_> {
        let entry = |channel| {
            let board_id = board.clone();
            held_in(&self.curated, &EntryId { board_id, channel }, number)
        };
        Sources {
            vendor: held_in(&self.vendor, board, number),
            pass_through: entry(Channel::PassThrough),
            direct: entry(Channel::Direct),
        }
    }

    fn empty(bounds: &Bounds) -> Stretch {
        Stretch {
            oldest: bounds.oldest,
            newest: bounds.newest,
            after: bounds.after,
            through: bounds.through,
            steps: Vec::new(),
            vendor: BTreeMap::new(),
            curated: BTreeMap::new(),
        }
    }
}

fn held_in<'a, K: Ord, T>(
    rows: &'a BTreeMap<K, Vec<Held<T>>>,
    key: &K,
    number: i64,
) -> Option<&'a T> {
    let rows = rows.get(key)?;
    // In order: the row that holds is the last one that had come in by then, if it has not gone out.
    let came_in = rows.partition_point(|held| held.from.get() <= number);
    let last = rows[..came_in].last()?;
    last.holds_in(number).then_some(&last.row)
}

/// Loads a stretch, in a dozen queries that cost what they return.
pub(super) async fn load_stretch(
    connection: &mut SqliteConnection,
    part: Part,
    rows: usize,
) -> Result<Stretch, StoreError> {
    let rows = i64::try_from(rows.max(1)).unwrap_or(i64::MAX);
    let bounds = bounds::load_bounds(connection, &part, rows).await?;
    let mut stretch = Stretch::empty(&bounds);
    if bounds.is_empty() {
        return Ok(stretch);
    }
    let changed = match part.board() {
        Some(board) => vec![board.to_string()],
        None if bounds.first_of_the_kept().is_some() => boards::load_all_boards(connection).await?,
        None => boards::load_changed_boards(connection, &bounds).await?,
    };
    let window = Window::new(bounds.first_to_read(), bounds.through, &changed);
    for held in load_vendor_boards(connection, &window).await? {
        let id = held.row.board.facts.id.clone();
        stretch.vendor.entry(id).or_default().push(held);
    }
    for held in load_curated_entries(connection, &window).await? {
        let id = held.row.id.clone();
        stretch.curated.entry(id).or_default().push(held);
    }
    stretch.steps = steps::load_steps(connection, &bounds, &stretch).await?;
    Ok(stretch)
}

/// Loads every row that belongs to the version `number`; to the newest when there is none of that number yet.
pub(super) async fn load_rows(
    connection: &mut SqliteConnection,
    number: i64,
) -> Result<SourceRows, StoreError> {
    let (vendor, window) = match number {
        NEWEST => {
            let curated = boards::load_curated_boards(connection).await?;
            let vendor = load_open_vendor_boards(connection).await?;
            (vendor, Window::new(number, number, &curated))
        }
        _ => {
            let boards = boards::load_all_boards(connection).await?;
            let window = Window::new(number, number, &boards);
            (load_vendor_boards(connection, &window).await?, window)
        }
    };
    let curated = load_curated_entries(connection, &window).await?;
    let vendor = vendor.into_iter().filter(|held| held.holds_in(number));
    let curated = curated.into_iter().filter(|held| held.holds_in(number));
    Ok(SourceRows {
        vendor: vendor
            .map(|held| (held.row.board.facts.id.clone(), held.row))
            .collect(),
        curated: curated
            .map(|held| (held.row.id.clone(), held.row))
            .collect(),
    })
}
