//! JSON read once: exact, refusing what two readers could understand differently, and never larger than it may get.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::upstream::error::UpstreamError;

/// The name under which `serde_json` hands a number that is no plain integer to a reader of its own, so that it keeps
/// its text.
///
/// It is no part of its documented face; `numbers_keep_their_text` fails where it changes.
const NUMBER: &str = "$serde_json::private::Number";

/// How much one result, or everything around the results, may hold.
///
/// In memory a value takes tens of bytes where `0,` took two: the bytes of a page say little about what it becomes.
const MAX_VALUES: usize = 20_000;
/// The same in bytes of texts, numbers and names.
const MAX_TEXT_BYTES: usize = 4 << 20;

/// How deep values may nest: what the library refuses by itself in a document that it reads as a whole.
const MAX_DEPTH: usize = 128;

/// What is handed each result.
pub(super) type Take<'t> = dyn FnMut(Value) -> Result<(), UpstreamError> + 't;
/// What is handed the text of each result, which is one value in JSON, and not looked at more closely.
pub(super) type TakeText<'t> = dyn FnMut(&str) -> Result<(), UpstreamError> + 't;

/// What is handed the results one by one, so that no page is in memory as a whole.
pub(super) enum Taker<'t> {
    /// They are read.
    Values(&'t mut Take<'t>),
    /// They are only told apart.
    Texts(&'t mut TakeText<'t>),
}

/// One document under way.
pub(super) struct Reading<'t> {
    values_left: usize,
    text_bytes_left: usize,
    taker: Taker<'t>,
    /// Why reading ended, where that was no fault of the JSON.
    pub(super) stopped: Option<UpstreamError>,
    /// Whether there was a list where the results should be.
    pub(super) found_list: bool,
}

impl<'t> Reading<'t> {
    /// Before the first byte.
    pub(super) fn new(taker: Taker<'t>) -> Reading<'t> {
        Reading {
            values_left: MAX_VALUES,
            text_bytes_left: MAX_TEXT_BYTES,
            taker,
            stopped: None,
            found_list: false,
        }
    }

    fn spend<E: de::Error>(&mut self, text_bytes: usize) -> Result<(), E> {
        let values = self.values_left.checked_sub(1);
        let bytes = self.text_bytes_left.checked_sub(text_bytes);
        match (values, bytes) {
            (Some(values), Some(bytes)) => {
                (self.values_left, self.text_bytes_left) = (values, bytes);
                Ok(())
            }
            _ => Err(self.stop(UpstreamError::Oversized)),
        }
    }

    /// Hands on the next of the results, which are in so many objects and lists; whether there was one.
    fn take_result<'de, A: SeqAccess<'de>>(
        &mut self,
        list: &mut A,
        depth: usize,
    ) -> Result<bool, A::Error> {
        if let Taker::Texts(take) = &mut self.taker {
            let Some(text) = list.next_element::<&RawValue>()? else {
                return Ok(false);
            };
            let taken = take(text.get());
            return taken.map(|()| true).map_err(|error| self.stop(error));
        }
        let element = Node {
            reading: &mut *self,
            way: None,
            depth,
        };
        let Some(result) = list.next_element_seed(element)? else {
            return Ok(false);
        };
        let taken = match &mut self.taker {
            Taker::Values(take) => take(result),
            Taker::Texts(_) => Ok(()),
        };
        taken.map(|()| true).map_err(|error| self.stop(error))
    }

    fn stop<E: de::Error>(&mut self, error: UpstreamError) -> E {
        self.stopped = Some(error);
        E::custom("stopped")
    }
}

/// One value of the document.
pub(super) struct Node<'r, 't, 'w> {
    pub(super) reading: &'r mut Reading<'t>,
    /// The names that lead from here to the results; `None` where they cannot be inside.
    pub(super) way: Option<&'w [String]>,
    /// In how many objects and lists it is.
    pub(super) depth: usize,
}

impl<'t, 'w> Node<'_, 't, 'w> {
    /// The value whose name is one that `is_named` accepts.
    fn child(&mut self, is_named: impl FnOnce(&str) -> bool) -> Node<'_, 't, 'w> {
        let way = self.way.and_then(<[String]>::split_first);
        Node {
            reading: &mut *self.reading,
            way: way
                .filter(|(first, _)| is_named(first))
                .map(|(_, rest)| rest),
            depth: self.depth + 1,
        }
    }

    /// Spends an object or a list.
    fn enter<E: de::Error>(&mut self) -> Result<(), E> {
        if self.depth + 1 >= MAX_DEPTH {
            return Err(E::custom("values nest too deep"));
        }
        self.reading.spend(0)
    }

    fn number<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.reading.spend(text.len())?;
        let number: Number = text.parse().map_err(E::custom)?;
        match number.as_f64() {
            Some(_) => Ok(Value::Number(number)),
            // So large that common readers take it for infinity.
            None => Err(E::custom("a number is out of every range")),
        }
    }

    /// Hands on every element, each within limits of its own.
    fn take_results<'de, A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let reading = self.reading;
        reading.found_list = true;
        let around = (reading.values_left, reading.text_bytes_left);
        loop {
            (reading.values_left, reading.text_bytes_left) = (MAX_VALUES, MAX_TEXT_BYTES);
            if !reading.take_result(&mut list, self.depth + 1)? {
                break;
            }
        }
        (reading.values_left, reading.text_bytes_left) = around;
        Ok(Value::Null)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Value, E> {
        self.reading.spend(0)?;
        Ok(Value::Bool(truth))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.reading.spend(0)?;
        Ok(Value::Null)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        self.reading.spend(0)?;
        Ok(number.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        self.reading.spend(0)?;
        Ok(number.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.reading.spend(text.len())?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        self.enter()?;
        if self.way.is_some_and(<[String]>::is_empty) {
            return self.take_results(list);
        }
        let mut elements = Vec::new();
        loop {
            let is_this = |index: &str| index.parse() == Ok(elements.len());
            let Some(element) = list.next_element_seed(self.child(is_this))? else {
                return Ok(Value::Array(elements));
            };
            elements.push(element);
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut next = fields.next_key::<String>()?;
        if next.as_deref() == Some(NUMBER) {
            self.reading.spend(0)?;
            return self.number(&fields.next_value::<String>()?);
        }
        self.enter()?;
        while let Some(name) = next {
            self.reading.spend(name.len())?;
            let value = fields.next_value_seed(self.child(|step| step == name))?;
            if object.insert(name, value).is_some() {
                return Err(de::Error::custom("an object has the same key twice"));
            }
            next = fields.next_key::<String>()?;
        }
        Ok(Value::Object(object))
    }
}
