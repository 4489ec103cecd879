//! What the vendor knows, and gets wrong: boards that are gone, that come twice, or that say something else.

use std::borrow::Cow;

use super::{Act, Disturbance};
use crate::sandbox::board::SandboxBoard;

pub(super) mod edits;

/// What becomes of the boards.
#[derive(Debug, Clone, Copy)]
pub(super) enum Boards {
    /// Only those stay of whose position, and of how many there are, this is true.
    Keep(fn(usize, usize) -> bool),
    /// Some say something else.
    Edit(Which, fn(&mut SandboxBoard)),
    /// The first one that charges comes again, changed.
    Again(Place, fn(&mut SandboxBoard)),
}

/// Which boards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The first that charges an amount.
    One,
    /// Every one.
    All,
}

/// Where a board comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Right behind.
    Next,
    /// At the end of the list.
    Last,
}

impl Disturbance {
    /// The boards as the faults leave them.
    pub(in crate::sandbox) fn in_the_data<'a>(
        &self,
        boards: &'a [SandboxBoard],
    ) -> Cow<'a, [SandboxBoard]> {
        let mut left = Cow::Borrowed(boards);
        for act in self.acts() {
            if let Act::Boards(change) = act {
                change.make(left.to_mut());
            }
        }
        left
    }
}

impl Boards {
    fn make(self, boards: &mut Vec<SandboxBoard>) {
        match self {
            Boards::Keep(stays) => {
                let count = boards.len();
                let mut position = 0;
                boards.retain(|_| {
                    position += 1;
                    stays(position - 1, count)
                });
            }
            Boards::Edit(Which::All, edit) => boards.iter_mut().for_each(edit),
            Boards::Edit(Which::One, edit) => {
                if let Some(position) = first_charging(boards) {
                    edit(&mut boards[position]);
                }
            }
            Boards::Again(place, edit) => {
                if let Some(position) = first_charging(boards) {
                    let mut again = boards[position].clone();
                    edit(&mut again);
                    match place {
                        Place::Next => boards.insert(position + 1, again),
                        Place::Last => boards.push(again),
                    }
                }
            }
        }
    }
}

fn first_charging(boards: &[SandboxBoard]) -> Option<usize> {
    boards.iter().position(edits::charges)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Asked, Fault};
    use super::*;
    use crate::sandbox::{Amount, generate};

    fn with(word: &str, boards: &[SandboxBoard]) -> Vec<SandboxBoard> {
        let fault: Fault = word.parse().unwrap();
        let asked = Asked {
            number: 1,
            offset: 0,
        };
        Disturbance::of(Arc::from([fault]), asked)
            .in_the_data(boards)
            .into_owned()
    }

    /// The positions at which the boards differ.
    fn changed(word: &str, boards: &[SandboxBoard]) -> Vec<usize> {
        let after = with(word, boards);
        assert_eq!(after.len(), boards.len());
        (0..boards.len())
            .filter(|&position| after[position] != boards[position])
            .collect()
    }

    #[test]
    fn as_many_boards_vanish_as_the_fault_says() {
        let boards = generate(1, 100);
        let left = |word| with(word, &boards).len();
        let words = [
            "drop-one",
            "drop-few",
            "drop-some",
            "drop-half",
            "drop-most",
        ];
        assert_eq!(words.map(left), [99, 95, 90, 50, 40]);
        assert_eq!((left("drop-all-but-one"), left("empty")), (1, 0));
        assert_eq!(with("drop-half", &boards)[1], boards[2]);
    }

    #[test]
    fn one_board_is_one_and_all_are_all_that_charge() {
        let boards = generate(1, 100);
        assert_eq!(changed("fee-jump", &boards).len(), 1);
        assert_eq!(changed("zero-fee", &boards), changed("fee-jump", &boards));
        let charging = boards.iter().filter(|board| edits::charges(board)).count();
        assert!(changed("fees-jump", &boards).len() >= charging);
        assert!(changed("slow", &boards).is_empty());
    }

    #[test]
    fn every_amount_that_is_said_can_be_zero() {
        let zero = Amount::Text("0.00".into());
        for board in with("zero-fees", &generate(1, 41)) {
            for amount in [board.setup_fee, board.pass_through_fee] {
                assert!(!amount.is_said() || amount == zero, "{amount:?}");
            }
        }
    }

    #[test]
    fn a_board_that_comes_again_stands_where_the_fault_says() {
        let boards = generate(1, 41);
        let first = first_charging(&boards).unwrap();
        let twice = with("duplicate-board", &boards);
        assert_eq!(twice[first + 1], boards[first]);
        assert_eq!(twice.len(), 42);
        assert_eq!(with("board-on-two-pages", &boards)[41], boards[first]);
        let conflict = with("conflicting-board", &boards);
        assert_eq!(conflict[first + 1].id, boards[first].id);
        assert_ne!(conflict[first + 1], boards[first]);
    }
}
