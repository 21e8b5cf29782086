//! A rule set, read and checked, all its files joined: what [`crate::detect`] compiles.

use hashbrown::{HashMap, HashSet};

use super::check::{self, FileRole};
use super::commands::CommandTables;
use super::error::RulesError;
use super::format::{
    ChoiceRule, LANGUAGE_KEYS, LanguageTable, Matching, OperationRule, PlainRule, RulesFile, TargetRule,
    WordList,
};
use super::hint::did_you_mean;
use super::source::{LocatedText, RulesText, RulesTexts};
use crate::signature::Signature;

/// How many other words a `..` may stand for where no file says so.
pub(crate) const GAP: u64 = 4;

/// A rule set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub name: String,
    pub matching: Matching,
    pub at_most: Option<u64>,
    pub once_per_category: bool,
    pub gap: u64,
    /// By key of `[language]`, in the order of [`LANGUAGE_KEYS`].
    pub language: Vec<Vec<LocatedText>>,
    pub words: Vec<WordList>,
    pub targets: Vec<CompleteTarget>,
    pub operations: Vec<CompleteOperation>,
    pub errors: Vec<PlainRule>,
    pub templates: Vec<PlainRule>,
    pub commands: CommandTables,
    pub sources: RulesTexts,
}

impl Rules {
    /// Whether a signature's operation takes judgement rather than a script; `None`: it has none here.
    pub(crate) fn needs_judgement(&self, signature: &Signature) -> Option<bool> {
        let mut operations = self.operations.iter();
        let operation = operations.find(|operation| operation.category.value == signature.category())?;
        Some(operation.needs_judgement(signature.subcategory()))
    }
}

/// A `[[operation]]` with all that it must have.
#[derive(Clone, Debug)]
pub(crate) struct CompleteOperation {
    pub category: LocatedText,
    /// Whether it takes judgement rather than a script.
    pub needs_judgement: bool,
    pub mentions: Vec<LocatedText>,
    pub instructions: Vec<LocatedText>,
    pub verb_last: Vec<LocatedText>,
    pub alone: Vec<LocatedText>,
    pub chained: Vec<LocatedText>,
    pub not_followed_by: Vec<LocatedText>,
    pub preparations: Vec<LocatedText>,
    pub details: Vec<LocatedText>,
    pub subcategories: Vec<ChoiceRule>,
    pub otherwise: LocatedText,
    pub target: LocatedText,
}

impl CompleteOperation {
    /// Whether a signature of this operation with that subcategory takes judgement rather than a script.
    pub(crate) fn needs_judgement(&self, subcategory: &str) -> bool {
        let mut choices = self.subcategories.iter().filter(|choice| choice.is.value == subcategory);
        choices.find_map(|choice| choice.needs_judgement).unwrap_or(self.needs_judgement)
    }
}

/// A `[[target]]` with all that it must have.
#[derive(Clone, Debug)]
pub(crate) struct CompleteTarget {
    pub name: LocatedText,
    pub choices: Vec<ChoiceRule>,
    pub otherwise: LocatedText,
}

/// A rule set in the making: files are added, the one that is extended first, the one asked for last.
pub(crate) struct MergedRules {
    rules: Rules,
    operations: Vec<OperationRule>,
    targets: Vec<TargetRule>,
}

