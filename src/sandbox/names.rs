//! Names of boards that do not exist: invented places, the field's usual forms, and abbreviations made of initials.

use std::collections::HashSet;

use super::random::Random;
use super::words::{FIRSTS, FRENCH_FIRSTS, FRENCH_SECONDS, SECONDS};

/// What an organisation calls itself; `{}` stands for the place in `pattern` and for its initials in `short`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    pattern: &'static str,
    short: &'static str,
}

const fn form(pattern: &'static str, short: &'static str) -> Form {
    Form { pattern, short }
}

const FORMS: &[Form] = &[
    form("{} MLS", "{}MLS"),
    form("{} Multiple Listing Service", "{}MLS"),
    form("{} Regional MLS", "{}RMLS"),
    form("{} Regional Multiple Listing Service", "{}RMLS"),
    form("{} Association of REALTORS", "{}AOR"),
    form("{} Area Association of REALTORS®", "{}AOR"),
    form("Greater {} Association of REALTORS", "G{}AR"),
    form("Greater {} Board of REALTORS", "G{}BR"),
    form("{} Board of REALTORS", "{}BR"),
    form("{} Real Estate Board", "{}REB"),
];

const FRENCH_FORMS: &[Form] = &[
    form("Chambre immobilière {}", "CI{}"),
    form("{} Real Estate Board", "{}REB"),
    form("Association immobilière {}", "AI{}"),
];

/// How many letters of the place's two words an abbreviation takes, tried in this order until one is free.
const LETTERS: &[(usize, usize)] = &[
    (1, 1),
    (2, 1),
    (1, 2),
    (3, 1),
    (2, 2),
    (1, 3),
    (3, 2),
    (2, 3),
    (3, 3),
    (4, 2),
    (4, 3),
    (5, 4),
];

/// How many fresh names are tried before a used one is numbered.
const NAME_TRIES: usize = 8;

/// An invented name.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// The full name.
    pub(super) full: String,
    /// The abbreviation.
    pub(super) abbreviation: String,
    parts: Parts,
}

/// What a name is made of.
#[derive(Debug, Clone, Copy)]
struct Parts {
    first: &'static str,
    second: &'static str,
    form: Form,
    french: bool,
}

/// Invents names, no full name twice, and no abbreviation twice unless asked for.
#[derive(Debug, Default)]
pub(super) struct Namer {
    names: HashSet<String>,
    abbreviations: HashSet<String>,
}

impl Namer {
    /// A name in English.
    pub(super) fn english(&mut self, random: &mut Random) -> Name {
        self.invent(|| Parts {
            first: random.pick(FIRSTS),
            second: random.pick(SECONDS),
            form: random.pick(FORMS),
            french: false,
        })
    }

    /// A name with a French place in it.
    pub(super) fn french(&mut self, random: &mut Random) -> Name {
        self.invent(|| Parts {
            first: random.pick(FRENCH_FIRSTS),
            second: random.pick(FRENCH_SECONDS),
            form: random.pick(FRENCH_FORMS),
            french: true,
        })
    }

    /// Another board's name that comes to the same initials as the English name `other`, with its abbreviation.
    pub(super) fn namesake(&mut self, random: &mut Random, other: &Name) -> Name {
        let alike = |words: &'static [&'static str], word: &str| -> Vec<&'static str> {
            let same = |candidate: &&&str| letters(candidate, 1) == letters(word, 1);
            words.iter().filter(same).copied().collect()
        };
        let firsts = alike(FIRSTS, other.parts.first);
        let seconds = alike(SECONDS, other.parts.second);
        let same_short = |form: &&Form| form.short == other.parts.form.short;
        let forms: Vec<Form> = FORMS.iter().filter(same_short).copied().collect();
        let mut name = self.invent_full(|| Parts {
            first: random.pick(&firsts),
            second: random.pick(&seconds),
            form: random.pick(&forms),
            french: false,
        });
        name.abbreviation.clone_from(&other.abbreviation);
        name
    }

    fn invent(&mut self, draw: impl FnMut() -> Parts) -> Name {
        let mut name = self.invent_full(draw);
        name.abbreviation = self.free_abbreviation(&name.parts);
        name
    }

    /// A name whose full form is new, its abbreviation still empty.
    fn invent_full(&mut self, mut draw: impl FnMut() -> Parts) -> Name {
        let mut parts = draw();
        for _ in 1..NAME_TRIES {
            if !self.names.contains(&parts.full()) {
                break;
            }
            parts = draw();
        }
        let full = claim(&mut self.names, parts.full(), |full, number| {
            format!("{full}, District {number}")
        });
        Name {
            full,
            abbreviation: String::new(),
            parts,
        }
    }

    fn free_abbreviation(&mut self, parts: &Parts) -> String {
        let free = LETTERS
            .iter()
            .map(|&(first, second)| parts.short(first, second))
            .find(|short| !self.abbreviations.contains(short));
        let short = free.unwrap_or_else(|| parts.short(1, 1));
        claim(&mut self.abbreviations, short, |short, number| {
            format!("{short}{number}")
        })
    }
}

