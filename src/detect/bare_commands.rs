//! Command lines within a sentence that no mark of code sets apart: 'fix it, then mvn -q package so that I see it'.

use super::clause_reader::ClauseReader;
use super::clauses::Clause;
use super::command_line::{RanOperation, read};
use super::roles::Role;
use super::tokens::{Mark, Token};

/// How many words of a command are read; what follows may be the sentence's own.
const MOST_WORDS: usize = 12;

/// How many words after its beginning may show that a clause says something of a command instead: 'npm ci fails with'.
const NEAR: usize = 5;

/// Reads the command line that a clause consists of, after lead-ins or after a verb of running: the word it begins
/// with, and its operations.
pub(crate) fn read_in(reader: &ClauseReader<'_>, clause: &Clause) -> Option<(usize, Vec<RanOperation>)> {
    let (text, commands) = (reader.text, &reader.rules.commands);
    if !clause.roles.intersects(Role::PROGRAM) && !text.marks.intersects(Mark::PATH) {
        return None;
    }
    let start = start_of_command(reader, clause)?;
    let words = &text.tokens[start..clause.end];
    let (first, last) = (words.first()?, words.last()?);
    let line = text.folded[first.start as usize..last.end as usize].lines().next()?;
    let is_command = commands.begins_within(line, !first.roles.intersects(Role::LANGUAGE));
    if !is_command || is_spoken_of(&words[1..]) {
        return None;
    }
    let end = line.match_indices(' ').nth(MOST_WORDS).map_or(line.len(), |(at, _)| at);
    let found = read(commands, &line[..end]);
    (!found.is_empty()).then_some((start, found))
}

/// The program or path that a clause begins with, after lead-ins and a verb of running.
fn start_of_command(reader: &ClauseReader<'_>, clause: &Clause) -> Option<usize> {
    let text = reader.text;
    let is_path = |at: usize| text.is_path(at, text.group_end(at));
    let roles = |at: usize| text.tokens[at].roles;
    // A path counts as a lead-in, too, and is the command here: `scripts/checkpatch.pl --strict`.
    let begins = |&at: &usize| is_path(at) || reader.step_over(at).is_none();
    let mut start = reader.after_lead_ins(clause).find(begins)?;
    if roles(start).intersects(Role::RUNS) {
        start = (start + 1..clause.end).find(|&at| !roles(at).intersects(Role::SMALL))?;
    }
    let is_program = roles(start).intersects(Role::PROGRAM) || is_path(start);
    let is_set_apart = text.tokens[start].is(Mark::GLUED | Mark::QUOTED | Mark::FENCED | Mark::BRACKETED);
    (is_program && !is_set_apart).then_some(start)
}

/// Whether one of the words near a command's beginning says something of it.
fn is_spoken_of(after: &[Token]) -> bool {
    let spoils = Role::STATES | Role::MODAL | Role::NOT_FOLLOWED_BY;
    let mut near = after.iter().take(NEAR);
    near.any(|word| word.roles.intersects(spoils) && !word.is(Mark::GLUED | Mark::OPTION))
}
