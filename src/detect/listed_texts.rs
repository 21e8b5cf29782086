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
    /// With their hashes: a table that grows needs them again.
    numbers: HashTable<(u64, TextId)>,
    hasher: DefaultHashBuilder,
}

impl ListedTexts {
    /// The number of a text, a new one if need be.
    pub(super) fn number(&mut self, text: &str) -> TextId {
        let hash = self.hasher.hash_one(text);
        if let Some(known) = self.find(text, hash) {
            return known;
        }
        let number = offset(self.all.len());
        self.all.push(&[text]);
        self.numbers.insert_unique(hash, (hash, number), |&(hash, _)| hash);
        number
    }

    /// The number of a text, if it has one.
    pub(super) fn known(&self, text: &str) -> Option<TextId> {
        self.find(text, self.hasher.hash_one(text))
    }

    fn find(&self, text: &str, hash: u64) -> Option<TextId> {
        let is_same = |&(known, number): &(u64, TextId)| known == hash && self.text(number) == text;
        self.numbers.find(hash, is_same).map(|&(_, number)| number)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// All of them, by their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.iter()
    }

    /// The text with a number.
    pub(super) fn text(&self, number: TextId) -> &str {
        self.all.get(number as usize)
    }
}
