//! The third layer: the first rule that a template's name fires.

use super::model::{Plain, bits_of};
use super::rule_set::RuleSet;
use super::tokenized_text::TokenizedText;

/// Names of templates that were read: a file has few, and many workflows have the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct Templates {
    read: Vec<Template>,
    current: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Template {
    name: String,
    pub text: TokenizedText,
    /// The first rule for templates that it fires, and on which words.
    pub fired: Option<(Plain, (usize, usize))>,
    /// By target list: the bits of its words.
    pub bits: Vec<u64>,
}

/// How many names of templates are kept.
const TEMPLATES: usize = 16;
/// In bytes: a longer name takes the place of all that are kept.
const LONG: usize = 256;

impl Templates {
    /// Reads a name, unless it was read already; it is the current one then.
    pub(super) fn read(&mut self, rules: &RuleSet, name: &str) {
        let known = self.read.iter().position(|known| known.name == name);
        self.current = known.unwrap_or_else(|| {
            if self.read.len() == TEMPLATES || name.len() > LONG {
                self.read.clear();
            }
            let mut text = TokenizedText::default();
            rules.matcher.read(name, &mut text);
            let fired = rules.templates.iter().find_map(|&rule| {
                let found = rules.matcher.first(&text.matches, rule.list)?;
                Some((rule, found.words()))
            });
            let lists = || text.matches.iter().flat_map(|found| rules.matcher.choosing(found));
            let bits = rules.targets.iter().map(|target| bits_of(&target.template, lists())).collect();
            self.read.push(Template { name: name.to_owned(), text, fired, bits });
            self.read.len() - 1
        });
    }

    pub(super) fn current(&self) -> &Template {
        &self.read[self.current]
    }
}
