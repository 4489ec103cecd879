//! A database that an earlier programme really left, brought up to date while somebody kills.

use std::time::Duration;

use super::past::{Schema, newest_schema};
use crate::numbered::{Dice, Programme, Scene};
use crate::span::Span;

/// The database, as the programme left it when there were four changes to the schema.
const SCHEMA_4: &str = include_str!("../../data/schema_4.sql");
/// How many programmes are killed at least.
const KILLS: u32 = 30;
/// How many are, until one was killed before the change counted and one after it.
const KILLS_AT_MOST: u32 = 300;

async fn earlier() -> Scene {
    let scene = Scene::new().await;
    scene.change(SCHEMA_4).await;
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_an_earlier_programme_says_what_it_said() {
    let scene = earlier().await;
    scene.run_ok(&["verify"]).await;
    let schema = Schema::of(&scene).await;
    assert_eq!(schema.changes, newest_schema() as i64);
    let quote = scene.run(&["quote", "1001", "--json"]).await;
    let first = r#""due_at_signup": "225.00""#;
    assert!(quote.log.contains(first), "{}", quote.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_killed_while_it_changes_the_schema_has_changed_all_or_nothing() {
    let earlier = earlier().await;
    let old = Schema::of(&earlier).await;
    let today = earlier.twin();
    today.run_ok(&["runs"]).await;
    let new = Schema::of(&today).await;

    let (mut dice, mut span) = (Dice::new(8), Span::of(Duration::from_millis(60)));
    let (mut killed, mut too_soon) = (0, 0);
    while killed < KILLS || !(1..killed).contains(&too_soon) {
        assert!(killed < KILLS_AT_MOST, "{too_soon} of {killed}");
        let scene = earlier.twin();
        let process = Programme::start(scene.command(&["runs"]));
        tokio::time::sleep(span.moment(&mut dice)).await;
        let was_killed = process.kill_or_end().await.is_none();
        let left = Schema::of(&scene).await;
        assert!(left == old || left == new, "half a change: {left:?}");
        killed += u32::from(was_killed);
        too_soon += u32::from(left == old);
        span.correct(left == new);
        scene.run_ok(&["verify"]).await;
        assert_eq!(Schema::of(&scene).await, new);
    }
    println!("{killed} killed in a schema change, {too_soon} of them before it counted");
}
