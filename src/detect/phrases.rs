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
    /// The word before it that names what its pronoun stands for.
    pub named: Option<usize>,
}

/// Words that stand alone for an operation, as in 'lint, then …'.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoneWords {
    pub operation: u16,
    pub start: usize,
    pub end: usize,
    /// Whether they can stand alone after another instruction, too.
    pub chained: bool,
}

/// Where a phrase ends, and the word after it that spoils it.
#[derive(Clone, Copy)]
struct End {
    at: usize,
    spoilt_by: Option<usize>,
}

/// The best of some: one that nothing spoils, then the longest ('run the build' is but the beginning of 'run the build
/// tests'), then the first.
fn best_of<T>(all: impl Iterator<Item = T>, end: impl Fn(&T) -> End) -> Option<T> {
    let rank = |one: &T| {
        let End { at, spoilt_by } = end(one);
        (spoilt_by.is_none(), at)
    };
    all.reduce(|best, other| if rank(&other) > rank(&best) { other } else { best })
}

impl Match<'_> {
    fn ending(&self) -> End {
        End { at: self.end, spoilt_by: self.spoilt_by }
    }
}

/// How much may still stand between two parts of a phrase.
struct Gap {
    join: Join,
    /// Characters of a script without spaces; a word counts as some of them.
    room: usize,
    small_words: usize,
}

impl Gap {
    fn take_small_word(&mut self) -> Option<()> {
        self.small_words = self.small_words.checked_sub(1)?;
        Some(())
    }

