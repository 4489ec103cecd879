//! The curated list over HTTP: read, edited by those who have seen it, imported.

use axum::body::Body;
use axum::http::Method;
use futures_util::future::join_all;
use ptf_cache::domain::token::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Holder, Served};

const ENTRY: &str = "/v1/curated-fees/1001/direct";

/// What staff say of a board that the vendor does not list.
fn entry(amount: &str) -> Value {
    json!({
        "board": {"name": "Cedar Valley MLS", "abbreviation": "CVMLS", "states": ["IA"], "country": "US"},
        "status": "charged",
        "fees": [{
            "key": "access", "label": "Access", "amount": amount, "currency": "USD", "cadence": "monthly",
            "basis": "account",
            "source": {"url": "https://cvmls.example/fees", "verified_on": "2026-11-01", "internal_note": "asked Ann"},
        }],
    })
}

impl Holder<'_> {
    async fn put(&self, target: &str, condition: (&str, &str), body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), condition];
        let body = Body::from(body.to_string());
        self.send(Method::PUT, target, &headers, body).await
    }

    async fn delete(&self, target: &str, etag: &str) -> Answer {
        let headers = [("if-match", etag)];
        self.send(Method::DELETE, target, &headers, Body::empty())
            .await
    }

    async fn import(&self, query: &str, headers: &[(&str, &str)], file: &str) -> Answer {
        let mut all = vec![("content-type", "text/csv")];
        all.extend_from_slice(headers);
        let target = format!("/v1/curated-fees/import{query}");
        self.send(Method::POST, &target, &all, Body::from(file.to_owned()))
            .await
    }
}

const NEW: (&str, &str) = ("if-none-match", "*");

#[tokio::test]
async fn an_entry_is_put_read_changed_by_its_tag_and_taken_off() {
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    curator.get(ENTRY).await.problem(404, "not_found");

    let created = curator.put(ENTRY, NEW, &entry("20.00")).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.header("location"), ENTRY);
    assert_eq!(created.header("catalog-version"), "1");
    assert_eq!(created.header("cache-control"), "no-store");
    let etag = created.header("etag").to_owned();
    assert!(etag.starts_with('"'), "{etag}");

    let read = curator.get(ENTRY).await;
    assert_eq!(
        (read.header("etag"), &read.body),
        (etag.as_str(), &created.body)
    );
    assert_eq!(read.header("cache-control"), "private, no-cache");
    let known = [("if-none-match", etag.as_str())];
    let known = curator
        .send(Method::GET, ENTRY, &known, Body::empty())
        .await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));

    // What was read is put back as it came: nothing differs, and no version comes of it.
    let same = curator.put(ENTRY, ("if-match", &etag), &read.json()).await;
    assert_eq!(
        (same.status.as_u16(), same.header("etag")),
        (200, etag.as_str())
    );
    assert_eq!(same.header("catalog-version"), "1");

    let dearer = curator.put(ENTRY, ("if-match", &etag), &entry("25")).await;
    assert_eq!(dearer.status, 200, "{dearer:?}");
    assert_eq!(dearer.json()["fees"][0]["amount"], "25.00");
    assert_eq!(dearer.header("catalog-version"), "2");

    let late = curator
        .put(ENTRY, ("if-match", &etag), &entry("30.00"))
        .await;
    late.problem(412, "precondition_failed");
    let late = curator.delete(ENTRY, &etag).await;
    late.problem(412, "precondition_failed");
    let etag = dearer.header("etag");
    let gone = curator.delete(ENTRY, etag).await;
    assert_eq!(
        (gone.status.as_u16(), gone.header("catalog-version")),
        (204, "3")
    );
    curator.delete(ENTRY, etag).await.problem(404, "not_found");
    let late = curator
        .put(ENTRY, ("if-match", etag), &entry("30.00"))
        .await;
    late.problem(412, "precondition_failed");
}

