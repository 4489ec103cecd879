//! What is asked of a quote, checked in its one constructor.

use chrono::{Datelike, NaiveDate};

use super::Few;
use crate::domain::board::BoardId;
use crate::domain::fee::Basis;

/// The most boards in one quote.
pub const MAX_BOARDS: usize = 50;
/// The largest count of agents, offices, brokers, websites or feeds.
pub const MAX_COUNT: u32 = 1_000_000;
/// The longest term, in months.
pub const MAX_TERM_MONTHS: u32 = 120;
/// The years a quote may start in: wide enough for any archive, narrow enough that dates stay four digits.
const START_YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// How large the client is. Each count is 1 unless given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Agents.
    pub agents: u32,
    /// Offices.
    pub offices: u32,
    /// Brokers.
    pub brokers: u32,
    /// Websites.
    pub websites: u32,
    /// Data feeds.
    pub feeds: u32,
}

impl Default for Counts {
    fn default() -> Self {
        let usual = Counts::USUAL;
        Counts {
            agents: usual,
            offices: usual,
            brokers: usual,
            websites: usual,
            feeds: usual,
        }
    }
}

impl Counts {
    /// The units of every basis unless others are given.
    pub const USUAL: u32 = 1;

    /// The units of `basis`; an account is always 1.
    pub fn of(&self, basis: Basis) -> u64 {
        u64::from(match basis {
            Basis::Account => 1,
            Basis::Agent => self.agents,
            Basis::Office => self.offices,
            Basis::Broker => self.brokers,
            Basis::Website => self.websites,
            Basis::Feed => self.feeds,
        })
    }

    fn named(&self) -> [(&'static str, u32); 5] {
        [
            ("agents", self.agents),
            ("offices", self.offices),
            ("brokers", self.brokers),
            ("websites", self.websites),
            ("feeds", self.feeds),
        ]
    }
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {detail}")]
pub struct InvalidInput {
    /// The parameter, by its name in the API.
    pub parameter: &'static str,
    /// The value, what is wrong with it, and the remedy.
    pub detail: String,
}

/// A valid request for a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRequest {
    boards: Few<BoardId>,
    counts: Counts,
    term_months: u32,
    starts_on: NaiveDate,
}

impl QuoteRequest {
    /// The term unless another is given, in months.
    pub const DEFAULT_TERM_MONTHS: u32 = 12;

    /// A request for `boards`, each named once.
    ///
    /// # Errors
    /// Everything that is wrong, by parameter.
    pub fn new(
        boards: impl IntoIterator<Item = BoardId>,
        counts: Counts,
        term_months: u32,
        starts_on: NaiveDate,
    ) -> Result<QuoteRequest, Vec<InvalidInput>> {
        let boards: Few<BoardId> = boards.into_iter().collect();
        let mut problems = check_boards(&boards);
        for (parameter, count) in counts.named() {
            if count > MAX_COUNT {
                let detail =
                    format!("\"{count}\" is more than {MAX_COUNT}, the most a quote takes");
                problems.push(InvalidInput { parameter, detail });
            }
        }
        if !(1..=MAX_TERM_MONTHS).contains(&term_months) {
            let detail =
                format!("\"{term_months}\" is not a number of months from 1 to {MAX_TERM_MONTHS}");
            problems.push(InvalidInput {
                parameter: "term_months",
                detail,
            });
        }
        if !START_YEARS.contains(&starts_on.year()) {
            let (first, last) = (START_YEARS.start(), START_YEARS.end());
            let detail = format!("\"{starts_on}\" is not in the years {first} to {last}");
            problems.push(InvalidInput {
                parameter: "starts_on",
                detail,
            });
        }
        if problems.is_empty() {
            Ok(QuoteRequest {
                boards,
                counts,
                term_months,
                starts_on,
            })
        } else {
            Err(problems)
        }
    }

    /// The boards, each once, in the order asked for.
    pub fn boards(&self) -> &[BoardId] {
        &self.boards
    }

    /// How large the client is.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The term in months.
    pub fn term_months(&self) -> u32 {
        self.term_months
    }

    /// The first day.
    pub fn starts_on(&self) -> NaiveDate {
        self.starts_on
    }

    /// The months that matter to any figure: the term, and never less than the first year.
    pub(super) fn horizon_months(&self) -> u32 {
        self.term_months.max(FIRST_YEAR_MONTHS)
    }
}

/// Months of the figure `first_year`, also where the term is shorter.
pub(super) const FIRST_YEAR_MONTHS: u32 = 12;

fn check_boards(boards: &[BoardId]) -> Vec<InvalidInput> {
    let problem = |detail: String| {
        vec![InvalidInput {
            parameter: "board",
            detail,
        }]
    };
    if boards.is_empty() {
        return problem("is missing; name at least one board by its id".to_owned());
    }
    if boards.len() > MAX_BOARDS {
        return problem(format!(
            "{} boards are named; a quote takes at most {MAX_BOARDS}",
            boards.len()
        ));
    }
    let repeated = boards
        .iter()
        .enumerate()
        .find(|(position, id)| boards[..*position].contains(id));
    match repeated {
        Some((_, id)) => problem(format!("\"{id}\" is named twice; name each board once")),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<BoardId> {
        (0..count)
            .map(|id| BoardId::parse(&id.to_string()).unwrap())
            .collect()
    }

    fn wrong(
        boards: Vec<BoardId>,
        counts: Counts,
        term: u32,
        starts_on: &str,
    ) -> Vec<&'static str> {
        let request = QuoteRequest::new(boards, counts, term, starts_on.parse().unwrap());
        request
            .unwrap_err()
            .into_iter()
            .map(|problem| problem.parameter)
            .collect()
    }

    #[test]
    fn every_parameter_that_is_wrong_is_named() {
        let counts = Counts {
            agents: MAX_COUNT + 1,
            feeds: u32::MAX,
            ..Counts::default()
        };
        assert_eq!(
            wrong(vec![], counts, 0, "1999-12-31"),
            ["board", "agents", "feeds", "term_months", "starts_on"]
        );
        assert_eq!(
            wrong(ids(51), Counts::default(), 121, "2026-01-01"),
            ["board", "term_months"]
        );
        assert_eq!(
            wrong(
                [ids(2), ids(1)].concat(),
                Counts::default(),
                1,
                "2026-01-01"
            ),
            ["board"]
        );
        let widest = QuoteRequest::new(
            ids(50),
            Counts::default(),
            120,
            "2199-12-31".parse().unwrap(),
        );
        assert!(widest.is_ok());
    }
}
