//! A rules file as written: its keys, read one to one, nothing checked beyond their types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::commands::{CommandLineTable, CommandRule, ProgramRule, RunnerRule, WrapperRule};
use super::source::LocatedText;

/// The version of the format this program reads.
pub(crate) const FORMAT: u64 = 1;

/// How the words of a rules file are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
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
    pub name: Option<LocatedText>,
    pub extends: Option<LocatedText>,
    pub include: Vec<LocatedText>,
    pub matching: Option<LocatedText>,
    pub at_most: Option<Spanned<u64>>,
    pub once_per_category: Option<Spanned<bool>>,
    pub language: Option<Spanned<LanguageTable>>,
    /// In the order of their names' places: TOML's tables have no order, but a list may take in those above it.
    pub words: BTreeMap<LocatedText, Vec<LocatedText>>,
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
    pub wrappers: Vec<Spanned<WrapperRule>>,
    #[serde(rename = "runner")]
    pub runners: Vec<Spanned<RunnerRule>>,
    #[serde(rename = "program")]
    pub programs: Vec<Spanned<ProgramRule>>,
    pub command_line: CommandLineTable,
}

/// `[language]`: a list for each key. `detect::roles::Role` has a bit for each but the last, in this order.
macro_rules! language {
    ($($key:ident),* $(,)?) => {
        /// The lists of `[language]`: what an instruction looks like, whatever it asks for.
        pub(crate) const LANGUAGE_KEYS: [&str; [$(stringify!($key)),*].len()] = [$(stringify!($key)),*];

        /// `[language]`
        #[derive(Clone, Debug, Default, Deserialize, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct LanguageTable {
            pub gap: Option<Spanned<u64>>,
            $(pub $key: Vec<LocatedText>,)*
        }

        impl LanguageTable {
            /// The lists, in the order of [`LANGUAGE_KEYS`].
            pub(crate) fn lists_mut(&mut self) -> [&mut Vec<LocatedText>; LANGUAGE_KEYS.len()] {
                [$(&mut self.$key),*]
            }

            /// The same, to look at.
            pub(crate) fn lists(&self) -> [&[LocatedText]; LANGUAGE_KEYS.len()] {
                [$(&self.$key),*]
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
    details,
    closings,
    wants,
    pasted,
    idioms,
    misspelt,
);

/// `[[operation]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationRule {
    pub category: LocatedText,
    /// Forget what the rules that are extended say of this operation.
    #[serde(default, skip_serializing)]
    pub replace: bool,
    /// Switch off the operation of the rules that are extended.
    #[serde(default, skip_serializing)]
    pub off: bool,
    pub needs_judgement: Option<bool>,
    #[serde(default)]
    pub mentions: Vec<LocatedText>,
    #[serde(default)]
    pub instructions: Vec<LocatedText>,
    #[serde(default)]
    pub verb_last: Vec<LocatedText>,
    #[serde(default)]
    pub alone: Vec<LocatedText>,
    #[serde(default)]
    pub chained: Vec<LocatedText>,
    #[serde(default)]
    pub not_followed_by: Vec<LocatedText>,
    #[serde(default)]
    pub preparations: Vec<LocatedText>,
    #[serde(default)]
    pub details: Vec<LocatedText>,
    #[serde(default)]
    pub subcategories: Vec<ChoiceRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<LocatedText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<LocatedText>,
}

/// `[[target]]`: a list of choices, named by `target = "{name}"`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetRule {
    pub name: LocatedText,
    /// Forget what the rules that are extended say of this target.
    #[serde(default, skip_serializing)]
    pub replace: bool,
    #[serde(default)]
    pub choices: Vec<ChoiceRule>,
    pub otherwise: Option<LocatedText>,
}

/// One of the `subcategories` of an operation or of the `choices` of a target.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceRule {
    pub is: LocatedText,
    /// Of a subcategory, where it differs from its operation's.
    pub needs_judgement: Option<bool>,
    #[serde(default)]
    pub mentions: Vec<LocatedText>,
    #[serde(default)]
    pub whole_words: Vec<LocatedText>,
    #[serde(default)]
    pub and: Vec<LocatedText>,
    #[serde(default)]
    pub template: Vec<LocatedText>,
    /// Names of directories that a command line names the target with.
    #[serde(default)]
    pub directories: Vec<LocatedText>,
}

