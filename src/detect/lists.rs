//! The lists of a rule set by their numbers, and the [`WordLists`] that they become.

use hashbrown::{DefaultHashBuilder, HashMap};
use indexmap::{IndexMap, IndexSet};

use super::list_sets::{ListSet, ListUses};
use super::roles::Role;
use super::slips::slips_of;
use super::tokenized_text::{ListId, TokenizedText, offset};
use super::tokens::WordId;
use super::word_lists::{Sequence, SequenceId, WordLists, bit_of, step, take_apart};
use super::word_table::WordTable;
use crate::rules::Location;

/// The number of a text that is in a list.
pub(super) type TextId = usize;

/// All texts by their numbers. The same text stands in many lists, and is compared and taken apart by its number.
pub(super) type ListedTexts = IndexSet<String, DefaultHashBuilder>;

/// What makes a list another one.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct List {
    /// Each once, the lowest first.
    pub texts: Vec<TextId>,
    /// Whether they count only as whole words where others may stand within words.
    pub whole: bool,
}

/// All lists, with where each of them stands.
#[derive(Default)]
pub(super) struct Lists {
    /// The first ones, which are roles: all but the last role.
    pub roles: Vec<(Vec<TextId>, Location)>,
    /// The last role: what the names of programs begin with.
    pub programs: (Vec<TextId>, Location),
    /// Those after the roles. The same texts again are the same list.
    others: IndexMap<List, Location, DefaultHashBuilder>,
}

/// The list of [`Lists::programs`].
const PROGRAMS: ListId = ListId(Role::LISTS as u16 - 1);

impl Lists {
    /// The number of a list, which is added if it is not there; none for one too many.
    pub(super) fn number(&mut self, mut texts: Vec<TextId>, whole: bool, at: Location) -> Option<ListId> {
        texts.sort_unstable();
        texts.dedup();
        let list = self.others.entry(List { texts, whole });
        let number = u16::try_from(Role::LISTS + list.index()).ok().map(ListId);
        list.or_insert(at);
        number
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        Role::LISTS + self.others.len()
    }

    /// Those that are no roles.
    pub(super) fn others(&self) -> impl Iterator<Item = (ListId, &List)> {
        let number = |place: usize| ListId((Role::LISTS + place) as u16);
        self.others.keys().enumerate().map(move |(place, list)| (number(place), list))
    }

    /// The texts of all lists, those of the programs last.
    fn all(&self) -> impl Iterator<Item = (ListId, &[TextId])> {
        let roles = (0..).map(ListId).zip(self.roles.iter().map(|(texts, _)| texts.as_slice()));
        let others = self.others().map(|(number, list)| (number, list.texts.as_slice()));
        roles.chain(others).chain([(PROGRAMS, self.programs.0.as_slice())])
    }

    /// Where there are more words than can be numbered, the error is the place of the list that has one too many.
    /// `misspelt`: the words whose usual misspellings are recognised too.
    pub(super) fn word_lists(
        &self,
        texts: &ListedTexts,
        misspelt: &[String],
        uses: &ListUses,
    ) -> Result<WordLists, Location> {
        let mut words = Words::of(texts);
        let others = self.others.iter().map(|(list, at)| (&list.texts, at));
        for (texts, at) in self.roles.iter().map(|(texts, at)| (texts, at)).chain(others) {
            words.take_apart(texts).ok_or(*at)?;
        }
        // Words that only begin the names of programs come after all others, so that their numbers tell them apart.
        let last = WordId(words.all.len() as u16);
        words.take_apart(&self.programs.0).ok_or(self.programs.1)?;
        let mut sequences = Sequences::of(&words);
        let list_sets = sequences.put_in_sets(self.lists_of(&sequences), uses);
        let Sequences { all, continuations, .. } = sequences;
        Ok(WordLists {
            words: word_table(&words.all, misspelt),
            sequences: all,
            list_sets,
            continuations,
            last,
            alone: uses.alone().collect(),
        })
    }

    /// By sequence: the lists that it is in.
    fn lists_of(&self, sequences: &Sequences) -> Vec<Vec<ListId>> {
        let mut lists = vec![Vec::new(); sequences.all.len()];
        for (list, texts) in self.all() {
            for &text in texts {
                lists[sequences.of_texts[text] as usize].push(list);
            }
        }
        lists
    }
}

/// The words that texts consist of.
struct Words<'t> {
    texts: &'t ListedTexts,
    /// By text: its words, once it is taken apart.
    of_texts: Vec<Vec<WordId>>,
    /// All words. The number of each is one higher than its place here, because 0 means no word.
    all: ListedTexts,
    buffer: TokenizedText,
}

impl<'t> Words<'t> {
    fn of(texts: &'t ListedTexts) -> Self {
        let of_texts = vec![Vec::new(); texts.len()];
        Self {
            texts,
            of_texts,
            all: ListedTexts::with_capacity_and_hasher(texts.len(), DefaultHashBuilder::default()),
            buffer: TokenizedText::default(),
        }
    }

    /// Finds the words of texts, of each once in however many lists it is; none where they are too many.
    fn take_apart(&mut self, texts: &[TextId]) -> Option<()> {
        let listed = self.texts;
        for &text in texts {
            if self.of_texts[text].is_empty() {
                self.of_texts[text] = self.words_of(&listed[text])?;
            }
        }
        Some(())
    }

    fn words_of(&mut self, text: &str) -> Option<Vec<WordId>> {
        let mut number = |word: &str| {
            let known = self.all.get_index_of(word);
            let place = known.unwrap_or_else(|| self.all.insert_full(word.to_owned()).0);
            u16::try_from(place + 1).ok().map(WordId)
        };
        // Most texts are words of small letters, which are found in a fraction of the time.
        if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ') {
            return text.split_ascii_whitespace().map(number).collect();
        }
        take_apart(text, &WordTable::default(), &mut self.buffer);
        self.buffer.tokens.iter().map(|token| number(self.buffer.spelling(token))).collect()
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

/// The sequences of words that texts are, and the beginnings of them.
struct Sequences {
    /// The first are the words themselves, by their numbers; number 0 stands for no words.
    all: Vec<Sequence>,
    continuations: HashMap<u64, SequenceId>,
    /// By text: which sequence it is.
    of_texts: Vec<SequenceId>,
}

impl Sequences {
    fn of(words: &Words) -> Self {
        let (all, continuations) =
            (vec![Sequence::default(); words.all.len() + 1], HashMap::with_capacity(words.of_texts.len()));
        let mut sequences = Self { all, continuations, of_texts: Vec::new() };
        sequences.of_texts = words.of_texts.iter().map(|words| sequences.number(words)).collect();
        sequences
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

    /// Notes which lists each is in. Most are in the same lists as many others, so that each such set is worked out once.
    fn put_in_sets(&mut self, lists: Vec<Vec<ListId>>, uses: &ListUses) -> Vec<ListSet> {
        let mut sets = IndexMap::<_, _, DefaultHashBuilder>::default();
        for (sequence, mut lists) in self.all.iter_mut().zip(lists).skip(1) {
            lists.sort_unstable();
            lists.dedup();
            let set = sets.entry(lists);
            let number = offset(set.index());
            sequence.put_in(number, set.or_insert_with_key(|lists| uses.set_of(lists)));
        }
        sets.into_values().collect()
    }
}
