//! Requests that are nothing but command lines.

use memchr::memchr2;

use super::arguments::is_assignment;
use super::directories::named_by;
use super::model::{CommandRules, Effect, Program, Runner};
use super::names::{is_file, letters, program_name};
use super::reader::read_if_no_sentence;
use super::{RanOperation, scripts};
use crate::detect::tokenizer::is_ideograph;

/// The longest request that can be nothing but command lines, in bytes.
const LONGEST_REQUEST: usize = 2_000;

/// Reads a request that is nothing but command lines: the instruction to run them. None for a sentence, though it may
/// begin with a program's name: `make the tests pass`.
pub(in crate::detect) fn read_request(rules: &CommandRules, request: &str) -> Option<Vec<RanOperation>> {
    let text = request.trim().trim_matches('`').trim();
    // With '!' an agent's user runs a line of the shell.
    let text = text.strip_prefix("$ ").or_else(|| text.strip_prefix('!')).unwrap_or(text).trim_start();
    let is_line = text.contains(' ') || text.starts_with("./");
    let is_short = text.len() <= LONGEST_REQUEST && !text.ends_with('?') && is_line;
    if !is_short || !rules.begins(text) || is_within_a_sentence(text) {
        return None;
    }
    read_if_no_sentence(rules, text).filter(|operations| !operations.is_empty())
}

/// Whether words of a script without spaces, or of Korean, say something of a command: 'npm test 하면 오류'.
fn is_within_a_sentence(text: &str) -> bool {
    let mut quoted = text.split(['"', '\'', '#']).step_by(2);
    quoted.any(|part| part.contains(is_ideograph))
}

impl CommandRules {
    /// Whether a text begins with a program that the rules know, and does not go on as a sentence that begins so: 'make
    /// the tests pass'.
    fn begins(&self, text: &str) -> bool {
        let mut words = text.split_whitespace().map(|word| word.trim_start_matches(['(', '&', '"', '\'']));
        let first = words.find(|word| !word.is_empty() && !is_assignment(word)).unwrap_or_default();
        if is_file(first) && !first.ends_with('/') {
            return true;
        }
        let Some(program) = self.programs.get(program_name(first).as_ref()) else { return false };
        let (first, rest) = text.split_at(letters(text));
        let Some(rest) = rest.strip_prefix(' ').filter(|_| !first.is_empty()) else { return true };
        let (second, after) = rest.split_at(letters(rest));
        let is_word =
            !second.is_empty() && after.starts_with(' ') && memchr2(b'-', b'(', rest.as_bytes()).is_none();
        !is_word || self.may_follow(program, second)
    }

    /// Whether words in the middle of a sentence begin a command: a program with a flag, or with a word of its own
    /// unless the program has the name of a word that people use (`plain` says that it has not).
    pub(in crate::detect) fn begins_within(&self, text: &str, plain: bool) -> bool {
        let mut words = text.split_ascii_whitespace();
        let program = words.next().and_then(|first| self.programs.get(program_name(first).as_ref()));
        let (Some(program), Some(second)) = (program, words.next()) else { return false };
        let flag = second.len() > 1 && second.starts_with('-');
        flag || plain && self.may_follow(program, second.trim_end_matches([',', '.', ';', ':', ')']))
    }

    /// Whether a word right after a program, where no flag follows, can have to do with it.
    fn may_follow(&self, program: &Program, word: &str) -> bool {
        let of_runner = |runner: &Runner| runner.words.first().is_some_and(|first| **first == *word);
        program.effect != Effect::None
            || !program.wrappers.is_empty()
            || !program.flag_marks.is_empty()
            || program.lines.iter().any(|line| line.may_begin_with(word))
            || program.runners.iter().any(of_runner)
            || named_by(&self.directories, word).is_some()
            || scripts::operation(self, word).is_some()
    }
}
