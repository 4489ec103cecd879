//! The laws of quote arithmetic, against a naive model that walks day by day and counts whole cents.
//!
//! The model shares no code with the service: it knows fees as plain numbers, prices units one by one, and asks of
//! every single day of the horizon whether a bill falls on it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use ptf_cache::domain::board::{
    Board, BoardFacts, BoardId, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
};
use ptf_cache::domain::fee::Source;
use ptf_cache::domain::fee_text::FeeText;
use ptf_cache::domain::money::Currency;
use ptf_cache::domain::money::MinorUnits;
use ptf_cache::domain::quote::{Counts, Quote, QuoteRequest, Totals, quote};

/// A fee as the model knows it: cents and plain numbers.
#[derive(Debug, Clone)]
struct PlainFee {
    price: PlainPrice,
    canadian: bool,
    included: u64,
    minimum: Option<i128>,
    /// What the maximum adds to the minimum, so that the two never cross.
    maximum_above: Option<i128>,
    months: Option<u32>,
    billed_times: u32,
    basis: usize,
    from: Option<NaiveDate>,
    days: Option<u16>,
}

#[derive(Debug, Clone)]
enum PlainPrice {
    Unit(i128),
    Tiers {
        graduated: bool,
        bands: Vec<(u64, Option<i128>, Option<i128>)>,
    },
}

const BASES: [&str; 6] = ["account", "agent", "office", "broker", "website", "feed"];
const CADENCES: [(u32, &str); 4] = [
    (1, "monthly"),
    (3, "quarterly"),
    (6, "semiannual"),
    (12, "annual"),
];

fn cadence_name(months: u32) -> &'static str {
    CADENCES
        .iter()
        .find(|(known, _)| *known == months)
        .unwrap()
        .1
}

fn decimal(cents: i128) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

impl PlainFee {
    fn to(&self) -> Option<NaiveDate> {
        let start = self
            .from
            .unwrap_or(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap());
        self.days
            .map(|days| start + TimeDelta::days(i64::from(days) + 1))
    }

    fn maximum(&self) -> Option<i128> {
        self.maximum_above
            .map(|above| self.minimum.unwrap_or(0) + above)
    }

    fn billing_months(&self) -> Option<u32> {
        self.months.map(|months| months * self.billed_times)
    }

    fn text(&self, key: &str) -> FeeText {
        let (amount, mode, tiers) = match &self.price {
            PlainPrice::Unit(cents) => (Some(decimal(*cents)), None, None),
            PlainPrice::Tiers { graduated, bands } => {
                let mode = if *graduated { "graduated" } else { "volume" };
                let last = bands.len() - 1;
                let part =
                    |(position, (end, unit, flat)): (usize, &(u64, Option<i128>, Option<i128>))| {
                        let end = if position == last {
                            "*".to_owned()
                        } else {
                            end.to_string()
                        };
                        let unit = unit.map(decimal).unwrap_or_default();
                        let flat = flat
                            .map(|flat| format!("={}", decimal(flat)))
                            .unwrap_or_default();
                        format!("{end}:{unit}{flat}")
                    };
                let parts: Vec<String> = bands.iter().enumerate().map(part).collect();
                (None, Some(mode.to_owned()), Some(parts.join(";")))
            }
        };
        FeeText {
            key: key.to_owned(),
            label: key.to_owned(),
            amount,
            tier_mode: mode,
            tiers,
            currency: if self.canadian { "CAD" } else { "USD" }.to_owned(),
            cadence: self.months.map_or("one_time", cadence_name).to_owned(),
            billed: self
                .billing_months()
                .filter(|_| self.billed_times > 1)
                .map(|months| cadence_name(months).to_owned()),
            basis: BASES[self.basis].to_owned(),
            included: Some(self.included.to_string()),
            minimum: self.minimum.map(decimal),
            maximum: self.maximum().map(decimal),
            effective_from: self.from.map(|day| day.to_string()),
            effective_to: self.to().map(|day| day.to_string()),
            ..FeeText::default()
        }
    }

    fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| day >= from) && self.to().is_none_or(|to| day < to)
    }

    /// Cents for one accrual period, unit by unit.
    fn period_amount(&self, counts: &[u64; 6]) -> i128 {
        let units = counts[self.basis].saturating_sub(self.included);
        if units == 0 {
            return 0;
        }
        let mut cents = match &self.price {
            PlainPrice::Unit(unit) => (0..units).map(|_| *unit).sum(),
            PlainPrice::Tiers {
                graduated: false,
                bands,
            } => {
                let (_, unit, flat) = band_of(bands, units);
                unit.unwrap_or(0) * i128::from(units) + flat.unwrap_or(0)
            }
            PlainPrice::Tiers {
                graduated: true,
                bands,
            } => graduated_cents(bands, units),
        };
        if let Some(minimum) = self.minimum.filter(|minimum| cents < *minimum) {
            cents = minimum;
        }
        if let Some(maximum) = self.maximum().filter(|maximum| cents > *maximum) {
            cents = maximum;
        }
        cents
    }

    /// Cents billed on `day` by a client who started on `start`.
    fn billed_on(&self, day: NaiveDate, start: NaiveDate, counts: &[u64; 6]) -> i128 {
        let falls_due = match self.billing_months() {
            None => day == start,
            Some(step) => {
                is_monthly_anniversary(day, start)
                    && months_between(start, day).is_multiple_of(step)
            }
        };
        if falls_due && self.holds_on(day) {
            self.period_amount(counts) * i128::from(self.billed_times)
        } else {
            0
        }
    }
}

fn band_of(
    bands: &[(u64, Option<i128>, Option<i128>)],
    unit: u64,
) -> (u64, Option<i128>, Option<i128>) {
    *bands[..bands.len() - 1]
        .iter()
        .find(|band| unit <= band.0)
        .unwrap_or(bands.last().unwrap())
}

fn graduated_cents(bands: &[(u64, Option<i128>, Option<i128>)], units: u64) -> i128 {
    let mut cents = 0;
    let mut entered = Vec::new();
    for unit in 1..=units {
        let band = band_of(bands, unit);
        let position = bands.iter().position(|other| *other == band).unwrap();
        if !entered.contains(&position) {
            entered.push(position);
            cents += band.2.unwrap_or(0);
        }
        cents += band.1.unwrap_or(0);
    }
    cents
}

fn months_between(start: NaiveDate, day: NaiveDate) -> u32 {
    let months = |date: NaiveDate| date.year() * 12 + date.month0() as i32;
    (months(day) - months(start)) as u32
}

/// The start's day of the month, or the month's last day where it is shorter.
fn is_monthly_anniversary(day: NaiveDate, start: NaiveDate) -> bool {
    let month_ends = (day + TimeDelta::days(1)).month() != day.month();
    day.day() == start.day() || (month_ends && day.day() < start.day())
}

fn amount_range() -> impl Strategy<Value = i128> {
    prop_oneof![Just(0), 1..=99_i128, 100..=50_000_i128]
}

fn plain_price() -> impl Strategy<Value = PlainPrice> {
    let band = (1..=12_u64, prop::option::of(amount_range()), amount_range());
    let tiers =
        (any::<bool>(), prop::collection::vec(band, 1..4)).prop_map(|(graduated, steps)| {
            let mut end = 0;
            let bands = steps.into_iter().map(|(width, unit, flat)| {
                end += width;
                (
                    end,
                    unit,
                    unit.is_none()
                        .then_some(flat)
                        .or(Some(flat).filter(|flat| *flat > 100)),
                )
            });
            PlainPrice::Tiers {
                graduated,
                bands: bands.collect(),
            }
        });
    prop_oneof![3 => amount_range().prop_map(PlainPrice::Unit), 2 => tiers]
}

