//! A text taken apart into tokens: what stands beside, before and between them decides what they mean.

use unicode_width::UnicodeWidthStr;

use super::line_kinds::{marks_by_beginning, placeholder_length};
use super::roles::Role;
use super::tokens::{Link, Mark, Token, WordId};
use super::word_table::{WordTable, bytes_at, letters_in};

/// A line at least as wide as this without a full stop was wrapped by an editor: the next one goes on with the
/// sentence. In columns, of which an ideograph takes two.
const WRAPPED_LINE: usize = 60;

/// Takes `text` (folded, see [`super::folding`]) apart: adds its tokens to `tokens`, with the numbers that their words
/// have among `words`.
pub(crate) fn tokenize(text: &str, words: &WordTable, tokens: &mut Vec<Token>) {
    // Places are 32 bits wide; a text past 4 GiB (SQLite's limit is 2 GiB) is read up to there.
    let longest = text.len().min(u32::MAX as usize - 1);
    let end = (0..=longest).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let (text, line_marks, marks) = (&text[..end], Mark::empty(), Mark::empty());
    let mut tokenizer =
        Tokenizer { text, words, tokens, at: 0, line: 0, line_marks, link: Link::None, marks };
    tokenizer.line_start(Mark::PARAGRAPH);
    tokenizer.read();
    if let Some(first) = tokens.first_mut() {
        first.link = Link::None;
    }
}

struct Tokenizer<'t> {
    text: &'t str,
    words: &'t WordTable,
    tokens: &'t mut Vec<Token>,
    at: usize,
    /// Where the line began, and the marks of all its words. QUOTED, FENCED and BRACKETED, which may go on, are here,
    /// too.
    line: usize,
    line_marks: Mark,
    link: Link,
    /// What the punctuation since the last word says of the next one: GLUED, PATH, OPTION.
    marks: Mark,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Line,
    Mark,
    /// Of a character beyond ASCII.
    Wide,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Mark; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        classes[byte] = match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Class::Word,
            b'\n' => Class::Line,
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => Class::Space,
            0x80..=0xff => Class::Wide,
            _ => Class::Mark,
        };
        byte += 1;
    }
    classes
};

