//! A rules file as written: its keys, read and checked one by one, nothing compiled yet.

use super::document::{Source, Table, Text, did_you_mean};
use super::error::RulesError;

/// The version of the format this program reads.
pub(crate) const FORMAT: u64 = 1;

/// How the words of a rules file are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    /// Anywhere in the lower-cased text, inside other words too.
    Anywhere,
    /// Whole words.
    Words,
}

/// The lists of `[language]`: what an order looks like, whatever it orders. Each is a key of the file.
pub(crate) const LANGUAGE_KEYS: [&str; 18] = [
    "lead_in",
    "polite",
    "small",
    "and",
    "or",
    "then",
    "not",
    "except",
    "gap_ends",
    "may_follow",
    "not_followed_by",
    "statements",
    "conditions",
    "modals",
    "purpose",
    "tickets",
    "sections",
    "misspelt",
];

pub(crate) struct RulesFile {
    pub name: String,
    pub matching: Matching,
    pub at_most: Option<usize>,
    pub once_per_category: bool,
    pub gap: usize,
    pub language: Vec<Vec<Text>>,
    pub words: Vec<(Text, Vec<Text>)>,
    pub targets: Vec<TargetRule>,
    pub operations: Vec<OperationRule>,
    pub errors: Vec<PlainRule>,
    pub templates: Vec<PlainRule>,
}

/// `[[operation]]`
pub(crate) struct OperationRule {
    pub at: usize,
    pub category: Text,
    pub mentions: Vec<Text>,
    pub orders: Vec<Text>,
    pub alone: Vec<Text>,
    pub chained: Vec<Text>,
    pub not_followed_by: Vec<Text>,
    pub subcategories: Vec<ChoiceRule>,
    pub otherwise: Text,
    pub target: Text,
}

/// `[[target]]`: a list of choices, named by `target = "{name}"`.
pub(crate) struct TargetRule {
    pub name: Text,
    pub choices: Vec<ChoiceRule>,
    pub otherwise: Text,
}

/// One of the `subcategories` of an operation or of the `choices` of a target.
pub(crate) struct ChoiceRule {
    pub is: Text,
    pub mentions: Vec<Text>,
    pub whole_words: Vec<Text>,
    pub and: Vec<Text>,
    pub template: Vec<Text>,
}

/// `[[error]]` or `[[template]]`
pub(crate) struct PlainRule {
    pub at: usize,
    pub signature: Text,
    pub mentions: Vec<Text>,
}

impl RulesFile {
    pub(crate) fn read(source: Source<'_>) -> Result<Self, RulesError> {
        let entries = source.parse()?;
        let root = Table::root(source, &entries);
        check_format(&root)?;
        let matching = matching(&root)?;
        let (gap, language) = language(&root, matching)?;
        let file = Self {
            name: root.required_text("name")?.value,
            matching,
            at_most: at_most(&root)?,
            once_per_category: root.boolean("once_per_category")?.unwrap_or(false),
            gap,
            language,
            words: root.named_lists("words")?,
            targets: all(&root, "target", target)?,
            operations: all(&root, "operation", |table| operation(table, matching))?,
            errors: all(&root, "error", plain)?,
            templates: all(&root, "template", plain)?,
        };
        root.finish()?;
        Ok(file)
    }
}

fn check_format(root: &Table<'_>) -> Result<(), RulesError> {
    match root.integer("format")? {
        Some((FORMAT, _)) => Ok(()),
        Some((other, at)) => {
            let message = format!("is {other}, and this flowmine reads format {FORMAT}");
            Err(root.source.error(at, "format", message))
        }
        None => Err(root.source.error(0, "format", format!("is missing: write 'format = {FORMAT}'"))),
    }
}

fn matching(root: &Table<'_>) -> Result<Matching, RulesError> {
    let Some(text) = root.text("matching")? else { return Ok(Matching::Words) };
    match text.value.as_str() {
        "anywhere" => Ok(Matching::Anywhere),
        "words" => Ok(Matching::Words),
        other => {
            let hint = did_you_mean(other, ["anywhere", "words"].into_iter());
            let message = format!("is 'anywhere' or 'words', not '{other}'{hint}");
            Err(root.source.error(text.at, &text.key, message))
        }
    }
}

