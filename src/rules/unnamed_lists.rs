//! Lists of `[words]` that nothing names any more, because what named them is switched off or replaced.

use hashbrown::HashSet;

use super::merge::Rules;
use super::source::LocatedText;

/// Leaves out those that come from extended files: a list of one's own that nothing names is a slip, and is reported.
pub(crate) fn leave_out(rules: &mut Rules) {
    let mut named = names_outside(rules);
    let asked = rules.asked;
    // A list may name those above it only.
    rules.words.reverse();
    rules.words.retain(|name, list| {
        let is_kept = list.name.location.file >= asked || named.contains(name);
        if is_kept {
            list.entries.iter().for_each(|text| add_names(text, &mut named));
        }
        is_kept
    });
    rules.words.reverse();
}

/// The lists that are named outside of `[words]`.
fn names_outside(rules: &mut Rules) -> HashSet<String> {
    let mut named = HashSet::new();
    let mut visit = |text: &mut LocatedText| add_names(text, &mut named);
    rules.language.lists_mut().into_iter().flatten().for_each(&mut visit);
    let plain = rules.errors.values_mut().chain(&mut rules.templates);
    plain.flat_map(|rule| &mut rule.mentions).for_each(&mut visit);
    let choices = rules.targets.values_mut().flat_map(|target| &mut target.choices);
    choices.for_each(|choice| choice.each_text(&mut visit));
    rules.operations.values_mut().for_each(|operation| operation.each_text(&mut visit));
    named
}

/// Adds the names in `{run} .. {path:docs} {before:tests}`, without what stands before them.
fn add_names(text: &LocatedText, named: &mut HashSet<String>) {
    for rest in text.value.split('{').skip(1) {
        let name = rest.split('}').next().unwrap_or_default();
        let name = name.strip_prefix("path:").or_else(|| name.strip_prefix("before:")).unwrap_or(name);
        if !named.contains(name) {
            named.insert(name.to_owned());
        }
    }
}
