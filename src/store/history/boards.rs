//! The ids of the boards that anything is recorded about: of all, or of those that a stretch may have changed.
//!
//! They stay texts here: they only go into the next statement, and a wrong one is named where its row is read.

use sqlx::SqliteConnection;

use super::bounds::Bounds;
use crate::store::StoreError;
use crate::store::json_rows::load_json_rows;

/// Every board that a row was ever kept of.
///
/// A vendor's board always has a row that holds. Of the curated entries, which come and go, the ids are found by jumps
/// from one to the next, past the many rows that one may have.
pub(super) async fn load_all_boards(
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, StoreError> {
    let query = sqlx::query_scalar(
        "WITH RECURSIVE curated (board_id) AS (
            SELECT MIN(board_id) FROM curated_entries
            UNION ALL
            SELECT (SELECT MIN(board_id) FROM curated_entries WHERE board_id > curated.board_id)
            FROM curated
            WHERE curated.board_id IS NOT NULL)
         SELECT json_group_array(board_id)
         FROM (
            SELECT board_id FROM curated WHERE board_id IS NOT NULL
            UNION
            SELECT board_id FROM vendor_boards WHERE to_version IS NULL)",
    );
    load_json_rows(connection, query).await
}

/// Every board that a curated entry holds of.
pub(super) async fn load_curated_boards(
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, StoreError> {
    let query = sqlx::query_scalar(
        "SELECT json_group_array(board_id)
         FROM (SELECT DISTINCT board_id FROM curated_entries WHERE to_version IS NULL)",
    );
    load_json_rows(connection, query).await
}

/// The boards of which rows came in or went out in the stretch, or terms began or ended.
pub(super) async fn load_changed_boards(
    connection: &mut SqliteConnection,
    bounds: &Bounds,
) -> Result<Vec<String>, StoreError> {
    let mut ids: Vec<String> = sqlx::query_scalar(
        "SELECT board_id FROM vendor_boards WHERE from_version > ?1 AND from_version <= ?2
         UNION
         SELECT board_id FROM vendor_boards WHERE to_version > ?1 AND to_version <= ?2
         UNION
         SELECT board_id FROM curated_entries WHERE from_version > ?1 AND from_version <= ?2
         UNION
         SELECT board_id FROM curated_entries WHERE to_version > ?1 AND to_version <= ?2",
    )
    .bind(bounds.after)
    .bind(bounds.through)
    .fetch_all(&mut *connection)
    .await?;
    ids.extend(load_boards_with_due_terms(connection, bounds).await?);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The boards of which terms begin or end on a day that the stretch goes past, forwards or backwards.
async fn load_boards_with_due_terms(
    connection: &mut SqliteConnection,
    bounds: &Bounds,
) -> Result<Vec<String>, StoreError> {
    let days: (Option<String>, Option<String>) = sqlx::query_as(
        "SELECT MIN(as_of), MAX(as_of)
         FROM catalog_versions
         WHERE version >= ? AND version <= ?",
    )
    .bind(bounds.first_to_read())
    .bind(bounds.through)
    .fetch_one(&mut *connection)
    .await?;
    let (Some(earliest), Some(latest)) = days else {
        return Ok(Vec::new());
    };
    if earliest == latest {
        return Ok(Vec::new());
    }
    // The fees come first: few have such a day.
    let ids = sqlx::query_scalar(
        "SELECT held.board_id
         FROM vendor_fees AS fees CROSS JOIN vendor_boards AS held ON held.row_id = fees.parent_row
         WHERE fees.effective_from > ?3 AND fees.effective_from <= ?4
            AND held.from_version <= ?2 AND (held.to_version IS NULL OR held.to_version > ?1)
         UNION
         SELECT held.board_id
         FROM vendor_fees AS fees CROSS JOIN vendor_boards AS held ON held.row_id = fees.parent_row
         WHERE fees.effective_to > ?3 AND fees.effective_to <= ?4
            AND held.from_version <= ?2 AND (held.to_version IS NULL OR held.to_version > ?1)
         UNION
         SELECT held.board_id
         FROM curated_fees AS fees CROSS JOIN curated_entries AS held ON held.row_id = fees.parent_row
         WHERE fees.effective_from > ?3 AND fees.effective_from <= ?4
            AND held.from_version <= ?2 AND (held.to_version IS NULL OR held.to_version > ?1)
         UNION
         SELECT held.board_id
         FROM curated_fees AS fees CROSS JOIN curated_entries AS held ON held.row_id = fees.parent_row
         WHERE fees.effective_to > ?3 AND fees.effective_to <= ?4
            AND held.from_version <= ?2 AND (held.to_version IS NULL OR held.to_version > ?1)",
    )
    .bind(bounds.after)
    .bind(bounds.through)
    .bind(earliest)
    .bind(latest)
    .fetch_all(connection)
    .await?;
    Ok(ids)
}
