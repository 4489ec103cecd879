//! The commands at the terminal: data on stdout, talk on stderr, exit codes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{World, documented_fees, sandbox_vendor};

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_quotes_as_the_api_does() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    assert_eq!(world.import(&documented_fees()).code, 0);
    let service = world.serve();
    service.wait_until_synced().await;

    let printed = world.run_ok(&[
        "quote",
        "165",
        "147",
        "--feeds",
        "12",
        "--starts-on",
        "2026-11-23",
        "--json",
    ]);
    let mut printed: Value = serde_json::from_str(&printed).unwrap();
    let mut served = service
        .get_ok("/v1/quote?board=165,147&feeds=12&starts_on=2026-11-23")
        .await;
    for quote in [&mut printed, &mut served] {
        let fields = quote.as_object_mut().unwrap();
        for field in ["quoted_at", "checked_at", "valid_until"] {
            fields.remove(field).unwrap();
        }
    }
    assert_eq!(printed, served);

    let table = world.run_ok(&["quote", "165", "--feeds", "12"]);
    assert!(
        table.contains("$970.00") && table.contains("$5,880.00"),
        "{table}"
    );
    let board: Value = serde_json::from_str(&world.run_ok(&["board", "165", "--json"])).unwrap();
    assert_eq!(board, service.get_ok("/v1/boards/165").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_answers_differ_at_the_terminal_in_json_csv_and_labels() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    assert_eq!(world.import(&documented_fees()).code, 0);
    let service = world.serve();
    service.wait_until_synced().await;
    let options = service.get_ok("/v1/boards/options").await;
    let csv = service.get("/v1/boards.csv").await.body;
    // 33 has a direct fee recorded and nothing about its pass-through fee.
    let answers = [
        ("147", "charged", "$20.00/mo + $100.00 set-up", "$20.00"),
        ("31", "none", "No pass-through fee", "no fee"),
        (
            "141",
            "unpublished",
            "Fee on request",
            "amount not published",
        ),
        ("33", "unknown", "Fee not known", "not known"),
    ];
    for (id, status, label, at_the_terminal) in answers {
        let board = service.get_ok(&format!("/v1/boards/{id}")).await;
        assert_eq!(board["pass_through"]["status"], status, "{id}");
        assert_eq!(board["fee_label"], label, "{id}");
        let option = options["options"]
            .as_array()
            .unwrap()
            .iter()
            .find(|option| option["value"] == id)
            .unwrap();
        assert_eq!(
            (&option["status"], &option["fee_label"]),
            (&board["pass_through"]["status"], &board["fee_label"])
        );
        let row = csv
            .lines()
            .find(|line| line.starts_with(&format!("{id},")) && line.contains(",pass_through,"))
            .unwrap();
        assert!(row.contains(&format!(",pass_through,{status},")), "{row}");
        let printed = world.run_ok(&["quote", id]);
        assert!(printed.contains(at_the_terminal), "{id}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manual_fee_is_unknown_before_the_import_and_charged_after_it() {
    let (_vendor, base_url) = sandbox_vendor(200).await;
    let world = World::with_vendor(&base_url);
    let service = world.serve();
    service.wait_until_synced().await;
    let unknown = service.get_ok("/v1/boards?status=unknown&limit=1").await;
    let board = &unknown["boards"][0];
    let (id, name) = (
        board["id"].as_str().unwrap(),
        board["name"].as_str().unwrap(),
    );
    let before = service.get_ok(&format!("/v1/quote?board={id}")).await;
    assert_eq!(before["completeness"], "unknown");
    assert_eq!(before["totals"], serde_json::json!([]));

    let header = documented_fees().lines().next().unwrap().to_owned();
    let row = format!(
        "{id},\"{name}\",,,,pass_through,charged,false,idx,IDX fee,35.00,,USD,monthly,,account,,,,,,,,,,2026-11-01"
    );
    let dry = {
        let file = world.path("dry.csv");
        std::fs::write(&file, format!("{header}\n{row}\n")).unwrap();
        world.run(&["curated", "import", "--dry-run", file.to_str().unwrap()])
    };
    assert!(
        dry.stderr.contains("would change: 1 entries added"),
        "{}",
        dry.stderr
    );
    assert_eq!(
        service.get_ok(&format!("/v1/boards/{id}")).await["pass_through"]["status"],
        "unknown"
    );

    let imported = world.import(&format!("{header}\n{row}\n"));
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    let after = service
        .wait_for(&format!("/v1/quote?board={id}"), |quote| {
            quote["completeness"] == "complete"
        })
        .await;
    assert_eq!(after["totals"][0]["pass_through"]["first_year"], "420.00");
    assert_eq!(
        after["boards"][0]["pass_through"]["lines"][0]["source"]["kind"],
        "curated"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_any_error_imports_nothing() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let broken = documented_fees().replace("IDX fee,20.00", "IDX fee,n/a");
    let refused = world.import(&broken);
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .stdout
            .contains("row 7, amount: \"n/a\" is not an amount"),
        "{}",
        refused.stdout
    );
    assert_eq!(world.run_ok(&["curated", "export"]).lines().count(), 1);
}

#[test]
fn only_an_import_begins_a_database() {
    let world = World::with_vendor("http://127.0.0.1:9");
    let file = world.path("fees.csv");
    std::fs::write(&file, documented_fees().lines().next().unwrap()).unwrap();
    let file = file.to_str().unwrap();
    for arguments in [
        &["curated", "check", file][..],
        &["curated", "import", "--dry-run", file],
        &["curated", "export"],
    ] {
        let refused = world.run(arguments);
        assert_ne!(refused.code, 0, "{arguments:?}");
        assert!(
            refused.stderr.contains("ptf-cache sync"),
            "{}",
            refused.stderr
        );
    }
    world.run_ok(&["curated", "import", file]);
    assert_eq!(world.run_ok(&["curated", "export"]).lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_say_how_it_ended() {
    let (vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    assert_eq!(world.run(&["quote", "1001"]).code, 1);
    world.run_ok(&["sync"]);
    let unknown = world.run(&["quote", "nope"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""));
    assert!(
        unknown.stderr.contains("there is no board \"nope\""),
        "{}",
        unknown.stderr
    );
    assert_eq!(world.run(&["quote"]).code, 2);
    assert_eq!(world.run(&["quote", "1001", "--term-months", "0"]).code, 2);
    let mut misconfigured = world.command(&["config", "check"]);
    let ended = misconfigured
        .env("PTF_SERVER__LISTN", "1")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("PTF_SERVER__LISTN"));
    vendor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing_and_an_implausible_list_is_quarantined() {
    let (vendor, base_url) = sandbox_vendor(200).await;
    let world = World::with_vendor(&base_url);
    let dry = world.run(&["sync", "--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert!(
        dry.stdout.contains("+ 1") && dry.stdout.contains("more (--json prints all)"),
        "{}",
        dry.stdout
    );
    assert!(
        !world.path("test.db").exists(),
        "a dry run leaves nothing behind"
    );
    world.run_ok(&["sync"]);
    let dry = world.run(&["sync", "--dry-run"]);
    assert!(
        dry.stderr.contains("unchanged: 200 boards"),
        "{}",
        dry.stderr
    );
    assert_eq!(
        world
            .run_ok(&["runs", "--json"])
            .matches("\"outcome\"")
            .count(),
        1
    );
    vendor.set_faults(vec!["drop-half".parse().unwrap()]);
    let quarantined = world.run(&["sync"]);
    assert_eq!(quarantined.code, 3, "{}", quarantined.stderr);
    assert!(
        quarantined.stderr.contains("boards are gone"),
        "{}",
        quarantined.stderr
    );
    vendor.set_faults(vec!["zero-fees".parse().unwrap()]);
    let quarantined = world.run(&["sync"]);
    assert_eq!(quarantined.code, 3, "{}", quarantined.stderr);
    assert!(
        world.run(&["verify"]).stderr.contains("catalog 1 has"),
        "nothing was published"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_not_printed() {
    let world = World::with_vendor("http://127.0.0.1:9");
    let mut command = world.command(&["config", "print"]);
    let printed = command
        .env("PTF_UPSTREAM__PASSWORD", "c4nary-secret")
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed.contains("[redacted]") && !printed.contains("c4nary"),
        "{printed}"
    );
    assert!(world.run(&["config", "check"]).stderr.contains("valid"));
}

/// Once an import stayed in the log beside the file, and a plain copy of the file was one without it.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_leaves_one_file_behind() {
    let world = World::with_vendor("http://127.0.0.1:9");
    let log = world.path("test.db-wal");
    assert_eq!(world.import(&documented_fees()).code, 0);
    assert!(!log.exists());
    assert_eq!(world.run(&["board", "31"]).code, 1);
    assert!(!log.exists());
}

/// Once the reason was a second member of that name, and readers of JSON kept one of the two.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_line_in_json_has_one_message() {
    let world = World::with_vendor("http://127.0.0.1:9");
    let mut command = world.command(&["serve"]);
    command
        .env("PTF_LOG__FORMAT", "json")
        .stderr(Stdio::piped());
    let mut service = command.spawn().unwrap();
    let log = BufReader::new(service.stderr.take().unwrap()).lines();
    let mut log = log.map_while(Result::ok);
    let line = log.find(|line| line.contains("sync run failed"));
    service.kill().unwrap();
    service.wait().unwrap();
    let line = line.expect("the service logs a failed run");
    assert_eq!(line.matches("\"message\":").count(), 1, "{line}");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert!(line["reason"].as_str().unwrap().contains("no connection"));
}
