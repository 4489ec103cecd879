//! What a catalog is of: one list of the vendor, and an edit of each edited board.

use std::collections::BTreeMap;

use ptf_cache::domain::board::Board;
use ptf_cache::domain::fee::Price;
use serde_json::Value;

/// How many boards the vendor has: three pages.
pub(crate) const BOARDS: u32 = 120;
/// What a list's number is added to, so that two lists differ by little: no guard minds.
const LIST_BASE: u32 = 100_000;
/// What an edit's number is added to.
const EDIT_BASE: u32 = 500_000;
/// What the id of an edited board begins with; its slot follows.
const EDITED: &str = "edited-";

/// What is read off a whole catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// The catalog's version.
    pub(crate) version: i64,
    /// The number of the vendor's list.
    pub(crate) list: u32,
    /// The edit that each slot is at.
    pub(crate) edits: BTreeMap<u32, u32>,
}

/// The amount of every fee of list `list`.
pub(crate) fn amount_of_list(list: u32) -> String {
    format!("{}.00", LIST_BASE + list)
}

/// A curated file in which the board of `slot` is at `edit`.
pub(crate) fn curated_csv(slot: u32, edit: u32) -> String {
    let amount = EDIT_BASE + edit;
    format!(
        "board_id,board_name,abbreviation,states,country,channel,status,override,fee_key,label,amount,amount_max,\
         currency,cadence,billed,basis,included,tier_mode,tiers,minimum,maximum,effective_from,effective_to,note,\
         source_url,verified_on\n\
         {EDITED}{slot},Edited board {slot},,IA,US,pass_through,charged,false,idx,IDX,{amount}.00,,USD,monthly,,account,\
         ,,,,,,,,,\n"
    )
}

impl Picture {
    /// Reads the answer of `/v1/boards`.
    pub(crate) fn of_answer(answer: &Value) -> Picture {
        let amounts = |board: &Value| {
            let fees = board["pass_through"]["fees"].as_array().unwrap();
            let amounts = fees.iter().map(|fee| fee["amount"].as_str().unwrap());
            amounts.map(str::to_owned).collect()
        };
        let boards = answer["boards"].as_array().unwrap();
        let rows = boards
            .iter()
            .map(|board| (board["id"].as_str().unwrap().to_owned(), amounts(board)));
        Picture::of(answer["catalog_version"].as_i64().unwrap(), rows)
    }

    /// Reads the boards of a version.
    pub(crate) fn of_boards(version: i64, boards: &[Board]) -> Picture {
        let rows = boards.iter().map(|board| {
            assert!(board.active, "{} is not active", board.facts.id);
            let fees = board.pass_through.fees().iter();
            let amounts = fees.map(|fee| match fee.price() {
                Price::Unit(amount) => amount.to_decimal_string(),
                other => panic!("{}: {other:?}", board.facts.id),
            });
            (board.facts.id.as_str().to_owned(), amounts.collect())
        });
        Picture::of(version, rows)
    }

    /// Reads boards and the amounts of their fees; what is of no single list fails here.
    fn of(version: i64, boards: impl Iterator<Item = (String, Vec<String>)>) -> Picture {
        let (mut vendor, mut edits) = (BTreeMap::new(), BTreeMap::new());
        for (id, amounts) in boards {
            match id.strip_prefix(EDITED) {
                Some(slot) => {
                    assert_eq!(amounts.len(), 1, "version {version}, {id}: {amounts:?}");
                    edits.insert(slot.parse().unwrap(), number(&amounts[0], EDIT_BASE));
                }
                None => {
                    assert_eq!(amounts.len(), 2, "version {version}, {id}: {amounts:?}");
                    let lists = amounts.iter().map(|amount| number(amount, LIST_BASE));
                    vendor.insert(id, lists.collect::<Vec<u32>>());
                }
            }
        }
        let lists: Vec<u32> = vendor.values().flatten().copied().collect();
        let list = *lists.first().unwrap();
        assert!(
            vendor.len() == BOARDS as usize && lists.iter().all(|other| *other == list),
            "version {version} is of no single list: {vendor:?}"
        );
        Picture {
            version,
            list,
            edits,
        }
    }

    /// Checks that `next`, the version after this one, is one whole step on: another list, or another edit.
    pub(crate) fn check_step_to(&self, next: &Picture) {
        assert_eq!(next.version, self.version + 1, "a gap");
        let new_list = next.list > self.list && next.edits == self.edits;
        let mut kept = next.edits.clone();
        kept.retain(|slot, edit| self.edits.get(slot) == Some(edit));
        let new_edit = next.list == self.list && kept.len() + 1 == next.edits.len();
        assert!(new_list || new_edit, "{self:?} then {next:?}");
    }
}

fn number(amount: &str, base: u32) -> u32 {
    let whole = amount.strip_suffix(".00").unwrap();
    whole.parse::<u32>().unwrap() - base
}
