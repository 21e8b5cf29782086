//! Which operations a request asks for: the grammar of instructions over its clauses.
//!
//! An instruction stands at the beginning of its clause, after nothing but lead-ins ('please', 'can you', 'in the
//! backend'). So what is only mentioned, negated, reported or asked about is no instruction, without a list of all the
//! ways to mention it. What joins two clauses decides what the second takes from the first.

use super::clauses::{Clause, Joined, cut};
use super::ignored_text::IgnoredText;
use super::model::Atom;
use super::phrases::{Match, Search};
use super::roles::Role;
use super::rule_set::RuleSet;
use super::tokenized_text::{ListId, TokenizedText};
use super::tokens::{Link, Mark, Token};
use super::word_lists::WordLists;

/// An operation that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    pub operation: u16,
    /// The number of the phrase; none for a word that stands alone.
    pub phrase: Option<usize>,
    /// The words it was found in.
    pub start: usize,
    pub end: usize,
    /// The words that say with what and on what: from its clause to the next instruction of the sentence.
    pub region: (usize, usize),
    /// Instructions that share a verb ('run the linter and the tests') have the same number, later ones a higher one.
    pub chain: usize,
}

/// Buffers, kept from request to request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instructions {
    pub found: Vec<Instruction>,
    pub clauses: Vec<Clause>,
}

/// What the clauses so far let the next one take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Nothing said yet in this sentence.
    Nothing,
    Instruction,
    /// A word that stands alone, as in 'lint, then …'.
    Alone,
    /// Any other imperative ('fix the header').
    Other,
    /// A statement, a negation: `and` goes on with it.
    Statement,
    /// A condition ('if they pass'): `and` goes on with it, after a comma comes the instruction.
    Condition,
    /// A statement with a modal verb ('the pipeline should …'): commas go on with it, too.
    Bound,
}

struct Context {
    before: Before,
    /// The first word of the last instruction: 'run' in 'run the linter' goes on in 'and the tests'.
    carry: Option<ListId>,
    chain: usize,
    /// An instruction without an object ('run the following:'): its objects may stand on the next lines.
    open: bool,
    sentence: usize,
    /// Index of the sentence's first instruction in `found`.
    first: usize,
    ignored: IgnoredText,
    /// Words that stand alone and wait for the next clause to say whether they do.
    waiting: usize,
    /// Whether the last of them had something with it ('pytest in backend/', 'tests please'): a comma after it
    /// does not make it the beginning of something else.
    firm: bool,
}

/// Finds the instructions of a text that was read.
pub(crate) fn find(
    rules: &RuleSet,
    word_lists: &WordLists,
    text: &TokenizedText,
    instructions: &mut Instructions,
) {
    instructions.found.clear();
    cut(text, &mut instructions.clauses);
    let mut finder = Finder { rules, word_lists, text, instructions, context: Context::new() };
    for index in 0..finder.instructions.clauses.len() {
        finder.clause(index);
    }
    finder.close(text.tokens.len());
}

impl Context {
    fn new() -> Self {
        Self {
            before: Before::Nothing,
            carry: None,
            chain: 0,
            open: false,
            sentence: 0,
            first: 0,
            ignored: IgnoredText::default(),
            waiting: 0,
            firm: false,
        }
    }
}

struct Finder<'r, 'o> {
    rules: &'r RuleSet,
    word_lists: &'r WordLists,
    text: &'r TokenizedText,
    instructions: &'o mut Instructions,
    context: Context,
}

/// Where the words before a possible instruction end, and what they say.
struct Lead {
    /// The first word that is no lead-in.
    end: usize,
    polite: bool,
    negated: bool,
}

