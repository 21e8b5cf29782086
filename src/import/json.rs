//! JSON read once. What nobody asks for is skipped from one quotation mark to the next: nine tenths of a
//! transcript are texts that nobody needs. It need only be whole; what is asked for is read with care.

use std::borrow::Cow;
use std::mem;

use memchr::{memchr, memchr2};
use serde::de::value::{BorrowedStrDeserializer, CowStrDeserializer, Error};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// Why JSON cannot be read.
pub type JsonError = Error;

/// How many objects and lists within one another are looked into: transcripts have a dozen.
const DEEPEST: u32 = 64;

/// Reads the value that this text is.
///
/// # Errors
/// Where it is no JSON, as far as that is looked at.
pub fn from_str<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Error> {
    let mut reader = JsonReader { json, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    if reader.peek().is_some() { Err(malformed()) } else { Ok(value) }
}

fn malformed() -> Error {
    Error::custom("is no valid JSON")
}

/// The letters of a value, as they stand in the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Raw<'a>(pub &'a str);

impl Raw<'_> {
    /// What a text says; `None` where the value is none.
    pub fn decoded(self) -> Option<String> {
        decode(self.0).map(Cow::into_owned)
    }

    /// The same of so many first bytes of a long text; a cut escape is left out.
    pub fn beginning(self, bytes: usize) -> Option<String> {
        if self.0.len() <= bytes || !self.0.starts_with('"') {
            return self.decoded();
        }
        let head = &self.0[..self.0.floor_char_boundary(bytes)];
        let last_escape = head.rfind('\\').filter(|at| head.len() - at < 12);
        let head = head[..last_escape.unwrap_or(head.len())].trim_end_matches('\\');
        Raw(&[head, "\""].concat()).decoded()
    }
}

/// What a text's letters say, half a surrogate pair read as the replacement sign; `None` where they are none of a text.
fn decode(letters: &str) -> Option<Cow<'_, str>> {
    let inside = letters.strip_prefix('"')?.strip_suffix('"')?;
    if memchr(b'\\', inside.as_bytes()).is_none() {
        return Some(inside.into());
    }
    let decoded =
        serde_json::from_str(letters).or_else(|_| serde_json::from_str(&without_half_pairs(letters)));
    decoded.ok().map(Cow::Owned)
}

/// JSON, and how far it is read.
struct JsonReader<'a> {
    json: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> JsonReader<'a> {
    /// What is not read yet.
    fn rest(&self) -> &'a [u8] {
        self.json.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        while self.rest().first().is_some_and(|byte| is_blank(*byte)) {
            self.at += 1;
        }
        self.rest().first().copied()
    }

    /// Goes past the next byte where it is this one.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.take(byte) { Ok(()) } else { Err(malformed()) }
    }

    /// Reads a text.
    fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let (start, rest) = (self.at + 1, &self.rest()[1..]);
        match memchr2(b'"', b'\\', rest) {
            Some(length) if rest[length] == b'"' => {
                self.at = start + length + 1;
                Ok(self.json[start..start + length].into())
            }
            _ => decode(self.skip_text()?).ok_or_else(malformed),
        }
    }

    /// Goes past a text; answers its letters.
    fn skip_text(&mut self) -> Result<&'a str, Error> {
        let start = self.at;
        self.at += 1;
        loop {
            let rest = self.rest();
            let length = memchr(b'"', rest).ok_or_else(malformed)?;
            self.at += length + 1;
            let escapes = rest[..length].iter().rev().take_while(|byte| **byte == b'\\').count();
            if escapes.is_multiple_of(2) {
                return Ok(&self.json[start..self.at]);
            }
        }
    }

    /// Goes past any value; answers its letters.
    fn skip(&mut self) -> Result<&'a str, Error> {
        match self.peek() {
            Some(b'"') => return self.skip_text(),
            Some(b'{' | b'[') => return self.skip_within(),
            _ => {}
        }
        let (start, rest) = (self.at, self.rest());
        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']') || is_blank(*byte);
        self.at += rest.iter().position(is_end).unwrap_or(rest.len());
        if self.at == start { Err(malformed()) } else { Ok(&self.json[start..self.at]) }
    }

    /// Goes past an object or a list.
    fn skip_within(&mut self) -> Result<&'a str, Error> {
        let (start, mut open) = (self.at, 0_u32);
        loop {
            match self.rest().first().ok_or_else(malformed)? {
                b'"' => drop(self.skip_text()?),
                b'{' | b'[' => (open, self.at) = (open + 1, self.at + 1),
                b'}' | b']' => (open, self.at) = (open - 1, self.at + 1),
                _ => self.at += 1,
            }
            if open == 0 {
                return Ok(&self.json[start..self.at]);
            }
        }
    }

    /// Looks into an object or a list.
    fn within<T>(
        &mut self,
        end: u8,
        look: impl FnOnce(JsonEntries<'_, 'a>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(malformed());
        }
        let value = look(JsonEntries { reader: self, end, is_first: true })?;
        self.depth -= 1;
        Ok(value)
    }
}

/// The rest of an object or a list.
struct JsonEntries<'r, 'a> {
    reader: &'r mut JsonReader<'a>,
    end: u8,
    is_first: bool,
}

