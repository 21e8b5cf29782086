//! Passages in which nothing is an order: code, quotations, headings, and what a ticket only describes.

use super::clauses::Clause;
use super::reading::{Reading, role};
use super::words::{Link, flag};

/// Where in a text the reader is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passage {
    section: Section,
    /// The text began as a ticket does.
    ticket: bool,
    /// On the ticket's first line.
    title: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    #[default]
    None,
    /// Under a `#` heading of `sections`: up to the next heading.
    Heading,
    /// Under a line like 'Steps to reproduce:': up to the next paragraph that is no list.
    Label,
}

impl Passage {
    /// Takes notice of a line that begins with a clause.
    pub(crate) fn new_line(&mut self, reading: &Reading, clauses: &[Clause], index: usize) {
        let word = &reading.words[clauses[index].start];
        let next = clauses.get(index + 1);
        // 'Context' alone on its line, or with a colon.
        let label = next.is_none_or(|next| matches!(next.link, Link::Colon | Link::Line));
        let names_section = word.roles & role::SECTION != 0 && label;
        if word.token.is(flag::HEADING) {
            self.section = if names_section { Section::Heading } else { Section::None };
        } else if names_section {
            self.section = Section::Label;
        } else if self.section == Section::Label
            && word.token.is(flag::PARAGRAPH)
            && !word.token.is(flag::ITEM)
        {
            self.section = Section::None;
        }
        let tag = index == 0 && word.roles & role::TICKET != 0;
        self.title = tag && (label || is_tag(reading, word.token.start));
        self.ticket |= self.title;
    }

    /// Whether nothing is an order here. `opened`: an order before it, or nothing, announces what stands here, so
    /// that a code block is no mere quotation.
    pub(crate) fn mutes(&self, reading: &Reading, start: usize, opened: bool) -> bool {
        let token = reading.words[start].token;
        let begins_with_code = reading.words[0].token.is(flag::FENCED);
        (token.is(flag::FENCED) && !opened && !begins_with_code)
            || (self.ticket && (self.title || token.is(flag::ITEM)))
            || token.is(flag::CITED | flag::HEADING)
            || self.section != Section::None
    }
}

/// Whether a mark stands before the first word that makes it a tag: `/feature`, `[BUG]`.
fn is_tag(reading: &Reading, start: u32) -> bool {
    let before = reading.folded[..start as usize].chars().next_back();
    matches!(before, Some('/' | '['))
}
