//! What one file must keep to, before it is joined with others.

use hashbrown::HashMap;
use toml::Spanned;

use super::error::RulesError;
use super::format::{ChoiceRule, FORMAT, Matching, OperationRule, PlainRule, RulesFile, TargetRule};
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
    match role {
        FileRole::Whole => head(file, source)?,
        FileRole::Included => included(file, source)?,
    }
    no_empty_text(file, source)?;
    nothing_switched_off(file, source)?;
    limits(file, source)?;
    lines(file, source)?;
    operations(&file.operations, source)?;
    targets(&file.targets, source)?;
    mentioned(&file.errors, source)?;
    let signatures = file.errors.iter().map(|rule| &rule.signature);
    each_once(signatures, source, |_, line| format!("is already at line {line}: join the two"))?;
    mentioned(&file.templates, source)?;
    let mentions = file.templates.iter().flat_map(|rule| &rule.mentions);
    each_once(mentions, source, |text, line| format!("'{text}' is already at line {line}, which comes first"))
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
            Err(source.error_of(text, message))
        }
    }
}

/// Refuses what needs whole words.
pub(crate) fn anywhere(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    if let Some(language) = &file.language {
        let message = "needs whole words; remove it or write matching = \"words\"";
        return Err(source.error(language.span().start, message));
    }
    let whole = file.operations.iter().flat_map(OperationRule::for_whole_words).next();
    let message = "needs whole words; with matching = \"anywhere\" only 'mentions' works";
    whole.map_or(Ok(()), |text| Err(source.error_of(text, message)))
}

fn head(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    format(file, source)?;
    if file.format.is_none() {
        let message = format!("is missing: write 'format = {FORMAT}'");
        return Err(source.error_beside(0, "format", message));
    }
    match file.name {
        Some(_) => Ok(()),
        None => Err(source.error_beside(0, "name", "is missing")),
    }
}

fn format(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    match &file.format {
        Some(other) if *other.get_ref() != FORMAT => {
            let message = format!("is {}, and this flowmine reads format {FORMAT}", other.get_ref());
            Err(source.error(other.span().start, message))
        }
        _ => Ok(()),
    }
}

/// An included file may have `format`, `name` and `extends`, for when it is checked alone, and no other setting.
fn included(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    format(file, source)?;
    let texts = file.matching.iter().chain(file.include.first());
    let texts = texts.map(|text| text.location.at as usize);
    let once = file.once_per_category.as_ref().map(|value| value.span().start);
    let at_most = file.at_most.as_ref().map(|value| value.span().start);
    let first = texts.chain(once).chain(at_most).min();
    first.map_or(Ok(()), |at| Err(source.error(at, "belongs into the file that includes this one")))
}

fn no_empty_text(file: &mut RulesFile, source: &RulesText) -> Result<(), RulesError> {
    let mut empty = None;
    file.each_text(&mut |text| {
        if text.value.trim().is_empty() {
            empty.get_or_insert_with(|| text.clone());
        }
    });
    empty.map_or(Ok(()), |text| Err(source.error_of(&text, "is empty")))
}

/// The most words that a gap may have, or that may stand between a wrapper and its command.
const MOST_BETWEEN: u64 = 20;

fn limits(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    let outside = |number: &Option<Spanned<u64>>, range: std::ops::RangeInclusive<u64>| {
        number.as_ref().filter(|number| !range.contains(number.get_ref())).map(|n| n.span().start)
    };
    if let Some(at) = outside(&file.at_most, 1..=u64::MAX) {
        return Err(source.error(at, "is at least 1"));
    }
    let between = 0..=MOST_BETWEEN;
    let gap = file.language.as_ref().and_then(|language| outside(&language.get_ref().gap, between.clone()));
    let skip = file.wrappers.iter().find_map(|wrapper| outside(&wrapper.get_ref().skip, between.clone()));
    let message = format!("is between 0 and {MOST_BETWEEN} words");
    gap.or(skip).map_or(Ok(()), |at| Err(source.error(at, message)))
}

