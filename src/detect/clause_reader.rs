//! What the words of one clause say, whatever stood before it.

use std::iter::successors;

use super::clauses::Clause;
use super::model::{Atom, Phrase};
use super::phrases::{LoneWords, Match, Search};
use super::roles::Role;
use super::rule_set::RuleSet;
use super::tokenized_text::TokenizedText;
use super::tokens::{Link, Mark, Token, has};
use super::word_lists::WordLists;

/// Where the words before a possible instruction end, and what they say.
pub(crate) struct Lead {
    /// The first word that is no lead-in.
    pub end: usize,
    pub polite: bool,
    pub negated: bool,
    /// A preposition stands right before: what follows is a noun, 'on every *push* the site is built'.
    pub preposition: bool,
}

impl Lead {
    /// Before the first word of a clause.
    pub(crate) fn at(start: usize) -> Self {
        Self { end: start, polite: false, negated: false, preposition: false }
    }

    /// Steps over a word, up to `next`.
    pub(crate) fn step_over(&mut self, word: &Token, next: usize) {
        // A word that begins a clause of its own is no preposition: Dutch '*en draai* de tests'.
        let starts = word.roles.intersects(Role::STARTS);
        let preposition = word.roles.intersects(Role::PREPOSITION) && word.skip <= 1 && !starts;
        self.preposition = preposition || self.preposition && word.roles.intersects(Role::SMALL);
        self.end = next;
    }
}

/// Reads the clauses of a text one by one.
#[derive(Clone, Copy)]
pub(crate) struct ClauseReader<'r> {
    pub rules: &'r RuleSet,
    pub word_lists: &'r WordLists,
    pub text: &'r TokenizedText,
}

