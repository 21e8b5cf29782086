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
use super::tokens::{Link, Mark, Token, WordId};
use super::word_lists::WordLists;

/// What a clause adds to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// An operation that was found.
    Operation,
    /// How, why, when, or nothing at all.
    Aside,
    /// What is to be reported, in a sentence that asks for an operation: 'and tell me'.
    Report,
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
    let mut coverage = Coverage {
        reader,
        clauses: &instructions.clauses,
        found: &instructions.found,
        last: None,
        before: Says::Aside,
    };
    (0..instructions.clauses.len()).find_map(|index| coverage.read(index))
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
        self.before = if next.is_some_and(|next| is_bare_verb(&self.reader, self.found, clause, next)) {
            Says::Operation
        } else {
            match self.first_in(clause) {
                Some(found) => self.instructs(found, clause),
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

    /// What a clause with instructions says. Words that go on with something else may stand before, between and after
    /// them, where the verb comes last: '*ログインを直して*コミットして'.
    fn instructs(&self, first: &Instruction, clause: &Clause) -> Says {
        if is_carried_to_a_verb(&self.reader, first, clause) {
            let begins = first_word(&self.reader, clause).map(|at| self.reader.text.tokens[at].roles);
            let aside = begins.is_some_and(|roles| roles.intersects(Role::ASIDE));
            return if aside { Says::Aside } else { Says::More(first.start) };
        }
        let tokens = &self.reader.text.tokens;
        let goes_on = |from: usize, end: usize| from < end && has(&tokens[from..end], Role::GOES_ON);
        // An ending right after an instruction is its own: '*commit*して'.
        let ending =
            |at: usize| at + usize::from(tokens.get(at).is_some_and(|word| word.is(Mark::IDEOGRAPH)));
        let mut from = clause.start;
        for one in self.found.iter().take_while(|one| one.start < clause.end) {
            if goes_on(from, one.start) {
                return Says::More(from);
            }
            from = ending(one.end.max(from));
        }
        if goes_on(from, clause.end) && !has(tail(&tokens[from..clause.end]), Role::ENDS_STATEMENT) {
            return Says::More(from);
        }
        Says::Operation
    }

    /// What a clause without an instruction says.
    fn says(&self, clause: &Clause, next: Option<&Clause>) -> Says {
        let first = first_word(&self.reader, clause).filter(|_| clause.ignored.is_none());
        let Some(first) = first else { return Says::Aside };
        let words = &self.reader.text.tokens[first..clause.end];
        let roles = words[0].roles;
        if roles.intersects(Role::GOES_ON) {
            return Says::More(first);
        }
        if roles.intersects(Role::NOT | Role::ASIDE | Role::PURPOSE)
            || words.iter().all(|word| word.is(Mark::QUOTED))
            || is_assignment(self.reader.text, first)
            || roles.intersects(Role::PREPOSITION) && is_constraint(words, clause, next)
            || next.is_some_and(|next| self.leads_to(words, next))
            || self.goes_on(first, clause)
        {
            let reports = roles.intersects(Role::ASIDE) && clause.joined != Joined::Anew;
            if reports { Says::Report } else { Says::Aside }
        } else if self.before == Says::Report
            && clause.joined == Joined::Comma
            && roles.intersects(Role::STATEMENT)
        {
            Says::Aside
        } else if clause.question {
            Says::More(first)
        } else if roles.intersects(Role::CONDITION) || self.is_about_the_operation(words) {
            Says::Statement
        } else if is_statement(words) {
            if has(words, Role::MODAL) { Says::More(first) } else { Says::Statement }
        } else if self.before == Says::Statement && clause.joined == Joined::And
            || next.is_some_and(|next| self.is_subject(words, next))
        {
            Says::Statement
        } else {
            Says::More(first)
        }
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
    fn is_about_the_operation(&self, words: &[Token]) -> bool {
        const REACH: usize = 4;
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

/// The first instruction that has a word of a clause.
fn first_in<'i>(found: &'i [Instruction], clause: &Clause) -> Option<&'i Instruction> {
    let mut begun = found.iter().take_while(|one| one.start < clause.end);
    begun.find(|one| clause.start < one.end)
}

fn has(words: &[Token], role: Role) -> bool {
    words.iter().any(|word| word.roles.intersects(role))
}

/// Whether a word is the name of a value: 'remote=origin'.
fn is_assignment(text: &TokenizedText, at: usize) -> bool {
    text.folded.as_bytes().get(text.tokens[at].end as usize) == Some(&b'=')
}

/// Whether a clause that begins with a preposition asks for nothing: it goes on with a sentence ('run the tests, in api/
/// only'), a comma ends it, or it is short. 'In the settings page add a toggle' asks.
fn is_constraint(words: &[Token], clause: &Clause, next: Option<&Clause>) -> bool {
    const SHORT: usize = 4;
    if clause.joined != Joined::Anew || next.is_some_and(|next| next.joined == Joined::Comma) {
        return true;
    }
    words.iter().filter(|word| !word.is(Mark::GLUED)).count() <= SHORT && !has(words, Role::CREATES)
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
    first_in(found, next).is_some_and(|one| reader.search(clause).begins(verb, one.operation))
}

/// The first word of a clause that is no lead-in, no target, no option and no path; 'not' is one.
fn first_word(reader: &ClauseReader<'_>, clause: &Clause) -> Option<usize> {
    const SAYS: Role =
        Role::NOT.union(Role::ASIDE).union(Role::STATEMENT).union(Role::CONDITION).union(Role::GOES_ON);
    let mut at = clause.start;
    while at < clause.end {
        let token = &reader.text.tokens[at];
        if token.roles.intersects(SAYS | Role::PREPOSITION | Role::LOOKS) && !is_lead_in_of_more(token) {
            return Some(at);
        }
        match reader.step_over(at) {
            Some(next) => at = next,
            None => return Some(at),
        }
    }
    None
}

/// Whether a lead-in of several words begins here: '*we should* start with the tests' says nothing yet.
fn is_lead_in_of_more(token: &Token) -> bool {
    const DECIDES: Role = Role::ASIDE.union(Role::GOES_ON).union(Role::NOT).union(Role::CONDITION);
    token.skip > 1 && token.roles.intersects(Role::LEAD_IN) && !token.roles.intersects(DECIDES)
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
