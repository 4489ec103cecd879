//! Writing JSON straight into memory: what serde_json writes, byte for byte, without its machinery.

use std::cell::Cell;
use std::fmt;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};

use crate::domain::money::{Currency, MinorUnits};

/// Memory that a thread takes at a time, for several texts: asking for it text by text costs more than writing a quote.
/// A text that stays, because a caller reads slowly, keeps all of it.
const SHEET_BYTES: usize = 16 * 1024;

thread_local! {
    /// What is left of the thread's sheet.
    static SHEET: Cell<BytesMut> = Cell::new(BytesMut::new());
}

/// JSON that is being written; members and commas are the caller's.
pub(crate) struct JsonText {
    sheet: BytesMut,
}

impl JsonText {
    /// Nothing yet, with room for `bytes` before more has to be found.
    pub(crate) fn with_room(bytes: usize) -> JsonText {
        let mut sheet = SHEET.take();
        if sheet.capacity() < bytes {
            sheet.reserve(bytes.max(SHEET_BYTES));
        }
        JsonText { sheet }
    }

    /// What has been written.
    pub(crate) fn finish(mut self) -> Bytes {
        let text = self.sheet.split().freeze();
        SHEET.set(self.sheet);
        text
    }

    /// Writes `json` as it stands.
    #[inline]
    pub(crate) fn raw(&mut self, json: &str) {
        self.sheet.extend_from_slice(json.as_bytes());
    }

    /// Writes a string.
    pub(crate) fn string(&mut self, value: &str) {
        self.raw("\"");
        self.escaped(value);
        self.raw("\"");
    }

    /// Writes a string, or null.
    pub(crate) fn string_or_null(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.string(value),
            None => self.raw("null"),
        }
    }

    /// Writes the inside of a string as `write` gives it, piece by piece, of which nothing needs an escape.
    pub(crate) fn plain_of(&mut self, write: impl FnOnce(&mut PlainPieces<'_>) -> fmt::Result) {
        write(&mut PlainPieces(self)).expect("writing to memory cannot fail");
    }

    /// Writes a string as `write` gives it, piece by piece.
    pub(crate) fn string_of(&mut self, write: impl FnOnce(&mut Pieces<'_>) -> fmt::Result) {
        self.raw("\"");
        write(&mut Pieces(self)).expect("writing to memory cannot fail");
        self.raw("\"");
    }

    /// Writes a whole number.
    #[inline]
    pub(crate) fn number(&mut self, value: u64) {
        match u8::try_from(value) {
            Ok(digit) if digit < 10 => self.sheet.extend_from_slice(&[b'0' + digit]),
            _ => self.raw(itoa::Buffer::new().format(value)),
        }
    }

    /// Writes what was written before, and has been copied.
    pub(crate) fn copy(&mut self, json: &[u8]) {
        self.sheet.extend_from_slice(json);
    }

    /// How much has been written.
    pub(crate) fn len(&self) -> usize {
        self.sheet.len()
    }

    /// Writes once more what stands from `start` to `end`.
    pub(crate) fn again(&mut self, start: usize, end: usize) {
        self.sheet.extend_from_within(start..end);
    }

    /// Writes an amount as a string with the digits of `currency`.
    pub(crate) fn amount(&mut self, amount: MinorUnits, currency: Currency) {
        self.raw("\"");
        self.decimal(amount, currency);
        self.raw("\"");
    }

    /// Writes an amount with the digits of `currency`, between quotes that are the caller's.
    pub(crate) fn decimal(&mut self, amount: MinorUnits, currency: Currency) {
        if let Some(text) = currency.short_decimal(amount) {
            let end = self.sheet.len() + text.length();
            self.sheet.extend_from_slice(text.padded());
            return self.sheet.truncate(end);
        }
        let text = currency.decimal(amount);
        self.sheet.extend_from_slice(text.as_bytes());
    }

    /// Writes a date as a string, `2026-11-23`.
    pub(crate) fn date(&mut self, date: NaiveDate) {
        match date.year() {
            0..=9999 => {
                let mut text = *b"\"0000-00-00\"";
                text[1..11].copy_from_slice(&date_text(date));
                self.sheet.extend_from_slice(&text);
            }
            _ => self.string(&date.to_string()),
        }
    }

    /// Writes a date as a string, or null.
    pub(crate) fn date_or_null(&mut self, date: Option<NaiveDate>) {
        match date {
            Some(date) => self.date(date),
            None => self.raw("null"),
        }
    }

    /// Writes a moment as a string in RFC 3339, in UTC, to the second.
    pub(crate) fn time(&mut self, time: DateTime<Utc>) {
        let local = time.naive_utc();
        if !(0..=9999).contains(&local.year()) {
            return self.string(&time.to_rfc3339_opts(SecondsFormat::Secs, true));
        }
        let mut text = *b"\"0000-00-00T00:00:00Z\"";
        text[1..11].copy_from_slice(&date_text(local.date()));
        text[12..14].copy_from_slice(&two_digits(local.hour()));
        text[15..17].copy_from_slice(&two_digits(local.minute()));
        text[18..20].copy_from_slice(&two_digits(local.second()));
        self.sheet.extend_from_slice(&text);
    }

    /// Writes the inside of a string.
    pub(crate) fn escaped(&mut self, value: &str) {
        if !any_needs_escape(value.as_bytes()) {
            return self.raw(value);
        }
        let mut rest = value;
        while let Some(position) = rest.bytes().position(needs_escape) {
            let (plain, after) = rest.split_at(position);
            self.raw(plain);
            self.raw(&escape(after.as_bytes()[0]));
            rest = &after[1..];
        }
        self.raw(rest);
    }
}

/// A string that is being written, of which no piece needs an escape.
pub(crate) struct PlainPieces<'a>(&'a mut JsonText);

