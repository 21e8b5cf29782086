//! A rules file as written: its keys, read one to one, nothing checked beyond their types.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::commands::{CommandLineTable, CommandRule, ProgramRule, RunnerRule, WrapperRule};
use super::source::Text;

/// The version of the format this program reads.
pub(crate) const FORMAT: u64 = 1;

/// How the words of a rules file are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Matching {
    /// Anywhere in the lower-cased text, inside other words too.
    Anywhere,
    /// Whole words.
    #[default]
    Words,
}

/// A rules file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RulesFile {
    pub format: Option<Spanned<u64>>,
    pub name: Option<Text>,
    pub extends: Option<Text>,
    pub include: Vec<Text>,
    pub matching: Option<Text>,
    pub at_most: Option<Spanned<u64>>,
    pub once_per_category: Option<Spanned<bool>>,
    pub language: Option<Spanned<LanguageTable>>,
    pub words: WordLists,
    #[serde(rename = "target")]
    pub targets: Vec<TargetRule>,
    #[serde(rename = "operation")]
    pub operations: Vec<OperationRule>,
    #[serde(rename = "error")]
    pub errors: Vec<PlainRule>,
    #[serde(rename = "template")]
    pub templates: Vec<PlainRule>,
    #[serde(rename = "command")]
    pub commands: Vec<CommandRule>,
    #[serde(rename = "wrapper")]
    pub wrappers: Vec<WrapperRule>,
    #[serde(rename = "runner")]
    pub runners: Vec<RunnerRule>,
    #[serde(rename = "program")]
    pub programs: Vec<ProgramRule>,
    pub command_line: CommandLineTable,
}

/// `[language]`: one list a key, in an order that [`LANGUAGE_KEYS`] shares.
macro_rules! language {
    ($($key:ident),* $(,)?) => {
        /// The lists of `[language]`: what an instruction looks like, whatever it asks for.
        pub(crate) const LANGUAGE_KEYS: [&str; [$(stringify!($key)),*].len()] = [$(stringify!($key)),*];

        /// `[language]`
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct LanguageTable {
            pub gap: Option<Spanned<u64>>,
            $(pub $key: Vec<Text>,)*
        }

        impl LanguageTable {
            /// The lists, in the order of [`LANGUAGE_KEYS`].
            pub(crate) fn lists_mut(&mut self) -> [&mut Vec<Text>; LANGUAGE_KEYS.len()] {
                [$(&mut self.$key),*]
            }
        }
    };
}

language!(
    lead_in,
    polite,
    small,
    and,
    or,
    then,
    not,
    except,
    gap_ends,
    may_follow,
    not_followed_by,
    statements,
    conditions,
    modals,
    purpose,
    tickets,
    sections,
    starts,
    creates,
    artifacts,
    far_gap_ends,
    questions,
    asides,
    goes_on,
    ends_statements,
    states,
    prepositions,
    looks,
    misspelt,
);

/// `[words]`: lists with names, in the file's order.
#[derive(Debug, Default)]
pub(crate) struct WordLists(pub Vec<WordList>);

/// One list of `[words]`.
#[derive(Clone, Debug)]
pub(crate) struct WordList {
    pub name: Text,
    pub entries: Vec<Text>,
}

impl<'de> Deserialize<'de> for WordLists {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WordListsVisitor)
    }
}

struct WordListsVisitor;

impl<'de> Visitor<'de> for WordListsVisitor {
    type Value = WordLists;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WordLists, A::Error> {
        let mut lists = Vec::new();
        while let Some((name, entries)) = map.next_entry()? {
            lists.push(WordList { name, entries });
        }
        // TOML's tables have no order, but a list may take in those above it.
        lists.sort_by_key(|list| list.name.place.at);
        Ok(WordLists(lists))
    }
}

/// `[[operation]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationRule {
    pub category: Text,
    /// Forget what the rules that are extended say of this operation.
    #[serde(default)]
    pub replace: bool,
    /// Switch off the operation of the rules that are extended.
    #[serde(default)]
    pub off: bool,
    pub needs_judgement: Option<bool>,
    #[serde(default)]
    pub mentions: Vec<Text>,
    #[serde(default)]
    pub instructions: Vec<Text>,
    #[serde(default)]
    pub verb_last: Vec<Text>,
    #[serde(default)]
    pub alone: Vec<Text>,
    #[serde(default)]
    pub chained: Vec<Text>,
    #[serde(default)]
    pub not_followed_by: Vec<Text>,
    #[serde(default)]
    pub subcategories: Vec<ChoiceRule>,
    pub otherwise: Option<Text>,
    pub target: Option<Text>,
}

