//! The words of listed texts, numbered while a rule set is made ready.

use std::iter::successors;
use std::mem::take;

use hashbrown::HashMap;

use super::folding::fold_into;
use super::tokenized_text::{TokenizedText, offset};
use super::tokenizer::{is_ideograph, is_letter};
use super::tokens::WordId;
use super::word_lists::{SequenceId, bit_of, step, take_apart};
use super::word_table::WordTable;

/// The sequences of words that texts are, and the beginnings of them. A word is the sequence of itself alone, and has
/// its number; number 0 stands for no words.
pub(super) struct ListedWords {
    pub words: HashMap<String, WordId>,
    /// The sequences that go on with a word, by [`step`].
    pub continuations: HashMap<u64, SequenceId>,
    /// By sequence: a bit for each word that goes on with it, by [`bit_of`].
    pub next: Vec<u64>,
    /// By sequence: the one that it goes on, which is 0 for a word alone, and its last word.
    ends: Vec<(SequenceId, WordId)>,
    buffer: TokenizedText,
}

impl Default for ListedWords {
    fn default() -> Self {
        let (words, continuations, buffer) = Default::default();
        Self { words, continuations, next: vec![0], ends: vec![(0, WordId::default())], buffer }
    }
}

impl ListedWords {
    /// The number of a text, which is added if it is not there; none for one without a word.
    pub(super) fn number(&mut self, text: &str) -> Option<SequenceId> {
        let mut buffer = take(&mut self.buffer);
        let mut number = None;
        each_word(text, &mut buffer, |word| number = Some(self.go_on(number, word)));
        self.buffer = buffer;
        number
    }

    fn go_on(&mut self, before: Option<SequenceId>, word: &str) -> SequenceId {
        let word = self.word(word);
        let Some(before) = before else { return word.0 };
        self.next[before as usize] |= bit_of(word);
        *self.continuations.entry(step(before, word)).or_insert_with(|| {
            self.next.push(0);
            self.ends.push((before, word));
            offset(self.ends.len() - 1)
        })
    }

    fn word(&mut self, word: &str) -> WordId {
        *self.words.entry_ref(word).or_insert_with(|| {
            let number = WordId(offset(self.ends.len()));
            self.next.push(0);
            self.ends.push((0, number));
            number
        })
    }

    /// The words of a text, the last one first.
    pub(super) fn words_of(&self, text: SequenceId) -> impl Iterator<Item = WordId> {
        let ends = successors(Some(text).filter(|text| *text != 0), |text| {
            Some(self.ends[*text as usize].0).filter(|before| *before != 0)
        });
        ends.map(|sequence| self.ends[sequence as usize].1)
    }

    /// The highest number so far.
    pub(super) fn last(&self) -> SequenceId {
        offset(self.next.len() - 1)
    }
}

/// Hands over the words of a listed text, folded.
fn each_word(text: &str, buffer: &mut TokenizedText, mut take: impl FnMut(&str)) {
    fold_into(text, &mut buffer.folded);
    let folded = buffer.folded.as_str();
    // Nearly all are nothing but letters, whose words are found in a fraction of the time.
    if folded.bytes().all(|byte| byte == b' ' || byte.is_ascii_alphanumeric()) {
        folded.split_ascii_whitespace().for_each(take);
    } else if folded.chars().all(|c| c == ' ' || is_ideograph(c) || is_letter(c)) {
        folded.split(' ').for_each(|letters| each_word_of_letters(letters, &mut take));
    } else {
        take_apart(text, &WordTable::default(), buffer);
        buffer.tokens.iter().for_each(|token| take(buffer.spelling(token)));
    }
}

/// Scripts that put no spaces between words: each character is a word of its own.
fn each_word_of_letters(mut letters: &str, mut take: impl FnMut(&str)) {
    while let Some(first) = letters.chars().next() {
        let end = if is_ideograph(first) { Some(first.len_utf8()) } else { letters.find(is_ideograph) };
        let (word, rest) = letters.split_at(end.unwrap_or(letters.len()));
        take(word);
        letters = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, &mut TokenizedText::default(), |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn words_of_letters_are_those_of_any_text() {
        for text in [
            "Run the  tests",
            "führe aus",
            "запусти тесты",
            "pushして",
            "測試 e2e",
            "شغل",
            "다시 push해",
            "",
            " ",
        ] {
            let mut tokenized = TokenizedText::default();
            take_apart(text, &WordTable::default(), &mut tokenized);
            let all: Vec<_> = tokenized.tokens.iter().map(|token| tokenized.spelling(token)).collect();
            assert_eq!(words(text), all, "{text}");
        }
    }

    #[test]
    fn marks_part_words() {
        assert_eq!(words("pre-commit"), ["pre", "commit"]);
        assert_eq!(words("don't"), ["don't"]);
    }

    #[test]
    fn a_text_and_what_begins_it_have_numbers_of_their_own() {
        let mut listed = ListedWords::default();
        let numbers = ["test", "test suite", "suite", "Test"].map(|text| listed.number(text));
        assert_eq!(numbers, [Some(1), Some(3), Some(2), Some(1)]);
        assert_eq!(listed.number("…"), None);
        assert_eq!(listed.words_of(3).collect::<Vec<_>>(), [WordId(2), WordId(1)]);
    }
}
