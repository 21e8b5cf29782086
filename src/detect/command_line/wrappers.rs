//! What a wrapper runs: the command behind its own words and flags.

use std::borrow::Cow;

use super::arguments::{Argument, Arguments, has, is_assignment};
use super::directories::named_by;
use super::model::{DirectoryNames, DirectoryNumber, Program, Wrapper};

/// Where the command within a wrapper stands.
pub(super) enum Inner<'w, 't> {
    Words(&'w [Cow<'t, str>]),
    /// The arguments of a program.
    ArgumentsOf(&'w str, &'w [Cow<'t, str>]),
    Lines(Vec<&'w str>),
}

/// Reads the words behind a wrapper's program one by one.
pub(super) struct WrapperReader<'w> {
    wrapper: &'w Wrapper,
    program: &'w Program,
    names: &'w DirectoryNames,
    /// How many of its own words were read, and how many of those between it and the command.
    known: usize,
    skipped: u64,
    /// The directory that it names, once it is read.
    pub directory: Option<DirectoryNumber>,
}

impl<'w> WrapperReader<'w> {
    pub(super) fn new((wrapper, program): (&'w Wrapper, &'w Program), names: &'w DirectoryNames) -> Self {
        Self { wrapper, program, names, known: 0, skipped: 0, directory: None }
    }

    /// The command in the wrapper.
    pub(super) fn read<'t>(
        &mut self,
        words: &'w [Cow<'t, str>],
        input: Option<&'w str>,
    ) -> Option<Inner<'w, 't>> {
        let (wrapper, rule) = (self.wrapper, &self.wrapper.rule);
        let mut arguments = Arguments::new(self.program, words);
        let mut lines = Vec::new();
        while let Some(argument) = arguments.next() {
            let rest = &words[arguments.at.min(words.len())..];
            match argument {
                Argument::Flag { name, .. } if has(&rule.not_with, name) => return None,
                Argument::Flag { name, .. } if has(&rule.command_flags, name) => {
                    return Some(Inner::Words(rest));
                }
                Argument::Flag { name, value } if has(&rule.line_flags, name) => {
                    let line = value.or(rest.first().map(AsRef::as_ref))?;
                    return Some(Inner::Lines(vec![line]));
                }
                Argument::Flag { name, value } => self.flag(name, value),
                Argument::Separator if self.known < wrapper.words.len() => return None,
                Argument::Separator if rule.line_operands || rule.only_after_flags => {}
                Argument::Separator => return self.around(rest),
                Argument::Word(word) => match wrapper.words.get(self.known) {
                    Some(wanted) if **wanted != *word => return None,
                    Some(_) => self.known += 1,
                    None if self.is_skipped(word) => {}
                    None if rule.line_operands => lines.push(word),
                    None => return self.around(&words[arguments.at - 1..]),
                },
            }
        }
        lines.extend(input.filter(|_| rule.reads_input));
        (!lines.is_empty()).then_some(Inner::Lines(lines))
    }

    fn flag(&mut self, name: &str, value: Option<&str>) {
        if has(&self.program.directory_flags, name) {
            self.directory = self.directory.or(value.and_then(|value| named_by(self.names, value)));
        }
    }

    /// Whether a word is neither the command nor a line: one that stands before the command, or no name at all.
    fn is_skipped(&mut self, word: &str) -> bool {
        if self.wrapper.rule.only_after_flags || (self.skipped == 0 && is_assignment(word)) {
            return true;
        }
        let skip = self.wrapper.rule.skip.as_ref().map_or(0, |skip| *skip.get_ref());
        let is_skipped = self.skipped < skip;
        if is_skipped {
            self.skipped += 1;
            self.directory = self.directory.or_else(|| named_by(self.names, word));
        }
        is_skipped
    }

    /// The command that these words are.
    fn around<'t>(&self, words: &'w [Cow<'t, str>]) -> Option<Inner<'w, 't>> {
        match &self.wrapper.rule.program {
            Some(program) => Some(Inner::ArgumentsOf(&program.value, words)),
            None => (!words.is_empty()).then_some(Inner::Words(words)),
        }
    }
}
