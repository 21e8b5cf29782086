//! A rule set, read and checked, all its files joined: what [`crate::detect`] compiles.

use std::ops::Not;

use hashbrown::{HashMap, HashSet};
use serde::Serialize;
use toml::Spanned;

use super::by_name::ByName;
use super::check::{self, FileRole};
use super::commands::CommandTables;
use super::error::RulesError;
use super::format::{
    ChoiceRule, LanguageTable, Matching, OperationRule, PlainRule, RulesFile, TargetRule, WordList,
    WordsTable,
};
use super::hint::did_you_mean;
use super::source::{LocatedText, RulesText, RulesTexts};
use crate::signature::Signature;

/// How many other words a `..` may stand for where no file says so.
const GAP: u64 = 4;

/// A rule set. Written out by serde, it has the keys of a rules file; where they stand is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Rules {
    pub name: String,
    pub matching: Matching,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
    #[serde(skip_serializing_if = "Not::not")]
    pub once_per_category: bool,
    pub language: LanguageTable,
    pub words: WordsTable,
    #[serde(rename = "target")]
    pub targets: Vec<CompleteTarget>,
    #[serde(rename = "operation")]
    pub operations: Vec<CompleteOperation>,
    #[serde(rename = "error")]
    pub errors: Vec<PlainRule>,
    #[serde(rename = "template")]
    pub templates: Vec<PlainRule>,
    #[serde(flatten)]
    pub commands: CommandTables,
    #[serde(skip)]
    pub sources: RulesTexts,
    /// The number of the text that was asked for. Those after it are included by it, those before it are extended.
    #[serde(skip)]
    pub asked: u16,
}

impl Rules {
    /// How many other words a `..` may stand for.
    pub(crate) fn gap(&self) -> u64 {
        self.language.gap.as_ref().map_or(GAP, |gap| *gap.get_ref())
    }

    /// Whether a text stands in the file that was asked for, or in one that it includes.
    pub(crate) fn is_own(&self, text: &LocatedText) -> bool {
        text.location.file >= self.asked
    }

    /// Whether a signature's operation takes judgement rather than a script; `None`: it has none here.
    pub(crate) fn needs_judgement(&self, signature: &Signature) -> Option<bool> {
        let category =
            |operation: &&CompleteOperation| operation.written.category.value == signature.category();
        let operation = self.operations.iter().find(category)?;
        Some(operation.needs_judgement(signature.subcategory()))
    }
}

/// A `[[operation]]` with all that it must have.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CompleteOperation {
    /// All else that is written of it.
    #[serde(flatten)]
    pub written: OperationRule,
    pub otherwise: LocatedText,
    pub target: LocatedText,
}

impl CompleteOperation {
    /// Whether a signature of this operation with that subcategory takes judgement rather than a script.
    pub(crate) fn needs_judgement(&self, subcategory: &str) -> bool {
        let OperationRule { subcategories, needs_judgement, .. } = &self.written;
        let mut choices = subcategories.iter().filter(|choice| choice.is.value == subcategory);
        choices.find_map(|choice| choice.needs_judgement).or(*needs_judgement).unwrap_or(false)
    }
}

/// A `[[target]]` with all that it must have.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CompleteTarget {
    pub name: LocatedText,
    pub choices: Vec<ChoiceRule>,
    pub otherwise: LocatedText,
}

/// A rule set in the making: files are added, the one that is extended first, the one asked for last.
#[derive(Default)]
pub(crate) struct MergedRules {
    rules: Rules,
    /// Where it is said that words are looked for anywhere.
    anywhere: Option<LocatedText>,
    words: ByName<WordList>,
    targets: ByName<TargetRule>,
    operations: ByName<OperationRule>,
    errors: ByName<PlainRule>,
}

impl MergedRules {
    /// Adds a file, which is read already, to those before it.
    pub(crate) fn add(
        &mut self,
        mut file: RulesFile,
        role: FileRole,
        source: RulesText,
    ) -> Result<(), RulesError> {
        check::check(&mut file, role, &source)?;
        if let Some(matching) = check::matching(&file, &source)? {
            self.rules.matching = matching;
        }
        if self.rules.matching == Matching::Anywhere {
            check::anywhere(&file, &source)?;
        }
        let number = self.rules.sources.add(source);
        if role == FileRole::Whole {
            self.rules.asked = number;
        }
        file.each_text(&mut |text| text.location.file = number);
        if self.rules.matching == Matching::Anywhere {
            self.anywhere = file.matching.take().or(self.anywhere.take());
        }
        self.settings(&file, role);
        self.language(file.language.map(Spanned::into_inner).unwrap_or_default());
        self.words(file.words.0);
        file.targets.into_iter().for_each(|rule| self.target(rule));
        file.operations.into_iter().try_for_each(|rule| self.operation(rule))?;
        file.errors.into_iter().try_for_each(|rule| self.error(rule))?;
        let commands = CommandTables {
            commands: file.commands,
            wrappers: file.wrappers.into_iter().map(Spanned::into_inner).collect(),
            runners: file.runners.into_iter().map(Spanned::into_inner).collect(),
            programs: file.programs.into_iter().map(Spanned::into_inner).collect(),
            settings: file.command_line,
        };
        self.known_commands(&commands)?;
        self.rules.commands.add(commands);
        self.templates(file.templates)
    }

