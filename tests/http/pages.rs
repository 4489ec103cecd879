//! The pages, and what browsers are told of them.

use axum::http::Method;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::harness::{Answer, Served};

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let served = Served::new().await;
    assert_eq!(served.get("/docs").await.header("location"), "/docs/");
    let docs = served.get("/docs/").await;
    assert!(docs.header("content-type").starts_with("text/html"));
    let settings = served.get("/docs/swagger-initializer.js").await;
    let settings = String::from_utf8(settings.body.to_vec()).unwrap();
    assert!(
        settings.contains("\"url\": \"/openapi.json\""),
        "{settings}"
    );
    assert!(
        settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
    for path in ["/", "/ops", "/docs/"] {
        let page = String::from_utf8(served.get(path).await.body.to_vec()).unwrap();
        assert!(
            !page.contains("http://") && !page.contains("https://"),
            "{path}: {page}"
        );
    }
}

/// What the policy of `page` allows as `directive`.
fn allowed<'p>(page: &'p Answer, directive: &str) -> Vec<&'p str> {
    let policy = page.header("content-security-policy");
    let mut directives = policy.split("; ").map(|part| part.split(' '));
    let found = directives.find_map(|mut words| (words.next() == Some(directive)).then_some(words));
    found.map(Iterator::collect).unwrap_or_default()
}

/// How a policy names `text`.
fn hash_of(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[tokio::test]
async fn pages_run_only_what_they_are_made_of_and_nobody_frames_them() {
    let served = Served::new().await;
    for (path, forms) in [("/", "'self'"), ("/ops", "'self'"), ("/docs/", "'none'")] {
        let page = served.get(path).await;
        for forbidden in ["default-src", "base-uri", "frame-ancestors"] {
            assert_eq!(allowed(&page, forbidden), ["'none'"], "{path}: {forbidden}");
        }
        assert_eq!(allowed(&page, "form-action"), [forms], "{path}");
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert!(!text.contains(" style=") && !text.contains("<script>"));
        for style in text.split("<style>").skip(1) {
            let (style, _) = style.split_once("</style>").unwrap();
            let hash = hash_of(style);
            assert!(
                allowed(&page, "style-src").contains(&hash.as_str()),
                "{path}: {hash}"
            );
        }
    }
}

#[tokio::test]
async fn parts_of_pages_are_kept_compressed_and_for_pages_elsewhere_too() {
    let served = Served::new().await;
    let plain = served.get("/assets/base.css").await;
    assert_eq!(plain.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(plain.header("cache-control"), "no-cache");
    assert_eq!(plain.header("access-control-allow-origin"), "*");
    assert_eq!(plain.header("cross-origin-resource-policy"), "cross-origin");
    assert!(plain.header("vary").contains("accept-encoding"));
    for coding in ["gzip", "br"] {
        let small = served
            .ask(
                Method::GET,
                "/assets/base.css",
                &[("accept-encoding", coding)],
            )
            .await;
        assert_eq!(small.header("content-encoding"), coding);
        assert_eq!(small.header("etag"), plain.header("etag"));
        assert!(small.body.len() * 2 < plain.body.len(), "{coding}");
    }
    let known = [("if-none-match", plain.header("etag"))];
    let known = served.ask(Method::GET, "/assets/base.css", &known).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    for missing in [
        "/assets/nothing.css",
        "/assets/quote.html",
        "/assets/..%2fmod.rs",
    ] {
        assert_eq!(served.get(missing).await.status, 404, "{missing}");
    }
}

/// The page of the document puts in a style by script: a browser leaves it out where the policy does not name it.
#[tokio::test]
async fn the_policy_names_every_style_that_a_script_puts_in() {
    let served = Served::new().await;
    let page = served.get("/docs/").await;
    let mut found = 0;
    for script in ["swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"] {
        let script = served.get(&format!("/docs/{script}")).await;
        let script = String::from_utf8(script.body.to_vec()).unwrap();
        for style in script.split("createElement(\"style\",null,\"").skip(1) {
            let (style, _) = style.split_once('"').unwrap();
            let hash = hash_of(style);
            assert!(
                allowed(&page, "style-src").contains(&hash.as_str()),
                "{style}"
            );
            found += 1;
        }
    }
    assert_eq!(
        found, 1,
        "look at the page in a browser, with its console open"
    );
}
