//! Free text and dates, as people and vendors write them.

use chrono::NaiveDate;

use super::given;

/// The most characters of a label.
pub const MAX_LABEL_CHARS: usize = 200;
/// The most characters of a note.
pub const MAX_NOTE_CHARS: usize = 2_000;
/// The note as given; `None` when blank.
///
/// # Errors
/// When it is longer than [`MAX_NOTE_CHARS`] or has control characters.
pub fn read_note(note: &Option<String>) -> Result<Option<String>, String> {
    match given(note) {
        None => Ok(None),
        Some(text) => check_text(text, MAX_NOTE_CHARS).map(|()| Some(text.to_owned())),
    }
}

/// Refuses text that is too long or has characters no person typed on purpose.
///
/// Refused besides control characters (line ends and tabs are allowed): the marks that turn the direction of text,
/// because they can make an amount read backwards (Unicode Technical Report 36, bidirectional text spoofing).
///
/// # Errors
/// What is wrong and the remedy.
pub fn check_text(text: &str, max_chars: usize) -> Result<(), String> {
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(format!("has {chars} characters; shorten it to {max_chars}"));
    }
    let turns_direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let unwanted =
        |c: &char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || turns_direction(*c);
    match text.chars().find(unwanted) {
        Some(c) => Err(format!(
            "has the invisible character U+{:04X}; remove it",
            u32::from(c)
        )),
        None => Ok(()),
    }
}

/// A date written `YYYY-MM-DD`.
///
/// # Errors
/// The text with the form that is expected.
pub fn read_date(text: &str) -> Result<NaiveDate, String> {
    let shape_is_right = text.len() == 10 && text.is_ascii();
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    date.filter(|_| shape_is_right)
        .ok_or_else(|| format!("\"{text}\" is not a date; write it like 2026-03-31"))
}
