//! R8: a database of an earlier schema, whose migration is killed half-way; and one of a later schema.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::numbered::{Dice, Programme, Scene};

/// A database as the programme left it when its schema had four migrations.
const SCHEMA_4: &str = include_str!("../data/schema_4.sql");

async fn connect(file: &Path, create: bool) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(create)
        // Tables are filled in the order of their names.
        .foreign_keys(false);
    options.connect().await.unwrap()
}

/// Writes that database into `file`.
pub(crate) async fn create_schema_4(file: &Path) {
    let mut connection = connect(file, true).await;
    sqlx::raw_sql(SCHEMA_4)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// How many migrations `file` has.
pub(crate) async fn applied(file: &Path) -> i64 {
    let mut connection = connect(file, false).await;
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations");
    let count = count.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    count
}

/// The schema as SQL.
async fn schema(file: &Path) -> Vec<String> {
    let mut connection = connect(file, false).await;
    let sql =
        sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
    let sql = sql.fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    sql
}

#[tokio::test]
async fn an_earlier_database_is_brought_up_to_date_and_says_what_it_said() {
    let scene = Scene::new().await;
    create_schema_4(&scene.database()).await;
    scene.run_ok(&["verify"]).await;
    assert!(applied(&scene.database()).await > 4);
    let quote = scene.run(&["quote", "1001", "--json"]).await;
    let first = r#""due_at_signup": "225.00""#;
    assert!(quote.log.contains(first), "{}", quote.log);
}

#[tokio::test]
async fn a_migration_killed_half_way_is_all_there_or_not_at_all() {
    let scene = Scene::new().await;
    create_schema_4(&scene.database()).await;
    let old = schema(&scene.database()).await;
    let before = std::fs::read(scene.database()).unwrap();
    scene.run_ok(&["runs"]).await;
    let new = schema(&scene.database()).await;
    let mut dice = Dice::new(8);
    let (mut killed, mut half_way) = (0, 0);
    while killed < 20 {
        std::fs::write(scene.database(), &before).unwrap();
        let migrating = Programme::start(scene.command(&["runs"]));
        tokio::time::sleep(Duration::from_micros(dice.below(60_000))).await;
        killed += u32::from(migrating.kill_or_end().await.is_none());
        let found = schema(&scene.database()).await;
        assert!(found == old || found == new, "half a migration");
        half_way += u32::from(found == old);
        scene.run_ok(&["verify"]).await;
        assert_eq!(schema(&scene.database()).await, new);
    }
    println!("{killed} killed, {half_way} of them before the new schema was there");
}

#[tokio::test]
async fn an_old_programme_leaves_a_newer_database_as_it_is() {
    let scene = Scene::new().await;
    scene.run_ok(&["sync"]).await;
    let mut connection = connect(&scene.database(), false).await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'of the future', 1, x'00', 1)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let before = std::fs::read(scene.database()).unwrap();
    for arguments in [
        &["serve"][..],
        &["sync"],
        &["verify"],
        &["runs"],
        &["curated", "export"],
    ] {
        let ended = scene.run(arguments).await;
        assert_eq!(ended.status.code(), Some(4), "{arguments:?}: {ended:?}");
        assert!(ended.log.contains("newer"), "{arguments:?}: {}", ended.log);
        let after = std::fs::read(scene.database()).unwrap();
        assert!(after == before, "{arguments:?} changed the file");
        assert!(
            !scene.path("test.db-wal").exists(),
            "{arguments:?} left a log"
        );
    }
}
