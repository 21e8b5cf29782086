//! The lists of a rule set by their numbers, and the [`WordLists`] that they become.

use hashbrown::{DefaultHashBuilder, HashMap};
use indexmap::{IndexMap, IndexSet};

use super::list_sets::{ListSet, ListUses};
use super::listed_words::ListedWords;
use super::roles::Role;
use super::slips::slips_of;
use super::tokenized_text::{ListId, offset};
use super::tokens::WordId;
use super::word_lists::{Sequence, WordLists};
use super::word_table::WordTable;

/// The number of a text that is in a list. The same text stands in many lists.
pub(super) type TextId = u32;

/// What makes a list another one.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct List {
    /// Each once, the lowest first.
    pub texts: Vec<TextId>,
    /// Whether they count only as whole words where others may stand within words.
    pub whole: bool,
}

/// All lists.
#[derive(Default)]
pub(super) struct Lists {
    /// The first ones, which are roles: all but the last role.
    pub roles: Vec<Vec<TextId>>,
    /// The last role: what the names of programs begin with.
    pub programs: Vec<TextId>,
    /// The highest number of a text that is in another list.
    pub last: TextId,
    /// Those after the roles. The same texts again are the same list.
    others: IndexSet<List, DefaultHashBuilder>,
}

/// The list of [`Lists::programs`].
const PROGRAMS: ListId = ListId(Role::LISTS as u16 - 1);

impl Lists {
    /// The number of a list, which is added if it is not there; none for one too many.
    pub(super) fn number(&mut self, mut texts: Vec<TextId>, whole: bool) -> Option<ListId> {
        texts.sort_unstable();
        texts.dedup();
        let (place, _) = self.others.insert_full(List { texts, whole });
        u16::try_from(Role::LISTS + place).ok().map(ListId)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        Role::LISTS + self.others.len()
    }

    /// Those that are no roles.
    pub(super) fn others(&self) -> impl Iterator<Item = (ListId, &List)> {
        let number = |place: usize| ListId((Role::LISTS + place) as u16);
        self.others.iter().enumerate().map(move |(place, list)| (number(place), list))
    }

    /// The texts of all lists, those of the programs last.
    fn all(&self) -> impl Iterator<Item = (ListId, &[TextId])> {
        let roles = (0..).map(ListId).zip(self.roles.iter().map(Vec::as_slice));
        let others = self.others().map(|(number, list)| (number, list.texts.as_slice()));
        roles.chain(others).chain([(PROGRAMS, self.programs.as_slice())])
    }

    /// What the words of a request are looked up in. `words`: all texts of the lists; `misspelt`: those whose usual
    /// misspellings are recognised too.
    pub(super) fn word_lists(&self, words: ListedWords, misspelt: &[TextId], uses: &ListUses) -> WordLists {
        let mut sequences: Vec<Sequence> = words.next.iter().map(|&next| Sequence::before(next)).collect();
        let list_sets = put_in_sets(&mut sequences, self.lists_of(words.next.len()), uses);
        WordLists {
            words: word_table(&words, misspelt),
            sequences,
            list_sets,
            continuations: words.continuations,
            last: WordId(self.last),
            alone: uses.alone().collect(),
        }
    }

    /// By text: the lists that it is in.
    fn lists_of(&self, texts: usize) -> Vec<Vec<ListId>> {
        let mut lists = vec![Vec::new(); texts];
        for (list, texts) in self.all() {
            for &text in texts {
                lists[text as usize].push(list);
            }
        }
        lists
    }
}

/// Notes which lists each sequence is in. Most are in the same lists as many others, so that each such set is worked out
/// once.
fn put_in_sets(sequences: &mut [Sequence], lists: Vec<Vec<ListId>>, uses: &ListUses) -> Vec<ListSet> {
    let mut sets = IndexMap::<_, _, DefaultHashBuilder>::default();
    for (sequence, mut lists) in sequences.iter_mut().zip(lists).skip(1) {
        lists.sort_unstable();
        lists.dedup();
        let set = sets.entry(lists);
        let number = offset(set.index());
        sequence.put_in(number, set.or_insert_with_key(|lists| uses.set_of(lists)));
    }
    sets.into_values().collect()
}

/// The words, and the usual misspellings of some of them. A word that is itself listed is no misspelling.
fn word_table(listed: &ListedWords, misspelt: &[TextId]) -> WordTable {
    let words = &listed.words;
    let wanted: IndexSet<WordId> = misspelt.iter().flat_map(|&text| listed.words_of(text)).collect();
    let place = |(word, number)| wanted.get_index_of(number).map(|place| (place, word, *number));
    let mut misspelt: Vec<(usize, &String, WordId)> = words.iter().filter_map(place).collect();
    // Of two words with the same slip the first one is meant.
    misspelt.sort_unstable();
    let mut slips = HashMap::new();
    for (_, word, number) in misspelt {
        for slip in slips_of(word).into_iter().filter(|slip| !words.contains_key(slip)) {
            slips.entry(slip).or_insert(number);
        }
    }
    WordTable::new(words.iter().chain(&slips).map(|(word, number)| (word.as_str(), *number)))
}
