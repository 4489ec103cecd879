//! What the programme does with versions of other days: the clock is the machine's, so the past is made beforehand.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ptf_cache::clock::{Clock, SystemClock};
use serde_json::Value;

use crate::harness::World;
use crate::world::{self, board, monthly};

/// No vendor.
const NOBODY: &str = "http://127.0.0.1:9";

fn days_ago(days: i64) -> DateTime<Utc> {
    SystemClock.now() - TimeDelta::days(days)
}

/// A world whose board 1 was synced so many days ago, once at each price.
async fn synced(
    past: &[(i64, &str)],
    terms: impl Fn(&str) -> Vec<ptf_cache::domain::fee_text::FeeText>,
) -> World {
    let world = World::with_vendor(NOBODY);
    let made = world::World::new(Tz::UTC, "2020-01-01T00:00:00Z");
    let process = made.start().await;
    for (days, price) in past {
        made.clock.set(days_ago(*days));
        process.sync(vec![board("1", &terms(price))]).await;
    }
    process.store.close().await;
    std::fs::copy(made.database(), world.path("test.db")).unwrap();
    world
}

/// Board 1 at a price that rose by 5 the day before yesterday, as nobody has published since.
async fn with_due_terms() -> World {
    let rose_on = days_ago(2).date_naive().to_string();
    let terms = |price: &str| {
        let dearer = (price.parse::<u32>().unwrap() + 5).to_string();
        vec![
            monthly(price, None, Some(&rose_on)),
            monthly(&dearer, Some(&rose_on), None),
        ]
    };
    synced(&[(4, "20")], terms).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_was_down_over_midnight_begins_with_the_terms_of_today() {
    let world = with_due_terms().await;
    let service = world.serve();
    let first = service.get_ok("/v1/boards/options").await;
    assert_eq!(first["catalog_version"], 2);
    assert_eq!(first["options"][0]["fee_label"], "$25.00/mo");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_service_runs_a_sync_follows_the_calendar_even_if_it_fails() {
    let world = with_due_terms().await;
    let label = || {
        let boards: Value = serde_json::from_str(&world.run_ok(&["boards", "--json"])).unwrap();
        boards[0]["fee_label"].clone()
    };
    assert_eq!(label(), "$20.00/mo");
    assert_eq!(world.run(&["sync", "--dry-run"]).code, 1);
    assert_eq!(label(), "$20.00/mo", "a dry run changes nothing");
    assert_eq!(world.run(&["sync"]).code, 1);
    assert_eq!(label(), "$25.00/mo");
}

#[tokio::test(flavor = "multi_thread")]
async fn prune_says_what_goes_and_drops_it_when_it_is_no_dry_run() {
    let past = [(40, "10"), (30, "11"), (20, "12"), (1, "13")];
    let world = synced(&past, |price| vec![monthly(price, None, None)]).await;
    let prune = |arguments: &[&str]| world.run_ok(&[&["prune"], arguments].concat());
    let json = |arguments: &[&str]| {
        let printed = prune(&[arguments, &["--json"]].concat());
        serde_json::from_str::<Value>(&printed).unwrap()
    };

    let dry = prune(&["--keep-days", "15", "--dry-run"]);
    let gone = "would drop catalogs 1 to 2, with 2 rows of the vendor and 0 curated rows that no later catalog needs\n";
    assert!(dry.starts_with(gone), "{dry}");
    assert!(dry.contains("kept: catalog 3 of "), "{dry}");
    let planned = json(&["--keep-days", "15", "--dry-run"]);
    assert_eq!(
        (&planned["versions"], &planned["oldest_version"]),
        (&2.into(), &3.into()),
        "{planned}"
    );
    let pruned = json(&["--keep-days", "15"]);
    assert_eq!(
        (
            &pruned["versions"],
            &pruned["vendor_rows"],
            &pruned["dry_run"]
        ),
        (&2.into(), &2.into(), &false.into()),
        "{pruned}"
    );
    assert!(prune(&["--keep-days", "15"]).starts_with("dropped nothing\n"));

    // What went with 1 and 2 is not known, so nobody can go on from there.
    for (after, code) in [("0", 0), ("1", 1), ("2", 1), ("3", 0), ("4", 0), ("5", 1)] {
        let ended = world.run(&["changes", "--after", after, "--json"]);
        assert_eq!(ended.code, code, "{after}: {}", ended.stderr);
    }

    let runs: Value = serde_json::from_str(&world.run_ok(&["runs", "--json"])).unwrap();
    assert_eq!(runs[3]["catalog_version"], 1, "runs keep their summary");
    let verified = world.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn prune_takes_the_days_from_the_settings_and_refuses_to_guess_them() {
    let past = [(40, "10"), (20, "12")];
    let world = synced(&past, |price| vec![monthly(price, None, None)]).await;
    for arguments in [&["prune"][..], &["prune", "--keep-days", "0"]] {
        let refused = world.run(arguments);
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(
            refused.stderr.contains("give --keep-days"),
            "{}",
            refused.stderr
        );
    }
    let mut command = world.command(&["prune"]);
    command.env("PTF_HISTORY__KEEP_DAYS", "10");
    let ended = command.output().unwrap();
    let printed = String::from_utf8(ended.stdout).unwrap();
    assert!(
        printed.starts_with("dropped catalog 1, with 1 rows"),
        "{printed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_prunes_as_its_settings_say() {
    let past = [(40, "10"), (30, "11"), (20, "12")];
    let world = synced(&past, |price| vec![monthly(price, None, None)]).await;
    let mut command = world.command(&["serve"]);
    command.env("PTF_HISTORY__KEEP_DAYS", "10");
    let service = crate::harness::Service::start(command);
    service.get_ok("/v1/catalog").await;
    let left = || {
        let printed = world.run_ok(&["prune", "--keep-days", "10", "--dry-run", "--json"]);
        let view: Value = serde_json::from_str(&printed).unwrap();
        view["versions"].as_u64().unwrap() + view["vendor_rows"].as_u64().unwrap()
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while left() > 0 {
        assert!(
            std::time::Instant::now() < deadline,
            "nothing was pruned within a minute"
        );
    }
    assert_eq!(service.terminate().code(), Some(0));
}
