//! Tokens, from the terminal to the running service: soon good, soon refused, and nowhere on the disk.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Service, World, sandbox_vendor};

/// A revocation holds everywhere within this time.
const SOON: Duration = Duration::from_secs(5);

/// The status of reading the audit with `token`, and the problem's detail.
async fn ask(service: &Service, token: &str) -> (u16, String) {
    let request = service.request(Method::GET, "/v1/audit").bearer_auth(token);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Asks until the answer has `status`; the time it took.
async fn wait_for(service: &Service, token: &str, status: u16) -> Duration {
    let begun = Instant::now();
    loop {
        let (found, body) = ask(service, token).await;
        if found == status {
            return begun.elapsed();
        }
        assert!(
            begun.elapsed() < SOON,
            "still {found} and not {status}: {body}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn create(world: &World, role: &str) -> String {
    let printed = world.run_ok(&["token", "create", "--role", role, "--name", "the tool"]);
    printed.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_and_refused_within_seconds_in_every_process() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    let (one, other) = (world.serve(), world.serve());
    one.wait_until_synced().await;
    let token = create(&world, "operator");
    wait_for(&one, &token, 200).await;
    wait_for(&other, &token, 200).await;
    let listed: Value = serde_json::from_str(&world.run_ok(&["token", "list", "--json"])).unwrap();
    assert_eq!(listed[0]["role"], "operator");
    assert_eq!(listed[0]["standing"], "good");
    let id = listed[0]["id"].as_str().unwrap();
    assert!(token.starts_with(&format!("ptf_{id}_")), "{token}");

    world.run_ok(&["token", "revoke", id]);
    wait_for(&one, &token, 401).await;
    wait_for(&other, &token, 401).await;
    let (_, problem) = ask(&one, &token).await;
    assert!(problem.contains("has been revoked"), "{problem}");
    let listed: Value = serde_json::from_str(&world.run_ok(&["token", "list", "--json"])).unwrap();
    assert_eq!(listed[0]["standing"], "revoked");

    let unknown = world.run(&["token", "revoke", "AAAAAAAA"]);
    assert_eq!(unknown.code, 1, "{}", unknown.stderr);
    let reader = create(&world, "reader");
    wait_for(&one, &reader, 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_issued_token_is_found_on_the_disk() {
    let (_vendor, base_url) = sandbox_vendor(20).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let service = world.serve();
    let tokens: Vec<String> = (0..50).map(|_| create(&world, "operator")).collect();
    wait_for(&service, &tokens[49], 200).await;
    let copy = world.path("copy.db");
    world.run_ok(&["backup", copy.to_str().unwrap()]);
    let mut searched = Vec::new();
    for name in ["test.db", "test.db-wal", "copy.db"] {
        searched.extend(std::fs::read(world.path(name)).unwrap());
    }
    let contains = |text: &str| {
        searched
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    for token in &tokens {
        let parts: Vec<&str> = token.split('_').collect();
        assert!(
            contains(parts[1]),
            "the public part of {token} is not there either"
        );
        // The secret, whole and by half.
        assert!(
            !contains(&parts[2][..20]) && !contains(&parts[2][20..]),
            "{token}"
        );
    }
    world.run_ok(&["verify"]);
}
