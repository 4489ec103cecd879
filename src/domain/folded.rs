//! Text folded for comparison: case, accents, marks and punctuation do not count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` in lower case, without accents or marks, with every run of anything but letters and digits as one space.
///
/// `"Côte-Nord REALTORS®"` folds to `"cote nord realtors"`. Equal folded texts are the same name to a person.
pub fn fold(text: &str) -> String {
    let without_joiners = || text.chars().filter(|c| !is_joiner(*c));
    if text.is_ascii() || without_joiners().all(|c| c.is_ascii()) {
        // Nothing to take apart: most names cost a tenth of the others.
        let lower = without_joiners().map(|c| c.to_ascii_lowercase());
        return join_words(lower, text.len());
    }
    let unmarked = without_joiners().nfkd().filter(|c| !is_combining_mark(*c));
    join_words(unmarked.flat_map(char::to_lowercase), text.len())
}

/// The letters and digits of `significant`, every run of anything else between them as one space.
fn join_words(significant: impl Iterator<Item = char>, length: usize) -> String {
    let mut folded = String::with_capacity(length);
    let mut pending_space = false;
    for c in significant {
        if c.is_alphanumeric() {
            if pending_space && !folded.is_empty() {
                folded.push(' ');
            }
            pending_space = false;
            folded.push(c);
        } else {
            pending_space = true;
        }
    }
    folded
}

/// Characters that join or mark a word without dividing it: apostrophes, trade marks, soft hyphens.
fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '\'' | '\u{2019}' | '®' | '™' | '©' | '\u{ad}' | '\u{200b}'..='\u{200f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_marks_and_punctuation_do_not_count() {
        assert_eq!(fold("Côte-Nord  REALTORS®"), "cote nord realtors");
        assert_eq!(fold("Coeur d'Alene"), "coeur dalene");
        assert_eq!(fold("  MLS / IDX  "), "mls idx");
        assert_eq!(fold("QUÉBEC"), fold("quebec"));
        assert_eq!(fold("—"), "");
    }
}
