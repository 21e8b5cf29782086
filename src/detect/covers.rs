//! How much of a request the operations found in it are: all of it, or a part.
//!
//! Only a request of which every clause is accounted for is covered as a whole, because savings are computed from it: a
//! clause asks for an operation, or only says how, why or when. Whatever is not known to be that is something else to
//! do.

use super::clause_reader::ClauseReader;
use super::clause_words::{
    first_in, first_word, head, is_assignment, is_carried_to_a_verb, is_closing, is_constraint, is_ending,
    is_one_word, is_parenthesis, is_shared, is_statement, tail,
};
use super::clauses::{Clause, Ignored, Joined};
use super::instructions::{Instruction, Instructions};
use super::model::Position;
use super::roles::Role;
use super::tokens::{Link, Mark, Token, WordId, has};

/// What a clause adds to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// An operation that was found.
    Operation,
    /// How, why, when, or nothing at all.
    Aside,
    /// How an operation is done; a word alone that is joined to it is that, too.
    Detail,
    /// What is to be reported, in a sentence that asks for an operation: 'and tell me'.
    Report,
    /// A statement; what 'and' joins to it is one, too.
    Statement,
    /// A condition; the same.
    Condition,
    /// Something else to do; the words from here on.
    More(usize),
}

/// The words `start..end` that ask for something beside the operations found; `None` where nothing does.
pub(crate) fn something_else(
    reader: &ClauseReader<'_>,
    instructions: &Instructions,
) -> Option<(usize, usize)> {
    let (clauses, mut found) = (instructions.clauses.as_slice(), instructions.found.as_slice());
    let (mut last, mut before) = (None, Says::Aside);
    for (index, clause) in clauses.iter().enumerate() {
        while let Some((first, rest)) = found.split_first()
            && first.end <= clause.start
        {
            (last, found) = (Some(first), rest);
        }
        let next = clauses.get(index + 1);
        before = ClauseCoverage { reader: *reader, clause, next, found, last, before }.read();
        if let Says::More(start) = before {
            return Some((start, clause.end));
        }
    }
    None
}

/// A clause and what decides what it adds to the request.
#[derive(Clone, Copy)]
struct ClauseCoverage<'r> {
    reader: ClauseReader<'r>,
    clause: &'r Clause,
    next: Option<&'r Clause>,
    /// The instructions that do not end before the clause.
    found: &'r [Instruction],
    /// The last one that does.
    last: Option<&'r Instruction>,
    /// What the clause before says.
    before: Says,
}

/// Words of a clause, and the instructions before and after them.
#[derive(Clone, Copy)]
struct Stretch<'r> {
    start: usize,
    end: usize,
    last: Option<&'r Instruction>,
    next: Option<&'r Instruction>,
}

impl<'r> ClauseCoverage<'r> {
    fn read(&self) -> Says {
        let (reader, clause) = (&self.reader, self.clause);
        if self.next.is_some_and(|next| is_shared(reader, self.found, clause, next)) {
            return Says::Operation;
        }
        match first_in(self.found, clause) {
            Some(first) if !is_carried_to_a_verb(reader, first, clause) => self.instructs(),
            _ => self.says(),
        }
    }

