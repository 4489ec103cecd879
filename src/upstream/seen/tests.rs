use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::upstream::fetched::{Fetched, FetchedBoard};

/// One result of the vendor: which board, and what kind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sent {
    id: u8,
    kind: u8,
}

impl Sent {
    fn json(self) -> Value {
        let mut result =
            json!({"id": self.id, "name": format!("Board {}", self.id), "state": "NV"});
        let fields = match self.kind {
            0..=2 => {
                json!({"passThroughFee": format!("2{}.00", self.kind), "passThroughFeeFrequency": "MONTHLY",
                "passThroughFeeBasis": "ACCOUNT"})
            }
            // A word that nobody has told us the meaning of.
            3 => json!({"paperwork": "PIGEON"}),
            // Fees that are refused.
            4 => json!({"passThroughFee": "-1"}),
            // No board.
            5 => json!({"name": null}),
            // A field that the mapping does not use, in one kind or the other.
            6 => json!({"colour": "red"}),
            _ => json!({"colour": "red", "shape": null}),
        };
        for (name, value) in fields.as_object().unwrap() {
            result[name] = value.clone();
        }
        result
    }
}

/// A change of a list: at which place, and which.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Put(usize, Sent),
    Insert(usize, Sent),
    Remove(usize),
    Swap(usize, usize),
    Repeat(usize, usize),
}

