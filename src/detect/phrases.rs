//! Phrases matched word by word, from a place where an order can begin.

use super::clauses::Clause;
use super::lexicon::Lexicon;
use super::model::{Atom, Join, Phrase};
use super::reading::{ListId, Reading, role};
use super::rule_set::RuleSet;
use super::words::{Link, flag};

/// A phrase found in a text: the words `start..end`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match<'r> {
    pub phrase: &'r Phrase,
    pub start: usize,
    pub end: usize,
    /// The word after it that makes something else of it, as 'page' in 'build the settings page'.
    pub spoilt_by: Option<usize>,
}

/// Where a phrase ends, and the word after it that spoils it.
type End = (usize, Option<usize>);

/// Looks for phrases in one clause.
#[derive(Clone, Copy)]
pub(crate) struct Search<'r> {
    pub rules: &'r RuleSet,
    pub lexicon: &'r Lexicon,
    pub reading: &'r Reading,
    pub clause: Clause,
}

/// Characters of a script without spaces count as a part of a word each.
const IDEOGRAPHS_PER_WORD: usize = 3;

/// Small words are free, but not without end: a text of nothing else must not cost the square of its length.
const MOST_SMALL_WORDS: usize = 8;

impl<'r> Search<'r> {
    /// The operation whose word stands here and can stand alone: its number, the word's end, and whether it can
    /// do so after another order.
    pub(crate) fn alone_at(&self, at: usize) -> Option<(u16, usize, bool)> {
        if self.reading.words[at].roles & role::ALONE == 0 {
            return None;
        }
        let mut found: Option<(u16, usize, bool)> = None;
        for hit in self.reading.hits_at(at) {
            let end = at + hit.len as usize;
            if end > self.clause.end || !self.reading.is_whole(at, end - at) {
                continue;
            }
            let alone = self.lexicon.lists(hit).iter().filter_map(|&list| self.rules.grammar.alone(list));
            for (operation, chained) in alone {
                // The longest run of words; a word may stand in more than one list of its operation.
                found = match found {
                    Some((_, known_end, _)) if end < known_end => found,
                    Some((known, known_end, before)) if end == known_end => {
                        Some((known, end, before || (known == operation && chained)))
                    }
                    _ => Some((operation, end, chained)),
                };
            }
        }
        found
    }