impl<'r> Finder<'r, '_> {
    fn clause(&mut self, index: usize) {
        let clause = self.instructions.clauses[index];
        if clause.joined == Joined::Anew {
            self.new_sentence(index, clause);
        }
        let opened = self.context.open || index == 0;
        if self.context.ignored.holds(self.text, clause.start, opened) {
            self.instructions.clauses[index].ignored = true;
            self.decide(clause);
            self.context.before = Before::Statement;
            self.context.carry = None;
            return;
        }
        let (found, lead) = self.instruction_in(index, clause);
        match found {
            Some(found) => self.accept(clause, found),
            None if self.alone(index, clause, &lead) => {}
            None => self.other(index, clause, &lead),
        }
    }

    fn new_sentence(&mut self, index: usize, clause: Clause) {
        let alone = self.context.before == Before::Alone && clause.link != Link::Sentence;
        let goes_on = alone || (self.context.open && self.goes_on_open(clause));
        if !goes_on {
            self.keep_waiting();
            self.context.before = Before::Nothing;
            self.context.carry = None;
            self.context.open = false;
        }
        self.close(clause.start);
        if clause.link == Link::Line || index == 0 {
            self.context.ignored.new_line(self.text, &self.instructions.clauses, index);
        }
    }

    fn goes_on_open(&self, clause: Clause) -> bool {
        let token = self.text.tokens[clause.start];
        clause.link == Link::Colon || token.is(Mark::ITEM | Mark::FENCED | Mark::QUOTED)
    }

    fn search(&self, clause: Clause) -> Search<'r> {
        Search { rules: self.rules, word_lists: self.word_lists, text: self.text, clause }
    }

    /// The instruction at the beginning of a clause.
    fn instruction_in(&self, index: usize, clause: Clause) -> (Option<Match<'r>>, Lead) {
        let search = self.search(clause);
        let mut lead = Lead { end: clause.start, polite: false, negated: false };
        let going_on = self.carried(clause);
        loop {
            let at = lead.end;
            let Some(word) = self.text.tokens[..clause.end].get(at) else { return (None, lead) };
            lead.polite |= word.roles.intersects(Role::POLITE);
            let leads_in = word.roles.intersects(Role::LEAD_IN);
            if word.roles.intersects(Role::NOT) && !leads_in {
                lead.negated = true;
                return (None, lead);
            }
            let found = search.at(at).or_else(|| going_on.and_then(|first| search.going_on(first, at)));
            if let Some(found) = found.filter(|found| found.spoilt_by.is_none())
                && self.is_free(index, clause, &lead, going_on.is_some())
            {
                return (Some(found), lead);
            }
            match self.step_over(at) {
                Some(next) => lead.end = next,
                None => return (None, lead),
            }
        }
    }

    /// The verb that goes on in a clause without one.
    fn carried(&self, clause: Clause) -> Option<ListId> {
        let joined = clause.joined != Joined::Anew || self.context.open;
        self.context.carry.filter(|_| joined)
    }

    /// The next word after one that may stand before an instruction.
    fn step_over(&self, at: usize) -> Option<usize> {
        let token = &self.text.tokens[at];
        let end = self.text.group_end(at);
        if token.roles.intersects(Role::SKIPPED | Role::TARGET) {
            return Some(end.max(at + usize::from(token.skip)));
        }
        let skipped = token.is(Mark::OPTION) || self.text.is_path(at, end);
        skipped.then_some(end)
    }

    /// Whether a clause's instruction is its own, and not a part of what the clause before says.
    fn is_free(&self, index: usize, clause: Clause, lead: &Lead, carries: bool) -> bool {
        let before = self.context.before;
        match clause.joined {
            Joined::Anew | Joined::Then => true,
            Joined::Or => matches!(before, Before::Instruction | Before::Alone | Before::Nothing) || carries,
            Joined::Comma => before != Before::Bound || lead.polite,
            Joined::And if lead.polite => true,
            Joined::And => match before {
                Before::Bound | Before::Statement | Before::Condition => false,
                Before::Other => !self.has_purpose(index),
                Before::Nothing | Before::Instruction | Before::Alone => true,
            },
        }
    }

    /// Whether the clause before makes something for the operation: 'add a script *to build the app* and …'.
    fn has_purpose(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return false };
        let clause = self.instructions.clauses[before];
        let search = self.search(clause);
        (clause.start..clause.end.saturating_sub(1))
            .any(|at| self.text.tokens[at].roles.intersects(Role::PURPOSE) && search.at(at + 1).is_some())
    }

    fn accept(&mut self, clause: Clause, found: Match<'r>) {
        self.keep_waiting();
        let verb = self.first_list(&found);
        let goes_on = verb.is_none();
        if !goes_on {
            self.context.chain += 1;
            self.context.carry = verb;
        }
        self.context.before = Before::Instruction;
        self.push(found.phrase.operation, Some(found.phrase.number), (found.start, found.end), clause.start);
        self.context.waiting = self.instructions.found.len();
    }

    /// The list a match's first word is from; none where the verb was said before.
    fn first_list(&self, found: &Match<'_>) -> Option<ListId> {
        let (_, Atom::List(list)) = *found.phrase.atoms.first()? else { return None };
        self.word_lists.begins(self.text, found.start, list).then_some(list)
    }

    fn push(&mut self, operation: u16, phrase: Option<usize>, words: (usize, usize), from: usize) {
        let first_of_sentence = self.instructions.found.len() == self.context.first;
        let begin = if first_of_sentence { self.context.sentence } else { from };
        if !first_of_sentence && let Some(last) = self.instructions.found.last_mut() {
            last.region.1 = from;
        }
        let instruction = Instruction {
            operation,
            phrase,
            start: words.0,
            end: words.1,
            region: (begin, self.text.tokens.len()),
            chain: self.context.chain,
        };
        self.instructions.found.push(instruction);
    }

    /// Ends the sentence: its last instruction's words go no further.
    fn close(&mut self, end: usize) {
        if let Some(last) = self.instructions.found[self.context.first..].last_mut() {
            last.region.1 = end;
        }
        self.context.sentence = end;
        self.context.first = self.instructions.found.len();
    }

    /// Words that stand alone: 'pytest backend', 'lint + typecheck'.
    fn alone(&mut self, index: usize, clause: Clause, lead: &Lead) -> bool {
        let Some((operation, words, chained)) = self.nothing_but(clause) else { return false };
        let polite =
            self.text.tokens[clause.start..clause.end].iter().any(|w| w.roles.intersects(Role::POLITE));
        let begins = clause.joined == Joined::Anew && (index == 0 || self.only_small_before(index));
        let allowed = match (clause.joined, self.context.before) {
            _ if lead.negated => false,
            _ if polite || self.context.open => true,
            (Joined::Anew, Before::Alone) => true,
            (Joined::Anew, _) if clause.then => chained,
            (Joined::Anew, _) => begins,
            (_, Before::Alone | Before::Nothing) => true,
            (Joined::Then, Before::Instruction) => true,
            (Joined::Then, _) | (_, Before::Instruction) | (Joined::Comma, Before::Condition) => chained,
            _ => false,
        };
        if !allowed {
            return false;
        }
        if self.context.before != Before::Alone {
            self.context.chain += 1;
        }
        self.context.before = Before::Alone;
        self.push(operation, None, words, clause.start);
        self.context.firm = polite || words.1 < clause.end;
        true
    }

    /// Whether every clause before is made of lead-ins: 'Hi! Ok, tests.'
    fn only_small_before(&self, index: usize) -> bool {
        let start = self.instructions.clauses[index].start;
        self.text.tokens[..start].iter().all(|word| word.roles.intersects(Role::SKIPPED | Role::JOINS))
    }

    /// The operation whose words, with nothing but small words, targets and paths, make up the clause.
    fn nothing_but(&self, clause: Clause) -> Option<(u16, (usize, usize), bool)> {
        let search = self.search(clause);
        let mut found: Option<(u16, (usize, usize), bool)> = None;
        let mut at = clause.start;
        let mut after_option = false;
        while at < clause.end {
            let token = &self.text.tokens[at];
            let leads_in = token.roles.intersects(Role::SKIPPED);
            if let Some((operation, end, chained)) = search.alone_at(at)
                && !(leads_in && at + usize::from(token.skip) > end)
            {
                let start = found.map_or(at, |(_, words, _)| words.0);
                let one_and_same = found.is_none_or(|(other, ..)| other == operation);
                found = Some((operation, (if one_and_same { start } else { at }, end), chained));
                at = end;
                continue;
            }
            let skipped = found.is_some() && token.roles.intersects(Role::MAY_FOLLOW) || after_option;
            after_option = token.is(Mark::OPTION);
            at = match self.step_over(at) {
                Some(next) => next,
                None if skipped => self.text.group_end(at),
                None => return None,
            };
        }
        found
    }

    /// A clause that asks for nothing known.
    fn other(&mut self, index: usize, clause: Clause, lead: &Lead) {
        if lead.end >= clause.end {
            return;
        }
        if self.opens(index, clause, lead) {
            return;
        }
        self.decide(clause);
        self.context.before = self.kind_of(clause, lead);
        self.context.carry = None;
    }

    /// A verb without its object, before a colon or a list.
    fn opens(&mut self, index: usize, clause: Clause, lead: &Lead) -> bool {
        let next = self.instructions.clauses.get(index + 1);
        let listed = next
            .is_some_and(|next| matches!(next.link, Link::Colon | Link::Line) && next.joined == Joined::Anew);
        if !listed || lead.negated {
            return false;
        }
        let grammar = &self.rules.grammar;
        let verb = self.text.matches_at(lead.end).iter().find_map(|found| {
            let mut lists = self.word_lists.lists(found).iter();
            let list = lists.find(|&&list| grammar.begins(list) && grammar.alone(list).is_none())?;
            Some((found.end as usize, *list))
        });
        let Some((end, verb)) = verb else { return false };
        let rest = &self.text.tokens[end..clause.end];
        let empty = rest.iter().all(|word| word.roles.intersects(Role::SKIPPED | Role::MAY_FOLLOW));
        if empty {
            self.context.open = true;
            self.context.carry = Some(verb);
            self.context.chain += 1;
            self.context.before = Before::Instruction;
        }
        empty
    }

    fn kind_of(&self, clause: Clause, lead: &Lead) -> Before {
        let words = &self.text.tokens[lead.end..clause.end];
        let modal_in = |words: &[Token]| words.iter().any(|word| word.roles.intersects(Role::MODAL));
        let goes_on = clause.joined != Joined::Anew && self.context.before == Before::Bound;
        let first = words.first().map_or(Role::empty(), |word| word.roles);
        if lead.negated {
            Before::Statement
        } else if first.intersects(Role::CONDITION) {
            Before::Condition
        } else if goes_on || modal_in(&words[..words.len().min(MODAL_REACH)]) {
            Before::Bound
        } else if first.intersects(Role::STATEMENT) {
            if modal_in(words) { Before::Bound } else { Before::Statement }
        } else {
            Before::Other
        }
    }

    /// Words that stand alone count for good.
    fn keep_waiting(&mut self) {
        self.context.waiting = self.instructions.found.len();
    }

    /// Decides about words that stood alone, now that the next clause is known to be no instruction: joined to it they
    /// were a part of it ('format and validate dates'), before a line or a colon they were a title.
    fn decide(&mut self, next: Clause) {
        let joined = matches!(next.joined, Joined::Comma | Joined::And | Joined::Or);
        let comma = next.joined == Joined::Comma;
        if joined && !(comma && self.context.firm) || matches!(next.link, Link::Line | Link::Colon) {
            self.instructions.found.truncate(self.context.waiting);
            self.context.first = self.context.first.min(self.context.waiting);
        }
        self.keep_waiting();
    }
}

/// A modal verb among so many first words makes a statement of a clause ('the new pipeline should').
const MODAL_REACH: usize = 4;
