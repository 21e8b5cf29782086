//! How much of a request the operations found in it are: all of it, or a part.
//!
//! Only a request of which every clause is accounted for is covered as a whole, because savings are computed from it: a
//! clause asks for an operation, or only says how, why or when. Whatever is not known to be that is something else to
//! do.

use super::clause_reader::ClauseReader;
use super::clause_words::{
    REACH, first_in, first_word, has, is_assignment, is_carried_to_a_verb, is_closing, is_constraint,
    is_ending, is_one_word, is_parenthesis, is_shared, is_statement, tail,
};
use super::clauses::{Clause, Ignored, Joined};
use super::instructions::{Instruction, Instructions};
use super::model::Position;
use super::roles::Role;
use super::tokens::{Link, Mark, Token, WordId};

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
    let mut coverage = Coverage {
        reader: *reader,
        clauses: &instructions.clauses,
        found: &instructions.found,
        last: None,
        before: Says::Aside,
    };
    (0..instructions.clauses.len()).find_map(|index| coverage.read(index))
}

/// Words of a clause, and the instructions before and after them.
#[derive(Clone, Copy)]
struct Stretch<'r> {
    clause: &'r Clause,
    start: usize,
    end: usize,
    last: Option<&'r Instruction>,
    next: Option<&'r Instruction>,
}

/// Reads a request clause by clause.
struct Coverage<'r> {
    reader: ClauseReader<'r>,
    clauses: &'r [Clause],
    /// The instructions that do not end before the clause that is read.
    found: &'r [Instruction],
    /// The last one that does.
    last: Option<&'r Instruction>,
    /// What the clause before says.
    before: Says,
}

impl<'r> Coverage<'r> {
    /// Reads a clause; its words from where it asks for something else.
    fn read(&mut self, index: usize) -> Option<(usize, usize)> {
        let clause = &self.clauses[index];
        while let Some((last, rest)) = self.found.split_first().filter(|(first, _)| first.end <= clause.start)
        {
            (self.last, self.found) = (Some(last), rest);
        }
        let next = self.clauses.get(index + 1);
        self.before = if next.is_some_and(|next| is_shared(&self.reader, self.found, clause, next)) {
            Says::Operation
        } else {
            match self.first_in(clause) {
                Some(found) => self.instructs(found, clause, next),
                None => self.says(clause, next),
            }
        };
        match self.before {
            Says::More(start) => Some((start, clause.end)),
            _ => None,
        }
    }

