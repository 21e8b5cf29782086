//! From the words of commands to operations.

use std::borrow::Cow;

use super::arguments::{Argument, Arguments, has};
use super::directories::{WorkingDirectory, named_by};
use super::lexer;
use super::lines::{Parts, best_line, best_runner, script_names};
use super::model::{CommandRules, DirectoryNumber, Effect, OperationNumber, Program};
use super::names::{is_file, program_name, without_prefix};
use super::script::{Shell, Step};
use super::wrappers::{Inner, WrapperReader};
use super::{RanOperation, scripts};
use crate::rules::Location;
use crate::signature::Signature;

/// How many wrappers and shells within shells are looked through.
const DEEPEST: usize = 12;

/// How many words of one command are looked at: each wrapper looks at them again.
const MOST_WORDS: usize = 10_000;

/// How much of a text is looked at to tell PowerShell from other shells, in bytes.
const SHELL_SIGNS: usize = 4096;

/// The operations of a text.
pub(in crate::detect) fn read(rules: &CommandRules, text: &str) -> Vec<RanOperation> {
    Reader::new(rules, Prose::Ignored).read(text).found
}

/// The same of a text that is no sentence: a command line has no word that no rule accounts for and that could stand in
/// one.
pub(super) fn read_if_no_sentence(rules: &CommandRules, text: &str) -> Option<Vec<RanOperation>> {
    let reader = Reader::new(rules, Prose::LookedFor).read(text);
    (reader.prose == Prose::LookedFor).then_some(reader.found)
}

/// Whether words that could stand in a sentence are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prose {
    Ignored,
    LookedFor,
    Found,
}

/// What stands around a command.
#[derive(Clone, Copy, Default)]
struct Around {
    /// The directory that the wrappers name.
    directory: Option<DirectoryNumber>,
    /// How many wrappers.
    depth: usize,
}

impl Around {
    fn wrapped(self, directory: Option<DirectoryNumber>) -> Self {
        Self { directory: directory.or(self.directory), depth: self.depth + 1 }
    }
}

struct Reader<'r> {
    rules: &'r CommandRules,
    found: Vec<RanOperation>,
    directory: WorkingDirectory,
    prose: Prose,
}

impl<'r> Reader<'r> {
    fn new(rules: &'r CommandRules, prose: Prose) -> Self {
        Self { rules, found: Vec::new(), directory: WorkingDirectory::default(), prose }
    }

    fn read(mut self, text: &str) -> Self {
        if !self.rules.programs.is_empty() {
            self.text(text, Around::default());
        }
        self
    }

    fn text(&mut self, text: &str, around: Around) {
        let script = lexer::read(text, self.shell_of(text));
        let mut left = Vec::new();
        for step in &script.steps {
            if self.prose == Prose::Found {
                return;
            }
            match step {
                Step::Enter => left.push(self.directory.get()),
                Step::Leave => left.pop().into_iter().for_each(|mark| self.directory.set(mark)),
                Step::Command { words, input } => self.command(&script.words[words.clone()], *input, around),
            }
        }
    }

    fn shell_of(&self, text: &str) -> Shell {
        let start = &text.as_bytes()[..text.len().min(SHELL_SIGNS)];
        let signs = &self.rules.powershell;
        let powershell = signs.iter().any(|sign| sign.find(start).is_some());
        if powershell { Shell::PowerShell } else { Shell::Posix }
    }