impl Tokenizer<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    fn class(&self, at: usize) -> Class {
        CLASSES[self.byte(at) as usize]
    }

    fn char(&self, at: usize) -> char {
        self.text[at..].chars().next().unwrap_or(' ')
    }

    fn read(&mut self) {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match CLASSES[usize::from(byte)] {
                Class::Word => {
                    let start = self.at;
                    self.short_words();
                    if self.at == start {
                        self.word();
                    }
                }
                Class::Line => {
                    self.at += 1;
                    self.line_end();
                }
                Class::Mark => {
                    self.mark();
                    self.at += 1;
                }
                Class::Wide => self.wide(),
                Class::Space => {
                    self.at += 1;
                    self.apart();
                }
            }
        }
    }

    /// Parts the next word from the last one.
    fn apart(&mut self) {
        self.marks = Mark::empty();
    }

    fn is(&self, mark: Mark) -> bool {
        (self.marks | self.line_marks).intersects(mark)
    }

    fn set_link(&mut self, link: Link) {
        if !self.is(Mark::QUOTED) || link == Link::Then {
            self.link = self.link.max(link);
        }
        self.apart();
    }

    /// Reads a character beyond ASCII.
    fn wide(&mut self) {
        let (c, start) = (self.char(self.at), self.at);
        if is_letter(c) {
            return self.word();
        }
        self.at += c.len_utf8();
        if !is_ideograph(c) {
            return self.wide_mark(c);
        }
        self.apart();
        self.push(start, Mark::IDEOGRAPH, self.words.get(&self.text.as_bytes()[start..self.at]));
        self.apart();
    }

    /// Reads words of a few letters up to one that has no space behind it: nearly all words are such.
    fn short_words(&mut self) {
        while let Some(bytes) = bytes_at(self.text.as_bytes(), self.at) {
            let (start, length) = (self.at, letters_in(bytes));
            let next = bytes.to_le_bytes()[length % 8];
            if !(1..8).contains(&length) || !next.is_ascii() || next == b'\'' {
                return;
            }
            self.at += length;
            let word = self.words.get_short(bytes & !(u64::MAX << (8 * length)));
            if next != b' ' {
                return self.push(start, self.path_mark(), word);
            }
            self.push(start, Mark::empty(), word);
            self.at += 1;
            self.apart();
        }
    }

    /// Reads a word, with letters beyond ASCII and apostrophes.
    fn word(&mut self) {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        loop {
            self.at += bytes_at(bytes, self.at).map_or(0, letters_in);
            match self.class(self.at) {
                Class::Word => self.at += 1,
                Class::Mark if self.is_apostrophe_within() => self.at += 1,
                Class::Wide if is_letter(self.char(self.at)) => self.at += self.char(self.at).len_utf8(),
                _ => break,
            }
        }
        self.push(start, self.path_mark(), self.words.get(&bytes[start..self.at]));
    }

    fn is_apostrophe_within(&self) -> bool {
        self.byte(self.at) == b'\'' && self.class(self.at + 1) == Class::Word
    }

    fn push(&mut self, start: usize, marks: Mark, word: WordId) {
        let marks = marks | self.line_marks | self.marks;
        let (start, end, link, roles) = (start as u32, self.at as u32, self.link, Role::empty());
        self.tokens.push(Token { start, end, link, marks, word, roles, lists: 0, skip: 0, matches: (0, 0) });
        self.link = Link::None;
        self.marks = Mark::GLUED | self.marks & Mark::OPTION;
    }

    /// What tells that the word that ends here goes on as a path: `src/…`, `a_b`, `x.py`, `app\…`, `a::b`.
    fn path_mark(&self) -> Mark {
        let goes_on = match self.byte(self.at) {
            b'/' | b'\\' => true,
            b'_' | b'.' => self.class(self.at + 1) == Class::Word || self.byte(self.at + 1) == b'_',
            b':' => self.byte(self.at + 1) == b':',
            _ => false,
        };
        if goes_on { Mark::PATH } else { Mark::empty() }
    }

    /// Reads a punctuation mark.
    fn mark(&mut self) {
        let (mark, next) = (self.byte(self.at), self.byte(self.at + 1));
        let next_class = self.class(self.at + 1);
        let word_follows = matches!(next_class, Class::Word | Class::Wide);
        let glued = self.is(Mark::GLUED);
        let apart = !glued && !self.is(Mark::OPTION);
        match mark {
            b'-' if glued && (next == b'>' || next_class == Class::Space) => self.set_link(Link::Comma),
            b'-' | b'=' if next == b'>' => self.set_link(Link::Then),
            b'-' if apart && (word_follows || next == b'-') => self.marks |= Mark::OPTION,
            b'-' if apart && matches!(next_class, Class::Space) => self.set_link(Link::Comma),
            b'-' | b'_' | b'=' | b'@' | b'/' | b'\\' | b'~' => self.join(mark),
            b'.' if word_follows || glued && self.is_hidden_name(self.at + 1) => self.join(mark),
            b'.' if matches!(next, b'/' | b'\\' | b'.') => self.join(mark),
            // The current directory: 'ruff check . && mypy'.
            b'.' if next == b' ' && self.at > 0 && self.byte(self.at - 1) == b' ' => {}
            b'!' | b'?' if next_class == Class::Wide => self.set_link(Link::Sentence),
            b'.' | b'!' | b'?' | b';' if !word_follows => self.set_link(Link::Sentence),
            b';' => self.set_link(Link::Sentence),
            b'(' => self.open_bracket(),
            b')' if self.ends_number() => self.set_link(Link::Sentence),
            b')' => self.close_bracket(),
            b',' | b'|' => self.set_link(Link::Comma),
            b':' if next == b':' => self.join(mark),
            b':' if !word_follows && next != b'/' => self.set_link(Link::Colon),
            b':' if next == b'/' => self.join(b'/'),
            b'&' if next == b'&' => self.set_link(Link::Then),
            // 'C++' joins nothing.
            b'+' if next == b'+' || self.at > 0 && self.byte(self.at - 1) == b'+' => self.apart(),
            b'&' | b'+' if apart || next_class == Class::Space => self.set_link(Link::And),
            b'`' | b'"' => self.quote(),
            b'*' if glued => self.apart(),
            b'[' => self.at += placeholder_length(&self.text[self.at..]),
            b'*' | b'\'' | b']' | b'{' | b'}' | b'<' | b'>' | b'$' | b'#' => {}
            _ => self.apart(),
        }
    }

    /// Whether the bracket here closes the number of a list within a line: '1) fix it 2) run the tests'.
    fn ends_number(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map_or(b' ', |at| self.byte(at));
        before(1).is_ascii_digit()
            && matches!(before(2), b' ' | b'(' | b'\n')
            && self.class(self.at + 1) == Class::Space
    }

    fn join(&mut self, mark: u8) {
        let glued = self.is(Mark::GLUED);
        // '@' names a file, or somebody; in an address it stands in the middle.
        if mark == b'-' || mark == b'=' || mark == b'@' && glued {
            return;
        }
        // A lone slash before a word, with no path after it, is a slash command: `/test`.
        let is_command = mark == b'/' && !glued && !self.is_path_at(self.at + 1);
        self.marks.set(Mark::PATH, !is_command);
    }

    fn is_path_at(&self, mut at: usize) -> bool {
        while self.class(at) == Class::Word || self.byte(at) == b'-' {
            at += 1;
        }
        matches!(self.byte(at), b'/' | b'.' | b'_') && self.class(at + 1) != Class::Space
    }

    /// Whether a name begins here as those do that a language keeps to itself: the rest of `dict.__format__`.
    fn is_hidden_name(&self, mut at: usize) -> bool {
        while self.byte(at) == b'_' {
            at += 1;
        }
        self.class(at) == Class::Word
    }

    fn open_bracket(&mut self) {
        self.set_link(Link::Comma);
        self.line_marks |= Mark::BRACKETED;
    }

    fn close_bracket(&mut self) {
        self.line_marks &= !Mark::BRACKETED;
        self.apart();
    }

    fn quote(&mut self) {
        self.line_marks ^= Mark::QUOTED;
        self.apart();
    }

    /// Reads a mark beyond ASCII. Full-width ones ('，', '（') were folded into narrow ones.
    fn wide_mark(&mut self, c: char) {
        match c {
            '。' | '…' | '؟' | '؛' | '।' | '॥' => self.set_link(Link::Sentence),
            '、' | '،' | '—' | '–' | '・' => self.set_link(Link::Comma),
            '→' | '⇒' => self.set_link(Link::Then),
            '„' | '「' | '『' => self.line_marks |= Mark::QUOTED,
            // These open in some languages and close in others: “a”, „a“, «a», »a«.
            '“' | '«' | '»' => self.quote(),
            '”' | '」' | '』' => self.line_marks &= !Mark::QUOTED,
            _ => self.apart(),
        }
    }

    fn line_end(&mut self) {
        let line = &self.text[self.line..self.at - 1];
        let marks = self.line_marks - (Mark::QUOTED | Mark::BRACKETED);
        let is_open = self.link == Link::None;
        self.apart();
        self.line_start(Mark::empty());
        if is_open && self.line_marks.is_empty() && is_wrapped(line) {
            self.line_marks = marks;
        } else {
            self.link = Link::Line;
        }
    }

    /// Reads what a line begins with: a list's mark, `#`, `>`, a fence. An indented line goes on with what a program
    /// printed. `marks`: those that the line has anyway.
    fn line_start(&mut self, mut marks: Mark) {
        loop {
            while matches!(self.class(self.at), Class::Space | Class::Line) && self.at < self.text.len() {
                if self.class(self.at) == Class::Line {
                    marks |= Mark::PARAGRAPH;
                }
                self.at += 1;
            }
            self.line = self.at;
            if !self.fence() {
                break;
            }
        }
        let goes_on = self.is(Mark::PRINTED) && marks.is_empty() && self.text[..self.at].ends_with("  ");
        marks |= if self.is(Mark::FENCED) {
            Mark::FENCED
        } else if goes_on {
            Mark::PRINTED
        } else {
            self.marks_of_line()
        };
        self.line_marks = marks;
    }

    /// Steps over a line that opens or closes a code block.
    fn fence(&mut self) -> bool {
        let rest = &self.text[self.at..];
        if !rest.starts_with("```") && !rest.starts_with("~~~") {
            return false;
        }
        let line = &rest[3..rest.find('\n').unwrap_or(rest.len())];
        if line.contains("```") {
            return false;
        }
        self.line_marks ^= Mark::FENCED;
        self.at += 3 + line.len();
        true
    }

    fn marks_of_line(&mut self) -> Mark {
        let bytes = self.text.as_bytes();
        let spaced = |at: usize| bytes.get(at).is_none_or(|&b| CLASSES[b as usize] == Class::Space);
        let digits = bytes[self.at..].iter().take(3).take_while(|b| b.is_ascii_digit()).count();
        let after = self.at + digits;
        // Only an item of a list begins so: no need to ask for more.
        if digits > 0 && bytes[after..].starts_with(b". ") {
            self.at = after + 1;
            return Mark::ITEM;
        }
        let kind = marks_by_beginning(&self.text[self.at..]);
        if !kind.is_empty() {
            return kind;
        }
        match self.byte(after) {
            b'.' | b')' if digits > 0 && spaced(after + 1) => self.at = after + 1,
            b'-' | b'*' | b'+' if digits == 0 && spaced(after + 1) => self.at = after + 1,
            b'#' if digits == 0 => return Mark::HEADING,
            b'>' if digits == 0 => return Mark::CITED,
            0xe2 if self.text[after..].starts_with('•') => self.at = after + '•'.len_utf8(),
            _ => return Mark::empty(),
        }
        Mark::ITEM
    }
}

/// Whether a line is so wide that an editor may have wrapped it.
fn is_wrapped(line: &str) -> bool {
    // No character is wider than it has bytes.
    line.len() >= WRAPPED_LINE && line.trim_end().width() >= WRAPPED_LINE
}

pub(super) fn is_letter(c: char) -> bool {
    // The letters of Russian and of Arabic, without a search in Unicode's tables.
    matches!(c, 'а'..='я' | 'ء'..='غ' | 'ف'..='ي') || !is_ideograph(c) && c.is_alphanumeric()
}

/// Scripts that put no spaces between words: each character is a word of its own.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
        && c != '・'
}
