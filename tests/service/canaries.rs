//! Secrets stay where they are: everything is done with secrets that are easily found, at the most talkative log level, and
//! then all that the programme said and wrote is searched for them, in every form that they take on their way.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ptf_cache::sandbox;
use reqwest::Method;

use crate::harness::{Ended, Service, World, sandbox_vendor};
use crate::receiver::{Receiver, Reply};
use crate::vendors::serve;

/// With every character that some form writes differently.
const PASSWORD: &str = "canary +/\"\\%&?=é-Vq7Zp2Wn5Rt8";
const WEBHOOK_SECRET: &str = "whsec_Q2FuYXJ5LVJlZC1CbHVlLUdyZWVuLTEyMzQ=";

/// The vendor behind one that takes any password, and repeats it in what goes wrong: every third answer.
#[derive(Clone)]
struct Telltale {
    base_url: String,
    client: reqwest::Client,
    asked: Arc<AtomicU32>,
}

impl Telltale {
    /// Starts it in front of the sandbox at `base_url`; gives its own address.
    async fn start(base_url: &str) -> String {
        let telltale = Telltale {
            base_url: base_url.to_owned(),
            client: reqwest::Client::new(),
            asked: Arc::default(),
        };
        serve(Router::new().fallback(answer).with_state(telltale)).await
    }
}

async fn answer(State(telltale): State<Telltale>, request: Request) -> Response {
    let shown = request.headers()["authorization"].to_str().unwrap();
    if telltale.asked.fetch_add(1, Ordering::Relaxed) % 3 == 0 {
        let body = format!("{{\"error\":\"{shown} {PASSWORD}\"}}");
        return (StatusCode::INTERNAL_SERVER_ERROR, body).into_response();
    }
    let url = format!("{}{}", telltale.base_url, request.uri());
    let asked = telltale.client.get(url);
    let asked = asked.basic_auth(sandbox::USERNAME, Some(sandbox::PASSWORD));
    let answer = asked.send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
    let body = answer.bytes().await.unwrap();
    (status, [("content-type", kind)], body).into_response()
}

/// What is searched, and where it is from.
#[derive(Default)]
struct Searched(Vec<(String, Vec<u8>)>);

impl Searched {
    fn add(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((place.into(), bytes.into()));
    }

    fn add_ended(&mut self, arguments: &[&str], ended: &Ended) {
        self.add(format!("{arguments:?}"), ended.stdout.as_bytes());
        self.add(format!("{arguments:?}"), ended.stderr.as_bytes());
    }

    /// Where `secret` is found, and in which form.
    fn find(&self, secret: &str) -> Vec<(&str, String)> {
        let mut found = Vec::new();
        for form in forms(secret) {
            for (place, bytes) in &self.0 {
                let mut windows = bytes.windows(form.len());
                if windows.any(|window| window == form.as_bytes()) {
                    found.push((place.as_str(), form.clone()));
                }
            }
        }
        found
    }
}

/// Every form in which `secret` would be recognised: plain, quoted, in a URL, in hexadecimal digits, and in base64 wherever in
/// a longer text it stands.
fn forms(secret: &str) -> Vec<String> {
    let plus_for_space: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut forms = vec![
        secret.to_owned(),
        format!("{secret:?}").trim_matches('"').to_owned(),
        serde_json::to_string(secret)
            .unwrap()
            .trim_matches('"')
            .to_owned(),
        plus_for_space.replace('+', "%20"),
        plus_for_space,
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        format!("{:?}", secret.as_bytes())
            .trim_matches(['[', ']'])
            .to_owned(),
    ];
    for engine in [STANDARD, URL_SAFE] {
        for before in 0..3 {
            // What shares its characters with a neighbour is left out.
            let text = engine.encode(format!("{}{secret}", "-".repeat(before)));
            let start = [0, 2, 3][before];
            let end = text.trim_end_matches('=').len() - 1;
            forms.push(text[start..end].to_owned());
        }
    }
    forms
}

