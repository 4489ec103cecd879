//! Cells that a spreadsheet would run as a formula carry a leading `'` in the file.
//!
//! The rule is an exact inverse both ways: text that itself begins with `'=` gets one more `'`, and loses just that.

use std::borrow::Cow;

/// What spreadsheets take for the start of a formula (OWASP, "CSV Injection").
const STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether `text` would run, or is already marked so that it does not.
fn runs_or_is_marked(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS)
}

/// `text` as it stands in the file.
pub(super) fn mark(text: &str) -> Cow<'_, str> {
    match runs_or_is_marked(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// `cell` of the file as the text that was meant.
pub(super) fn unmark(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(text) if runs_or_is_marked(text) => text.to_owned(),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_marked_and_every_text_comes_back() {
        for (text, marked) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=1", "''=1"),
            ("''@", "'''@"),
            ("'plain", "'plain"),
            ("'", "'"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(mark(text), marked);
            assert_eq!(unmark(marked.to_owned()), text);
        }
    }

    #[test]
    fn an_unmarked_formula_is_taken_as_it_is() {
        assert_eq!(unmark("=1+1".to_owned()), "=1+1");
    }
}
