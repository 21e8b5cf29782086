//! The words of listed texts, numbered while a rule set is made ready.

use std::iter::successors;
use std::mem::take;
use std::ops::Range;

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
    pub words: WordTable,
    /// The sequences that go on with a word, by [`step`].
    pub continuations: HashMap<u64, SequenceId>,
    /// By sequence: a bit for each word that goes on with it, by [`bit_of`].
    pub next: Vec<u64>,
    /// By sequence: the one that it goes on, which is 0 for a word alone, and its last word.
    ends: Vec<(SequenceId, WordId)>,
    /// The text before, folded, and where its words end with the sequence up to there: most texts are forms of one
    /// entry, and begin as the one before.
    before: String,
    ends_before: Vec<(usize, SequenceId)>,
}

impl Default for ListedWords {
    fn default() -> Self {
        let (words, continuations, before, ends_before) = Default::default();
        Self { words, continuations, next: vec![0], ends: vec![(0, WordId::default())], before, ends_before }
    }
}

impl ListedWords {
    /// The number of a text, which is added if it is not there; none for one without a word.
    pub(super) fn number(&mut self, text: &str) -> Option<SequenceId> {
        let mut folded = String::new();
        fold_into(text, &mut folded);
        if folded.chars().all(is_plain) {
            return self.number_of_plain(&folded);
        }
        let mut tokenized = TokenizedText::default();
        take_apart(text, &WordTable::default(), &mut tokenized);
        let words = tokenized.tokens.iter().map(|token| tokenized.spelling(token));
        words.fold(None, |sequence, word| Some(self.go_on(sequence, word)))
    }

    /// The same of a text that is folded already and has plain characters only.
    pub(super) fn number_of_plain(&mut self, text: &str) -> Option<SequenceId> {
        let mut ends = take(&mut self.ends_before);
        let same = self.before.bytes().zip(text.bytes()).take_while(|(before, now)| before == now).count();
        let same = text.floor_char_boundary(same);
        // A word up to where all is the same may go on differently.
        ends.truncate(ends.partition_point(|(end, _)| *end < same));
        self.before.truncate(same);
        self.before.push_str(&text[same..]);
        let mut last = ends.last().copied();
        while let Some(word) = next_word(text, last.map_or(0, |(end, _)| end)) {
            let sequence = self.go_on(last.map(|(_, sequence)| sequence), &text[word.clone()]);
            last = Some((word.end, sequence));
            ends.extend(last);
        }
        self.ends_before = ends;
        last.map(|(_, sequence)| sequence)
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
        self.words.get_or_insert(word.as_bytes(), || {
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

/// Folds an entry of a list whose forms are then folded and plain; none for any other.
pub(super) fn plain(entry: &str) -> Option<String> {
    let is_mark = |c: char| matches!(c, '(' | '|' | ')');
    let mut folded = String::new();
    fold_into(entry, &mut folded);
    let is_plain = folded.chars().all(|c| is_plain(c) || is_mark(c));
    // '（' would become a mark.
    (is_plain && (entry.is_ascii() || folded.matches(is_mark).eq(entry.matches(is_mark)))).then_some(folded)
}

/// Whether a character parts words in no other way than a space does: nearly all texts have such characters only, and
/// their words are found in a fraction of the time.
fn is_plain(c: char) -> bool {
    c == ' ' || c.is_ascii_alphanumeric() || !c.is_ascii() && (is_ideograph(c) || is_letter(c))
}

/// The first word from a place on. Scripts that put no spaces between words: each character is a word of its own.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text[from..].trim_start_matches(' ');
    let start = text.len() - rest.len();
    let is_ideograph = |c: char| !c.is_ascii() && is_ideograph(c);
    let first = rest.chars().next()?;
    let length = if is_ideograph(first) {
        first.len_utf8()
    } else {
        rest.find(|c| c == ' ' || is_ideograph(c)).unwrap_or(rest.len())
    };
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        words_of(&mut ListedWords::default(), text)
    }

    fn words_of(listed: &mut ListedWords, text: &str) -> Vec<String> {
        let words: Vec<WordId> =
            listed.number(text).into_iter().flat_map(|text| listed.words_of(text)).collect();
        let spelled = |word: &WordId| listed.words.spelled(|number| number == word).remove(0).1;
        words.iter().rev().map(spelled).collect()
    }

    const TEXTS: [&str; 16] = [
        "Run the  tests",
        "Run the  test",
        "run",
        "run-the tests",
        "run the-tests",
        "führe aus",
        "запусти тесты",
        "pushして",
        "push々",
        "pushを",
        "測試 e2e",
        "测 e2e",
        "شغل",
        "다시 push해",
        "",
        " ",
    ];

    fn tokens(text: &str) -> Vec<String> {
        let mut tokenized = TokenizedText::default();
        take_apart(text, &WordTable::default(), &mut tokenized);
        tokenized.tokens.iter().map(|token| tokenized.spelling(token).to_owned()).collect()
    }

    #[test]
    fn words_are_those_of_a_request() {
        for text in TEXTS {
            assert_eq!(words(text), tokens(text), "{text}");
        }
    }

    #[test]
    fn the_text_before_changes_no_words() {
        for before in TEXTS {
            for text in TEXTS {
                let mut listed = ListedWords::default();
                listed.number(before);
                assert_eq!(words_of(&mut listed, text), tokens(text), "{text} after {before}");
            }
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