    fn settings(&mut self, file: &RulesFile, role: FileRole) {
        if let (Some(name), FileRole::Whole) = (&file.name, role) {
            self.rules.name.clone_from(&name.value);
        }
        if let Some(number) = &file.at_most {
            self.rules.at_most = Some(*number.get_ref());
        }
        if let Some(once) = &file.once_per_category {
            self.rules.once_per_category = *once.get_ref();
        }
    }

    fn language(&mut self, mut table: LanguageTable) {
        let language = &mut self.rules.language;
        language.gap = table.gap.take().or(language.gap.take());
        for (list, added) in language.lists_mut().into_iter().zip(table.lists_mut()) {
            list.append(added);
        }
    }

    fn words(&mut self, lists: Vec<WordList>) {
        for list in lists {
            match self.words.get_mut(&list.name.value) {
                Some(known) => known.entries.extend(list.entries),
                None => self.words.add(&list.name.value.clone(), list),
            }
        }
    }

    fn target(&mut self, mut rule: TargetRule) {
        match self.targets.get_mut(&rule.name.value) {
            Some(known) if rule.replace => *known = rule,
            Some(known) => {
                add_choices(&mut known.choices, std::mem::take(&mut rule.choices));
                known.otherwise = rule.otherwise.or(known.otherwise.take());
            }
            None => self.targets.add(&rule.name.value.clone(), rule),
        }
    }

    fn operation(&mut self, mut rule: OperationRule) -> Result<(), RulesError> {
        let Some(known) = self.operations.get_mut(&rule.category.value) else {
            if rule.off {
                return Err(self.nothing_to_switch_off(&rule.category, self.operations.names()));
            }
            self.operations.add(&rule.category.value.clone(), rule);
            return Ok(());
        };
        if rule.off {
            self.operations.remove(&rule.category.value);
        } else if rule.replace {
            *known = rule;
        } else {
            for (list, added) in known.lists_mut().into_iter().zip(rule.lists_mut()) {
                append(list, std::mem::take(added));
            }
            add_choices(&mut known.subcategories, rule.subcategories);
            known.otherwise = rule.otherwise.or(known.otherwise.take());
            known.target = rule.target.or(known.target.take());
            known.needs_judgement = rule.needs_judgement.or(known.needs_judgement);
        }
        Ok(())
    }

    fn nothing_to_switch_off<'n>(
        &self,
        name: &LocatedText,
        known: impl Iterator<Item = &'n str>,
    ) -> RulesError {
        let hint = did_you_mean(&name.value, known);
        let message = format!("'{}' is not in the rules that are extended{hint}", name.value);
        self.rules.sources.error(name.location, message)
    }

    fn error(&mut self, rule: PlainRule) -> Result<(), RulesError> {
        match self.errors.get_mut(&rule.signature.value) {
            Some(_) if rule.off => self.errors.remove(&rule.signature.value),
            Some(known) => append(&mut known.mentions, rule.mentions),
            None if rule.off => {
                return Err(self.nothing_to_switch_off(&rule.signature, self.errors.names()));
            }
            None => self.errors.add(&rule.signature.value.clone(), rule),
        }
        Ok(())
    }

    /// Checks that what a file switches off is there.
    fn known_commands(&self, tables: &CommandTables) -> Result<(), RulesError> {
        let known = self.rules.commands.commands.iter().map(|rule| rule.signature.value.as_str());
        let known: HashSet<&str> = known.collect();
        let mut off = tables.commands.iter().filter(|rule| rule.off).map(|rule| &rule.signature);
        match off.find(|signature| !known.contains(signature.value.as_str())) {
            Some(unknown) => Err(self.nothing_to_switch_off(unknown, known.iter().copied())),
            None => Ok(()),
        }
    }

    /// The first template rule with a word decides, so those of a later file go before the others.
    fn templates(&mut self, mut rules: Vec<PlainRule>) -> Result<(), RulesError> {
        for off in rules.extract_if(.., |rule| rule.off) {
            let same = |known: &PlainRule| known.signature.value == off.signature.value;
            if !self.rules.templates.iter().any(same) {
                let known = self.rules.templates.iter().map(|known| known.signature.value.as_str());
                return Err(self.nothing_to_switch_off(&off.signature, known));
            }
            self.rules.templates.retain(|known| !same(known));
        }
        leave_out_mentions_of(&rules, &mut self.rules.templates);
        self.rules.templates.retain(|rule| !rule.mentions.is_empty());
        self.rules.templates.splice(0..0, rules);
        Ok(())
    }

    /// The rule set, once the last file is added.
    pub(crate) fn finish(self) -> Result<Rules, RulesError> {
        let Self { mut rules, anywhere, words, targets, operations, errors } = self;
        rules.words.0 = words.into_rules().collect();
        rules.errors = errors.into_rules().collect();
        rules.language.lists_mut().into_iter().for_each(leave_out_repeats);
        rules.words.0.iter_mut().for_each(|list| leave_out_repeats(&mut list.entries));
        for rule in targets.into_rules() {
            let otherwise = required(rule.otherwise, &rule.name, "otherwise", &rules.sources)?;
            rules.targets.push(CompleteTarget { name: rule.name, choices: rule.choices, otherwise });
        }
        for rule in operations.into_rules() {
            if let (Matching::Anywhere, Some(said)) = (rules.matching, &anywhere) {
                inherited_words(&rule, said, &rules.sources)?;
            }
            let operation = operation(rule, &rules.sources)?;
            rules.operations.push(operation);
        }
        Ok(rules)
    }
}

