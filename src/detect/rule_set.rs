//! Rule sets: which words make which signature. Data, in a file that a person can read and change.
//!
//! The format is read by [`crate::rules`] and described in `docs/rules.md`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::SignatureId;
use super::command_line::CommandRules;
use super::compile;
use super::model::{Grammar, Matcher, Operation, Plain, Target};
use crate::rules::{self, LoadError, Location, Rules, RulesError, document, load};
use crate::signature::Signature;

/// A rule set, checked and compiled. It is read only, and can be shared between threads.
#[derive(Clone, Debug)]
pub struct RuleSet {
    pub(super) rules: Arc<Rules>,
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
    pub(super) commands: CommandRules,
    pub(super) at_most: usize,
    pub(super) once_per_category: bool,
}

impl RuleSet {
    /// The names of the built-in rule sets; the first is the one to use unless told otherwise.
    pub const BUILTIN: [&'static str; 2] = rules::BUILTIN;

    /// A built-in rule set by name.
    pub fn builtin(name: &str) -> Option<Self> {
        // A test holds that the built-in rule sets are in order.
        Self::compile(load::builtin(name)?.ok()?).ok()
    }

    /// The text of a built-in rule set as one document, which is a rules file itself.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        rules::builtin_text(name)
    }

    /// Reads, checks and compiles a rules file's text. `origin` is the name errors give the file.
    ///
    /// # Errors
    /// [`RulesError`] where the text is no TOML, has an unknown key, a malformed signature, an empty list, a
    /// duplicate, or refers to something that is not there.
    pub fn parse(text: &str, origin: &str) -> Result<Self, RulesError> {
        Self::compile(load::parse(text, origin)?)
    }

    /// Reads a rules file with the files that it extends and includes: regular files of at most 1 MB.
    ///
    /// # Errors
    /// [`LoadError`] where a file cannot be read, and as [`RuleSet::parse`].
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        Ok(Self::compile(load::file(path)?)?)
    }

    fn compile(rules: Rules) -> Result<Self, RulesError> {
        let compiled = compile::compile(&rules)?;
        Ok(Self {
            hash: hash(&rules),
            categories: categories(&compiled.signatures),
            signatures: compiled.signatures,
            matcher: compiled.matcher,
            grammar: compiled.grammar,
            operations: compiled.operations,
            targets: compiled.targets,
            errors: compiled.errors,
            templates: compiled.templates,
            commands: compiled.commands,
            at_most: rules.at_most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX),
            once_per_category: rules.once_per_category,
            rules: Arc::new(rules),
        })
    }

    /// The name the file gives itself.
    pub fn name(&self) -> &str {
        &self.rules.name
    }

    /// The SHA-256 of what the rules say, in hexadecimal, whatever files and comments they are written in: two rule
    /// sets with one hash are the same.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The rule set as one document, which is a rules file itself: the text it was read from, or, where that is several
    /// files, all of them joined.
    pub fn text(&self) -> String {
        match self.rules.sources.only() {
            Some(source) => source.text.clone(),
            None => document(&self.rules),
        }
    }

    /// The file of a place in the rules and its line, counted from 1.
    pub(super) fn line(&self, location: Location) -> (&str, usize) {
        self.rules.sources.line(location)
    }

    /// Every signature this rule set can give. [`SignatureId`]s are places in this list.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The signature of a number that this rule set's detector gave.
    ///
    /// # Panics
    /// Where the number is another rule set's and too high for this one.
    pub fn signature(&self, number: SignatureId) -> &Signature {
        &self.signatures[number.index()]
    }
}

fn hash(rules: &Rules) -> String {
    use std::fmt::Write;
    // Texts and numbers can always be written.
    let digest = Sha256::digest(serde_json::to_vec(rules).unwrap_or_default());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn categories(signatures: &[Signature]) -> Vec<u16> {
    let mut first = HashMap::new();
    let numbered = signatures.iter().enumerate();
    let number = |(at, signature): (usize, &Signature)| -> usize {
        *first.entry(signature.category().to_owned()).or_insert(at)
    };
    numbered.map(number).map(|number| u16::try_from(number).unwrap_or(u16::MAX)).collect()
}
