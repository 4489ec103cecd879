//! The programme on damaged files: it answers as it did before the damage, or ends and says how to go on.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::damage::KINDS;
use crate::harness::{Service, World, sandbox_vendor};
use crate::originals::{Originals, originals};

/// How long the programme may take to find out that it cannot start; generous, because machines are shared.
const SOON: Duration = Duration::from_secs(10);
/// Rounds of each kind; the files before are judged inside the process that tests.
const ROUNDS: std::ops::Range<u64> = 100..102;

/// What is answered for each version: the board, as printed.
struct Answers(Vec<(i64, Value)>);

impl Answers {
    /// Asks the undamaged database for all of its versions.
    fn of(world: &World, originals: &Originals) -> Answers {
        let ask = |version: i64| (version, quote(world, version).expect("it is undamaged"));
        Answers(originals.hashes.keys().map(|key| ask(key.get())).collect())
    }

    fn assert_known(&self, name: &str, answered: &Value) {
        let version = answered["catalog_version"].as_i64().unwrap();
        let known = self.0.iter().find(|(known, _)| *known == version);
        assert_eq!(known.map(|(_, known)| known), Some(answered), "{name}");
    }
}

/// The quote for some boards at `version`, 0 for the newest; what was said on stderr where there is none.
fn quote(world: &World, version: i64) -> Result<Value, String> {
    let version = version.to_string();
    let mut arguments = vec![
        "quote",
        "1001",
        "1003",
        "--starts-on",
        "2026-11-23",
        "--json",
    ];
    if version != "0" {
        arguments.extend(["--catalog-version", &version]);
    }
    let ended = world.run(&arguments);
    match ended.code {
        0 => Ok(timeless(serde_json::from_str(&ended.stdout).unwrap())),
        1 => Err(ended.stderr),
        other => panic!("exit code {other}: {}", ended.stderr),
    }
}

/// A quote without what depends on the moment it is asked, or on the last check of the vendor.
fn timeless(mut quote: Value) -> Value {
    let fields = quote.as_object_mut().unwrap();
    for field in ["quoted_at", "checked_at", "valid_until", "stale"] {
        fields.remove(field).unwrap();
    }
    quote
}

/// No panic, and a remedy.
fn assert_helpful(name: &str, said: &str) {
    assert!(!said.contains("panicked"), "{name}: {said}");
    assert!(said.contains("backup"), "{name}: {said}");
}

/// Starts the service, which answers as before, or ends with a reason.
async fn serve(name: &str, world: &World, answers: &Answers) {
    let begun = Instant::now();
    let mut command = world.command(&["serve"]);
    command.env("PTF_SYNC__ON_START", "false");
    match Service::try_start(command) {
        Ok(service) => {
            let path = "/v1/quote?board=1001,1003&starts_on=2026-11-23";
            answers.assert_known(name, &timeless(service.get_ok(path).await));
            assert!(service.terminate().success(), "{name}");
        }
        Err(log) => {
            assert!(begun.elapsed() < SOON, "{name}: {:?}", begun.elapsed());
            assert!(log.starts_with("exit status: 1"), "{name}: {log}");
            assert_helpful(name, &log);
        }
    }
}

/// Has the service and the commands at every kind of damage.
#[tokio::test(flavor = "multi_thread")]
async fn the_programme_answers_as_before_the_damage_or_says_how_to_restore() {
    let originals = originals().await;
    let world = World::with_vendor(&originals.vendor.base_url());
    originals.intact().write(&world.path("test.db"));
    let answers = Answers::of(&world, &originals);
    for position in 0..KINDS.len() {
        for round in ROUNDS {
            let damaged = originals.damaged(position, round);
            let world = damaged.world(&originals);
            let name = &damaged.name;
            match quote(&world, 0) {
                Ok(answered) => answers.assert_known(name, &answered),
                Err(said) => assert_helpful(name, &said),
            }
            let verified = world.run(&["verify"]);
            if verified.code != 0 {
                assert_helpful(name, &verified.stderr);
            }
            serve(name, &world, &answers).await;
            // A sync of a damaged database may fail, and must not make matters worse.
            let synced = world.run(&["sync"]);
            assert!(
                !synced.stderr.contains("panicked"),
                "{name}: {}",
                synced.stderr
            );
            if synced.code == 0 {
                assert_eq!(quote(&world, 0).map(|_| ()), Ok(()), "{name}");
            }
        }
    }
}

/// What is in memory does not depend on the file.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_damaged_under_a_running_service_changes_no_answer() {
    let (_vendor, base_url) = sandbox_vendor(30).await;
    let world = World::with_vendor(&base_url);
    let service = world.serve();
    service.wait_until_synced().await;
    let path = "/v1/quote?board=1001,1003&starts_on=2026-11-23";
    let before = timeless(service.get_ok(path).await);
    let file = world.path("test.db");
    let length = std::fs::metadata(&file).unwrap().len();
    std::fs::write(&file, vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
    let imported = world.run(&["verify"]);
    assert_eq!(imported.code, 1, "{}", imported.stderr);
    assert_eq!(timeless(service.get_ok(path).await), before);
    assert_eq!(service.get_ops("/readyz").await.status, 200);
    assert!(!service.log().contains("panicked"), "{}", service.log());
}
