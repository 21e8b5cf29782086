//! Which operations a request asks for: the grammar of instructions over its clauses.
//!
//! An instruction stands at the beginning of its clause, after nothing but lead-ins ('please', 'can you', 'in the
//! backend'). So what is only mentioned, negated, reported or asked about is no instruction, without a list of all the
//! ways to mention it. What joins two clauses decides what the second takes from the first.

use super::bare_commands;
use super::clause_reader::{ClauseReader, Lead};
use super::clauses::{Clause, Ignored, Joined};
use super::context::{Before, Context};
pub(crate) use super::instruction::{Asked, Instruction};
use super::model::PhraseEnd;
use super::phrases::Match;
use super::roles::Role;
use super::tokenized_text::TokenizedText;
use super::tokens::{Link, Mark, Token};

/// Buffers, kept from request to request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instructions {
    pub found: Vec<Instruction>,
    pub clauses: Vec<Clause>,
}

/// Finds the instructions of a text that was cut into clauses.
pub(crate) fn find(reader: &ClauseReader<'_>, instructions: &mut Instructions) {
    let (reader, text) = (*reader, reader.text);
    instructions.found.clear();
    let context = Context::of(text, &instructions.clauses);
    let mut finder = Finder { reader, text, instructions, context };
    for index in 0..finder.instructions.clauses.len() {
        let clause = finder.instructions.clauses[index];
        finder.clause(&clause);
    }
    finder.end_sentence(text.tokens.len());
}

pub(super) struct Finder<'r, 'o> {
    pub reader: ClauseReader<'r>,
    pub text: &'r TokenizedText,
    pub instructions: &'o mut Instructions,
    pub context: Context,
}