fn plain_fee() -> impl Strategy<Value = PlainFee> {
    let cadence = prop::sample::select(vec![
        (None, 1),
        (Some(1), 1),
        (Some(1), 3),
        (Some(1), 6),
        (Some(1), 12),
        (Some(3), 1),
        (Some(3), 2),
        (Some(3), 4),
        (Some(6), 1),
        (Some(6), 2),
        (Some(12), 1),
    ]);
    let day = (0..900_i64)
        .prop_map(|days| NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(days));
    (
        plain_price(),
        prop::bool::weighted(0.2),
        0..6_u64,
        (
            prop::option::of(0..40_000_i128),
            prop::option::of(1..100_000_i128),
        ),
        cadence,
        0..6_usize,
        prop::option::weighted(0.3, day),
        prop::option::weighted(0.2, 0..500_u16),
    )
        .prop_map(
            |(
                price,
                canadian,
                included,
                (minimum, maximum_above),
                (months, billed_times),
                basis,
                from,
                days,
            )| {
                PlainFee {
                    price,
                    canadian,
                    included,
                    minimum,
                    maximum_above,
                    months,
                    billed_times,
                    basis,
                    from,
                    days,
                }
            },
        )
}

/// A channel: fees, or one of the three answers without amounts.
#[derive(Debug, Clone)]
enum PlainChannel {
    Charged(Vec<PlainFee>),
    None,
    Unpublished,
    Unknown,
}

fn plain_channel() -> impl Strategy<Value = PlainChannel> {
    prop_oneof![
        5 => prop::collection::vec(plain_fee(), 1..4).prop_map(PlainChannel::Charged),
        1 => Just(PlainChannel::None),
        1 => Just(PlainChannel::Unpublished),
        1 => Just(PlainChannel::Unknown),
    ]
}

fn channel(plain: &PlainChannel) -> ChannelFees {
    let source = Source::reseller_api(DateTime::<Utc>::UNIX_EPOCH);
    let state = match plain {
        PlainChannel::Charged(fees) => {
            let parse = |(position, fee): (usize, &PlainFee)| {
                fee.text(&format!("fee_{position}"))
                    .parse(source.clone())
                    .unwrap()
            };
            ChannelState::Charged {
                fees: FeeSet::new(fees.iter().enumerate().map(parse).collect()).unwrap(),
                partial: false,
            }
        }
        PlainChannel::None => ChannelState::None,
        PlainChannel::Unpublished => ChannelState::Unpublished,
        PlainChannel::Unknown => ChannelState::Unknown,
    };
    ChannelFees {
        state,
        note: None,
        source: Some(source),
    }
}

fn board(position: usize, pass_through: &PlainChannel, direct: &PlainChannel) -> Board {
    Board {
        facts: BoardFacts {
            id: BoardId::parse(&format!("{position}")).unwrap(),
            name: format!("Board {position}"),
            abbreviation: None,
            states: vec![],
            country: Code::US,
            eligibility: Eligibility::Unknown,
            paperwork: Paperwork::Unknown,
            coverage_url: None,
        }
        .into(),
        active: true,
        held: vec![],
        pass_through: channel(pass_through).into(),
        direct: channel(direct).into(),
    }
}

fn counts() -> impl Strategy<Value = Counts> {
    let count = || prop_oneof![Just(1_u32), 0..40_u32];
    (count(), count(), count(), count(), count()).prop_map(
        |(agents, offices, brokers, websites, feeds)| Counts {
            agents,
            offices,
            brokers,
            websites,
            feeds,
        },
    )
}

fn start() -> impl Strategy<Value = NaiveDate> {
    (0..800_i64)
        .prop_map(|days| NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(days))
}

fn ask(boards: &[Board], counts: Counts, term: u32, starts_on: NaiveDate) -> QuoteRequest {
    let ids = boards.iter().map(|board| board.facts.id.clone());
    QuoteRequest::new(ids, counts, term, starts_on).unwrap()
}

fn quote_of<'a>(boards: &'a [Board], counts: Counts, term: u32, starts_on: NaiveDate) -> Quote<'a> {
    quote(boards, &ask(boards, counts, term, starts_on), None)
}

fn cents(amount: MinorUnits) -> i128 {
    amount.get().try_into().unwrap()
}

fn as_array(counts: Counts) -> [u64; 6] {
    [
        1,
        counts.agents.into(),
        counts.offices.into(),
        counts.brokers.into(),
        counts.websites.into(),
        counts.feeds.into(),
    ]
}

