//! The words of a rule set by their spelling.

use std::ops::Range;

use hashbrown::HashMap;

use super::tokens::WordId;

/// The longest word that is compared as a number, in bytes: nearly all are no longer.
const SHORT: usize = size_of::<u128>();

/// By length: the bytes that a word has.
const MASKS: [u128; SHORT + 1] = {
    let mut masks = [u128::MAX; SHORT + 1];
    let mut len = 0;
    while len < SHORT {
        masks[len] = (1 << (8 * len)) - 1;
        len += 1;
    }
    masks
};

/// The numbers of words.
#[derive(Clone, Debug)]
pub(crate) struct WordTable {
    /// Each at the place that its bytes say or, where others stand, behind it; a power of two of places, most empty.
    short: Vec<(u128, WordId)>,
    long: HashMap<Vec<u8>, WordId>,
}

impl WordTable {
    pub(crate) fn new(words: HashMap<Vec<u8>, WordId>) -> Self {
        let size = (words.len() * 2 + 1).next_power_of_two();
        let mut table = Self { short: vec![(0, WordId::default()); size], long: HashMap::new() };
        for (word, number) in words {
            match MASKS.get(word.len()) {
                Some(mask) => {
                    let word = as_number(&word, 0, mask);
                    let at = table.place(word);
                    table.short[at] = (word, number);
                }
                None => table.long.extend([(word, number)]),
            }
        }
        table
    }

    /// The number of the word that stands at `place` in a text; 0 for one that is not listed.
    pub(crate) fn get(&self, text: &[u8], place: Range<usize>) -> WordId {
        match MASKS.get(place.end - place.start) {
            Some(mask) => self.short[self.place(as_number(text, place.start, mask))].1,
            None => self.get_long(text.get(place).unwrap_or_default()),
        }
    }

    #[cold]
    fn get_long(&self, word: &[u8]) -> WordId {
        self.long.get(word).copied().unwrap_or_default()
    }

    /// Where a word stands, or the empty place where it would.
    fn place(&self, word: u128) -> usize {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (word as u64 ^ ((word >> 64) as u64).wrapping_mul(SPREAD)).wrapping_mul(SPREAD);
        let last = self.short.len() - 1;
        let mut at = (mixed >> 32) as usize & last;
        while self.short[at].0 != word && self.short[at].0 != 0 {
            at = (at + 1) & last;
        }
        at
    }
}

/// A short word as a number. No word has a zero byte, so two words are two numbers.
fn as_number(text: &[u8], start: usize, mask: &u128) -> u128 {
    let rest = text.get(start..).unwrap_or_default();
    let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
        // The end of the text.
        let mut bytes = [0; SHORT];
        bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        bytes
    });
    u128::from_le_bytes(bytes) & mask
}