impl JsonEntries<'_, '_> {
    /// Goes to the next entry, if there is one.
    fn go_on(&mut self) -> Result<bool, Error> {
        if self.reader.take(self.end) {
            return Ok(false);
        }
        if !mem::take(&mut self.is_first) {
            self.reader.expect(b',')?;
        }
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for JsonEntries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.go_on()? {
            return Ok(None);
        }
        if self.reader.peek() != Some(b'"') {
            return Err(malformed());
        }
        let key = self.reader.text()?;
        self.reader.expect(b':')?;
        seed.deserialize(CowStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for JsonEntries<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.go_on()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> Deserializer<'de> for &mut JsonReader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'{') => self.within(b'}', |entries| visitor.visit_map(entries)),
            Some(b'[') => self.within(b']', |items| visitor.visit_seq(items)),
            Some(b'"') => match self.text()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            _ => match self.skip()? {
                "null" => visitor.visit_unit(),
                "true" => visitor.visit_bool(true),
                "false" => visitor.visit_bool(false),
                letters => visit_number(letters, visitor),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() == Some(b'n') { self.deserialize_any(visitor) } else { visitor.visit_some(self) }
    }

    /// A type of its own for a text is [`Raw`]: the letters of any value.
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Error> {
        let letters = self.skip()?;
        if !has_valid_escapes(letters) {
            return Err(malformed());
        }
        visitor.visit_newtype_struct(BorrowedStrDeserializer::new(letters))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier
    }
}

/// Nearly all numbers are whole, which are read in far less time than fractions. One too large for a machine is infinite.
fn visit_number<'de, V: Visitor<'de>>(letters: &str, visitor: V) -> Result<V::Value, Error> {
    if !letters.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Err(malformed());
    }
    match letters.parse::<u64>() {
        Ok(whole) => visitor.visit_u64(whole),
        Err(_) => visitor.visit_f64(letters.parse().map_err(|_| malformed())?),
    }
}

/// Whether every backslash has a letter behind it that it may have.
fn has_valid_escapes(letters: &str) -> bool {
    let mut rest = letters.as_bytes();
    while let Some(at) = memchr(b'\\', rest) {
        let escaped = rest.get(at + 1);
        if !escaped.is_some_and(|byte| b"\"\\/bfnrtu".contains(byte)) {
            return false;
        }
        rest = &rest[at + 2..];
    }
    true
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The same JSON with every `\ud800`–`\udfff` that has no partner written as `\ufffd`.
fn without_half_pairs(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(Surrogate::High), Some(Surrogate::Low)) => 12,
            (Some(_), _) => {
                mended.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            // An escape is two characters at least, so that an escaped backslash begins none.
            (None, _) => rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at),
        };
        mended.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    mended + rest
}

enum Surrogate {
    High,
    Low,
}

/// Which half of a pair the escape at the beginning of `text` is.
fn surrogate(text: &str) -> Option<Surrogate> {
    let code = u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
    match code {
        0xd800..=0xdbff => Some(Surrogate::High),
        0xdc00..=0xdfff => Some(Surrogate::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Wanted<'a> {
        number: f64,
        #[serde(borrow)]
        raw: Option<Raw<'a>>,
        within: Vec<Wanted<'a>>,
    }

    #[test]
    fn what_nobody_asks_for_is_skipped_whatever_it_holds() {
        for skipped in
            [r#""\\""#, r#""\\\" } ] , ""#, r#"[{"a":"]\\"},[], {} ]"#, "-1.5e3", "null", "\"\u{e4}\""]
        {
            let json = format!(" {{ \"x\" : {skipped} , \"raw\":{skipped},\"number\":7 }} ");
            let wanted: Wanted<'_> = from_str(&json).expect(skipped);
            assert_eq!((wanted.number, wanted.raw), (7.0, Some(Raw(skipped)).filter(|raw| raw.0 != "null")));
        }
    }

    #[test]
    fn what_is_not_whole_is_not_read() {
        for json in [
            "",
            r#"{"number":7"#,
            r#"{"number":7}}"#,
            r#"{"number" 7}"#,
            r#"{"number":7,}"#,
            r#"{"number":}"#,
            r#"{"number":x}"#,
            r"{number:7}",
            r#"{"x":"y,"number":7}"#,
            r#"{"x":"y\","number":7}"#,
            r#"{"x":["y","number":7}"#,
            r#"{"x":1 "number":7}"#,
            r#"{"number":"\x"}"#,
            r#"{"raw":"\[x"}"#,
        ] {
            assert!(from_str::<Wanted<'_>>(json).is_err(), "{json}");
        }
        let deep = r#"{"within":["#.repeat(100_000);
        assert!(from_str::<Wanted<'_>>(&deep).is_err());
    }

    #[test]
    fn the_beginning_of_a_long_text_has_no_cut_escape() {
        for (json, wanted) in [(r#""12345\n678901""#, "12345"), (r#""1234\\\\\\8""#, "1234")] {
            assert_eq!(Raw(json).beginning(8).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_the_replacement_sign() {
        let decoded = Raw(r#""\ud83d\ude00 \ud83d \\ud83d""#).decoded();
        assert_eq!(decoded.as_deref(), Some("\u{1f600} \u{fffd} \\ud83d"));
        assert_eq!(Raw("7").decoded(), None);
    }
}
