//! Which line of the rules a command is, and which scripts it names.

use super::arguments::{has, is_assignment};
use super::model::{DirectoryNumber, Line, LinePart, Program, Runner};

/// The words after a program, by kind.
#[derive(Default)]
pub(super) struct Parts<'w> {
    pub words: Vec<&'w str>,
    pub flags: Vec<(&'w str, Option<&'w str>)>,
    /// The directory that a flag names.
    pub directory: Option<DirectoryNumber>,
}

/// The line of a program that says most of those that fit, the first of equals, and how many words it takes.
pub(super) fn best_line<'p>(program: &'p Program, parts: &Parts<'_>) -> Option<(&'p Line, usize)> {
    let fitting = program.lines.iter().filter_map(|line| Some((line, words_of(line, parts)?)));
    fitting.rev().max_by_key(|(line, _)| line.weight())
}

/// How many words a line takes, if it fits: those up to its last one.
fn words_of(line: &Line, parts: &Parts<'_>) -> Option<usize> {
    let (mut at, mut gap) = (0, false);
    for part in &line.parts {
        match part {
            LinePart::Flag(flag) => {
                if !parts.flags.iter().any(|(name, _)| **flag == **name) {
                    return None;
                }
            }
            LinePart::Gap => gap = true,
            LinePart::Word(wanted) => {
                let rest = &parts.words[at..];
                let reach = if gap { rest.len() } else { rest.len().min(1) };
                let found = rest[..reach].iter().position(|word| **wanted == **word)?;
                (at, gap) = (at + found + 1, false);
            }
        }
    }
    (!line.whole || at == parts.words.len()).then_some(at)
}

/// The runner that a program is with its first words: the one with the most, of equals that of the file that extends.
pub(super) fn best_runner<'p>(program: &'p Program, parts: &Parts<'_>) -> Option<&'p Runner> {
    let fits = |runner: &&Runner| {
        let first_words = parts.words.get(..runner.words.len()).unwrap_or_default();
        first_words.iter().copied().eq(runner.words.iter().map(AsRef::as_ref))
    };
    // `max_by_key` answers the last of equals.
    program.runners.iter().rev().filter(fits).max_by_key(|runner| runner.words.len())
}

/// The names of scripts among a runner's words and flags.
pub(super) fn script_names<'w>(
    runner: &'w Runner,
    words: &'w [&'w str],
    flags: &'w [(&'w str, Option<&'w str>)],
) -> impl Iterator<Item = &'w str> {
    let named =
        flags.iter().filter(|(flag, _)| has(&runner.rule.script_flags, flag)).filter_map(|(_, value)| *value);
    let plain = words.iter().copied().filter(|word| !is_assignment(word));
    let plain = plain.take(if runner.rule.every_word { usize::MAX } else { 1 });
    named.chain(plain).flat_map(|names| names.split(','))
}
