//! A signature names a recurring operation: `category:subcategory:target`.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A checked signature, e.g. `test:pytest:backend`: lower case, three non-empty parts, no white space and no
/// control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signature(Box<str>);

/// The category that a signature's text names; the text itself where it has no parts.
pub fn category(signature: &str) -> &str {
    signature.split(':').next().unwrap_or(signature)
}

/// Why a text is no signature. The message quotes the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not exactly two colons.
    #[error("'{0}' is not a signature: it takes three parts, category:subcategory:target")]
    Parts(String),
    /// A part has no characters.
    #[error("'{0}' is not a signature: its {1} is empty")]
    EmptyPart(String, &'static str),
    /// Upper case, white space or a control character.
    #[error("{0:?} is not a signature: {1:?} in it is not lower case and printable")]
    Character(String, char),
}

impl Signature {
    /// Joins three parts.
    ///
    /// # Errors
    /// [`SignatureError`] where a part is empty or has an upper-case letter, white space, a control character or
    /// a colon.
    pub fn new(category: &str, subcategory: &str, target: &str) -> Result<Self, SignatureError> {
        format!("{category}:{subcategory}:{target}").parse()
    }

    /// The whole signature.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What kind of operation, e.g. `test`.
    pub fn category(&self) -> &str {
        self.part(0)
    }

    /// With which tool or in which way, e.g. `pytest`.
    pub fn subcategory(&self) -> &str {
        self.part(1)
    }

    /// On which part of the project, e.g. `backend`.
    pub fn target(&self) -> &str {
        self.part(2)
    }

    fn part(&self, position: usize) -> &str {
        self.0.split(':').nth(position).unwrap_or_default()
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let parts: Vec<&str> = text.split(':').collect();
        let [category, subcategory, target] = parts[..] else {
            return Err(SignatureError::Parts(text.to_owned()));
        };
        for (part, name) in [(category, "category"), (subcategory, "subcategory"), (target, "target")] {
            if part.is_empty() {
                return Err(SignatureError::EmptyPart(text.to_owned(), name));
            }
        }
        if let Some(wrong) = text.chars().find(|c| c.is_uppercase() || c.is_whitespace() || c.is_control()) {
            return Err(SignatureError::Character(text.to_owned(), wrong));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// So that a set of signatures can be asked for a text.
impl Borrow<str> for Signature {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Signature>().unwrap_err().to_string()
    }

    #[test]
    fn a_signature_has_three_parts() {
        let signature: Signature = "test:pytest:backend".parse().unwrap();
        assert_eq!(signature.category(), "test");
        assert_eq!(signature.subcategory(), "pytest");
        assert_eq!(signature.target(), "backend");
        assert_eq!(signature.to_string(), "test:pytest:backend");
    }

    #[test]
    fn fewer_or_more_parts_are_an_error() {
        assert!(error("").contains("three parts"));
        assert!(error("test:pytest").contains("three parts"));
        assert!(error("a:b:c:d").contains("'a:b:c:d'"));
    }

    #[test]
    fn an_empty_part_is_named() {
        assert!(error(":b:c").contains("category is empty"));
        assert!(error("a::c").contains("subcategory is empty"));
        assert!(error("a:b:").contains("target is empty"));
    }

    #[test]
    fn upper_case_white_space_and_control_characters_are_errors() {
        assert!(error("Test:b:c").contains("'T'"));
        assert!(error("a:b b:c").contains("lower case"));
        assert!(error("a:b:c\n").contains("lower case"));
        assert!(error("a:b\u{0}:c").contains("lower case"));
    }

    #[test]
    fn parts_may_be_of_any_script() {
        assert_eq!(Signature::new("prüfung", "c++", "サーバ").unwrap().target(), "サーバ");
    }
}
