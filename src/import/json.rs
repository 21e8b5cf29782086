//! JSON as `serde_json` reads it, and values that are decoded only when asked for, because few are.

use std::borrow::Cow;

use memchr::memchr;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

pub use serde_json::{Error as JsonError, from_str};

/// A value's JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(pub &'a str);

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(raw.get()))
    }
}

impl<'a> Raw<'a> {
    /// The decoded string; `None` where the value is no string.
    pub fn decoded(self) -> Option<String> {
        self.text().map(Cow::into_owned)
    }

    /// The same, borrowed where it has no escapes; half a surrogate pair is read as the replacement sign.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inside = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if memchr(b'\\', inside.as_bytes()).is_none() {
            return Some(inside.into());
        }
        read_mended(self.0, |json| from_str(json)).ok().map(Cow::Owned)
    }

    /// The same for the first `bytes` bytes of a long text; an escape that is cut is left out.
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

/// What `read` makes of JSON, in which half a surrogate pair is read as the replacement sign where it cannot be read at all.
pub fn read_mended<T, E>(json: &str, mut read: impl FnMut(&str) -> Result<T, E>) -> Result<T, E> {
    read(json).or_else(|_| read(&without_half_pairs(json)))
}

/// The same JSON with every `\ud800`–`\udfff` that has no partner written as `\ufffd`.
fn without_half_pairs(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match (escaped(rest), rest.get(6..).and_then(escaped)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                mended.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            // An escape is two characters at least, so that an escaped backslash begins none.
            _ => rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at),
        };
        mended.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    mended + rest
}

/// The number of the escape at the beginning of `text`.
fn escaped(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
