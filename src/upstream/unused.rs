//! What the vendor's results hold that the mapping does not use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::excerpt::excerpt;
use super::mapping::{Field, Mapping};

/// The most characters of an example.
const MAX_EXAMPLE_CHARS: usize = 60;
/// The most unused fields remembered.
const MAX_UNUSED: usize = 200;
/// The longest pointer remembered, in bytes: 200 of any length could be as large as the list.
const MAX_POINTER_BYTES: usize = 500;
/// The most kinds of results, told apart by what they hold, that are remembered.
const MAX_KINDS: usize = 64;
/// How deep unused fields are looked for.
const MAX_DEPTH: usize = 4;
/// Part of how the vendor's API links its resources, not of what a board is.
const ENVELOPE: &str = "/links";

/// A field of the results that the mapping does not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedField {
    /// Where it stands; `*` for any element of a list.
    pub pointer: String,
    /// How often it was there and not null.
    pub found: usize,
    /// A value as the vendor writes it, shortened; `None` when it was always null.
    pub example: Option<String>,
}

/// Finds what results hold that a mapping does not use.
pub(super) struct UnusedFields {
    used: BTreeSet<String>,
    lists: BTreeSet<String>,
    found: BTreeMap<String, (usize, Option<String>)>,
    /// What the result that is looked at holds.
    held: Held,
    /// Whether something of it was left out.
    is_cut: bool,
    /// What results hold, each kind once.
    kinds: Vec<Arc<Held>>,
}

/// The unused fields of one result: their pointers, one behind the other, and where each ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    pointers: String,
    ends: Vec<usize>,
}

impl Held {
    fn push(&mut self, pointer: &str) {
        self.pointers.push_str(pointer);
        self.ends.push(self.pointers.len());
    }

    fn pointers(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(&self.ends);
        spans.map(|(start, end)| &self.pointers[start..*end])
    }
}

impl UnusedFields {
    /// Nothing looked at yet.
    pub(super) fn new(mapping: &Mapping) -> UnusedFields {
        let mut used = BTreeSet::from([ENVELOPE.to_owned()]);
        let mut lists = BTreeSet::new();
        let pointers = |field: &Field| field.pointers().to_vec();
        let board = mapping.board.fields().into_iter().flat_map(pointers);
        used.extend(board.map(|pointer| pointer.as_str().to_owned()));
        for fee in &mapping.fees {
            let prefix = match &fee.list {
                Some(list) => format!("{}/*", list.as_str()),
                None => String::new(),
            };
            lists.extend(fee.list.iter().map(|list| list.as_str().to_owned()));
            let pointers = fee.fields().into_iter().flat_map(pointers);
            used.extend(pointers.map(|pointer| format!("{prefix}{}", pointer.as_str())));
        }
        UnusedFields {
            used,
            lists,
            found: BTreeMap::new(),
            held: Held::default(),
            is_cut: false,
            kinds: Vec::new(),
        }
    }

    /// Looks at one result, and says what it holds; `None` where that is too much to be remembered.
    pub(super) fn look_at(&mut self, result: &Value) -> Option<Arc<Held>> {
        self.held.pointers.clear();
        self.held.ends.clear();
        self.is_cut = false;
        self.walk(result, &mut String::new(), 0);
        if self.is_cut {
            return None;
        }
        if let Some(kind) = self.kinds.iter().find(|kind| ***kind == self.held) {
            return Some(Arc::clone(kind));
        }
        let kind = Arc::new(self.held.clone());
        self.know(&kind).then_some(kind)
    }

    /// Takes in that one more result holds `held`, without a look at it: all but how often, and an example.
    pub(super) fn add_held(&mut self, held: &Arc<Held>) {
        if self.kinds.iter().any(|kind| Arc::ptr_eq(kind, held)) {
            return;
        }
        for pointer in held.pointers() {
            if !self.leaves_out(pointer) {
                self.found.entry(pointer.to_owned()).or_default();
            }
        }
        self.know(held);
    }

    /// Remembers what a result holds; whether there is room for it.
    fn know(&mut self, held: &Arc<Held>) -> bool {
        let has_room = self.kinds.len() < MAX_KINDS;
        if has_room {
            self.kinds.push(Arc::clone(held));
        }
        has_room
    }

    /// Whether there is no room for what stands at `pointer`.
    fn leaves_out(&self, pointer: &str) -> bool {
        let is_full = self.found.len() >= MAX_UNUSED && !self.found.contains_key(pointer);
        is_full || pointer.len() > MAX_POINTER_BYTES
    }

    /// Looks at `value`, which stands at `pointer`; that is the same again afterwards.
    fn walk(&mut self, value: &Value, pointer: &mut String, depth: usize) {
        if self.used.contains(pointer.as_str()) {
            return;
        }
        let end = pointer.len();
        match value {
            Value::Object(fields) if depth < MAX_DEPTH => {
                for (name, value) in fields {
                    pointer.push('/');
                    push_name(pointer, name);
                    self.walk(value, pointer, depth + 1);
                    pointer.truncate(end);
                }
            }
            Value::Array(elements) if self.lists.contains(pointer.as_str()) => {
                pointer.push_str("/*");
                for element in elements {
                    self.walk(element, pointer, depth + 1);
                }
                pointer.truncate(end);
            }
            _ if pointer.is_empty() || self.is_used_inside(pointer) => {}
            _ => self.note(pointer, value),
        }
    }

    /// Whether the mapping uses something inside what stands at `pointer`.
    fn is_used_inside(&self, pointer: &str) -> bool {
        let inside = format!("{pointer}/");
        let uses = |used: &BTreeSet<String>| {
            used.range(inside.clone()..)
                .next()
                .is_some_and(|found| found.starts_with(&inside))
        };
        uses(&self.used) || self.lists.contains(pointer) || uses(&self.lists)
    }

    fn note(&mut self, pointer: &str, value: &Value) {
        if self.leaves_out(pointer) {
            self.is_cut = true;
            return;
        }
        self.held.push(pointer);
        let (count, shown) = self.found.entry(pointer.to_owned()).or_default();
        if !value.is_null() {
            *count += 1;
            shown.get_or_insert_with(|| example(value));
        }
    }

    /// Where they stand.
    pub(super) fn pointers(&self) -> Vec<String> {
        let pointers = self.found.keys();
        pointers
            .map(|pointer| excerpt(pointer, MAX_EXAMPLE_CHARS))
            .collect()
    }

    /// Every one of them, with how often it was there.
    pub(super) fn into_fields(self) -> Vec<UnusedField> {
        let fields = self.found.into_iter();
        fields
            .map(|(pointer, (found, example))| UnusedField {
                pointer: excerpt(&pointer, MAX_EXAMPLE_CHARS),
                found,
                example,
            })
            .collect()
    }
}

/// Appends a name as a pointer writes it (RFC 6901, 3).
fn push_name(pointer: &mut String, name: &str) {
    match name.contains(['~', '/']) {
        true => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
        false => pointer.push_str(name),
    }
}

/// The value as the vendor writes it, shortened.
pub(super) fn example(value: &Value) -> String {
    match value {
        Value::String(text) => excerpt(text, MAX_EXAMPLE_CHARS),
        other => excerpt(&other.to_string(), MAX_EXAMPLE_CHARS),
    }
}
