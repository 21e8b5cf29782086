//! Collects the word lists of a rule set.

use hashbrown::{HashMap, HashSet};

use super::in_phrases::InPhrases;
use super::list_sets::ListSets;
use super::slips::with_slips;
use super::tokenized_text::{ListId, TokenizedText, offset};
use super::tokens::WordId;
use super::word_lists::{Sequence, SequenceId, WordLists, bit_of, step, take_apart};
use super::word_table::{NumberTable, WordTable};

/// The number of a text of a list.
type TextId = u32;

/// Collects word lists, then becomes [`WordLists`].
#[derive(Default)]
pub(crate) struct WordListsBuilder {
    words: HashMap<Vec<u8>, WordId>,
    /// The words of each text: taken apart once, however many lists it is in.
    texts: Vec<Vec<WordId>>,
    numbers: HashMap<String, TextId>,
    by_texts: HashMap<Vec<TextId>, ListId>,
    entries: Vec<(TextId, ListId)>,
    lists: usize,
    /// How many of the words only begin the names of programs: the last ones.
    names: usize,
    split: TokenizedText,
}

/// A rule set lists more than can be numbered.
#[derive(Debug)]
pub(crate) struct TooMany;

impl WordListsBuilder {
    /// Adds a list. The same texts again are the same list.
    pub(crate) fn list(&mut self, texts: &[String]) -> Result<ListId, TooMany> {
        let mut numbers = texts.iter().map(|text| self.text(text)).collect::<Result<Vec<_>, _>>()?;
        numbers.sort_unstable();
        numbers.dedup();
        if let Some(&list) = self.by_texts.get(&numbers) {
            return Ok(list);
        }
        let list = self.next_list()?;
        self.entries.extend(numbers.iter().map(|&text| (text, list)));
        self.by_texts.insert(numbers, list);
        Ok(list)
    }

    /// Adds a list that shares its number with no other.
    pub(crate) fn separate_list(&mut self, texts: &[String]) -> Result<ListId, TooMany> {
        let list = self.next_list()?;
        self.add(list, texts)?;
        Ok(list)
    }

    /// Adds what the names of programs begin with, after all other words: else nobody knows these words.
    pub(crate) fn add_names(&mut self, list: ListId, names: &[String]) -> Result<(), TooMany> {
        let before = self.words.len();
        self.add(list, names)?;
        self.names = self.words.len() - before;
        Ok(())
    }

    fn next_list(&mut self) -> Result<ListId, TooMany> {
        let list = u16::try_from(self.lists).map(ListId).map_err(|_| TooMany)?;
        self.lists += 1;
        Ok(list)
    }

    fn add(&mut self, list: ListId, texts: &[String]) -> Result<(), TooMany> {
        for text in texts {
            let text = self.text(text)?;
            self.entries.push((text, list));
        }
        Ok(())
    }

    /// The number of a text.
    fn text(&mut self, text: &str) -> Result<TextId, TooMany> {
        if let Some(&known) = self.numbers.get(text) {
            return Ok(known);
        }
        let mut split = std::mem::take(&mut self.split);
        take_apart(text, &WordTable::default(), &mut split);
        let words = split.tokens.iter().map(|token| self.word(split.spelling(token)));
        let words = words.collect::<Result<Vec<_>, _>>()?;
        self.split = split;
        let number = offset(self.texts.len());
        self.texts.push(words);
        self.numbers.insert(text.to_owned(), number);
        Ok(number)
    }

    fn word(&mut self, word: &str) -> Result<WordId, TooMany> {
        let next = u16::try_from(self.words.len() + 1).map_err(|_| TooMany)?;
        Ok(*self.words.entry_ref(word.as_bytes()).or_insert(WordId(next)))
    }

    /// How many lists there are.
    pub(crate) fn lists(&self) -> usize {
        self.lists
    }

    /// `misspelt`: the words whose usual slips are recognised too. `in_phrases`: what the words of each list can do.
    /// `choosing`: the lists that choose a subcategory or target.
    pub(crate) fn build(
        self,
        misspelt: &[String],
        in_phrases: &[InPhrases],
        choosing: &HashSet<ListId>,
    ) -> WordLists {
        let mut sequences = Sequences::of(self.words.len());
        let numbers: Vec<SequenceId> = self.texts.iter().map(|words| sequences.number(words)).collect();
        let members = self.entries.iter().map(|&(text, list)| (numbers[text as usize], list));
        let mut members: Vec<(SequenceId, ListId)> = members.filter(|(sequence, _)| *sequence != 0).collect();
        members.sort_unstable();
        members.dedup();
        let mut list_sets = ListSets::new(in_phrases, choosing);
        for of_sequence in members.chunk_by(|one, next| one.0 == next.0) {
            let set = list_sets.number(of_sequence.iter().map(|(_, list)| *list));
            sequences.all[of_sequence[0].0 as usize].put_in(set, &list_sets.all);
        }
        let last = WordId((self.words.len() - self.names) as u16);
        let lists = (0..).map(ListId).zip(in_phrases);
        WordLists {
            words: WordTable::new(with_slips(self.words, misspelt)),
            sequences: sequences.all,
            list_sets: list_sets.all,
            continuations: NumberTable::new(sequences.continuations.into_iter()),
            last,
            alone: lists.filter(|(_, words)| words.alone.is_some()).map(|(list, _)| list).collect(),
        }
    }
}

/// The sequences of words that texts are, and the beginnings of them.
struct Sequences {
    /// The first are the words themselves, by their numbers; the very first is none.
    all: Vec<Sequence>,
    continuations: HashMap<u64, SequenceId>,
}

impl Sequences {
    fn of(words: usize) -> Self {
        Self { all: vec![Sequence::default(); words + 1], continuations: HashMap::new() }
    }

    /// The number of a sequence, which is added if it is not there; 0 for no words.
    fn number(&mut self, words: &[WordId]) -> SequenceId {
        let mut at = words.first().map_or(0, |word| word.0.into());
        for &word in words.iter().skip(1) {
            self.all[at as usize].next |= bit_of(word);
            at = *self.continuations.entry(step(at, word)).or_insert_with(|| {
                self.all.push(Sequence::default());
                offset(self.all.len() - 1)
            });
        }
        at
    }
}
