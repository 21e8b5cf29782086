//! A text as it was read: its words, what is known of each, and the lists they are in.

use super::words::{Token, flag};

/// A list of words of a rule set.
pub(crate) type ListId = u16;

/// A bit of [`Reading::present`]: whether a list has a hit.
pub(crate) type PresenceId = u16;

/// The bit that every reading has: for what needs no list.
pub(crate) const NOTHING: PresenceId = 0;

/// How many bits there are. Where more lists are needed, some share one: a bit only says that a list *may* be there.
pub(crate) const PRESENCE_BITS: PresenceId = 512;

/// One bit each, as many as fill a line of a processor's cache: adding some takes no branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(align(64))]
pub(crate) struct Presence([u64; PRESENCE_BITS as usize / 64]);

impl Presence {
    pub(crate) fn set(&mut self, id: PresenceId) {
        self.0[usize::from(id / 64)] |= 1 << (id % 64);
    }

    pub(crate) fn has(&self, id: PresenceId) -> bool {
        self.0[usize::from(id / 64)] & (1 << (id % 64)) != 0
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(bits, more)| *bits |= more);
    }
}

/// The lists that say what an order looks like: the first ones, so that each is a bit of [`Word::roles`]. In the
/// order of the keys of `[language]`.
pub(crate) mod role {
    pub const LEAD_IN: u32 = 1;
    pub const POLITE: u32 = 1 << 1;
    pub const SMALL: u32 = 1 << 2;
    pub const AND: u32 = 1 << 3;
    pub const OR: u32 = 1 << 4;
    pub const THEN: u32 = 1 << 5;
    pub const NOT: u32 = 1 << 6;
    pub const EXCEPT: u32 = 1 << 7;
    pub const GAP_ENDS: u32 = 1 << 8;
    pub const MAY_FOLLOW: u32 = 1 << 9;
    pub const NOT_FOLLOWED_BY: u32 = 1 << 10;
    pub const STATEMENT: u32 = 1 << 11;
    pub const CONDITION: u32 = 1 << 12;
    pub const MODAL: u32 = 1 << 13;
    pub const PURPOSE: u32 = 1 << 14;
    pub const TICKET: u32 = 1 << 15;
    pub const SECTION: u32 = 1 << 16;
    /// Not a key: the words of `[[target]]` lists stand in for `misspelt`, which is no role.
    pub const TARGET: u32 = 1 << 17;
    /// Not a key: words that a phrase begins with.
    pub const BEGINS: u32 = 1 << 18;
    /// Not a key: words that can stand alone.
    pub const ALONE: u32 = 1 << 19;
    /// How many lists are roles.
    pub const COUNT: usize = 18;
    /// Words that may stand before an order in its clause.
    pub const SKIPPED: u32 = LEAD_IN | SMALL;
    /// Words that join clauses.
    pub const JOINS: u32 = AND | OR | THEN;
}

/// A word of a text, and what the rule set says about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub token: Token,
    /// Its number in the lexicon; 0 for an unknown word.
    pub number: u16,
    /// How many words a lead-in, a small word or a joining word that begins here has.
    pub skip: u8,
    /// Which roles begin here; see [`role`].
    pub roles: u32,
    /// The first of its hits.
    pub hits: u32,
}

/// A run of words of the text that is in lists whose places are noted. Which lists those are, its matcher knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub start: u32,
    pub len: u32,
    pub entry: u32,
}

/// A text with everything found in it. Kept and used again, so that reading allocates nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub folded: String,
    pub words: Vec<Word>,
    pub hits: Vec<Hit>,
    /// Which of the lists that phrases need have a hit.
    pub present: Presence,
    /// A bit for each list that has a hit, where a text is read by keywords.
    pub listed: Vec<u64>,
}

/// A place as 32 bits. A text is cut to 4 GiB, and no rules file is larger.
pub(crate) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Reading {
    /// The hits that begin at a word.
    pub(crate) fn hits_at(&self, word: usize) -> &[Hit] {
        let Some(first) = self.words.get(word) else { return &[] };
        let end = self.words.get(word + 1).map_or(self.hits.len(), |next| next.hits as usize);
        &self.hits[first.hits as usize..end]
    }

    /// The end of the group of joined words (`test_api.py`, `pre-commit`) that begins at a word.
    pub(crate) fn group_end(&self, word: usize) -> usize {
        let glued = |word: &&Word| word.token.is(flag::GLUED);
        word + 1 + self.words[word + 1..].iter().take_while(glued).count()
    }

    /// Whether `len` words from `start` are whole words of the text, not part of a path or of a compound.
    pub(crate) fn is_whole(&self, start: usize, len: usize) -> bool {
        let glued = |word: usize| self.words.get(word).is_some_and(|word| word.token.is(flag::GLUED));
        !glued(start) && !glued(start + len)
    }

    /// Whether the group of words that begins here is a path, a file name or an identifier.
    pub(crate) fn is_path(&self, word: usize, end: usize) -> bool {
        self.words[word..end].iter().any(|word| word.token.is(flag::PATH))
    }

    #[cfg(test)]
    pub(crate) fn word_text(&self, word: usize) -> &str {
        let token = &self.words[word].token;
        &self.folded[token.start as usize..token.end as usize]
    }
}
