//! A database as an older programme left it.

use std::path::Path;

use sqlx::migrate::{Migrate, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use crate::numbered::Scene;

/// Every schema change there ever was, in order.
static MIGRATIONS: Migrator = sqlx::migrate!();
/// Where the file keeps which of them are applied.
const TABLE: &str = "_sqlx_migrations";

/// How many schema changes there are.
pub(super) fn newest_schema() -> usize {
    MIGRATIONS.iter().count()
}

/// A scene with the rows of the scene `today`, in a database that knows only the first `schema` changes; with none,
/// there is no file.
pub(super) async fn in_the_past(today: &Scene, schema: usize) -> Scene {
    let past = today.twin();
    let file = past.database();
    std::fs::remove_file(&file).unwrap();
    if schema > 0 {
        let mut connection = create(&file, schema).await;
        copy_rows(&mut connection, &today.database()).await;
        connection.close().await.unwrap();
    }
    past
}

async fn create(file: &Path, schema: usize) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(false)
        .journal_mode(SqliteJournalMode::Wal);
    let mut connection = options.connect().await.unwrap();
    connection.ensure_migrations_table(TABLE).await.unwrap();
    for migration in MIGRATIONS.iter().take(schema) {
        connection.apply(TABLE, migration).await.unwrap();
    }
    connection
}

/// Copies what the older tables have columns for.
async fn copy_rows(connection: &mut SqliteConnection, today: &Path) {
    sqlx::query("ATTACH ? AS today")
        .bind(today.to_str().unwrap())
        .execute(&mut *connection)
        .await
        .unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name
         FROM main.sqlite_schema
         WHERE type = 'table' AND name NOT IN ('_sqlx_migrations', 'sqlite_sequence')",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    for table in tables {
        let columns: String =
            sqlx::query_scalar("SELECT group_concat(name, ', ') FROM pragma_table_info(?, 'main')")
                .bind(&table)
                .fetch_one(&mut *connection)
                .await
                .unwrap();
        let copy = format!(
            "DELETE FROM main.{table};
             INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}"
        );
        sqlx::raw_sql(AssertSqlSafe(copy))
            .execute(&mut *connection)
            .await
            .unwrap();
    }
}

/// Which schema a file has: the number of changes made to it, and everything that they made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) changes: i64,
    objects: Vec<(String, Option<String>)>,
}

impl Schema {
    /// Reads that of the database of `scene`; where there is no file, and where nothing is in it, it is that of none.
    pub(super) async fn of(scene: &Scene) -> Schema {
        let none = Schema {
            changes: 0,
            objects: vec![],
        };
        if !scene.database().exists() {
            return none;
        }
        let options = SqliteConnectOptions::new().filename(scene.database());
        let mut connection = options.connect().await.unwrap();
        let objects: Vec<(String, Option<String>)> =
            sqlx::query_as("SELECT name, sql FROM sqlite_schema ORDER BY name")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let schema = match objects.is_empty() {
            true => none,
            false => Schema {
                changes: sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations")
                    .fetch_one(&mut connection)
                    .await
                    .unwrap(),
                objects,
            },
        };
        connection.close().await.unwrap();
        schema
    }
}
