//! Implausible lists: few wrong values are held back, many put the run into quarantine, and a person decides by hash.

use ptf_cache::sandbox::{Amount, RunningSandbox, SandboxBoard};
use serde_json::Value;

use crate::harness::{Ended, World, sandbox_vendor};

/// The position of a board in the vendor's list that charges a monthly amount and nothing else.
fn plain(boards: &[SandboxBoard]) -> usize {
    let is_plain = |board: &SandboxBoard| {
        board.pass_through_fee_frequency.as_deref() == Some("MONTHLY")
            && board.pass_through_fee_basis.as_deref() == Some("ACCOUNT")
            && board.currency.as_deref().unwrap_or("USD") == "USD"
            && !board.setup_fee.is_said()
            && board.pass_through_fee_type.is_none()
            && is_number(&board.pass_through_fee)
    };
    boards.iter().position(is_plain).unwrap()
}

fn is_number(amount: &Amount) -> bool {
    match amount {
        Amount::Text(text) => text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.'),
        Amount::Number(_) => true,
        Amount::Absent | Amount::Null => false,
    }
}

/// Changes the vendor's list.
fn change(vendor: &RunningSandbox, change: impl FnOnce(&mut Vec<SandboxBoard>)) {
    let mut boards = vendor.boards();
    change(&mut boards);
    vendor.set_boards(boards);
}

/// Sets the amount of one board.
fn price(vendor: &RunningSandbox, position: usize, amount: &str) {
    change(vendor, |boards| {
        boards[position].pass_through_fee = Amount::Text(amount.to_owned());
    });
}

