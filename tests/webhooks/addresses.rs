//! Where nothing is sent, and what an answer cannot do.

use std::time::{Duration, Instant};

use ptf_cache::domain::delivery::DeliveryFailureClass;
use ptf_cache::webhooks::{Endpoint, InvalidEndpoint, Message, SendError};
use tokio::net::TcpListener;

use crate::receiver::{Receiver, Reply};
use crate::world::{SECRET, endpoint, endpoint_at, now};

/// An endpoint that must be a public one.
fn public_endpoint(url: &str) -> Result<Endpoint, InvalidEndpoint> {
    let name = "crm".parse().unwrap();
    Endpoint::new(name, url.parse().unwrap(), &SECRET.into(), false)
}

async fn send(endpoint: &Endpoint) -> Result<u16, SendError> {
    let message = Message::test(endpoint.name(), now());
    endpoint.send(&message, now()).await
}

#[tokio::test]
async fn a_name_that_resolves_to_this_machine_is_not_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoint = public_endpoint(&format!("https://localhost:{port}/")).unwrap();
    let error = send(&endpoint).await.unwrap_err();
    assert_eq!(
        error.failure.class,
        DeliveryFailureClass::Address,
        "{error}"
    );
    assert!(error.reason.contains("webhooks.allow_private"), "{error}");
    let accepted = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(accepted.is_err(), "somebody connected");
}

#[test]
fn a_private_address_in_the_url_is_refused_at_once() {
    for url in [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://[fd00::1]/",
    ] {
        let refused = public_endpoint(url).unwrap_err();
        assert!(matches!(refused, InvalidEndpoint::Address { .. }), "{url}");
        assert!(refused.to_string().contains("webhooks.allow_private"));
    }
    let open = public_endpoint("http://crm.example/").unwrap_err();
    assert!(matches!(open, InvalidEndpoint::Scheme { .. }), "{open}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::accepting().await;
    let target = elsewhere.url();
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let receiver =
            Receiver::start(move |_, _| Reply::status(status).header("location", &target)).await;
        let error = send(&endpoint("crm", &receiver)).await.unwrap_err();
        assert_eq!(error.failure.class, DeliveryFailureClass::Redirect);
        assert_eq!(error.failure.status, Some(status));
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn only_a_status_of_success_counts() {
    for status in [200, 201, 202, 204, 299] {
        let receiver = Receiver::start(move |_, _| Reply::status(status)).await;
        assert_eq!(send(&endpoint("crm", &receiver)).await, Ok(status));
    }
    for status in [304, 400, 404, 410, 429, 500, 503] {
        let receiver = Receiver::start(move |_, _| Reply::status(status)).await;
        let error = send(&endpoint("crm", &receiver)).await.unwrap_err();
        assert_eq!(error.failure.status, Some(status));
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read() {
    let receiver = Receiver::start(|_, _| Reply::status(200).endless()).await;
    assert_eq!(send(&endpoint("crm", &receiver)).await, Ok(200));
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_left_after_ten_seconds() {
    let receiver = Receiver::start(|_, _| Reply::status(200).after(Duration::from_secs(60))).await;
    let started = Instant::now();
    let error = send(&endpoint("crm", &receiver)).await.unwrap_err();
    assert_eq!(error.failure.class, DeliveryFailureClass::Timeout);
    assert_eq!(error.failure.status, None);
    assert!(started.elapsed() >= Duration::from_secs(10));
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn what_cannot_be_reached_says_so_without_its_path() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let url = format!("http://127.0.0.1:{port}/token-in-the-path");
    let error = send(&endpoint_at("crm", &url, SECRET)).await.unwrap_err();
    assert_eq!(error.failure.class, DeliveryFailureClass::Connect);
    assert!(error.reason.contains("refused"), "{error}");

    let plain = Receiver::accepting().await;
    let url = format!("https://{}/token-in-the-path", plain.address);
    let other = send(&endpoint_at("crm", &url, SECRET)).await.unwrap_err();
    for error in [error, other] {
        assert!(
            !format!("{error:?}").contains("token-in-the-path"),
            "{error:?}"
        );
    }
    let endpoint = endpoint_at("crm", "http://localhost/token-in-the-path", SECRET);
    let shown = format!("{endpoint:?}");
    assert!(shown.contains("localhost"), "{shown}");
    assert!(
        !shown.contains("token") && !shown.contains("MfKQ"),
        "{shown}"
    );
}
