//! From the text of a shell to the words of its commands: one pass, whatever the text.
//!
//! Reads what POSIX shells and PowerShell have in common, and where they differ what [`Shell`] says: quotation,
//! escapes, separators, groups, `$(…)`, backticks, here documents, redirections and comments. A lexer crate such as
//! shlex does not fit: it splits one command into words and knows no separator, group or here document.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::script::{Script, Shell, Step};

/// How deep groups and substitutions are followed; what lies deeper is read as if it had no group.
const DEEPEST: usize = 32;

/// Reads a text. Never fails: what is no shell's language gives words that name no program.
pub(super) fn read(text: &str, shell: Shell) -> Script<'_> {
    let mut lexer = Lexer {
        text,
        at: 0,
        shell,
        depth: 0,
        script: Script::default(),
        open: Vec::new(),
        here_documents: Vec::new(),
        unpaired_backtick: false,
    };
    lexer.list();
    lexer.script
}

/// `<<EOF`, until its text has been read.
struct HereDocument {
    delimiter: String,
    /// Whether tabs before its lines do not count: `<<-`.
    tabs: bool,
    /// The step that reads it, once that is complete.
    step: Option<usize>,
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    shell: Shell,
    depth: usize,
    script: Script<'t>,
    /// The words of the commands that are not complete yet, the innermost last.
    open: Vec<Cow<'t, str>>,
    here_documents: Vec<HereDocument>,
    /// No backtick follows that could close another.
    unpaired_backtick: bool,
}

