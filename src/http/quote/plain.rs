//! The query of a quote as nearly everybody writes it, read without a detour.
//!
//! Whatever needs a second look (an escape, a name given twice, a board that is not there, a version of the past) is
//! left to the handler, which says what is wrong with it if something is.

use chrono::{Datelike, NaiveDate};

use crate::catalog::Catalog;
use crate::domain::board::{Board, BoardId};
use crate::domain::quote::{Counts, Few, MAX_BOARDS, QuoteRequest};

/// The most digits of a number: those of the largest count.
const MAX_DIGITS: usize = 7;

/// A quote that can be made.
pub(crate) struct Plain<'c> {
    catalog: &'c Catalog,
    /// Where in the catalog the boards of the request are, in its order.
    pub(crate) positions: Few<usize>,
    /// What is asked.
    pub(crate) request: QuoteRequest,
}

/// What `query` gives; `None` where it needs a second look.
#[derive(Default)]
struct Given {
    positions: Few<usize>,
    agents: Option<u32>,
    offices: Option<u32>,
    brokers: Option<u32>,
    websites: Option<u32>,
    feeds: Option<u32>,
    term_months: Option<u32>,
    starts_on: Option<NaiveDate>,
    version: Option<u32>,
}

impl<'c> Plain<'c> {
    /// Reads `query`, whose boards and version are those of `catalog`, the newest; a quote without a start date starts
    /// on the day that `today` says. `None` where it needs a second look.
    pub(crate) fn read(
        query: &str,
        catalog: &'c Catalog,
        today: impl FnOnce() -> NaiveDate,
    ) -> Option<Plain<'c>> {
        let given = Given::read(query, catalog)?;
        let newest = catalog.head().version.get();
        if given
            .version
            .is_some_and(|version| i64::from(version) != newest)
        {
            return None;
        }
        let counts = Counts {
            agents: given.agents.unwrap_or(1),
            offices: given.offices.unwrap_or(1),
            brokers: given.brokers.unwrap_or(1),
            websites: given.websites.unwrap_or(1),
            feeds: given.feeds.unwrap_or(1),
        };
        let boards = given.positions.iter().map(|at| &catalog.boards()[*at]);
        let ids = boards.map(|board| BoardId::clone(&board.facts.id));
        let term_months = given
            .term_months
            .unwrap_or(QuoteRequest::DEFAULT_TERM_MONTHS);
        let starts_on = given.starts_on.unwrap_or_else(today);
        let request = QuoteRequest::new(ids, counts, term_months, starts_on).ok()?;
        Some(Plain {
            catalog,
            positions: given.positions,
            request,
        })
    }

    /// The boards of the request, in its order.
    pub(crate) fn boards(&self) -> impl Iterator<Item = &'c Board> {
        let boards = self.catalog.boards();
        self.positions.iter().map(|at| boards[*at].as_ref())
    }
}

impl Given {
    fn read(query: &str, catalog: &Catalog) -> Option<Given> {
        let mut given = Given::default();
        for pair in split(query, b'&') {
            let (name, value) = pair.split_at(pair.bytes().position(|byte| byte == b'=')?);
            let value = &value[1..];
            match name {
                "board" => given.add_boards(value, catalog)?,
                "agents" => once(&mut given.agents, read_number(value)?)?,
                "offices" => once(&mut given.offices, read_number(value)?)?,
                "brokers" => once(&mut given.brokers, read_number(value)?)?,
                "websites" => once(&mut given.websites, read_number(value)?)?,
                "feeds" => once(&mut given.feeds, read_number(value)?)?,
                "term_months" => once(&mut given.term_months, read_number(value)?)?,
                "starts_on" => once(&mut given.starts_on, read_date(value)?)?,
                "catalog_version" => once(&mut given.version, read_number(value)?)?,
                _ => return None,
            }
        }
        Some(given)
    }

    fn add_boards(&mut self, ids: &str, catalog: &Catalog) -> Option<()> {
        // These mean something else than themselves in a query.
        if ids.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
            return None;
        }
        for id in split(ids, b',') {
            if self.positions.len() == MAX_BOARDS {
                return None;
            }
            self.positions.push(catalog.position_of(id)?);
        }
        Some(())
    }
}

/// What stands between the ASCII characters `separator` of `text`. Looks byte by byte, which is quickest for texts as
/// short as these.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|byte| byte == separator);
        rest = end.map(|end| &text[end + 1..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// Fills what is given for the first time.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    match place.replace(value) {
        None => Some(()),
        Some(_) => None,
    }
}

fn read_number(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > MAX_DIGITS {
        return None;
    }
    text.bytes().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// A date written like `2026-11-23`.
fn read_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = i32::try_from(read_number(text.get(..4)?)?).ok()?;
    let month = read_number(text.get(5..7)?)?;
    let day = read_number(text.get(8..)?)?;
    NaiveDate::from_ymd_opt(year, month, day).filter(|date| date.year() > 0)
}