/// A world that has synced 200 boards, one of which, at the position and with the id given, charges 20.00 a month.
async fn synced() -> (RunningSandbox, World, usize, String) {
    let (vendor, base_url) = sandbox_vendor(200).await;
    let position = plain(&vendor.boards());
    price(&vendor, position, "20.00");
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let id = vendor.boards()[position].id.clone();
    (vendor, world, position, id)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What the board costs a month, in the catalog as it is.
fn monthly(world: &World, id: &str) -> String {
    let quote = json(&world.run_ok(&["quote", id, "--json"]));
    let monthly = &quote["totals"][0]["pass_through"]["monthly"];
    monthly.as_str().unwrap_or("nothing").to_owned()
}

fn warnings(world: &World, id: &str) -> Vec<String> {
    let quote = json(&world.run_ok(&["quote", id, "--json"]));
    let warnings = quote["warnings"].as_array().unwrap();
    let codes = warnings.iter().map(|warning| warning["code"].as_str());
    codes.map(|code| code.unwrap().to_owned()).collect()
}

/// The newest run, with what waits for a decision.
fn newest_run(world: &World) -> Value {
    let runs = json(&world.run_ok(&["runs", "--json"]));
    let id = runs[0]["id"].to_string();
    json(&world.run_ok(&["runs", &id, "--json"]))
}

fn version(world: &World) -> i64 {
    let versions = json(&world.run_ok(&["quote", "1001", "--json"]));
    versions["catalog_version"].as_i64().unwrap()
}

fn approve(world: &World, run: &Value) -> Ended {
    let (id, hash) = (run["id"].to_string(), run["hash"].as_str().unwrap());
    world.run(&["runs", "approve", &id, "--hash", hash])
}

#[tokio::test(flavor = "multi_thread")]
async fn one_implausible_fee_is_held_marked_and_released_by_approval() {
    let (vendor, world, position, id) = synced().await;
    price(&vendor, position, "2000.00");

    let held = world.run(&["sync"]);
    assert_eq!(held.code, 3, "{}", held.stderr);
    assert!(held.stderr.contains("20 became 2000"), "{}", held.stderr);
    assert_eq!(monthly(&world, &id), "20.00");
    assert!(warnings(&world, &id).contains(&"value_held".to_owned()));
    let board = json(&world.run_ok(&["board", &id, "--json"]));
    assert_eq!(board["held"][0]["part"], "pass_through", "{board}");
    let run = newest_run(&world);
    assert_eq!(
        (&run["outcome"], &run["counts"]["held"]),
        (&Value::from("held"), &Value::from(1))
    );
    let after = &run["differences"][0]["after"]["pass_through"]["fees"][0]["amount"];
    assert_eq!(after, "2000.00", "{run}");

    let rejected = world.run(&["runs", "reject", &run["id"].to_string()]);
    assert_eq!(rejected.code, 1, "{}", rejected.stderr);
    let approved = approve(&world, &run);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert_eq!(monthly(&world, &id), "2000.00");
    assert!(!warnings(&world, &id).contains(&"value_held".to_owned()));
    assert_eq!(world.run(&["sync"]).code, 0);
    assert_eq!(approve(&world, &run).code, 1, "nothing is approved twice");
    world.run_ok(&["verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_value_writes_no_version_again_and_is_believed_in_the_fourth_run() {
    let (vendor, world, position, id) = synced().await;
    price(&vendor, position, "2000.00");
    assert_eq!(world.run(&["sync"]).code, 3);
    let held_in = version(&world);
    assert_eq!(world.run(&["sync"]).code, 3);
    assert_eq!(world.run(&["sync"]).code, 3);
    assert_eq!(version(&world), held_in);
    assert_eq!(monthly(&world, &id), "20.00");

    let released = world.run(&["sync"]);
    assert_eq!(released.code, 0, "{}", released.stderr);
    assert!(
        released.stderr.contains("no longer held back"),
        "{}",
        released.stderr
    );
    assert_eq!(monthly(&world, &id), "2000.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_implausible_value_begins_anew_and_the_old_one_again_takes_the_mark_off() {
    let (vendor, world, position, id) = synced().await;
    for amount in ["2000.00", "2000.00", "2000.00", "3000.00", "3000.00"] {
        price(&vendor, position, amount);
        assert_eq!(world.run(&["sync"]).code, 3, "{amount}");
    }
    assert_eq!(monthly(&world, &id), "20.00");
    price(&vendor, position, "20.00");
    let back = world.run(&["sync"]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    assert!(!warnings(&world, &id).contains(&"value_held".to_owned()));
    assert_eq!(newest_run(&world)["hash"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_plausible_is_published_beside_what_is_held() {
    let (vendor, world, position, id) = synced().await;
    let other = vendor.boards()[position + 1].id.clone();
    change(&vendor, |boards| {
        boards[position].currency = Some("CAD".to_owned());
        boards[position].name = "Renamed and Rebilled MLS".to_owned();
        boards[position + 1].name = "Renamed MLS".to_owned();
    });
    assert_eq!(world.run(&["sync"]).code, 3);
    let board = |id: &str| json(&world.run_ok(&["board", id, "--json"]));
    assert_eq!(board(&other)["name"], "Renamed MLS");
    let held = board(&id);
    assert_eq!(held["name"], "Renamed and Rebilled MLS");
    assert_eq!(held["pass_through"]["fees"][0]["currency"], "USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_given_to_another_board_keeps_the_board_it_was() {
    let (vendor, world, position, id) = synced().await;
    let before = json(&world.run_ok(&["board", &id, "--json"]));
    change(&vendor, |boards| {
        let board = &mut boards[position];
        board.name = "Quite Another Board".to_owned();
        board.abbreviation = "QAB".to_owned();
        board.state = if board.state.contains("HI") {
            "AK"
        } else {
            "HI"
        }
        .to_owned();
        board.pass_through_fee = Amount::Text("21.00".to_owned());
    });
    assert_eq!(world.run(&["sync"]).code, 3);
    let after = json(&world.run_ok(&["board", &id, "--json"]));
    assert_eq!(after["name"], before["name"]);
    assert_eq!(after["pass_through"], before["pass_through"]);
    assert_eq!(after["held"][0]["part"], "board", "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_implausible_fees_wait_in_quarantine_for_exactly_their_approval() {
    let (vendor, world, position, id) = synced().await;
    change(&vendor, |boards| {
        for board in boards
            .iter_mut()
            .filter(|board| is_number(&board.pass_through_fee))
        {
            board.pass_through_fee = Amount::Text("7777.00".to_owned());
        }
    });
    let quarantined = world.run(&["sync"]);
    assert_eq!(quarantined.code, 3, "{}", quarantined.stderr);
    assert_eq!(
        (monthly(&world, &id).as_str(), version(&world)),
        ("20.00", 1)
    );
    let run = newest_run(&world);
    assert_eq!(run["outcome"], "quarantined");
    assert!(run["differences"].as_array().unwrap().len() > 50);

    // The vendor goes on to something else; what is approved is what the run found.
    price(&vendor, position, "20.00");
    let other_hash = "0".repeat(64);
    let refused = world.run(&[
        "runs",
        "approve",
        &run["id"].to_string(),
        "--hash",
        &other_hash,
    ]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains(run["hash"].as_str().unwrap()),
        "{}",
        refused.stderr
    );
    let approved = approve(&world, &run);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert_eq!(monthly(&world, &id), "7777.00");
    let after = newest_run(&world);
    assert_eq!(
        (&after["outcome"], &after["catalog_version"]),
        (&Value::from("approved"), &Value::from(2))
    );
    let changes = world.run_ok(&["changes", "--after", "1", "--json"]);
    assert!(changes.contains("\"approval\""), "{changes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_run_is_gone_and_the_next_good_one_repairs() {
    let (vendor, world, _, id) = synced().await;
    let good = vendor.boards();
    vendor.set_faults(vec!["drop-half".parse().unwrap()]);
    assert_eq!(world.run(&["sync"]).code, 3);
    let run = newest_run(&world);
    assert_eq!(
        world.run(&["runs", "reject", &run["id"].to_string()]).code,
        0
    );
    assert_eq!(newest_run(&world)["outcome"], "rejected");
    assert_eq!(approve(&world, &run).code, 1);
    vendor.set_faults(vec![]);
    vendor.set_boards(good);
    assert_eq!(world.run(&["sync"]).code, 0);
    assert_eq!(
        (monthly(&world, &id).as_str(), version(&world)),
        ("20.00", 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_has_moved_on_is_compared_anew_before_an_approval() {
    let (vendor, world, position, id) = synced().await;
    price(&vendor, position, "2000.00");
    assert_eq!(world.run(&["sync"]).code, 3);
    let run = newest_run(&world);

    // An edit of the curated list is no other difference: the hash still counts. A price that moved is one.
    vendor.set_faults(vec!["drop-half".parse().unwrap()]);
    price(&vendor, position, "20.00");
    assert_eq!(
        world.run(&["sync"]).code,
        3,
        "in quarantine, so what is held stays"
    );
    vendor.set_faults(vec![]);
    let curated = format!(
        "board_id,board_name,abbreviation,states,country,channel,status,override,fee_key,label,amount,amount_max,currency,\
         cadence,billed,basis,included,tier_mode,tiers,minimum,maximum,effective_from,effective_to,note,source_url,verified_on\n\
         {id},,,,,direct,none,false,,,,,,,,,,,,,,,,,,\n"
    );
    let imported = world.import(&curated);
    assert_eq!(imported.code, 0, "{}{}", imported.stdout, imported.stderr);
    let approved = approve(&world, &run);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert_eq!(monthly(&world, &id), "2000.00");
}
