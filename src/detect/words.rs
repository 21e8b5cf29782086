//! Texts taken apart into words: what stands beside, before and between them decides what they mean.

/// What stands between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Link {
    /// Nothing that ends a clause.
    None,
    /// `,` `(` or a dash.
    Comma,
    /// `&` or `+`.
    And,
    /// `&&` or an arrow: what follows is an order of its own.
    Then,
    /// `:` before white space.
    Colon,
    /// `.` `!` `?` `;` or their like.
    Sentence,
    /// A new line.
    Line,
}

/// What a word is, besides its letters. Bits of [`Token::flags`].
pub(crate) mod flag {
    /// Joined to the word before without white space: `test_api.py`, `npm-style`.
    pub const GLUED: u16 = 1;
    /// First word of a path, file name or identifier.
    pub const PATH: u16 = 2;
    /// Part of a command line's option: `--fix`.
    pub const OPTION: u16 = 4;
    /// Within quotation marks or backticks.
    pub const QUOTED: u16 = 8;
    /// In a fenced code block.
    pub const FENCED: u16 = 16;
    /// On a line that begins with a list's mark.
    pub const ITEM: u16 = 32;
    /// On a line that begins with `#`.
    pub const HEADING: u16 = 64;
    /// On a line that begins with `>`.
    pub const CITED: u16 = 128;
    /// On a line after an empty line.
    pub const PARAGRAPH: u16 = 256;
    /// A single character of a script without spaces.
    pub const IDEOGRAPH: u16 = 512;
}

/// One word of a text. Places are bytes of the text that was taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub start: u32,
    pub end: u32,
    pub link: Link,
    pub flags: u16,
}

impl Token {
    pub(crate) fn is(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }
}

/// A line as long as this without a full stop was wrapped: the next one goes on with the sentence.
const WRAPPED_LINE: usize = 60;

/// Takes `text` (folded, see [`super::text`]) apart; `found` is called with each word, first to last.
pub(crate) fn take_apart(text: &str, found: impl FnMut(Token)) {
    // Places are 32 bits wide; a text past 4 GiB (SQLite's limit is 2 GiB) is read up to there.
    let longest = text.len().min(u32::MAX as usize - 1);
    let end = (0..=longest).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let mut reader = Reader { text: &text[..end], at: 0, line: 0, line_flags: 0, ..Reader::new(found) };
    reader.line_start(true);
    reader.read();
}

struct Reader<'t, F> {
    text: &'t str,
    found: F,
    at: usize,
    /// Where the line began, and what its first characters say about it. QUOTED and FENCED are here, too.
    line: usize,
    line_flags: u16,
    link: Link,
    /// What the marks since the last word say of the next one: GLUED, PATH, OPTION.
    flags: u16,
    any: bool,
}

