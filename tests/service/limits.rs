//! How often one may ask, as the settings say it.

use reqwest::Method;

use crate::harness::{Service, World};

/// The status of asking in the name of `client`.
async fn ask_for(service: &Service, client: &str) -> u16 {
    let request = service.request(Method::GET, "/v1/nothing");
    let answer = request.header("x-forwarded-for", client).send().await;
    answer.unwrap().status().as_u16()
}

/// A service without a vendor, where an address may ask twice a minute, under `settings`.
fn serve(settings: &[(&str, &str)]) -> (World, Service) {
    let world = World::with_vendor("http://127.0.0.1:1");
    let mut command = world.command(&["serve"]);
    command.env("PTF_LIMITS__PER_ADDRESS_PER_MINUTE", "2");
    command.envs(settings.iter().copied());
    let service = Service::start(command);
    (world, service)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quota_is_the_clients_where_its_proxy_is_trusted_and_probes_have_none() {
    let trusted = ("PTF_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1");
    let (_world, service) = serve(&[trusted]);
    for (client, status) in [
        ("203.0.113.7", 404),
        ("203.0.113.7", 404),
        ("203.0.113.7", 429),
        ("203.0.113.8", 404),
        ("203.0.113.7, 10.0.0.1", 429),
        ("6.6.6.6, 203.0.113.7", 429),
    ] {
        assert_eq!(ask_for(&service, client).await, status, "{client}");
    }
    for _ in 0..20 {
        assert_eq!(service.get_ops("/livez").await.status, 200);
    }
    let metrics = service.get_ops("/metrics").await.body;
    assert!(
        metrics.contains("\nptf_http_limited_total 3\n"),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_peer_says_that_is_not_trusted_the_quota_is_its_own() {
    let (_world, service) = serve(&[]);
    for (client, status) in [
        ("203.0.113.7", 404),
        ("203.0.113.8", 404),
        ("203.0.113.9", 429),
    ] {
        assert_eq!(ask_for(&service, client).await, status, "{client}");
    }
}
