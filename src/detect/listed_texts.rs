//! The texts that lists stand for, each once.

use hashbrown::DefaultHashBuilder;
use indexmap::IndexSet;

use super::tokenized_text::offset;

/// The number of a text that is in a list.
pub(super) type TextId = u32;

/// All texts by their numbers. The same text stands in many lists, and is compared and taken apart by its number.
#[derive(Default)]
pub(super) struct ListedTexts(IndexSet<Box<str>, DefaultHashBuilder>);

impl ListedTexts {
    /// The number of a text, a new one if need be.
    pub(super) fn number(&mut self, text: impl Into<Box<str>>) -> TextId {
        offset(self.0.insert_full(text.into()).0)
    }

    /// The number of a text, if it has one.
    pub(super) fn known(&self, text: &str) -> Option<TextId> {
        self.0.get_index_of(text).map(offset)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, by their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The text with a number.
    pub(super) fn text(&self, number: TextId) -> &str {
        &self.0[number as usize]
    }
}
