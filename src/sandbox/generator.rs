//! Makes the boards: a pure function of a seed and a count.

use super::board::SandboxBoard;
use super::fees::{FeeDealer, FeeFields};
use super::mix::{self, Deal, PlaceKind};
use super::names::{Name, Namer};
use super::places;
use super::random::Random;

/// The first board's id.
const FIRST_ID: u32 = 1001;

/// Every so many boards, one takes the abbreviation of another.
const NAMESAKE_EVERY: u32 = 32;
/// Which of those boards that is, counted from 0.
const NAMESAKE_AT: u32 = 9;
/// Whether a namesake joins the group of the one before it, in turn: groups of two, two, three, two and four.
const NAMESAKE_JOINS: &[bool] = &[false, false, false, true, false, false, true, true];

/// The boards of the sandbox with this seed: the same on every call, and of two counts the smaller is the beginning
/// of the larger. Sandboxes of 40 boards and more show every kind of board.
pub fn generate(seed: u64, boards: u32) -> Vec<SandboxBoard> {
    let mut generator = Generator::new(seed);
    (0..boards).map(|index| generator.board(index)).collect()
}

struct Generator {
    random: Random,
    namer: Namer,
    /// The English names so far, each once it may get a namesake.
    unshared: Vec<Name>,
    /// The name that the latest namesake belongs to.
    shared: Option<Name>,
    fees: FeeDealer,
    places: Deal<PlaceKind>,
    brokers_only: Deal<Option<bool>>,
    paperwork: Deal<Option<&'static str>>,
    us_currency: Deal<bool>,
    canadian_currency: Deal<bool>,
}

impl Generator {
    fn new(seed: u64) -> Generator {
        Generator {
            random: Random::new(seed),
            namer: Namer::default(),
            unshared: Vec::new(),
            shared: None,
            fees: FeeDealer::new(),
            places: Deal::of(mix::PLACES),
            brokers_only: Deal::of(mix::BROKERS_ONLY),
            paperwork: Deal::of(mix::PAPERWORK),
            us_currency: Deal::of(mix::CURRENCY_SAID),
            canadian_currency: Deal::of(mix::CURRENCY_SAID),
        }
    }

    fn board(&mut self, index: u32) -> SandboxBoard {
        let id = u64::from(FIRST_ID) + u64::from(index);
        let place = self.places.next(&mut self.random);
        let (country, state) = self.place(place);
        let name = self.name(index, place);
        let fee = self.fees.next(&mut self.random);
        SandboxBoard {
            id: id.to_string(),
            name: name.full,
            abbreviation: name.abbreviation,
            state,
            country: country.to_owned(),
            brokers_only: self.brokers_only.next(&mut self.random),
            paperwork: self.paperwork.next(&mut self.random).map(str::to_owned),
            coverage_url: Some(format!("https://sandbox.invalid/coverage/{id}")),
            currency: self.currency(country, &fee),
            pass_through_fee_type: fee.kind.map(str::to_owned),
            pass_through_fee: fee.amount,
            pass_through_fee_frequency: fee.frequency.map(str::to_owned),
            pass_through_fee_basis: fee.basis.map(str::to_owned),
            pass_through_fee_note: fee.note.map(str::to_owned),
            setup_fee: fee.setup,
        }
    }

    fn place(&mut self, place: PlaceKind) -> (&'static str, String) {
        let random = &mut self.random;
        match place {
            PlaceKind::State => ("US", places::state(random)),
            PlaceKind::States => ("US", places::states(random)),
            PlaceKind::Province => ("CA", places::province(random)),
            PlaceKind::Provinces => ("CA", places::provinces(random)),
            PlaceKind::Quebec => ("CA", "QC".to_owned()),
        }
    }

