//! The audit on a real file: in the transaction of what it tells of, and any change to it found.

use sqlx::{Connection, Row};

use super::*;
use crate::domain::audit::{Action, Actor, Deed};
use crate::domain::token::TokenId;
use crate::store::audit::check_chain;

fn deed(number: i64) -> Deed {
    let token: TokenId = "a1B2c3D4".parse().unwrap();
    Deed {
        at: DateTime::UNIX_EPOCH + TimeDelta::milliseconds(number),
        actor: Actor {
            name: format!("token:{token} (editor {number})"),
            token: Some(token),
            request_id: Some("5f2b0c9a41d7e836".to_owned()),
        },
        action: Action::EntryChanged,
        subject: "12/direct".to_owned(),
        before: Some(format!("{{\"amount\":\"{number}.00\"}}")),
        after: Some("{\"amount\":\"20.00\"}".to_owned()),
        version: CatalogVersion::new(number),
    }
}

async fn audited() -> Scratch {
    let scratch = Scratch::new().await;
    for number in 1..=3 {
        scratch.store.record_deed(deed(number)).await.unwrap();
    }
    scratch
}

#[tokio::test]
async fn records_come_newest_first_and_are_as_they_were_written() {
    let scratch = audited().await;
    let records = scratch.store.list_audit(2, None).await.unwrap();
    let written: Vec<Deed> = records.iter().map(|record| record.deed.clone()).collect();
    assert_eq!(written, [deed(3), deed(2)]);
    let rest = scratch.store.list_audit(2, Some(2)).await.unwrap();
    assert_eq!((rest.len(), rest[0].id), (1, 1));
    let problems = scratch.store.check_integrity().await.unwrap();
    assert_eq!(problems, Vec::<String>::new());
}

#[tokio::test]
async fn a_record_is_never_changed_nor_taken_away() {
    let scratch = audited().await;
    let mut raw = scratch.raw().await;
    for sql in [
        "UPDATE audit SET actor = 'nobody' WHERE record_id = 2",
        "DELETE FROM audit WHERE record_id = 3",
        "REPLACE INTO audit SELECT * FROM audit WHERE record_id = 1",
    ] {
        let refused = sqlx::query(sql).execute(&mut raw).await.unwrap_err();
        assert!(
            refused.to_string().contains("the audit is never"),
            "{sql}: {refused}"
        );
    }
}

/// Every byte of every value, every row taken out, two rows exchanged: past the triggers.
#[tokio::test]
async fn whatever_is_altered_is_found() {
    let scratch = audited().await;
    let mut raw = scratch.raw().await;
    for trigger in ["changed", "shortened", "replaced"] {
        let sql = format!("DROP TRIGGER audit_is_never_{trigger}");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut raw)
            .await
            .unwrap();
    }
    let columns = "record_id at_ms actor token_id request_id action subject before after version previous hash";
    let mut altered = 0;
    for record in 1..=3_i64 {
        for column in columns.split(' ') {
            let select =
                format!("SELECT CAST(\"{column}\" AS TEXT) FROM audit WHERE record_id = ?");
            let row = sqlx::query(sqlx::AssertSqlSafe(select)).bind(record);
            let value: String = row.fetch_one(&mut raw).await.unwrap().get(0);
            for position in 0..value.len() {
                let mut bytes = value.clone().into_bytes();
                bytes[position] = if bytes[position] == b'7' { b'8' } else { b'7' };
                let other = String::from_utf8(bytes).unwrap();
                assert_found(&mut raw, column, record, &other).await;
                altered += 1;
            }
        }
        let gone = format!("DELETE FROM audit WHERE record_id = {record}");
        assert_found_after(&mut raw, &gone).await;
    }
    assert!(altered > 600, "{altered}");
    let exchanged = "UPDATE audit SET subject = 'x' WHERE record_id = 1; UPDATE audit_end SET record_id = 2, hash = (SELECT hash FROM audit WHERE record_id = 2)";
    assert_found_after(&mut raw, exchanged).await;
    assert_found_after(&mut raw, "DELETE FROM audit_end").await;
    assert_eq!(
        scratch.store.check_integrity().await.unwrap(),
        Vec::<String>::new()
    );
}

async fn assert_found(raw: &mut SqliteConnection, column: &str, record: i64, value: &str) {
    let value = value.replace('\'', "''");
    let sql = format!("UPDATE audit SET \"{column}\" = '{value}' WHERE record_id = {record}");
    assert_found_after(raw, &sql).await;
}

/// Alters the file by `sql`, looks whether that is found, and puts it back.
async fn assert_found_after(raw: &mut SqliteConnection, sql: &str) {
    let savepoint = "CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT * FROM audit; CREATE TEMP TABLE IF NOT EXISTS kept_end AS SELECT * FROM audit_end";
    sqlx::raw_sql(savepoint).execute(&mut *raw).await.unwrap();
    let mut transaction = raw.begin().await.unwrap();
    let statement = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(statement)
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let problems = check_chain(raw).await.unwrap();
    assert!(!problems.is_empty(), "nothing was found after {sql}");
    let back = "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DELETE FROM audit_end; INSERT INTO audit_end SELECT * FROM kept_end";
    sqlx::raw_sql(back).execute(&mut *raw).await.unwrap();
}