impl Edit {
    fn apply(self, list: &mut Vec<Sent>) {
        let place = |place: usize, list: &Vec<Sent>| place % list.len().max(1);
        match self {
            Edit::Put(at, sent) if !list.is_empty() => {
                let at = place(at, list);
                list[at] = sent;
            }
            Edit::Insert(at, sent) => list.insert(at % (list.len() + 1), sent),
            Edit::Remove(at) if list.len() > 1 => drop(list.remove(place(at, list))),
            Edit::Swap(at, with) if !list.is_empty() => {
                let (at, with) = (place(at, list), place(with, list));
                list.swap(at, with);
            }
            Edit::Repeat(at, to) if !list.is_empty() => {
                let sent = list[place(at, list)];
                list.insert(to % (list.len() + 1), sent);
            }
            _ => {}
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    (0..30_u8, prop_oneof![6 => 0..3_u8, 1 => 3..8_u8]).prop_map(|(id, kind)| Sent { id, kind })
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<usize>();
    prop_oneof![
        4 => (at(), sent()).prop_map(|(at, sent)| Edit::Put(at, sent)),
        3 => (at(), sent()).prop_map(|(at, sent)| Edit::Insert(at, sent)),
        3 => at().prop_map(Edit::Remove),
        1 => (at(), at()).prop_map(|(at, with)| Edit::Swap(at, with)),
        1 => (at(), at()).prop_map(|(at, to)| Edit::Repeat(at, to)),
    ]
}

fn pages(list: &[Sent], size: usize) -> Vec<Page> {
    let page = |results: &[Sent]| {
        let results: Vec<Value> = results.iter().map(|sent| sent.json()).collect();
        let body = json!({"total": list.len(), "results": results, "links": []});
        Page {
            body: body.to_string().into(),
            status: 200,
            sandbox: false,
            validator: None,
            read_at: DateTime::UNIX_EPOCH,
        }
    };
    list.chunks(size).map(page).collect()
}

/// What is told of a list.
#[derive(Debug)]
struct Told {
    read: Fetched,
    same: Vec<BoardId>,
    gone: Vec<BoardId>,
    list: SeenList,
    shapes: Vec<PageShape>,
}

/// Reads a list after `before`; `None` where it is the same.
fn read(pages: &[Page], before: &SeenList) -> Result<Option<Told>, UpstreamError> {
    let mapping = Mapping::from_config("ihomefinder", &json!({})).unwrap();
    let collector = Collector::new(&mapping, DateTime::UNIX_EPOCH, false);
    let mut listing = Listing::begin(before, &mapping, 1_000, collector);
    let shapes: Result<Vec<PageShape>, UpstreamError> =
        pages.iter().map(|page| listing.add(page)).collect();
    let shapes = shapes?;
    match listing.finish()? {
        Listed::Same => Ok(None),
        Listed::Other {
            collector,
            same,
            gone,
            list,
        } => Ok(Some(Told {
            read: collector.finish()?,
            same,
            gone,
            list,
            shapes,
        })),
    }
}

fn by_id(boards: &[FetchedBoard]) -> BTreeMap<BoardId, FetchedBoard> {
    let boards = boards.iter().cloned();
    boards
        .map(|board| (board.facts.id.clone(), board))
        .collect()
}

/// Holds what is told of a list after another one against the list read as a whole.
fn check(told: &Told, whole: &Told, last: &Fetched) {
    let mut boards = by_id(&told.read.boards);
    let last = by_id(&last.boards);
    for id in &told.same {
        assert_eq!(boards.insert(id.clone(), last[id].clone()), None);
    }
    assert_eq!(boards, by_id(&whole.read.boards));
    let others = |fetched: &Fetched| Fetched {
        boards: vec![],
        ..fetched.clone()
    };
    assert_eq!(others(&told.read), others(&whole.read));
    assert_eq!(told.shapes, whole.shapes);
    let of_before: BTreeSet<&BoardId> = told.same.iter().chain(&told.gone).collect();
    assert_eq!(of_before, last.keys().collect());
}

proptest! {
    /// Whatever changed between two lists, what is told of the later one is what reading all of it tells.
    #[test]
    fn a_list_after_another_is_told_as_if_it_were_read_as_a_whole(
        first in prop::collection::vec(sent(), 1..20),
        size in 1..9_usize,
        steps in prop::collection::vec(prop::collection::vec(edit(), 0..4), 1..6),
    ) {
        let mut list = first;
        let mut seen = Follower::default();
        for edits in steps {
            for edit in edits {
                edit.apply(&mut list);
            }
            seen.follow(&pages(&list, size));
        }
    }
}

/// The last list that could be read.
#[derive(Default)]
struct Follower(Option<Told>);

impl Follower {
    fn follow(&mut self, pages: &[Page]) {
        let nothing = SeenList::default();
        let whole = read(pages, &nothing).map(|told| told.expect("nothing is the same as no list"));
        let before = self.0.as_ref().map(|last| &last.list);
        let told = read(pages, before.unwrap_or(&nothing));
        // A board that is the same and came as another, too: the list is read as a whole then.
        let is_unclear = |told: &Told| {
            let read = told.read.boards.iter().map(|board| &board.facts.id);
            let refused = told.read.rejected.iter().filter_map(|row| row.id.as_ref());
            read.chain(refused).any(|id| told.same.contains(id))
        };
        match (&whole, &told) {
            (Err(wrong), Err(error)) => {
                // Then it is read once more, and as a whole.
                let is_doubt = matches!(error, UpstreamError::Paging { .. });
                assert!(
                    wrong == error || (before.is_some() && is_doubt),
                    "{wrong}: {error}"
                );
            }
            (_, Ok(Some(told))) if is_unclear(told) => {}
            (Ok(whole), Ok(Some(told))) => {
                let last = self.0.as_ref().map(|last| &last.read);
                let nothing = Fetched {
                    boards: vec![],
                    ..whole.read.clone()
                };
                check(told, whole, last.unwrap_or(&nothing));
            }
            (Ok(whole), Ok(None)) => {
                assert_eq!(Some(&whole.read), self.0.as_ref().map(|last| &last.read))
            }
            (whole, told) => panic!("{whole:?} as a whole, {told:?} after another"),
        }
        // What the whole list leaves behind is what the next one is compared with by either way.
        self.0 = match (whole, told) {
            (Ok(whole), Ok(Some(told))) if !is_unclear(&told) => Some(Told {
                list: told.list,
                ..whole
            }),
            (Ok(whole), _) => Some(whole),
            (Err(_), _) => None,
        };
    }
}

#[test]
fn one_result_of_many_is_read_where_one_changed() {
    let mut list: Vec<Sent> = (0..30).map(|id| Sent { id, kind: 0 }).collect();
    let first = read(&pages(&list, 50), &SeenList::default())
        .unwrap()
        .unwrap();
    list[7].kind = 1;
    list.remove(20);
    let told = read(&pages(&list, 50), &first.list).unwrap().unwrap();
    let read: Vec<&str> = told
        .read
        .boards
        .iter()
        .map(|board| board.facts.id.as_str())
        .collect();
    let gone: Vec<&str> = told.gone.iter().map(BoardId::as_str).collect();
    assert_eq!(
        (read, gone, told.same.len()),
        (vec!["7"], vec!["7", "20"], 28)
    );
}