impl<F: FnMut(Token)> Reader<'static, F> {
    fn new(found: F) -> Self {
        Self { text: "", found, at: 0, line: 0, line_flags: 0, link: Link::None, flags: 0, any: false }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    Line,
    Mark,
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

impl<F: FnMut(Token)> Reader<'_, F> {
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    fn class(&self, at: usize) -> Class {
        CLASSES[self.byte(at) as usize]
    }

    fn char(&self, at: usize) -> char {
        self.text[at..].chars().next().unwrap_or(' ')
    }

    /// Reads the whole text. The plain case, a word of ASCII letters before a space, comes first and is kept short.
    fn read(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match CLASSES[byte as usize] {
                Class::Space => {
                    self.at += 1;
                    self.flags = 0;
                }
                Class::Word => {
                    let start = self.at;
                    self.at = start + plain_length(&bytes[start..]);
                    if bytes.get(self.at) == Some(&b' ') {
                        self.push(start, 0);
                        self.at += 1;
                        self.flags = 0;
                    } else {
                        self.word(start);
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
            }
        }
    }

    fn apart(&mut self) {
        self.flags = 0;
    }

    fn is(&self, flag: u16) -> bool {
        (self.flags | self.line_flags) & flag != 0
    }

    fn set_link(&mut self, link: Link) {
        if !self.is(flag::QUOTED) || link == Link::Then {
            self.link = self.link.max(link);
        }
        self.apart();
    }

    fn wide(&mut self) {
        let c = self.char(self.at);
        if is_ideograph(c) {
            let start = self.at;
            self.at += c.len_utf8();
            self.apart();
            self.push(start, flag::IDEOGRAPH);
            self.apart();
        } else if c.is_alphanumeric() {
            self.word(self.at);
        } else {
            self.at += c.len_utf8();
            self.wide_mark(c);
        }
    }

    /// Reads on in a word that has letters beyond ASCII or an apostrophe, or that ends at a mark.
    fn word(&mut self, start: usize) {
        loop {
            match self.class(self.at) {
                Class::Word => self.at += 1,
                Class::Wide => {
                    let c = self.char(self.at);
                    if !c.is_alphanumeric() || is_ideograph(c) {
                        break;
                    }
                    self.at += c.len_utf8();
                }
                Class::Mark
                    if self.byte(self.at) == b'\'' && matches!(self.class(self.at + 1), Class::Word) =>
                {
                    self.at += 1;
                }
                _ => break,
            }
        }
        let path = if self.path_follows() { flag::PATH } else { 0 };
        self.push(start, path);
    }

    fn push(&mut self, start: usize, mut flags: u16) {
        flags |= self.line_flags | self.flags;
        let link = if self.any { self.link } else { Link::None };
        (self.found)(Token { start: start as u32, end: self.at as u32, link, flags });
        self.any = true;
        self.link = Link::None;
        self.flags = flag::GLUED | self.flags & flag::OPTION;
    }

    /// Whether the word that ends here goes on as a path: `src/…`, `a_b`, `x.py`, `app\…`, `a::b`.
    fn path_follows(&self) -> bool {
        match self.byte(self.at) {
            b'/' | b'\\' => true,
            b'_' | b'.' => self.class(self.at + 1) == Class::Word || self.byte(self.at + 1) == b'_',
            b':' => self.byte(self.at + 1) == b':',
            _ => false,
        }
    }

    fn mark(&mut self) {
        let (mark, next) = (self.byte(self.at), self.byte(self.at + 1));
        let next_class = self.class(self.at + 1);
        let word_follows = matches!(next_class, Class::Word | Class::Wide);
        let glued = self.is(flag::GLUED);
        let apart = !glued && !self.is(flag::OPTION);
        match mark {
            b'-' if glued && (next == b'>' || next_class == Class::Space) => self.set_link(Link::Comma),
            b'-' | b'=' if next == b'>' => self.set_link(Link::Then),
            b'-' if apart && (word_follows || next == b'-') => self.flags |= flag::OPTION,
            b'-' if apart && matches!(next_class, Class::Space) => self.set_link(Link::Comma),
            b'-' | b'_' | b'=' | b'@' | b'/' | b'\\' | b'~' => self.join(mark),
            b'.' if word_follows => self.join(mark),
            b'.' if next == b'/' || next == b'.' => self.join(mark),
            // The current directory: 'ruff check . && mypy'.
            b'.' if next == b' ' && self.at > 0 && self.byte(self.at - 1) == b' ' => {}
            b'.' | b'!' | b'?' | b';' if !word_follows => self.set_link(Link::Sentence),
            b';' => self.set_link(Link::Sentence),
            b',' | b'(' | b'|' => self.set_link(Link::Comma),
            b':' if next == b':' => self.join(mark),
            b':' if !word_follows && next != b'/' => self.set_link(Link::Colon),
            b':' if next == b'/' => self.join(b'/'),
            b'&' if next == b'&' => self.set_link(Link::Then),
            // 'C++' joins nothing.
            b'+' if next == b'+' || self.at > 0 && self.byte(self.at - 1) == b'+' => self.apart(),
            b'&' | b'+' if apart => self.set_link(Link::And),
            b'`' | b'"' => self.quote(),
            b'*' if glued => self.apart(),
            b'*' | b'\'' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'$' | b'#' => {}
            _ => self.apart(),
        }
    }

    fn join(&mut self, mark: u8) {
        if mark != b'-' && mark != b'=' && mark != b'@' {
            // A lone slash before a word, with no path after it, is a slash command: `/test`.
            let command = mark == b'/' && !self.is(flag::GLUED) && !self.is_path_at(self.at + 1);
            if command {
                self.flags &= !flag::PATH;
            } else {
                self.flags |= flag::PATH;
            }
        }
    }

    fn is_path_at(&self, mut at: usize) -> bool {
        while self.class(at) == Class::Word || self.byte(at) == b'-' {
            at += 1;
        }
        matches!(self.byte(at), b'/' | b'.' | b'_') && self.class(at + 1) != Class::Space
    }

    fn quote(&mut self) {
        self.line_flags ^= flag::QUOTED;
        self.apart();
    }

    fn wide_mark(&mut self, c: char) {
        match c {
            '。' | '！' | '？' | '；' | '…' | '．' | '؟' => self.set_link(Link::Sentence),
            '、' | '，' | '—' | '–' | '・' => self.set_link(Link::Comma),
            '：' => self.set_link(Link::Colon),
            '→' | '⇒' => self.set_link(Link::Then),
            '“' | '«' | '„' | '「' | '『' => self.line_flags |= flag::QUOTED,
            '”' | '»' | '」' | '』' => self.line_flags &= !flag::QUOTED,
            _ => self.apart(),
        }
    }

    fn line_end(&mut self) {
        let long = self.at - self.line > WRAPPED_LINE;
        let was = (self.line_flags & !flag::QUOTED, self.link);
        self.apart();
        self.line_start(false);
        let plain = self.line_flags & !flag::PARAGRAPH == 0;
        let goes_on = long && plain && was.1 == Link::None && self.line_flags & flag::PARAGRAPH == 0;
        if goes_on && self.class(self.at) != Class::Line {
            self.line_flags = was.0;
        } else {
            self.link = Link::Line;
        }
    }

    /// Reads what a line begins with: a list's mark, `#`, `>`, a fence.
    fn line_start(&mut self, first: bool) {
        let mut flags = if first { flag::PARAGRAPH } else { 0 };
        loop {
            while matches!(self.class(self.at), Class::Space | Class::Line) && self.at < self.text.len() {
                if self.class(self.at) == Class::Line {
                    flags |= flag::PARAGRAPH;
                }
                self.at += 1;
            }
            self.line = self.at;
            if !self.fence() {
                break;
            }
        }
        flags |= if self.is(flag::FENCED) { flag::FENCED } else { self.line_marks() };
        self.line_flags = flags;
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
        self.line_flags ^= flag::FENCED;
        self.at += 3 + line.len();
        true
    }

    fn line_marks(&mut self) -> u16 {
        let bytes = self.text.as_bytes();
        let spaced = |at: usize| bytes.get(at).is_none_or(|&b| CLASSES[b as usize] == Class::Space);
        let digits = bytes[self.at..].iter().take(3).take_while(|b| b.is_ascii_digit()).count();
        let after = self.at + digits;
        match self.byte(after) {
            b'.' | b')' if digits > 0 && spaced(after + 1) => self.at = after + 1,
            b'-' | b'*' | b'+' if digits == 0 && spaced(after + 1) => self.at = after + 1,
            b'#' if digits == 0 => return flag::HEADING,
            b'>' if digits == 0 => return flag::CITED,
            0xe2 if self.text[after..].starts_with('•') => self.at = after + '•'.len_utf8(),
            _ => return 0,
        }
        flag::ITEM
    }
}

/// How many small letters and digits of ASCII a text begins with. Eight are looked at at a time: where a word ends cannot be
/// foreseen, and a wrong guess at each word would cost more than the reading.
fn plain_length(text: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    // The high bits of the bytes from one value on; none of them may have its own set.
    let from = |bytes: u64, first: u8| bytes + EACH * u64::from(0x80 - first);
    let mut rest = text;
    while let Some((&eight, after)) = rest.split_first_chunk() {
        let bytes = u64::from_le_bytes(eight);
        let low = bytes & !HIGH;
        let letters = from(low, b'a') & !from(low, b'z' + 1);
        let digits = from(low, b'0') & !from(low, b'9' + 1);
        let others = !((letters | digits) & !bytes) & HIGH;
        if others != 0 {
            return text.len() - rest.len() + others.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    let last = rest.iter().take_while(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9')).count();
    text.len() - rest.len() + last
}

/// Scripts that put no spaces between words: each character is a word of its own.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
        && c != '・'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_plain_stretch_ends_at_the_first_byte_that_is_neither_small_letter_nor_digit(
            text in proptest::collection::vec(prop_oneof![9 => b'a'..=b'z', 3 => b'0'..=b'9', 1 => any::<u8>()], 0..40)
        ) {
            let one_by_one = text.iter().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
            prop_assert_eq!(plain_length(&text), one_by_one);
        }
    }
}
