//! What one file must keep to, before it is joined with others.

use hashbrown::HashMap;
use toml::Spanned;

use super::error::RulesError;
use super::format::{ChoiceRule, FORMAT, Matching, OperationRule, PlainRule, RulesFile};
use super::hint::did_you_mean;
use super::source::{LocatedText, RulesText};

/// What a file is to a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRole {
    /// The file that was asked for, or one that such a file extends.
    Whole,
    /// A file that another includes.
    Included,
}

/// Checks all that can be said of a file by itself.
pub(crate) fn check(file: &mut RulesFile, role: FileRole, source: &RulesText) -> Result<(), RulesError> {
    let check = RulesFileCheck { source };
    match role {
        FileRole::Whole => check.head(file)?,
        FileRole::Included => check.included(file)?,
    }
    check.no_empty_text(file)?;
    check.nothing_switched_off(file)?;
    check.limits(file)?;
    check.lines(file)?;
    check.operations(&file.operations)?;
    check.targets(file)?;
    check.plain(&file.errors, RuleLayer::Error)?;
    check.plain(&file.templates, RuleLayer::Template)
}

/// How the words are looked for, where the file says so.
pub(crate) fn matching(file: &RulesFile, source: &RulesText) -> Result<Option<Matching>, RulesError> {
    let Some(text) = &file.matching else { return Ok(None) };
    match text.value.as_str() {
        "anywhere" => Ok(Some(Matching::Anywhere)),
        "words" => Ok(Some(Matching::Words)),
        other => {
            let hint = did_you_mean(other, ["anywhere", "words"].into_iter());
            let message = format!("is 'anywhere' or 'words', not '{other}'{hint}");
            Err(source.error(text.location.at as usize, message))
        }
    }
}

