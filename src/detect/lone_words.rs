//! Words that stand alone: 'pytest backend', 'lint + typecheck'. Whether they ask for something may depend on what
//! comes next.

use super::clause_reader::Lead;
use super::clauses::{Clause, Joined};
use super::context::Before;
use super::instructions::{Asked, Finder};
use super::phrases::LoneWords;
use super::roles::Role;
use super::tokens::Link;

impl Finder<'_, '_> {
    /// Notes the operation of a clause that is made of words that stand alone. Returns whether the clause is.
    pub(super) fn lone_words(&mut self, clause: &Clause, lead: &Lead) -> bool {
        let all = self.reader.nothing_but(clause).unwrap_or_default();
        let Some(&words) = all.last() else { return false };
        if lead.negated || self.reader.reports(clause) {
            return false;
        }
        let polite = clause.roles.intersects(Role::POLITE);
        if !polite && !self.context.opened && !self.count_as_instruction(words, clause) {
            return false;
        }
        if self.context.before != Before::Alone {
            self.context.chain += 1;
        }
        self.context.before = Before::Alone;
        self.context.verb_without_object = (words.end == clause.end).then_some(words.start);
        let mut from = clause.start;
        for words in all {
            self.push(Asked::Operation(words.operation, None), (words.start, words.end), from);
            from = words.end;
        }
        self.context.waiting_is_firm = polite || words.end < clause.end;
        true
    }

    /// Whether words that make up a clause ask for their operation, by what stands before them.
    fn count_as_instruction(&self, words: LoneWords, clause: &Clause) -> bool {
        let then = clause.joined == Joined::Then;
        match self.context.before {
            before if clause.joined == Joined::Anew => {
                let goes_on = words.chained && (clause.then || clause.link == Link::Sentence);
                goes_on || before == Before::Alone || self.begins_request(clause)
            }
            Before::Alone | Before::Nothing => true,
            Before::Instruction => words.chained || then,
            Before::Condition => words.chained && (then || clause.joined == Joined::Comma),
            // 'fix it *and build*'
            Before::Other => {
                words.chained && (then || clause.joined == Joined::And && self.ends_an_imperative(clause))
            }
            Before::Statement | Before::Bound => words.chained && then,
            Before::Question => false,
        }
    }

    /// Whether a clause is the end of a sentence in which a verb with its object came before: 'fix it *and build*', but
    /// not 'design *and build*', 'tell me of lint *and format*'.
    fn ends_an_imperative(&self, clause: &Clause) -> bool {
        let is_imperative = |before: &Clause| {
            before.end > before.start + 1 && !before.roles.intersects(Role::ALONE | Role::CREATES)
        };
        clause.end == clause.sentence_end && self.previous(clause).is_some_and(is_imperative)
    }

    /// Whether every clause before is made of lead-ins: 'Hi! Ok, tests.'
    fn begins_request(&self, clause: &Clause) -> bool {
        clause.start <= self.context.first_word && !clause.then
    }

    /// Words that stand alone count for good.
    pub(super) fn confirm_lone_words(&mut self) {
        self.context.confirmed = self.instructions.found.len();
    }

    /// Decides about words that stood alone, now that the next clause is known to be no instruction: joined to it they
    /// were a part of it ('format and validate dates'), before a line or a colon they were a title.
    pub(super) fn decide_lone_words(&mut self, next: &Clause) {
        let are_part = match next.joined {
            Joined::Comma => !self.context.waiting_is_firm,
            Joined::And | Joined::Or => !self.is_bare_verb(next),
            Joined::Anew | Joined::Then => false,
        };
        let are_title = matches!(next.link, Link::Line | Link::Colon);
        if are_part || are_title {
            self.instructions.found.truncate(self.context.confirmed);
            self.context.found_before = self.context.found_before.min(self.context.confirmed);
        }
        self.confirm_lone_words();
    }

    /// Whether a clause is one word, which has the same object as the word before it: 'build and *run please*'.
    fn is_bare_verb(&self, clause: &Clause) -> bool {
        let words = &self.text.tokens[clause.start..clause.end];
        words.iter().filter(|word| !word.roles.intersects(Role::SKIPPED)).count() == 1
    }
}
