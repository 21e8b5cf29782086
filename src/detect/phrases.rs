//! Phrases matched word by word, from a place where an instruction can begin.

use super::clauses::Clause;
use super::in_phrases::{Candidate, InPhrases};
use super::model::{Atom, Join, Phrase, PhraseEnd, Position};
use super::roles::Role;
use super::rule_set::RuleSet;
use super::tokenized_text::{ListId, TokenizedText};
use super::tokens::{Link, Mark, Token};
use super::word_lists::WordLists;

/// A phrase found in a text: the words `start..end`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match<'r> {
    pub phrase: &'r Phrase,
    pub start: usize,
    pub end: usize,
    /// The word after it that makes something else of it, as 'page' in 'build the settings page'.
    pub spoilt_by: Option<usize>,
}

impl Match<'_> {
    /// The better of two: one that nothing spoils, then the longer ('run the build' is but the beginning of 'run the
    /// build tests'), then the first.
    fn better(best: Option<Self>, other: Option<Self>) -> Option<Self> {
        let Some(found) = other else { return best };
        let rank = |found: &Self| (found.spoilt_by.is_none(), found.end);
        best.filter(|best| rank(&found) <= rank(best)).or(Some(found))
    }
}

/// Where a phrase ends, and the word after it that spoils it.
type End = (usize, Option<usize>);

/// Looks for phrases in one clause.
#[derive(Clone, Copy)]
pub(crate) struct Search<'r> {
    pub rules: &'r RuleSet,
    pub word_lists: &'r WordLists,
    pub text: &'r TokenizedText,
    pub clause: &'r Clause,
}

/// How many characters of a script without spaces count as a word.
const IDEOGRAPHS_PER_WORD: usize = 3;

/// How many tokens a path at a phrase's beginning has at most, before and after the one looked for.
const LONGEST_PATH: usize = 32;

/// How many words a `....` may stand for.
const FAR_GAP: usize = 14;

/// How many small words a gap may have beside its other words: a text of nothing else must not cost the square of its
/// length.
const MOST_SMALL_WORDS: usize = 8;

impl<'r> Search<'r> {
    /// The operation whose word stands here and can stand alone: its number, the word's end, and whether it can
    /// do so after another instruction.
    pub(crate) fn alone_at(&self, at: usize) -> Option<(u16, usize, bool)> {
        if !self.text.tokens[at].roles.intersects(Role::ALONE) || self.text.is_name(at) {
            return None;
        }
        let mut found: Option<(u16, usize, bool)> = None;
        for words in self.text.matches_at(at) {
            let end = words.end as usize;
            if end > self.clause.end || !self.text.is_whole(at, end) {
                continue;
            }
            // The longest run of words comes last.
            let alone = self.word_lists.in_phrases(words).alone;
            found = alone.map(|(operation, chained)| (operation, end, chained)).or(found);
        }
        found
    }