/// Takes `wanted`, or the first numbered form of it that is free, counted from 2.
fn claim(
    taken: &mut HashSet<String>,
    wanted: String,
    numbered: impl Fn(&str, u32) -> String,
) -> String {
    let free = if taken.contains(&wanted) {
        (2..)
            .map(|number| numbered(&wanted, number))
            .find(|candidate| !taken.contains(candidate))
            .expect("of endless numbers one is free")
    } else {
        wanted
    };
    taken.insert(free.clone());
    free
}

impl Parts {
    fn full(&self) -> String {
        let joint = if self.french { "-" } else { " " };
        let place = format!("{}{joint}{}", self.first, self.second);
        self.form.pattern.replace("{}", &place)
    }

    /// The abbreviation with so many letters of the two words.
    fn short(&self, first: usize, second: usize) -> String {
        // Of "des-Érables" the "Érables" counts, of "de-l'Écluse" the "Écluse".
        let noun = self
            .second
            .rsplit(['-', '\''])
            .next()
            .unwrap_or(self.second);
        let initials = letters(self.first, first) + &letters(noun, second);
        self.form.short.replace("{}", &initials)
    }
}

/// The first `count` letters of `word`, upper case.
fn letters(word: &str, count: usize) -> String {
    word.chars()
        .take(count)
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(first: &'static str, second: &'static str, form: Form, french: bool) -> Parts {
        Parts {
            first,
            second,
            form,
            french,
        }
    }

    #[test]
    fn an_abbreviation_is_made_of_the_initials() {
        let english = parts("Cedar", "Valley", FORMS[0], false);
        assert_eq!(english.full(), "Cedar Valley MLS");
        assert_eq!(english.short(1, 1), "CVMLS");
        assert_eq!(english.short(3, 1), "CEDVMLS");
    }

    #[test]
    fn a_french_name_keeps_its_accents() {
        let french = parts("Baie", "des-Érables", FRENCH_FORMS[1], true);
        assert_eq!(french.full(), "Baie-des-Érables Real Estate Board");
        assert_eq!(french.short(1, 1), "BÉREB");
    }

    #[test]
    fn a_taken_abbreviation_grows_by_letters_before_it_is_numbered() {
        let mut namer = Namer::default();
        let name = parts("Elk", "Dale", FORMS[0], false);
        let given: Vec<String> = (0..14).map(|_| namer.free_abbreviation(&name)).collect();
        assert_eq!(given[..3], ["EDMLS", "ELDMLS", "EDAMLS"]);
        let distinct: HashSet<&String> = given.iter().collect();
        assert_eq!(distinct.len(), given.len(), "{given:?}");
        assert!(given.contains(&"EDMLS2".to_owned()), "{given:?}");
    }

    #[test]
    fn a_namesake_has_another_name_and_the_same_abbreviation() {
        let mut namer = Namer::default();
        let mut random = Random::new(5);
        let first = namer.english(&mut random);
        let second = namer.namesake(&mut random, &first);
        let third = namer.namesake(&mut random, &first);
        assert_eq!(first.abbreviation, second.abbreviation);
        assert_eq!(first.abbreviation, third.abbreviation);
        assert_ne!(first.full, second.full);
        assert_ne!(second.full, third.full);
    }

    #[test]
    fn names_stay_unique_beyond_all_words() {
        let mut namer = Namer::default();
        let mut random = Random::new(11);
        let names: Vec<Name> = (0..1_500).map(|_| namer.french(&mut random)).collect();
        let full: HashSet<&str> = names.iter().map(|name| name.full.as_str()).collect();
        let short: HashSet<&str> = names
            .iter()
            .map(|name| name.abbreviation.as_str())
            .collect();
        assert_eq!((full.len(), short.len()), (1_500, 1_500));
    }
}
