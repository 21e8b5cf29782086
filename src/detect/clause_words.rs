//! What the words of a clause tell about it, whatever the clauses before it say.

use super::clause_reader::ClauseReader;
use super::clauses::{Clause, Joined};
use super::instructions::{Asked, Instruction};
use super::roles::Role;
use super::tokenized_text::TokenizedText;
use super::tokens::{Mark, Token, WordId, has};

/// How many words at the beginning or at the end of a clause tell what it is.
const REACH: usize = 4;

/// The first instruction with a word in a clause.
pub(crate) fn first_in<'i>(found: &'i [Instruction], clause: &Clause) -> Option<&'i Instruction> {
    let mut begun = found.iter().take_while(|one| one.start < clause.end);
    begun.find(|one| clause.start < one.end)
}

/// Whether the ending of a verb begins at a character: 'して'.
pub(crate) fn is_ending(word: &Token) -> bool {
    word.is(Mark::IDEOGRAPH) && word.roles.intersects(Role::GOES_ON)
}

/// Whether the words `start..end` are one: a name, or a word of the rules.
pub(crate) fn is_one_word(text: &TokenizedText, start: usize, end: usize) -> bool {
    text.group_end(start) == end || text.matches_at(start).iter().any(|word| word.end as usize == end)
}

/// Whether a word is the name of a value: 'remote=origin'.
pub(crate) fn is_assignment(text: &TokenizedText, at: usize) -> bool {
    text.folded.as_bytes().get(text.tokens[at].end as usize) == Some(&b'=')
}

/// Whether a clause that begins with a preposition asks for nothing: it goes on with a sentence ('run the tests, in
/// api/ only'), a comma ends it, or it is short. 'In the settings page add a toggle' asks for something.
pub(crate) fn is_constraint(words: &[Token], clause: &Clause, next: Option<&Clause>) -> bool {
    const SHORT: usize = 4;
    if matches!(clause.joined, Joined::Comma | Joined::Or)
        || next.is_some_and(|next| next.joined == Joined::Comma)
    {
        return true;
    }
    words.iter().filter(|word| !word.is(Mark::GLUED)).count() <= SHORT && !has(words, Role::CREATES)
}

/// Whether an instruction has no verb of its own and is found in what may be another verb with its object: in 'commit
/// the changes and *update* the worklog' the word 'update' is none of the things to commit, and in 'build and *copy*
/// the binary' something else is done with it.
pub(crate) fn is_carried_to_a_verb(reader: &ClauseReader<'_>, found: &Instruction, clause: &Clause) -> bool {
    let Asked::Operation(_, Some(phrase)) = found.asked else { return false };
    if reader.has_verb(&reader.rules.grammar.phrases[phrase], found.start) != Some(false) {
        return false;
    }
    let verb_before = first_word(reader, clause, Role::empty()).is_some_and(|first| first < found.start);
    verb_before && !reader.text.tokens[found.start].is(Mark::IDEOGRAPH)
        || begins_with_a_verb(reader, found, clause)
}

/// Whether the first word of an instruction may be a verb, and what follows its object.
fn begins_with_a_verb(reader: &ClauseReader<'_>, found: &Instruction, clause: &Clause) -> bool {
    let word = &reader.text.tokens[found.start];
    let end = reader.text.group_end(found.start);
    if reader.text.is_path(found.start, end) {
        return false;
    }
    let has_more = end < found.end;
    // 'in the backend' is no object: 'run lint and *tests in* the backend'.
    let then = reader.text.tokens[found.end..clause.end.max(found.end)].first();
    let has_object = has_more || then.is_some_and(|word| !word.roles.intersects(Role::PREPOSITION));
    // What begins with a word that nobody knows may be a verb: 'commit it and *resume* the work'.
    let unknown = word.word == WordId(0) && has_more;
    word.roles.intersects(Role::BEGINS) && has_object || unknown || word.roles.intersects(Role::GOES_ON)
}

