//! One value of a file, whatever its column's declared type says, and what can be made of it.

use std::borrow::Cow;

/// A value as it is stored. SQLite lets any kind of value into any column: where a value is not what it is asked for,
/// the error says why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text, which need not be valid UTF-8.
    Text(&'a [u8]),
    /// Bytes that are no text.
    Blob(&'a [u8]),
    /// A text or bytes longer than [`MAX_TEXT`], which are not read.
    Long,
}

/// The longest text that is read, in bytes: no real request is nearly as long.
pub const MAX_TEXT: usize = 16 * 1024 * 1024;

impl<'a> Value<'a> {
    /// A finite number that is not negative; NULL and the empty text are `Ok(None)`.
    ///
    /// A text that is wholly a number is one, as SQLite's own column affinity has it.
    ///
    /// # Errors
    /// Why the value is not such a number, in a few words.
    pub fn number(self) -> Result<Option<f64>, &'static str> {
        let number = match self {
            // An empty text says as little as NULL.
            Self::Null | Self::Text(b"") => return Ok(None),
            Self::Integer(whole) => whole as f64,
            Self::Real(real) => real,
            Self::Text(bytes) => match std::str::from_utf8(bytes).map(|text| text.trim().parse()) {
                Ok(Ok(parsed)) => parsed,
                _ => return Err("not a number"),
            },
            Self::Blob(_) | Self::Long => return Err("not a number"),
        };
        match number {
            n if !n.is_finite() => Err("not a finite number"),
            n if n < 0.0 => Err("negative"),
            n => Ok(Some(n)),
        }
    }

    /// As [`Value::number`], for counts: a fraction is rounded to the nearest integer, and a number beyond SQLite's
    /// largest integer becomes that one, so that what is computed from it can be stored.
    pub fn count(self) -> Result<Option<u64>, &'static str> {
        match self {
            Self::Integer(whole) => u64::try_from(whole).map(Some).map_err(|_| "negative"),
            other => Ok(other.number()?.map(|number| (number.round() as u64).min(i64::MAX as u64))),
        }
    }

    /// A text; NULL is `Ok(None)`, and a number is the text SQLite would show.
    pub fn text(self) -> Result<Option<Cow<'a, str>>, &'static str> {
        Ok(match self {
            Self::Null => None,
            Self::Integer(whole) => Some(whole.to_string().into()),
            Self::Real(real) => Some(format!("{real:?}").into()),
            Self::Long => return Err("is longer than the 16 MB that flowmine reads"),
            Self::Text(bytes) if bytes.len() > MAX_TEXT => return Self::Long.text(),
            Self::Text(bytes) => Some(std::str::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?.into()),
            Self::Blob(_) => return Err("is a BLOB, not a text"),
        })
    }

    /// The text, where it is one and valid UTF-8.
    pub fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// A value as it may be shown in a message: quoted, control characters escaped, 40 characters at most.
    pub fn shown(self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Integer(whole) => whole.to_string(),
            Self::Real(real) => real.to_string(),
            Self::Text(bytes) => shown_text(&String::from_utf8_lossy(&bytes[..bytes.len().min(200)])),
            Self::Blob(bytes) => format!("a BLOB of {} bytes", bytes.len()),
            Self::Long => "a very long text".to_owned(),
        }
    }
}

/// A text as it may be shown in a message: quoted, control and format characters escaped, 40 characters at most.
pub fn shown_text(text: &str) -> String {
    let mut short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    format!("'{short}'")
}
