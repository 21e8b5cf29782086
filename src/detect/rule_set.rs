//! Rule sets: which words make which signature. Data, in a file that a person can read and change.
//!
//! The format is read by [`crate::rules`] and described in `docs/rules.md`.

use std::sync::Arc;

use indexmap::IndexSet;
use indexmap::set::Slice;

use super::SignatureId;
use super::command_line::CommandRules;
use super::model::{Grammar, Matcher, Operation, Plain, Target};
use crate::rules::{self, Location, Rules, document};
use crate::signature::Signature;

/// A rule set, checked and compiled. It is read only, and can be shared between threads.
#[derive(Clone, Debug)]
pub struct RuleSet {
    pub(super) rules: Arc<Rules>,
    pub(super) hash: String,
    pub(super) signatures: IndexSet<Signature>,
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

    /// The text of a built-in rule set as one document, which is a rules file itself.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        rules::builtin_text(name)
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
    pub fn signatures(&self) -> &Slice<Signature> {
        self.signatures.as_slice()
    }

    /// The signature of a number that this rule set's detector gave.
    ///
    /// # Panics
    /// Where the number is another rule set's and too high for this one.
    pub fn signature(&self, number: SignatureId) -> &Signature {
        &self.signatures[number.index()]
    }

    /// The number of a signature that this rule set can give.
    pub fn number(&self, signature: &str) -> Option<SignatureId> {
        let number = self.signatures.get_index_of(signature)?;
        u16::try_from(number).ok().map(SignatureId)
    }
}