    fn command(&mut self, words: &[Cow<'_, str>], input: Option<&str>, around: Around) {
        let words = without_prefix(&words[..words.len().min(MOST_WORDS)]);
        let Some(first) = words.first() else { return };
        let name = program_name(first);
        let Some(program) = self.program(&name) else {
            self.loose(words.iter().map(AsRef::as_ref));
            return self.unknown(first, &name, around);
        };
        match program.effect {
            Effect::None => {}
            Effect::ChangeDirectory => return self.change_directory(words),
            Effect::ChangeBack => return self.directory.change_back(),
        }
        let before = self.found.len();
        self.inside(program, words, input, around);
        if self.found.len() == before {
            self.own(program, words, around);
        }
    }

    fn change_directory(&mut self, words: &[Cow<'_, str>]) {
        // `cd /d C:\work` and `Set-Location -Path work`
        let path = words[1..].iter().find(|word| !(word.starts_with('-') && word.len() > 1) && *word != "/d");
        if let Some(path) = path {
            self.directory.change(&self.rules.directories, path);
        }
    }

    /// What the rules say of a program; `python3.12` is python.
    fn program(&self, name: &str) -> Option<&'r Program> {
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
        let programs = &self.rules.programs;
        programs.get(name).or_else(|| programs.get(plain).filter(|_| plain.len() < name.len()))
    }

    /// A program that no rule knows: it may be a script of the project.
    fn unknown(&mut self, word: &str, name: &str, around: Around) {
        let stem = name.split('.').next().unwrap_or_default();
        if is_file(word)
            && let Some(operation) = scripts::operation_of_file(self.rules, stem)
        {
            self.add(operation, around.directory.or(self.directory.named()));
        }
    }

    /// The command that a program runs, if it does.
    fn inside(&mut self, program: &Program, words: &[Cow<'_, str>], input: Option<&str>, around: Around) {
        if around.depth == DEEPEST {
            return;
        }
        let fitting = program.wrappers.iter().filter_map(|wrapper| {
            let mut reader = WrapperReader::new((wrapper, program), &self.rules.directories);
            let inner = reader.read(words, input)?;
            Some((wrapper, inner, reader.directory))
        });
        // Of equals, which of `max_by_key` takes the last, the first is wanted.
        let most = fitting.rev().max_by_key(|(wrapper, ..)| wrapper.words.len());
        let Some((_, inner, directory)) = most else { return };
        let around = around.wrapped(directory);
        match inner {
            Inner::Words(words) => {
                let only_wraps = program.runners.is_empty() && program.lines.is_empty();
                if only_wraps || self.is_known(words) {
                    self.command(words, input, around);
                }
            }
            Inner::ArgumentsOf(program, rest) => {
                let words: Vec<Cow<'_, str>> =
                    std::iter::once(Cow::Borrowed(program)).chain(rest.iter().cloned()).collect();
                self.command(&words, None, around);
            }
            Inner::Lines(lines) => {
                let mark = self.directory.get();
                for line in lines {
                    self.text(line, around);
                    self.directory.set(mark);
                }
            }
        }
    }

    fn is_known(&self, words: &[Cow<'_, str>]) -> bool {
        let known = |word: &Cow<'_, str>| is_file(word) || self.program(&program_name(word)).is_some();
        without_prefix(words).first().is_some_and(known)
    }

    /// What a program does itself.
    fn own(&mut self, program: &Program, words: &[Cow<'_, str>], around: Around) {
        let parts = self.parts(program, words);
        if parts.flags.iter().any(|(flag, value)| value.is_none() && has(&self.rules.about_flags, flag)) {
            return;
        }
        let line = best_line(program, &parts);
        let exact = line.is_some_and(|(line, _)| line.weight() > 0);
        let named = parts.directory.or(around.directory).or(self.directory.named());
        if !exact && self.scripts(program, &parts, named) {
            return;
        }
        let of_line = |word: &str| line.is_some_and(|(line, _)| line.has_word(word));
        self.loose(parts.words.iter().copied().filter(|word| !of_line(word)));
        if let Some((line, taken)) = line {
            let named = named.or_else(|| named_in_words(self.rules, &parts.words[taken..]));
            self.add(line.operation, named);
        }
    }

    fn parts<'w>(&self, program: &'w Program, words: &'w [Cow<'_, str>]) -> Parts<'w> {
        let mut parts = Parts::default();
        for argument in Arguments::new(program, words) {
            match argument {
                Argument::Flag { name, value } => {
                    if has(&program.directory_flags, name) {
                        let named = value.and_then(|value| named_by(&self.rules.directories, value));
                        parts.directory = parts.directory.or(named);
                    }
                    parts.flags.push((name, value));
                }
                Argument::Word(word) => parts.words.push(word),
                Argument::Separator => {}
            }
        }
        parts
    }

    /// The scripts that a runner runs. Whether there are any that the rules know.
    fn scripts(&mut self, program: &Program, parts: &Parts<'_>, named: Option<DirectoryNumber>) -> bool {
        let Some(runner) = best_runner(program, parts) else { return false };
        let (rules, before) = (self.rules, self.found.len());
        let words = &parts.words[runner.words.len()..];
        let named = named.or_else(|| named_in_words(rules, words));
        let arguments = if runner.rule.every_word { words.len() } else { 1.min(words.len()) };
        self.loose(words[arguments..].iter().copied());
        for script in script_names(runner, words, &parts.flags) {
            if self.prose == Prose::Found {
                return false;
            }
            if let Some(operation) = scripts::operation(rules, script) {
                self.add(runner.renamed(operation), named_by(&rules.directories, script).or(named));
            } else {
                self.loose([script].into_iter());
            }
        }
        self.found.len() > before
    }

    /// Takes notice of words that no rule accounts for.
    fn loose<'w>(&mut self, mut words: impl Iterator<Item = &'w str>) {
        let names = &self.rules.directories;
        let of_sentence = |word: &str| {
            let letters = word.trim_end_matches([',', '.', '!', '?', ':', ';']);
            !letters.is_empty()
                && letters.chars().all(|c| c.is_alphabetic() || c == '\'')
                && named_by(names, word).is_none()
        };
        if self.prose == Prose::LookedFor && words.any(of_sentence) {
            self.prose = Prose::Found;
        }
    }

    fn add(&mut self, number: OperationNumber, named: Option<DirectoryNumber>) {
        let Some(operation) = self.rules.operations.get(usize::from(number)) else { return };
        let choice = operation.target.zip(named);
        let choice = choice.and_then(|(target, named)| self.rules.directories[named][target]);
        let signature = choice.map_or(operation.signatures.last(), |choice| operation.signatures.get(choice));
        let Some(&signature) = signature else { return };
        if self.found.iter().all(|known| known.signature != signature) {
            self.found.push(RanOperation { signature, target_named: choice.is_some() });
        }
    }
}

/// The directory that words name; none where they name several.
fn named_in_words(rules: &CommandRules, words: &[&str]) -> Option<DirectoryNumber> {
    let mut named = words.iter().filter_map(|word| named_by(&rules.directories, word));
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)
}

impl CommandRules {
    /// The names of all programs that the rules know.
    pub(in crate::detect) fn program_names(&self) -> impl Iterator<Item = &str> {
        self.programs.keys().map(|name| &**name)
    }

    /// Whether the rules say nothing of commands.
    pub(in crate::detect) fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    pub(in crate::detect) fn has_category(&self, category: &str) -> bool {
        self.operations.iter().any(|operation| operation.category() == category)
    }

    /// Where the rule of a signature stands.
    pub(in crate::detect) fn location_of(&self, signature: &Signature) -> Option<Location> {
        let name = format!("{}:{}", signature.category(), signature.subcategory());
        self.operations.iter().find(|operation| *operation.name == name).map(|operation| operation.location)
    }
}
