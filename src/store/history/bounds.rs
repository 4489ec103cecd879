//! From where to where a stretch goes.

use sqlx::SqliteConnection;

use super::Part;
use crate::domain::board::BoardId;
use crate::domain::version::CatalogVersion;
use crate::store::StoreError;

/// The most versions of a stretch over all boards, so that many versions that changed nothing are no burden either.
const MAX_VERSIONS: i64 = 512;

/// The limits of a stretch.
#[derive(Debug)]
pub(super) struct Bounds {
    /// The oldest version that is kept; `None` before the first.
    pub(super) oldest: Option<CatalogVersion>,
    /// The newest version; `None` before the first.
    pub(super) newest: Option<CatalogVersion>,
    /// The last version before the stretch.
    pub(super) after: i64,
    /// The last version of the stretch.
    pub(super) through: i64,
}

impl Bounds {
    pub(super) fn is_empty(&self) -> bool {
        self.through <= self.after
    }

    /// The oldest version, if the stretch has it and there were earlier ones: nobody knows any more what it changed.
    pub(super) fn first_of_the_kept(&self) -> Option<i64> {
        let oldest = self.oldest.map(CatalogVersion::get);
        oldest.filter(|oldest| *oldest > 1 && self.contains(*oldest))
    }

    /// The first version whose rows are to be read: the one before the stretch, where it is kept.
    pub(super) fn first_to_read(&self) -> i64 {
        self.oldest
            .map_or(self.after, |oldest| self.after.max(oldest.get()))
    }

    /// Whether the stretch has the version `number`.
    pub(super) fn contains(&self, number: i64) -> bool {
        self.after < number && number <= self.through
    }
}

pub(super) async fn load_bounds(
    connection: &mut SqliteConnection,
    part: &Part,
    rows: i64,
) -> Result<Bounds, StoreError> {
    let (oldest, newest): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT
            (SELECT MIN(version) FROM catalog_versions WHERE pruned_at_ms IS NULL),
            (SELECT MAX(version) FROM catalog_versions)",
    )
    .fetch_one(&mut *connection)
    .await?;
    let (first, last) = (oldest.unwrap_or(1), newest.unwrap_or(0));
    let (after, through) = match part {
        Part::After { after, .. } if *after >= last => (*after, *after),
        Part::After { after, board } => {
            // What was pruned is passed over.
            let after = (*after).max(first - 1);
            let through = match board {
                Some(board) => nth_version_after(connection, board, after, rows).await?,
                None => last_version(connection, after, rows).await?,
            };
            (after, through.unwrap_or(last))
        }
        Part::Before { before, board } => {
            let through = before.saturating_sub(1).min(last);
            let begin = nth_version_before(connection, board, through, rows).await?;
            (begin.unwrap_or(first).max(first) - 1, through)
        }
    };
    Ok(Bounds {
        oldest: oldest.and_then(CatalogVersion::new),
        newest: newest.and_then(CatalogVersion::new),
        after,
        through,
    })
}

/// The version with which `rows` rows have changed since `after`, or else the last one that fits into a stretch; `None`
/// when there is none.
async fn last_version(
    connection: &mut SqliteConnection,
    after: i64,
    rows: i64,
) -> Result<Option<i64>, StoreError> {
    let counted: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT version,
            (SELECT COUNT(*) FROM vendor_boards WHERE from_version = version)
            + (SELECT COUNT(*) FROM curated_entries WHERE from_version = version)
            + (SELECT COUNT(*) FROM curated_entries WHERE to_version = version)
         FROM catalog_versions
         WHERE version > ?
         ORDER BY version
         LIMIT ?",
    )
    .bind(after)
    .bind(rows.min(MAX_VERSIONS))
    .fetch_all(connection)
    .await?;
    let mut total: i64 = 0;
    let enough = counted.iter().find(|(_, count)| {
        total = total.saturating_add(*count);
        total >= rows
    });
    let last = enough.or(counted.last());
    Ok(last.map(|(version, _)| *version))
}

/// The version with which rows of `board` have changed for the `nth` time since `after`; `None` when there are fewer.
async fn nth_version_after(
    connection: &mut SqliteConnection,
    board: &BoardId,
    after: i64,
    nth: i64,
) -> Result<Option<i64>, StoreError> {
    let found = sqlx::query_scalar(
        "SELECT from_version FROM vendor_boards WHERE board_id = ?1 AND from_version > ?2
         UNION
         SELECT from_version FROM curated_entries WHERE board_id = ?1 AND from_version > ?2
         UNION
         SELECT to_version FROM curated_entries WHERE board_id = ?1 AND to_version > ?2
         ORDER BY 1
         LIMIT 1 OFFSET ?3",
    )
    .bind(board.as_str())
    .bind(after)
    .bind(nth - 1)
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// The same backwards, from `through`.
async fn nth_version_before(
    connection: &mut SqliteConnection,
    board: &BoardId,
    through: i64,
    nth: i64,
) -> Result<Option<i64>, StoreError> {
    let found = sqlx::query_scalar(
        "SELECT from_version FROM vendor_boards WHERE board_id = ?1 AND from_version <= ?2
         UNION
         SELECT from_version FROM curated_entries WHERE board_id = ?1 AND from_version <= ?2
         UNION
         SELECT to_version FROM curated_entries WHERE board_id = ?1 AND to_version <= ?2
         ORDER BY 1 DESC
         LIMIT 1 OFFSET ?3",
    )
    .bind(board.as_str())
    .bind(through)
    .bind(nth - 1)
    .fetch_optional(connection)
    .await?;
    Ok(found)
}
