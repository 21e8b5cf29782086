//! The texts that lists stand for, each once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::tokenized_text::offset;
use crate::rules::notation::Forms;

/// The number of a text that is in a list.
pub(super) type TextId = u32;

/// All texts by their numbers. The same text stands in many lists, and is compared and taken apart by its number.
#[derive(Default)]
pub(super) struct ListedTexts {
    all: Forms,
    numbers: HashTable<TextId>,
    hasher: DefaultHashBuilder,
}

impl ListedTexts {
    /// The number of a text, a new one if need be.
    pub(super) fn number(&mut self, text: &str) -> TextId {
        let Self { all, numbers, hasher } = self;
        let hash = hasher.hash_one(text);
        let is_same = |&number: &TextId| all.get(number as usize) == text;
        if let Some(&known) = numbers.find(hash, is_same) {
            return known;
        }
        let number = offset(all.len());
        all.push(&[text]);
        numbers.insert_unique(hash, number, |&number| hasher.hash_one(all.get(number as usize)));
        number
    }

    /// The text with a number.
    pub(super) fn text(&self, number: TextId) -> &str {
        self.all.get(number as usize)
    }
}
