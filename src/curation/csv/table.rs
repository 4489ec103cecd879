//! Bytes to rows of cells under the right header.
//!
//! Rows are counted as a spreadsheet shows them, and a quote that is never closed is an error: a lenient reader would
//! take the rest of the file for one cell.

use std::collections::BTreeSet;

use super::formula::unmark;
use super::{COLUMNS, INTERNAL_NOTE, RowError};

/// The most bytes of a file.
pub const MAX_BYTES: usize = 16 << 20;
/// The most rows of a file.
const MAX_ROWS: usize = 100_000;

/// One row of the file, as many cells as the header has.
pub(in crate::curation) struct Row {
    /// As a spreadsheet numbers it.
    pub(super) number: u64,
    cells: Vec<String>,
}

impl Row {
    /// Row `number`, which says of each column what `cell` gives for it.
    pub(in crate::curation) fn of(number: u64, cell: impl Fn(&str) -> String) -> Row {
        let columns = COLUMNS.into_iter().chain([INTERNAL_NOTE]);
        Row {
            number,
            cells: columns.map(cell).collect(),
        }
    }

    /// The cell under `column`, without white space around it; empty where the file has no such column.
    pub(super) fn cell(&self, column: &str) -> &str {
        let mut columns = COLUMNS.into_iter().chain([INTERNAL_NOTE]);
        let position = columns.position(|name| name == column);
        let cell = position.and_then(|position| self.cells.get(position));
        cell.map_or("", |cell| cell.trim())
    }
}

/// Every row below the header that is not blank.
///
/// # Errors
/// When the file is too large, is not UTF-8, has another header, or has rows of another length.
pub(super) fn read_rows(bytes: &[u8]) -> Result<Vec<Row>, Vec<RowError>> {
    let text = read_text(bytes).map_err(|error| vec![error])?;
    let mut rows = Rows {
        rest: text,
        number: 0,
    };
    let header = match rows.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(vec![error]),
        None => {
            return Err(vec![RowError::new(
                1,
                "",
                "",
                "is missing; begin the file with the names of the columns, as curated export writes them",
            )]);
        }
    };
    check_header(&header.cells)?;
    let mut kept = Vec::new();
    let mut errors = Vec::new();
    for row in rows {
        match row.and_then(|row| check_length(row, header.cells.len())) {
            Ok(Some(row)) => kept.push(row),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    if let Some(row) = kept.get(MAX_ROWS) {
        let problem =
            format!("is beyond the {MAX_ROWS} rows that one file may have; split the file");
        errors.push(RowError::new(row.number, "", "", problem));
    }
    if errors.is_empty() {
        Ok(kept)
    } else {
        Err(errors)
    }
}

fn read_text(bytes: &[u8]) -> Result<&str, RowError> {
    if bytes.len() > MAX_BYTES {
        let problem = format!(
            "the file has {} bytes; at most {MAX_BYTES} are accepted",
            bytes.len()
        );
        return Err(RowError::new(1, "", "", problem));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        // A letter behind what is valid stands for the bad byte, so that the row it is in is counted.
        let up_to_error = format!("{valid}x");
        let rows = Rows {
            rest: &up_to_error,
            number: 0,
        };
        let row = rows.last().map_or(1, |row| {
            row.map_or_else(|error| error.row, |row| row.number)
        });
        RowError::new(row, "", "", "is not UTF-8; save the file as \"CSV UTF-8\"")
    })
}

/// `None` for a row without content, as spreadsheets leave them behind.
fn check_length(mut row: Row, columns: usize) -> Result<Option<Row>, RowError> {
    if row.cells.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(None);
    }
    if row.cells.len() != columns {
        let problem = format!(
            "has {} cells under {columns} columns; put text that holds a comma in quotes",
            row.cells.len()
        );
        return Err(RowError::new(row.number, "", "", problem));
    }
    row.cells = row.cells.into_iter().map(unmark).collect();
    Ok(Some(row))
}

