//! Who may do what: every operation of the document, asked by everybody.

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::TimeDelta;
use ptf_cache::access::{Issuer, Lifetime};
use ptf_cache::clock::Clock;
use ptf_cache::domain::audit::Actor;
use ptf_cache::domain::token::Role;
use ptf_cache::http::document_json;
use serde_json::{Value, json};

use crate::catalogs::Boards;
use crate::harness::{Answer, Served};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Nobody,
    Holder(Role),
    HolderOfRevoked,
    HolderOfExpired,
}

impl Asker {
    const ALL: [Asker; 6] = [
        Asker::Nobody,
        Asker::Holder(Role::Reader),
        Asker::Holder(Role::Curator),
        Asker::Holder(Role::Operator),
        Asker::HolderOfRevoked,
        Asker::HolderOfExpired,
    ];

    /// What the asker shows.
    async fn token(self, served: &Served) -> Option<String> {
        let role = match self {
            Asker::Nobody => return None,
            Asker::Holder(role) => role,
            Asker::HolderOfRevoked | Asker::HolderOfExpired => Role::Operator,
        };
        let issuer = issuer(served);
        let one_day = Lifetime::of_days(1).unwrap();
        let name = "test".parse().unwrap();
        let (text, token) = match self {
            Asker::HolderOfExpired => {
                let day = TimeDelta::days(1);
                served.clock.set(served.clock.now() - day);
                let issued = issuer.issue(name, role, one_day).await.unwrap();
                served.clock.set(served.clock.now() + day);
                issued
            }
            _ => issuer.issue(name, role, one_day).await.unwrap(),
        };
        if self == Asker::HolderOfRevoked {
            issuer.revoke(&token.id).await.unwrap();
        }
        Some(text.expose().to_owned())
    }
}

fn issuer(served: &Served) -> Issuer {
    let clock = served.clock.clone();
    Issuer::new(served.store.clone(), clock, Actor::at_terminal("test"))
}

/// Who may use an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    DropDown,
    Read,
    Role(Role),
}

/// What the contract says of each operation. One that is not here fails the test.
fn rule_of(operation: &str) -> Rule {
    match operation {
        "list_board_options" => Rule::DropDown,
        "list_boards" | "export_boards_csv" | "get_board" | "get_board_history" | "get_quote"
        | "create_quote" | "get_catalog" | "list_changes" | "stream_changes" => Rule::Read,
        "list_sync_runs" | "get_sync_run" => Rule::Role(Role::Reader),
        "list_curated_fees" | "export_curated_fees_csv" | "get_curated_fee" => {
            Rule::Role(Role::Reader)
        }
        "put_curated_fee" | "delete_curated_fee" | "import_curated_fees" => {
            Rule::Role(Role::Curator)
        }
        "list_audit" => Rule::Role(Role::Operator),
        "start_sync_run" | "approve_sync_run" | "reject_sync_run" => Rule::Role(Role::Operator),
        other => panic!("nobody has said who may use the operation {other}; say it here"),
    }
}

/// Which reads need a token.
#[derive(Debug, Clone, Copy)]
struct Closed {
    reads: bool,
    drop_down: bool,
}

/// The status class that is due: 2 for an answer, 401 or 403.
fn due(rule: Rule, asker: Asker, closed: Closed) -> Option<u16> {
    let is_open = match rule {
        Rule::DropDown => !closed.drop_down,
        Rule::Read => !closed.reads,
        Rule::Role(_) => false,
    };
    match (asker, rule) {
        (Asker::Holder(held), Rule::Role(needed)) if held < needed => Some(403),
        (asker, _) => match asker {
            Asker::HolderOfRevoked | Asker::HolderOfExpired => Some(401),
            Asker::Nobody if !is_open => Some(401),
            Asker::Nobody | Asker::Holder(_) => None,
        },
    }
}

async fn ask(served: &Served, method: &str, path: &str, token: Option<&str>) -> Answer {
    let path = path
        .replace("/boards/{id}", "/boards/12")
        .replace("{id}", "1")
        .replace("{board_id}", "12")
        .replace("{channel}", "direct");
    let target = match path.as_str() {
        "/v1/quote" if method == "get" => "/v1/quote?board=12".to_owned(),
        "/v1/changes/stream" => "/v1/changes/stream?after=404".to_owned(),
        _ => path.clone(),
    };
    let method: Method = method.to_uppercase().parse().unwrap();
    let mut request = Request::builder().method(method.clone()).uri(target);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = match method {
        Method::POST => {
            request = request.header("content-type", "application/json");
            let body = match path.ends_with("approve") {
                true => json!({"hash": "5a".repeat(32)}),
                false => json!({"boards": ["12"]}),
            };
            Body::from(body.to_string())
        }
        _ => Body::empty(),
    };
    served.send(request.body(body).unwrap()).await
}

