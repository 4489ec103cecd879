//! Webhooks of the real service: killed in the middle, and seen from the terminal.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Ended, PATIENCE, Service, World, sandbox_vendor};
use crate::receiver::{Receiver, Reply};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A world whose configuration has the endpoint `crm`.
fn with_endpoint(vendor: &str, url: &str) -> World {
    let world = World::with_vendor(vendor);
    let config = format!(
        "[webhooks]\nallow_private = true\n\n[[webhooks.endpoints]]\nname = \"crm\"\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n"
    );
    std::fs::write(world.path("ptf.toml"), config).unwrap();
    world
}

impl World {
    fn configured(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command
            .env("PTF_CONFIG", self.path("ptf.toml"))
            .env("PTF_LOG__FILTER", "trace");
        command
    }

    fn ask(&self, arguments: &[&str]) -> Ended {
        let mut command = self.configured(arguments);
        Ended::of(command.env_remove("PTF_LOG__FILTER").output().unwrap())
    }

    fn serve_configured(&self) -> Service {
        Service::start(self.configured(&["serve"]))
    }

    /// What `webhooks list` says of the one endpoint.
    fn listed(&self) -> Value {
        let listed = self.ask(&["webhooks", "list", "--json"]);
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        listed[0].clone()
    }

    /// Waits until what is listed of the one endpoint is as a test wants it.
    async fn wait_until_listed(&self, what: &str, ready: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let listed = self.listed();
            if ready(&listed) {
                return listed;
            }
            assert!(Instant::now() < deadline, "never {what}: {listed}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Publishes one version more.
    fn charge(&self, amount: usize) {
        let header = crate::harness::documented_fees();
        let header = header.lines().next().unwrap();
        let imported = self.import(&format!(
            "{header}\n1001,,,,,direct,charged,false,idx,IDX fee,{amount}.00,,USD,monthly,,account,0,,,,,,,,,\n"
        ));
        assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    }
}

/// The versions in the order of their first acceptance.
fn firsts(receiver: &Receiver) -> Vec<i64> {
    let mut firsts = Vec::new();
    for version in receiver.accepted() {
        if !firsts.contains(&version) {
            firsts.push(version);
        }
    }
    firsts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_while_it_delivers_loses_no_version() {
    let receiver = Receiver::start(|request, _| match request.version() {
        // In the middle of this one it is killed.
        3 => Reply::status(200).after(Duration::from_secs(2)),
        _ => Reply::status(200),
    })
    .await;
    let (_vendor, base_url) = sandbox_vendor(40).await;
    let world = with_endpoint(&base_url, &receiver.url());
    let service = world.serve_configured();
    service.wait_until_synced().await;
    for amount in 1..=4 {
        world.charge(amount);
    }
    let arrived = |receiver: &Receiver| {
        let received = receiver.received();
        received.iter().any(|request| request.version() == 3)
    };
    receiver.wait_until("the third version", arrived).await;
    service.kill();
    let before = receiver.received().len();
    assert!(world.listed()["settled_version"] == 2, "{}", world.listed());
    world.charge(5);

    let service = world.serve_configured();
    let all = |receiver: &Receiver| firsts(receiver).len() == 6;
    receiver.wait_until("all six versions", all).await;

    assert_eq!(firsts(&receiver), [1, 2, 3, 4, 5, 6]);
    let received = receiver.received();
    assert_eq!(received[before].version(), 3, "the one it was killed in");
    assert_eq!(
        received[before].header("webhook-id"),
        received[before - 1].header("webhook-id")
    );
    for request in &received {
        assert!(request.is_signed_with(SECRET), "{request:?}");
    }
    let log = service.log();
    assert!(log.contains("delivered a version"), "{log}");
    for secret in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "path-of-crm"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    assert_eq!(service.terminate().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_tests_lists_and_sends_again() {
    let receiver = Receiver::accepting().await;
    let (_vendor, base_url) = sandbox_vendor(40).await;
    let world = with_endpoint(&base_url, &receiver.url());
    world.run_ok(&["sync"]);
    assert_eq!(world.listed()["state"], "new");

    let tested = world.ask(&["webhooks", "test", "crm"]);
    assert_eq!(tested.code, 0, "{}", tested.stderr);
    assert!(tested.stdout.starts_with("crm: accepted with 204"));
    let test = receiver.received().pop().unwrap();
    assert_eq!(test.json()["type"], "webhook.test");
    assert!(test.is_signed_with(SECRET));
    let unknown = world.ask(&["webhooks", "test", "erp"]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("there are crm"),
        "{}",
        unknown.stderr
    );

    let service = world.serve_configured();
    world.charge(1);
    let told = |count| move |receiver: &Receiver| receiver.received().len() == count;
    receiver.wait_until("version 2", told(2)).await;
    let first = receiver.received().pop().unwrap();
    assert_eq!(first.version(), 2);
    let event = &first.json()["data"];
    let fed = service.get_ok(event["changes_url"].as_str().unwrap()).await;
    assert_eq!(event["changes"], fed["changes"]);
    assert_eq!(event["changes"][0]["board_id"], "1001");
    assert_eq!(event["truncated"], false);
    // The record follows the answer.
    let listed = world
        .wait_until_listed("current", |listed| listed["state"] == "current")
        .await;
    assert_eq!(listed["since_version"], 1);
    assert_eq!(listed["settled_version"], 2);
    assert_eq!(listed["host"], "127.0.0.1");
    assert_eq!(listed["last_attempt"]["outcome"], "delivered");
    let shown = world.ask(&["webhooks", "list"]).stdout;
    assert!(
        shown.contains("current") && !shown.contains("path-of-crm"),
        "{shown}"
    );

    let again = world.ask(&["webhooks", "retry", "crm", "--from", "1"]);
    assert!(
        again.stderr.contains("crm: versions due: 2, from 1 on"),
        "{}",
        again.stderr
    );
    receiver.wait_until("both again", told(4)).await;
    let [.., all, last] = &receiver.received()[..] else {
        panic!("two versions")
    };
    assert_eq!(all.json()["data"]["changes"].as_array().unwrap().len(), 40);
    assert_eq!(last.version(), 2);
    assert_eq!(last.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(world.ask(&["webhooks", "retry", "erp"]).code, 1);
    assert_eq!(
        world.ask(&["webhooks", "retry", "crm", "--from", "9"]).code,
        1
    );
    assert_eq!(service.terminate().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_listed_with_its_reason_and_can_be_hurried() {
    // Left alone, six attempts would take more than a minute.
    let receiver =
        Receiver::start(|_, number| Reply::status(if number < 5 { 503 } else { 204 })).await;
    let (_vendor, base_url) = sandbox_vendor(40).await;
    let world = with_endpoint(&base_url, &receiver.url());
    let service = world.serve_configured();
    for attempts in 1..=5 {
        let failed = |listed: &Value| {
            listed["state"] == "retrying" && listed["last_attempt"]["attempts"] == attempts
        };
        let listed = world.wait_until_listed("failed again", failed).await;
        let last = &listed["last_attempt"];
        assert_eq!(last["failure_class"], "status", "{listed}");
        assert_eq!(last["failure_status"], 503, "{listed}");
        let retried = world.ask(&["webhooks", "retry"]);
        assert_eq!(retried.stderr, "crm: versions due: 1\n");
    }
    let accepted = |receiver: &Receiver| receiver.accepted() == [1];
    receiver.wait_until("version 1", accepted).await;
    let log = service.log();
    assert!(log.contains("is tried again"), "{log}");
    assert_eq!(service.terminate().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_nothing_may_be_sent_to_is_a_wrong_configuration() {
    let (_vendor, base_url) = sandbox_vendor(40).await;
    let secret = "whsec_dG9vIHNob3J0";
    for (allow, url, secret, said) in [
        (
            false,
            "https://10.0.0.7/hook",
            SECRET,
            "10.0.0.7 is not a public address",
        ),
        (false, "http://crm.example/hook", SECRET, "plain http"),
        (true, "https://crm.example/hook", secret, "has 9 bytes"),
    ] {
        let world = World::with_vendor(&base_url);
        let config = format!(
            "[webhooks]\nallow_private = {allow}\n[[webhooks.endpoints]]\nname = \"crm\"\nurl = \"{url}\"\nsecret = \"{secret}\"\n"
        );
        std::fs::write(world.path("ptf.toml"), config).unwrap();
        for command in [
            &["config", "check"][..],
            &["serve"],
            &["webhooks", "test", "crm"],
        ] {
            let refused = world.ask(command);
            assert_eq!(refused.code, 2, "{command:?}: {}", refused.stderr);
            assert!(
                refused.stderr.contains(said),
                "{command:?}: {}",
                refused.stderr
            );
            assert!(!refused.stderr.contains(secret), "{}", refused.stderr);
        }
    }
}
