//! A text in tokens, and the word lists that have words in it.

use super::in_phrases::NeededLists;
use super::roles::Role;
use super::tokens::{Mark, Token};

/// A word list of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ListId(pub u16);

impl ListId {
    pub(crate) fn index(self) -> usize {
        self.0.into()
    }

    /// One of 64 bits, by its number. Lists share bits: a bit that is set says only that a list may be there.
    pub(crate) fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }
}

/// Words of the text that are in word lists. Which lists those are, its matcher knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WordMatch {
    /// The first token, or the first byte where keywords are looked for anywhere.
    pub start: u32,
    /// The token or byte after the last.
    pub end: u32,
    /// What [`Matcher::lists`](super::model::Matcher::lists) knows the lists by.
    pub list_set: u32,
}

impl WordMatch {
    /// Where they stand.
    pub(crate) fn words(&self) -> (usize, usize) {
        (self.start as usize, self.end as usize)
    }
}

/// A text with everything found in it. Kept and used again, so that reading allocates nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenizedText {
    pub folded: String,
    pub tokens: Vec<Token>,
    pub matches: Vec<WordMatch>,
    /// By clause: what phrases need and stands from there to the end of the sentence.
    pub needed: Vec<NeededLists>,
    /// All marks of its tokens.
    pub marks: Mark,
    /// All roles that begin at its tokens.
    pub roles: Role,
}

/// A place as 32 bits. A text is cut to 4 GiB, and no rules file is larger.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The fewest characters of katakana that can be the last word of a compound.
const SHORTEST_KATAKANA: usize = 3;

impl TokenizedText {
    /// Forgets the text before.
    pub(crate) fn clear(&mut self) {
        self.tokens.clear();
        self.matches.clear();
        self.marks = Mark::empty();
        self.roles = Role::empty();
    }

    /// The matches that begin at a token.
    pub(crate) fn matches_at(&self, token: usize) -> &[WordMatch] {
        let (first, end) = self.tokens.get(token).map_or((0, 0), |token| token.matches);
        &self.matches[first as usize..end as usize]
    }

    /// The first token that begins at a byte of the folded text, or behind it.
    pub(crate) fn token_from(&self, place: usize) -> usize {
        self.tokens.partition_point(|token| (token.start as usize) < place)
    }

    /// The end of the group of joined tokens (`test_api.py`, `pre-commit`) that begins at a token.
    pub(crate) fn group_end(&self, token: usize) -> usize {
        let glued = |token: &&Token| token.is(Mark::GLUED);
        token + 1 + self.tokens[token + 1..].iter().take_while(glued).count()
    }

    /// Whether the tokens `start..end` are whole words of the text, not part of a path or of a compound.
    pub(crate) fn is_whole(&self, start: usize, end: usize) -> bool {
        let glued = |token: usize| self.tokens.get(token).is_some_and(|token| token.is(Mark::GLUED));
        // 'プル' within 'シンプル' is no word; 'テスト' at the end of 'ユニットテスト' is one.
        let within = || {
            self.is_within_katakana(end) || end < start + SHORTEST_KATAKANA && self.is_within_katakana(start)
        };
        !glued(start) && !glued(end) && !within()
    }

    /// Whether a compound goes on with the token: its last part says what it is, 'テスト*データ*' is no test.
    fn is_within_katakana(&self, at: usize) -> bool {
        if !self.marks.intersects(Mark::IDEOGRAPH) {
            return false;
        }
        let is_katakana = |token: &Token| matches!(self.first_letter(token), '\u{30a1}'..='\u{30fc}');
        let next = self.tokens.get(at).filter(|next| next.is(Mark::IDEOGRAPH) && is_katakana(next));
        let before = at.checked_sub(1).map(|before| &self.tokens[before]);
        next.zip(before).is_some_and(|(next, before)| before.end == next.start && is_katakana(before))
    }

    /// Whether a token is a character of a language whose verb comes last.
    pub(crate) fn is_kana_or_hangul(&self, at: usize) -> bool {
        let letter = self.first_letter(&self.tokens[at]);
        matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}')
    }

    fn first_letter(&self, token: &Token) -> char {
        self.spelling(token).chars().next().unwrap_or_default()
    }

    /// Whether the group of tokens `start..end` is a path, a file name or an identifier.
    pub(crate) fn is_path(&self, start: usize, end: usize) -> bool {
        self.tokens[start..end].iter().any(|token| token.is(Mark::PATH))
    }

    /// Whether a token begins an address of the web.
    pub(crate) fn is_address(&self, at: usize) -> bool {
        matches!(self.spelling(&self.tokens[at]), "http" | "https")
    }

    /// Whether a token is a name in code or a folder rather than a word: `fetch(url)`, `format/`; but not 'test(s)'.
    pub(crate) fn is_name(&self, at: usize) -> bool {
        let after = &self.folded[self.tokens[at].end as usize..];
        let call = after.starts_with('(') && !after.starts_with("(s)") || after.starts_with("')");
        let ends_word = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\r', '\n']);
        call || after.strip_prefix('/').is_some_and(ends_word)
    }

    /// The folded text of a token.
    pub(crate) fn spelling(&self, token: &Token) -> &str {
        &self.folded[token.start as usize..token.end as usize]
    }
}
