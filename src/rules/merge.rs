//! A rule set, read and checked, all its files joined: what [`crate::detect`] compiles.

use std::ops::Not;

use hashbrown::{HashMap, HashSet};
use indexmap::IndexMap;
use serde::{Serialize, Serializer};
use toml::Spanned;

use super::check::{self, FileRole};
use super::commands::CommandTables;
use super::error::RulesError;
use super::format::{ChoiceRule, LanguageTable, Matching, OperationRule, PlainRule, RulesFile, TargetRule};
use super::hint::did_you_mean;
use super::notation::list_named;
use super::source::{LocatedText, RulesText, RulesTexts};
use crate::signature::Signature;

/// How many other words a `..` may stand for where no file says so.
const GAP: u64 = 4;

/// Rules of one kind, each with a name of its own, in the order in which they were added.
pub(crate) type ByName<T> = IndexMap<String, T>;

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
    #[serde(serialize_with = "by_name")]
    pub words: ByName<WordList>,
    #[serde(rename = "target", serialize_with = "in_order")]
    pub targets: ByName<TargetRule>,
    #[serde(rename = "operation", serialize_with = "in_order")]
    pub operations: ByName<OperationRule>,
    #[serde(rename = "error", serialize_with = "in_order")]
    pub errors: ByName<PlainRule>,
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
    /// An error about what a text says.
    pub(crate) fn error(&self, text: &LocatedText, message: impl std::fmt::Display) -> RulesError {
        self.sources.error(text.location, message)
    }

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
        let OperationRule { subcategories, needs_judgement, .. } =
            self.operations.get(signature.category())?;
        let mut choices = subcategories.iter().filter(|choice| choice.is.value == signature.subcategory());
        Some(choices.find_map(|choice| choice.needs_judgement).or(*needs_judgement).unwrap_or(false))
    }

    /// The number of the list that a target like `{name}` names; `text` says where that stands.
    pub(crate) fn target_list(&self, target: &str, text: &LocatedText) -> Result<Option<usize>, RulesError> {
        let Some(name) = list_named(target) else { return Ok(None) };
        self.targets.get_index_of(name).map(Some).ok_or_else(|| {
            let hint = did_you_mean(name, self.targets.keys().map(String::as_str));
            self.error(text, format!("no [[target]] list has the name '{name}'{hint}"))
        })
    }
}

/// One list of `[words]`.
#[derive(Clone, Debug)]
pub(crate) struct WordList {
    pub name: LocatedText,
    pub entries: Vec<LocatedText>,
}

fn by_name<S: Serializer>(lists: &ByName<WordList>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(lists.values().map(|list| (&list.name, &list.entries)))
}

fn in_order<T: Serialize, S: Serializer>(rules: &ByName<T>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rules.values())
}

