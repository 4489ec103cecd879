//! Faults to order: what a vendor gets wrong.
//!
//! A fault is one row of the table, with the place where it acts:
//!
//! | module | what acts there | when in an answer |
//! | --- | --- | --- |
//! | `table` | nothing: every fault by its word, grouped by what a client must survive | - |
//! | `wire` | the connection, and how bytes go over it | first and last |
//! | `answer` | status and headers, whatever was asked | before the request is looked at |
//! | `boards` | what the vendor knows | before a page is made |
//! | `paging` | which page is sent, and what total is claimed | as the page is made |
//! | `document` | the JSON as text | when the page is written |

mod answer;
mod boards;
mod document;
mod paging;
mod table;
mod wire;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use table::{LINES, Row};
pub(super) use wire::Parting;

/// Something that a vendor gets wrong, by the word that `sandbox --fault` takes.
#[derive(Clone, Copy)]
pub struct Fault {
    line: &'static table::Line,
    row: &'static Row,
}

impl Fault {
    /// All faults, in the order of the table.
    pub fn all() -> impl Iterator<Item = Fault> {
        let rows = |line: &'static table::Line| line.faults.iter().map(move |row| (line, row));
        LINES
            .iter()
            .flat_map(rows)
            .map(|(line, row)| Fault { line, row })
    }

    /// The fault's word.
    pub fn word(self) -> &'static str {
        self.row.word
    }

    /// What the fault does, in one line of help.
    pub fn summary(self) -> &'static str {
        self.row.summary
    }

    /// The number of the group it belongs to: `U1`.
    pub fn line(self) -> &'static str {
        self.line.id
    }

    /// What the faults of its group have in common.
    pub fn line_title(self) -> &'static str {
        self.line.title
    }
}

/// A word that names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a fault; there are: {known}", known = known_words())]
pub struct UnknownFault(pub String);

fn known_words() -> String {
    let words: Vec<&str> = Fault::all().map(Fault::word).collect();
    words.join(", ")
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Fault, UnknownFault> {
        let named = Fault::all().find(|fault| fault.word() == text);
        named.ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({})", self.word())
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Fault) -> bool {
        self.word() == other.word()
    }
}

impl Eq for Fault {}

impl Hash for Fault {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.word().hash(state);
    }
}

/// Where a fault acts.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// On the connection.
    Wire(wire::Wire),
    /// In place of an answer.
    Answer(answer::Answer),
    /// On the boards.
    Boards(boards::Boards),
    /// On the pages.
    Paging(paging::Paging),
    /// On the JSON.
    Document(document::Document),
}

/// Which requests a fault meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// All.
    Always,
    /// The first since the fault was ordered.
    First,
    /// Every other, from the first on.
    EveryOther,
    /// Two of three, from the first on.
    TwoOfThree,
    /// Those for another page than the first.
    LaterPages,
}

/// Where a request stands among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// Its number since the faults were ordered, from 1.
    pub(super) number: u64,
    /// The offset that it asks for; 0 where it asks for none.
    pub(super) offset: usize,
}

impl When {
    fn meets(self, asked: Asked) -> bool {
        match self {
            When::Always => true,
            When::First => asked.number == 1,
            When::EveryOther => asked.number % 2 == 1,
            When::TwoOfThree => !asked.number.is_multiple_of(3),
            When::LaterPages => asked.offset > 0,
        }
    }
}

/// The faults that meet one request.
#[derive(Debug, Clone)]
pub(super) struct Disturbance {
    faults: Arc<[Fault]>,
    asked: Asked,
}

impl Disturbance {
    /// What of `faults` meets the request.
    pub(super) fn of(faults: Arc<[Fault]>, asked: Asked) -> Disturbance {
        Disturbance { faults, asked }
    }

    fn acts(&self) -> impl Iterator<Item = &'static Act> {
        let rows = self.faults.iter().map(|fault| fault.row);
        rows.filter(|row| row.when.meets(self.asked))
            .map(|row| &row.act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_word_names_its_fault_and_no_other() {
        let mut words = HashSet::new();
        for fault in Fault::all() {
            assert_eq!(fault.to_string().parse(), Ok(fault));
            assert!(words.insert(fault.word()), "{fault} stands twice");
            assert!(fault.summary().ends_with('.'), "{fault}");
        }
    }

    #[test]
    fn an_unknown_word_is_told_the_known_ones() {
        let error = "fire".parse::<Fault>().unwrap_err().to_string();
        assert!(
            error.starts_with("\"fire\" is not a fault; there are: down, "),
            "{error}"
        );
    }

    #[test]
    fn a_fault_meets_the_requests_that_it_is_for() {
        let met = |when: When| -> Vec<u64> {
            let at = |number| Asked {
                number,
                offset: (number as usize - 1) * 50,
            };
            (1..=6).filter(|&number| when.meets(at(number))).collect()
        };
        assert_eq!(met(When::First), [1]);
        assert_eq!(met(When::EveryOther), [1, 3, 5]);
        assert_eq!(met(When::TwoOfThree), [1, 2, 4, 5]);
        assert_eq!(met(When::LaterPages), [2, 3, 4, 5, 6]);
        assert_eq!(met(When::Always).len(), 6);
    }
}