#[test]
fn a_secret_would_be_found_in_any_form() {
    let hidden = [
        format!("x{PASSWORD}x"),
        format!("{:?}", format!("Password({PASSWORD})")),
        serde_json::to_string(&[PASSWORD]).unwrap(),
        format!("{:?}", format!("a{PASSWORD}").as_bytes()),
        STANDARD.encode(format!("user:{PASSWORD}")),
        STANDARD.encode(format!("users:{PASSWORD}:x")),
        URL_SAFE.encode(format!("usersX:{PASSWORD}")),
        format!(
            "http://x/?p={}",
            form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect::<String>()
        ),
    ];
    for text in hidden {
        let mut searched = Searched::default();
        searched.add("here", text.as_bytes());
        assert!(!searched.find(PASSWORD).is_empty(), "{text}");
    }
    let mut searched = Searched::default();
    searched.add("here", &b"nothing of it"[..]);
    assert!(searched.find(PASSWORD).is_empty());
}

fn command(world: &World, format: &str, arguments: &[&str]) -> Command {
    let mut command = world.command(arguments);
    command
        .env("PTF_CONFIG", world.path("ptf.toml"))
        .env("PTF_UPSTREAM__PASSWORD", PASSWORD)
        .env("PTF_LOG__FILTER", "trace")
        .env("PTF_LOG__FORMAT", format);
    command
}

/// The arguments with which a process was started, as `ps` shows them.
fn command_line(pid: u32) -> Vec<u8> {
    std::fs::read(format!("/proc/{pid}/cmdline")).unwrap()
}

async fn use_tokens(service: &Service, good: &str, searched: &mut Searched) {
    let other = format!("{}x", &good[..good.len() - 1]);
    for (method, path) in [
        (Method::GET, "/v1/boards"),
        (Method::GET, "/v1/audit"),
        (Method::POST, "/v1/sync-runs"),
        (Method::PUT, "/v1/curated-fees/1001/direct"),
        (Method::GET, "/v1/nothing"),
    ] {
        for token in [good, &other] {
            let request = service.request(method.clone(), path).bearer_auth(token);
            let answer = request.send().await.unwrap();
            searched.add(path, format!("{:?}", answer.headers()));
            searched.add(path, answer.text().await.unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_said_or_written_anywhere() {
    let (_sandbox, base_url) = sandbox_vendor(20).await;
    let world = World::with_vendor(&Telltale::start(&base_url).await);
    let receiver = Receiver::start(|_, _| Reply::status(500)).await;
    let config = format!(
        "[webhooks]\nallow_private = true\n\n[[webhooks.endpoints]]\nname = \"crm\"\nurl = \"{}\"\nsecret = \"{WEBHOOK_SECRET}\"\n",
        receiver.url()
    );
    std::fs::write(world.path("ptf.toml"), config).unwrap();
    let mut searched = Searched::default();
    let created = [
        "token", "create", "--role", "operator", "--name", "the tool",
    ];
    let ended = Ended::of(command(&world, "text", &created).output().unwrap());
    let token = ended.stdout.trim().to_owned();
    searched.add("what creating a token logs", ended.stderr);

    let mut log_bytes = 0;
    for format in ["text", "json"] {
        let service = Service::start(command(&world, format, &["serve"]));
        service.wait_until_synced().await;
        use_tokens(&service, &token, &mut searched).await;
        searched.add("process list", command_line(service.pid()));
        for path in ["/metrics", "/readyz?verbose"] {
            searched.add(path, service.get_ops(path).await.body);
        }
        log_bytes += service.log().len();
        assert!(service.log().contains("TRACE"), "the log is not talkative");
        searched.add(format!("the log as {format}"), service.log());
        for arguments in [
            &["config"][..],
            &["sync"],
            &["probe"],
            &["runs"],
            &["token", "list", "--json"],
            &["webhooks", "list", "--json"],
            &["verify"],
        ] {
            let ended = Ended::of(command(&world, format, arguments).output().unwrap());
            searched.add_ended(arguments, &ended);
        }
    }
    assert!(log_bytes > 5_000, "only {log_bytes} bytes were logged");
    let copy = world.path("copy.db");
    let backup = ["backup", copy.to_str().unwrap()];
    let ended = Ended::of(command(&world, "text", &backup).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    searched.add_ended(&backup, &ended);
    for file in std::fs::read_dir(world.path("")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            searched.add(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    assert!(!searched.find("Cedar").is_empty() || !searched.find("MLS").is_empty());

    // Of a token, the id is no secret; what is between it and the check is.
    let secret = token.split('_').nth(2).unwrap();
    for secret in [
        PASSWORD,
        WEBHOOK_SECRET,
        &WEBHOOK_SECRET[6..],
        secret,
        &secret[..20],
    ] {
        assert_eq!(searched.find(secret), [], "{secret}");
    }
}