    /// The best phrase that begins at a word: one that nothing spoils, then the longest, then the first.
    pub(crate) fn at(&self, start: usize) -> Option<Match<'r>> {
        let mut best = None;
        if self.reading.words[start].roles & role::BEGINS == 0 {
            return None;
        }
        for hit in self.reading.hits_at(start) {
            let next = start + hit.len as usize;
            if !self.reading.is_whole(start, next - start) {
                continue;
            }
            for &list in self.lexicon.lists(hit) {
                for phrase in self.rules.grammar.beginning_with(list, self.reading) {
                    self.try_phrase(phrase, &phrase.atoms[1..], start, next, &mut best);
                }
            }
        }
        best
    }

    /// As [`Search::at`], with the phrase's first word said before: 'run the tests *and the linter*'.
    pub(crate) fn going_on(&self, first: ListId, start: usize) -> Option<Match<'r>> {
        let mut best = None;
        for phrase in self.rules.grammar.beginning_with(first, self.reading) {
            if phrase.atoms.len() > 1 {
                self.try_phrase(phrase, &phrase.atoms[1..], start, start, &mut best);
            }
        }
        best
    }

    fn try_phrase(
        &self,
        phrase: &'r Phrase,
        atoms: &[(Join, Atom)],
        start: usize,
        next: usize,
        best: &mut Option<Match<'r>>,
    ) {
        let Some((end, spoilt_by)) = self.rest(phrase, atoms, next) else { return };
        let found = Match { phrase, start, end, spoilt_by };
        let rank = |m: &Match<'_>| (m.spoilt_by.is_none(), m.end);
        if best.as_ref().is_none_or(|best| Self::heads(best, &found) || rank(&found) > rank(best)) {
            *best = Some(found);
        }
    }

    /// Whether the longer of two phrases goes on right where the shorter ends: then the shorter's last word only
    /// describes the longer's ('run the build *tests*').
    fn heads(shorter: &Match<'_>, longer: &Match<'_>) -> bool {
        longer.spoilt_by.is_none() && longer.end > shorter.end
    }

    /// The end of the rest of a phrase, from a word on, and the word that spoils it. An end that nothing spoils is
    /// looked for as long as the gaps allow: 'update the npm *packages*'.
    fn rest(&self, phrase: &Phrase, atoms: &[(Join, Atom)], start: usize) -> Option<End> {
        let Some(&(join, atom)) = atoms.first() else { return Some((start, self.spoilt_by(phrase, start))) };
        let limit = if join == Join::WideGap { self.clause.sentence_end } else { self.clause.end };
        let mut at = start;
        let mut room = self.rules.grammar.gap * IDEOGRAPHS_PER_WORD;
        let mut small = MOST_SMALL_WORDS;
        let mut spoilt = None;
        while at < limit {
            match self.atom_then_rest(phrase, atom, &atoms[1..], at, limit) {
                found @ Some((_, None)) => return found,
                found => spoilt = spoilt.or(found),
            }
            match self.step(join, at, &mut room, &mut small) {
                Some(next) => at = next,
                None => break,
            }
        }
        spoilt
    }

    fn atom_then_rest(
        &self,
        phrase: &Phrase,
        atom: Atom,
        rest: &[(Join, Atom)],
        at: usize,
        limit: usize,
    ) -> Option<End> {
        let list = match atom {
            Atom::List(list) => list,
            Atom::Path(of) => {
                let end = self.path_at(at, of)?;
                return self.rest(phrase, rest, end);
            }
            Atom::Version => {
                let end = self.version_at(at)?;
                return self.rest(phrase, rest, end);
            }
        };
        let mut best: Option<End> = None;
        for end in self.lexicon.ends(&self.reading.words, at, list) {
            if end <= limit && self.reading.is_whole(at, end - at) {
                let found = self.rest(phrase, rest, end);
                let rank = |end: &Option<End>| end.map(|(end, spoilt)| (spoilt.is_none(), end));
                if rank(&found) > rank(&best) {
                    best = found;
                }
            }
        }
        best
    }

    /// The end of the path that begins here, if it has a word of the list.
    fn path_at(&self, at: usize, of: Option<ListId>) -> Option<usize> {
        let word = self.reading.words.get(at)?;
        if word.token.flags & (flag::GLUED | flag::OPTION) != 0 {
            return None;
        }
        let end = self.reading.group_end(at);
        let has = |list| (at..end).any(|at| self.lexicon.begins(&self.reading.words, at, list));
        (self.reading.is_path(at, end) && of.is_none_or(has)).then_some(end)
    }

    /// The end of the number of a version that begins here: `1.6.8`, `v2`, but no `2` and no `2.5`.
    fn version_at(&self, at: usize) -> Option<usize> {
        let word = self.reading.words.get(at)?;
        if word.token.is(flag::GLUED) {
            return None;
        }
        let text = &self.reading.folded.as_bytes()[word.token.start as usize..word.token.end as usize];
        let (marked, digits) = text.strip_prefix(b"v").map_or((false, text), |rest| (true, rest));
        let end = self.reading.group_end(at);
        let numeric = digits.first().is_some_and(u8::is_ascii_digit) && digits.iter().all(u8::is_ascii_digit);
        (numeric && (marked || end > at + 2)).then_some(end)
    }

    /// Steps over one word of a gap, if it may stand there.
    fn step(&self, join: Join, at: usize, room: &mut usize, small: &mut usize) -> Option<usize> {
        let word = &self.reading.words[at];
        if word.roles & role::SMALL != 0 {
            *small = small.checked_sub(1)?;
            return Some(at + usize::from(word.skip.max(1)));
        }
        let joins = word.roles & role::JOINS != 0 || word.token.link != Link::None;
        if word.token.is(flag::OPTION) {
            *small = small.checked_sub(1)?;
            return Some(self.option_end(at));
        }
        if join == Join::Next || word.roles & (role::GAP_ENDS | role::NOT) != 0 {
            return None;
        }
        if joins && join == Join::WideGap {
            *small = small.checked_sub(1)?;
            return Some(at + 1);
        }
        let price = if word.token.is(flag::IDEOGRAPH) { 1 } else { IDEOGRAPHS_PER_WORD };
        *room = room.checked_sub(price)?;
        Some(self.reading.group_end(at))
    }

    /// The end of a command line's option and of its value, where that is a path: `--prefix app/client`.
    fn option_end(&self, at: usize) -> usize {
        let end = self.reading.group_end(at);
        self.path_at(end, None).unwrap_or(end)
    }

    /// The word right after a phrase that cancels it.
    fn spoilt_by(&self, phrase: &Phrase, end: usize) -> Option<usize> {
        let word = self.reading.words.get(end)?;
        if end >= self.clause.end || word.token.link != Link::None {
            return None;
        }
        let own = self.rules.operations[usize::from(phrase.operation)].not_followed_by;
        let cancels = word.roles & role::NOT_FOLLOWED_BY != 0
            || own.is_some_and(|list| self.lexicon.begins(&self.reading.words, end, list));
        let loose = role::MAY_FOLLOW | role::LEAD_IN | role::JOINS;
        let loose = word.roles & loose != 0 || word.token.is(flag::OPTION | flag::IDEOGRAPH);
        let open = phrase.strict && !loose;
        let spoils = (cancels || open) && !self.reading.is_path(end, self.reading.group_end(end));
        spoils.then_some(end)
    }
}
