//! What the name of a script or target says: `test:unit`, `build-docker`, `:core:compileKotlin`.

use super::model::{CommandRules, Extent, NO_OPERATION, OperationNumber, ScriptName};

/// The longest name that is looked at, in bytes.
const LONGEST: usize = 100;

/// The operation of a script by its name.
pub(super) fn operation(rules: &CommandRules, name: &str) -> Option<OperationNumber> {
    let words = words(name);
    // `:server:compileKotlin`: the task of a project has the project before it.
    let task = || best(rules, &self::words(name.rsplit_once(':')?.1), |_| true);
    let found = best(rules, &words, |_| true).or_else(task);
    if found == Some(NO_OPERATION) {
        return None;
    }
    let category = found.map(|number| rules.operations[usize::from(number)].category());
    // `test:jest`: a program's name among the words says which tool.
    let tool = words.iter().filter_map(|word| rules.programs.get(word.as_str())?.bare()).find(|&number| {
        number != NO_OPERATION
            && category.is_none_or(|category| rules.operations[usize::from(number)].category() == category)
    });
    tool.or(found)
}

/// The operation of a script's file: only if its whole name says so, because files of code have all sorts of names.
pub(super) fn operation_of_file(rules: &CommandRules, name: &str) -> Option<OperationNumber> {
    let whole = |name: &ScriptName| name.extent == Extent::Whole;
    best(rules, &words(name), whole).filter(|&number| number != NO_OPERATION)
}

/// The operation of the name that says most of those that fit, the first of equals.
fn best(rules: &CommandRules, words: &[String], of: impl Fn(&ScriptName) -> bool) -> Option<OperationNumber> {
    let lists = [words.first()?, words.last()?].map(|word| rules.scripts.get(word.as_str()));
    let fitting = lists.into_iter().flatten().flatten().filter(|name| of(name) && fits(name, words));
    fitting.rev().max_by_key(|name| weight(name)).map(|name| name.operation)
}

fn fits(name: &ScriptName, words: &[String]) -> bool {
    let parts = || name.words.iter().map(AsRef::as_ref);
    let same = |words: &[String]| words.iter().map(String::as_str).eq(parts());
    match name.extent {
        Extent::Whole => same(words),
        Extent::Beginning => words.get(..name.words.len()).is_some_and(same),
        Extent::End => words.len().checked_sub(name.words.len()).is_some_and(|from| same(&words[from..])),
    }
}

/// How exactly a name says what is run.
fn weight(name: &ScriptName) -> (bool, usize, bool) {
    (name.extent == Extent::Whole, name.words.len(), name.extent == Extent::Beginning)
}

/// The words of a name, in lower case: `compileKotlin` has two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    if name.len() > LONGEST {
        return words;
    }
    let mut small = false;
    for letter in name.chars() {
        if letter.is_alphanumeric() {
            if words.is_empty() || (small && letter.is_uppercase()) {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        } else if words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}
