//! Quotes written straight into the answer: what serde makes of the view, and what the handler answers.

use chrono::{DateTime, Days, TimeDelta, Utc};
use proptest::prelude::*;
use ptf_cache::catalog::Catalog;
use ptf_cache::domain::board::{Board, BoardId};
use ptf_cache::domain::quote::{Counts, QuoteRequest, quote};
use ptf_cache::http::views::{Detail, QuoteView};

use crate::catalogs::{Boards, charged, checked_at, fee};
use crate::harness::{MAX_AGE, Served, ZONE};

/// Every kind of board, and texts that JSON has to escape.
fn boards() -> Boards {
    let mut boards = Boards::of_every_kind();
    let nasty = "Tab\u{1f} \\ \"Quote\" \u{2028} Noël";
    let euro = ptf_cache::domain::fee_text::FeeText {
        currency: "EUR".into(),
        billed: Some("annual".into()),
        effective_from: Some("2026-12-15".into()),
        note: Some("</script> \"so\"".into()),
        included: Some("3".into()),
        minimum: Some("9.5".into()),
        maximum: Some("1000000".into()),
        ..fee("idx", "1234.5", "monthly", "agent")
    };
    let yen = ptf_cache::domain::fee_text::FeeText {
        currency: "JPY".into(),
        ..fee("setup", "1500", "one_time", "office")
    };
    boards.vendor("99", nasty, "CA", charged(vec![euro, yen]));
    boards
}

/// What is asked, as a person would say it.
#[derive(Debug, Clone)]
struct Question {
    boards: Vec<String>,
    counts: [Option<u32>; 5],
    term_months: Option<u32>,
    starts_on: Option<u64>,
    version: bool,
    now: TimeDelta,
}

fn questions() -> impl Strategy<Value = Question> {
    let ids = ["7", "8", "9", "10", "11", "12", "13", "14", "99"];
    let boards = proptest::sample::subsequence(ids.to_vec(), 1..=ids.len()).prop_shuffle();
    let count = || proptest::option::of(prop_oneof![0..20_u32, Just(1_000_000)]);
    let counts = [count(), count(), count(), count(), count()];
    let term = proptest::option::of(1..=120_u32);
    let start = proptest::option::of(0..400_u64);
    // From just checked to long stale.
    let now = (0..40 * 60_i64).prop_map(TimeDelta::minutes);
    (boards, counts, term, start, any::<bool>(), now).prop_map(
        |(boards, counts, term_months, starts_on, version, now)| Question {
            boards: boards.into_iter().map(str::to_owned).collect(),
            counts,
            term_months,
            starts_on,
            version,
            now,
        },
    )
}

impl Question {
    fn now(&self) -> DateTime<Utc> {
        checked_at() + self.now
    }

    fn query(&self) -> String {
        let mut query = format!("board={}", self.boards.join(","));
        let names = ["agents", "offices", "brokers", "websites", "feeds"];
        for (name, count) in names.into_iter().zip(self.counts) {
            query.extend(count.map(|count| format!("&{name}={count}")));
        }
        query.extend(
            self.term_months
                .map(|months| format!("&term_months={months}")),
        );
        query.extend(self.starts_on.map(|days| {
            let day = checked_at().date_naive() + Days::new(days);
            format!("&starts_on={day}")
        }));
        if self.version {
            query.push_str("&catalog_version=42");
        }
        query
    }

    fn request(&self) -> QuoteRequest {
        let ids = self.boards.iter().map(|id| BoardId::parse(id).unwrap());
        let [agents, offices, brokers, websites, feeds] =
            self.counts.map(|count| count.unwrap_or(1));
        let counts = Counts {
            agents,
            offices,
            brokers,
            websites,
            feeds,
        };
        let today = self.now().with_timezone(&ZONE).date_naive();
        let starts_on = self
            .starts_on
            .map_or(today, |days| checked_at().date_naive() + Days::new(days));
        let term_months = self.term_months.unwrap_or(12);
        QuoteRequest::new(ids, counts, term_months, starts_on).unwrap()
    }