#[tokio::test]
async fn nothing_is_changed_by_somebody_who_does_not_say_what_was_seen() {
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    let json = [("content-type", "application/json")];
    let body = || Body::from(entry("20.00").to_string());
    let unseen = curator.send(Method::PUT, ENTRY, &json, body()).await;
    unseen.problem(428, "precondition_required");
    let unseen = curator
        .send(Method::DELETE, ENTRY, &[], Body::empty())
        .await;
    unseen.problem(428, "precondition_required");

    let created = curator.put(ENTRY, NEW, &entry("20.00")).await;
    let etag = created.header("etag").to_owned();
    let again = curator.put(ENTRY, NEW, &entry("30.00")).await;
    again.problem(412, "precondition_failed");
    let weak = format!("W/{etag}");
    let weak = curator
        .put(ENTRY, ("if-match", &weak), &entry("30.00"))
        .await;
    weak.problem(412, "precondition_failed");
    for wrong in ["\"x\"", &etag] {
        let answer = curator
            .put(ENTRY, ("if-none-match", wrong), &entry("30.00"))
            .await;
        assert_eq!(answer.wrong_places(), ["If-None-Match"], "{wrong}");
    }
    assert_eq!(curator.get(ENTRY).await.header("etag"), etag);
    let any = curator.put(ENTRY, ("if-match", "*"), &entry("30.00")).await;
    assert_eq!(any.status, 200, "{any:?}");
}

#[tokio::test]
async fn everything_wrong_with_an_entry_is_named_by_its_place() {
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    let with = |pointer: &str, value: Value| {
        let mut body = entry("20.00");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let mut many = entry("n/a");
    many["fees"][0]["cadence"] = json!("weekly");
    many["board"]["states"] = json!(["CA;NV"]);
    many["override"] = json!(true);
    let tiers = |tiers: Value| {
        let mut body = with("/fees/0/amount", Value::Null);
        body["fees"][0]["tier_mode"] = json!("volume");
        body["fees"][0]["tiers"] = tiers;
        body
    };
    for (body, places) in [
        (json!({}), &[""][..]),
        (json!([]), &[""]),
        (with("/board", json!([])), &["/board"]),
        (with("/fees/0", json!([])), &["/fees/0"]),
        (with("/fees/0/source", json!([])), &["/fees/0/source"]),
        (with("/fees", json!([])), &["/fees"]),
        (json!({"status": "none", "surprise": 1}), &["/surprise"]),
        (with("/fees/0/amount", json!(20)), &["/fees/0/amount"]),
        (with("/fees/0/amount", json!("1e3")), &["/fees/0/amount"]),
        (with("/fees/0/key", json!("A B")), &["/fees/0/key"]),
        (with("/status", json!("none")), &["/fees"]),
        (with("/status", json!("free")), &["/fees", "/status"]),
        (with("/board/country", json!("USA")), &["/board/country"]),
        (with("/board/country", Value::Null), &["board_id"]),
        (
            with("/fees/0/source/url", json!("ftp://x")),
            &["/fees/0/source/url"],
        ),
        (
            with("/fees/0/source/verified_on", json!("2027-11-01")),
            &["/fees/0/source/verified_on"],
        ),
        (
            many,
            &["/board/states", "/fees/0/amount", "/fees/0/cadence"],
        ),
        (
            tiers(json!([{"up_to": 9, "unit_amount": "1;*:2"}])),
            &["/fees/0/tiers/0/unit_amount"],
        ),
        (
            tiers(json!([{"up_to": 9}])),
            &["/fees/0/tiers/0/unit_amount"],
        ),
        (
            tiers(json!([{"up_to": 9, "unit_amount": "1.00"}])),
            &["/fees/0/tiers"],
        ),
    ] {
        let answer = curator.put(ENTRY, NEW, &body).await;
        assert_eq!(answer.wrong_places(), places, "{body}");
    }
    let target = "/v1/curated-fees/1,2/neither";
    let answer = curator.put(target, NEW, &entry("20.00")).await;
    assert_eq!(answer.wrong_places(), ["board_id", "channel"]);
    let nobody = "/v1/curated-fees/1,2/direct";
    curator.get(nobody).await.problem(404, "not_found");
    curator.delete(nobody, "*").await.problem(404, "not_found");
    curator.get(ENTRY).await.problem(404, "not_found");

    let bands = json!([{"up_to": 9, "unit_amount": "20.00"}, {"flat_amount": "200.00", "unit_amount": "1"}]);
    let tiered = curator.put(ENTRY, NEW, &tiers(bands)).await;
    assert_eq!(tiered.status, 201, "{tiered:?}");
    let last = json!({"up_to": null, "unit_amount": "1.00", "flat_amount": "200.00"});
    assert_eq!(tiered.json()["fees"][0]["tiers"][1], last);
    let etag = tiered.header("etag");
    let same = curator.put(ENTRY, ("if-match", etag), &tiered.json()).await;
    assert_eq!(same.header("etag"), etag);
}

#[tokio::test]
async fn two_hundred_editors_at_once_lose_no_edit() {
    const EDITORS: usize = 200;
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    let created = curator.put(ENTRY, NEW, &entry("20.00")).await;
    assert_eq!(created.status, 201);
    let editor = async |number: usize| {
        loop {
            let read = curator.get(ENTRY).await;
            if read.status == 503 {
                continue;
            }
            let mut body = read.json();
            let mut fee = body["fees"][0].clone();
            // Each adds a word to what all share: an edit that was lost would take a word with it.
            let words = fee["note"].as_str().unwrap_or("editors:");
            fee["note"] = json!(format!("{words} {number}"));
            body["fees"][0] = fee;
            let answer = curator
                .put(ENTRY, ("if-match", read.header("etag")), &body)
                .await;
            match answer.status.as_u16() {
                200 => return,
                412 | 503 => {}
                _ => panic!("{answer:?}"),
            }
        }
    };
    join_all((0..EDITORS).map(editor)).await;
    let read = curator.get(ENTRY).await;
    let note = read.json()["fees"][0]["note"].as_str().unwrap().to_owned();
    let mut numbers: Vec<usize> = note
        .split(' ')
        .skip(1)
        .map(|word| word.parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..EDITORS).collect::<Vec<_>>());
    assert_eq!(read.header("catalog-version"), (EDITORS + 1).to_string());
    let operator = Holder::of(&served, Role::Operator).await;
    let audit = operator.get("/v1/audit?limit=500").await.json();
    let edits = audit["records"].as_array().unwrap().iter();
    let edits = edits.filter(|record| record["action"] == "entry_changed");
    assert_eq!(edits.count(), EDITORS);
}

