//! JSON as agents write it: a value of an unexpected type counts as missing, and is never a reason to lose a line.
//!
//! Texts borrow from the line where they have no escapes; what need not be looked at is skipped, not built.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::Raw;
use crate::time::parse_time;
use crate::workflow::MOST_TOKENS;

/// A text, or none where something else stands.
#[derive(Debug, Default)]
pub struct Text<'a>(pub Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text; `None` also where it is empty.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// A copy of the text.
    pub fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// The time that it names, in milliseconds since 1970; without a zone it is in UTC.
    pub fn milliseconds(&self) -> Option<i64> {
        parse_time(self.get()?).map(Timestamp::as_millisecond)
    }

    /// Whether it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_deref() == Some(text)
    }
}

/// `true`; everything else is false.
#[derive(Debug, Default)]
pub struct Flag(pub bool);

/// A number from 0 to [`MOST_TOKENS`], also one that is written as a text; else none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Number(pub Option<f64>);

impl Number {
    /// As a count: rounded.
    pub fn count(self) -> Option<u64> {
        self.0.map(|number| number.round() as u64)
    }
}

/// An object; none where something else stands.
#[derive(Clone, Copy, Debug)]
pub struct Object<T>(pub Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A text, or a list, or neither: the shape of a message's content.
#[derive(Debug, Default)]
pub enum TextOr<'a, T> {
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<T>),
    /// Anything else.
    #[default]
    Neither,
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Raw::deserialize(deserializer).map(|letters| Self(letters.text()))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Raw::deserialize(deserializer).map(|letters| Self(letters.0 == "true"))
    }
}

impl<'de> Deserialize<'de> for Number {
    /// Parsed from the text, so that a number too large for an `f64` counts as missing instead of failing the line.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let letters = Raw::deserialize(deserializer)?.0;
        // Nearly all are small whole numbers, which are read in far less time than fractions.
        let whole = letters.parse::<u32>().map(f64::from);
        let number = whole.ok().or_else(|| letters.trim_matches('"').trim().parse().ok());
        Ok(Self(number.filter(|number| (0.0..=MOST_TOKENS as f64).contains(number))))
    }
}

impl<T> TextOr<'_, T> {
    /// The text, or those of the list's items.
    pub fn texts(&self, of_item: impl Fn(&T) -> Option<String>) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone().into_owned()],
            Self::List(items) => items.iter().filter_map(of_item).collect(),
            Self::Neither => Vec::new(),
        }
    }

    /// The list's items; none where something else stands.
    pub fn items(&self) -> &[T] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

/// A value of any kind, of which the lists or the objects are wanted.
enum AnyValue<'a, L, O> {
    Text(Cow<'a, str>),
    List(Vec<L>),
    Object(O),
    Other,
}

/// Reads an [`AnyValue`]; what is not wanted is skipped as [`IgnoredAny`].
struct AnyVisitor<L, O>(PhantomData<(L, O)>);

impl<'de, L: Deserialize<'de>, O: Deserialize<'de>> Visitor<'de> for AnyVisitor<L, O> {
    type Value = AnyValue<'de, L, O>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(AnyValue::Other)
    }
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(AnyValue::Other)
    }
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(AnyValue::Other)
    }
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(AnyValue::Other)
    }
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(AnyValue::Other)
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(AnyValue::Text(text.into()))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(AnyValue::Text(text.to_owned().into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(AnyValue::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        O::deserialize(de::value::MapAccessDeserializer::new(entries)).map(AnyValue::Object)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(AnyVisitor::<IgnoredAny, T>(PhantomData))? {
            AnyValue::Object(object) => Self(Some(object)),
            _ => Self(None),
        })
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(AnyVisitor::<T, IgnoredAny>(PhantomData))? {
            AnyValue::Text(text) => Self::Text(text),
            AnyValue::List(list) => Self::List(list),
            _ => Self::Neither,
        })
    }
}