/// Refuses what another file lists for whole words, and which would never fire anywhere.
fn inherited_words(
    rule: &OperationRule,
    anywhere: &LocatedText,
    sources: &RulesTexts,
) -> Result<(), RulesError> {
    let Some(text) = rule.for_whole_words().next() else { return Ok(()) };
    let (file, line) = sources.line(text.location);
    let category = &rule.category.value;
    let message = format!(
        "with 'anywhere' '{category}' of {file}:{line} never fires, which needs whole words: replace it or switch it off"
    );
    Err(sources.error(anywhere.location, message))
}

fn operation(mut rule: OperationRule, sources: &RulesTexts) -> Result<CompleteOperation, RulesError> {
    let otherwise = required(rule.otherwise.take(), &rule.category, "otherwise", sources)?;
    let target = required(rule.target.take(), &rule.category, "target", sources)?;
    let fires = [&rule.mentions, &rule.instructions, &rule.verb_last, &rule.alone, &rule.chained];
    if fires.iter().all(|list| list.is_empty()) {
        let message = "never fires: give it 'mentions', 'instructions' or 'alone'";
        return Err(sources.error_beside(rule.category.location, "", message));
    }
    Ok(CompleteOperation { written: rule, otherwise, target })
}

fn required(
    value: Option<LocatedText>,
    beside: &LocatedText,
    key: &str,
    sources: &RulesTexts,
) -> Result<LocatedText, RulesError> {
    value.ok_or_else(|| sources.error_beside(beside.location, key, "is missing"))
}

/// Leaves out the entries that an earlier file lists. What a file lists twice itself is an error, which is found later.
fn leave_out_repeats(list: &mut Vec<LocatedText>) {
    let mut kept = not_in_earlier_files(list).into_iter();
    list.retain(|_| kept.next().unwrap_or(true));
}

fn not_in_earlier_files(list: &[LocatedText]) -> Vec<bool> {
    let mut files = HashMap::with_capacity(list.len());
    let mut first_file = |text, file| *files.entry(text).or_insert(file);
    list.iter()
        .map(|text| first_file(text.value.as_str(), text.location.file) == text.location.file)
        .collect()
}

/// Leaves out the mentions that later rules have.
fn leave_out_mentions_of(later: &[PlainRule], earlier: &mut [PlainRule]) {
    let mentions = later.iter().flat_map(|rule| &rule.mentions);
    let known: HashSet<&str> = mentions.map(|text| text.value.as_str()).collect();
    for rule in earlier {
        rule.mentions.retain(|text| !known.contains(text.value.as_str()));
    }
}

/// Adds the entries that are not there yet: another file may list them, too.
fn append(list: &mut Vec<LocatedText>, mut added: Vec<LocatedText>) {
    if !list.is_empty() && !added.is_empty() {
        let known: HashSet<&str> = list.iter().map(|text| text.value.as_str()).collect();
        added.retain(|text| !known.contains(text.value.as_str()));
    }
    list.extend(added);
}

/// The first choice that fits is taken, so new ones go before the others; what a known one lacks is added to it.
fn add_choices(choices: &mut Vec<ChoiceRule>, added: Vec<ChoiceRule>) {
    let plain = |choice: &ChoiceRule| choice.and.is_empty() && choice.template.is_empty();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for (number, known) in choices.iter().enumerate().filter(|(_, known)| plain(known)) {
        numbers.entry(known.is.value.clone()).or_insert(number);
    }
    let mut new = Vec::new();
    for choice in added {
        match numbers.get(&choice.is.value) {
            Some(&number) if plain(&choice) => {
                let known = &mut choices[number];
                known.needs_judgement = choice.needs_judgement.or(known.needs_judgement);
                append(&mut known.mentions, choice.mentions);
                append(&mut known.whole_words, choice.whole_words);
                append(&mut known.directories, choice.directories);
            }
            _ => new.push(choice),
        }
    }
    choices.splice(0..0, new);
}
