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
    /// The number of a word, which gets the one that `number` makes if it has none.
    pub(crate) fn get_or_insert(&mut self, word: &[u8], number: impl FnOnce() -> WordId) -> WordId {
        match word.len() {
            ..=SHORT => *self.short.entry(as_number(word)).or_insert_with(number),
            _ => *self.long.entry_ref(word).or_insert_with(number),
        }
    }

    /// The words that have one of the wanted numbers, with them, in no order.
    pub(crate) fn spelled(&self, wanted: impl Fn(&WordId) -> bool) -> Vec<(WordId, String)> {
        let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        let is_wanted = |number: &&WordId| wanted(number);
        let short = self.short.iter().filter(|(_, number)| is_wanted(number));
        let short = short.map(|(word, number)| (*number, text(&bytes_of(*word))));
        let long = self.long.iter().filter(|(_, number)| is_wanted(number));
        short.chain(long.map(|(word, number)| (*number, text(word)))).collect()
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

/// The bytes of such a number.
fn bytes_of(word: u64) -> Vec<u8> {
    word.to_le_bytes().into_iter().take_while(|byte| *byte != 0).collect()
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