impl<'r> ClauseReader<'r> {
    pub(crate) fn search<'c>(&self, clause: &'c Clause) -> Search<'c>
    where
        'r: 'c,
    {
        Search { rules: self.rules, word_lists: self.word_lists, text: self.text, clause }
    }

    /// The next word after one that may stand before an instruction.
    pub(crate) fn step_over(&self, at: usize) -> Option<usize> {
        let token = &self.text.tokens[at];
        let end = self.text.group_end(at);
        if token.skip > 0 && token.roles.intersects(Role::SKIPPED | Role::TARGET) {
            return Some(end.max(at + usize::from(token.skip)));
        }
        let skipped = token.is(Mark::OPTION) || self.text.is_path(at, end);
        skipped.then_some(end)
    }

    /// The first word of a clause, and each that comes after nothing but lead-ins.
    pub(crate) fn after_lead_ins(&self, clause: &Clause) -> impl Iterator<Item = usize> {
        let within = move |at: &usize| *at < clause.end;
        successors(Some(clause.start).filter(within), move |&at| self.step_over(at).filter(within))
    }

    /// Whether a clause says for which operation it makes something: 'add a script *to build the app* and …'.
    pub(crate) fn has_purpose(&self, clause: &Clause) -> bool {
        let search = self.search(clause);
        (clause.start..clause.end.saturating_sub(1))
            .any(|at| self.text.tokens[at].roles.intersects(Role::PURPOSE) && search.at(at + 1).is_some())
    }

    /// Whether the first word of a phrase stands at a token, and was not said before; none for a phrase that begins with
    /// no word of its own, as with a path.
    pub(crate) fn has_verb(&self, phrase: &Phrase, start: usize) -> Option<bool> {
        match phrase.atoms.first()? {
            (_, Atom::List(list)) => Some(self.word_lists.begins(self.text, start, *list)),
            (_, Atom::Path(_) | Atom::Version) => None,
        }
    }

    /// Whether a match is an instruction, as far as its clause tells.
    pub(crate) fn is_instruction(&self, clause: &Clause, found: &Match<'_>) -> bool {
        found.spoilt_by.is_none()
            && !self.leaves_quotation(found)
            && !self.is_reported(clause, found)
            && !self.is_label(found)
    }

    /// Whether a match begins within a quotation and ends behind it: 'the "*create account" page in README.md* is old'.
    fn leaves_quotation(&self, found: &Match<'_>) -> bool {
        let quoted = |at: usize| self.text.tokens[at].is(Mark::QUOTED);
        quoted(found.start) && !quoted(found.end - 1)
    }

    /// Whether a sentence whose verb comes last reports a match: '*git pull* しました'.
    fn is_reported(&self, clause: &Clause, found: &Match<'_>) -> bool {
        found.end < clause.sentence_end && self.text.is_kana_or_hangul(found.end) && self.reports(clause)
    }

    /// Whether a match is one word before a colon, a title or a key of YAML, or begins with a key: `format:binary`.
    fn is_label(&self, found: &Match<'_>) -> bool {
        let word = &self.text.tokens[found.start];
        let after = self.text.folded[word.end as usize..].strip_prefix(':');
        after.is_some_and(|after| found.end == found.start + 1 || !after.starts_with(char::is_whitespace))
    }

    /// The words that stand alone in a clause, with nothing but small words, targets and paths: those of one operation
    /// together, and of several operations the last, or all where each can stand after another: 'build commit'.
    pub(crate) fn nothing_but(&self, clause: &Clause) -> Option<Vec<LoneWords>> {
        if !clause.roles.intersects(Role::ALONE) {
            return None;
        }
        let mut found = Vec::new();
        let search = self.search(clause);
        let mut at = clause.start;
        let mut after_option = false;
        while at < clause.end {
            let token = &self.text.tokens[at];
            if let Some(words) = search.lone_words_at(at).filter(|words| !self.is_within_lead_in(words)) {
                self.add(words, &mut found, clause)?;
                at = words.end;
                continue;
            }
            if found.last().is_some_and(|found| search.is_excluded(at, found.operation)) {
                return None;
            }
            let skipped = !found.is_empty() && token.roles.intersects(Role::MAY_FOLLOW) || after_option;
            after_option = token.is(Mark::OPTION);
            at = match self.step_over(at) {
                Some(next) => next,
                None if skipped => self.text.group_end(at),
                None => return None,
            };
        }
        Some(found)
    }

    /// Whether a lead-in of more words begins with words that can stand alone.
    fn is_within_lead_in(&self, words: &LoneWords) -> bool {
        let token = &self.text.tokens[words.start];
        token.roles.intersects(Role::SKIPPED) && words.start + usize::from(token.skip) > words.end
    }

    /// Adds words that stand alone to the others in their clause; none where they are but nouns.
    fn add(&self, words: LoneWords, others: &mut Vec<LoneWords>, clause: &Clause) -> Option<()> {
        let Some(last) = others.last_mut() else {
            let before = &self.text.tokens[clause.start..words.start];
            // 'I need a *test suite* for it' names what somebody is to have.
            if names_a_place(before) || has(before, Role::CREATES) {
                return None;
            }
            others.push(words);
            return Some(());
        };
        let excluded = || self.search(clause).is_excluded(words.start, last.operation);
        if last.operation == words.operation {
            *last = LoneWords { start: last.start, ..words };
        } else if self.is_after_preposition(words.start) {
            return None;
        } else if last.chained && words.chained && !excluded() {
            others.push(words);
        } else {
            *last = words;
        }
        Some(())
    }

    /// Whether a word says when or where, right after another that stands alone: 'the build runs on *push*'.
    fn is_after_preposition(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| self.text.tokens[before].roles.intersects(Role::PREPOSITION))
    }

    /// The verb of a clause that has nothing else. In 'add "build" and "demo" targets' it is a name.
    pub(crate) fn bare_verb(&self, clause: &Clause, lead: &Lead) -> Option<usize> {
        let (verb, rest) = self.text.tokens[lead.end..clause.end].split_first()?;
        let bare = rest.iter().all(|token| token.roles.intersects(Role::SMALL));
        (bare && verb.roles.intersects(Role::BEGINS) && !verb.is(Mark::QUOTED)).then_some(lead.end)
    }

    /// Whether a clause is a verb that lacks its object, with nothing else.
    pub(crate) fn is_open(&self, clause: &Clause, lead: &Lead) -> bool {
        let mut words = self.text.matches_at(lead.end).iter();
        let verb = words.find(|found| self.word_lists.in_phrases(found).opens);
        let Some(end) = verb.map(|verb| verb.end as usize) else { return false };
        let rest = &self.text.tokens[end..clause.end];
        rest.iter().all(|word| word.roles.intersects(Role::SKIPPED | Role::MAY_FOLLOW))
    }

    /// Whether a clause tells to make something that does things itself.
    pub(crate) fn is_creation(&self, clause: &Clause, lead: &Lead) -> bool {
        let tokens = &self.text.tokens[clause.start..clause.end];
        // 'I want a' leads in, and makes something all the same.
        let mut words = tokens.iter().take(lead.end + 1 - clause.start);
        clause.roles.intersects(Role::ARTIFACT)
            && words.any(|word| word.roles.intersects(Role::CREATES))
            && (clause.start..clause.end).any(|at| self.is_artifact(at))
    }

    /// Whether a word is something that does things itself, and no path: 'add *.prompts* to the gitignore'.
    fn is_artifact(&self, at: usize) -> bool {
        self.text.tokens[at].roles.intersects(Role::ARTIFACT)
            && !self.text.is_path(at, self.text.group_end(at))
    }

    /// Whether a sentence after one that makes something says what that shall do.
    pub(crate) fn tells_of_a_creation(&self, clause: &Clause) -> bool {
        let first = &self.text.tokens[clause.start];
        let item = |at: usize| self.text.tokens[at].is(Mark::ITEM);
        let begins_list = item(clause.start) && !item(clause.start.saturating_sub(1));
        let then = self.text.tokens.get(clause.start + 1);
        // 'It should run the tests'
        let tells = first.roles.intersects(Role::STATEMENT)
            && then.is_some_and(|then| then.roles.intersects(Role::MODAL));
        clause.link == Link::Colon || begins_list || tells || first.roles.intersects(Role::SECTION)
    }

    /// Whether the end of a sentence, where its verb stands, makes a report of it: 'コミットしてプッシュし*ました*'.
    pub(crate) fn reports(&self, clause: &Clause) -> bool {
        const ENDING: usize = 4;
        has(self.last_of_sentence(clause, ENDING), Role::STATES)
    }

    /// Whether the end of a sentence says that something that does things itself is to be made:
    /// 'ビルドして結果を送る*スクリプトを書いて*'.
    pub(crate) fn is_told_of_an_artifact(&self, clause: &Clause) -> bool {
        const ENDING: usize = 16;
        if !clause.ahead.contains(Role::ARTIFACT | Role::CREATES) {
            return false;
        }
        let mut last = self.last_of_sentence(clause, ENDING).iter();
        last.any(|word| word.roles.intersects(Role::ARTIFACT))
            && last.any(|word| word.roles.intersects(Role::CREATES))
    }

    /// The last `most` words of a clause's sentence, as far as they stand in the clause or after it.
    fn last_of_sentence(&self, clause: &Clause, most: usize) -> &'r [Token] {
        let end = clause.sentence_end;
        &self.text.tokens[end.saturating_sub(most).max(clause.start)..end]
    }
}

/// Whether what follows some words belongs to the name of a place: 'in the *test* ui'.
fn names_a_place(before: &[Token]) -> bool {
    before.last_chunk::<2>().is_some_and(|[preposition, article]| {
        preposition.roles.intersects(Role::PREPOSITION) && article.roles.intersects(Role::SMALL)
    })
}
