//! A word of a text, and what stands around it.

use super::roles::Role;

/// What stands between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Link {
    /// Nothing that ends a clause.
    None,
    /// `,` `(` or a dash.
    Comma,
    /// `&` or `+`.
    And,
    /// `&&` or an arrow: what follows is an instruction of its own.
    Then,
    /// `:` before white space.
    Colon,
    /// `.` `!` `?` `;` or their like.
    Sentence,
    /// A new line.
    Line,
}

bitflags::bitflags! {
    /// What a token is, besides its letters.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Mark: u16 {
        /// Joined to the word before without white space: `test_api.py`, `npm-style`.
        const GLUED = 1;
        /// First word of a path, file name or identifier.
        const PATH = 1 << 1;
        /// Part of a command line's option: `--fix`.
        const OPTION = 1 << 2;
        /// Within quotation marks or backticks.
        const QUOTED = 1 << 3;
        /// In a fenced code block.
        const FENCED = 1 << 4;
        /// On a line that begins with a list's mark.
        const ITEM = 1 << 5;
        /// On a line that begins with `#`.
        const HEADING = 1 << 6;
        /// On a line that begins with `>`.
        const CITED = 1 << 7;
        /// On a line after an empty line.
        const PARAGRAPH = 1 << 8;
        /// A single character of a script without spaces.
        const IDEOGRAPH = 1 << 9;
        /// On a line that begins with a shell's bare prompt.
        const PROMPT = 1 << 10;
        /// On a line that begins with a prompt that says where it is: copied from a terminal.
        const TERMINAL = 1 << 11;
        /// On a line that a program printed.
        const PRINTED = 1 << 12;
        /// On a line of a log: what stands between two such lines was printed, too.
        const LOGGED = 1 << 14;
        /// Within round brackets.
        const BRACKETED = 1 << 13;
    }
}

/// The number of a word of a rule set, which is that of the sequence of this word alone; 0 for any other word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct WordId(pub u32);

/// A word of a text, with where it stands and what the rule set says about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// Its first byte in the folded text.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    pub link: Link,
    pub marks: Mark,
    pub word: WordId,
    /// Which roles begin here.
    pub roles: Role,
    /// A bit for each list whose words begin here, by [`ListId::bit`](super::tokenized_text::ListId::bit).
    pub lists: u64,
    /// How many tokens a lead-in, a small word or a joining word that begins here has.
    pub skip: u8,
    /// The first of the matches that begin here, and the one behind the last.
    pub matches: (u32, u32),
}

impl Token {
    /// Whether it has any of the marks.
    pub(crate) fn is(&self, marks: Mark) -> bool {
        self.marks.intersects(marks)
    }
}

/// Whether one of some words has a role, one of them where `role` is several.
pub(crate) fn has(words: &[Token], role: Role) -> bool {
    words.iter().any(|word| word.roles.intersects(role))
}
