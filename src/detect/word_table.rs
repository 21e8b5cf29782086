//! The words of a rule set by their spelling.

use std::ops::Range;

use hashbrown::HashMap;

use super::tokens::WordId;

/// Words of up to so many bytes are looked up as a number: nearly all are no longer.
const SHORT: usize = size_of::<u64>();

/// The numbers of words.
#[derive(Clone, Debug)]
pub(crate) struct WordTable {
    /// Each at the place that its bytes say or, where others stand, behind it; a power of two of places, most empty.
    short: Vec<(u64, WordId)>,
    long: HashMap<Vec<u8>, WordId>,
}

impl WordTable {
    pub(crate) fn new(words: HashMap<Vec<u8>, WordId>) -> Self {
        let size = (words.len() * 2 + 1).next_power_of_two();
        let mut table = Self { short: vec![(0, WordId::default()); size], long: HashMap::new() };
        for (word, number) in words {
            if word.len() <= SHORT {
                let word = as_number(&word);
                let at = table.place(word);
                table.short[at] = (word, number);
            } else {
                table.long.insert(word, number);
            }
        }
        table
    }

    /// The number of the word that stands at `place` in a text; 0 for one that is not listed. `head`: the eight bytes from
    /// its first one on, where the text has them.
    pub(crate) fn get(&self, text: &[u8], place: Range<usize>, head: Option<u64>) -> WordId {
        let len = place.end - place.start;
        if len > SHORT {
            return self.get_long(&text[place]);
        }
        // No word has a zero byte, so two words are two numbers.
        let number = match head {
            Some(bytes) => bytes & u64::MAX.unbounded_shr(64 - 8 * len as u32),
            None => as_number(&text[place]),
        };
        self.short[self.place(number)].1
    }

    #[cold]
    fn get_long(&self, word: &[u8]) -> WordId {
        self.long.get(word).copied().unwrap_or_default()
    }

    /// Where a word stands, or the empty place where it would.
    fn place(&self, word: u64) -> usize {
        let last = self.short.len() - 1;
        let mut at = (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & last;
        while self.short[at].0 != word && self.short[at].0 != 0 {
            at = (at + 1) & last;
        }
        at
    }
}

/// A short word as a number.
#[cold]
fn as_number(word: &[u8]) -> u64 {
    word.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The next eight bytes of a text as a number, the first one lowest; none near its end.
pub(super) fn bytes_at(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// How many of eight bytes are small letters and digits before the first that is none.
pub(super) fn letters_in(bytes: u64) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte says whether it is at least that letter.
    let from = |letter: u8| (bytes & !HIGH) + ONES * u64::from(0x80 - letter);
    let letters = from(b'a') & !from(b'z' + 1) | from(b'0') & !from(b'9' + 1);
    let others = !letters & HIGH | bytes & HIGH;
    others.trailing_zeros() as usize / 8
}
