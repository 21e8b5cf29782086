//! Text in which nothing is an instruction: code, quotations, headings, and what a ticket only describes.

use super::clauses::Clause;
use super::roles::Role;
use super::tokenized_text::TokenizedText;
use super::tokens::{Link, Mark};

/// Where in a text the reader is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IgnoredText {
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

impl IgnoredText {
    /// Takes notice of a line that begins with a clause.
    pub(crate) fn new_line(&mut self, text: &TokenizedText, clauses: &[Clause], index: usize) {
        let token = &text.tokens[clauses[index].start];
        let next = clauses.get(index + 1);
        // 'Context' alone on its line, or with a colon.
        let label = next.is_none_or(|next| matches!(next.link, Link::Colon | Link::Line));
        let names_section = token.roles.intersects(Role::SECTION) && label;
        if token.is(Mark::HEADING) {
            self.section = if names_section { Section::Heading } else { Section::None };
        } else if names_section {
            self.section = Section::Label;
        } else if self.section == Section::Label && token.is(Mark::PARAGRAPH) && !token.is(Mark::ITEM) {
            self.section = Section::None;
        }
        let tag = index == 0 && token.roles.intersects(Role::TICKET);
        self.title = tag && (label || is_tag(text, token.start));
        self.ticket |= self.title;
    }

    /// Whether nothing is an instruction here. `opened`: an instruction before it, or nothing, announces what stands here, so
    /// that a code block is no mere quotation.
    pub(crate) fn holds(&self, text: &TokenizedText, start: usize, opened: bool) -> bool {
        let token = text.tokens[start];
        let begins_with_code = text.tokens[0].is(Mark::FENCED);
        (token.is(Mark::FENCED) && !opened && !begins_with_code)
            || (self.ticket && (self.title || token.is(Mark::ITEM)))
            || token.is(Mark::CITED | Mark::HEADING)
            || self.section != Section::None
    }
}

/// Whether a mark stands before the first word that makes it a tag: `/feature`, `[BUG]`.
fn is_tag(text: &TokenizedText, start: u32) -> bool {
    let before = text.folded[..start as usize].chars().next_back();
    matches!(before, Some('/' | '['))
}