/// Refuses what needs whole words.
pub(crate) fn anywhere(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    if let Some(language) = &file.language {
        let message = "needs whole words; remove it or write matching = \"words\"";
        return Err(source.error(language.span().start, message));
    }
    match file.operations.iter().flat_map(OperationRule::for_whole_words).next() {
        Some(text) => {
            let message = "needs whole words; with matching = \"anywhere\" only 'mentions' works";
            Err(source.error(text.location.at as usize, message))
        }
        None => Ok(()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RuleLayer {
    Error,
    Template,
}

struct RulesFileCheck<'a> {
    source: &'a RulesText,
}

impl RulesFileCheck<'_> {
    fn error(&self, text: &LocatedText, message: impl std::fmt::Display) -> RulesError {
        self.source.error(text.location.at as usize, message)
    }

    fn beside(&self, text: &LocatedText, key: &str, message: impl std::fmt::Display) -> RulesError {
        self.source.error_beside(text.location.at as usize, key, message)
    }

    fn line(&self, text: &LocatedText) -> usize {
        self.source.line(text.location.at as usize)
    }

    fn head(&self, file: &RulesFile) -> Result<(), RulesError> {
        self.format(file)?;
        if file.format.is_none() {
            let message = format!("is missing: write 'format = {FORMAT}'");
            return Err(self.source.error_beside(0, "format", message));
        }
        match file.name {
            Some(_) => Ok(()),
            None => Err(self.source.error_beside(0, "name", "is missing")),
        }
    }

    fn format(&self, file: &RulesFile) -> Result<(), RulesError> {
        match file.format.as_ref().map(|format| (*format.get_ref(), format.span().start)) {
            Some((other, at)) if other != FORMAT => {
                let message = format!("is {other}, and this flowmine reads format {FORMAT}");
                Err(self.source.error(at, message))
            }
            _ => Ok(()),
        }
    }

    /// `format`, `name` and `extends` are for those who check an included file alone.
    fn included(&self, file: &RulesFile) -> Result<(), RulesError> {
        self.format(file)?;
        let texts = file.matching.iter().chain(file.include.first());
        let texts = texts.map(|text| text.location.at as usize);
        let once = file.once_per_category.as_ref().map(|value| value.span().start);
        let at_most = file.at_most.as_ref().map(|value| value.span().start);
        match texts.chain(once).chain(at_most).min() {
            Some(at) => Err(self.source.error(at, "belongs into the file that includes this one")),
            None => Ok(()),
        }
    }

    fn no_empty_text(&self, file: &mut RulesFile) -> Result<(), RulesError> {
        let mut empty = None;
        file.each_text(&mut |text| {
            if text.value.trim().is_empty() {
                empty.get_or_insert_with(|| text.clone());
            }
        });
        empty.map_or(Ok(()), |text| Err(self.error(&text, "is empty")))
    }

    fn limits(&self, file: &RulesFile) -> Result<(), RulesError> {
        let outside = |number: &Option<Spanned<u64>>, range: std::ops::RangeInclusive<u64>| {
            number.as_ref().filter(|number| !range.contains(number.get_ref())).map(|n| n.span().start)
        };
        if let Some(at) = outside(&file.at_most, 1..=u64::MAX) {
            return Err(self.source.error(at, "is at least 1"));
        }
        let gap = file.language.as_ref().and_then(|language| outside(&language.get_ref().gap, 0..=20));
        let skip = file.wrappers.iter().find_map(|wrapper| outside(&wrapper.get_ref().skip, 0..=20));
        let words = gap.or(skip).map(|at| self.source.error(at, "is between 0 and 20 words"));
        words.map_or(Ok(()), Err)
    }

    /// What stands beside `off = true` would never fire.
    fn nothing_switched_off(&self, file: &RulesFile) -> Result<(), RulesError> {
        let operations = file.operations.iter().filter(|rule| rule.off).filter_map(OperationRule::first_text);
        let plain = file.errors.iter().chain(&file.templates).filter(|rule| rule.off);
        let commands = file.commands.iter().filter(|rule| rule.off);
        let commands = commands.filter_map(|rule| rule.lines.first().or(rule.scripts.first()));
        match operations.chain(plain.filter_map(|rule| rule.mentions.first())).chain(commands).next() {
            Some(text) => {
                Err(self.error(text, "stands in a rule that is switched off: remove it, or 'off = true'"))
            }
            None => Ok(()),
        }
    }

    /// A wrapper, runner or program that nothing can begin.
    fn lines(&self, file: &RulesFile) -> Result<(), RulesError> {
        let wrappers =
            file.wrappers.iter().map(|rule| (rule.span(), "lines", rule.get_ref().lines.is_empty()));
        let runners = file.runners.iter().map(|rule| (rule.span(), "lines", rule.get_ref().lines.is_empty()));
        let programs =
            file.programs.iter().map(|rule| (rule.span(), "names", rule.get_ref().names.is_empty()));
        match wrappers.chain(runners).chain(programs).find(|(_, _, is_empty)| *is_empty) {
            Some((span, key, _)) => {
                Err(self.source.error_in(span.start, key, "is empty, so that it is never met"))
            }
            None => Ok(()),
        }
    }

    fn operations(&self, rules: &[OperationRule]) -> Result<(), RulesError> {
        if let Some((first, again)) = repeated(rules.iter().map(|rule| &rule.category)) {
            let message = format!("'{}' is already at line {}: join the two", again.value, self.line(first));
            return Err(self.error(again, message));
        }
        for rule in rules {
            for choice in &rule.subcategories {
                self.choice(choice)?;
                if let Some(text) = choice.and.first() {
                    return Err(self.error(text, "a subcategory takes no 'and'"));
                }
                if let Some(text) = choice.template.first() {
                    return Err(self.error(text, "a subcategory takes no 'template'"));
                }
            }
        }
        Ok(())
    }

    fn targets(&self, file: &RulesFile) -> Result<(), RulesError> {
        if let Some((_, again)) = repeated(file.targets.iter().map(|rule| &rule.name)) {
            return Err(self.error(again, format!("a second target list '{}'", again.value)));
        }
        for rule in &file.targets {
            for choice in &rule.choices {
                self.choice(choice)?;
                if choice.needs_judgement.is_some() {
                    let message = "belongs to an operation or to one of its subcategories";
                    return Err(self.beside(&choice.is, "needs_judgement", message));
                }
            }
        }
        Ok(())
    }

    fn choice(&self, choice: &ChoiceRule) -> Result<(), RulesError> {
        if choice.mentions.is_empty()
            && choice.whole_words.is_empty()
            && choice.template.is_empty()
            && choice.directories.is_empty()
        {
            return Err(self.beside(&choice.is, "", "is never chosen: give it 'mentions'"));
        }
        Ok(())
    }

    fn plain(&self, rules: &[PlainRule], layer: RuleLayer) -> Result<(), RulesError> {
        if let Some(rule) = rules.iter().find(|rule| rule.mentions.is_empty() && !rule.off) {
            return Err(self.beside(&rule.signature, "mentions", "is missing"));
        }
        match layer {
            RuleLayer::Error => self.each_signature_once(rules),
            RuleLayer::Template => self.each_mention_once(rules),
        }
    }

    fn each_signature_once(&self, rules: &[PlainRule]) -> Result<(), RulesError> {
        match repeated(rules.iter().map(|rule| &rule.signature)) {
            Some((first, again)) => {
                let message = format!("is already at line {}: join the two", self.line(first));
                Err(self.error(again, message))
            }
            None => Ok(()),
        }
    }

    fn each_mention_once(&self, rules: &[PlainRule]) -> Result<(), RulesError> {
        match repeated(rules.iter().flat_map(|rule| &rule.mentions)) {
            Some((first, again)) => {
                let line = self.line(first);
                let message = format!("'{}' is already at line {line}, which comes first", again.value);
                Err(self.error(again, message))
            }
            None => Ok(()),
        }
    }
}

/// The first text that was there before, after the one it repeats.
fn repeated<'r>(texts: impl Iterator<Item = &'r LocatedText>) -> Option<(&'r LocatedText, &'r LocatedText)> {
    let mut known = HashMap::new();
    for text in texts {
        if let Some(first) = known.insert(text.value.as_str(), text) {
            return Some((first, text));
        }
    }
    None
}
