//! Command lines within a sentence that no mark of code sets apart: 'fix it, then mvn -q package so that I see it'.

use super::clause_reader::ClauseReader;
use super::clauses::Clause;
use super::command_line::{RanOperation, read};
use super::roles::Role;
use super::tokens::Mark;

/// How many words of a command are read; what follows may be the sentence's own.
const MOST_WORDS: usize = 12;

/// How many words after its beginning may show that a clause says something of a command instead: 'npm ci fails with'.
const NEAR: usize = 5;

/// Reads the command line that a clause consists of, after lead-ins or after a verb of running: the word it begins
/// with, and its operations.
pub(crate) fn read_in(reader: &ClauseReader<'_>, clause: &Clause) -> Option<(usize, Vec<RanOperation>)> {
    let (text, commands) = (reader.text, &reader.rules.commands);
    let words = &text.tokens[..clause.end];
    if !clause.roles.intersects(Role::PROGRAM) && !text.marks.intersects(Mark::PATH) {
        return None;
    }
    let at = beginning(reader, clause)?;
    let runs = words[at].roles.intersects(Role::RUNS);
    let after = || (at + 1..clause.end).find(|&at| !words[at].roles.intersects(Role::SMALL));
    let start = if runs { after()? } else { at };
    let first = words[start];
    let is_program = first.roles.intersects(Role::PROGRAM) || text.is_path(start, text.group_end(start));
    if !is_program || first.is(Mark::GLUED | Mark::QUOTED | Mark::FENCED | Mark::BRACKETED) {
        return None;
    }
    let line = text.folded[first.start as usize..words[clause.end - 1].end as usize].lines().next()?;
    if !commands.begins_within(line, !first.roles.intersects(Role::LANGUAGE)) {
        return None;
    }
    let spoils = Role::STATES | Role::MODAL | Role::NOT_FOLLOWED_BY;
    let mut near = words[start + 1..].iter().take(NEAR);
    if near.any(|word| word.roles.intersects(spoils) && !word.is(Mark::GLUED | Mark::OPTION)) {
        return None;
    }
    let end = line.match_indices(' ').nth(MOST_WORDS).map_or(line.len(), |(at, _)| at);
    let found = read(commands, &line[..end]);
    (!found.is_empty()).then_some((start, found))
}

/// The first word of a clause that is no lead-in, or is a path: `scripts/checkpatch.pl --strict`.
fn beginning(reader: &ClauseReader<'_>, clause: &Clause) -> Option<usize> {
    let is_path = |at: usize| reader.text.is_path(at, reader.text.group_end(at));
    reader.after_lead_ins(clause).find(|&at| is_path(at) || reader.step_over(at).is_none())
}
