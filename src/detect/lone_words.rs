//! Words that stand alone: 'pytest backend', 'lint + typecheck'. Whether they ask for something may depend on what
//! comes next.

use super::clause_reader::Lead;
use super::clauses::{Clause, Joined};
use super::context::Before;
use super::instructions::{Asked, Finder};
use super::roles::Role;
use super::tokens::Link;

impl Finder<'_, '_> {
    /// Notes the operation of a clause that is made of words that stand alone. Returns whether the clause is.
    pub(super) fn lone_words(&mut self, clause: &Clause, lead: &Lead) -> bool {
        let Some((operation, words, chained)) = self.reader.nothing_but(clause) else { return false };
        let polite = clause.roles.intersects(Role::POLITE);
        let begins = clause.joined == Joined::Anew && (clause.number == 0 || self.only_small_before(clause));
        let allowed = match (clause.joined, self.context.before) {
            _ if lead.negated || self.reader.reports(clause) => false,
            _ if polite || self.context.open => true,
            (joined, Before::Question) if joined != Joined::Anew => false,
            (Joined::Anew, Before::Alone) => true,
            (Joined::Anew, _) if clause.then || clause.link == Link::Sentence && !begins => chained,
            (Joined::Anew, _) => begins,
            (_, Before::Alone | Before::Nothing) => true,
            (Joined::Then, Before::Instruction) => true,
            (Joined::Then, _) | (_, Before::Instruction) | (Joined::Comma, Before::Condition) => chained,
            (Joined::And, Before::Other) => chained && self.ends_an_imperative(clause),
            _ => false,
        };
        if !allowed {
            return false;
        }
        if self.context.before != Before::Alone {
            self.context.chain += 1;
        }
        self.context.before = Before::Alone;
        self.context.without_object = Some(words.0).filter(|_| words.1 == clause.end);
        self.push(Asked::Operation(operation, None), words, clause.start);
        self.context.firm = polite || words.1 < clause.end;
        true
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
    fn only_small_before(&self, clause: &Clause) -> bool {
        clause.start <= self.context.first_word
    }

    /// Words that stand alone count for good.
    pub(super) fn confirm_waiting(&mut self) {
        self.context.waiting = self.instructions.found.len();
    }

    /// Decides about words that stood alone, now that the next clause is known to be no instruction: joined to it they
    /// were a part of it ('format and validate dates'), before a line or a colon they were a title.
    pub(super) fn decide_waiting(&mut self, next: &Clause) {
        let joined = matches!(next.joined, Joined::Comma | Joined::And | Joined::Or);
        let comma = next.joined == Joined::Comma;
        // 'build and run please': what is but a verb has the same object.
        let words = &self.text.tokens[next.start..next.end];
        let verbs = words.iter().filter(|word| !word.roles.intersects(Role::SKIPPED)).count();
        let bare = !comma && verbs == 1;
        if joined && !bare && !(comma && self.context.firm) || matches!(next.link, Link::Line | Link::Colon) {
            self.instructions.found.truncate(self.context.waiting);
            self.context.first = self.context.first.min(self.context.waiting);
        }
        self.confirm_waiting();
    }
}