async fn check_everybody(served: &Served, closed: Closed) {
    let document: Value = serde_json::from_str(&document_json()).unwrap();
    let mut cells = 0;
    for asker in Asker::ALL {
        let token = asker.token(served).await;
        served.register.refresh().await.unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let rule = rule_of(operation["operationId"].as_str().unwrap());
                let answer = ask(served, method, path, token.as_deref()).await;
                let status = answer.status.as_u16();
                let place = format!("{method} {path} by {asker:?} where {closed:?}: {answer:?}");
                match due(rule, asker, closed) {
                    Some(due) => assert_eq!(status, due, "{place}"),
                    // Past the door: what is asked of an empty history may be missing.
                    None => assert!(![401, 403, 405, 500].contains(&status), "{place}"),
                }
                if status == 403 {
                    answer.problem(403, "forbidden");
                }
                if status == 401 {
                    answer.problem(401, "unauthorized");
                    let challenge = answer.header("www-authenticate");
                    assert!(challenge.starts_with("Bearer realm="), "{place}");
                }
                cells += 1;
            }
        }
    }
    assert!(cells >= 6 * 22, "only {cells} cells");
}

#[tokio::test]
async fn everybody_may_do_just_what_the_table_says_where_reading_is_public() {
    let closed = Closed {
        reads: false,
        drop_down: false,
    };
    check_everybody(&Served::new().await, closed).await;
}

#[tokio::test]
async fn everybody_may_do_just_what_the_table_says_where_reading_needs_a_token() {
    for drop_down in [false, true] {
        let closed = Closed {
            reads: true,
            drop_down,
        };
        check_everybody(&Served::closed(drop_down).await, closed).await;
    }
}

#[tokio::test]
async fn a_token_is_refused_with_the_reason_and_never_repeated() {
    let served = Served::new().await;
    let good = Asker::Holder(Role::Reader).token(&served).await.unwrap();
    served.register.refresh().await.unwrap();
    let (most, last) = good.split_at(good.len() - 1);
    let mistyped = format!("{most}{}", if last == "x" { "y" } else { "x" });
    let unknown = "ptf_AAAAAAAA_0000000000000000000000000000000000000000000_000000";
    for (header, reason) in [
        (format!("Bearer {mistyped}"), "missing or mistyped"),
        (format!("Bearer {unknown}"), "missing or mistyped"),
        (format!("Basic {good}"), "write it as \"Bearer\""),
        (good.clone(), "write it as \"Bearer\""),
        ("Bearer".to_owned(), "write it as \"Bearer\""),
        ("Bearer ".to_owned(), "missing or mistyped"),
    ] {
        let headers = [("authorization", header.as_str())];
        let answer = served.ask(Method::GET, "/v1/boards", &headers).await;
        let problem = answer.problem(401, "unauthorized");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{header}: {detail}");
        assert!(!format!("{answer:?}").contains(&good[13..56]), "{answer:?}");
    }
    let headers = [
        ("authorization", format!("bearer {good}")),
        ("authorization", format!("bearer {good}")),
    ];
    let two: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = served.ask(Method::GET, "/v1/boards", &two).await;
    answer.problem(401, "unauthorized");
    let answer = served.ask(Method::GET, "/v1/boards", &two[..1]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn holders_of_a_token_see_what_is_for_staff_and_no_cache_gives_it_to_others() {
    let served = Served::with(&Boards::of_every_kind()).await;
    let token = Asker::Holder(Role::Reader).token(&served).await.unwrap();
    served.register.refresh().await.unwrap();
    let header = format!("Bearer {token}");
    let headers = [("authorization", header.as_str())];
    let mut differ = 0;
    for path in [
        "/v1/boards?inactive=true",
        "/v1/boards/12",
        "/v1/quote?board=12&catalog_version=42",
    ] {
        let public = served.get(path).await;
        let staff = served.ask(Method::GET, path, &headers).await;
        assert!(public.header("cache-control").starts_with("public, "));
        assert!(
            staff.header("cache-control").starts_with("private, "),
            "{staff:?}"
        );
        let public = String::from_utf8(public.body.to_vec()).unwrap();
        let staff = String::from_utf8(staff.body.to_vec()).unwrap();
        assert!(!public.contains("internal_note") && !public.contains("\"verified_on\":\"2"));
        differ += usize::from(staff.contains("\"verified_on\":\"2"));
    }
    assert!(differ > 0, "no answer showed what is for staff");
}