fn at_most(root: &Table<'_>) -> Result<Option<usize>, RulesError> {
    let Some((number, at)) = root.integer("at_most")? else { return Ok(None) };
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    if number == 0 { Err(root.source.error(at, "at_most", "is at least 1")) } else { Ok(Some(number)) }
}

/// How many other words a `..` may stand for where the file does not say.
const GAP: usize = 4;

fn language(root: &Table<'_>, matching: Matching) -> Result<(usize, Vec<Vec<Text>>), RulesError> {
    let Some(table) = root.table("language")? else {
        return Ok((GAP, vec![Vec::new(); LANGUAGE_KEYS.len()]));
    };
    if matching == Matching::Anywhere {
        let message = "needs whole words; remove it or write matching = \"words\"";
        return Err(table.source.error(table.at, "language", message));
    }
    let gap = match table.integer("gap")? {
        Some((gap @ 0..=20, _)) => usize::try_from(gap).unwrap_or(GAP),
        Some((_, at)) => return Err(table.source.error(at, "language.gap", "is between 0 and 20 words")),
        None => GAP,
    };
    let lists = LANGUAGE_KEYS.iter().map(|key| table.texts(key)).collect::<Result<_, _>>()?;
    table.finish()?;
    Ok((gap, lists))
}

fn all<T>(
    root: &Table<'_>,
    key: &'static str,
    read: impl Fn(&Table<'_>) -> Result<T, RulesError>,
) -> Result<Vec<T>, RulesError> {
    let finish = |table: Table<'_>| {
        let rule = read(&table)?;
        table.finish()?;
        Ok(rule)
    };
    root.tables(key)?.into_iter().map(finish).collect()
}

fn operation(table: &Table<'_>, matching: Matching) -> Result<OperationRule, RulesError> {
    let rule = OperationRule {
        at: table.at,
        category: table.required_text("category")?,
        mentions: table.texts("mentions")?,
        orders: table.texts("orders")?,
        alone: table.texts("alone")?,
        chained: table.texts("chained")?,
        not_followed_by: table.texts("not_followed_by")?,
        subcategories: all(table, "subcategories", |table| choice(table, false))?,
        otherwise: table.required_text("otherwise")?,
        target: table.required_text("target")?,
    };
    let words_only = rule.orders.iter().chain(&rule.alone).chain(&rule.chained).chain(&rule.not_followed_by);
    if let Some(text) = words_only.into_iter().next()
        && matching == Matching::Anywhere
    {
        let message = "needs whole words; with matching = \"anywhere\" only 'mentions' works";
        return Err(table.source.error(text.at, &text.key, message));
    }
    if rule.mentions.is_empty() && rule.orders.is_empty() && rule.alone.is_empty() && rule.chained.is_empty()
    {
        let message = "never fires: give it 'mentions', 'orders' or 'alone'";
        return Err(table.source.error(table.at, &table.path, message));
    }
    Ok(rule)
}

fn target(table: &Table<'_>) -> Result<TargetRule, RulesError> {
    Ok(TargetRule {
        name: table.required_text("name")?,
        choices: all(table, "choices", |table| choice(table, true))?,
        otherwise: table.required_text("otherwise")?,
    })
}

fn choice(table: &Table<'_>, of_target: bool) -> Result<ChoiceRule, RulesError> {
    let rule = ChoiceRule {
        is: table.required_text("is")?,
        mentions: table.texts("mentions")?,
        whole_words: table.texts("whole_words")?,
        and: table.texts("and")?,
        template: if of_target { table.texts("template")? } else { Vec::new() },
    };
    if rule.mentions.is_empty() && rule.whole_words.is_empty() && rule.template.is_empty() {
        return Err(table.source.error(table.at, &table.path, "is never chosen: give it 'mentions'"));
    }
    Ok(rule)
}

fn plain(table: &Table<'_>) -> Result<PlainRule, RulesError> {
    let rule = PlainRule {
        at: table.at,
        signature: table.required_text("signature")?,
        mentions: table.texts("mentions")?,
    };
    if rule.mentions.is_empty() { Err(table.missing("mentions")) } else { Ok(rule) }
}
