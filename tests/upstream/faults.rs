//! The connection and the status: what is tried again, what is final, and how each is told.

use super::*;

#[tokio::test]
async fn refused_credentials_are_sent_exactly_once() {
    for status in [401, 403] {
        let vendor = Vendor::start(move |_, _| Reply::status(status)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Auth);
        assert!(text.contains("upstream.password"), "{text}");
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_vendor_in_trouble_for_a_moment_is_asked_again() {
    let vendor = Vendor::start(|request, position| match position {
        0 => Reply::status(500),
        1 => Reply::json(r#"{"total": 3, "results": ["#).broken_off(),
        _ => page(&boards(3), request),
    })
    .await;
    assert_eq!(fetch(&vendor).await.unwrap().boards.len(), 3);
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn a_vendor_in_trouble_for_longer_is_asked_three_times_a_page() {
    let vendor = Vendor::start(|_, _| Reply::status(503)).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Status);
    assert!(text.contains("503"), "{text}");
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn other_statuses_are_final() {
    let vendor = Vendor::start(|_, _| Reply::status(404)).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::Status);
    assert!(text.contains("upstream.mapping.path"), "{text}");
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn a_wait_the_vendor_asks_for_is_kept() {
    let vendor = Vendor::start(|request, position| match position {
        0 => Reply::status(429).header("retry-after", "1"),
        _ => page(&boards(3), request),
    })
    .await;
    let start = Instant::now();
    fetch(&vendor).await.unwrap();
    assert!(
        start.elapsed() >= Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_ends_the_run_at_once() {
    for wait in [
        "3600",
        "999999999999999999999",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    ] {
        let vendor =
            Vendor::start(move |_, _| Reply::status(429).header("retry-after", wait)).await;
        let start = Instant::now();
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::RateLimited);
        assert!(text.contains("again at 1970-01-01T00:15:0"), "{text}");
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_rate_limit_without_a_time_is_tried_like_other_trouble() {
    let vendor = Vendor::start(|_, _| Reply::status(429)).await;
    assert_eq!(failure(&vendor).await.0, FailureClass::RateLimited);
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn the_vendor_s_own_error_counts_whatever_the_status() {
    let body = json!({"errors": [{"code": 123, "message": "Account\u{1b}[31m is suspended\n", "href": "/e"}]});
    for (status, requests) in [(200, 1), (400, 1), (500, 3)] {
        let reply = Reply::json(&body).with_status(status);
        let vendor = Vendor::start(move |_, _| reply.clone()).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::VendorError, "{status}");
        assert!(
            text.contains("error 123: Account [31m is suspended;"),
            "{text}"
        );
        assert_eq!(vendor.requests().len(), requests, "{status}");
    }
    let harmless =
        Vendor::start(|_, _| Reply::json(json!({"total": 1, "results": [board(1)], "errors": []})))
            .await;
    assert!(fetch(&harmless).await.is_ok());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Vendor::start(|request, _| page(&boards(3), request)).await;
    let target = format!("http://{}/v1/boards.json", elsewhere.address);
    for status in [301, 302, 307, 308] {
        let location = target.clone();
        let vendor =
            Vendor::start(move |_, _| Reply::status(status).header("location", &location)).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Redirect);
        assert!(text.contains("to http://127.0.0.1;"), "{text}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_told_by_what_it_was_slow_at_and_not_asked_again() {
    const LIMIT: Duration = Duration::from_millis(200);
    let slowly = Reply::json(" ".repeat(1000)).dripping(Duration::from_millis(20));
    for (reply, part) in [
        (
            Reply::json("{").silent(),
            "did not begin to answer within 0.200 s",
        ),
        (
            Reply::json("{").stalled(),
            "fell silent in the middle of a page, for 0.200 s",
        ),
        (slowly, "did not send a whole page within 0.600 s"),
    ] {
        let vendor = Vendor::start(move |_, _| reply.clone()).await;
        let (class, text) = failure_with(UpstreamSettings {
            first_byte_timeout: LIMIT,
            idle_timeout: LIMIT,
            timeout: LIMIT * 3,
            ..settings(&vendor)
        })
        .await;
        assert_eq!(class, FailureClass::Timeout);
        assert!(text.contains(part), "{text}");
        assert_eq!(vendor.requests().len(), 1, "{part}");
    }
}

#[tokio::test]
async fn a_run_ends_by_its_deadline() {
    let vendor = Vendor::start(|_, _| Reply::json("{").stalled()).await;
    let start = Instant::now();
    let (class, _) = failure_with(UpstreamSettings {
        deadline: Duration::from_millis(300),
        ..settings(&vendor)
    })
    .await;
    assert_eq!(class, FailureClass::Deadline);
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn nobody_listening_is_a_failed_connection() {
    let vendor = Vendor::start(|_, _| Reply::status(200)).await;
    let settings = settings(&vendor);
    drop(vendor);
    // The listener closes with its task, a moment later: a connection made before is reset, which is the same class.
    let (class, text) = failure_with(settings).await;
    assert_eq!(class, FailureClass::Connect);
    assert!(text.contains("http://127.0.0.1:"), "{text}");
}

#[tokio::test]
async fn a_host_without_an_address_is_a_failed_connection() {
    let vendor = Vendor::start(|_, _| Reply::status(200)).await;
    // A name that no resolver takes to the network: a label has at most 63 bytes.
    let base_url = format!("https://{}.example/v1", "x".repeat(64));
    let (class, text) = failure_with(UpstreamSettings {
        base_url: base_url.parse().unwrap(),
        ..settings(&vendor)
    })
    .await;
    assert_eq!(class, FailureClass::Connect, "{text}");
    assert!(text.contains("check upstream.base_url"), "{text}");
}

#[tokio::test]
async fn a_wait_asked_for_with_trouble_is_kept_as_with_a_rate_limit() {
    let body = json!({"errors": [{"message": "down for an hour"}]});
    for reply in [Reply::status(503), Reply::json(&body).with_status(503)] {
        let reply = reply.header("retry-after", "3600");
        let vendor = Vendor::start(move |_, _| reply.clone()).await;
        let start = Instant::now();
        failure(&vendor).await;
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_vendor_that_limits_every_try_says_when_it_may_be_asked_again() {
    let vendor = Vendor::start(|_, _| Reply::status(429).header("retry-after", "0")).await;
    let (class, text) = failure(&vendor).await;
    assert_eq!(class, FailureClass::RateLimited);
    assert!(text.contains("again at 1970-01-01T00:00:0"), "{text}");
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn a_vendor_that_repeats_the_credentials_is_not_quoted_with_them() {
    let message = format!("{}s3cret Basic cmVzZWxsZXI6czNjcmV0", "x".repeat(196));
    for message in ["no s3cret, no Basic cmVzZWxsZXI6czNjcmV0", &message] {
        for status in [200, 400] {
            let body = json!({"errors": [{"code": "s3cret", "message": message}]});
            let vendor = Vendor::start(move |_, _| Reply::json(&body).with_status(status)).await;
            let error = fetch(&vendor).await.unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("error [redacted]"), "{shown}");
            for part in ["s3c", "cmVz"] {
                assert!(!shown.contains(part), "{shown}");
            }
            let error = client_with(settings(&vendor)).probe(NOW).await.unwrap_err();
            assert!(!error.to_string().contains("s3c"), "{error}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_failed_connection_packed_or_not() {
    let packed = gzip(json!({"results": boards(50)}).to_string().as_bytes());
    let half = packed[..packed.len() / 2].to_vec();
    for reply in [
        Reply::json("{"),
        Reply::json("")
            .header("content-encoding", "gzip")
            .bytes(half),
    ] {
        let vendor = Vendor::start(move |_, _| reply.clone().broken_off()).await;
        let (class, text) = failure(&vendor).await;
        assert_eq!(class, FailureClass::Connect, "{text}");
        assert_eq!(vendor.requests().len(), 3);
    }
}