/// `[[target]]`: a list of choices, named by `target = "{name}"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetRule {
    pub name: Text,
    /// Forget what the rules that are extended say of this target.
    #[serde(default)]
    pub replace: bool,
    #[serde(default)]
    pub choices: Vec<ChoiceRule>,
    pub otherwise: Option<Text>,
}

/// One of the `subcategories` of an operation or of the `choices` of a target.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceRule {
    pub is: Text,
    /// Of a subcategory, where it differs from its operation's.
    pub needs_judgement: Option<bool>,
    #[serde(default)]
    pub mentions: Vec<Text>,
    #[serde(default)]
    pub whole_words: Vec<Text>,
    #[serde(default)]
    pub and: Vec<Text>,
    #[serde(default)]
    pub template: Vec<Text>,
    /// Names of directories that a command line names the target with.
    #[serde(default)]
    pub directories: Vec<Text>,
}

/// `[[error]]` or `[[template]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlainRule {
    pub signature: Text,
    /// Switch off this signature of the rules that are extended.
    #[serde(default)]
    pub off: bool,
    #[serde(default)]
    pub mentions: Vec<Text>,
}

impl RulesFile {
    /// Calls a function with every string of the file.
    pub(crate) fn each_text(&mut self, visit: &mut impl FnMut(&mut Text)) {
        let settings = [&mut self.name, &mut self.extends, &mut self.matching];
        settings.into_iter().flatten().chain(&mut self.include).for_each(&mut *visit);
        if let Some(language) = &mut self.language {
            language.get_mut().lists_mut().into_iter().flatten().for_each(&mut *visit);
        }
        for list in &mut self.words.0 {
            visit(&mut list.name);
            list.entries.iter_mut().for_each(&mut *visit);
        }
        self.targets.iter_mut().for_each(|target| target.each_text(visit));
        self.operations.iter_mut().for_each(|operation| operation.each_text(visit));
        for rule in self.errors.iter_mut().chain(&mut self.templates) {
            visit(&mut rule.signature);
            rule.mentions.iter_mut().for_each(&mut *visit);
        }
        self.commands.iter_mut().for_each(|rule| rule.each_text(visit));
        self.wrappers.iter_mut().for_each(|rule| rule.each_text(visit));
        self.runners.iter_mut().for_each(|rule| rule.each_text(visit));
        self.programs.iter_mut().for_each(|rule| rule.each_text(visit));
        self.command_line.lists_mut().into_iter().flatten().for_each(visit);
    }
}

impl OperationRule {
    /// The lists of words and phrases.
    pub(crate) fn lists_mut(&mut self) -> [&mut Vec<Text>; 6] {
        let Self { mentions, instructions, verb_last, alone, chained, not_followed_by, .. } = self;
        [mentions, instructions, verb_last, alone, chained, not_followed_by]
    }

    fn each_text(&mut self, visit: &mut impl FnMut(&mut Text)) {
        visit(&mut self.category);
        [&mut self.otherwise, &mut self.target].into_iter().flatten().for_each(&mut *visit);
        self.lists_mut().into_iter().flatten().for_each(&mut *visit);
        self.subcategories.iter_mut().for_each(|choice| choice.each_text(visit));
    }
}

impl TargetRule {
    fn each_text(&mut self, visit: &mut impl FnMut(&mut Text)) {
        visit(&mut self.name);
        self.otherwise.iter_mut().for_each(&mut *visit);
        self.choices.iter_mut().for_each(|choice| choice.each_text(visit));
    }
}

impl ChoiceRule {
    fn each_text(&mut self, visit: &mut impl FnMut(&mut Text)) {
        let Self { is, mentions, whole_words, and, template, directories, .. } = self;
        visit(is);
        [mentions, whole_words, and, template, directories].into_iter().flatten().for_each(visit);
    }
}