impl fmt::Write for PlainPieces<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        debug_assert!(!any_needs_escape(piece.as_bytes()), "{piece}");
        self.0.raw(piece);
        Ok(())
    }
}

/// A string that is being written, of which every piece is escaped.
pub(crate) struct Pieces<'a>(&'a mut JsonText);

impl fmt::Write for Pieces<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0.escaped(piece);
        Ok(())
    }
}

/// Whether any of `bytes` needs an escape: eight of them at a time, without a way out, because hardly any does.
fn any_needs_escape(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return bytes.iter().any(|byte| needs_escape(*byte));
    };
    // The last eight, some of which may be looked at twice: quicker than the rest one by one.
    let mut any = needing_escape(u64::from_le_bytes(*last));
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk() {
        any |= needing_escape(u64::from_le_bytes(*eight));
        rest = after;
    }
    any != 0
}

/// Not 0 where one of eight bytes needs an escape: a byte's highest bit is set where taking away a number borrows.
fn needing_escape(eight: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    let below = |bytes: u64, limit: u64| bytes.wrapping_sub(ONES * limit) & !bytes & HIGHEST;
    let same = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    below(eight, 0x20) | same(b'"') | same(b'\\')
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The escape of a character that may not stand in a string (RFC 8259, 7).
fn escape(byte: u8) -> String {
    match byte {
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x08 => "\\b".to_owned(),
        0x0c => "\\f".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        control => format!("\\u{control:04x}"),
    }
}

/// `date`, of a year of at most four digits.
fn date_text(date: NaiveDate) -> [u8; 10] {
    let year = date.year().unsigned_abs();
    let mut text = *b"0000-00-00";
    text[..2].copy_from_slice(&two_digits(year / 100));
    text[2..4].copy_from_slice(&two_digits(year % 100));
    text[5..7].copy_from_slice(&two_digits(date.month()));
    text[8..].copy_from_slice(&two_digits(date.day()));
    text
}

/// A number below 100.
fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut JsonText)) -> String {
        let mut json = JsonText::with_room(0);
        write(&mut json);
        String::from_utf8(json.finish().to_vec()).unwrap()
    }

    #[test]
    fn every_character_is_written_as_serde_json_writes_it() {
        let all: String = (0..0x800).filter_map(char::from_u32).collect();
        for text in [all.as_str(), "", "plain", "\u{1f3e0}\"\\/"] {
            let expected = serde_json::to_string(text).unwrap();
            assert_eq!(written(|json| json.string(text)), expected);
        }
    }

    proptest! {
        #[test]
        fn eight_bytes_are_looked_at_as_one_by_one(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let expected = bytes.iter().any(|byte| needs_escape(*byte));
            prop_assert_eq!(any_needs_escape(&bytes), expected);
        }

        #[test]
        fn dates_and_times_are_written_as_chrono_writes_them(seconds in -70_000_000_000..300_000_000_000_i64) {
            let time = DateTime::from_timestamp(seconds, 999_000_000).unwrap();
            let expected = time.to_rfc3339_opts(SecondsFormat::Secs, true);
            prop_assert_eq!(written(|json| json.time(time)), format!("\"{expected}\""));
            let date = time.date_naive();
            prop_assert_eq!(written(|json| json.date(date)), format!("\"{date}\""));
        }
    }
}
