//! How much of a request the operations found in it are: all of it, or a part.
//!
//! Only a request of which every clause is accounted for is covered as a whole, because sums are built on it: a clause
//! asks for an operation, or only says how, why or when. Whatever is not known to be that is something else to do.

use super::clause_reader::ClauseReader;
use super::clauses::{Clause, Joined};
use super::instructions::{Instruction, Instructions};
use super::model::Atom;
use super::roles::Role;
use super::rule_set::RuleSet;
use super::tokenized_text::TokenizedText;
use super::tokens::{Mark, Token};
use super::word_lists::WordLists;

/// What a clause adds to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// An operation that was found.
    Operation,
    /// How, why, when, or nothing at all.
    Aside,
    /// A statement or a condition; what 'and' joins to it is one, too.
    Statement,
    /// Something else to do; the words from here on.
    More(usize),
}

/// The words `start..end` that ask for something beside the operations found; `None` where nothing does.
pub(crate) fn something_else(
    rules: &RuleSet,
    word_lists: &WordLists,
    text: &TokenizedText,
    instructions: &Instructions,
) -> Option<(usize, usize)> {
    let reader = ClauseReader { rules, word_lists, text };
    let mut before = Says::Aside;
    let mut found = instructions.found.as_slice();
    for (index, clause) in instructions.clauses.iter().enumerate() {
        // What ends before this clause is in no later one.
        while let Some((_, rest)) = found.split_first().filter(|(first, _)| first.end <= clause.start) {
            found = rest;
        }
        let next = instructions.clauses.get(index + 1);
        before = if next.is_some_and(|next| is_bare_verb(&reader, found, clause, next)) {
            Says::Operation
        } else {
            says(&reader, first_in(found, clause), clause, before)
        };
        if let Says::More(start) = before {
            return Some((start, clause.end));
        }
    }
    None
}

/// The first instruction that has a word of a clause.
fn first_in<'i>(found: &'i [Instruction], clause: &Clause) -> Option<&'i Instruction> {
    let mut begun = found.iter().take_while(|one| one.start < clause.end);
    begun.find(|one| clause.start < one.end)
}

fn says(reader: &ClauseReader<'_>, found: Option<&Instruction>, clause: &Clause, before: Says) -> Says {
    let tokens = &reader.text.tokens;
    if let Some(found) = found {
        if is_carried_to_a_verb(reader, found, clause) {
            return Says::More(found.start);
        }
        let goes_on = (clause.start..found.start).find(|&at| tokens[at].roles.intersects(Role::GOES_ON));
        return goes_on.map_or(Says::Operation, |_| Says::More(clause.start));
    }
    if clause.ignored.is_some() {
        return Says::Aside;
    }
    let Some(first) = first_word(reader, clause) else { return Says::Aside };
    let words = &tokens[first..clause.end];
    let has = |words: &[Token], role: Role| words.iter().any(|word| word.roles.intersects(role));
    let roles = words[0].roles;
    if roles.intersects(Role::GOES_ON) {
        return Says::More(first);
    }
    if roles.intersects(Role::NOT | Role::ASIDE | Role::PURPOSE)
        || words.iter().all(|word| word.is(Mark::QUOTED))
    {
        Says::Aside
    } else if clause.question {
        Says::More(first)
    } else if roles.intersects(Role::CONDITION) {
        Says::Statement
    } else if is_statement(words) {
        if has(words, Role::MODAL) { Says::More(first) } else { Says::Statement }
    } else if before == Says::Statement && clause.joined == Joined::And {
        Says::Statement
    } else {
        Says::More(first)
    }
}

/// Whether an instruction has no verb of its own and is found in what may be another verb with its object: in 'commit
/// the changes and *update* the worklog' the word 'update' is none of the things to commit, and in 'build and *copy* the
/// binary' something else is done with it.
fn is_carried_to_a_verb(reader: &ClauseReader<'_>, found: &Instruction, clause: &Clause) -> bool {
    let Some(phrase) = found.phrase.map(|number| &reader.rules.grammar.phrases[number]) else { return false };
    let carried = match phrase.atoms.first() {
        Some((_, Atom::List(list))) => !reader.word_lists.begins(reader.text, found.start, *list),
        _ => false,
    };
    let another_verb =
        reader.text.tokens[found.start].roles.intersects(Role::BEGINS) && found.end < clause.end;
    let verb_before = first_word(reader, clause).is_some_and(|first| first < found.start);
    carried && (another_verb || verb_before)
}

/// Whether a clause is a verb alone that shares the object of an instruction: '*revise* and update the README'.
fn is_bare_verb(reader: &ClauseReader<'_>, found: &[Instruction], clause: &Clause, next: &Clause) -> bool {
    if !matches!(next.joined, Joined::And | Joined::Or | Joined::Comma) {
        return false;
    }
    let Some(verb) = first_word(reader, clause).filter(|first| first + 1 == clause.end) else { return false };
    first_in(found, next).is_some_and(|one| reader.search(*clause).begins(verb, one.operation))
}

/// The first word of a clause that is no lead-in, no target, no option and no path; 'not' is one.
fn first_word(reader: &ClauseReader<'_>, clause: &Clause) -> Option<usize> {
    const SAYS: Role =
        Role::NOT.union(Role::ASIDE).union(Role::STATEMENT).union(Role::CONDITION).union(Role::GOES_ON);
    let mut at = clause.start;
    while at < clause.end {
        if reader.text.tokens[at].roles.intersects(SAYS) {
            return Some(at);
        }
        match reader.step_over(at) {
            Some(next) => at = next,
            None => return Some(at),
        }
    }
    None
}

fn is_statement(words: &[Token]) -> bool {
    let ends = tail(words).iter().any(|word| word.roles.intersects(Role::ENDS_STATEMENT));
    let states = words.get(1).is_some_and(|word| word.roles.intersects(Role::STATES));
    words[0].roles.intersects(Role::STATEMENT) || ends || states
}

/// The last words of a clause, among which an ending of a statement counts.
fn tail(words: &[Token]) -> &[Token] {
    const REACH: usize = 4;
    &words[words.len().saturating_sub(REACH)..]
}