    fn first_in(&self, clause: &Clause) -> Option<&'r Instruction> {
        first_in(self.found, clause)
    }

    /// What a clause with instructions says. Where the verb comes last, words that ask for something else may stand
    /// before, between and after them: '*ログインを直して*コミットして'.
    fn instructs(&self, first: &Instruction, clause: &Clause, next: Option<&Clause>) -> Says {
        if is_carried_to_a_verb(&self.reader, first, clause) {
            return self.says(clause, next);
        }
        let tokens = &self.reader.text.tokens;
        // An ending right after an instruction is its own: '*commit*して'.
        let ending =
            |at: usize| at + tokens[at..clause.end.max(at)].iter().take_while(|word| is_ending(word)).count();
        let mut rest = Stretch { clause, start: clause.start, end: clause.end, last: self.last, next: None };
        for one in self.found.iter().take_while(|one| one.start < clause.end) {
            if self.goes_on_within(Stretch { end: one.start, next: Some(one), ..rest }) {
                return Says::More(rest.start);
            }
            rest = Stretch { start: ending(one.end.max(rest.start)), last: Some(one), ..rest };
        }
        let states = has(tail(&tokens[rest.start.min(clause.end)..clause.end]), Role::ENDS_STATEMENT);
        if !states && self.goes_on_within(rest) { Says::More(rest.start) } else { Says::Operation }
    }

    /// Whether a stretch of a clause goes on with something else, each of its verbs for itself.
    fn goes_on_within(&self, stretch: Stretch<'_>) -> bool {
        let tokens = &self.reader.text.tokens;
        let mut start = stretch.start;
        // What is said to last asks for nothing: '残って*いる*ので'.
        let lasts =
            |at: usize| tokens.get(at + 2).is_some_and(|next| next.roles.intersects(Role::NOT_FOLLOWED_BY));
        let goes_on = |&at: &usize| {
            tokens[at].roles.intersects(Role::GOES_ON) && !(is_ending(&tokens[at]) && lasts(at))
        };
        for at in (stretch.start..stretch.end).filter(goes_on) {
            let piece = Stretch { start, end: at + 1, ..stretch };
            // One ending may have another in it: 'してから'.
            let same = at == start && at > stretch.start && is_ending(&tokens[at]);
            let looks = piece.next.is_some() && has(&tokens[start..=at], Role::LOOKS);
            let aside =
                same || looks || is_closing(&tokens[start..=at]) || has(&tokens[start..at], Role::CONDITION);
            if !aside && !self.is_about_an_operation(piece) {
                return true;
            }
            start = at + 1;
        }
        false
    }

    /// What a clause without an instruction says.
    fn says(&self, clause: &Clause, next: Option<&Clause>) -> Says {
        let spoken = matches!(clause.ignored, None | Some(Ignored::Question));
        let first = self.first_word(clause).filter(|_| spoken);
        let Some(first) = first.filter(|&first| !is_closing(&self.reader.text.tokens[first..clause.end]))
        else {
            return Says::Aside;
        };
        let roles = self.reader.text.tokens[first].roles;
        let wants = !roles.intersects(Role::ASIDE) && self.wants(roles, clause);
        if clause.ignored.is_some() {
            return if wants { Says::More(first) } else { Says::Aside };
        }
        if roles.intersects(Role::GOES_ON) {
            return Says::More(first);
        }
        let (last, next_found) = (self.last, self.found.first());
        let words = Stretch { clause, start: first, end: clause.end, last, next: next_found };
        if self.is_about_an_operation(words) || self.is_listed(first, clause) {
            Says::Detail
        } else if self.is_aside(first, clause, next) {
            let reports = roles.intersects(Role::ASIDE) && clause.joined != Joined::Anew;
            if reports { Says::Report } else { Says::Aside }
        } else if clause.question || wants {
            Says::More(first)
        } else {
            self.states(first, clause, next)
        }
    }

    /// Whether a clause says how, why or when, or leads to the next one.
    fn is_aside(&self, first: usize, clause: &Clause, next: Option<&Clause>) -> bool {
        let words = &self.reader.text.tokens[first..clause.end];
        let roles = words[0].roles;
        let goes_on_reporting = self.before == Says::Report && clause.joined == Joined::Comma;
        roles.intersects(Role::NOT | Role::ASIDE | Role::PURPOSE)
            || words.iter().all(|word| word.is(Mark::QUOTED))
            || is_assignment(self.reader.text, first)
            || roles.intersects(Role::PREPOSITION) && is_constraint(words, clause, next)
            || next.is_some_and(|next| self.leads_to(words, next))
            || self.goes_on(first, clause)
            || goes_on_reporting && roles.intersects(Role::STATEMENT)
    }

    /// Whether a clause is a statement or a condition; else it asks for something else.
    fn states(&self, first: usize, clause: &Clause, next: Option<&Clause>) -> Says {
        let words = &self.reader.text.tokens[first..clause.end];
        let instructs = is_statement(words) && has(words, Role::MODAL);
        let goes_on = matches!(self.before, Says::Statement | Says::Condition)
            && clause.joined == Joined::And
            || next.is_some_and(|next| self.is_subject(words, next));
        if self.instructs_under_a_condition(words, clause, next) {
            Says::More(first)
        } else if words[0].roles.intersects(Role::CONDITION) {
            Says::Condition
        } else if self.says_how_it_shall_be(words) || !instructs && (is_statement(words) || goes_on) {
            Says::Statement
        } else {
            Says::More(first)
        }
    }

    /// The first word of a clause that says something.
    fn first_word(&self, clause: &Clause) -> Option<usize> {
        let detail = if self.last.is_some() { Role::DETAIL } else { Role::empty() };
        first_word(&self.reader, clause, detail)
    }

    /// Whether words belong to an operation: what is done for one that comes ('*clean* and rebuild'), or how and why
    /// one that was asked for is done ('update the docs. *Include* examples').
    fn is_about_an_operation(&self, words: Stretch<'_>) -> bool {
        words.last.is_some_and(|last| {
            let detail = |at: usize| self.reader.text.tokens[at].roles.intersects(Role::DETAIL);
            self.places(words).any(|at| detail(at) || self.is(Position::Detail, last, (at, words.clause)))
        }) || words.next.is_some_and(|next| {
            self.places(words).any(|at| self.is(Position::Preparation, next, (at, words.clause)))
        })
    }

    fn is(&self, position: Position, of: &Instruction, (at, clause): (usize, &Clause)) -> bool {
        let search = self.reader.search(clause);
        of.operation().is_some_and(|operation| search.has_beside(at, position, operation))
    }

    /// Where the words stand that tell what a stretch is: at its beginning and that of its clause. In Japanese and
    /// Korean, whose verb comes last, they may also be among its last.
    fn places(&self, words: Stretch<'_>) -> impl Iterator<Item = usize> {
        const VERB_REACH: usize = 12;
        let text = self.reader.text;
        let last = words.end.saturating_sub(VERB_REACH).max(words.start + 1)..words.end;
        let verb_last = last.clone().any(|at| text.is_kana_or_hangul(at));
        let last = last.filter(move |_| verb_last);
        [words.start, words.clause.start.min(words.start)].into_iter().chain(last)
    }

    /// Whether a clause is one more word of what the clause before lists ('it should cover setup, *usage* and errors')
    /// or one more path of an operation ('run the tests in core/ *and ui/* separately'), or stands in parentheses after
    /// one.
    fn is_listed(&self, first: usize, clause: &Clause) -> bool {
        let text = self.reader.text;
        let word =
            is_one_word(text, first, clause.end) && matches!(self.before, Says::Detail | Says::Statement);
        let said = self.last.is_some() && !text.tokens[first].roles.intersects(Role::BEGINS);
        if said && is_parenthesis(text, clause) && clause.joined == Joined::Comma {
            return true;
        }
        let path = text.is_path(clause.start, text.group_end(clause.start)) && self.before == Says::Operation;
        matches!(clause.joined, Joined::And | Joined::Comma) && (word || path)
    }

    /// Whether a clause wants something else without asking for it: 'the header *needs a* logo'. Right after an
    /// operation it is the reason: 'upgrade it, we *need the* fix'.
    fn wants(&self, first: Role, clause: &Clause) -> bool {
        let reason = self.before == Says::Operation
            && clause.joined == Joined::Comma
            && !first.intersects(Role::CONDITION);
        !reason && has(&self.reader.text.tokens[clause.start..clause.end], Role::WANTS)
    }

    /// Whether a condition after an operation has an instruction in it, without a comma: 'when that is done *change*
    /// the title'.
    fn instructs_under_a_condition(&self, words: &[Token], clause: &Clause, next: Option<&Clause>) -> bool {
        words[0].roles.intersects(Role::CONDITION)
            && self.last.is_some()
            && matches!(clause.joined, Joined::Anew | Joined::And | Joined::Then)
            && next.is_none_or(|next| next.joined == Joined::Anew)
            && words[2.min(words.len())..].iter().any(|word| word.roles.intersects(Role::BEGINS))
            && !has(words, Role::ASIDE | Role::NOT)
    }

    /// Whether a clause goes on with the one before: with its purpose ('… so that it is clear how to install *and run
    /// it*') or with its objects ('install react *and zustand*').
    fn goes_on(&self, first: usize, clause: &Clause) -> bool {
        const NO_NAME: Role = Role::BEGINS.union(Role::ALONE).union(Role::TARGET).union(Role::SKIPPED);
        let tokens = &self.reader.text.tokens;
        let Some(last) = self.last.filter(|_| self.before == Says::Operation) else { return false };
        let (all, said) = (&tokens[last.start.min(first)..first], &tokens[last.end.min(first)..first]);
        let object = self.reader.text.group_end(first) == clause.end
            && tokens[first].word == WordId(0)
            && !tokens[first].is(Mark::IDEOGRAPH);
        let named = |word: &Token| !word.roles.intersects(NO_NAME);
        match clause.joined {
            Joined::And if has(said, Role::ASIDE) => true,
            Joined::And | Joined::Comma if object => {
                all.iter().rfind(|word| !word.roles.intersects(Role::JOINS)).is_some_and(named)
            }
            _ => false,
        }
    }

    /// Whether a clause only leads to the instruction of the next one: what is looked at for it ('*go through the code*
    /// and update the README'), or a word before a clause of its own ('*actually* let's run the tests').
    fn leads_to(&self, words: &[Token], next: &Clause) -> bool {
        let tokens = &self.reader.text.tokens;
        let looks = words[0].roles.intersects(Role::LOOKS)
            || tail(words).iter().any(|word| word.is(Mark::IDEOGRAPH) && word.roles.intersects(Role::LOOKS));
        let joined = match next.joined {
            Joined::And | Joined::Then | Joined::Comma => true,
            Joined::Anew => tokens[next.start - 1].roles.intersects(Role::JOINS),
            Joined::Or => false,
        };
        let word_before = words.len() == 1
            && next.link == Link::None
            && next.joined == Joined::Then
            && tokens[next.start].roles.intersects(Role::STARTS);
        looks && joined && self.first_in(next).is_some() || word_before
    }

    /// Whether a clause says how the operation shall be: 'the *commit* must be small', 'must cover it all'.
    fn says_how_it_shall_be(&self, words: &[Token]) -> bool {
        let Some(last) = self.last else { return false };
        let reach = &words[..words.len().min(REACH)];
        let Some(modal) = reach.iter().position(|word| word.roles.intersects(Role::MODAL)) else {
            return false;
        };
        let named = &self.reader.text.tokens[last.start..last.end];
        let names = |word: &Token| word.word != WordId(0) && named.iter().any(|one| one.word == word.word);
        modal == 0 || words[..modal].iter().any(names)
    }

    /// Whether a word is one of the subjects of a statement: '*tests* and builds are green'.
    fn is_subject(&self, words: &[Token], next: &Clause) -> bool {
        let then = &self.reader.text.tokens[next.start..next.end];
        let states = then.get(1).is_some_and(|word| word.roles.intersects(Role::STATES));
        words.len() == 1 && matches!(next.joined, Joined::And | Joined::Or) && states
    }
}