impl MergedRules {
    pub(crate) fn new() -> Self {
        let rules = Rules { gap: GAP, language: vec![Vec::new(); LANGUAGE_KEYS.len()], ..Rules::default() };
        Self { rules, operations: Vec::new(), targets: Vec::new() }
    }

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
        file.each_text(&mut |text| text.location.file = number);
        self.settings(&file);
        self.language(file.language.map(toml::Spanned::into_inner).unwrap_or_default());
        self.words(file.words.0);
        file.targets.into_iter().for_each(|rule| self.target(rule));
        file.operations.into_iter().try_for_each(|rule| self.operation(rule))?;
        file.errors.into_iter().try_for_each(|rule| self.error(rule))?;
        self.rules.commands.add(CommandTables {
            commands: file.commands,
            wrappers: file.wrappers,
            runners: file.runners,
            programs: file.programs,
            settings: file.command_line,
        });
        self.templates(file.templates)
    }

    fn settings(&mut self, file: &RulesFile) {
        if let Some(name) = &file.name {
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
        if let Some(gap) = &table.gap {
            self.rules.gap = *gap.get_ref();
        }
        for (list, added) in self.rules.language.iter_mut().zip(table.lists_mut()) {
            list.append(added);
        }
    }

    fn words(&mut self, lists: Vec<WordList>) {
        for list in lists {
            match self.rules.words.iter_mut().find(|known| known.name.value == list.name.value) {
                Some(known) => known.entries.extend(list.entries),
                None => self.rules.words.push(list),
            }
        }
    }

    fn target(&mut self, mut rule: TargetRule) {
        let known = self.targets.iter_mut().find(|known| known.name.value == rule.name.value);
        match known {
            Some(known) if rule.replace => *known = rule,
            Some(known) => {
                add_choices(&mut known.choices, std::mem::take(&mut rule.choices));
                known.otherwise = rule.otherwise.or(known.otherwise.take());
            }
            None => self.targets.push(rule),
        }
    }

    fn operation(&mut self, mut rule: OperationRule) -> Result<(), RulesError> {
        let same = |known: &OperationRule| known.category.value == rule.category.value;
        let Some(index) = self.operations.iter().position(same) else {
            if rule.off {
                let known = self.operations.iter().map(|known| known.category.value.as_str());
                return Err(self.nothing_to_switch_off(&rule.category, known));
            }
            self.operations.push(rule);
            return Ok(());
        };
        if rule.off {
            self.operations.remove(index);
        } else if rule.replace {
            self.operations[index] = rule;
        } else {
            let known = &mut self.operations[index];
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
        let same = |known: &PlainRule| known.signature.value == rule.signature.value;
        match self.rules.errors.iter().position(same) {
            Some(index) if rule.off => {
                self.rules.errors.remove(index);
            }
            Some(index) => append(&mut self.rules.errors[index].mentions, rule.mentions),
            None if rule.off => {
                let known = self.rules.errors.iter().map(|known| known.signature.value.as_str());
                return Err(self.nothing_to_switch_off(&rule.signature, known));
            }
            None => self.rules.errors.push(rule),
        }
        Ok(())
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
        let known = |text: &LocatedText| {
            rules.iter().flat_map(|rule| &rule.mentions).any(|mention| mention.value == text.value)
        };
        for rule in &mut self.rules.templates {
            rule.mentions.retain(|text| !known(text));
        }
        self.rules.templates.retain(|rule| !rule.mentions.is_empty());
        self.rules.templates.splice(0..0, rules);
        Ok(())
    }

    /// The rule set, once the last file is added.
    pub(crate) fn finish(self) -> Result<Rules, RulesError> {
        let Self { mut rules, operations, targets } = self;
        rules.language.iter_mut().for_each(leave_out_repeats);
        rules.words.iter_mut().for_each(|list| leave_out_repeats(&mut list.entries));
        for rule in targets {
            let otherwise = required(rule.otherwise, &rule.name, "otherwise", &rules.sources)?;
            rules.targets.push(CompleteTarget { name: rule.name, choices: rule.choices, otherwise });
        }
        for rule in operations {
            let operation = operation(rule, &rules.sources)?;
            rules.operations.push(operation);
        }
        Ok(rules)
    }
}

fn operation(rule: OperationRule, sources: &RulesTexts) -> Result<CompleteOperation, RulesError> {
    let otherwise = required(rule.otherwise, &rule.category, "otherwise", sources)?;
    let target = required(rule.target, &rule.category, "target", sources)?;
    let fires = [&rule.mentions, &rule.instructions, &rule.verb_last, &rule.alone, &rule.chained];
    if fires.iter().all(|list| list.is_empty()) {
        let message = "never fires: give it 'mentions', 'instructions' or 'alone'";
        return Err(sources.error_beside(rule.category.location, "", message));
    }
    Ok(CompleteOperation {
        category: rule.category,
        needs_judgement: rule.needs_judgement.unwrap_or(false),
        mentions: rule.mentions,
        instructions: rule.instructions,
        verb_last: rule.verb_last,
        alone: rule.alone,
        chained: rule.chained,
        not_followed_by: rule.not_followed_by,
        preparations: rule.preparations,
        details: rule.details,
        subcategories: rule.subcategories,
        otherwise,
        target,
    })
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
    let mut new = Vec::new();
    for choice in added {
        let plain = |choice: &ChoiceRule| choice.and.is_empty() && choice.template.is_empty();
        let same = |known: &&mut ChoiceRule| known.is.value == choice.is.value && plain(known);
        match choices.iter_mut().find(same) {
            Some(known) if plain(&choice) => {
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