    fn take(&mut self, token: &Token) -> Option<()> {
        let price = if token.is(Mark::IDEOGRAPH) { 1 } else { IDEOGRAPHS_PER_WORD };
        self.room = self.room.checked_sub(price)?;
        Some(())
    }
}

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
    /// The words that begin at a token and can stand alone.
    pub(crate) fn lone_words_at(&self, at: usize) -> Option<LoneWords> {
        if !self.text.tokens[at].roles.intersects(Role::ALONE) || self.text.is_name(at) {
            return None;
        }
        let ends = |end: usize| end <= self.clause.end && self.text.is_whole(at, end);
        // The longest run of words comes last.
        self.text.matches_at(at).iter().rev().find_map(|words| {
            let (operation, chained) = self.word_lists.in_phrases(words).alone?;
            let end = words.end as usize;
            ends(end).then_some(LoneWords { operation, start: at, end, chained })
        })
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
        let both = [self.best_at(start, Position::Anywhere), self.path_phrase_at(start)];
        best_of(both.into_iter().flatten(), Match::ending)
    }

    fn best_at(&self, start: usize, position: Position) -> Option<Match<'r>> {
        best_of(self.all_at(start, position), Match::ending)
    }

    /// All phrases that begin with the words at a token.
    pub(crate) fn all_at(&self, start: usize, position: Position) -> impl Iterator<Item = Match<'r>> {
        self.words_at(start).flat_map(move |(words, next)| {
            let candidates = if position == Position::Beginning { &words.beginning } else { &words.anywhere };
            let phrases = self.possible(candidates);
            let phrases = phrases.filter(|phrase| matches!(phrase.atoms[0], (_, Atom::List(_))));
            phrases.filter_map(move |phrase| self.rest_of(phrase, start, next))
        })
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
        best_of(phrases.filter_map(|phrase| self.rest_of(phrase, start, end)), Match::ending)
    }

    /// As [`Search::at`], with the phrase's first words said before, at `verb`: 'run the tests *and the linter*'.
    pub(crate) fn going_on(&self, verb: usize, start: usize) -> Option<Match<'r>> {
        let phrases = self.words_at(verb).flat_map(|(words, _)| self.possible(&words.beginning));
        let with_more = phrases.filter(|phrase| phrase.atoms.len() > 1);
        best_of(with_more.filter_map(|phrase| self.rest_of(phrase, start, start)), Match::ending)
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

    /// Where a word of a list stands before a phrase, in its sentence or in the one before: 'there are *tests*. Run
    /// them'.
    fn named_before(&self, list: ListId, phrase: usize) -> Option<usize> {
        const MOST: usize = 48;
        let first = self.clause.sentence_before.max(phrase.saturating_sub(MOST));
        let is_word =
            |at: usize| self.word_lists.ends(self.text, at, list).any(|end| self.text.is_whole(at, end));
        (first..phrase).rev().find(|&at| is_word(at) || self.path_at(at, Some(list)).is_some())
    }

    /// The match of a phrase whose first part ends at `next`.
    fn rest_of(&self, phrase: &'r Phrase, start: usize, next: usize) -> Option<Match<'r>> {
        let named = match phrase.before {
            Some(list) => Some(self.named_before(list, start)?),
            None => None,
        };
        let End { at: end, spoilt_by } = self.rest(phrase, &phrase.atoms[1..], next)?;
        Some(Match { phrase, start, end, spoilt_by, named })
    }

    /// The end of the rest of a phrase, from a word on, and the word that spoils it. An end that nothing spoils is
    /// looked for as long as the gaps allow: 'update the npm *packages*'.
    fn rest(&self, phrase: &Phrase, atoms: &[(Join, Atom)], start: usize) -> Option<End> {
        let Some(&(join, atom)) = atoms.first() else {
            return Some(End { at: start, spoilt_by: self.spoilt_by(phrase, start) });
        };
        // The verb of the sentence belongs to other words, too: 'コミットしてから*ビルドして*'.
        let ahead = atoms.len() == 1 && join == Join::WideGap && phrase.position == Position::Anywhere;
        let limit = self.limit(phrase, join, start);
        let mut gap = self.gap(phrase, join);
        let (mut at, mut spoilt) = (start, None);
        while at < limit {
            if self.may_begin(atom, at)
                && let Some(end) = self.atoms_at(phrase, atoms, at)
            {
                let end = if ahead { End { at: start, ..end } } else { end };
                if end.spoilt_by.is_none() {
                    return Some(end);
                }
                spoilt = spoilt.or(Some(end));
            }
            let Some(next) = self.step(&mut gap, at) else { break };
            at = next;
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

    /// What may stand before the next part of a phrase.
    fn gap(&self, phrase: &Phrase, join: Join) -> Gap {
        let words = match (join, phrase.position) {
            (Join::FarGap, _) => FAR_GAP,
            // All that belongs to a verb stands before it.
            (_, Position::Anywhere) => self.rules.grammar.gap * 2,
            _ => self.rules.grammar.gap,
        };
        Gap { join, room: words * IDEOGRAPHS_PER_WORD, small_words: MOST_SMALL_WORDS }
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
        let ends = self.word_lists.ends(self.text, at, list);
        let ends = ends.filter(|&end| end <= limit && self.text.is_whole(at, end));
        best_of(ends.filter_map(|end| self.rest(phrase, rest, end)), |end| *end)
    }

    /// How far a part may stand from the one before it, which ends at `start`. That may be in a clause behind this one:
    /// 'update the index and *README.md*'; where the verb comes last, words may stand between them, too:
    /// 'ドキュメントに例*と*リンクを追加*して*'.
    fn limit(&self, phrase: &Phrase, join: Join, start: usize) -> usize {
        let goes_on = start > self.clause.end;
        match join {
            Join::Next if !goes_on => self.clause.end,
            Join::Gap if !goes_on || phrase.position != Position::Anywhere => self.clause.end,
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
    fn step(&self, gap: &mut Gap, at: usize) -> Option<usize> {
        let token = &self.text.tokens[at];
        if token.roles.intersects(Role::SMALL) {
            gap.take_small_word()?;
            return Some(at + usize::from(token.skip.max(1)));
        }
        if token.is(Mark::OPTION) {
            gap.take_small_word()?;
            return Some(self.option_end(at));
        }
        let has_mark = token.link != Link::None;
        let ends_gap = match gap.join {
            Join::Next => true,
            Join::Gap | Join::WideGap => token.roles.intersects(Role::GAP_ENDS | Role::NOT),
            Join::FarGap => has_mark || token.roles.intersects(Role::FAR_GAP_ENDS | Role::NOT | Role::THEN),
        };
        if ends_gap {
            return None;
        }
        if gap.join != Join::Gap && (has_mark || token.roles.intersects(Role::JOINS)) {
            gap.take_small_word()?;
            return Some(at + 1);
        }
        gap.take(token)?;
        Some(self.text.group_end(at))
    }

    /// The end of a command line's option and of its value, where that is a path: `--prefix app/client`.
    fn option_end(&self, at: usize) -> usize {
        let end = self.text.group_end(at);
        self.path_at(end, None).unwrap_or(end)
    }
}

fn is_version(text: &str) -> bool {
    let (marked, number) = text.strip_prefix('v').map_or((false, text), |number| (true, number));
    // '2.0.0-rc.1' and '2.0.0+build' are versions, too.
    let parts: Vec<&str> = number.split(['-', '+']).next().unwrap_or_default().split('.').collect();
    let numeric = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().all(numeric) && (marked || parts.len() > 2)
}