    /// The best phrase that begins its clause at a token.
    pub(crate) fn at(&self, start: usize) -> Option<Match<'r>> {
        let begins = self.text.tokens[start].roles.intersects(Role::BEGINS) && !self.text.is_name(start);
        begins.then(|| self.best_at(start, Position::Beginning)).flatten()
    }

    /// Whether a phrase of an operation begins with the word at a token and has its other words near it.
    pub(crate) fn begins(&self, start: usize, operation: u16) -> bool {
        const NEAR: usize = 32;
        let near = start.saturating_sub(NEAR)..self.text.tokens.len().min(start + NEAR);
        let has = |list| near.clone().any(|at| self.word_lists.begins(self.text, at, list));
        let phrases = || {
            let candidates = self.words_at(start).flat_map(|(words, _)| &words.beginning);
            let phrases = candidates.map(|one| &self.rules.grammar.phrases[one.phrase as usize]);
            phrases.filter(|phrase| phrase.operation == operation)
        };
        // Phrases that need nothing more are asked first, because that is known at once.
        phrases().any(|phrase| phrase.needs().next().is_none())
            || phrases().any(|phrase| phrase.needs().take(2).all(has))
    }

    /// Whether one of an operation's preparations or details begins at a token.
    pub(crate) fn has_beside(&self, start: usize, position: Position, operation: u16) -> bool {
        self.words_at(start).any(|(words, next)| {
            let phrases = self.possible(&words.beside);
            let mut of_operation =
                phrases.filter(|phrase| phrase.operation == operation && phrase.position == position);
            of_operation.any(|phrase| {
                let found = self.rest_of(phrase, start, next);
                found.is_some_and(|found| found.spoilt_by.is_none() || phrase.ending == PhraseEnd::Open)
            })
        })
    }

    /// The best phrase of those that may stand anywhere in their clause.
    pub(crate) fn anywhere_at(&self, start: usize) -> Option<Match<'r>> {
        Match::better(self.best_at(start, Position::Anywhere), self.path_phrase_at(start))
    }

    fn best_at(&self, start: usize, position: Position) -> Option<Match<'r>> {
        let mut best = None;
        for (words, next) in self.words_at(start) {
            let candidates = if position == Position::Beginning { &words.beginning } else { &words.anywhere };
            for phrase in self.possible(candidates) {
                if let (_, Atom::List(_)) = phrase.atoms[0] {
                    best = Match::better(best, self.rest_of(phrase, start, next));
                }
            }
        }
        best
    }

    /// The best phrase that begins with a path of which a token is a part.
    fn path_phrase_at(&self, token: usize) -> Option<Match<'r>> {
        let tokens = &self.text.tokens;
        let glued = |at: usize| tokens.get(at).is_some_and(|token| token.is(Mark::GLUED));
        let back = (0..LONGEST_PATH).take_while(|&back| back < token && glued(token - back)).count();
        let (start, end) = (token - back, (token + 1..=token + LONGEST_PATH).find(|&end| !glued(end))?);
        if !self.text.is_path(start, end) || self.text.is_address(start) {
            return None;
        }
        let words = self.text.matches_at(token).iter().map(|found| self.word_lists.in_phrases(found));
        let phrases = words.flat_map(|words| self.possible(&words.anywhere));
        let phrases = phrases.filter(|phrase| matches!(phrase.atoms[0], (_, Atom::Path(_))));
        phrases.map(|phrase| self.rest_of(phrase, start, end)).fold(None, Match::better)
    }

    /// As [`Search::at`], with the phrase's first words said before, at `verb`: 'run the tests *and the linter*'.
    pub(crate) fn going_on(&self, verb: usize, start: usize) -> Option<Match<'r>> {
        let mut best = None;
        for (words, _) in self.words_at(verb) {
            for phrase in self.possible(&words.beginning) {
                if phrase.atoms.len() > 1 {
                    best = Match::better(best, self.rest_of(phrase, start, start));
                }
            }
        }
        best
    }

    /// What the whole words that begin at a token can do, and where they end.
    fn words_at(&self, start: usize) -> impl Iterator<Item = (&'r InPhrases, usize)> {
        let matches = self.text.matches_at(start).iter();
        let whole = matches.filter(move |found| self.text.is_whole(start, found.end as usize));
        whole.map(|found| (self.word_lists.in_phrases(found), found.end as usize))
    }

    /// The phrases whose other words may stand in the sentence: most of them do not.
    fn possible(&self, candidates: &'r [Candidate]) -> impl Iterator<Item = &'r Phrase> {
        let (needed, asks) = (&self.text.needed[self.clause.number], self.clause.ends_question());
        let possible = candidates.iter().filter(move |one| needed.has_all(one.needs));
        let phrases = possible.map(|one| &self.rules.grammar.phrases[one.phrase as usize]);
        phrases.filter(move |phrase| asks || phrase.ending != PhraseEnd::Question)
    }

    /// The match of a phrase whose first part ends at `next`.
    fn rest_of(&self, phrase: &'r Phrase, start: usize, next: usize) -> Option<Match<'r>> {
        let (end, spoilt_by) = self.rest(phrase, &phrase.atoms[1..], next)?;
        Some(Match { phrase, start, end, spoilt_by })
    }

    /// The end of the rest of a phrase, from a word on, and the word that spoils it. An end that nothing spoils is
    /// looked for as long as the gaps allow: 'update the npm *packages*'.
    fn rest(&self, phrase: &Phrase, atoms: &[(Join, Atom)], start: usize) -> Option<End> {
        let Some(&(join, atom)) = atoms.first() else { return Some((start, self.spoilt_by(phrase, start))) };
        // The verb of the sentence belongs to other words, too: 'コミットしてから*ビルドして*'.
        let ahead = atoms.len() == 1 && join == Join::WideGap && phrase.position == Position::Anywhere;
        let end = |(end, spoilt_by): End| (if ahead { start } else { end }, spoilt_by);
        let limit = self.limit(phrase, join, start);
        let mut at = start;
        let mut room = self.room(phrase, join);
        let mut small = MOST_SMALL_WORDS;
        let mut spoilt = None;
        while at < limit {
            if self.may_begin(atom, at) {
                match self.atoms_at(phrase, atoms, at) {
                    found @ Some((_, None)) => return found.map(end),
                    found => spoilt = spoilt.or(found.map(end)),
                }
            }
            match self.step(join, at, &mut room, &mut small) {
                Some(next) => at = next,
                None => break,
            }
        }
        spoilt
    }

    /// Whether a part of a phrase may begin at a token: nearly no words do.
    fn may_begin(&self, atom: Atom, at: usize) -> bool {
        match atom {
            Atom::List(list) => self.text.tokens[at].lists & list.bit() != 0,
            Atom::Path(_) | Atom::Version => true,
        }
    }

    /// How many characters of a script without spaces a gap may have; a word counts as some of them.
    fn room(&self, phrase: &Phrase, join: Join) -> usize {
        let words = match (join, phrase.position) {
            (Join::FarGap, _) => FAR_GAP,
            // All that belongs to a verb stands before it.
            (_, Position::Anywhere) => self.rules.grammar.gap * 2,
            _ => self.rules.grammar.gap,
        };
        words * IDEOGRAPHS_PER_WORD
    }

    /// The end of the parts `atoms`, the first of which must stand at a token.
    fn atoms_at(&self, phrase: &Phrase, atoms: &[(Join, Atom)], at: usize) -> Option<End> {
        let ((join, atom), rest) = atoms.split_first()?;
        let end = match *atom {
            Atom::List(list) => return self.words_then(phrase, (list, *join), rest, at),
            Atom::Path(of) => self.path_at(at, of)?,
            Atom::Version => self.version_at(at)?,
        };
        self.rest(phrase, rest, end)
    }

    /// As [`Search::atoms_at`], where words of a list come first: the best of all such words.
    fn words_then(
        &self,
        phrase: &Phrase,
        (list, join): (ListId, Join),
        rest: &[(Join, Atom)],
        at: usize,
    ) -> Option<End> {
        let limit = self.limit(phrase, join, at);
        let rank = |(end, spoilt_by): End| (spoilt_by.is_none(), end);
        let mut best: Option<End> = None;
        for end in self.word_lists.ends(self.text, at, list) {
            if end <= limit
                && self.text.is_whole(at, end)
                && let Some(found) = self.rest(phrase, rest, end)
                && best.is_none_or(|best| rank(found) > rank(best))
            {
                best = Some(found);
            }
        }
        best
    }

    /// How far a part may stand from the one before it, which ends at `start`. Where the verb comes last, that may be
    /// in a clause behind this one: 'ドキュメントに例*と*リンクを追加*して*'.
    fn limit(&self, phrase: &Phrase, join: Join, start: usize) -> usize {
        let goes_on = phrase.position == Position::Anywhere && start > self.clause.end;
        match join {
            Join::Next | Join::Gap if !goes_on => self.clause.end,
            _ => self.clause.sentence_end,
        }
    }

    /// The end of the path that begins here, if it has a word of the list.
    fn path_at(&self, at: usize, of: Option<ListId>) -> Option<usize> {
        let token = self.text.tokens.get(at)?;
        if token.is(Mark::GLUED | Mark::OPTION) {
            return None;
        }
        let end = self.text.group_end(at);
        let has = |list| (at..end).any(|at| self.word_lists.begins(self.text, at, list));
        // The words of an address say where something is, not what.
        let has_word = of.is_none_or(|list| has(list) && !self.text.is_address(at));
        (self.text.is_path(at, end) && has_word).then_some(end)
    }

    /// The end of the number of a version that begins here: `1.6.8`, `v2`, but no `2` and no `2.5`.
    fn version_at(&self, at: usize) -> Option<usize> {
        let token = self.text.tokens.get(at)?;
        if token.is(Mark::GLUED) {
            return None;
        }
        let end = self.text.group_end(at);
        let group = &self.text.folded[token.start as usize..self.text.tokens[end - 1].end as usize];
        is_version(group).then_some(end)
    }

    /// Steps over one word of a gap, if it may stand there.
    fn step(&self, join: Join, at: usize, room: &mut usize, small: &mut usize) -> Option<usize> {
        let token = &self.text.tokens[at];
        if token.roles.intersects(Role::SMALL) {
            *small = small.checked_sub(1)?;
            return Some(at + usize::from(token.skip.max(1)));
        }
        let joins = token.roles.intersects(Role::JOINS) || token.link != Link::None;
        if token.is(Mark::OPTION) {
            *small = small.checked_sub(1)?;
            return Some(self.option_end(at));
        }
        let ends = match join {
            Join::Next => return None,
            Join::Gap | Join::WideGap => Role::GAP_ENDS | Role::NOT,
            Join::FarGap if token.link != Link::None => return None,
            Join::FarGap => Role::FAR_GAP_ENDS | Role::NOT | Role::THEN,
        };
        if token.roles.intersects(ends) {
            return None;
        }
        if joins && join != Join::Gap {
            *small = small.checked_sub(1)?;
            return Some(at + 1);
        }
        let price = if token.is(Mark::IDEOGRAPH) { 1 } else { IDEOGRAPHS_PER_WORD };
        *room = room.checked_sub(price)?;
        Some(self.text.group_end(at))
    }

    /// The end of a command line's option and of its value, where that is a path: `--prefix app/client`.
    fn option_end(&self, at: usize) -> usize {
        let end = self.text.group_end(at);
        self.path_at(end, None).unwrap_or(end)
    }

    /// The word right after a phrase that cancels it.
    fn spoilt_by(&self, phrase: &Phrase, end: usize) -> Option<usize> {
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

fn is_version(text: &str) -> bool {
    let (marked, number) = text.strip_prefix('v').map_or((false, text), |number| (true, number));
    // '2.0.0-rc.1' and '2.0.0+build' are versions, too.
    let parts: Vec<&str> = number.split(['-', '+']).next().unwrap_or_default().split('.').collect();
    let numeric = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().all(numeric) && (marked || parts.len() > 2)
}
