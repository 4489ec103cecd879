//! The floors: what fetching, reading and writing cost when nothing else is done.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use crate::invented;
use crate::vendor::Vendor;

/// How long the vendor's list takes to arrive, by the client that the service uses.
pub(crate) async fn fetch(client: &reqwest::Client, vendor: &Vendor) -> Duration {
    let begun = Instant::now();
    let mut answer = client.get(vendor.url()).send().await.unwrap();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    let time = begun.elapsed();
    assert_eq!(body.len(), vendor.list().len());
    time
}

/// How long the vendor's list takes to be read into borrowed fields.
pub(crate) fn parse(vendor: &Vendor) -> Duration {
    let list = vendor.list();
    let begun = Instant::now();
    let boards = invented::parse_borrowed(&list);
    let time = begun.elapsed();
    assert!(boards > 0);
    time
}

/// How long one transaction takes that brings the database `before` to the newest version of `after`: SQLite alone,
/// the same rows, as durable, no value bound and no row built.
pub(crate) async fn write(before: &Path, after: &Path) -> Duration {
    let mut connection = open(before).await;
    let attach = format!("ATTACH 'file:{}?mode=ro' AS after", after.display());
    for statement in [
        "PRAGMA temp_store = MEMORY",
        &attach,
        "CREATE TEMP TABLE version AS SELECT MAX(version) AS number FROM after.catalog_versions",
        "CREATE TEMP TABLE runs AS SELECT * FROM after.sync_runs WHERE version = (SELECT number FROM version)",
        "CREATE TEMP TABLE heads AS SELECT * FROM after.catalog_versions WHERE version = (SELECT number FROM version)",
        "CREATE TEMP TABLE boards AS SELECT * FROM after.vendor_boards WHERE from_version = (SELECT number FROM version)",
        "CREATE TEMP TABLE fees AS SELECT * FROM after.vendor_fees WHERE parent_row IN (SELECT row_id FROM boards)",
    ] {
        execute(&mut connection, statement).await;
    }
    let begun = Instant::now();
    for statement in [
        "BEGIN IMMEDIATE",
        "INSERT INTO sync_runs SELECT * FROM runs",
        "INSERT INTO catalog_versions SELECT * FROM heads",
        "UPDATE vendor_boards SET to_version = (SELECT number FROM version) WHERE to_version IS NULL",
        "INSERT INTO vendor_boards SELECT * FROM boards",
        "INSERT INTO vendor_fees SELECT * FROM fees",
        "COMMIT",
    ] {
        execute(&mut connection, statement).await;
    }
    let time = begun.elapsed();
    connection.close().await.unwrap();
    time
}

async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    options.connect().await.unwrap()
}

async fn execute(connection: &mut SqliteConnection, statement: &str) {
    let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
    statement.execute(connection).await.unwrap();
}

/// The tables in which the database `after` has other rows than `before`, and how many are new or gone.
pub(crate) async fn differences(before: &Path, after: &Path) -> Vec<(String, i64)> {
    let mut connection = open(before).await;
    let attach = format!("ATTACH 'file:{}?mode=ro' AS after", after.display());
    execute(&mut connection, &attach).await;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let mut found = Vec::new();
    for table in tables {
        let one_way = |from: &str, to: &str| {
            format!(
                "SELECT COUNT(*) FROM (SELECT * FROM {from}.\"{table}\" EXCEPT SELECT * FROM {to}.\"{table}\")"
            )
        };
        let both = format!(
            "SELECT ({}) + ({})",
            one_way("main", "after"),
            one_way("after", "main")
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(both))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        if rows > 0 {
            found.push((table, rows));
        }
    }
    connection.close().await.unwrap();
    found
}