#[tokio::test]
async fn an_edit_is_in_the_audit_with_the_token_and_the_request() {
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    let created = curator.put(ENTRY, NEW, &entry("20.00")).await;
    let operator = Holder::of(&served, Role::Operator).await;
    let audit = operator.get("/v1/audit").await.json();
    let records = audit["records"].as_array().unwrap();
    let added = records
        .iter()
        .find(|record| record["action"] == "entry_added");
    let added = added.unwrap();
    assert_eq!(added["subject"], "1001/direct");
    assert_eq!(added["request_id"], created.header("x-request-id"));
    assert!(
        added["actor"].as_str().unwrap().ends_with("(the curator)"),
        "{added}"
    );
    assert_eq!(added["before"], Value::Null);
    assert!(added["after"].to_string().contains("asked Ann"));
    assert_eq!(added["catalog_version"], 1);
}

#[tokio::test]
async fn the_list_comes_in_pages_that_meet_and_as_a_file_that_goes_back_in() {
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    for id in ["1001", "1002", "1003"] {
        let target = format!("/v1/curated-fees/{id}/direct");
        let created = curator.put(&target, NEW, &entry("20.00")).await;
        assert_eq!(created.status, 201, "{created:?}");
    }
    let reader = Holder::of(&served, Role::Reader).await;
    let page = reader.get("/v1/curated-fees?limit=2").await.json();
    assert_eq!(page["next_after"], "1002/direct");
    let first = &page["entries"][0];
    assert_eq!(
        (&first["board_id"], &first["channel"]),
        (&json!("1001"), &json!("direct"))
    );
    let read = reader.get(ENTRY).await;
    assert_eq!(
        (&first["entry"], &first["etag"]),
        (&read.json(), &json!(read.header("etag")))
    );
    let rest = reader
        .get("/v1/curated-fees?limit=2&after=1002/direct")
        .await
        .json();
    assert_eq!(rest["entries"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_after"], Value::Null);
    let wrong = reader.get("/v1/curated-fees?after=1002&limit=0").await;
    assert_eq!(wrong.wrong_places(), ["limit", "after"]);

    let exported = reader.get("/v1/curated-fees.csv").await;
    assert_eq!(exported.header("content-type"), "text/csv; charset=utf-8");
    let file = String::from_utf8(exported.body.to_vec()).unwrap();
    assert_eq!(file.lines().count(), 4);
    let same = curator.import("?replace=true", &[], &file).await;
    assert_eq!(same.status, 200, "{same:?}");
    let same = same.json();
    assert_eq!(
        (&same["unchanged"], &same["differences"]),
        (&json!(3), &json!([]))
    );
    assert_eq!(same["catalog_version"], Value::Null);
    assert_eq!(same["list_etag"], exported.header("etag"));
    assert_eq!(same["new_list_etag"], same["list_etag"]);
}

#[tokio::test]
async fn an_import_shows_what_it_would_change_and_does_it_unless_the_list_has_changed() {
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    for id in ["1001", "1002"] {
        let target = format!("/v1/curated-fees/{id}/direct");
        curator.put(&target, NEW, &entry("20.00")).await;
    }
    let exported = curator.get("/v1/curated-fees.csv").await;
    let file = String::from_utf8(exported.body.to_vec()).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    let file = [lines[0], &lines[1].replace("20.00", "22.00")].join("\r\n");

    let tried = curator
        .import("?dry_run=true&replace=true", &[], &file)
        .await
        .json();
    assert_eq!(
        (&tried["dry_run"], &tried["catalog_version"]),
        (&json!(true), &Value::Null)
    );
    let amounts = |side: &str| tried["differences"][0][side]["fees"][0]["amount"].clone();
    assert_eq!(
        (amounts("before"), amounts("after")),
        (json!("20.00"), json!("22.00"))
    );
    let removed = &tried["differences"][1];
    assert_eq!(
        (&removed["board_id"], &removed["after"]),
        (&json!("1002"), &Value::Null)
    );
    assert_eq!(
        curator.get("/v1/curated-fees.csv").await.body,
        exported.body
    );

    let other = "/v1/curated-fees/1003/direct";
    curator.put(other, NEW, &entry("20.00")).await;
    let seen = [("if-match", tried["list_etag"].as_str().unwrap())];
    let late = curator.import("?replace=true", &seen, &file).await;
    late.problem(412, "precondition_failed");
    curator.delete(other, "*").await;
    let done = curator.import("?replace=true", &seen, &file).await.json();
    assert_eq!(done["differences"], tried["differences"]);
    assert_eq!(done["catalog_version"], 5);
    let imported = curator.get("/v1/curated-fees.csv").await;
    assert_eq!(imported.body, format!("{file}\r\n"));
    assert_eq!(done["new_list_etag"], imported.header("etag"));
    assert_eq!(tried["new_list_etag"], done["new_list_etag"]);
    assert_ne!(done["new_list_etag"], done["list_etag"]);

    // Added to what is there, an entry of a file without the others.
    let row = lines[2];
    let file = [lines[0], &row.replace("1002", "1004")].join("\r\n");
    let added = curator.import("", &[], &file).await.json();
    let list = curator.get("/v1/curated-fees.csv").await;
    assert_eq!(added["new_list_etag"], list.header("etag"));
}

#[tokio::test]
async fn a_file_with_errors_is_refused_with_all_of_them_and_a_file_may_be_large() {
    let served = Served::empty().await;
    let curator = Holder::of(&served, Role::Curator).await;
    curator.put(ENTRY, NEW, &entry("20.00")).await;
    let exported = curator.get("/v1/curated-fees.csv").await;
    let file = String::from_utf8(exported.body.to_vec()).unwrap();
    let wrong = file
        .replace("20.00", "n/a")
        .replace("1001,Cedar", "1001,\"Cedar\nValley\"");
    let answer = curator.import("", &[], &wrong).await;
    answer.problem(400, "invalid_parameter");
    let wrong = file.replace("20.00", "n/a").replace("monthly", "weekly");
    let answer = curator.import("", &[], &wrong).await;
    assert_eq!(answer.wrong_places(), ["/2/amount", "/2/cadence"]);
    let text = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(text.contains("\"n/a\""), "{text}");
    let json = [("content-type", "application/json")];
    let target = "/v1/curated-fees/import";
    let other = curator.send(Method::POST, target, &json, Body::from(file.clone()));
    other.await.problem(415, "unsupported_media_type");
    let answer = curator
        .import("?dry_run=maybe&force=true", &[], &file)
        .await;
    assert_eq!(answer.wrong_places(), ["force", "dry_run"]);

    let (header, row) = file.split_once("\r\n").unwrap();
    let rows: Vec<String> = (0..5_000)
        .map(|n| row.replace("1001", &format!("2{n}")))
        .collect();
    let large = format!("{header}\r\n{}", rows.concat());
    assert!(large.len() > 500_000);
    let done = curator.import("", &[], &large).await.json();
    assert_eq!(done["differences"].as_array().unwrap().len(), 5_000);
    let too_large = curator.import("", &[], &" ".repeat((16 << 20) + 1)).await;
    too_large.problem(413, "payload_too_large");
}
