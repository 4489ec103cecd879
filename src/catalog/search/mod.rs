//! Finding boards by name, abbreviation, initials, state or id, whatever the case, accents and marks.
//!
//! Built once a catalog. Words lead to boards through a sorted vocabulary, so that a search looks at each word of the
//! catalog once at most, not at each word of each board: 0.4 ms for 1,000 boards, unoptimised.

mod states;

use std::collections::HashMap;

use foldhash::fast::RandomState;
use strsim::osa_distance;

use crate::domain::board::{Board, Code};
use crate::domain::folded::fold;

use states::STATES;

/// How well a board fits a query, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The query is the board's id.
    Id,
    /// It is the abbreviation.
    Abbreviation,
    /// It is the name.
    Name,
    /// The abbreviation begins with it.
    AbbreviationPrefix,
    /// The name begins with it.
    NamePrefix,
    /// Each of its words begins a word of the name or the abbreviation, or says one of the states.
    Words,
    /// The initials of the name begin with it.
    Initials,
    /// Each of its words does so but for a typo.
    Typo,
}

/// The boards of one catalog, ready to be searched.
#[derive(Debug, Default)]
pub struct SearchIndex {
    /// By position, in the order in which the boards were given.
    boards: Vec<Names>,
    /// Every word of a name or an abbreviation, sorted, with the positions of its boards, rising.
    vocabulary: Vec<(String, Vec<u32>)>,
    /// The positions of the boards of each state, rising.
    states: HashMap<Code, Vec<u32>>,
}

/// What a board goes by, folded and without spaces: `One Key MLS` and `OneKey MLS` are the same.
///
/// One text, so that a hundred thousand boards are not half a million: the id, the abbreviation, the name, and its
/// initials: of every word, and of the words that carry meaning.
#[derive(Debug)]
struct Names {
    text: Box<str>,
    /// Where each but the last ends.
    ends: [u32; 4],
}

/// Words that initials often leave out.
const SMALL_WORDS: [&str; 5] = ["of", "and", "the", "for", "de"];
/// The fewest letters that stand for the beginning of a state's name, or of the initials of a board.
const MIN_PREFIX_CHARS: usize = 3;

