//! Text in which nothing is an instruction: code, quotations, headings, what a ticket only describes, what something to
//! be written shall do, and commands with their output.

use memchr::{memchr, memmem};

use super::clauses::{Clause, Ignored};
use super::roles::Role;
use super::tokenized_text::TokenizedText;
use super::tokens::{Link, Mark, Token};

/// Where in a text the reader is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IgnoredText {
    section: Section,
    ticket: Ticket,
    /// A text stands in it that is only talked about: its lists ask for nothing.
    pasted: bool,
    /// The tokens of what is copied from a terminal or from a job's log.
    copied: (usize, usize),
    /// The first token of the line that is read.
    line: usize,
    /// The text only asks about the command lines in it: 'is this safe?' and a script.
    asks_about_commands: bool,
}

/// Whether the text began as a ticket does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ticket {
    #[default]
    None,
    /// On its first line.
    Title,
    Body,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    #[default]
    None,
    /// Under a `#` heading of `sections`: up to the next heading.
    Heading,
    /// Under a line like 'Steps to reproduce:': up to the next paragraph that is no list.
    Label,
    /// After 'write a script:', up to the next paragraph that is no list.
    Design,
    /// A command with its output: up to the next paragraph.
    Output,
}

impl IgnoredText {
    /// At a text's beginning. That a pasted text stands in it may be said only at its end.
    pub(crate) fn of(text: &TokenizedText, clauses: &[Clause]) -> Self {
        let pasted = text.roles.intersects(Role::PASTED);
        let copied = terminal(text).or_else(|| copied_lines(text)).unwrap_or_default();
        Self { pasted, copied, asks_about_commands: asks_about_commands(text, clauses), ..Self::default() }
    }

    /// Takes notice of a line that begins with a clause.
    pub(crate) fn new_line(&mut self, text: &TokenizedText, clauses: &[Clause], index: usize) {
        let start = clauses[index].start;
        self.line = start;
        if self.is_copied(start) {
            return;
        }
        let token = &text.tokens[start];
        // 'Context' alone on its line, or with a colon.
        let next = clauses.get(index + 1);
        let label = next.is_some_and(|next| matches!(next.link, Link::Colon | Link::Line));
        let names_section = label && names_section(text, &clauses[index]);
        if token.is(Mark::HEADING) {
            self.section = if names_section { Section::Heading } else { Section::None };
        } else if names_section {
            self.section = Section::Label;
        } else if token.is(Mark::PARAGRAPH) && self.ends_at_paragraph(token.is(Mark::ITEM)) {
            self.section = Section::None;
        }
        if self.section == Section::None && has_output(text, clauses, index) {
            self.section = Section::Output;
        }
        let tag = index == 0 && token.roles.intersects(Role::TICKET);
        if tag && (label || is_tag(text, token.start)) {
            self.ticket = Ticket::Title;
        } else if self.ticket == Ticket::Title {
            self.ticket = Ticket::Body;
        }
    }

    /// Whether a token stands in what is copied from a terminal, a log or another text.
    pub(crate) fn is_copied(self, start: usize) -> bool {
        (self.copied.0..self.copied.1).contains(&start)
    }

    fn ends_at_paragraph(self, item: bool) -> bool {
        match self.section {
            Section::None | Section::Heading => false,
            Section::Label | Section::Design => !item,
            Section::Output => true,
        }
    }

    /// Takes notice that what follows is what something to be written shall do.
    pub(crate) fn begin_design(&mut self) {
        if self.section == Section::None {
            self.section = Section::Design;
        }
    }

