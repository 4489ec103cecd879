//! Writing JSON straight into a text: what serde_json writes, byte for byte, without its machinery.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike, Utc};
use rust_decimal::Decimal;

use crate::domain::money::Currency;

/// JSON that is being written; members and commas are the caller's.
pub(crate) struct JsonText {
    text: String,
}

impl JsonText {
    /// Nothing yet, with room for `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> JsonText {
        JsonText {
            text: String::with_capacity(capacity),
        }
    }

    /// What has been written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    /// Writes `json` as it stands.
    #[inline]
    pub(crate) fn raw(&mut self, json: &str) {
        self.text.push_str(json);
    }

    /// Writes a string.
    pub(crate) fn string(&mut self, value: &str) {
        self.text.push('"');
        self.escaped(value);
        self.text.push('"');
    }

    /// Writes a string, or null.
    pub(crate) fn string_or_null(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.string(value),
            None => self.raw("null"),
        }
    }

    /// Writes a string of which nothing needs to be escaped, as `push` appends it.
    pub(crate) fn plain_string(&mut self, push: impl FnOnce(&mut String)) {
        self.text.push('"');
        push(&mut self.text);
        self.text.push('"');
    }

    /// Writes a whole number.
    pub(crate) fn number(&mut self, value: impl itoa::Integer) {
        self.text.push_str(itoa::Buffer::new().format(value));
    }

    /// How much has been written.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Writes once more what stands from `start` to `end`.
    pub(crate) fn again(&mut self, start: usize, end: usize) {
        self.text.extend_from_within(start..end);
    }

    /// Writes an amount as a string with the digits of `currency`.
    pub(crate) fn amount(&mut self, amount: Decimal, currency: Currency) {
        self.plain_string(|text| currency.push(amount, text));
    }

    /// Writes a date as a string, `2026-11-23`.
    pub(crate) fn date(&mut self, date: NaiveDate) {
        self.plain_string(|text| push_date(date, text));
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
        self.plain_string(|text| push_time(time, text));
    }

    fn escaped(&mut self, value: &str) {
        // Looked through without a way out, which is done many bytes at a time; that it is needed is rare.
        let any = value
            .bytes()
            .fold(false, |any, byte| any | needs_escape(byte));
        let mut rest = match any {
            true => value,
            false => return self.text.push_str(value),
        };
        while let Some(position) = rest.bytes().position(needs_escape) {
            let (plain, after) = rest.split_at(position);
            self.text.push_str(plain);
            self.text.push_str(&escape(after.as_bytes()[0]));
            rest = &after[1..];
        }
        self.text.push_str(rest);
    }
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

fn push_date(date: NaiveDate, text: &mut String) {
    match date.year() {
        year @ 0..=9999 => {
            push_two_digits(year.unsigned_abs() / 100, text);
            push_two_digits(year.unsigned_abs() % 100, text);
            text.push('-');
            push_two_digits(date.month(), text);
            text.push('-');
            push_two_digits(date.day(), text);
        }
        _ => text.push_str(&date.to_string()),
    }
}

fn push_time(time: DateTime<Utc>, text: &mut String) {
    let local = time.naive_utc();
    if !(0..=9999).contains(&local.year()) {
        return text.push_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true));
    }
    push_date(local.date(), text);
    text.push('T');
    push_two_digits(local.hour(), text);
    text.push(':');
    push_two_digits(local.minute(), text);
    text.push(':');
    push_two_digits(local.second(), text);
    text.push('Z');
}

/// Appends a number below 100.
fn push_two_digits(number: u32, text: &mut String) {
    const PAIRS: &str = "0001020304050607080910111213141516171819\
                         2021222324252627282930313233343536373839\
                         4041424344454647484950515253545556575859\
                         6061626364656667686970717273747576777879\
                         8081828384858687888990919293949596979899";
    let start = 2 * number as usize;
    text.push_str(&PAIRS[start..start + 2]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut JsonText)) -> String {
        let mut json = JsonText::with_capacity(0);
        write(&mut json);
        String::from_utf8(json.into_bytes()).unwrap()
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
        fn dates_and_times_are_written_as_chrono_writes_them(seconds in -70_000_000_000..300_000_000_000_i64) {
            let time = DateTime::from_timestamp(seconds, 999_000_000).unwrap();
            let expected = time.to_rfc3339_opts(SecondsFormat::Secs, true);
            prop_assert_eq!(written(|json| json.time(time)), format!("\"{expected}\""));
            let date = time.date_naive();
            prop_assert_eq!(written(|json| json.date(date)), format!("\"{date}\""));
        }
    }
}