    fn tokens(&self) -> &'r [Token] {
        &self.reader.text.tokens
    }

    fn roles(&self, at: usize) -> Role {
        self.tokens()[at].roles
    }

    /// What the clause says if it has instructions. Where the verb comes last, words that ask for something else may
    /// stand before, between and after them: '*ログインを直して*コミットして'.
    fn instructs(&self) -> Says {
        let Clause { start, end, .. } = *self.clause;
        let mut rest = Stretch { start, end, last: self.last, next: None };
        for one in self.found.iter().take_while(|one| one.start < end) {
            if self.goes_on_within(Stretch { end: one.start, next: Some(one), ..rest }) {
                return Says::More(rest.start);
            }
            // An ending right after an instruction is its own: '*commit*して'.
            let after = one.end.max(rest.start);
            let ending = self.tokens()[after..end.max(after)].iter().take_while(|word| is_ending(word));
            rest = Stretch { start: after + ending.count(), last: Some(one), ..rest };
        }
        let states = has(tail(&self.tokens()[rest.start.min(end)..end]), Role::ENDS_STATEMENT);
        if !states && self.goes_on_within(rest) { Says::More(rest.start) } else { Says::Operation }
    }

    /// Whether a stretch of the clause goes on with something else, each of its verbs for itself.
    fn goes_on_within(&self, stretch: Stretch<'_>) -> bool {
        let mut start = stretch.start;
        for at in (stretch.start..stretch.end).filter(|&at| self.is_verb_that_goes_on(at)) {
            // One ending may have another in it: 'してから'.
            let is_same_ending = at == start && at > stretch.start && is_ending(&self.tokens()[at]);
            if !is_same_ending && self.asks_for_more(Stretch { start, end: at + 1, ..stretch }) {
                return true;
            }
            start = at + 1;
        }
        false
    }

    /// Whether a verb is followed by something; what is said to last asks for nothing: '残って*いる*ので'.
    fn is_verb_that_goes_on(&self, at: usize) -> bool {
        let lasts = is_ending(&self.tokens()[at])
            && self.tokens().get(at + 2).is_some_and(|next| next.roles.intersects(Role::NOT_FOLLOWED_BY));
        self.roles(at).intersects(Role::GOES_ON) && !lasts
    }

    /// Whether words that end with a verb ask for something else.
    fn asks_for_more(&self, stretch: Stretch<'_>) -> bool {
        let words = &self.tokens()[stretch.start..stretch.end];
        let looks = stretch.next.is_some() && has(words, Role::LOOKS);
        let is_condition = has(&words[..words.len() - 1], Role::CONDITION);
        !looks && !is_condition && !is_closing(words) && !self.is_about_an_operation(stretch)
    }

    /// What the clause says if it has no instruction.
    fn says(&self) -> Says {
        let detail = if self.last.is_some() { Role::DETAIL } else { Role::empty() };
        let Some(first) = first_word(&self.reader, self.clause, detail) else { return Says::Aside };
        let words = &self.tokens()[first..self.clause.end];
        if is_closing(words) {
            return Says::Aside;
        }
        let roles = words[0].roles;
        let wants = !roles.intersects(Role::ASIDE) && self.wants(roles);
        match self.clause.ignored {
            None => {}
            Some(Ignored::Question) if wants => return Says::More(first),
            Some(_) => return Says::Aside,
        }
        if roles.intersects(Role::GOES_ON) {
            return Says::More(first);
        }
        let end = self.clause.end;
        let stretch = Stretch { start: first, end, last: self.last, next: self.found.first() };
        if self.is_about_an_operation(stretch) || self.is_listed(first) {
            Says::Detail
        } else if self.is_aside(first) {
            let reports = roles.intersects(Role::ASIDE) && self.clause.joined != Joined::Anew;
            if reports { Says::Report } else { Says::Aside }
        } else if self.clause.question || wants {
            Says::More(first)
        } else {
            self.states(first)
        }
    }

    /// Whether the clause says how, why or when, or leads to the next one.
    fn is_aside(&self, first: usize) -> bool {
        let words = &self.tokens()[first..self.clause.end];
        let roles = words[0].roles;
        let goes_on_reporting = self.before == Says::Report
            && self.clause.joined == Joined::Comma
            && roles.intersects(Role::STATEMENT);
        roles.intersects(Role::NOT | Role::ASIDE | Role::PURPOSE)
            || words.iter().all(|word| word.is(Mark::QUOTED))
            || is_assignment(self.reader.text, first)
            || roles.intersects(Role::PREPOSITION) && is_constraint(words, self.clause, self.next)
            || self.leads_to_an_instruction(words)
            || self.is_word_before_a_clause(words)
            || self.goes_on(first)
            || goes_on_reporting
    }

    /// Whether the clause is a statement or a condition; else it asks for something else.
    fn states(&self, first: usize) -> Says {
        let words = &self.tokens()[first..self.clause.end];
        if self.instructs_under_a_condition(words) {
            return Says::More(first);
        }
        if words[0].roles.intersects(Role::CONDITION) {
            return Says::Condition;
        }
        // 'they should be green' states nothing: it says what is to be done.
        let states = is_statement(words) && !has(words, Role::MODAL);
        let goes_on = matches!(self.before, Says::Statement | Says::Condition)
            && self.clause.joined == Joined::And
            || self.is_subject(words);
        if states || goes_on && !is_statement(words) || self.says_how_it_shall_be(words) {
            Says::Statement
        } else {
            Says::More(first)
        }
    }

    /// Whether words belong to an operation: what is done for one that comes ('*clean* and rebuild'), or how and why
    /// one that was asked for is done ('update the docs. *Include* examples').
    fn is_about_an_operation(&self, words: Stretch<'_>) -> bool {
        let is_detail = |last: &Instruction| {
            let detail = |at: usize| self.roles(at).intersects(Role::DETAIL);
            self.places(words).any(|at| detail(at) || self.is(Position::Detail, last, at))
        };
        let prepares =
            |next: &Instruction| self.places(words).any(|at| self.is(Position::Preparation, next, at));
        words.last.is_some_and(is_detail) || words.next.is_some_and(prepares)
    }

    fn is(&self, position: Position, of: &Instruction, at: usize) -> bool {
        let search = self.reader.search(self.clause);
        of.operation().is_some_and(|operation| search.has_beside(at, position, operation))
    }

    /// Where the words stand that tell what a stretch is: at its beginning and that of the clause. In Japanese and
    /// Korean, whose verb comes last, they may also be among its last.
    fn places(&self, words: Stretch<'_>) -> impl Iterator<Item = usize> {
        const VERB_REACH: usize = 12;
        let text = self.reader.text;
        let last = words.end.saturating_sub(VERB_REACH).max(words.start + 1)..words.end;
        let verb_last = last.clone().any(|at| text.is_kana_or_hangul(at));
        let last = last.filter(move |_| verb_last);
        [words.start, self.clause.start.min(words.start)].into_iter().chain(last)
    }

    /// Whether the clause is one more of what the clause before lists, or stands in parentheses after an operation.
    fn is_listed(&self, first: usize) -> bool {
        let (text, clause) = (self.reader.text, self.clause);
        let is_verb = self.roles(first).intersects(Role::BEGINS);
        if self.last.is_some() && !is_verb && clause.joined == Joined::Comma && is_parenthesis(text, clause) {
            return true;
        }
        let is_one_more = match self.before {
            // 'it should cover setup, *usage* and errors'
            Says::Detail | Says::Statement => is_one_word(text, first, clause.end),
            // 'run the tests in core/ *and ui/* separately'
            Says::Operation => text.is_path(clause.start, text.group_end(clause.start)),
            _ => false,
        };
        matches!(clause.joined, Joined::And | Joined::Comma) && is_one_more
    }

    /// Whether the clause wants something else without asking for it: 'the header *needs a* logo'. Right after an
    /// operation it is the reason: 'upgrade it, we *need the* fix'.
    fn wants(&self, first: Role) -> bool {
        let is_reason = self.before == Says::Operation
            && self.clause.joined == Joined::Comma
            && !first.intersects(Role::CONDITION);
        !is_reason && has(&self.tokens()[self.clause.start..self.clause.end], Role::WANTS)
    }

    /// Whether a condition after an operation has an instruction in it, without a comma: 'when that is done *change*
    /// the title'.
    fn instructs_under_a_condition(&self, words: &[Token]) -> bool {
        words[0].roles.intersects(Role::CONDITION)
            && self.last.is_some()
            && matches!(self.clause.joined, Joined::Anew | Joined::And | Joined::Then)
            && self.next.is_none_or(|next| next.joined == Joined::Anew)
            && has(&words[2.min(words.len())..], Role::BEGINS)
            && !has(words, Role::ASIDE | Role::NOT)
    }

    /// Whether the clause goes on with the one before: with its purpose ('… so that it is clear how to install *and run
    /// it*') or with its objects ('install react *and zustand*').
    fn goes_on(&self, first: usize) -> bool {
        let Some(last) = self.last.filter(|_| self.before == Says::Operation) else { return false };
        let said = &self.tokens()[last.end.min(first)..first];
        match self.clause.joined {
            Joined::And if has(said, Role::ASIDE) => true,
            Joined::And | Joined::Comma => {
                self.is_unknown_name(first) && names_something(&self.tokens()[last.start.min(first)..first])
            }
            _ => false,
        }
    }

    /// Whether the words from one on are one name that the rules do not know.
    fn is_unknown_name(&self, first: usize) -> bool {
        let word = &self.tokens()[first];
        let is_one = self.reader.text.group_end(first) == self.clause.end;
        is_one && word.word == WordId(0) && !word.is(Mark::IDEOGRAPH)
    }

    /// Whether the clause only looks at something for the instruction of the next one: '*go through the code* and update
    /// the README'.
    fn leads_to_an_instruction(&self, words: &[Token]) -> bool {
        let looks = words[0].roles.intersects(Role::LOOKS)
            || tail(words).iter().any(|word| word.is(Mark::IDEOGRAPH) && word.roles.intersects(Role::LOOKS));
        let Some(next) = self.next.filter(|_| looks) else { return false };
        let joined = match next.joined {
            Joined::And | Joined::Then | Joined::Comma => true,
            Joined::Anew => self.roles(next.start - 1).intersects(Role::JOINS),
            Joined::Or => false,
        };
        joined && first_in(self.found, next).is_some()
    }

    /// Whether the clause is a word before another clause, without a mark: '*actually* let's run the tests'.
    fn is_word_before_a_clause(&self, words: &[Token]) -> bool {
        let starts = |next: &Clause| {
            next.link == Link::None
                && next.joined == Joined::Then
                && self.roles(next.start).intersects(Role::STARTS)
        };
        words.len() == 1 && self.next.is_some_and(starts)
    }

    /// Whether the clause says how the operation shall be: 'the *commit* must be small', 'must cover it all'.
    fn says_how_it_shall_be(&self, words: &[Token]) -> bool {
        let Some(last) = self.last else { return false };
        let Some(modal) = head(words).iter().position(|word| word.roles.intersects(Role::MODAL)) else {
            return false;
        };
        let named = &self.tokens()[last.start..last.end];
        let names = |word: &Token| word.word != WordId(0) && named.iter().any(|one| one.word == word.word);
        modal == 0 || words[..modal].iter().any(names)
    }

    /// Whether the clause is one of the subjects of a statement: '*tests* and builds are green'.
    fn is_subject(&self, words: &[Token]) -> bool {
        let states = |next: &Clause| {
            matches!(next.joined, Joined::And | Joined::Or)
                && self.tokens()[next.start..next.end]
                    .get(1)
                    .is_some_and(|word| word.roles.intersects(Role::STATES))
        };
        words.len() == 1 && self.next.is_some_and(states)
    }
}

/// Whether the last of some words names something, as an object does.
fn names_something(words: &[Token]) -> bool {
    const NO_NAME: Role = Role::BEGINS.union(Role::ALONE).union(Role::TARGET).union(Role::SKIPPED);
    let last = words.iter().rfind(|word| !word.roles.intersects(Role::JOINS));
    last.is_some_and(|word| !word.roles.intersects(NO_NAME))
}