/// `[[error]]` or `[[template]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlainRule {
    pub signature: LocatedText,
    /// Switch off this signature of the rules that are extended.
    #[serde(default, skip_serializing)]
    pub off: bool,
    #[serde(default)]
    pub mentions: Vec<LocatedText>,
}

impl RulesFile {
    /// Calls a function with every string of the file.
    pub(crate) fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        let settings = [&mut self.name, &mut self.extends, &mut self.matching];
        settings.into_iter().flatten().chain(&mut self.include).for_each(&mut *visit);
        if let Some(language) = &mut self.language {
            language.get_mut().lists_mut().into_iter().flatten().for_each(&mut *visit);
        }
        for (mut name, mut entries) in std::mem::take(&mut self.words) {
            visit(&mut name);
            entries.iter_mut().for_each(&mut *visit);
            self.words.insert(name, entries);
        }
        self.targets.iter_mut().for_each(|target| target.each_text(visit));
        self.operations.iter_mut().for_each(|operation| operation.each_text(visit));
        for rule in self.errors.iter_mut().chain(&mut self.templates) {
            visit(&mut rule.signature);
            rule.mentions.iter_mut().for_each(&mut *visit);
        }
        self.commands.iter_mut().for_each(|rule| rule.each_text(visit));
        self.wrappers.iter_mut().for_each(|rule| rule.get_mut().each_text(visit));
        self.runners.iter_mut().for_each(|rule| rule.get_mut().each_text(visit));
        self.programs.iter_mut().for_each(|rule| rule.get_mut().each_text(visit));
        self.command_line.lists_mut().into_iter().flatten().for_each(visit);
    }
}

impl OperationRule {
    /// The lists of words and phrases.
    pub(crate) fn lists_mut(&mut self) -> [&mut Vec<LocatedText>; 8] {
        let Self { mentions, instructions, verb_last, alone, chained, .. } = self;
        let Self { not_followed_by, preparations, details, .. } = self;
        [mentions, instructions, verb_last, alone, chained, not_followed_by, preparations, details]
    }

    /// The entries that are looked for as whole words only.
    pub(crate) fn for_whole_words(&self) -> impl Iterator<Item = &LocatedText> {
        let Self { instructions, verb_last, alone, chained, .. } = self;
        let Self { not_followed_by, preparations, details, .. } = self;
        let lists = [instructions, verb_last, alone, chained, not_followed_by, preparations, details];
        lists.into_iter().flatten()
    }

    /// The first text beside its category.
    pub(crate) fn first_text(&self) -> Option<&LocatedText> {
        let choices = self.subcategories.iter().map(|choice| &choice.is);
        let lists = self.mentions.iter().chain(self.for_whole_words()).chain(choices);
        lists.chain(&self.otherwise).chain(&self.target).next()
    }

    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        visit(&mut self.category);
        [&mut self.otherwise, &mut self.target].into_iter().flatten().for_each(&mut *visit);
        self.lists_mut().into_iter().flatten().for_each(&mut *visit);
        self.subcategories.iter_mut().for_each(|choice| choice.each_text(visit));
    }
}

impl TargetRule {
    /// The targets of its choices, then the one for 'otherwise'.
    pub(crate) fn names(&self) -> impl Iterator<Item = &LocatedText> {
        self.choices.iter().map(|choice| &choice.is).chain(&self.otherwise)
    }

    fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        visit(&mut self.name);
        self.otherwise.iter_mut().for_each(&mut *visit);
        self.choices.iter_mut().for_each(|choice| choice.each_text(visit));
    }
}

impl ChoiceRule {
    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut LocatedText)) {
        let Self { is, mentions, whole_words, and, template, directories, .. } = self;
        visit(is);
        [mentions, whole_words, and, template, directories].into_iter().flatten().for_each(visit);
    }
}