    fn name(&mut self, index: u32, place: PlaceKind) -> Name {
        if index % NAMESAKE_EVERY == NAMESAKE_AT {
            return self.namesake(index / NAMESAKE_EVERY);
        }
        if place == PlaceKind::Quebec {
            return self.namer.french(&mut self.random);
        }
        let name = self.namer.english(&mut self.random);
        self.unshared.push(name.clone());
        name
    }

    /// A name with the abbreviation of an earlier board; `turn` counts the namesakes.
    fn namesake(&mut self, turn: u32) -> Name {
        let joins = NAMESAKE_JOINS[turn as usize % NAMESAKE_JOINS.len()];
        let other = match self.shared.take().filter(|_| joins) {
            Some(group) => group,
            None => {
                let index = self.random.index(self.unshared.len());
                self.unshared.swap_remove(index)
            }
        };
        let name = self.namer.namesake(&mut self.random, &other);
        self.shared = Some(other);
        name
    }

    /// The currency, where an amount is said and the vendor thought of its currency.
    fn currency(&mut self, country: &str, fee: &FeeFields) -> Option<String> {
        if !fee.amount.is_said() {
            return None;
        }
        let (said, code) = match country {
            "CA" => (&mut self.canadian_currency, "CAD"),
            _ => (&mut self.us_currency, "USD"),
        };
        said.next(&mut self.random).then(|| code.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::sandbox::Amount;
    use crate::sandbox::fees::WORDS;

    fn count(boards: &[SandboxBoard], is: impl Fn(&SandboxBoard) -> bool) -> usize {
        boards.iter().filter(|board| is(board)).count()
    }

    fn says(field: &Option<String>, word: &str) -> bool {
        field.as_deref() == Some(word)
    }

    fn is_zero(amount: &Amount) -> bool {
        *amount == Amount::Text("0.00".into()) || *amount == Amount::Number(0.into())
    }

    fn is_charged(board: &SandboxBoard) -> bool {
        board.pass_through_fee_basis.is_some() && !is_zero(&board.pass_through_fee)
    }

    fn has_setup(board: &SandboxBoard) -> bool {
        board.setup_fee.is_said() && !is_zero(&board.setup_fee)
    }

    fn is_in_words(board: &SandboxBoard) -> bool {
        WORDS
            .iter()
            .any(|(words, _)| board.pass_through_fee == Amount::Text((*words).into()))
    }

    /// Each kind of board, with how many of 100 there should be.
    type Kind = (&'static str, usize, fn(&SandboxBoard) -> bool);
    const KINDS: &[Kind] = &[
        ("set-up plus monthly", 34, |b| {
            is_charged(b) && has_setup(b) && says(&b.pass_through_fee_frequency, "MONTHLY")
        }),
        ("monthly", 14, |b| {
            is_charged(b)
                && !has_setup(b)
                && says(&b.pass_through_fee_frequency, "MONTHLY")
                && says(&b.pass_through_fee_basis, "ACCOUNT")
        }),
        ("annual", 8, |b| {
            is_charged(b) && says(&b.pass_through_fee_frequency, "ANNUAL")
        }),
        ("quarterly", 3, |b| {
            is_charged(b) && says(&b.pass_through_fee_frequency, "QUARTERLY")
        }),
        ("per agent", 10, |b| {
            is_charged(b) && says(&b.pass_through_fee_basis, "AGENT")
        }),
        ("per office", 3, |b| {
            is_charged(b) && says(&b.pass_through_fee_basis, "OFFICE")
        }),
        ("zero", 12, |b| is_zero(&b.pass_through_fee)),
        ("said to be none", 6, |b| {
            says(&b.pass_through_fee_type, "NONE")
        }),
        ("manual", 4, |b| says(&b.pass_through_fee_type, "MANUAL")),
        ("left out", 2, |b| {
            b.pass_through_fee.is_absent() && b.pass_through_fee_type.is_none()
        }),
        ("in words", 2, is_in_words),
        ("silent", 2, |b| b.pass_through_fee == Amount::Null),
        ("an amount as a number", 4, |b| {
            matches!(b.pass_through_fee, Amount::Number(_))
        }),
        ("several states", 8, |b| b.state.contains(';')),
        ("Canadian", 7, |b| b.country == "CA"),
        ("Canadian, charged in CAD", 4, |b| {
            b.country == "CA" && is_charged(b) && says(&b.currency, "CAD")
        }),
        ("Canadian, its currency left out", 1, |b| {
            b.country == "CA" && is_charged(b) && b.currency.is_none()
        }),
        ("in Quebec, with accents", 2, |b| {
            b.state == "QC" && !b.name.is_ascii()
        }),
        ("brokers only", 10, |b| b.brokers_only == Some(true)),
        ("brokers only or not, unsaid", 6, |b| {
            b.brokers_only.is_none()
        }),
        ("automatic paperwork", 40, |b| says(&b.paperwork, "AUTO")),
        ("manual paperwork", 15, |b| says(&b.paperwork, "MANUAL")),
        ("no paperwork", 35, |b| says(&b.paperwork, "NONE")),
        ("paperwork unsaid", 10, |b| b.paperwork.is_none()),
    ];

    #[test]
    fn the_same_seed_gives_the_same_boards_and_another_seed_others() {
        let boards = generate(42, 800);
        assert_eq!(boards, generate(42, 800));
        assert_eq!(boards[..100], generate(42, 100));
        assert_ne!(boards, generate(43, 800));
        assert_eq!(
            (boards[0].id.as_str(), boards[799].id.as_str()),
            ("1001", "1800")
        );
    }

    #[test]
    fn a_sandbox_of_800_has_the_mix_of_the_table() {
        for seed in 0..10 {
            let boards = generate(seed, 800);
            for (kind, per_hundred, is) in KINDS {
                let found = count(&boards, is);
                let expected = per_hundred * 8;
                // Four standard deviations, and the rows that are dealt in turn.
                let slack = 4 * expected.isqrt() + 4;
                assert!(
                    found.abs_diff(expected) <= slack,
                    "seed {seed}, {kind}: {found}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn forty_boards_show_every_kind_whatever_the_seed() {
        for seed in 0..200 {
            let boards = generate(seed, 40);
            for (kind, _, is) in KINDS {
                assert!(
                    count(&boards, is) > 0,
                    "seed {seed} has no board that is: {kind}"
                );
            }
            assert!(
                shared(&boards).contains(&2),
                "seed {seed} has no shared abbreviation"
            );
        }
    }

    /// How many boards have each abbreviation that more than one has.
    fn shared(boards: &[SandboxBoard]) -> Vec<usize> {
        let mut groups: HashMap<&str, usize> = HashMap::new();
        for board in boards {
            *groups.entry(&board.abbreviation).or_default() += 1;
        }
        groups.into_values().filter(|count| *count > 1).collect()
    }

    #[test]
    fn names_are_unique_and_one_abbreviation_in_twenty_is_shared() {
        for seed in 0..10 {
            let boards = generate(seed, 800);
            let names: HashSet<&str> = boards.iter().map(|board| board.name.as_str()).collect();
            assert_eq!(names.len(), boards.len());
            let mut groups = shared(&boards);
            groups.sort_unstable();
            assert_eq!(groups.iter().sum::<usize>(), 41, "seed {seed}");
            assert_eq!(
                groups[groups.len() - 6..],
                [3, 3, 3, 4, 4, 4],
                "seed {seed}"
            );
        }
    }

    #[test]
    fn an_amount_stands_beside_a_frequency_and_a_basis() {
        for board in generate(9, 800) {
            let amount = board.pass_through_fee.is_said() && !is_in_words(&board);
            assert_eq!(
                amount,
                board.pass_through_fee_frequency.is_some(),
                "{board:?}"
            );
            assert_eq!(amount, board.pass_through_fee_basis.is_some(), "{board:?}");
        }
    }
}