    /// Why nothing is an instruction here, if so. `opened`: an instruction announces what stands here, or nothing
    /// stands before it, so that a code block is no mere quotation.
    pub(crate) fn holds(self, text: &TokenizedText, start: usize, opened: bool) -> Option<Ignored> {
        let token = text.tokens[start];
        let begins_with_code = text.tokens[0].is(Mark::FENCED);
        let described = (token.is(Mark::FENCED) && !opened && !begins_with_code)
            || self.ticket == Ticket::Title
            || ((self.ticket == Ticket::Body || self.pasted) && token.is(Mark::ITEM))
            || token.is(Mark::CITED | Mark::HEADING)
            || (self.asks_about_commands && is_program(&text.tokens[self.line]))
            || is_setting(text, start)
            || is_in_the_middle(text, start);
        match self.section {
            _ if self.is_copied(start) => Some(Ignored::Output),
            Section::Design => Some(Ignored::Design),
            Section::Output => Some(Ignored::Output),
            Section::None if token.is(Mark::PRINTED) => Some(Ignored::Output),
            Section::Heading | Section::Label => Some(Ignored::Description),
            Section::None => described.then_some(Ignored::Description),
        }
    }
}

/// Whether a token stands far from both ends of a long text, where people say what they want.
fn is_in_the_middle(text: &TokenizedText, start: usize) -> bool {
    const ENDS: (u32, usize) = (300, 600);
    let at = text.tokens[start].start;
    at > ENDS.0 && (at as usize) + ENDS.1 < text.folded.len()
}

/// Whether a clause names a section: 'Context', 'Task requirements'.
fn names_section(text: &TokenizedText, clause: &Clause) -> bool {
    let tokens = &text.tokens[clause.start..clause.end];
    let Some((first, rest)) = tokens.split_first() else { return false };
    let last = rest.last().filter(|last| rest.len() <= 2 && last.roles.intersects(Role::SECTION));
    first.roles.intersects(Role::SECTION) || last.is_some() && !first.roles.intersects(Role::BEGINS)
}

/// What is copied from a terminal: from the first line with a prompt that says where it is, up to a last paragraph of
/// one line that is not itself printed, in which the person speaks again.
fn terminal(text: &TokenizedText) -> Option<(usize, usize)> {
    if !text.marks.intersects(Mark::TERMINAL) {
        return None;
    }
    let start = text.tokens.iter().position(|token| token.is(Mark::TERMINAL))?;
    let last_line = text.tokens.iter().rposition(|token| token.link == Link::Line);
    let end = last_line
        .filter(|&last| text.tokens[last].marks - (Mark::QUOTED | Mark::BRACKETED) == Mark::PARAGRAPH);
    Some((start, end.unwrap_or(text.tokens.len())))
}

/// The longest stretch of lines that are copied from somewhere. Most texts have one line only.
fn copied_lines(text: &TokenizedText) -> Option<(usize, usize)> {
    memchr(b'\n', text.folded.as_bytes())?;
    let copied = [failed_job, log, dockerfile].into_iter().filter_map(|copied| copied(text));
    copied.max_by_key(|(start, end)| end - start)
}

/// The log of a failed job, which has a known last line: from the second paragraph on, because the first may say what
/// it is, or from the beginning.
fn failed_job(text: &TokenizedText) -> Option<(usize, usize)> {
    const ENDS: [(&str, &str); 4] = [
        ("process completed", " with exit code"),
        ("failed", " with exit code"),
        ("\"", " exited with "),
        // What docker says of a step.
        ("", " did not complete successfully: exit code"),
    ];
    memmem::find(text.folded.as_bytes(), b" exit")?;
    let ended = |&(before, end): &(&str, &str)| {
        let mut places = text.folded.rmatch_indices(end).map(|(at, _)| at);
        places.find(|&at| text.folded[..at].ends_with(before))
    };
    let end = ENDS.iter().filter_map(ended).max()?;
    let end = text.token_from(end);
    let mut begun = text.tokens[..end].iter().enumerate();
    let second = begun.find(|(_, token)| token.link == Link::Line && token.is(Mark::PARAGRAPH));
    Some((second.map_or(0, |(start, _)| start), end))
}

/// From the first line of a log to the last.
fn log(text: &TokenizedText) -> Option<(usize, usize)> {
    if !text.marks.intersects(Mark::LOGGED) {
        return None;
    }
    let begins_line = |at: &usize| *at == 0 || text.tokens[*at].link == Link::Line;
    let mut lines = (0..text.tokens.len()).filter(begins_line).filter(|&at| text.tokens[at].is(Mark::LOGGED));
    let (first, last) = (lines.next()?, lines.next_back()?);
    let end = (last + 1..text.tokens.len()).find(begins_line);
    Some((first, end.unwrap_or(text.tokens.len())))
}

