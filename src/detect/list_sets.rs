//! Which lists words are in, and what that lets them do.

use hashbrown::HashSet;

use super::in_phrases::InPhrases;
use super::roles::Role;
use super::tokenized_text::ListId;

/// The number of a set of lists.
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

/// What a rule set uses its lists for.
#[derive(Default)]
pub(super) struct ListUses {
    /// By list: what its words can do.
    pub in_phrases: Vec<InPhrases>,
    /// The lists that choose a subcategory or target.
    pub choosing: HashSet<ListId>,
}

impl ListUses {
    /// The lists whose words can stand alone.
    pub(super) fn alone(&self) -> impl Iterator<Item = ListId> {
        let numbered = self.in_phrases.iter().enumerate();
        numbered.filter(|(_, words)| words.alone.is_some()).map(|(list, _)| ListId(list as u16))
    }

    /// What the words of all of these lists can do. `lists` go from the lowest up.
    pub(super) fn set_of(&self, lists: &[ListId]) -> ListSet {
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