/// (due at sign-up, first year, term total, sums by cadence, monthly equivalent) in cents, by the model.
fn model(
    fees: &[PlainFee],
    canadian: bool,
    counts: [u64; 6],
    term: u32,
    start: NaiveDate,
) -> Vec<i128> {
    let fees: Vec<&PlainFee> = fees.iter().filter(|fee| fee.canadian == canadian).collect();
    let mut figures = vec![0; 3];
    let mut day = start;
    while months_between(start, day) <= term.max(12) {
        // The k-th anniversary lies k months on, so the month alone says whether a bill falls into the term.
        let month = months_between(start, day);
        let billed: i128 = fees
            .iter()
            .map(|fee| fee.billed_on(day, start, &counts))
            .sum();
        figures[0] += if day == start { billed } else { 0 };
        figures[1] += if month < 12 { billed } else { 0 };
        figures[2] += if month < term { billed } else { 0 };
        day += TimeDelta::days(1);
    }
    let mut twelfths = 0;
    for months in [None, Some(1), Some(3), Some(6), Some(12)] {
        let stated = fees
            .iter()
            .filter(|fee| fee.months == months && fee.holds_on(start));
        let sum: i128 = stated.map(|fee| fee.period_amount(&counts)).sum();
        twelfths += months.map_or(0, |months| sum * (12 / i128::from(months)));
        figures.push(sum);
    }
    let (whole, rest) = (twelfths / 12, twelfths % 12);
    let up = rest > 6 || (rest == 6 && whole % 2 == 1);
    figures.push(whole + i128::from(up));
    figures
}

fn figures(totals: &Totals) -> Vec<i128> {
    [
        totals.due_at_signup,
        totals.first_year,
        totals.term_total,
        totals.one_time,
        totals.monthly,
        totals.quarterly,
        totals.semiannual,
        totals.annual,
        totals.monthly_equivalent,
    ]
    .map(cents)
    .to_vec()
}