    /// The quote as serde writes its view.
    fn by_serde(&self, served: &Served, catalog: &Catalog) -> Vec<u8> {
        let request = self.request();
        let boards = request.boards().iter();
        let boards: Vec<&Board> = boards
            .map(|id| catalog.board(id).unwrap().as_ref())
            .collect();
        let freshness = served.handle.get().unwrap().freshness;
        let now = self.now();
        let stale_since = (self.now >= MAX_AGE).then_some(freshness.checked_at);
        let quote = quote(boards, &request, stale_since);
        let view = QuoteView::of(
            &quote,
            &request,
            catalog.head(),
            freshness,
            now,
            Detail::Public,
        );
        serde_json::to_vec(&view).unwrap()
    }
}

#[test]
fn a_quote_is_what_serde_and_the_handler_make_of_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let served = runtime.block_on(Served::with(&boards()));
    let catalog = boards().build(42);
    proptest!(|(question in questions())| {
        served.clock.set(question.now());
        let uri = format!("/v1/quote?{}", question.query());
        let expected = question.by_serde(&served, &catalog);
        let (at_hand, routed) = runtime.block_on(async {
            (served.get(&uri).await, served.get(&format!("{uri}&")).await)
        });
        prop_assert_eq!(at_hand.status, 200, "{}", uri);
        let text = |body: &[u8]| String::from_utf8(body.to_vec()).unwrap();
        prop_assert_eq!(text(&at_hand.body), text(&expected));
        prop_assert_eq!(text(&routed.body), text(&expected));
        for name in ["etag", "cache-control", "content-type", "catalog-version", "content-length"] {
            prop_assert_eq!(at_hand.header(name), routed.header(name), "{}", name);
        }
        let known = [("if-none-match", at_hand.header("etag"))];
        let again = runtime.block_on(served.ask(axum::http::Method::GET, &uri, &known));
        prop_assert_eq!(again.status, 304);
        prop_assert!(again.body.is_empty());
    });
}

const NAMES: [&str; 9] = [
    "board",
    "agents",
    "offices",
    "term_months",
    "starts_on",
    "catalog_version",
    "bord",
    "",
    "Board",
];
const VALUES: [&str; 25] = [
    "12",
    "12,7",
    "7,7",
    "404",
    "",
    "0",
    "007",
    "1000000",
    "1000001",
    "99999999",
    "-1",
    "1.0",
    "2026-12-01",
    "2026-1-1",
    "2026-02-30",
    "0000-01-01",
    "2199-12-31",
    "1999-12-31",
    "42",
    "41",
    "1%32",
    "a+b",
    "12,",
    "%C3%A9",
    "%",
];

/// Pieces of queries, right and wrong.
fn pairs() -> impl Strategy<Value = String> {
    let (names, values) = (
        proptest::sample::select(&NAMES[..]),
        proptest::sample::select(&VALUES[..]),
    );
    (names, values, proptest::bool::weighted(0.95))
        .prop_map(|(name, value, equals)| format!("{name}{}{value}", if equals { "=" } else { "" }))
}

#[test]
fn any_query_has_the_same_answer_at_hand_and_from_the_handler() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let served = runtime.block_on(Served::with(&boards()));
    proptest!(ProptestConfig::with_cases(2_000), |(pairs in proptest::collection::vec(pairs(), 0..4))| {
        let uri = format!("/v1/quote?{}", pairs.join("&"));
        let (first, second) = runtime.block_on(async {
            (served.get(&uri).await, served.get(&format!("{uri}&")).await)
        });
        prop_assert_eq!(first.status, second.status, "{}", uri);
        if first.status == 200 {
            prop_assert_eq!(first.body, second.body, "{}", uri);
        }
    });
}
