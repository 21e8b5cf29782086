//! Clauses that ask for nothing known: what they let the next one be.

use super::clause_reader::Lead;
use super::clause_words::{begins_statement, head};
use super::clauses::{Clause, Joined};
use super::context::Before;
use super::instructions::Finder;
use super::roles::Role;
use super::tokens::{Link, Token, has};

impl Finder<'_, '_> {
    /// A clause that asks for nothing known.
    pub(super) fn other_clause(&mut self, clause: &Clause, lead: &Lead) {
        if lead.end >= clause.end || self.opens(clause, lead) {
            return;
        }
        self.decide_lone_words(clause);
        self.context.creates |=
            self.reader.is_creation(clause, lead) || self.reader.is_told_of_an_artifact(clause);
        self.context.before = self.kind_of(clause, lead);
        self.context.carried_verb = None;
        if self.context.before == Before::Other {
            self.context.verb_without_object = self.reader.bare_verb(clause, lead);
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
            self.context.opened = true;
            self.context.carried_verb = Some(lead.end);
            self.context.chain += 1;
            self.context.before = Before::Instruction;
        }
        empty
    }

    /// What a clause is for the next one, if it asks for nothing known.
    fn kind_of(&self, clause: &Clause, lead: &Lead) -> Before {
        let words = &self.text.tokens[lead.end..clause.end];
        let goes_on_with = |before: Before| clause.joined != Joined::Anew && self.context.before == before;
        // After a lead-in it asks to do something: 'can you …?'
        let asks = clause.question && clause.joined == Joined::Anew && lead.end == clause.start;
        if asks || goes_on_with(Before::Question) {
            return Before::Question;
        }
        if lead.negated || self.goes_on_with_statement(clause) || self.is_in_told_list(clause) {
            return Before::Statement;
        }
        if words[0].roles.intersects(Role::CONDITION) {
            return Before::Condition;
        }
        let has_purpose = self.context.creates && has(words, Role::PURPOSE);
        if has_purpose || goes_on_with(Before::Bound) || says_what_should_be(words) {
            return Before::Bound;
        }
        if !begins_statement(words) {
            Before::Other
        } else if has(words, Role::MODAL) {
            Before::Bound
        } else {
            Before::Statement
        }
    }

    /// Whether a clause is a part of the statement before it: 'I ran the tests *and pushed*'.
    fn goes_on_with_statement(&self, clause: &Clause) -> bool {
        let goes_on = matches!(clause.joined, Joined::And | Joined::Or) || clause.link == Link::Then;
        goes_on && self.context.before == Before::Statement
    }
}

/// Whether words say what something or somebody should do or can do: 'the new pipeline *should*', 'make it public so that
/// *users can* log in'.
fn says_what_should_be(words: &[Token]) -> bool {
    let tells_who = |pair: &[Token]| {
        pair[0].roles.intersects(Role::STATEMENT)
            && pair[1].roles.intersects(Role::MODAL)
            && pair[1].link == Link::None
    };
    has(head(words), Role::MODAL) || words.windows(2).any(tells_who)
}
