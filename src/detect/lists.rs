//! The lists of a rule set by their numbers, and the [`WordLists`] that they become.

use hashbrown::DefaultHashBuilder;
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
    /// The highest number of a text in any list but that of the programs.
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
        let list_sets = put_in_sets(&mut sequences, &self.by_text(words.next.len()), uses);
        let misspelt: IndexSet<WordId> = misspelt.iter().flat_map(|&text| words.words_of(text)).collect();
        let ListedWords { mut words, continuations, .. } = words;
        add_slips(&mut words, &misspelt);
        let (last, alone) = (WordId(self.last), uses.alone().collect());
        WordLists { words, sequences, list_sets, continuations, last, alone }
    }

    /// The lists that each text is in.
    fn by_text(&self, texts: usize) -> ListsByText {
        let mut by_text = ListsByText { starts: vec![0; texts + 1], lists: Vec::new() };
        for &text in self.all().flat_map(|(_, texts)| texts) {
            by_text.starts[text as usize] += 1;
        }
        let mut count = 0;
        for start in &mut by_text.starts {
            count += *start;
            *start = count;
        }
        // Each text's lists are put in from the last to the first, so that at the end its start is where they begin.
        by_text.lists.resize(count, ListId(0));
        for (list, texts) in self.all() {
            for &text in texts {
                let start = &mut by_text.starts[text as usize];
                *start -= 1;
                by_text.lists[*start] = list;
            }
        }
        by_text
    }
}

/// The lists that texts are in, one text after the other.
struct ListsByText {
    /// By text: where its lists begin. One more entry stands for the end.
    starts: Vec<usize>,
    lists: Vec<ListId>,
}

impl ListsByText {
    /// Puts the lists of a text into `lists`, each once, the lowest first.
    fn read(&self, text: usize, lists: &mut Vec<ListId>) {
        lists.clear();
        lists.extend_from_slice(&self.lists[self.starts[text]..self.starts[text + 1]]);
        lists.sort_unstable();
        lists.dedup();
    }
}

/// Notes which lists each sequence is in. Most are in the same lists as many others, so that each such set is worked out
/// once.
fn put_in_sets(sequences: &mut [Sequence], by_text: &ListsByText, uses: &ListUses) -> Vec<ListSet> {
    let mut sets = IndexMap::<Vec<ListId>, ListSet, DefaultHashBuilder>::default();
    let mut lists = Vec::new();
    for (text, sequence) in sequences.iter_mut().enumerate().skip(1) {
        by_text.read(text, &mut lists);
        let number = sets
            .get_index_of(lists.as_slice())
            .unwrap_or_else(|| sets.insert_full(lists.clone(), uses.set_of(&lists)).0);
        sequence.put_in(offset(number), &sets[number]);
    }
    sets.into_values().collect()
}

/// Adds the usual misspellings of some words. A word that is itself listed is no misspelling.
fn add_slips(words: &mut WordTable, misspelt: &IndexSet<WordId>) {
    let mut spelled = words.spelled(|number| misspelt.contains(number));
    // Of two words with the same slip the first one is meant.
    spelled.sort_unstable_by_key(|(number, _)| misspelt.get_index_of(number));
    for (number, word) in spelled {
        for slip in slips_of(&word) {
            words.get_or_insert(slip.as_bytes(), || number);
        }
    }
}