impl<'t> Lexer<'t> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Goes on to a place at most at the end.
    fn go_to(&mut self, at: usize) {
        self.at = at.min(self.text.len());
    }

    /// Goes on behind the next such byte, or to the end.
    fn go_behind(&mut self, byte: u8) {
        let step = memchr(byte, self.rest()).map_or(self.text.len(), |found| found + 1);
        self.go_to(self.at + step);
    }

    /// Commands up to the end of the text or of the group.
    fn list(&mut self) {
        let first = self.open.len();
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => self.line_end(first),
                b'#' => self.comment(),
                b';' | b'|' => self.separator(first),
                b'&' if self.byte(1) != Some(b'>') => self.separator(first),
                b'(' => self.parenthesis(first),
                b')' => {
                    self.separator(first);
                    if self.depth > 0 {
                        return;
                    }
                }
                b'{' | b'}' if self.is_brace_alone(byte) => self.separator(first),
                b'<' if self.byte(1) == Some(b'#') => self.block_comment(),
                b'<' | b'>' | b'&' => self.redirection(),
                _ => self.next_word(),
            }
        }
        self.complete(first);
    }

    /// A `{` or `}` that groups commands, and is no part of a word.
    fn is_brace_alone(&self, brace: u8) -> bool {
        let next = self.byte(1);
        let ends = matches!(next, None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b')'));
        ends || (self.shell == Shell::PowerShell && !(brace == b'{' && next == Some(b'}')))
    }

    fn separator(&mut self, first: usize) {
        self.complete(first);
        self.at += 1;
    }

    fn comment(&mut self) {
        self.at += memchr(b'\n', self.rest()).unwrap_or(self.text.len() - self.at);
    }

    fn block_comment(&mut self) {
        let end = memmem::find(self.rest(), b"#>").map_or(self.text.len(), |end| self.at + end + 2);
        self.go_to(end);
    }

    fn line_end(&mut self, first: usize) {
        self.complete(first);
        self.at += 1;
        for document in std::mem::take(&mut self.here_documents) {
            let body = self.here_document(&document);
            if let Some(step) = document.step
                && let Some(Step::Command { input, .. }) = self.script.steps.get_mut(step)
            {
                *input = Some(body);
            }
        }
    }

    /// The lines up to the one that is the delimiter; all that follow where there is none.
    fn here_document(&mut self, document: &HereDocument) -> &'t str {
        let (text, start) = (self.text, self.at);
        for line in text[start..].split_inclusive('\n') {
            let line_start = self.at;
            self.at += line.len();
            let line = line.trim_end_matches(['\r', '\n']);
            let line = if document.tabs { line.trim_start_matches('\t') } else { line };
            if line == document.delimiter {
                return &text[start..line_start];
            }
        }
        &text[start..]
    }

    /// Ends the command in hand: its words are those since `first`.
    fn complete(&mut self, first: usize) {
        let step = self.script.steps.len();
        let start = self.script.words.len();
        self.script.words.extend(self.open.drain(first..));
        let words = start..self.script.words.len();
        if words.is_empty() {
            return;
        }
        let waiting = self.here_documents.iter_mut().rev().take_while(|document| document.step.is_none());
        waiting.for_each(|document| document.step = Some(step));
        self.script.steps.push(Step::Command { words, input: None });
    }

    fn parenthesis(&mut self, first: usize) {
        let array = self.open[first..].last().is_some_and(|word| word.len() > 1 && word.ends_with('='));
        if self.depth == DEEPEST || (self.open.len() > first && self.byte(1) == Some(b')')) {
            // `name()` defines a function: its body's commands count, its name does not.
            self.open.truncate(first);
            self.at += 1;
            return;
        }
        let (steps, words) = (self.script.steps.len(), self.script.words.len());
        self.at += 1;
        self.group();
        if array {
            self.script.steps.truncate(steps);
            self.script.words.truncate(words);
        }
    }

    /// The commands of a group whose opening mark is read.
    fn group(&mut self) {
        self.depth += 1;
        self.script.steps.push(Step::Enter);
        self.list();
        self.script.steps.push(Step::Leave);
        self.depth -= 1;
    }

    /// `> file`, `2>&1`, `<<EOF`, `<(command)`: what it names is no word of the command.
    fn redirection(&mut self) {
        let start = self.at;
        while matches!(self.byte(0), Some(b'<' | b'>' | b'&' | b'|')) && self.at - start < 3 {
            self.at += 1;
        }
        let mark = &self.text[start..self.at];
        let here_document = mark == "<<";
        let tabs = here_document && self.byte(0) == Some(b'-');
        self.at += usize::from(tabs);
        if self.byte(0) == Some(b'(') && self.depth < DEEPEST {
            self.at += 1;
            return self.group();
        }
        while matches!(self.byte(0), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let file = self.word();
        if here_document && self.shell == Shell::Posix {
            self.here_documents.push(HereDocument { delimiter: file.into_owned(), tabs, step: None });
        }
    }

    /// PowerShell's `@'`, whose text goes on to a line that begins with `'@`.
    fn here_string(&mut self) -> Option<&'t str> {
        let quotation = self.byte(1).filter(|quotation| matches!(quotation, b'\'' | b'"'))?;
        let start = self.at + 2;
        let line_end = usize::from(self.text[start..].starts_with('\r'));
        if !self.text[start + line_end..].starts_with('\n') {
            return None;
        }
        let end = memmem::find(&self.text.as_bytes()[start..], &[b'\n', quotation, b'@']);
        let end = end.map_or(self.text.len(), |end| start + end);
        self.go_to(end + 3);
        Some(&self.text[start..end])
    }

    fn next_word(&mut self) {
        if self.byte(0) == Some(b'@')
            && let Some(text) = self.here_string()
        {
            return self.open.push(Cow::Borrowed(text));
        }
        let start = self.at;
        let word = self.word();
        if self.at == start {
            // Nothing that could begin a word: leave it out.
            self.at += 1;
            return;
        }
        let descriptor = matches!(self.byte(0), Some(b'<' | b'>'))
            && (word == "*" || word.bytes().all(|byte| byte.is_ascii_digit()));
        let nothing = ['\\', '`', '\r', '\n'];
        let continued = word.is_empty() && self.text[start..self.at].trim_end_matches(nothing).is_empty();
        if !descriptor && !continued {
            self.open.push(word);
        }
    }

    /// One word without its quotation marks. Commands in it are read on the way.
    fn word(&mut self) -> Cow<'t, str> {
        let start = self.at;
        self.plain();
        if self.byte(0).is_none_or(ends_word) {
            return Cow::Borrowed(&self.text[start..self.at]);
        }
        let mut word = String::from(&self.text[start..self.at]);
        while let Some(byte) = self.byte(0).filter(|&byte| !ends_word(byte)) {
            match byte {
                b'\\' => self.backslash(&mut word),
                b'\'' => self.single_quotation(&mut word),
                b'"' => self.double_quotation(&mut word),
                b'`' => self.backtick(&mut word),
                b'$' => self.dollar(&mut word),
                _ => {
                    let from = self.at;
                    self.plain();
                    word.push_str(&self.text[from..self.at]);
                }
            }
        }
        Cow::Owned(word)
    }

    /// Goes on over letters that stand for themselves.
    fn plain(&mut self) {
        let special = |&byte: &u8| ends_word(byte) || matches!(byte, b'\\' | b'\'' | b'"' | b'`' | b'$');
        let rest = self.rest();
        self.at += rest.iter().position(special).unwrap_or(rest.len());
    }

    fn push_char(&mut self, word: &mut String) {
        if let Some(next) = self.text[self.at..].chars().next() {
            word.push(next);
            self.at += next.len_utf8();
        }
    }

    /// A `\` before a letter is one of a Windows path in every shell: `.\gradlew.bat`.
    fn backslash(&mut self, word: &mut String) {
        let of_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        self.at += 1;
        match self.byte(0) {
            Some(b'\n') => self.at += 1,
            Some(b'\r') if self.byte(1) == Some(b'\n') => self.at += 2,
            Some(byte) if self.shell == Shell::Posix && !of_path(byte) => self.push_char(word),
            _ => word.push('\\'),
        }
    }

    fn single_quotation(&mut self, word: &mut String) {
        self.at += 1;
        let start = self.at;
        self.go_behind(b'\'');
        let quoted = &self.text[start..self.at];
        word.push_str(quoted.strip_suffix('\'').unwrap_or(quoted));
    }

    fn double_quotation(&mut self, word: &mut String) {
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' if self.shell == Shell::Posix => self.quoted_backslash(word),
                b'`' => self.backtick(word),
                b'$' if self.byte(1) == Some(b'(') => self.dollar(word),
                _ => {
                    let marks = |&byte: &u8| matches!(byte, b'"' | b'\\' | b'`' | b'$');
                    let rest = &self.rest()[1..];
                    let end = self.at + 1 + rest.iter().position(marks).unwrap_or(rest.len());
                    word.push_str(self.text.get(self.at..end).unwrap_or_default());
                    self.go_to(end);
                }
            }
        }
    }

    fn quoted_backslash(&mut self, word: &mut String) {
        self.at += 1;
        match self.byte(0) {
            Some(b'"' | b'\\' | b'$' | b'`') => self.push_char(word),
            Some(b'\n') => self.at += 1,
            _ => word.push('\\'),
        }
    }

    fn backtick(&mut self, word: &mut String) {
        self.at += 1;
        match self.byte(0) {
            Some(b'\n') => self.at += 1,
            Some(b'\r') if self.byte(1) == Some(b'\n') => self.at += 2,
            _ if self.shell == Shell::PowerShell => self.push_char(word),
            _ => self.backtick_command(),
        }
    }

    /// A backtick's command ends at the next one; only its first level is read.
    fn backtick_command(&mut self) {
        if self.unpaired_backtick || self.depth == DEEPEST {
            return;
        }
        let Some(length) = memchr(b'`', self.rest()) else {
            self.unpaired_backtick = true;
            return;
        };
        let (whole, end) = (self.text, self.at + length);
        self.text = &whole[..end];
        self.group();
        self.text = whole;
        self.at = end + 1;
    }

    fn dollar(&mut self, word: &mut String) {
        match self.byte(1) {
            Some(b'(') if self.depth < DEEPEST => {
                self.at += 2;
                self.group();
            }
            Some(b'{') => {
                let start = self.at;
                self.go_behind(b'}');
                word.push_str(&self.text[start..self.at]);
            }
            Some(b'\'' | b'"') => self.at += 1,
            _ => {
                word.push('$');
                self.at += 1;
            }
        }
    }
}

/// Whether a byte stands between words.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
}
