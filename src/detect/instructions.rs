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
use super::tokens::{Link, Mark, has};

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
        let verb_before = self.context.verb_without_object.take();
        if let Some(ignored) = self.ignored(clause) {
            return self.ignore(clause, ignored);
        }
        let (found, lead) = self.instruction_in(clause);
        let end = match found.map(|found| self.to_its_verb(clause, found)) {
            Some(found) => {
                self.accept(clause, &found);
                self.after_condition(clause, &found);
                found.end
            }
            None if self.bare_command(clause, &lead) => clause.start,
            None if self.lone_words(clause, &lead) => return,
            None => {
                self.other_clause(clause, &lead);
                self.object_of(verb_before, clause, &lead);
                clause.start
            }
        };
        self.verb_last(clause, end);
    }

    /// Why nothing in a clause is an instruction, if so.
    fn ignored(&self, clause: &Clause) -> Option<Ignored> {
        let opened = self.context.opened || clause.number == 0;
        let ignored = self.context.ignored.holds(self.text, clause.start, opened);
        ignored.or_else(|| self.only_asks(clause).then_some(Ignored::Question))
    }

    fn ignore(&mut self, clause: &Clause, ignored: Ignored) {
        self.instructions.clauses[clause.number].ignored = Some(ignored);
        self.decide_lone_words(clause);
        let asks = ignored == Ignored::Question && clause.question;
        self.context.before = if asks { Before::Question } else { Before::Statement };
        self.context.carried_verb = None;
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
    fn after_condition(&mut self, clause: &Clause, found: &Match<'_>) {
        let rest = Clause { start: found.end, joined: Joined::Then, link: Link::None, ..*clause };
        if has(&self.text.tokens[clause.start..=found.start], Role::CONDITION)
            && let (Some(next), _) = self.instruction_in(&rest)
        {
            self.accept(&rest, &next);
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
                self.accept(clause, &found);
                next = found.end;
            }
        }
    }

    /// Whether a word right before a match negates it, whose verb has no ending that could: '先不要*把代码推送*'.
    fn is_negated(&self, clause: &Clause, found: &Match<'_>) -> bool {
        let before = &self.text.tokens[clause.start.max(found.start.saturating_sub(3))..found.start];
        let has_ending = self.text.is_kana_or_hangul(found.end - 1);
        !has_ending && has(before, Role::NOT)
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
            self.accept(clause, &found);
        } else if lead.end + 1 == clause.end {
            self.context.verb_without_object = Some(verb);
        }
    }

    fn new_sentence(&mut self, clause: &Clause) {
        let alone = self.context.before == Before::Alone && clause.link != Link::Sentence;
        let goes_on = alone || (self.context.opened && self.goes_on_open(clause));
        if !goes_on {
            self.confirm_lone_words();
            self.context.before = Before::Nothing;
            self.context.carried_verb = None;
            self.context.opened = false;
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
        let mut lead = Lead::at(clause.start);
        while let Some(word) = self.text.tokens[..clause.end].get(lead.end) {
            lead.polite |= word.roles.intersects(Role::POLITE);
            if word.roles.intersects(Role::NOT) && !word.roles.intersects(Role::LEAD_IN) {
                lead.negated = true;
                break;
            }
            let found = self.instruction_after(clause, &lead);
            if found.is_some() {
                return (found, lead);
            }
            let Some(next) = self.reader.step_over(lead.end) else { break };
            lead.step_over(word, next);
        }
        (None, lead)
    }

    /// The instruction right after lead-ins.
    fn instruction_after<'c>(&self, clause: &'c Clause, lead: &Lead) -> Option<Match<'c>>
    where
        'r: 'c,
    {
        let carried = self.carried(clause);
        if lead.preposition || !self.is_free(clause, lead, carried.is_some()) {
            return None;
        }
        let search = self.reader.search(clause);
        let found = search.at(lead.end).or_else(|| search.going_on(carried?, lead.end));
        found.filter(|found| self.is_instruction(clause, found) && (lead.polite || !self.is_purpose(clause)))
    }

    /// Whether a match is an instruction that does not end within what is copied from elsewhere.
    fn is_instruction(&self, clause: &Clause, found: &Match<'_>) -> bool {
        !self.context.ignored.is_copied(found.end - 1) && self.reader.is_instruction(clause, found)
    }

    /// The verb that goes on in a clause without one.
    fn carried(&self, clause: &Clause) -> Option<usize> {
        let joined = clause.joined != Joined::Anew || self.context.opened;
        self.context.carried_verb.filter(|_| joined)
    }

    /// Whether a clause can have an instruction of its own, and is not a part of what the clause before says.
    fn is_free(&self, clause: &Clause, lead: &Lead, carries: bool) -> bool {
        let before = self.context.before;
        match clause.joined {
            Joined::Anew => true,
            _ if before == Before::Question => lead.polite,
            // The rest of a command line is what its beginning is: 'I ran `npm ci && npm test`'.
            Joined::Then if clause.link == Link::Then => before != Before::Statement,
            Joined::Then => lead.polite || !self.is_asked_before(clause),
            Joined::Or => matches!(before, Before::Instruction | Before::Alone | Before::Nothing) || carries,
            Joined::Comma => !self.is_in_told_list(clause) && (before != Before::Bound || lead.polite),
            Joined::And => {
                lead.polite || !matches!(before, Before::Bound | Before::Statement | Before::Condition)
            }
        }
    }

    /// Whether the clause before only asks, without a question mark: 'explícame cómo crear un repo *y luego subirlo*'.
    fn is_asked_before(&self, clause: &Clause) -> bool {
        self.previous(clause).is_some_and(|before| before.ignored == Some(Ignored::Question))
    }

    /// Whether a clause stands between what is negated and an 'or' that goes on with it ('do not create, *edit* or
    /// delete'), or in brackets that tell of something else: 'the steps (requirements, *npm install*)'.
    pub(super) fn is_in_told_list(&self, clause: &Clause) -> bool {
        let before = self.context.before;
        let listed = self.text.tokens[clause.start].is(Mark::BRACKETED);
        let negated = || self.next(clause).is_some_and(|next| next.joined == Joined::Or);
        before == Before::Statement && negated()
            || listed && matches!(before, Before::Other | Before::Statement)
    }

    pub(super) fn previous(&self, clause: &Clause) -> Option<&Clause> {
        clause.number.checked_sub(1).map(|previous| &self.instructions.clauses[previous])
    }

    pub(super) fn next(&self, clause: &Clause) -> Option<&Clause> {
        self.instructions.clauses.get(clause.number + 1)
    }

    /// Whether the clause before makes something for the operation of this one.
    fn is_purpose(&self, clause: &Clause) -> bool {
        let joined = clause.joined == Joined::And && self.context.before == Before::Other;
        joined && self.previous(clause).is_some_and(|before| self.reader.has_purpose(before))
    }

    fn accept(&mut self, clause: &Clause, found: &Match<'_>) {
        if self.reader.has_verb(found.phrase, found.start) == Some(true) {
            self.context.chain += 1;
            self.context.carried_verb = Some(found.start);
        }
        self.context.before = Before::Instruction;
        let asked = Asked::Operation(found.phrase.operation, Some(found.phrase.number));
        self.push(asked, (found.start, found.end), clause.start);
        if let Some(named) = found.named {
            self.take_in(named);
        }
        self.confirm_lone_words();
    }

    /// What is said of a thing where it is named belongs to the last instruction, too: 'there are *tests of the server*.
    /// Run them'.
    fn take_in(&mut self, named: usize) {
        let Instructions { found, clauses } = &mut *self.instructions;
        let clause = clauses[..clauses.partition_point(|clause| clause.start <= named)].last();
        if let (Some(last), Some(clause)) = (found.last_mut(), clause) {
            last.region.0 = last.region.0.min(clause.start);
        }
    }

    /// A command line without marks of code: 'fix it, then mvn -q package'.
    fn bare_command(&mut self, clause: &Clause, lead: &Lead) -> bool {
        if lead.negated || !self.is_free(clause, lead, false) || self.reader.reports(clause) {
            return false;
        }
        let Some((start, operations)) = bare_commands::read_in(&self.reader, clause) else { return false };
        self.context.chain += 1;
        self.context.carried_verb = None;
        for operation in operations {
            self.push(Asked::Command(operation.signature), (start, clause.end), clause.start);
        }
        self.context.before = Before::Instruction;
        self.confirm_lone_words();
        true
    }

    pub(super) fn push(&mut self, asked: Asked, words: (usize, usize), from: usize) {
        let mut begin = self.context.sentence_start;
        if let Some(last) = self.instructions.found[self.context.found_before..].last_mut() {
            (begin, last.region.1) = (from, from);
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
        if let Some(last) = self.instructions.found[self.context.found_before..].last_mut() {
            last.region.1 = end;
        }
        self.context.sentence_start = end;
        self.context.found_before = self.instructions.found.len();
    }
}
