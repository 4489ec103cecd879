//! The memory rule: whatever one answer of the vendor holds, reading it costs at most 64 MiB.
//!
//! Each test measures a process of its own, which is this same test asked to be the reader: it reads a good list, and
//! then the hostile one, and the most memory it ever held is the kernel's own account of it (`VmHWM`).

use super::*;

/// Names the vendor that the reader is to read.
const READER: &str = "PTF_TEST_HOSTILE_VENDOR";
/// The rule of the service: what any fault of the vendor may cost.
const MAX_GROWTH_KIB: u64 = 64 << 10;
/// What a page may hold by default, less a little.
const PAGE_BYTES: usize = (32 << 20) - 1024;

/// What a line of `/proc/self/status` says, in KiB.
fn own_memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|text| text.strip_prefix(line))
        .unwrap();
    line.trim_start_matches(':')
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// Reads the good list, then the hostile one, and looks at its first page; says how it ended and what it cost.
async fn read_hostile_vendor(address: &str) {
    let settings = |path: &str| UpstreamSettings {
        page_size: 500,
        first_byte_timeout: Duration::from_secs(60),
        timeout: Duration::from_secs(60),
        retry_base: Duration::from_millis(2),
        ..UpstreamSettings::new(
            format!("http://{address}/{path}").parse().unwrap(),
            "reseller",
            "s3cret".into(),
        )
    };
    fetch_with(settings("good")).await.unwrap();
    let before = own_memory("VmRSS");
    let client = client_with(settings("hostile"));
    let error = client.fetch_all(NOW, &|_| {}).await.unwrap_err();
    // What a person would see of it does not matter here.
    let _ = client.probe(NOW).await;
    let growth = own_memory("VmHWM") - before;
    eprintln!("reader: {} {growth} {error}", error.class());
}

/// Has a process of its own, which runs `test` once more, read a vendor whose every page is `body`.
async fn assert_bounded(
    test: &str,
    class: FailureClass,
    body: impl Fn(usize) -> Reply + Send + Sync + 'static,
) {
    if let Ok(address) = std::env::var(READER) {
        return read_hostile_vendor(&address).await;
    }
    let vendor =
        Vendor::start(
            move |request, position| match request.target.starts_with("/good") {
                true => page(&boards(100), request),
                false => body(position),
            },
        )
        .await;
    let mut reader = tokio::process::Command::new(std::env::current_exe().unwrap());
    reader
        .args(["--exact", &format!("memory::{test}"), "--nocapture"])
        .env(READER, vendor.address.to_string());
    let output = reader.output().await.unwrap();
    let output = String::from_utf8(output.stderr).unwrap();
    let line = output
        .lines()
        .find_map(|line| line.split_once("reader: "))
        .unwrap()
        .1;
    let mut words = line.splitn(3, ' ');
    let (found, growth) = (words.next().unwrap(), words.next().unwrap());
    eprintln!("{test}: {growth} KiB, {}", words.next().unwrap());
    assert_eq!(found, class.to_string(), "{line}");
    assert!(growth.parse::<u64>().unwrap() <= MAX_GROWTH_KIB, "{line}");
}

/// As much of `part` as fits on a page, between `before` and `after`.
fn filled(before: &str, part: &str, after: &str) -> Reply {
    let room = PAGE_BYTES - before.len() - after.len();
    Reply::json(format!("{before}{}{after}", part.repeat(room / part.len())))
}

/// A page of results, each made by `result` of its number, as long as the page has room.
fn results(count: usize, result: impl Fn(usize) -> String) -> Reply {
    let results: Vec<_> = (0..count).map(result).collect();
    let body = format!("{{\"results\":[{}]}}", results.join(","));
    assert!(body.len() <= PAGE_BYTES, "{}", body.len());
    Reply::json(body)
}

macro_rules! bounded {
    ($($name:ident, $class:ident, $body:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            assert_bounded(stringify!($name), FailureClass::$class, $body).await;
        }
    )*};
}

bounded! {
    a_result_of_sixteen_million_numbers_is_bounded, Size, |_| filled("{\"results\":[[", "0,", "0]]}");
    a_result_of_ten_million_tables_is_bounded, Size, |_| filled("{\"results\":[[", "{},", "0]]}");
    nothing_but_numbers_around_the_results_is_bounded, Size, |_| filled("{\"links\":[", "0,", "0],\"results\":[]}");
    more_results_than_were_asked_for_are_bounded, Paging, |_| filled("{\"results\":[", "0,", "0]}");
    one_text_as_long_as_the_page_is_bounded, Size, |_| filled("{\"results\":[\"", "\\n", "\"]}");
    one_number_as_long_as_the_page_is_bounded, Size, |_| filled("{\"results\":[", "9", "]}");
    white_space_is_bounded, Size, |_| filled("{", " ", "}");
    brackets_without_end_are_bounded, Parse, |_| filled("", "[", "");
    names_of_half_a_megabyte_are_bounded, Schema, |position| results(if position == 1 { 50 } else { 0 }, |id| {
        format!("{{\"id\":{id},\"name\":\"{}\"}}", "x".repeat(600_000))
    });
    long_names_of_unknown_fields_are_bounded, Identity, |_| results(190, |id| {
        let unknown = format!("{id:06}").repeat(27_000);
        // The last of them stands for another board, so that the list fails once all were looked at.
        format!("{{\"id\":{},\"name\":\"{id}\",\"{unknown}\":1}}", id % 189)
    });
    many_results_of_many_numbers_are_bounded, Identity, |_| results(400, |id| {
        format!("{{\"id\":{},\"name\":\"{id}\",\"unknown\":[{}0]}}", id % 399, "0,".repeat(19_000))
    });
    states_without_end_are_bounded, Identity, |_| results(16, |id| {
        format!("{{\"id\":{},\"name\":\"{id}\",\"state\":\"{}\"}}", id % 15, "x;".repeat(1_000_000))
    });
    a_list_of_boards_that_are_each_possible_is_bounded, Size, |position| results(500, |id| {
        let (id, note) = (position * 500 + id, "\u{1f3e0}".repeat(2_000));
        format!("{{\"id\":{id},\"name\":\"x\",\"passThroughFee\":1,\"passThroughFeeFrequency\":\"MONTHLY\",\"passThroughFeeBasis\":\"ACCOUNT\",\"passThroughFeeNote\":\"{note}\"}}")
    });
}
