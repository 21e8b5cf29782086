//! What follows a phrase right away may make something else of it: 'build the settings *page*'.

use super::model::{Phrase, PhraseEnd};
use super::phrases::Search;
use super::roles::Role;
use super::tokens::{Link, Mark, Token};

impl<'r> Search<'r> {
    /// The word right after a phrase that cancels it.
    pub(super) fn spoilt_by(&self, phrase: &Phrase, end: usize) -> Option<usize> {
        let token = self.word_after(end)?;
        if self.is_told_of_code(end) {
            return Some(end);
        }
        let strict = phrase.ending != PhraseEnd::Open;
        let cancels =
            token.roles.intersects(Role::NOT_FOLLOWED_BY) || self.is_excluded(end, phrase.operation);
        let spoils =
            (cancels || strict && !is_loose(token)) && !self.text.is_path(end, self.text.group_end(end));
        if spoils {
            return Some(end);
        }
        strict.then(|| self.noun_after(end)).flatten()
    }

    /// Whether a word goes on after code in quotation marks and says how it went: '`tsc` *without* errors', '`tsc` *is*
    /// red'.
    fn is_told_of_code(&self, end: usize) -> bool {
        const MOST_CODE: usize = 16;
        let mut rest = self.text.tokens[end..self.limit_of_words_after(end)].iter().take(MOST_CODE);
        let after = rest.find(|token| !token.is(Mark::QUOTED));
        self.text.tokens[end - 1].is(Mark::QUOTED)
            && after.is_some_and(|next| next.roles.intersects(Role::NOT | Role::STATES))
    }

    /// Whether a word is one that an operation excludes right behind it, by its `not_followed_by`.
    pub(crate) fn is_excluded(&self, at: usize, operation: u16) -> bool {
        let excluded = self.rules.operations[usize::from(operation)].not_followed_by;
        excluded.is_some_and(|list| self.word_lists.begins(self.text, at, list))
    }

    /// The noun that an article or its like announces: 'fetch *all teams*' fetches no commits.
    fn noun_after(&self, end: usize) -> Option<usize> {
        const NO_ARTICLE: Role = Role::LEAD_IN.union(Role::JOINS).union(Role::PREPOSITION);
        let article = self.word_after(end)?;
        if !article.roles.contains(Role::SMALL | Role::MAY_FOLLOW) || article.roles.intersects(NO_ARTICLE) {
            return None;
        }
        let noun = end + usize::from(article.skip.max(1));
        let word = self.word_after(noun)?;
        let open = !is_loose(word) && !self.text.is_path(noun, self.text.group_end(noun));
        open.then_some(noun)
    }

    /// The word at a token, if it belongs to the clause and no mark stands before it.
    fn word_after(&self, end: usize) -> Option<&'r Token> {
        let token = self.text.tokens.get(end)?;
        (end < self.limit_of_words_after(end) && token.link == Link::None).then_some(token)
    }

    /// Where the words end that may say something of what ends at `end`: with the clause, or with the sentence where a
    /// gap led beyond the clause.
    fn limit_of_words_after(&self, end: usize) -> usize {
        if end > self.clause.end { self.clause.sentence_end } else { self.clause.end }
    }
}

/// Whether a word may follow any phrase.
fn is_loose(token: &Token) -> bool {
    const LOOSE: Role = Role::MAY_FOLLOW.union(Role::LEAD_IN).union(Role::JOINS);
    token.roles.intersects(LOOSE) || token.is(Mark::OPTION)
}