impl SearchIndex {
    /// Indexes `boards`; a board's position is its place in this order, from 0.
    pub fn build<'a>(boards: impl Iterator<Item = &'a Board>) -> SearchIndex {
        SearchIndex::of_folded(boards.map(|board| (board, fold(&board.facts.name))))
    }

    /// As [`build`](Self::build), of boards with their folded names.
    pub(super) fn of_folded<'a>(boards: impl Iterator<Item = (&'a Board, String)>) -> SearchIndex {
        let mut index = SearchIndex::default();
        let mut vocabulary: HashMap<String, Vec<u32>, RandomState> = HashMap::default();
        for (position, (board, name)) in (0..).zip(boards) {
            let abbreviation = fold(board.facts.abbreviation.as_deref().unwrap_or_default());
            for word in name.split(' ').chain(abbreviation.split(' ')) {
                match vocabulary.get_mut(word) {
                    Some(positions) if positions.last() == Some(&position) => {}
                    Some(positions) => positions.push(position),
                    None => {
                        vocabulary.insert(word.to_owned(), vec![position]);
                    }
                }
            }
            for state in &board.facts.states {
                index.states.entry(*state).or_default().push(position);
            }
            index
                .boards
                .push(Names::new(board.facts.id.as_str(), &abbreviation, &name));
        }
        vocabulary.remove("");
        index.vocabulary = vocabulary.into_iter().collect();
        index.vocabulary.sort_unstable();
        // It is kept for as long as the catalog.
        index
            .vocabulary
            .iter_mut()
            .for_each(|(_, positions)| positions.shrink_to_fit());
        index.boards.shrink_to_fit();
        index
    }

    /// The positions of the boards that fit `query`, each with its rank: 0 is best. Sorted by rank, then position.
    ///
    /// A blank query fits every board. Typos are forgiven only where nothing fits as written, so that a search for
    /// `York` does not list `Cork`: one in a word of four letters, two in one of eight.
    pub fn search(&self, query: &str) -> Vec<(u32, u32)> {
        let query = query.trim();
        if query.is_empty() {
            return (0..)
                .zip(&self.boards)
                .map(|(position, _)| (position, Fit::Id as u32))
                .collect();
        }
        let folded = fold(query);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let as_written = self.boards_with_words(&words, word_begins);
        let squeezed = squeeze(&folded);
        let fit = |names: &Names, has_words: bool| names.fit(query, &squeezed, has_words);
        let mut hits: Vec<(Fit, u32)> = (0..)
            .zip(self.boards.iter().zip(as_written))
            .filter_map(|(position, (names, has_words))| Some((fit(names, has_words)?, position)))
            .collect();
        if hits.is_empty() {
            let forgiven = (0..).zip(self.boards_with_words(&words, word_nearly_begins));
            hits.extend(
                forgiven
                    .filter(|(_, fits)| *fits)
                    .map(|(position, _)| (Fit::Typo, position)),
            );
        }
        hits.sort_unstable();
        hits.into_iter()
            .map(|(fit, position)| (position, fit as u32))
            .collect()
    }

    /// For each board, whether every one of `words` fits one of its words or states; no board for no word.
    fn boards_with_words(&self, words: &[&str], fits: fn(&str, &str) -> bool) -> Vec<bool> {
        // How many words fit, counted from the first without a gap.
        let mut fitting = vec![0; self.boards.len()];
        let states = states_in(words, fits);
        for (place, word) in words.iter().enumerate() {
            let mut count = |positions: &Vec<u32>| {
                for position in positions {
                    let fitting = &mut fitting[*position as usize];
                    *fitting += usize::from(*fitting == place);
                }
            };
            self.vocabulary
                .iter()
                .filter(|(candidate, _)| fits(word, candidate))
                .for_each(|(_, positions)| count(positions));
            states[place]
                .iter()
                .filter_map(|state| self.states.get(state))
                .for_each(count);
        }
        let all_fit = |fitting| !words.is_empty() && fitting == words.len();
        fitting.into_iter().map(all_fit).collect()
    }
}

impl Names {
    /// The names of a board, by its folded ones.
    fn new(id: &str, abbreviation: &str, name: &str) -> Names {
        let mut text = String::with_capacity(id.len() + abbreviation.len() + 2 * name.len());
        let mut ends = [0; 4];
        text.push_str(id);
        ends[0] = end_of(&text);
        push_squeezed(&mut text, abbreviation);
        ends[1] = end_of(&text);
        push_squeezed(&mut text, name);
        ends[2] = end_of(&text);
        push_initials(&mut text, name, &[]);
        ends[3] = end_of(&text);
        push_initials(&mut text, name, &SMALL_WORDS);
        Names {
            text: text.into(),
            ends,
        }
    }

    fn id(&self) -> &str {
        &self.text[..self.ends[0] as usize]
    }

    /// The part that begins where the part `before` ends.
    fn part_after(&self, before: usize) -> &str {
        let start = self.ends[before] as usize;
        match self.ends.get(before + 1) {
            Some(end) => &self.text[start..*end as usize],
            None => &self.text[start..],
        }
    }

    /// How a query fits as written, and squeezed; `None` when it does not.
    fn fit(&self, query: &str, squeezed: &str, has_words: bool) -> Option<Fit> {
        let [abbreviation, name, all_initials, main_initials] =
            [0, 1, 2, 3].map(|before| self.part_after(before));
        let begins_initials = |initials: &str| {
            initials == squeezed
                || (squeezed.len() >= MIN_PREFIX_CHARS && initials.starts_with(squeezed))
        };
        if self.id() == query {
            return Some(Fit::Id);
        }
        if squeezed.is_empty() {
            return None;
        }
        let fits = [
            (Fit::Abbreviation, abbreviation == squeezed),
            (Fit::Name, name == squeezed),
            (Fit::AbbreviationPrefix, abbreviation.starts_with(squeezed)),
            (Fit::NamePrefix, name.starts_with(squeezed)),
            (Fit::Words, has_words),
            (
                Fit::Initials,
                begins_initials(all_initials) || begins_initials(main_initials),
            ),
        ];
        fits.into_iter().find(|(_, fits)| *fits).map(|(fit, _)| fit)
    }
}

