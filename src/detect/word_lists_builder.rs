//! Collects the word lists of a rule set.

use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet};
use indexmap::IndexSet;

use super::in_phrases::InPhrases;
use super::list_sets::ListSets;
use super::slips::slips_of;
use super::tokenized_text::{ListId, TokenizedText, offset};
use super::tokenizer::is_ideograph;
use super::tokens::WordId;
use super::word_lists::{Sequence, SequenceId, WordLists, bit_of, split, step, take_apart};
use super::word_table::WordTable;

/// The number of a text that is in a list.
pub(super) type TextId = usize;

/// All texts by their numbers. The same text stands in many lists, and is compared and taken apart by its number.
pub(super) type ListedTexts = IndexSet<String, DefaultHashBuilder>;

/// Collects word lists, then becomes [`WordLists`].
#[derive(Default)]
pub(crate) struct WordListsBuilder {
    /// All words. The number of each is one higher than its place here, because 0 means no word.
    words: ListedTexts,
    /// By text: where in `sequences` its words stand, once it is taken apart, however many lists it is in.
    texts: Vec<Option<Range<usize>>>,
    /// The words of all texts, end to end.
    sequences: Vec<WordId>,
    /// Pieces of texts, and the word that each is; `None` for one that is several words, or has marks.
    pieces: HashMap<String, Option<WordId>>,
    by_texts: HashMap<Vec<TextId>, ListId>,
    entries: Vec<(TextId, ListId)>,
    lists: usize,
    /// How many of the words only begin the names of programs: the last ones.
    names: usize,
}

/// A rule set lists more than can be numbered.
#[derive(Debug)]
pub(crate) struct TooMany;

impl WordListsBuilder {
    /// Adds a list. The same texts again are the same list.
    pub(crate) fn list(&mut self, of: &[TextId], texts: &ListedTexts) -> Result<ListId, TooMany> {
        let mut numbers = of.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        if let Some(&list) = self.by_texts.get(&numbers) {
            return Ok(list);
        }
        let list = self.separate_list(&numbers, texts)?;
        self.by_texts.insert(numbers, list);
        Ok(list)
    }

    /// Adds a list that shares its number with no other.
    pub(crate) fn separate_list(&mut self, of: &[TextId], texts: &ListedTexts) -> Result<ListId, TooMany> {
        let list = u16::try_from(self.lists).map(ListId).map_err(|_| TooMany)?;
        self.lists += 1;
        self.add(list, of, texts)?;
        Ok(list)
    }

    /// Whether there is no number for a further list.
    pub(crate) fn is_full(&self) -> bool {
        self.lists > usize::from(u16::MAX)
    }

    /// Adds the words that programs' names begin with. They come after all others, so that [`WordLists::last`] tells
    /// them from words that are in a list.
    pub(crate) fn add_names(
        &mut self,
        list: ListId,
        of: &[TextId],
        texts: &ListedTexts,
    ) -> Result<(), TooMany> {
        let before = self.words.len();
        self.add(list, of, texts)?;
        self.names = self.words.len() - before;
        Ok(())
    }

    fn add(&mut self, list: ListId, of: &[TextId], texts: &ListedTexts) -> Result<(), TooMany> {
        for &text in of {
            self.take_apart(text, texts)?;
            self.entries.push((text, list));
        }
        Ok(())
    }

    /// Finds the words of a text, if that is not done.
    fn take_apart(&mut self, number: TextId, texts: &ListedTexts) -> Result<(), TooMany> {
        if self.texts.len() <= number {
            self.texts.resize(number + 1, None);
        }
        if self.texts[number].is_none() {
            let start = self.sequences.len();
            self.add_words(&texts[number])?;
            self.texts[number] = Some(start..self.sequences.len());
        }
        Ok(())
    }

    /// Adds the words of a text to the sequences. Most texts are plain pieces, which are the same words in all of them.
    fn add_words(&mut self, text: &str) -> Result<(), TooMany> {
        let (start, mut rest) = (self.sequences.len(), text.trim_start_matches(' '));
        while let Some(piece) = first_piece(rest) {
            let Some(word) = self.piece(piece)? else {
                self.sequences.truncate(start);
                let words: Result<Vec<_>, _> = split(text).iter().map(|word| self.word(word)).collect();
                self.sequences.extend(words?);
                return Ok(());
            };
            self.sequences.push(word);
            rest = rest[piece.len()..].trim_start_matches(' ');
        }
        Ok(())
    }

