//! Rule sets: which words make which signature. Data, in a file that a person can read and change.
//!
//! The format is read by [`crate::rules`] and described in `docs/rules.md`.

use sha2::{Digest, Sha256};

use super::SignatureId;
use super::compile;
use super::model::{Grammar, Matcher, Operation, Plain, Target};
use crate::rules::format::RulesFile;
use crate::rules::{self, RulesError, Source};
use crate::signature::Signature;

/// A rule set, checked and compiled. It is read only, and can be shared between threads.
#[derive(Clone, Debug)]
pub struct RuleSet {
    name: String,
    text: String,
    hash: String,
    signatures: Vec<Signature>,
    /// By signature: the number of its category.
    pub(super) categories: Vec<u16>,
    pub(super) matcher: Matcher,
    pub(super) grammar: Grammar,
    pub(super) operations: Vec<Operation>,
    pub(super) targets: Vec<Target>,
    pub(super) errors: Vec<Plain>,
    pub(super) templates: Vec<Plain>,
    pub(super) at_most: usize,
    pub(super) once_per_category: bool,
}

impl RuleSet {
    /// The names of the built-in rule sets; the first is the one to use unless told otherwise.
    pub const BUILTIN: [&'static str; 2] = rules::BUILTIN;

    /// A built-in rule set by name.
    #[must_use]
    pub fn builtin(name: &str) -> Option<Self> {
        // A test holds that the built-in texts are in order.
        Self::parse(Self::builtin_text(name)?, name).ok()
    }

    /// The text of a built-in rule set: a commented file to start one's own rules from.
    #[must_use]
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        rules::builtin_text(name)
    }

    /// Reads, checks and compiles a rules file's text. `origin` is the name errors give the file.
    ///
    /// # Errors
    /// [`RulesError`] where the text is no TOML, has an unknown key, a malformed signature, an empty list, a
    /// duplicate, or refers to something that is not there.
    pub fn parse(text: &str, origin: &str) -> Result<Self, RulesError> {
        let source = Source { origin, text };
        let file = RulesFile::read(source)?;
        let compiled = compile::compile(&file, source)?;
        Ok(Self {
            name: file.name,
            text: text.to_owned(),
            hash: hash(text),
            categories: categories(&compiled.signatures),
            signatures: compiled.signatures,
            matcher: compiled.matcher,
            grammar: compiled.grammar,
            operations: compiled.operations,
            targets: compiled.targets,
            errors: compiled.errors,
            templates: compiled.templates,
            at_most: file.at_most.unwrap_or(usize::MAX),
            once_per_category: file.once_per_category,
        })
    }

    /// The name the file gives itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The SHA-256 of the text, in hexadecimal: two rule sets with one hash are the same.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every signature this rule set can give. [`SignatureId`]s are places in this list.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The signature of a number that this rule set's detector gave.
    ///
    /// # Panics
    /// Where the number is another rule set's and too high for this one.
    #[must_use]
    pub fn signature(&self, number: SignatureId) -> &Signature {
        &self.signatures[number.index()]
    }
}

fn hash(text: &str) -> String {
    use std::fmt::Write;
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn categories(signatures: &[Signature]) -> Vec<u16> {
    let first = |signature: &Signature| {
        signatures.iter().position(|other| other.category() == signature.category()).unwrap_or(0)
    };
    signatures.iter().map(|signature| u16::try_from(first(signature)).unwrap_or(u16::MAX)).collect()
}
