//! How often one may ask: over real sockets, in the names of clients behind a proxy that is trusted.
//!
//! The quotas are so small that one more is there only after many seconds: no test waits, and none hurries.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use prometheus_client::registry::Registry;
use ptf_cache::access::{Issuer, Lifetime};
use ptf_cache::domain::audit::Actor;
use ptf_cache::domain::token::Role;
use ptf_cache::http::desk::{Desk, LimitSettings};
use ptf_cache::http::ops::{self, Ops};
use ptf_cache::http::server::{self, ServerSettings};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use crate::harness::{Answer, ORIGIN, Served};

/// The one proxy that is trusted: where these tests ask from.
const PROXY: &str = "127.0.0.1";
const CLIENT: &str = "203.0.113.7";
const OTHER: &str = "203.0.113.8";

/// What lies at hand, what the router answers, what there is not, and a page.
const PATHS: [&str; 4] = ["/v1/boards/options", "/v1/catalog", "/v1/nothing", "/"];

/// A service on a socket.
struct Listening {
    served: Served,
    address: SocketAddr,
    client: reqwest::Client,
    _running: DropGuard,
}

/// Serves `desk` until the guard is dropped.
async fn listen(desk: Arc<Desk>, served: &Served) -> (SocketAddr, DropGuard) {
    let listener = TcpListener::bind((PROXY, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = served.stop.child_token();
    tokio::spawn(server::serve(
        listener,
        desk,
        ServerSettings::default(),
        stop.clone(),
    ));
    (address, stop.drop_guard())
}

impl Listening {
    /// So many requests a minute for an address and for a token, 0 being no limit; the proxy is believed if it
    /// `is_trusted`.
    async fn with(per_address: u32, per_token: u32, is_trusted: bool) -> Listening {
        let proxy = format!("{PROXY}/32").parse().unwrap();
        let served = Served::new().await.limited(LimitSettings {
            per_address_per_minute: NonZeroU32::new(per_address),
            per_token_per_minute: NonZeroU32::new(per_token),
            trusted_proxies: is_trusted.then_some(proxy).into_iter().collect(),
        });
        let (address, running) = listen(Arc::clone(&served.desk), &served).await;
        Listening {
            served,
            address,
            client: reqwest::Client::new(),
            _running: running,
        }
    }

    /// GET with `headers`.
    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.get(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap(),
        }
    }

    /// GET in the name of the client at `address`, behind the proxy.
    async fn ask_for(&self, address: &str, path: &str) -> Answer {
        self.ask(path, &[("x-forwarded-for", address)]).await
    }

    /// A good token's header.
    async fn token(&self) -> String {
        let (store, clock) = (self.served.store.clone(), self.served.clock.clone());
        let issuer = Issuer::new(store, clock, Actor::at_terminal("test"));
        let name = "test".parse().unwrap();
        let one_day = Lifetime::of_days(1).unwrap();
        let (text, _) = issuer.issue(name, Role::Reader, one_day).await.unwrap();
        self.served.register.refresh().await.unwrap();
        format!("Bearer {}", text.expose())
    }
}

/// Checks that `answer` refuses by the quota `policy`, of which the next is there in at most `secs`.
fn assert_refused(answer: &Answer, policy: &str, secs: u64) {
    let problem = answer.problem(429, "rate_limited");
    assert!(problem["detail"].as_str().unwrap().contains("Retry-After"));
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=secs).contains(&wait), "{answer:?}");
    let name = policy.split_once(';').unwrap().0;
    assert_eq!(answer.header("ratelimit-policy"), policy);
    assert_eq!(answer.header("ratelimit"), format!("{name};r=0;t={wait}"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

fn has_fields(headers: &HeaderMap) -> bool {
    headers.contains_key("ratelimit") && headers.contains_key("ratelimit-policy")
}

#[tokio::test]
async fn an_address_that_has_asked_its_fill_is_refused_whatever_it_asks_and_no_other_is() {
    let listening = Listening::with(4, 0, true).await;
    for path in PATHS {
        let answer = listening.ask_for(CLIENT, path).await;
        assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    for path in PATHS {
        let refused = listening.ask_for(CLIENT, path).await;
        assert_refused(&refused, "\"address\";q=4;w=60", 15);
    }
    assert_eq!(listening.ask_for(OTHER, "/v1/catalog").await.status, 200);
    let counted = "ptf_http_limited_total 4";
    assert!(listening.served.metrics().contains(counted));
    let of_another_page = [("x-forwarded-for", CLIENT), ("origin", ORIGIN)];
    let refused = listening.ask("/v1/boards/options", &of_another_page).await;
    assert_eq!(refused.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(refused.header("vary"), "origin");
}

#[tokio::test]
async fn a_network_of_ipv6_is_one_sender_and_a_mapped_address_itself() {
    let listening = Listening::with(1, 0, true).await;
    for (first, second, is_same) in [
        ("2001:db8:1:2::7", "2001:db8:1:2:ffff::1", true),
        ("2001:db8:1:3::7", "2001:db8:1:4::7", false),
        (CLIENT, "::ffff:203.0.113.7", true),
    ] {
        assert_eq!(listening.ask_for(first, "/v1/catalog").await.status, 200);
        let answer = listening.ask_for(second, "/v1/catalog").await;
        assert_eq!(answer.status == 429, is_same, "{first}, {second}");
    }
}

#[tokio::test]
async fn what_a_peer_that_is_not_trusted_says_changes_nothing() {
    let listening = Listening::with(2, 0, false).await;
    for (name, value, status) in [
        ("x-forwarded-for", CLIENT, 200),
        ("x-forwarded-for", OTHER, 200),
        ("x-forwarded-for", "203.0.113.9", 429),
        ("forwarded", "for=203.0.113.10", 429),
    ] {
        let answer = listening.ask("/v1/catalog", &[(name, value)]).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_token_has_a_quota_of_its_own_wherever_it_is_shown() {
    let listening = Listening::with(1, 2, true).await;
    let (token, other) = (listening.token().await, listening.token().await);
    assert_eq!(listening.ask_for(CLIENT, "/v1/catalog").await.status, 200);
    for (token, address, status) in [
        (&token, CLIENT, 200),
        (&token, OTHER, 200),
        (&token, CLIENT, 429),
        (&other, CLIENT, 200),
    ] {
        let shown = [
            ("authorization", token.as_str()),
            ("x-forwarded-for", address),
        ];
        let answer = listening.ask("/v1/catalog", &shown).await;
        assert_eq!(answer.status, status, "{address}");
        if status == 429 {
            assert_refused(&answer, "\"token\";q=2;w=60", 30);
        }
    }
    // What the token has used is not its address's.
    assert_eq!(listening.ask_for(OTHER, "/v1/catalog").await.status, 200);
    assert_eq!(listening.ask_for(OTHER, "/v1/catalog").await.status, 429);
}

#[tokio::test]
async fn a_bad_token_counts_for_its_address() {
    let listening = Listening::with(3, 1_000, false).await;
    let good = listening.token().await;
    let bad = format!("{}x", &good[..good.len() - 1]);
    for (header, status) in [
        (bad.as_str(), 401),
        ("Bearer guess", 401),
        ("Basic Z3Vlc3M=", 401),
        (bad.as_str(), 429),
        ("Bearer another", 429),
    ] {
        let answer = listening
            .ask("/v1/catalog", &[("authorization", header)])
            .await;
        assert_eq!(answer.status, status, "{header}");
    }
    assert_eq!(listening.ask("/v1/catalog", &[]).await.status, 429);
    let answer = listening
        .ask("/v1/catalog", &[("authorization", &good)])
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn what_lies_at_hand_says_how_much_is_left_when_it_is_little_and_what_is_routed_always() {
    let listening = Listening::with(20, 0, true).await;
    let mut answers = Vec::new();
    while answers
        .last()
        .is_none_or(|last: &Answer| last.status == 200)
    {
        answers.push(listening.ask_for(CLIENT, "/v1/boards/options").await);
    }
    // However slow the machine is: who was at first has nearly all, who was just before the refusal has none.
    assert!(!has_fields(&answers[0].headers), "{:?}", answers[0]);
    let last_good = &answers[answers.len() - 2];
    assert!(
        last_good
            .header("ratelimit")
            .starts_with("\"address\";r=0;t=")
    );
    assert_eq!(
        last_good.header("ratelimit-policy"),
        "\"address\";q=20;w=60"
    );
    let routed = listening.ask_for(OTHER, "/v1/catalog").await;
    assert_eq!(routed.header("ratelimit"), "\"address\";r=19;t=3");
    assert_eq!(routed.header("ratelimit-policy"), "\"address\";q=20;w=60");
}

#[tokio::test]
async fn without_limits_nothing_is_counted_and_probes_never_are() {
    let listening = Listening::with(0, 0, false).await;
    for _ in 0..50 {
        for path in PATHS {
            let answer = listening
                .ask(path, &[("authorization", "Bearer guess")])
                .await;
            assert!(answer.status != 429 && !has_fields(&answer.headers));
        }
    }
    let limited = Listening::with(1, 1, false).await;
    let ops = ops::router(Arc::new(Ops {
        catalog: limited.served.handle.clone(),
        clock: limited.served.clock.clone(),
        registry: Registry::default(),
        checks: Vec::new(),
        watches: Vec::new(),
    }));
    let (address, _running) = listen(Arc::new(Desk::before(ops)), &limited.served).await;
    let ops = Listening { address, ..limited };
    for path in ["/livez", "/readyz", "/metrics"].repeat(10) {
        let answer = ops.ask(path, &[]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!has_fields(&answer.headers), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}
