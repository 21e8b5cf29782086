//! The words after a program: flags, with their values, and the others.

use std::borrow::Cow;

use super::model::Program;
use crate::rules::LocatedText;

/// A word after the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument<'w> {
    /// `-v`, `--target=all`, `-C dir`
    Flag { name: &'w str, value: Option<&'w str> },
    /// `--`: all that follows is no flag.
    Separator,
    /// Any other word.
    Word(&'w str),
}

/// Reads the words after a program one by one.
pub(super) struct Arguments<'w, 't> {
    program: &'w Program,
    words: &'w [Cow<'t, str>],
    /// The place of the next word.
    pub at: usize,
    flags_end: bool,
}

impl<'w, 't> Arguments<'w, 't> {
    /// `words` begins with the program itself.
    pub(super) fn new(program: &'w Program, words: &'w [Cow<'t, str>]) -> Self {
        Self { program, words, at: 1, flags_end: false }
    }

    fn is_flag(&self, word: &str) -> bool {
        let dash = word.len() > 1 && word.starts_with('-');
        dash || word.chars().next().is_some_and(|first| self.program.flag_marks.contains(&first))
    }

    fn takes_value(&self, flag: &str) -> bool {
        has(&self.program.value_flags, flag) || has(&self.program.directory_flags, flag)
    }

    fn flag(&mut self, word: &'w str) -> Argument<'w> {
        if let Some((name, value)) = word.split_once('=') {
            return Argument::Flag { name, value: Some(value) };
        }
        if self.takes_value(word) {
            let value = self.words.get(self.at).map(AsRef::as_ref);
            self.at += 1;
            return Argument::Flag { name: word, value };
        }
        // `-Cdir`: the value stands right behind a flag of one letter.
        match word.split_at_checked(2) {
            Some((name, value)) if !value.is_empty() && name != "--" && self.takes_value(name) => {
                Argument::Flag { name, value: Some(value) }
            }
            _ => Argument::Flag { name: word, value: None },
        }
    }
}

impl<'w> Iterator for Arguments<'w, '_> {
    type Item = Argument<'w>;

    fn next(&mut self) -> Option<Argument<'w>> {
        let word: &'w str = self.words.get(self.at)?.as_ref();
        self.at += 1;
        if self.flags_end {
            return Some(Argument::Word(word));
        }
        if word == "--" {
            self.flags_end = true;
            return Some(Argument::Separator);
        }
        Some(if self.is_flag(word) { self.flag(word) } else { Argument::Word(word) })
    }
}

/// Whether a list has a word.
pub(super) fn has(list: &[LocatedText], word: &str) -> bool {
    list.iter().any(|known| known.value == word)
}

/// Whether a word is an assignment: `CI=1`.
pub(super) fn is_assignment(word: &str) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let name = word.bytes().take_while(letter).count();
    let rest = &word[name..];
    name > 0
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && (rest.starts_with('=') || rest.starts_with("+="))
}