/// What stands beside `off = true` would never fire.
fn nothing_switched_off(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    let operations = file.operations.iter().filter(|rule| rule.off).filter_map(OperationRule::first_text);
    let plain = file.errors.iter().chain(&file.templates).filter(|rule| rule.off);
    let commands = file.commands.iter().filter(|rule| rule.off);
    let commands = commands.filter_map(|rule| rule.lines.first().or(rule.scripts.first()));
    let first = operations.chain(plain.filter_map(|rule| rule.mentions.first())).chain(commands).next();
    let message = "stands in a rule that is switched off: remove it, or 'off = true'";
    first.map_or(Ok(()), |text| Err(source.error_of(text, message)))
}

/// Refuses a wrapper, runner or program without lines or names: it would never be met.
fn lines(file: &RulesFile, source: &RulesText) -> Result<(), RulesError> {
    let wrappers = file.wrappers.iter().map(|rule| (rule.span(), "lines", &rule.get_ref().lines));
    let runners = file.runners.iter().map(|rule| (rule.span(), "lines", &rule.get_ref().lines));
    let programs = file.programs.iter().map(|rule| (rule.span(), "names", &rule.get_ref().names));
    let empty = wrappers.chain(runners).chain(programs).find(|(_, _, texts)| texts.is_empty());
    let message = "is empty, so that it is never met";
    empty.map_or(Ok(()), |(span, key, _)| Err(source.error_in(span.start, key, message)))
}

fn operations(rules: &[OperationRule], source: &RulesText) -> Result<(), RulesError> {
    let categories = rules.iter().map(|rule| &rule.category);
    each_once(categories, source, |name, line| format!("'{name}' is already at line {line}: join the two"))?;
    for choice in rules.iter().flat_map(|rule| &rule.subcategories) {
        is_chosen(choice, source)?;
        for (texts, key) in
            [(&choice.and, "and"), (&choice.template, "template"), (&choice.directories, "directories")]
        {
            if let Some(text) = texts.first() {
                return Err(source.error_of(text, format!("a subcategory takes no '{key}'")));
            }
        }
    }
    Ok(())
}

fn targets(rules: &[TargetRule], source: &RulesText) -> Result<(), RulesError> {
    let names = rules.iter().map(|rule| &rule.name);
    each_once(names, source, |name, _| format!("a second target list '{name}'"))?;
    for choice in rules.iter().flat_map(|rule| &rule.choices) {
        is_chosen(choice, source)?;
        if choice.needs_judgement.is_some() {
            let (at, message) = (&choice.is, "belongs to an operation or to one of its subcategories");
            return Err(source.error_beside(at.location.at as usize, "needs_judgement", message));
        }
    }
    Ok(())
}

fn is_chosen(choice: &ChoiceRule, source: &RulesText) -> Result<(), RulesError> {
    let lists = [&choice.mentions, &choice.whole_words, &choice.template, &choice.directories];
    if lists.iter().all(|list| list.is_empty()) {
        let message = "is never chosen: give it 'mentions'";
        return Err(source.error_beside(choice.is.location.at as usize, "", message));
    }
    Ok(())
}

fn mentioned(rules: &[PlainRule], source: &RulesText) -> Result<(), RulesError> {
    let missing = |at| Err(source.error_beside(at, "mentions", "is missing"));
    let never = rules.iter().find(|rule| rule.mentions.is_empty() && !rule.off);
    never.map_or(Ok(()), |rule| missing(rule.signature.location.at as usize))
}

/// Refuses a text that repeats an earlier one; `message` is given the text and the line of that one.
fn each_once<'r>(
    texts: impl Iterator<Item = &'r LocatedText>,
    source: &RulesText,
    message: impl Fn(&str, usize) -> String,
) -> Result<(), RulesError> {
    let mut known = HashMap::new();
    for text in texts {
        if let Some(first) = known.insert(text.value.as_str(), text) {
            return Err(source.error_of(text, message(&text.value, source.line_of(first))));
        }
    }
    Ok(())
}