impl<'r> Finder<'r, '_> {
    fn clause(&mut self, clause: &Clause) {
        if clause.joined == Joined::Anew {
            self.new_sentence(clause);
        }
        let opened = self.context.open || clause.number == 0;
        let without_object = self.context.without_object.take();
        let ignored = self.context.ignored.holds(self.text, clause.start, opened);
        let ignored = ignored.or_else(|| self.only_asks(clause).then_some(Ignored::Question));
        if ignored.is_some() {
            self.instructions.clauses[clause.number].ignored = ignored;
            self.decide_waiting(clause);
            let asks = ignored == Some(Ignored::Question) && clause.question;
            self.context.before = if asks { Before::Question } else { Before::Statement };
            self.context.carry = None;
            return;
        }
        let (found, lead) = self.instruction_in(clause);
        let found = found.map(|found| self.to_its_verb(clause, found));
        let end = found.as_ref().map_or(clause.start, |found| found.end);
        match found {
            Some(found) => {
                self.accept(clause, found);
                self.after_condition(clause, (found.start, end));
            }
            None if self.bare_command(clause, &lead) => {}
            None if self.lone_words(clause, &lead) => return,
            None => {
                self.other_clause(clause, &lead);
                self.object_of(without_object, clause, &lead);
            }
        }
        self.verb_last(clause, end);
    }

    /// Whether a word makes a question of a clause that asks for no operation, as '测试通过了*吗*' does: it asks to
    /// run the tests.
    fn only_asks(&self, clause: &Clause) -> bool {
        let asked_for = |found: Match<'_>| found.phrase.ending == PhraseEnd::Question;
        clause.has_question_word() && !self.instruction_in(clause).0.is_some_and(asked_for)
    }

    /// An instruction with the verb that stands after it, where it comes last: 'npm test*を実行して*'.
    fn to_its_verb<'c>(&self, clause: &'c Clause, found: Match<'c>) -> Match<'c>
    where
        'r: 'c,
    {
        if !self.text.tokens[found.start].roles.intersects(Role::BEGINS_ANYWHERE) {
            return found;
        }
        let longer = self.reader.search(clause).anywhere_at(found.start);
        let same = |one: &Match<'_>| one.phrase.operation == found.phrase.operation && one.end > found.end;
        longer.filter(|longer| longer.spoilt_by.is_none() && same(longer)).unwrap_or(found)
    }

    /// The instruction that follows a condition without a comma: 'if the tests pass *push*', but not 'run the tests
    /// *before* each commit'.
    fn after_condition(&mut self, clause: &Clause, (start, end): (usize, usize)) {
        let mut begin = self.text.tokens[clause.start..=start].iter();
        let condition = begin.any(|word| word.roles.intersects(Role::CONDITION));
        let rest = Clause { start: end, joined: Joined::Then, link: Link::None, ..*clause };
        if condition && let (Some(found), _) = self.instruction_in(&rest) {
            self.accept(&rest, found);
        }
    }

    /// Instructions of languages whose verb comes last: they stand anywhere in the clause.
    fn verb_last(&mut self, clause: &Clause, from: usize) {
        if !clause.may_end_with_verb() || self.reader.is_told_of_an_artifact(clause) {
            return;
        }
        let search = self.reader.search(clause);
        let reports = self.reader.reports(clause);
        let mut next = from;
        let words = self.text.tokens.get(from..clause.end).unwrap_or_default();
        for (at, word) in (from..).zip(words) {
            if at < next || !word.roles.intersects(Role::BEGINS_ANYWHERE) {
                continue;
            }
            let found = search.anywhere_at(at).filter(|found| {
                let ends = !reports || found.end == clause.sentence_end;
                ends && found.spoilt_by.is_none() && !self.text.tokens[found.end - 1].is(Mark::QUOTED)
            });
            if let Some(found) = found.filter(|found| !self.is_negated(clause, found)) {
                self.accept(clause, found);
                next = found.end;
            }
        }
    }

    /// Whether a word right before a match negates it, whose verb has no ending that could: '先不要*把代码推送*'.
    fn is_negated(&self, clause: &Clause, found: &Match<'_>) -> bool {
        let before = &self.text.tokens[clause.start.max(found.start.saturating_sub(3))..found.start];
        let has_ending = self.text.is_kana_or_hangul(found.end - 1);
        !has_ending && before.iter().any(|word| word.roles.intersects(Role::NOT))
    }

    /// Whether a clause has the object of a verb before it: 'build *and copy the binary*'.
    fn object_of(&mut self, verb: Option<usize>, clause: &Clause, lead: &Lead) {
        const MOST_VERBS: usize = 2;
        let shared = matches!(clause.joined, Joined::Comma | Joined::And | Joined::Or) && !lead.negated;
        let object =
            self.text.tokens.get(lead.end).is_some_and(|word| !word.roles.intersects(Role::GAP_ENDS));
        let Some(verb) = verb.filter(|_| shared && object) else { return };
        let search = self.reader.search(clause);
        let places = lead.end + 1..(lead.end + 1 + MOST_VERBS).min(clause.end);
        let found = places.filter_map(|at| search.going_on(verb, at)).find(|found| found.spoilt_by.is_none());
        if let Some(found) = found {
            self.accept(clause, found);
        } else if lead.end + 1 == clause.end {
            self.context.without_object = Some(verb);
        }
    }

    fn new_sentence(&mut self, clause: &Clause) {
        let alone = self.context.before == Before::Alone && clause.link != Link::Sentence;
        let goes_on = alone || (self.context.open && self.goes_on_open(clause));
        if !goes_on {
            self.confirm_waiting();
            self.context.before = Before::Nothing;
            self.context.carry = None;
            self.context.open = false;
        }
        if self.context.creates && self.reader.tells_of_a_creation(clause) {
            self.context.ignored.begin_design();
        }
        self.context.creates = false;
        self.end_sentence(clause.start);
        if clause.link == Link::Line || clause.number == 0 {
            self.context.ignored.new_line(self.text, &self.instructions.clauses, clause.number);
        }
    }

    fn goes_on_open(&self, clause: &Clause) -> bool {
        let token = self.text.tokens[clause.start];
        clause.link == Link::Colon || token.is(Mark::ITEM | Mark::FENCED | Mark::QUOTED)
    }

    /// The instruction at the beginning of a clause.
    fn instruction_in<'c>(&self, clause: &'c Clause) -> (Option<Match<'c>>, Lead)
    where
        'r: 'c,
    {
        let search = self.reader.search(clause);
        let mut lead = Lead::at(clause.start);
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
            let found = || search.at(at).or_else(|| going_on.and_then(|verb| search.going_on(verb, at)));
            if self.is_free(clause, &lead, going_on.is_some())
                && !lead.preposition
                && let Some(found) = found().filter(|found| self.is_instruction(clause, found))
                && (lead.polite || !self.is_purpose(clause))
            {
                return (Some(found), lead);
            }
            match self.reader.step_over(at) {
                Some(next) => lead.step_over(word, next),
                None => return (None, lead),
            }
        }
    }

    /// Whether a match is an instruction that does not end within what is copied from elsewhere.
    fn is_instruction(&self, clause: &Clause, found: &Match<'_>) -> bool {
        !self.context.ignored.is_copied(found.end - 1) && self.reader.is_instruction(clause, found)
    }

    /// The verb that goes on in a clause without one.
    fn carried(&self, clause: &Clause) -> Option<usize> {
        let joined = clause.joined != Joined::Anew || self.context.open;
        self.context.carry.filter(|_| joined)
    }

    /// Whether a clause can have an instruction of its own, and is not a part of what the clause before says.
    fn is_free(&self, clause: &Clause, lead: &Lead, carries: bool) -> bool {
        let before = self.context.before;
        match clause.joined {
            // The rest of a command line is what its beginning is: 'I ran `npm ci && npm test`'.
            _ if before == Before::Question && clause.joined != Joined::Anew => lead.polite,
            Joined::Then if clause.link == Link::Then => before != Before::Statement,
            Joined::Anew | Joined::Then => true,
            Joined::Or => matches!(before, Before::Instruction | Before::Alone | Before::Nothing) || carries,
            Joined::Comma if self.is_in_told_list(clause) => false,
            Joined::Comma => before != Before::Bound || lead.polite,
            Joined::And if lead.polite => true,
            Joined::And => !matches!(before, Before::Bound | Before::Statement | Before::Condition),
        }
    }

    /// Whether a clause stands between what is negated and an 'or' that goes on with it ('do not create, *edit* or
    /// delete'), or in brackets that tell of something else: 'the steps (requirements, *npm install*)'.
    fn is_in_told_list(&self, clause: &Clause) -> bool {
        let before = self.context.before;
        let listed = self.text.tokens[clause.start].is(Mark::BRACKETED);
        let negated = || self.next(clause).is_some_and(|next| next.joined == Joined::Or);
        before == Before::Statement && negated()
            || listed && matches!(before, Before::Other | Before::Statement)
    }

    pub(super) fn previous(&self, clause: &Clause) -> Option<&Clause> {
        clause.number.checked_sub(1).map(|previous| &self.instructions.clauses[previous])
    }

    fn next(&self, clause: &Clause) -> Option<&Clause> {
        self.instructions.clauses.get(clause.number + 1)
    }

    /// Whether the clause before makes something for the operation of this one.
    fn is_purpose(&self, clause: &Clause) -> bool {
        let joined = clause.joined == Joined::And && self.context.before == Before::Other;
        joined && self.previous(clause).is_some_and(|before| self.reader.has_purpose(before))
    }

    fn accept(&mut self, clause: &Clause, found: Match<'_>) {
        self.confirm_waiting();
        if self.reader.has_verb(&found) {
            self.context.chain += 1;
            self.context.carry = Some(found.start);
        }
        self.context.before = Before::Instruction;
        let asked = Asked::Operation(found.phrase.operation, Some(found.phrase.number));
        self.push(asked, (found.start, found.end), clause.start);
        self.context.waiting = self.instructions.found.len();
    }

    /// A command line without marks of code: 'fix it, then mvn -q package'.
    fn bare_command(&mut self, clause: &Clause, lead: &Lead) -> bool {
        if lead.negated || !self.is_free(clause, lead, false) || self.reader.reports(clause) {
            return false;
        }
        let Some((start, operations)) = bare_commands::read_in(&self.reader, clause) else { return false };
        self.context.chain += 1;
        self.context.carry = None;
        for operation in operations {
            self.push(Asked::Command(operation.signature), (start, clause.end), clause.start);
        }
        self.context.before = Before::Instruction;
        self.confirm_waiting();
        true
    }

    pub(super) fn push(&mut self, asked: Asked, words: (usize, usize), from: usize) {
        let first_of_sentence = self.instructions.found.len() == self.context.first;
        let begin = if first_of_sentence { self.context.sentence } else { from };
        if !first_of_sentence && let Some(last) = self.instructions.found.last_mut() {
            last.region.1 = from;
        }
        let instruction = Instruction {
            asked,
            start: words.0,
            end: words.1,
            region: (begin, self.text.tokens.len()),
            chain: self.context.chain,
        };
        self.instructions.found.push(instruction);
    }

    /// Ends the sentence: its last instruction's words go no further.
    fn end_sentence(&mut self, end: usize) {
        if let Some(last) = self.instructions.found[self.context.first..].last_mut() {
            last.region.1 = end;
        }
        self.context.sentence = end;
        self.context.first = self.instructions.found.len();
    }

    /// A clause that asks for nothing known.
    fn other_clause(&mut self, clause: &Clause, lead: &Lead) {
        if lead.end >= clause.end {
            return;
        }
        if self.opens(clause, lead) {
            return;
        }
        self.decide_waiting(clause);
        self.context.creates |=
            self.reader.is_creation(clause, lead) || self.reader.is_told_of_an_artifact(clause);
        self.context.before = self.kind_of(clause, lead);
        self.context.carry = None;
        if self.context.before == Before::Other {
            self.context.without_object = self.reader.bare_verb(clause, lead);
        }
    }

    /// A verb without its object, before a colon or a list.
    fn opens(&mut self, clause: &Clause, lead: &Lead) -> bool {
        let begins_list =
            |next: &Clause| matches!(next.link, Link::Colon | Link::Line) && next.joined == Joined::Anew;
        if !self.next(clause).is_some_and(begins_list) || lead.negated {
            return false;
        }
        let empty = self.reader.is_open(clause, lead);
        if empty {
            self.context.open = true;
            self.context.carry = Some(lead.end);
            self.context.chain += 1;
            self.context.before = Before::Instruction;
        }
        empty
    }

    fn kind_of(&self, clause: &Clause, lead: &Lead) -> Before {
        let words = &self.text.tokens[lead.end..clause.end];
        let modal_in = |words: &[Token]| words.iter().any(|word| word.roles.intersects(Role::MODAL));
        let is_modal = || modal_in(&words[..words.len().min(MODAL_REACH)]) || tells_who_may(words);
        let goes_on = clause.joined != Joined::Anew && self.context.before == Before::Bound;
        let roles_at = |at: usize| words.get(at).map_or(Role::empty(), |word| word.roles);
        let (first, second) = (roles_at(0), roles_at(1));
        let asks = clause.question && lead.end == clause.start && clause.joined == Joined::Anew;
        let purpose = self.context.creates && words.iter().any(|word| word.roles.intersects(Role::PURPOSE));
        let goes_on_told = self.context.before == Before::Statement
            && (matches!(clause.joined, Joined::And | Joined::Or) || clause.link == Link::Then);
        let told = goes_on_told || self.is_in_told_list(clause);
        let in_question = clause.joined != Joined::Anew && self.context.before == Before::Question;
        if asks || in_question {
            Before::Question
        } else if lead.negated || told {
            Before::Statement
        } else if first.intersects(Role::CONDITION) {
            Before::Condition
        } else if purpose || goes_on || clause.roles.intersects(Role::MODAL) && is_modal() {
            Before::Bound
        } else if first.intersects(Role::STATEMENT) || second.intersects(Role::STATES) {
            if modal_in(words) { Before::Bound } else { Before::Statement }
        } else {
            Before::Other
        }
    }
}

/// A modal verb among this many first words makes a statement of a clause ('the new pipeline should').
const MODAL_REACH: usize = 4;

/// Whether somebody can do or should do something: 'make it public so that *users can* log in and run the tests'.
fn tells_who_may(words: &[Token]) -> bool {
    let told = |pair: &[Token]| {
        pair[0].roles.intersects(Role::STATEMENT)
            && pair[1].roles.intersects(Role::MODAL)
            && pair[1].link == Link::None
    };
    words.windows(2).any(told)
}