/// A rule set in the making: files are added, the one that is extended first, the one asked for last.
#[derive(Default)]
pub(crate) struct MergedRules {
    rules: Rules,
    /// Where it is said that words are looked for anywhere.
    anywhere: Option<LocatedText>,
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
        self.join(file, role)
    }

    fn join(&mut self, mut file: RulesFile, role: FileRole) -> Result<(), RulesError> {
        if self.rules.matching == Matching::Anywhere {
            self.anywhere = file.matching.take().or(self.anywhere.take());
        }
        self.settings(&file, role);
        self.language(file.language.map(Spanned::into_inner).unwrap_or_default());
        file.words.into_iter().for_each(|(name, entries)| self.words(&name, entries));
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

    fn words(&mut self, name: &LocatedText, entries: Vec<LocatedText>) {
        let new = || WordList { name: name.clone(), entries: Vec::new() };
        self.rules.words.entry(name.value.clone()).or_insert_with(new).entries.extend(entries);
    }

    fn target(&mut self, rule: TargetRule) {
        match self.rules.targets.get_mut(&rule.name.value) {
            Some(known) if !rule.replace => {
                add_choices(&mut known.choices, rule.choices);
                known.otherwise = rule.otherwise.or(known.otherwise.take());
            }
            _ => drop(self.rules.targets.insert(rule.name.value.clone(), rule)),
        }
    }

    /// What is switched off keeps its place until the end, as a rule that says so.
    fn operation(&mut self, mut rule: OperationRule) -> Result<(), RulesError> {
        match self.rules.operations.get_mut(&rule.category.value).filter(|known| !known.off) {
            None if rule.off => {
                return Err(self.nothing_to_switch_off(&rule.category, self.rules.operations.keys()));
            }
            Some(known) if !rule.off && !rule.replace => {
                for (list, added) in known.lists_mut().into_iter().zip(rule.lists_mut()) {
                    append(list, std::mem::take(added));
                }
                add_choices(&mut known.subcategories, rule.subcategories);
                known.otherwise = rule.otherwise.or(known.otherwise.take());
                known.target = rule.target.or(known.target.take());
                known.needs_judgement = rule.needs_judgement.or(known.needs_judgement);
            }
            _ => drop(self.rules.operations.insert(rule.category.value.clone(), rule)),
        }
        Ok(())
    }

    fn nothing_to_switch_off<'n>(
        &self,
        name: &LocatedText,
        known: impl Iterator<Item = &'n String>,
    ) -> RulesError {
        let hint = did_you_mean(&name.value, known.map(String::as_str));
        let message = format!("'{}' is not in the rules that are extended{hint}", name.value);
        self.rules.sources.error(name.location, message)
    }

    fn error(&mut self, rule: PlainRule) -> Result<(), RulesError> {
        match self.rules.errors.get_mut(&rule.signature.value).filter(|known| !known.off) {
            None if rule.off => {
                return Err(self.nothing_to_switch_off(&rule.signature, self.rules.errors.keys()));
            }
            Some(known) if !rule.off => append(&mut known.mentions, rule.mentions),
            _ => drop(self.rules.errors.insert(rule.signature.value.clone(), rule)),
        }
        Ok(())
    }

    /// Checks that what a file switches off is there.
    fn known_commands(&self, tables: &CommandTables) -> Result<(), RulesError> {
        let known = self.rules.commands.commands.iter().map(|rule| &rule.signature.value);
        let known: HashSet<&String> = known.collect();
        let mut off = tables.commands.iter().filter(|rule| rule.off).map(|rule| &rule.signature);
        match off.find(|signature| !known.contains(&signature.value)) {
            Some(unknown) => Err(self.nothing_to_switch_off(unknown, known.iter().copied())),
            None => Ok(()),
        }
    }

    /// The first template rule with a word decides, so those of a later file go before the others.
    fn templates(&mut self, mut rules: Vec<PlainRule>) -> Result<(), RulesError> {
        for off in rules.extract_if(.., |rule| rule.off) {
            let same = |known: &PlainRule| known.signature.value == off.signature.value;
            if !self.rules.templates.iter().any(same) {
                let known = self.rules.templates.iter().map(|known| &known.signature.value);
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
        let Self { mut rules, anywhere } = self;
        rules.operations.retain(|_, rule| !rule.off);
        rules.errors.retain(|_, rule| !rule.off);
        rules.language.lists_mut().into_iter().for_each(leave_out_repeats);
        rules.words.values_mut().for_each(|list| leave_out_repeats(&mut list.entries));
        for rule in rules.targets.values() {
            required(rule.otherwise.as_ref(), &rule.name, "otherwise", &rules.sources)?;
        }
        for rule in rules.operations.values() {
            if let (Matching::Anywhere, Some(said)) = (rules.matching, &anywhere) {
                inherited_words(rule, said, &rules.sources)?;
            }
            complete(rule, &rules.sources)?;
        }
        Ok(rules)
    }
}

/// Refuses what an extended file lists as whole words: with `matching = "anywhere"` it would never fire.
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

/// Refuses an operation that lacks what it must have.
fn complete(rule: &OperationRule, sources: &RulesTexts) -> Result<(), RulesError> {
    required(rule.otherwise.as_ref(), &rule.category, "otherwise", sources)?;
    required(rule.target.as_ref(), &rule.category, "target", sources)?;
    let fires = [&rule.mentions, &rule.instructions, &rule.verb_last, &rule.alone, &rule.chained];
    if fires.iter().all(|list| list.is_empty()) {
        let message = "never fires: give it 'mentions', 'instructions' or 'alone'";
        return Err(sources.error_beside(rule.category.location, "", message));
    }
    Ok(())
}

fn required(
    value: Option<&LocatedText>,
    beside: &LocatedText,
    key: &str,
    sources: &RulesTexts,
) -> Result<(), RulesError> {
    let message = format!("is missing: '{}' is new, no file before this one has it", beside.value);
    let missing = || sources.error_beside(beside.location, key, &message);
    value.map(|_| ()).ok_or_else(missing)
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
