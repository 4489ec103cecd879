//! What can happen to the files of a database, by kind; the same seed gives the same damage.

use std::ops::Range;
use std::path::Path;

use crate::dice::Dice;

/// SQLite's page, as these databases have it.
const PAGE: usize = 4_096;
/// SQLite's own header at the start of the first page.
const HEADER: Range<usize> = 0..100;
/// Where a page without a header before it says how many cells it has: https://www.sqlite.org/fileformat.html
const CELLS_OF_FIRST_PAGE: Range<usize> = 103..105;

/// A database that nobody has open: the file, and the write-ahead log that a killed process leaves.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) database: Vec<u8>,
    pub(crate) log: Option<Vec<u8>>,
}

impl Files {
    /// The files of the database at `path`.
    pub(crate) fn read(path: &Path) -> Files {
        Files {
            database: std::fs::read(path).unwrap(),
            log: std::fs::read(log_of(path)).ok(),
        }
    }

    /// Puts them at `path`, where nothing is.
    pub(crate) fn write(&self, path: &Path) {
        std::fs::write(path, &self.database).unwrap();
        if let Some(log) = &self.log {
            std::fs::write(log_of(path), log).unwrap();
        }
    }

    /// How many pages the file has.
    fn pages(&self) -> usize {
        self.database.len() / PAGE
    }

    /// The bytes of a page, counted from 0.
    fn page(&mut self, number: usize) -> &mut [u8] {
        &mut self.database[number * PAGE..][..PAGE]
    }

    /// Everything the log says; empty where there is none.
    fn log(&mut self) -> &mut Vec<u8> {
        self.log.get_or_insert_default()
    }
}

fn log_of(path: &Path) -> std::path::PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// One kind of damage.
pub(crate) struct Damage {
    pub(crate) kind: &'static str,
    pub(crate) happen: fn(&mut Files, &mut Dice),
}

/// All kinds of damage.
pub(crate) const KINDS: [Damage; 13] = [
    Damage {
        kind: "one bit flipped",
        happen: |files, dice| flip(&mut files.database, dice, 1),
    },
    Damage {
        kind: "bits flipped all over",
        happen: |files, dice| flip(&mut files.database, dice, 200),
    },
    Damage {
        kind: "bits flipped in one page",
        happen: |files, dice| {
            let page = any(dice, files.pages());
            flip(files.page(page), dice, 8);
        },
    },
    Damage {
        kind: "a digit that became another",
        happen: |files, dice| change_digit(&mut files.database, dice),
    },
    Damage {
        kind: "header damaged",
        happen: |files, dice| flip(&mut files.database[HEADER], dice, 3),
    },
    Damage {
        kind: "first page without cells",
        happen: |files, _| files.database[CELLS_OF_FIRST_PAGE].fill(0),
    },
    Damage {
        kind: "pages of zeros",
        happen: |files, dice| {
            for _ in 0..=dice.below(3) {
                let page = any(dice, files.pages());
                files.page(page).fill(0);
            }
        },
    },
    Damage {
        kind: "a page of noise",
        happen: |files, dice| {
            let page = any(dice, files.pages());
            for byte in files.page(page) {
                *byte = any_byte(dice);
            }
        },
    },
    Damage {
        kind: "pages swapped",
        happen: |files, dice| {
            let (page, other) = (any(dice, files.pages()), any(dice, files.pages()));
            let bytes = files.page(page).to_vec();
            let others = files.page(other).to_vec();
            files.page(page).copy_from_slice(&others);
            files.page(other).copy_from_slice(&bytes);
        },
    },
    Damage {
        kind: "cut short",
        happen: |files, dice| {
            let length = any(dice, files.database.len());
            files.database.truncate(length);
        },
    },
    Damage {
        kind: "log lost",
        happen: |files, _| files.log = None,
    },
    Damage {
        kind: "log cut short",
        happen: |files, dice| {
            let length = any(dice, files.log().len());
            files.log().truncate(length);
        },
    },
    Damage {
        kind: "log flipped",
        happen: |files, dice| flip(files.log(), dice, 3),
    },
];

fn any(dice: &mut Dice, count: usize) -> usize {
    match count {
        0 => 0,
        count => usize::try_from(dice.below(count as u64)).unwrap(),
    }
}

fn any_byte(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(256)).unwrap()
}

fn flip(bytes: &mut [u8], dice: &mut Dice, times: usize) {
    for _ in 0..times {
        let place = any(dice, bytes.len());
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << dice.below(8);
        }
    }
}

/// The damage that matters most: an amount that reads well and is wrong.
fn change_digit(bytes: &mut [u8], dice: &mut Dice) {
    let is_amount = |at: &usize| {
        let digits = |range: Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
        digits(*at..at + 1) && bytes[at + 1] == b'.' && digits(at + 2..at + 4)
    };
    let amounts: Vec<usize> = (0..bytes.len() - 4).filter(is_amount).collect();
    let place = amounts[any(dice, amounts.len())];
    bytes[place] = b'0' + (bytes[place] - b'0' + 1) % 10;
}