/// `folded` without its spaces.
fn squeeze(folded: &str) -> String {
    folded.replace(' ', "")
}

/// Appends `folded` without its spaces.
fn push_squeezed(text: &mut String, folded: &str) {
    folded.split(' ').for_each(|word| text.push_str(word));
}

/// Appends the first letters of the words of `folded`, but for those of `left_out`.
fn push_initials(text: &mut String, folded: &str, left_out: &[&str]) {
    let words = folded.split(' ').filter(|word| !left_out.contains(word));
    text.extend(words.filter_map(|word| word.chars().next()));
}

/// Where a text of names ends: none is longer than some kilobytes.
fn end_of(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

fn word_begins(typed: &str, word: &str) -> bool {
    word.starts_with(typed)
}

/// Whether `typed` is `word` or the beginning of it, but for the typos that its length allows.
fn word_nearly_begins(typed: &str, word: &str) -> bool {
    let typed_chars = typed.chars().count();
    let forgiven = match typed_chars {
        0..4 => return word_begins(typed, word),
        4..8 => 1,
        8.. => 2,
    };
    if !begin_alike(typed, word) {
        return false;
    }
    // What is typed so far may lack letters or have too many, so each length that is near is tried.
    let lengths = typed_chars - forgiven..=typed_chars + forgiven;
    let ends = word
        .char_indices()
        .map(|(start, _)| start)
        .chain([word.len()]);
    let mut beginnings = ends.zip(0..).filter(|(_, chars)| lengths.contains(chars));
    beginnings.any(|(end, _)| osa_distance(typed, &word[..end]) <= forgiven)
}

/// Whether one of the first two letters is right, in place or swapped: costs little, and spares most comparisons.
fn begin_alike(typed: &str, word: &str) -> bool {
    let first_two = |text: &str| {
        let mut chars = text.chars();
        (chars.next(), chars.next())
    };
    let (typed, word) = (first_two(typed), first_two(word));
    typed.0 == word.0 || typed.0 == word.1 || typed.1 == word.0 || typed.1 == word.1
}

/// For each of `words`, the states it says or helps to say: `nv`, `nevada`, `new mex`.
fn states_in(words: &[&str], fits: fn(&str, &str) -> bool) -> Vec<Vec<Code>> {
    let mut found = vec![Vec::new(); words.len()];
    for (code, name) in STATES {
        let state = Code::parse(code).expect("the table has two letters a state");
        for start in 0..words.len() {
            let said = match words[start] == code {
                true => 1,
                false => words_that_say(name, &words[start..], fits),
            };
            for states in &mut found[start..start + said] {
                states.push(state);
            }
        }
    }
    found
}

/// How many of the first words say `name`: all of it, or the beginning of it where the words end; else 0.
fn words_that_say(name: &str, words: &[&str], fits: fn(&str, &str) -> bool) -> usize {
    let pairs: Vec<(&str, &str)> = words.iter().copied().zip(name.split(' ')).collect();
    let is_cut_short = pairs.len() < name.split(' ').count();
    let letters: usize = pairs.iter().map(|(typed, _)| typed.len()).sum();
    let all_fit = pairs.iter().all(|(typed, word)| fits(typed, word));
    match all_fit && letters >= MIN_PREFIX_CHARS && (!is_cut_short || pairs.len() == words.len()) {
        true => pairs.len(),
        false => 0,
    }
}

#[cfg(test)]
mod tests;