/// Whether a clause is a word alone that shares the rest of the next one: a verb its object ('*revise* and update the
/// README'), an object its verb, where that comes last ('*README*とCHANGELOGを更新して').
pub(crate) fn is_shared(
    reader: &ClauseReader<'_>,
    found: &[Instruction],
    clause: &Clause,
    next: &Clause,
) -> bool {
    if !matches!(next.joined, Joined::And | Joined::Or | Joined::Comma) {
        return false;
    }
    let Some(word) = first_word(reader, clause, Role::empty()) else { return false };
    let Some(one) = first_in(found, next) else { return false };
    let is_alone = is_one_word(reader.text, word, clause.end);
    let verb_last = reader.text.tokens[one.end - 1].is(Mark::IDEOGRAPH);
    if verb_last {
        return is_alone || ends_with_path(reader.text, clause);
    }
    is_alone && one.operation().is_some_and(|operation| reader.search(clause).begins(word, operation))
}

fn ends_with_path(text: &TokenizedText, clause: &Clause) -> bool {
    let groups = (clause.start..clause.end).rev();
    let start = groups.into_iter().find(|&at| !text.tokens[at].is(Mark::GLUED));
    start.is_some_and(|start| text.is_path(start, clause.end))
}

/// Whether a clause begins after an opening parenthesis: '(no need for the images)'.
pub(crate) fn is_parenthesis(text: &TokenizedText, clause: &Clause) -> bool {
    let before = clause.start.checked_sub(1).map_or(0, |before| text.tokens[before].end as usize);
    text.folded[before..text.tokens[clause.start].start as usize].contains(['(', '（'])
}

/// The first word of a clause that is no lead-in, no target, no option and no path. Words that say something of the
/// clause count, even as lead-ins: 'not', prepositions, those with a role of `detail`.
pub(crate) fn first_word(reader: &ClauseReader<'_>, clause: &Clause, detail: Role) -> Option<usize> {
    const SAYS: Role =
        Role::NOT.union(Role::ASIDE).union(Role::STATEMENT).union(Role::CONDITION).union(Role::GOES_ON);
    let says = SAYS | Role::PREPOSITION | Role::LOOKS | detail;
    reader.after_lead_ins(clause).find(|&at| {
        let token = &reader.text.tokens[at];
        let says = token.roles.intersects(says) && !is_lead_in_of_more(token, detail);
        says || reader.step_over(at).is_none()
    })
}

/// Whether a lead-in of several words begins here: '*we should* start with the tests' says nothing yet.
fn is_lead_in_of_more(token: &Token, detail: Role) -> bool {
    const DECIDES: Role = Role::ASIDE.union(Role::GOES_ON).union(Role::NOT).union(Role::CONDITION);
    token.skip > 1 && token.roles.intersects(Role::LEAD_IN) && !token.roles.intersects(DECIDES | detail)
}

/// Whether words only end the work: 'commit and *finish here*'. An ending of the verb may follow: '反映*してください*'.
pub(crate) fn is_closing(words: &[Token]) -> bool {
    const LONGEST_ENDING: usize = 6;
    let mut closes = false;
    let mut at = 0;
    while let Some(word) = words.get(at)
        && word.roles.intersects(Role::CLOSING | Role::SKIPPED)
    {
        closes |= word.roles.intersects(Role::CLOSING);
        at += usize::from(word.skip.max(1));
    }
    let rest = words.get(at..).unwrap_or_default();
    let ending = rest.first().is_some_and(is_ending) && rest.len() <= LONGEST_ENDING;
    (closes || words.len() <= 2) && (ending || closes && rest.is_empty())
}

pub(crate) fn is_statement(words: &[Token]) -> bool {
    begins_statement(words) || has(tail(words), Role::ENDS_STATEMENT)
}

/// Whether words begin as a statement does: 'I ran it', 'tests are green'.
pub(crate) fn begins_statement(words: &[Token]) -> bool {
    let states = words.get(1).is_some_and(|word| word.roles.intersects(Role::STATES));
    states || words[0].roles.intersects(Role::STATEMENT)
}

/// The first words of a clause, among which one tells what it is.
pub(crate) fn head(words: &[Token]) -> &[Token] {
    &words[..words.len().min(REACH)]
}

/// The last words of a clause, among which an ending of a statement counts.
pub(crate) fn tail(words: &[Token]) -> &[Token] {
    &words[words.len().saturating_sub(REACH)..]
}