/// A Dockerfile: from its first line to the last one that cannot be a person's instruction, as 'RUN npm test' can.
fn dockerfile(text: &TokenizedText) -> Option<(usize, usize)> {
    const LAST: [&str; 5] = ["\ncopy ", "\ncmd ", "\nentrypoint ", "\nexpose ", "\nworkdir "];
    let inside = memmem::find(text.folded.as_bytes(), b"\nworkdir ")?;
    let start = text.folded[..inside].find("\nfrom ").unwrap_or(inside);
    let last = LAST.iter().filter_map(|line| text.folded.rfind(line)).max()? + 1;
    let end = text.folded[last..].find('\n').map_or(text.folded.len(), |end| last + end);
    Some((text.token_from(start), text.token_from(end)))
}

/// Whether a token is the key of a setting or begins its value: `"test": "jest"`, `buildCommand: "npm run build"`.
fn is_setting(text: &TokenizedText, at: usize) -> bool {
    let (token, folded) = (&text.tokens[at], text.folded.as_bytes());
    if !token.is(Mark::QUOTED) || !folded[..token.start as usize].ends_with(b"\"") {
        return false;
    }
    let after = &text.folded[token.end as usize..];
    let is_key = after.strip_prefix('"').map(str::trim_start);
    let key = |before: usize| text.tokens[before].link != Link::None || text.tokens[before].is(Mark::QUOTED);
    is_key.is_some_and(|rest| rest.starts_with(':') || rest.starts_with("=>"))
        || token.link == Link::Colon && at.checked_sub(1).is_some_and(key)
}

/// Whether a text has lines that begin with a program, and all others ask or are headings: 'is this safe?' and a
/// script.
fn asks_about_commands(text: &TokenizedText, clauses: &[Clause]) -> bool {
    let asks = |clause: &Clause| clause.question || clause.roles.intersects(Role::QUESTION);
    if !text.roles.intersects(Role::PROGRAM) || !clauses.iter().any(asks) {
        return false;
    }
    let begins_line = |clause: &&Clause| clause.number == 0 || clause.link == Link::Line;
    let first = |clause: &Clause| &text.tokens[clause.start];
    let mut lines = clauses.iter().filter(begins_line).filter(|clause| !first(clause).is(Mark::HEADING));
    let commands = lines.clone().filter(|clause| is_program(first(clause))).count();
    commands > 0
        && commands < lines.clone().count()
        && lines.all(|line| first(line).roles.intersects(Role::PROGRAM) || asks(line))
}

/// Whether a word is a program's name, and none that the rules know as a word of the language.
fn is_program(word: &Token) -> bool {
    word.roles.intersects(Role::PROGRAM) && !word.roles.intersects(Role::LANGUAGE)
}

/// Whether a line is a command with its output right below: at a shell's prompt, or above what is known to be printed.
fn has_output(text: &TokenizedText, clauses: &[Clause], index: usize) -> bool {
    let next = clauses[index + 1..].iter().find(|clause| clause.link == Link::Line);
    let Some(below) = next.map(|next| &text.tokens[next.start]) else { return false };
    let start = clauses[index].start;
    let first = &text.tokens[start];
    let program = if text.spelling(first) == "sudo" { text.tokens.get(start + 1) } else { Some(first) };
    let printed = program.is_some_and(is_program) && below.is(Mark::PRINTED)
        || first.is(Mark::PROMPT) && !below.is(Mark::PROMPT);
    printed && (below.is(Mark::LOGGED) || !below.is(Mark::PARAGRAPH))
}

/// Whether a mark stands before the first word that makes it a tag: `/feature`, `[BUG]`.
fn is_tag(text: &TokenizedText, start: u32) -> bool {
    let before = text.folded[..start as usize].chars().next_back();
    matches!(before, Some('/' | '['))
}
