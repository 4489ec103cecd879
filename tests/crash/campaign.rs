//! The campaign: databases side by side, each with a service that syncs all the time and with edits from a second
//! process, and somebody who kills either at random moments.

use std::time::Instant;

use tokio::task::JoinSet;

use crate::lane::Lane;
use crate::tally::Tally;

/// Databases side by side.
const LANES: u64 = 3;
/// Kills, unless `CRASH_KILLS` says otherwise.
const KILLS: u64 = 120;
/// What the moments are drawn from, unless `CRASH_SEED` says otherwise.
const SEED: u64 = 20_261_123;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_at_any_moment_of_syncs_and_edits_it_keeps_every_catalog_and_every_acknowledged_edit()
 {
    let (seed, kills) = (
        number_of("CRASH_SEED", SEED),
        number_of("CRASH_KILLS", KILLS),
    );
    println!("CRASH_SEED={seed} CRASH_KILLS={kills}");
    let begun_at = Instant::now();
    let mut lanes = JoinSet::new();
    for number in 0..LANES {
        let kills = (kills + number) / LANES;
        lanes.spawn(async move { Lane::open(seed + number).await.run(kills).await });
    }
    let tallies = lanes.join_all().await;
    let tally = tallies.into_iter().fold(Tally::default(), Tally::with);
    println!("{tally}\nin {} s", begun_at.elapsed().as_secs());
    assert!(tally.kills() >= kills, "{} kills", tally.kills());
    tally.check_that_much_was_tried();
}

fn number_of(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is {text}, which is no number")),
        Err(_) => otherwise,
    }
}
