//! L2: 2,000 requests at once from idle.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{Client, QUOTE, quantile};
use crate::scene::Scene;

/// How many come at once.
const CROWD: usize = 2_000;
/// Of them, how many may be turned away.
const MAX_SHED: usize = CROWD / 100;
/// A search; the limits in flight are 1,024.
const SEARCH: &str = "/v1/boards?q=lake&limit=1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_thousand_at_once_hardly_any_is_turned_away() {
    let scene = Scene::open(200, &[]).await;
    for path in [QUOTE, SEARCH] {
        let start = Arc::new(Barrier::new(CROWD));
        let mut clients = JoinSet::new();
        for _ in 0..CROWD {
            let (api, start) = (scene.service.api, Arc::clone(&start));
            clients.spawn(async move {
                let mut client = Client::connect(api).await.unwrap();
                start.wait().await;
                client.get(path).await.unwrap()
            });
        }
        let answers = clients.join_all().await;
        let count = |status| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        let (good, shed) = (count(200), count(503));
        let times: Vec<_> = answers.iter().map(|answer| answer.took).collect();
        println!(
            "L2, {path}: {CROWD} at once: {good} good, {shed} turned away, the last after {:?}",
            quantile(&times, 100)
        );
        assert_eq!(good + shed, CROWD);
        assert!(shed <= MAX_SHED, "{shed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_connections_at_once_are_all_taken() {
    let scene = Scene::open(200, &[]).await;
    let start = Arc::new(Barrier::new(CROWD));
    let mut clients = JoinSet::new();
    for _ in 0..CROWD {
        let (api, start) = (scene.service.api, Arc::clone(&start));
        clients.spawn(async move {
            start.wait().await;
            let begun_at = std::time::Instant::now();
            let answer = Client::connect(api).await.unwrap().get(QUOTE).await;
            assert_eq!(answer.unwrap().status, 200);
            begun_at.elapsed()
        });
    }
    let times = clients.join_all().await;
    println!(
        "L2, connecting first: {CROWD} at once, the last after {:?}",
        quantile(&times, 100)
    );
}
