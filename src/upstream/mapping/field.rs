//! Where one value of a board or a fee comes from, and how the vendor's words become ours.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::upstream::excerpt::excerpt;
use crate::upstream::notices::Notices;

use super::MappingError;
use super::kind::Kind;
use super::pointer::Pointer;
use super::table::Table;

/// The most characters of a vendor's word that a notice shows.
const MAX_WORD_CHARS: usize = 60;

/// One mapped value: its path in the configuration, what it must be, and where it comes from.
#[derive(Debug, Clone)]
pub(in crate::upstream) struct Field {
    path: String,
    kind: Kind,
    origin: Origin,
}

#[derive(Debug, Clone)]
enum Origin {
    /// The mapping does not say.
    Unmapped,
    /// The same for every board.
    Constant(String),
    /// Somewhere in the vendor's JSON.
    Pointed {
        pointers: Vec<Pointer>,
        /// The vendor's word to ours; `None` = our own words, as they are.
        values: Option<BTreeMap<String, String>>,
        /// What an absent value stands for.
        default: Option<String>,
    },
}

/// What a field says of one board or fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A value; a word of ours where the field holds words.
    Text(String),
    /// Nothing, null or blank.
    Absent,
    /// Something that nobody has told us the meaning of.
    NotUnderstood,
}

impl Found {
    /// The value, if there is one.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Found::Text(text) => Some(text),
            Found::Absent | Found::NotUnderstood => None,
        }
    }
}

impl Field {
    /// Reads the configuration of `key` in `table`: a pointer, a constant, or a table of both.
    ///
    /// # Errors
    /// When it is none of them, or holds a word that the field cannot take.
    pub(super) fn parse(table: &Table<'_>, key: &str, kind: Kind) -> Result<Field, MappingError> {
        let path = table.path_of(key);
        let origin = match table.get(key) {
            None => Origin::Unmapped,
            Some(Value::String(text)) => Self::parse_text(table, key, text, kind)?,
            Some(Value::Number(number)) if !number.is_f64() => {
                Self::parse_text(table, key, &number.to_string(), kind)?
            }
            Some(value @ Value::Object(_)) => Self::parse_table(&path, value, kind)?,
            Some(other) => {
                return Err(table.error(
                    key,
                    format!("{other} is neither a pointer, a constant nor a table; write a pointer like \"/field\", a constant in quotes, or {{ pointer = \"/field\" }}"),
                ));
            }
        };
        Ok(Field { path, kind, origin })
    }

    fn parse_text(
        table: &Table<'_>,
        key: &str,
        text: &str,
        kind: Kind,
    ) -> Result<Origin, MappingError> {
        if text.is_empty() {
            return Ok(Origin::Unmapped);
        }
        if !text.starts_with('/') && !kind.must_point() {
            kind.check(text)
                .map_err(|problem| table.error(key, format!("the constant {problem}")))?;
            return Ok(Origin::Constant(text.to_owned()));
        }
        let pointer = Pointer::parse(text).map_err(|problem| table.error(key, problem))?;
        Ok(Origin::Pointed {
            pointers: vec![pointer],
            values: None,
            default: None,
        })
    }

    fn parse_table(path: &str, value: &Value, kind: Kind) -> Result<Origin, MappingError> {
        let table = Table::parse(path, value, &["pointer", "values", "default"])?;
        let default = table.text("default")?;
        if let Some(default) = default {
            kind.check(default)
                .map_err(|problem| table.error("default", problem))?;
        }
        Ok(Origin::Pointed {
            pointers: parse_pointers(&table)?,
            values: parse_values(&table, kind)?,
            default: default.map(str::to_owned),
        })
    }

    /// The path in the configuration.
    pub(in crate::upstream) fn path(&self) -> &str {
        &self.path
    }

    /// Whether the mapping says where the value comes from.
    pub(super) fn is_mapped(&self) -> bool {
        !matches!(self.origin, Origin::Unmapped)
    }

    /// The constant, if it is one.
    pub(in crate::upstream) fn constant(&self) -> Option<&str> {
        match &self.origin {
            Origin::Constant(text) => Some(text),
            _ => None,
        }
    }

    /// Where the value may stand, in order; empty unless it is pointed to.
    pub(in crate::upstream) fn pointers(&self) -> &[Pointer] {
        match &self.origin {
            Origin::Pointed { pointers, .. } => pointers,
            _ => &[],
        }
    }

    /// What stands for an absent value.
    fn default(&self) -> Option<&str> {
        match &self.origin {
            Origin::Pointed { default, .. } => default.as_deref(),
            _ => None,
        }
    }

