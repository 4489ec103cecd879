//! Tables `candidates` and `candidate_boards`: what runs found and did not publish.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::SqliteConnection;

use super::StoreError;
use super::fees::{CANDIDATE_FEES, FeesOfRow, load_candidate_fees, record_fees};
use super::json_rows::load_json_rows;
use super::place::Place;
use super::vendor_word::{
    VendorWordRow, bind_vendor_word, check_vendor_word, vendor_word_columns, vendor_word_json,
    vendor_word_places,
};
use crate::domain::board::{BoardId, Channel};
use crate::domain::candidate::{Candidate, CandidateBoard};
use crate::failpoint::failpoint;

const TABLE: &str = "candidate_boards";

/// Runs in quarantine whose candidates are kept while nobody decides: a vendor that lies for a week fills no disk.
const KEPT_IN_QUARANTINE: i64 = 10;

#[derive(Deserialize)]
struct CandidateRow {
    row_id: i64,
    repeats: u32,
    word: VendorWordRow,
}

impl CandidateRow {
    fn into_domain(self, fees: FeesOfRow) -> Result<CandidateBoard, StoreError> {
        let board_id = self.word.board_id.clone();
        let place = Place {
            table: TABLE,
            row: Some(self.row_id),
            key: &board_id,
        };
        Ok(CandidateBoard {
            row: self.word.into_row(fees, place)?,
            repeats: self.repeats,
        })
    }
}

/// Loads what the run `run_id` did not publish; `None` when there is nothing, or no longer.
pub(super) async fn load_candidate(
    connection: &mut SqliteConnection,
    run_id: i64,
) -> Result<Option<Candidate>, StoreError> {
    let hash: Option<String> = sqlx::query_scalar("SELECT hash FROM candidates WHERE run_id = ?")
        .bind(run_id)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(hash) = hash else {
        return Ok(None);
    };
    let place = Place {
        table: "candidates",
        row: Some(run_id),
        key: "run",
    };
    let hash = place.parse("hash", &hash)?;
    let boards = load_boards(connection, run_id).await?;
    Ok(Some(Candidate { hash, boards }))
}

async fn load_boards(
    connection: &mut SqliteConnection,
    run_id: i64,
) -> Result<Vec<CandidateBoard>, StoreError> {
    let mut fees = load_candidate_fees(connection, run_id).await?;
    let query = sqlx::query_scalar(concat!(
        "SELECT json_group_array(json_array(row_id, repeats, ",
        vendor_word_json!(),
        ") ORDER BY row_id)
         FROM candidate_boards
         WHERE run_id = ?"
    ));
    let mut boards = Vec::new();
    for row in load_json_rows::<CandidateRow>(connection, query.bind(run_id)).await? {
        let row_id = row.row_id;
        boards.push(row.into_domain(fees.take(row_id))?);
    }
    Ok(boards)
}

/// Loads what is held back now: the candidate of the newest run that confirms the catalog, if that run holds values.
pub(super) async fn load_held_back(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<BoardId, CandidateBoard>, StoreError> {
    let newest: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(run_id)
         FROM sync_runs
         WHERE outcome IN ('published', 'unchanged', 'held', 'approved')",
    )
    .fetch_one(&mut *connection)
    .await?;
    let Some(newest) = newest else {
        return Ok(BTreeMap::new());
    };
    let candidate = load_candidate(connection, newest).await?;
    let boards = candidate.map_or_else(Vec::new, |candidate| candidate.boards);
    Ok(boards
        .into_iter()
        .map(|board| (board.id().clone(), board))
        .collect())
}

/// Records what the run `run_id` did not publish.
pub(super) async fn record_candidate(
    connection: &mut SqliteConnection,
    run_id: i64,
    candidate: &Candidate,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO candidates (run_id, hash) VALUES (?, ?)")
        .bind(run_id)
        .bind(candidate.hash.to_string())
        .execute(&mut *connection)
        .await?;
    for board in &candidate.boards {
        record_board(connection, run_id, board).await?;
        failpoint!("run::candidate_row");
    }
    Ok(())
}

async fn record_board(
    connection: &mut SqliteConnection,
    run_id: i64,
    board: &CandidateBoard,
) -> Result<(), StoreError> {
    check_vendor_word(&board.row, TABLE)?;
    let statement = sqlx::query(concat!(
        "INSERT INTO candidate_boards (run_id, repeats, ",
        vendor_word_columns!(),
        ")
         VALUES (?, ?, ",
        vendor_word_places!(),
        ")"
    ))
    .bind(run_id)
    .bind(board.repeats);
    let row_id = bind_vendor_word(statement, &board.row)
        .execute(&mut *connection)
        .await?
        .last_insert_rowid();
    let vendor = &board.row.board;
    for (channel, fees) in [
        (Channel::PassThrough, vendor.pass_through.fees()),
        (Channel::Direct, vendor.direct.fees()),
    ] {
        record_fees(connection, &CANDIDATE_FEES, row_id, channel, fees).await?;
    }
    Ok(())
}

/// Drops the candidates that the run `newest` has made out of date: the values that earlier runs held back, and the
/// oldest of those in quarantine.
///
/// `confirms` says whether that run saw the vendor's whole and plausible list.
pub(super) async fn drop_superseded(
    connection: &mut SqliteConnection,
    newest: i64,
    confirms: bool,
) -> Result<(), StoreError> {
    let superseded: Vec<i64> = sqlx::query_scalar(
        "SELECT candidates.run_id
         FROM candidates
         JOIN sync_runs USING (run_id)
         WHERE candidates.run_id < ?1
         AND ((outcome = 'held' AND ?2)
            OR (outcome = 'quarantined' AND (
                SELECT COUNT(*)
                FROM candidates AS later
                JOIN sync_runs AS later_run USING (run_id)
                WHERE later.run_id > candidates.run_id AND later_run.outcome = 'quarantined') >= ?3))",
    )
    .bind(newest)
    .bind(confirms)
    .bind(KEPT_IN_QUARANTINE)
    .fetch_all(&mut *connection)
    .await?;
    for run_id in superseded {
        drop_candidate(connection, run_id).await?;
    }
    Ok(())
}

/// Drops the candidate of the run `run_id`, if it has one.
pub(super) async fn drop_candidate(
    connection: &mut SqliteConnection,
    run_id: i64,
) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM candidate_fees WHERE parent_row IN (SELECT row_id FROM candidate_boards WHERE run_id = ?1)",
        "DELETE FROM candidate_boards WHERE run_id = ?1",
        "DELETE FROM candidates WHERE run_id = ?1",
    ] {
        sqlx::query(statement)
            .bind(run_id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
