//! Which word lists words are in. Most words of a rule set are in the same lists as many others, so that each such set
//! is worked out once.

use hashbrown::{HashMap, HashSet};

use super::in_phrases::InPhrases;
use super::roles::Role;
use super::tokenized_text::{ListId, offset};

/// The number of a set of lists; 0 for words that are in none.
pub(super) type ListSetId = u32;

/// Some of the lists, and what words can do that are in all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct ListSet {
    pub roles: Role,
    /// The lists other than roles, the lowest first.
    pub lists: Vec<ListId>,
    /// Those of them that choose a subcategory or target.
    pub choosing: Vec<ListId>,
    /// A bit for each list, by [`ListId::bit`].
    pub bits: u64,
    pub in_phrases: InPhrases,
}

/// Collects the sets of lists that words are in.
pub(super) struct ListSets<'a> {
    /// By list: what its words can do.
    in_phrases: &'a [InPhrases],
    /// The lists that choose a subcategory or target.
    choosing: &'a HashSet<ListId>,
    numbers: HashMap<Vec<ListId>, ListSetId>,
    pub all: Vec<ListSet>,
}

impl<'a> ListSets<'a> {
    pub(super) fn new(in_phrases: &'a [InPhrases], choosing: &'a HashSet<ListId>) -> Self {
        Self { in_phrases, choosing, numbers: HashMap::new(), all: vec![ListSet::default()] }
    }

    /// The number of a set, which is added if it is not there. `lists` go from the lowest up.
    pub(super) fn number(&mut self, lists: &[ListId]) -> ListSetId {
        if let Some(&known) = self.numbers.get(lists) {
            return known;
        }
        let number = offset(self.all.len());
        self.all.push(self.set_of(lists));
        self.numbers.insert(lists.to_owned(), number);
        number
    }

    fn set_of(&self, lists: &[ListId]) -> ListSet {
        let mut set = ListSet::default();
        for &list in lists {
            set.roles |= Role::of_list(list.index());
            if list.index() >= Role::LISTS {
                set.bits |= list.bit();
                set.lists.push(list);
                set.choosing.extend(self.choosing.get(&list));
                self.in_phrases.get(list.index()).inspect(|words| set.in_phrases.add(words));
            }
        }
        set.roles |= set.in_phrases.roles();
        set
    }
}
