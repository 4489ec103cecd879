//! The pages, and what browsers are told of them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::harness::{Answer, Served};

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let served = Served::new().await;
    let landing = String::from_utf8(served.get("/").await.body.to_vec()).unwrap();
    assert!(
        landing.contains("href=\"/v1/quote?board=8&amp;agents=3\""),
        "{landing}"
    );
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
    for page in [landing, String::from_utf8(docs.body.to_vec()).unwrap()] {
        assert!(
            !page.contains("http://") && !page.contains("https://"),
            "{page}"
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
    for path in ["/", "/docs/"] {
        let page = served.get(path).await;
        for forbidden in ["default-src", "base-uri", "form-action", "frame-ancestors"] {
            assert_eq!(allowed(&page, forbidden), ["'none'"], "{path}: {forbidden}");
        }
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
    assert!(allowed(&served.get("/").await, "script-src").is_empty());
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
