//! Which line of the rules a command is, and which scripts it names.

use std::cmp::Reverse;

use super::arguments::{has, is_assignment};
use super::model::{DirectoryNumber, Line, LinePart, Names, Program, Runner};

/// The words after a program, by kind.
#[derive(Default)]
pub(super) struct Parts<'w> {
    pub words: Vec<&'w str>,
    pub flags: Vec<(&'w str, Option<&'w str>)>,
    /// The directory that a flag names.
    pub directory: Option<DirectoryNumber>,
}

/// The line of a program that says most of those that fit, the first of equals.
pub(super) fn best_line<'p>(program: &'p Program, parts: &Parts<'_>) -> Option<&'p Line> {
    let first = parts.words.first().copied().unwrap_or_default();
    let lists = [program.lines.get(first), program.lines.get("")];
    let fitting = lists.into_iter().flatten().flatten().filter(|line| fits(line, parts));
    fitting.max_by_key(|line| (line.weight(), Reverse(line.number)))
}

fn fits(line: &Line, parts: &Parts<'_>) -> bool {
    let (mut at, mut gap) = (0, false);
    for part in &line.parts {
        match part {
            LinePart::Flag(flag) => {
                if !parts.flags.iter().any(|(name, _)| **flag == **name) {
                    return false;
                }
            }
            LinePart::Gap => gap = true,
            LinePart::Word(wanted) => {
                let rest = &parts.words[at..];
                let reach = if gap { rest.len() } else { rest.len().min(1) };
                let Some(found) = rest[..reach].iter().position(|word| **wanted == **word) else {
                    return false;
                };
                (at, gap) = (at + found + 1, false);
            }
        }
    }
    !line.whole || at == parts.words.len()
}

/// The names of scripts among a runner's words and flags.
pub(super) fn script_names<'w>(
    runner: &'w Runner,
    words: &'w [&'w str],
    flags: &'w [(&'w str, Option<&'w str>)],
) -> impl Iterator<Item = &'w str> {
    let named =
        flags.iter().filter(|(flag, _)| has(&runner.script_flags, flag)).filter_map(|(_, value)| *value);
    let plain = words.iter().copied().filter(|word| !is_assignment(word));
    let plain = plain.take(if runner.names == Names::First { 1 } else { usize::MAX });
    named.chain(plain).flat_map(|names| names.split(','))
}
