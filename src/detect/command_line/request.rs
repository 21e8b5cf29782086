//! Requests that are nothing but command lines.

use super::arguments::is_assignment;
use super::directories::named_by;
use super::model::{CommandRules, Effect, Program, Runner};
use super::names::{is_file, program_name};
use super::reader::read_up_to;
use super::{CommandLine, scripts};

/// The longest request that can be nothing but command lines, in bytes.
const LONGEST_REQUEST: usize = 2_000;

/// Reads a request that is nothing but command lines: the order to run them. None for a sentence, though it may begin with
/// a program's name: `make the tests pass`.
pub(in crate::detect) fn read_request(rules: &CommandRules, request: &str) -> Option<CommandLine> {
    let text = request.trim().trim_matches('`').trim();
    let text = text.strip_prefix("$ ").unwrap_or(text);
    let is_short = text.len() <= LONGEST_REQUEST && !text.ends_with('?') && text.contains(' ');
    if !is_short || !rules.begins(text) {
        return None;
    }
    let line = read_up_to(rules, text, 0);
    (line.loose_words == 0 && !line.operations.is_empty()).then_some(line)
}

impl CommandRules {
    /// Whether a text begins with a program that the rules know, and does not go on as a sentence that begins so: 'make
    /// the tests pass'.
    fn begins(&self, text: &str) -> bool {
        let letters = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (first, rest) = text.split_at(letters(text));
        if let (false, Some(rest)) = (first.is_empty(), rest.strip_prefix(' ')) {
            // Nearly all requests.
            let Some(program) = self.programs.get(first.to_ascii_lowercase().as_str()) else { return false };
            let (second, after) = rest.split_at(letters(rest));
            let is_word = !second.is_empty() && after.starts_with(' ') && !rest.contains(['-', '(']);
            return !is_word || self.may_follow(program, second);
        }
        let mut words = text.split_whitespace().map(|word| word.trim_start_matches(['(', '&', '"', '\'']));
        let first = words.find(|word| !word.is_empty() && !is_assignment(word)).unwrap_or_default();
        is_file(first) || self.programs.contains_key(program_name(first).as_ref())
    }

    /// Whether a word right after a program, where no flag follows, can have to do with it.
    fn may_follow(&self, program: &Program, word: &str) -> bool {
        let of_runner = |runner: &Runner| runner.words.first().is_some_and(|first| **first == *word);
        program.effect != Effect::None
            || !program.wrappers.is_empty()
            || !program.flag_marks.is_empty()
            || program.lines.contains_key(word)
            || program.lines.get("").is_some_and(|lines| lines.iter().any(|line| line.has_word(word)))
            || program.runners.iter().any(of_runner)
            || named_by(&self.directories, word).is_some()
            || scripts::operation(self, word).is_some()
    }
}
