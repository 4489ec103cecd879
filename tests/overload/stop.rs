//! L4: SIGTERM under load.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::{Client, EXPORT, QUOTE};
use crate::scene::{Scene, span};

/// How long the load is on before the signal.
const LOAD: Duration = Duration::from_millis(1_200);
/// By when the service is to have ended.
const LIMIT: Duration = Duration::from_secs(10);

/// What became of the requests.
#[derive(Debug, Default)]
struct Fate {
    answered: AtomicUsize,
    /// On a connection that was open, no answer came, or half of one.
    dropped: AtomicUsize,
    /// Connections that were refused: nobody took the request.
    refused: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_signal_under_load_drops_no_request() {
    let rounds = (span().as_secs() / 2).clamp(1, 10);
    for _ in 0..rounds {
        let scene = Scene::open(4_000, &[]).await;
        let fate = Arc::new(Fate::default());
        let mut clients = JoinSet::new();
        // Each client ends when it is refused; some have keep-alive connections, some a new one for each request.
        for number in 0..64 {
            let (api, fate) = (scene.service.api, Arc::clone(&fate));
            let path = if number % 8 == 0 { EXPORT } else { QUOTE };
            let keeps_alive = number % 4 != 3;
            clients.spawn(async move { ask_until_refused(api, path, keeps_alive, &fate).await });
        }
        sleep(LOAD).await;
        let told_at = Instant::now();
        let service = scene.service;
        let status = tokio::task::spawn_blocking(move || service.terminate());
        let status = status.await.unwrap();
        let took = told_at.elapsed();
        clients.join_all().await;
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        println!(
            "L4: {} answered, {} dropped, {} clients refused in the end; {status} {took:?} after SIGTERM",
            count(&fate.answered),
            count(&fate.dropped),
            count(&fate.refused),
        );
        assert_eq!(count(&fate.dropped), 0);
        assert_eq!(status.code(), Some(0));
        assert!(took < LIMIT, "{took:?}");
        assert!(count(&fate.answered) > 100);
    }
}

/// Asks as long as there is somebody who takes requests.
async fn ask_until_refused(api: SocketAddr, path: &str, keeps_alive: bool, fate: &Fate) {
    let one_more = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::Relaxed);
    loop {
        let Ok(mut client) = Client::connect(api).await else {
            one_more(&fate.refused);
            return;
        };
        loop {
            match client.get(path).await {
                Ok(answer) => {
                    assert!(matches!(answer.status, 200 | 503), "{answer:?}");
                    one_more(&fate.answered);
                    if answer.is_last || !keeps_alive {
                        break;
                    }
                }
                Err(_) => {
                    one_more(&fate.dropped);
                    break;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_stop_signal_ends_the_service_at_once() {
    let scene = Scene::open(4_000, &[]).await;
    let pid = scene.service.pid();
    // An answer that nobody reads keeps the service from its end.
    let mut kept = tokio::net::TcpStream::connect(scene.service.api)
        .await
        .unwrap();
    let request = format!("GET {EXPORT} HTTP/1.1\r\nhost: test\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut kept, request.as_bytes())
        .await
        .unwrap();
    kept.peek(&mut [0]).await.unwrap();
    signal(pid);
    while !scene.service.log().contains("stopping") {
        sleep(Duration::from_millis(10)).await;
    }
    let told_at = Instant::now();
    let service = scene.service;
    let status = tokio::task::spawn_blocking(move || service.terminate());
    let status = status.await.unwrap();
    let took = told_at.elapsed();
    println!("L4: {status} {took:?} after the second SIGTERM");
    assert_eq!(status.code(), Some(1));
    assert!(took < Duration::from_secs(2), "{took:?}");
    drop(kept);
}

fn signal(pid: u32) {
    let told = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
    assert!(told.unwrap().success());
}
