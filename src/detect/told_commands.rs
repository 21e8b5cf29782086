//! Command lines within a request that it says to run: a code span, a code block, lines at a shell's prompt.

use std::cell::LazyCell;

use super::clause_reader::ClauseReader;
use super::clauses::Clause;
use super::command_line::{RanOperation, read};
use super::folding::places;
use super::instructions::{Asked, Instruction, Instructions};
use super::roles::Role;
use super::tokens::{Link, Mark, Token};

/// How many words may stand between the verb and the code: 'run the following command'.
const MOST_BETWEEN: usize = 4;

/// Code that a request says to run.
struct Told {
    /// The verb, a token.
    verb: usize,
    /// The code, in bytes of the folded text.
    code: (usize, usize),
    /// The token after it.
    end: usize,
}

/// Puts the operations of the command lines that a request says to run in place of what phrases found in their words.
pub(crate) fn find(reader: &ClauseReader<'_>, request: &str, instructions: &mut Instructions) {
    let rules = &reader.rules.commands;
    if memchr::memchr2(b'`', b'$', reader.text.folded.as_bytes()).is_none() {
        return;
    }
    // Commands are read as they were typed, because upper and lower case differ in them.
    let places = LazyCell::new(|| (!request.is_ascii()).then(|| places(request, true)));
    let original =
        |at: usize| places.as_ref().map_or(at, |places| places.get(at).copied().unwrap_or(request.len()));
    let (mut ran, mut after) = (Vec::new(), 0);
    for index in 0..instructions.clauses.len() {
        let clause = instructions.clauses[index];
        let told = (clause.start >= after && clause.ignored.is_none()).then(|| told_in(reader, &clause));
        let Some(told) = told.flatten() else { continue };
        after = told.end;
        let code = request.get(original(told.code.0)..original(told.code.1)).unwrap_or_default();
        let operations = read(rules, code);
        let instruction = |one: &RanOperation| Instruction {
            asked: Asked::Command(one.signature),
            start: told.verb,
            end: told.end,
            region: (clause.start, told.end),
            chain: 0,
        };
        ran.extend(operations.iter().map(instruction));
    }
    if !ran.is_empty() {
        put_in(&mut instructions.found, &ran);
    }
}

/// Puts instructions in place of those that begin within them. Both are in the order of the text.
fn put_in(found: &mut Vec<Instruction>, ran: &[Instruction]) {
    let within = |one: &Instruction| {
        let before = ran[..ran.partition_point(|ran| ran.start <= one.start)].last();
        before.is_some_and(|ran| one.start < ran.end)
    };
    found.retain(|one| !within(one));
    found.extend(ran);
    found.sort_by_key(|one| one.start);
    let mut chain = 0;
    for one in found {
        chain = one.chain.max(chain);
        one.chain = chain;
    }
}

/// The code that a clause says to run.
fn told_in(reader: &ClauseReader<'_>, clause: &Clause) -> Option<Told> {
    let (text, tokens) = (reader.text, &reader.text.tokens);
    let verb = verb_of(reader, clause)?;
    let from = tokens[verb].end as usize;
    // Code farther away is not looked for, or each clause with a verb would search all of the text.
    let near = tokens.get(verb + MOST_BETWEEN + 1).map_or(text.folded.len(), |token| token.start as usize);
    let code = code_after(&text.folded, (from, near))?;
    let mut between = tokens[verb + 1..].iter().take_while(|token| (token.start as usize) < code.0);
    if between.any(|token| token.link == Link::Sentence || token.roles.intersects(Role::NOT)) {
        return None;
    }
    let end = text.token_from(code.1);
    (!is_reported(tokens, end)).then_some(Told { verb, code, end })
}

/// Whether what follows code says that it ran: 'run `npm test` *fails*', or the output right below a prompt.
fn is_reported(tokens: &[Token], end: usize) -> bool {
    tokens.get(end).is_some_and(|next| match next.link {
        Link::None => next.roles.intersects(Role::NOT_FOLLOWED_BY),
        Link::Line => tokens[end - 1].is(Mark::PROMPT) && !next.is(Mark::PARAGRAPH | Mark::PROMPT),
        _ => false,
    })
}

/// The verb of running that a clause begins with, after lead-ins.
fn verb_of(reader: &ClauseReader<'_>, clause: &Clause) -> Option<usize> {
    let token = |at: usize| &reader.text.tokens[at];
    let decides = |&at: &usize| {
        token(at).roles.intersects(Role::RUNS | Role::NOT) || token(at).is(Mark::QUOTED | Mark::FENCED)
    };
    let verb = reader.after_lead_ins(clause).find(decides);
    verb.filter(|&at| token(at).roles.intersects(Role::RUNS))
}

/// The first code that begins within `from..near`: a code span, a code block, or a line at a shell's prompt.
fn code_after(text: &str, (from, near): (usize, usize)) -> Option<(usize, usize)> {
    let end_of = |start: usize, end: &str| text[start..].find(end).map_or(text.len(), |end| start + end);
    let at = from + memchr::memchr2(b'`', b'$', text.as_bytes().get(from..near)?)?;
    if text[at..].starts_with('$') {
        // What searches the rest of the text comes last: each clause may have such a mark.
        let begins_line = text[at..].starts_with("$ ") && text[..at].trim_end_matches(' ').ends_with('\n');
        return begins_line.then(|| (at + 2, end_of(at, "\n")));
    }
    if text[at..].starts_with("```") {
        let start = at + text[at..near].find('\n')?;
        return Some((start, end_of(start, "```")));
    }
    let end = text[at + 1..].find(['`', '\n']).map(|end| at + 1 + end)?;
    text[end..].starts_with('`').then_some((at + 1, end))
}
