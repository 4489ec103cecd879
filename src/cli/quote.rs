//! `quote`: what some boards cost a client, at the terminal.

use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;

use super::board::find_board;
use super::changes::parse_version;
use super::exit::Misuse;
use super::output::{number, print, print_json, say, table, text, visible};
use super::parts::{Database, Parts, today};
use super::{Exit, Given};
use crate::domain::board::{Board, Channel, FeeStatus};
use crate::domain::fee_text::read_date;
use crate::domain::quote::{
    self, BoardQuote, Completeness, Counts, CurrencyTotals, QuoteRequest, Totals,
};
use crate::domain::version::CatalogVersion;
use crate::http::views::{Detail, QuoteView};

#[derive(Debug, Args)]
pub(super) struct Quote {
    /// Ids of the boards
    #[arg(required = true, value_name = "BOARD")]
    boards: Vec<String>,
    /// Agents
    #[arg(long, default_value_t = 1)]
    agents: u32,
    /// Offices
    #[arg(long, default_value_t = 1)]
    offices: u32,
    /// Brokers
    #[arg(long, default_value_t = 1)]
    brokers: u32,
    /// Websites
    #[arg(long, default_value_t = 1)]
    websites: u32,
    /// Data feeds
    #[arg(long, default_value_t = 1)]
    feeds: u32,
    /// Months, 1 to 120
    #[arg(long, default_value_t = QuoteRequest::DEFAULT_TERM_MONTHS)]
    term_months: u32,
    /// First day, YYYY-MM-DD; today unless given
    #[arg(long, value_parser = read_date)]
    starts_on: Option<NaiveDate>,
    /// Quote from this version of the catalog, as on its day; from the newest unless given
    #[arg(long, value_name = "N", value_parser = parse_version)]
    catalog_version: Option<CatalogVersion>,
    /// Print as JSON, as the API answers
    #[arg(long)]
    json: bool,
}

impl Quote {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        let snapshot = parts.load_catalog().await?;
        let catalog = match self.catalog_version {
            Some(version) => parts.load_past_catalog(version, &snapshot).await?,
            None => Arc::clone(&snapshot.catalog),
        };
        let found = self.boards.iter().map(|id| find_board(&catalog, id));
        let boards = found.collect::<anyhow::Result<Vec<&Board>>>()?;
        let request = self.request(&boards, today(parts))?;
        let now = parts.clock.now();
        let stale_since = snapshot
            .freshness
            .is_stale(now)
            .then_some(snapshot.freshness.checked_at);
        let quote = quote::quote(boards, &request, stale_since);
        if self.json {
            let (head, freshness) = (catalog.head(), snapshot.freshness);
            return print_json(&QuoteView::of(
                &quote,
                &request,
                head,
                freshness,
                now,
                Detail::Public,
            ));
        }
        print(&print_quote(&quote))?;
        say(&format!(
            "catalog {}, starting {}",
            catalog.head().version,
            request.starts_on()
        ));
        Ok(Exit::Done)
    }

    fn request(&self, boards: &[&Board], today: NaiveDate) -> Result<QuoteRequest, Misuse> {
        let counts = Counts {
            agents: self.agents,
            offices: self.offices,
            brokers: self.brokers,
            websites: self.websites,
            feeds: self.feeds,
        };
        let ids = boards.iter().map(|board| board.facts.id.clone());
        let request = QuoteRequest::new(
            ids,
            counts,
            self.term_months,
            self.starts_on.unwrap_or(today),
        );
        request.map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Misuse(problems.join("\n"))
        })
    }
}

fn print_quote(quote: &quote::Quote<'_>) -> String {
    let mut parts: Vec<String> = quote.prices.boards.iter().map(print_board).collect();
    parts.push(print_totals(quote));
    let warnings = quote.warnings.iter().map(|warning| {
        format!(
            "{}: {}",
            warning.code().severity(),
            visible(&warning.message())
        )
    });
    parts.extend(warnings);
    parts.join("\n")
}

fn print_board(quoted: &BoardQuote<'_>) -> String {
    let mut rows = table(&[
        "billed by",
        "fee",
        "arithmetic",
        "amount",
        "cadence",
        "at sign-up",
        "first year",
        "term",
    ]);
    for channel in [Channel::PassThrough, Channel::Direct] {
        let part = quoted.channel(channel);
        if part.status != FeeStatus::Charged {
            rows.add_row([text(billed_by(channel)), text(answer(part.status))]);
        }
        for line in &part.lines {
            let money = |amount| number(line.fee.currency().format_for_people(amount));
            rows.add_row([
                text(billed_by(channel)),
                text(line.fee.label()),
                text(line.arithmetic()),
                money(line.amount),
                text(line.fee.cadence()),
                money(line.due_at_signup),
                money(line.first_year),
                money(line.term_total),
            ]);
        }
    }
    format!("{}\n{rows}\n", visible(&quoted.board.label()))
}

fn billed_by(channel: Channel) -> &'static str {
    match channel {
        Channel::PassThrough => "vendor",
        Channel::Direct => "board",
    }
}

/// The answers that are not a number, in words that cannot be taken for one another.
fn answer(status: FeeStatus) -> &'static str {
    match status {
        FeeStatus::Charged => "charged",
        FeeStatus::None => "no fee",
        FeeStatus::Unpublished => "a fee, amount not published",
        FeeStatus::Unknown => "not known",
    }
}

fn print_totals(quote: &quote::Quote<'_>) -> String {
    let known = match quote.prices.pass_through {
        Completeness::Complete => "Total",
        Completeness::LowerBound => "Total so far (a lower bound: see the warnings)",
        Completeness::Unknown => "Total: not known (see the warnings)",
    };
    if quote.prices.totals.is_empty() {
        return format!("{known}: no amounts\n");
    }
    let mut rows = table(&[
        "",
        "at sign-up",
        "monthly",
        "quarterly",
        "semiannual",
        "annual",
        "per month",
        "first year",
        "term",
    ]);
    for row in &quote.prices.totals {
        add_totals(&mut rows, row, "vendor", row.pass_through.as_ref());
        add_totals(&mut rows, row, "board", row.direct.as_ref());
        add_totals(&mut rows, row, "together", Some(&row.combined));
    }
    format!("{known}\n{rows}\n")
}

fn add_totals(
    rows: &mut comfy_table::Table,
    row: &CurrencyTotals,
    who: &str,
    totals: Option<&Totals>,
) {
    let label = text(format!("{who} {}", row.currency));
    let Some(totals) = totals else {
        rows.add_row([label, text("not known")]);
        return;
    };
    let money = |amount| number(row.currency.format_for_people(amount));
    rows.add_row([
        label,
        money(totals.due_at_signup),
        money(totals.monthly),
        money(totals.quarterly),
        money(totals.semiannual),
        money(totals.annual),
        money(totals.monthly_equivalent),
        money(totals.first_year),
        money(totals.term_total),
    ]);
}