/// Whether a fee shows in a quote at all: it holds at the start, or bills within the horizon.
fn shows(fee: &PlainFee, term: u32, start: NaiveDate) -> bool {
    let mut day = start;
    while months_between(start, day) <= term.max(12) {
        let due = match fee.billing_months() {
            None => day == start,
            Some(step) => {
                is_monthly_anniversary(day, start)
                    && months_between(start, day).is_multiple_of(step)
            }
        };
        if fee.holds_on(day) && (day == start || (due && months_between(start, day) < term.max(12)))
        {
            return true;
        }
        day += TimeDelta::days(1);
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn totals_equal_the_naive_model(
        fees in prop::collection::vec(plain_fee(), 1..5),
        counts in counts(),
        term in 1..30_u32,
        starts_on in start(),
    ) {
        let boards = [board(1, &PlainChannel::Charged(fees.clone()), &PlainChannel::Unknown)];
        let quote = quote_of(&boards, counts, term, starts_on);
        let live: Vec<PlainFee> = if fees.iter().all(|fee| fee.to().is_some_and(|to| to <= starts_on)) { vec![] } else { fees };
        for (canadian, currency) in [(false, Currency::USD), (true, Currency::CAD)] {
            let row = quote.prices.totals.iter().find(|row| row.currency == currency);
            let involved = live.iter().any(|fee| fee.canadian == canadian && shows(fee, term, starts_on));
            prop_assert_eq!(row.is_some(), involved);
            if let Some(row) = row {
                let expected = model(&live, canadian, as_array(counts), term, starts_on);
                prop_assert_eq!(figures(row.pass_through.as_ref().unwrap()), expected.clone());
                prop_assert_eq!(figures(&row.combined), expected);
                prop_assert_eq!(&row.direct, &None);
            }
        }
    }

    #[test]
    fn lines_add_up_to_the_totals_exactly(
        pass_through in plain_channel(),
        direct in plain_channel(),
        counts in counts(),
        term in 1..40_u32,
        starts_on in start(),
    ) {
        let boards = [board(1, &pass_through, &direct)];
        let quote = quote_of(&boards, counts, term, starts_on);
        for row in &quote.prices.totals {
            let lines = quote.prices.boards.iter().flat_map(|board| board.pass_through.lines.iter().chain(&board.direct.lines));
            let lines: Vec<_> = lines.filter(|line| line.fee.currency() == row.currency).collect();
            let sum = |figure: fn(&ptf_cache::domain::quote::Line) -> MinorUnits| lines.iter().map(|line| figure(line)).sum::<MinorUnits>();
            prop_assert_eq!(sum(|line| line.due_at_signup), row.combined.due_at_signup);
            prop_assert_eq!(sum(|line| line.first_year), row.combined.first_year);
            prop_assert_eq!(sum(|line| line.term_total), row.combined.term_total);
            let stated = row.combined.one_time + row.combined.monthly + row.combined.quarterly + row.combined.semiannual + row.combined.annual;
            prop_assert_eq!(sum(|line| if line.holds_at_start { line.amount } else { MinorUnits::ZERO }), stated);
        }
    }

    #[test]
    fn a_maximum_is_never_exceeded_and_graduated_prices_never_fall(fee in plain_fee(), starts_on in start()) {
        let fee = PlainFee { from: None, days: None, ..fee };
        let graduated = matches!(fee.price, PlainPrice::Unit(_) | PlainPrice::Tiers { graduated: true, .. });
        let boards = [board(1, &PlainChannel::Charged(vec![fee.clone()]), &PlainChannel::None)];
        let mut last = -1;
        for units in 0..45 {
            let counts = Counts { agents: units, offices: units, brokers: units, websites: units, feeds: units };
            let quote = quote_of(&boards, counts, 12, starts_on);
            let amount = cents(quote.prices.boards[0].pass_through.lines[0].amount);
            prop_assert!(fee.maximum().is_none_or(|maximum| amount <= maximum));
            if graduated {
                prop_assert!(amount >= last, "{} units cost {} after {}", units, amount, last);
            }
            last = amount;
        }
    }

    #[test]
    fn a_quote_of_several_boards_is_the_sum_of_their_quotes(
        channels in prop::collection::vec((plain_channel(), plain_channel()), 1..6),
        counts in counts(),
        term in 1..30_u32,
        starts_on in start(),
    ) {
        let boards: Vec<Board> = channels.iter().enumerate().map(|(position, (pass, direct))| board(position, pass, direct)).collect();
        let together = quote_of(&boards, counts, term, starts_on);
        for row in &together.prices.totals {
            let mut sum = [0; 8];
            for alone in &boards {
                let quote = quote_of(std::slice::from_ref(alone), counts, term, starts_on);
                if let Some(row) = quote.prices.totals.iter().find(|other| other.currency == row.currency) {
                    for (total, figure) in sum.iter_mut().zip(figures(&row.combined)) {
                        *total += figure;
                    }
                }
            }
            prop_assert_eq!(&figures(&row.combined)[..8], &sum[..]);
        }
    }

    #[test]
    fn what_is_known_of_no_board_has_no_figure(
        channels in prop::collection::vec((plain_channel(), plain_channel()), 1..4),
        starts_on in start(),
    ) {
        let boards: Vec<Board> = channels.iter().enumerate().map(|(position, (pass, direct))| board(position, pass, direct)).collect();
        let quote = quote_of(&boards, Counts::default(), 12, starts_on);
        let open = |channel: &ChannelFees| matches!(channel.status_on(starts_on).as_str(), "unpublished" | "unknown");
        let none_known = |channel: fn(&Board) -> &ChannelFees| boards.iter().all(|board| open(channel(board)));
        let some_open = boards.iter().any(|board| open(&board.pass_through));
        for row in &quote.prices.totals {
            prop_assert_eq!(row.pass_through.is_none(), none_known(|board| &board.pass_through));
            prop_assert_eq!(row.direct.is_none(), none_known(|board| &board.direct));
        }
        let expected = match (none_known(|board| &board.pass_through), some_open) {
            (true, _) => "unknown",
            (false, true) => "lower_bound",
            (false, false) => "complete",
        };
        prop_assert_eq!(quote.prices.pass_through.as_str(), expected);
    }
}
