//! L1: ten times the load it can take.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::client::{Client, Crowd, EXPORT, QUOTE, Tally, median, quantile};
use crate::scene::{Scene, is_long, span};

/// How often each load is put on, in turns.
const ROUNDS: u32 = 2;
/// Clients who keep the service busy, and none of whom is turned away: as many jobs as one core begins and lets wait.
const BUSY: usize = 4;
/// How long who was turned away pauses.
const PAUSE: Duration = Duration::from_millis(100);
/// A crowd of two seconds is none too large: what comes after it is counted.
const CROWD: Duration = Duration::from_millis(2_500);
/// Longer than a probe may ever take.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// The least part of its capacity that the service is to answer under overload: what the rule says where it is measured
/// for long, and where it is not, what no chance undercuts.
fn least() -> f64 {
    if is_long() { 0.9 } else { 0.5 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_too_many_exports_are_turned_away_at_once_and_as_many_as_before_are_answered() {
    let scene = Scene::open(4_000, &[]).await;
    let api = scene.service.api;
    let stop = CancellationToken::new();
    let probes = tokio::spawn(probe(scene.service.ops, stop.clone()));
    let quotes = tokio::spawn(ask_quotes(api, stop.clone()));
    let busy = Crowd {
        clients: BUSY,
        path: EXPORT,
        pause: PAUSE,
    };
    let (mut capacity, mut overload) = (Tally::default(), Tally::default());
    for _ in 0..ROUNDS {
        let alone = busy.ask(api, Duration::from_millis(500), span()).await;
        // Who is turned away comes back ten times a second.
        let excess = Crowd {
            clients: BUSY * 2 + alone.rate().ceil() as usize,
            ..busy
        };
        capacity = capacity.with(alone);
        overload = overload.with(excess.ask(api, CROWD, span()).await);
    }
    stop.cancel();
    let (probes, quotes) = (probes.await.unwrap(), quotes.await.unwrap());
    let ratio = overload.rate() / capacity.rate();
    let asked = (overload.good.len() + overload.shed.len()) as f64 / overload.span.as_secs_f64();
    println!(
        "L1, exports: capacity {:.1}/s; asked {asked:.1}/s, {:.1} times as many; good {:.1}/s, {ratio:.2} of capacity, \
         after {:?} (median); turned away after {:?} (median), {:?} (99 %); {} probes, the slowest {:?}; \
         {} quotes meanwhile after {:?} (median), {:?} (99 %)",
        capacity.rate(),
        asked / capacity.rate(),
        overload.rate(),
        median(&overload.good),
        median(&overload.shed),
        quantile(&overload.shed, 99),
        probes.len(),
        quantile(&probes, 100),
        quotes.len(),
        median(&quotes),
        quantile(&quotes, 99),
    );
    assert!(capacity.shed.is_empty(), "{}", capacity.shed.len());
    assert!(asked > 5.0 * capacity.rate(), "that was no overload");
    assert!(ratio >= least(), "{ratio}");
    // At once: sooner than an answer would have been worked out.
    assert!(median(&overload.shed) < median(&capacity.good));
    assert!(median(&quotes) < median(&capacity.good));
    assert!(!probes.is_empty() && !quotes.is_empty());
    let metrics = scene.service.get_ops("/metrics").await.body;
    assert!(!metrics.contains("\nptf_http_shed_total 0\n"), "{metrics}");
    for idle in ["\nptf_http_in_flight 0\n", "\nptf_http_waiting 0\n"] {
        assert!(metrics.contains(idle), "{idle} not in {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_as_many_who_ask_for_what_lies_at_hand_are_answered_as_before() {
    let scene = Scene::open(200, &[]).await;
    let api = scene.service.api;
    let stop = CancellationToken::new();
    let probes = tokio::spawn(probe(scene.service.ops, stop.clone()));
    let few = Crowd {
        clients: 64,
        path: QUOTE,
        pause: PAUSE,
    };
    let many = Crowd {
        clients: 640,
        ..few
    };
    let (mut capacity, mut overload) = (Tally::default(), Tally::default());
    let (warm_up, span) = (Duration::from_millis(300), span() / 2);
    for _ in 0..ROUNDS {
        capacity = capacity.with(few.ask(api, warm_up, span).await);
        overload = overload.with(many.ask(api, warm_up, span).await);
    }
    stop.cancel();
    let probes = probes.await.unwrap();
    let ratio = overload.rate() / capacity.rate();
    println!(
        "L1, quotes at hand: with 64 clients {:.0}/s; with 640 {:.0}/s, {ratio:.2} of it, {} turned away; {} probes, \
         the slowest {:?}",
        capacity.rate(),
        overload.rate(),
        overload.shed.len(),
        probes.len(),
        quantile(&probes, 100),
    );
    assert!(capacity.shed.is_empty() && overload.shed.is_empty());
    assert!(ratio >= least(), "{ratio}");
    assert!(!probes.is_empty());
}

/// Asks for all that operators ask for, again and again; how long each took.
async fn probe(ops: SocketAddr, stop: CancellationToken) -> Vec<Duration> {
    let mut times = Vec::new();
    while !stop.is_cancelled() {
        for path in ["/livez", "/readyz", "/metrics"] {
            let asking = async { Client::connect(ops).await?.get(path).await };
            let answer = timeout(PROBE_PATIENCE, asking).await;
            let answer = answer.unwrap_or_else(|_| panic!("{path} is not answered"));
            let answer = answer.unwrap();
            assert_eq!(answer.status, 200, "{path}");
            times.push(answer.took);
        }
        sleep(PAUSE).await;
    }
    times
}

/// Asks for a quote a hundred times a second; how long each took.
async fn ask_quotes(api: SocketAddr, stop: CancellationToken) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut client = Client::connect(api).await.unwrap();
    while !stop.is_cancelled() {
        let answer = client.get(QUOTE).await.unwrap();
        assert_eq!(answer.status, 200);
        times.push(answer.took);
        sleep(PAUSE / 10).await;
    }
    times
}