    /// Whether the first thing pointed to in `place` is there and not null.
    pub(in crate::upstream) fn first_value<'v>(&self, place: &'v Value) -> Option<&'v Value> {
        self.pointers()
            .iter()
            .find_map(|pointer| pointer.find(place))
    }

    /// Reads the value in `place`; what nobody has told us the meaning of becomes a notice.
    pub(super) fn read(&self, place: &Value, notices: &mut Notices) -> Found {
        if let Some(constant) = self.constant() {
            return Found::Text(constant.to_owned());
        }
        let mut strange = None;
        for pointer in self.pointers() {
            let Some(value) = pointer.find(place) else {
                continue;
            };
            match self.understand(value) {
                Found::Text(text) => return Found::Text(text),
                Found::Absent => {}
                Found::NotUnderstood => strange = strange.or(Some((pointer, value))),
            }
        }
        if let Some((pointer, value)) = strange {
            self.report(pointer, value, notices);
            return Found::NotUnderstood;
        }
        self.default()
            .map_or(Found::Absent, |default| Found::Text(default.to_owned()))
    }

    /// One value of the vendor in our words.
    fn understand(&self, value: &Value) -> Found {
        let Some(text) = self.kind.scalar_text(value) else {
            return Found::NotUnderstood;
        };
        match self.translate(&text) {
            _ if text.is_empty() => Found::Absent,
            Some(ours) if ours.is_empty() => Found::Absent,
            Some(ours) => Found::Text(ours.into_owned()),
            None => Found::NotUnderstood,
        }
    }

    /// One word of the vendor in our words; `None` when nobody has told us its meaning.
    pub(super) fn translate<'t>(&'t self, text: &'t str) -> Option<Cow<'t, str>> {
        let values = match &self.origin {
            Origin::Pointed { values, .. } => values.as_ref(),
            _ => None,
        };
        match values {
            Some(values) => match values.get(text) {
                Some(ours) => Some(Cow::Borrowed(ours)),
                None => self.kind.is_open().then_some(Cow::Borrowed(text)),
            },
            None => self.kind.accepts(text).then_some(Cow::Borrowed(text)),
        }
    }

    /// Notes a value that was not understood.
    pub(super) fn report(&self, pointer: &Pointer, value: &Value, notices: &mut Notices) {
        let word = match self.kind.scalar_text(value) {
            Some(word) => format!("\"{}\"", excerpt(&word, MAX_WORD_CHARS)),
            None => "a list, a table or a number out of place".to_owned(),
        };
        notices.add(format!(
            "{}: the vendor says {word} at {pointer}, which the mapping does not know; it stays unknown: add it to values",
            self.path
        ));
    }
}

fn parse_pointers(table: &Table<'_>) -> Result<Vec<Pointer>, MappingError> {
    let read = |text: &str| Pointer::parse(text).map_err(|problem| table.error("pointer", problem));
    match table.get("pointer") {
        Some(Value::String(text)) => Ok(vec![read(text)?]),
        Some(Value::Array(list)) if !list.is_empty() => list
            .iter()
            .map(|entry| match entry {
                Value::String(text) => read(text),
                other => Err(table.error(
                    "pointer",
                    format!("{other} is not a pointer; write it like \"/field\""),
                )),
            })
            .collect(),
        Some(other) => Err(table.error(
            "pointer",
            format!("{other} is neither a pointer nor a list of pointers; write it like \"/field\" or [\"/field\", \"/other\"]"),
        )),
        None => Err(table.error(
            "pointer",
            "is missing; say where the value stands, as in \"/field\"",
        )),
    }
}

fn parse_values(
    table: &Table<'_>,
    kind: Kind,
) -> Result<Option<BTreeMap<String, String>>, MappingError> {
    let Some(values) = table.get("values") else {
        return Ok(None);
    };
    let Value::Object(entries) = values else {
        return Err(table.error(
            "values",
            format!("{values} is not a table; write it like {{ MONTHLY = \"monthly\" }}"),
        ));
    };
    let mut translated = BTreeMap::new();
    for (theirs, ours) in entries {
        let place = format!("values.{theirs}");
        let Value::String(ours) = ours else {
            return Err(table.error(&place, format!("{ours} is not a text; write it in quotes")));
        };
        if !ours.is_empty() {
            kind.check(ours)
                .map_err(|problem| table.error(&place, problem))?;
        }
        translated.insert(theirs.clone(), ours.clone());
    }
    Ok(Some(translated))
}