fn check_header(header: &[String]) -> Result<(), Vec<RowError>> {
    let names: Vec<&str> = header.iter().map(|name| name.trim()).collect();
    if names == COLUMNS || names.split_last() == Some((&INTERNAL_NOTE, &COLUMNS)) {
        return Ok(());
    }
    if let [only] = names[..]
        && let Some(separator) = [';', '\t']
            .into_iter()
            .find(|separator| only.contains(*separator))
    {
        let problem = format!("separates its columns by {separator:?}; save the file with commas");
        return Err(vec![RowError::new(1, "", only, problem)]);
    }
    let error = |column: &str, problem: String| RowError::new(1, column, column, problem);
    let missing = COLUMNS.into_iter().filter(|column| !names.contains(column));
    let mut errors: Vec<RowError> = missing
        .map(|column| {
            error(
                column,
                "this column is missing; add it, empty if need be".to_owned(),
            )
        })
        .collect();
    let mut seen = BTreeSet::new();
    for name in &names {
        if !COLUMNS.contains(name) && *name != INTERNAL_NOTE {
            errors.push(error(
                name,
                format!("\"{name}\" is not a column of the curated list; remove it"),
            ));
        } else if !seen.insert(*name) {
            errors.push(error(
                name,
                format!("\"{name}\" stands there twice; remove one"),
            ));
        }
    }
    if errors.is_empty() {
        let expected = COLUMNS.into_iter().chain([INTERNAL_NOTE]);
        let misplaced = names
            .iter()
            .zip(expected)
            .find(|(name, expected)| *name != expected);
        errors.extend(misplaced.map(|(name, expected)| {
            error(name, format!("\"{name}\" stands where \"{expected}\" belongs; put the columns in the order that curated export writes"))
        }));
    }
    Err(errors)
}

/// The rows of a text by RFC 4180, with any line end; stops at the first that cannot be read.
struct Rows<'a> {
    rest: &'a str,
    number: u64,
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let mut cells = Vec::new();
        loop {
            match take_cell(self.rest) {
                Ok((cell, rest)) => {
                    cells.push(cell);
                    self.rest = rest;
                }
                Err(problem) => {
                    self.rest = "";
                    let column = COLUMNS.get(cells.len()).copied().unwrap_or_default();
                    return Some(Err(RowError::new(self.number, column, "", problem)));
                }
            }
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        let line_ends = ["\r\n", "\n", "\r"];
        let after = line_ends.iter().find_map(|end| self.rest.strip_prefix(end));
        self.rest = after.unwrap_or_default();
        Some(Ok(Row {
            number: self.number,
            cells,
        }))
    }
}

/// What ends a cell that is not in quotes.
const CELL_ENDS: [char; 3] = [',', '\n', '\r'];

/// The first cell of `text`, and what follows it.
fn take_cell(text: &str) -> Result<(String, &str), &'static str> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(CELL_ENDS).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let mut cell = String::new();
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            return Err(
                "opens a quote that is never closed; close it, and double a quote that belongs to the text",
            );
        };
        cell.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                cell.push('"');
                rest = after;
            }
            None if after.is_empty() || after.starts_with(CELL_ENDS) => return Ok((cell, after)),
            None => {
                return Err(
                    "goes on after its closing quote; double a quote that belongs to the text",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        Rows {
            rest: text,
            number: 0,
        }
        .map(|row| row.unwrap().cells)
        .collect()
    }

    #[test]
    fn every_line_end_ends_a_row_and_quotes_hold_it() {
        assert_eq!(
            cells("a,b\r\nc,\"d\r\ne\"\n,\rf"),
            [vec!["a", "b"], vec!["c", "d\r\ne"], vec!["", ""], vec!["f"],]
        );
        assert_eq!(
            cells("a,\"say \"\"hi\"\"\",5\" pipe,"),
            [vec!["a", "say \"hi\"", "5\" pipe", ""]]
        );
        assert_eq!(cells(""), Vec::<Vec<String>>::new());
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(
            table in prop::collection::vec(prop::collection::vec("[a\",\n\r' =é]{0,6}", 2..5), 0..6)
        ) {
            let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(cells(&text), table);
        }
    }
}
