//! The words of a rule set by their spelling.

use hashbrown::HashMap;

use super::tokens::WordId;

/// Words of up to this many bytes are looked up as a number: nearly all are no longer.
const SHORT: usize = size_of::<u64>();

/// The numbers of words.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordTable {
    short: HashMap<u64, WordId>,
    long: HashMap<Vec<u8>, WordId>,
}

impl WordTable {
    pub(crate) fn new<'w>(words: impl Iterator<Item = (&'w str, WordId)>) -> Self {
        let mut table = Self::default();
        for (word, number) in words.map(|(word, number)| (word.as_bytes(), number)) {
            if word.len() <= SHORT {
                table.short.insert(as_number(word), number);
            } else {
                table.long.insert(word.to_owned(), number);
            }
        }
        table
    }

    /// The number of a word; 0 for one that is not listed.
    pub(crate) fn get(&self, word: &[u8]) -> WordId {
        match word.len() {
            ..=SHORT => self.get_short(as_number(word)),
            _ => self.long.get(word).copied().unwrap_or_default(),
        }
    }

    /// The same of the word whose bytes are those of a number, the first one lowest. No word has a zero byte, so two
    /// words are two numbers.
    pub(crate) fn get_short(&self, word: u64) -> WordId {
        self.short.get(&word).copied().unwrap_or_default()
    }
}

/// A short word as a number.
fn as_number(word: &[u8]) -> u64 {
    let mut bytes = [0; SHORT];
    bytes[..word.len()].copy_from_slice(word);
    u64::from_le_bytes(bytes)
}

/// The next eight bytes of a text as a number, the first one lowest; none near its end.
pub(super) fn bytes_at(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// How many of eight bytes are small letters or digits, up to the first that is neither.
pub(super) fn letters_in(bytes: u64) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte says whether it is at least that letter.
    let from = |letter: u8| (bytes & !HIGH) + ONES * u64::from(0x80 - letter);
    let letters = from(b'a') & !from(b'z' + 1) | from(b'0') & !from(b'9' + 1);
    let others = !letters & HIGH | bytes & HIGH;
    others.trailing_zeros() as usize / 8
}