    /// The word that a piece of a text is; `None` for one that is several words, or has marks.
    fn piece(&mut self, piece: &str) -> Result<Option<WordId>, TooMany> {
        if piece.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return self.word(piece).map(Some);
        }
        if let Some(&known) = self.pieces.get(piece) {
            return Ok(known);
        }
        let mut split = TokenizedText::default();
        take_apart(piece, &WordTable::default(), &mut split);
        let word = match split.tokens[..] {
            [token] if split.spelling(&token) == split.folded => Some(self.word(&split.folded)?),
            _ => None,
        };
        self.pieces.insert(piece.to_owned(), word);
        Ok(word)
    }

    fn word(&mut self, word: &str) -> Result<WordId, TooMany> {
        let known = self.words.get_index_of(word);
        let number = known.unwrap_or_else(|| self.words.insert_full(word.to_owned()).0);
        u16::try_from(number + 1).map(WordId).map_err(|_| TooMany)
    }

    /// How many lists there are.
    pub(crate) fn lists(&self) -> usize {
        self.lists
    }

    /// `misspelt`: the words whose usual misspellings are recognised too. `in_phrases`: what the words of each list can
    /// do. `choosing`: the lists that choose a subcategory or target.
    pub(crate) fn build(
        self,
        misspelt: &[String],
        in_phrases: &[InPhrases],
        choosing: &HashSet<ListId>,
    ) -> WordLists {
        let mut sequences = Sequences::of(self.words.len(), self.texts.len());
        let number = |words: &Option<Range<usize>>| {
            words.clone().map_or(0, |words| sequences.number(&self.sequences[words]))
        };
        let numbers: Vec<SequenceId> = self.texts.iter().map(number).collect();
        let mut lists = vec![Vec::new(); sequences.all.len()];
        for &(text, list) in &self.entries {
            lists[numbers[text] as usize].push(list);
        }
        let mut list_sets = ListSets::new(in_phrases, choosing);
        for (sequence, mut lists) in sequences.all.iter_mut().zip(lists).skip(1) {
            lists.sort_unstable();
            lists.dedup();
            sequence.put_in(list_sets.number(&lists), &list_sets.all);
        }
        let last = WordId((self.words.len() - self.names) as u16);
        let lists = (0..).map(ListId).zip(in_phrases);
        WordLists {
            words: word_table(&self.words, misspelt),
            sequences: sequences.all,
            list_sets: list_sets.all,
            continuations: sequences.continuations,
            last,
            alone: lists.filter(|(_, words)| words.alone.is_some()).map(|(list, _)| list).collect(),
        }
    }
}

/// The words, and the usual misspellings of some of them. A word that is itself listed is no misspelling.
fn word_table(words: &ListedTexts, misspelt: &[String]) -> WordTable {
    let number = |text: TextId| WordId((text + 1) as u16);
    let mut slips = HashMap::new();
    for word in misspelt {
        let Some(of) = words.get_index_of(word) else { continue };
        for slip in slips_of(word).into_iter().filter(|slip| !words.contains(slip.as_str())) {
            slips.entry(slip).or_insert(number(of));
        }
    }
    let slips = slips.iter().map(|(slip, number)| (slip.as_str(), *number));
    WordTable::new(words.iter().enumerate().map(|(text, word)| (word.as_str(), number(text))).chain(slips))
}

/// The piece that a text begins with: all up to a space, or a character of a script without spaces.
fn first_piece(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    let ends_piece = |c: char| c == ' ' || !c.is_ascii() && is_ideograph(c);
    let rest = &text[first.len_utf8()..];
    let end = if ends_piece(first) { Some(0) } else { rest.find(ends_piece) };
    let end = first.len_utf8() + end.unwrap_or(rest.len());
    Some(&text[..end])
}

/// The sequences of words that texts are, and the beginnings of them.
struct Sequences {
    /// The first are the words themselves, by their numbers; number 0 stands for no words.
    all: Vec<Sequence>,
    continuations: HashMap<u64, SequenceId>,
}

impl Sequences {
    fn of(words: usize, texts: usize) -> Self {
        Self { all: vec![Sequence::default(); words + 1], continuations: HashMap::with_capacity(texts) }
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
