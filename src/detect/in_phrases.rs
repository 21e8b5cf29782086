//! What words can do in phrases: worked out once for a rule set.

use super::roles::Role;
use super::tokens::Mark;

/// The number of a word list among those that phrases need after their first words; 0 where they need none, 1 where
/// they need a path. Where a rule set has more such lists than [`NeededLists`] has bits, some share one.
pub(crate) type NeededList = u16;

/// A path, which phrases need as they need words.
pub(crate) const PATH: NeededList = 1;

/// The number of a list, where `lists` have one already.
pub(crate) fn needed_list(lists: usize) -> NeededList {
    PATH + 1 + (lists % (BITS - 2)) as NeededList
}

/// A bit for each such list that has words in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NeededLists([u64; BITS / 64]);

/// More than `default` has such lists, in whole words of 64 bits.
const BITS: usize = 2048;

impl Default for NeededLists {
    fn default() -> Self {
        let mut lists = Self([0; BITS / 64]);
        // What needs no list may be in any text.
        lists.insert(0);
        lists
    }
}

impl NeededLists {
    /// What a sentence has before its words are read, in a text with a path or without.
    pub(crate) fn of_text(marks: Mark) -> Self {
        let mut lists = Self::default();
        if marks.intersects(Mark::PATH) {
            lists.insert(PATH);
        }
        lists
    }

    pub(crate) fn insert(&mut self, list: NeededList) {
        self.0[usize::from(list / 64)] |= 1 << (list % 64);
    }

    /// Whether all that a phrase needs may be among them.
    pub(crate) fn has_all(&self, needs: [NeededList; 2]) -> bool {
        needs.iter().all(|list| self.0[usize::from(list / 64)] >> (list % 64) & 1 != 0)
    }
}

/// A phrase, and what tells quickly whether it can be in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub needs: [NeededList; 2],
    /// Its place among the rule set's phrases.
    pub phrase: u32,
}

/// What words can do in phrases, and on their own.
#[derive(Clone, Debug, Default)]
pub(crate) struct InPhrases {
    /// The phrases that begin with them, at the beginning of their clause.
    pub beginning: Vec<Candidate>,
    /// Those that may stand anywhere in their clause.
    pub anywhere: Vec<Candidate>,
    /// Those of preparations and details, which are no instructions.
    pub beside: Vec<Candidate>,
    /// The operation that they are on their own, and whether they are that after another instruction too.
    pub alone: Option<(u16, bool)>,
    /// Whether they begin a phrase as words of a list whose words cannot stand alone.
    pub opens: bool,
    /// Whether a phrase that may stand anywhere in its clause ends with them.
    pub ends: bool,
    /// The lists that they are in and that phrases need after their first words.
    pub needed: Vec<NeededList>,
}

impl InPhrases {
    pub(crate) fn roles(&self) -> Role {
        let mut roles = Role::empty();
        roles.set(Role::BEGINS, !self.beginning.is_empty());
        roles.set(Role::BEGINS_ANYWHERE, !self.anywhere.is_empty());
        roles.set(Role::ENDS_ANYWHERE, self.ends);
        roles.set(Role::ALONE, self.alone.is_some());
        roles
    }

    /// Adds what the same words can do as words of another list.
    pub(crate) fn add(&mut self, other: &Self) {
        self.beginning.extend(&other.beginning);
        self.anywhere.extend(&other.anywhere);
        self.beside.extend(&other.beside);
        self.alone = match (self.alone, other.alone) {
            (Some((operation, chained)), Some((same, after))) => {
                Some((operation, chained || (same == operation && after)))
            }
            (alone, other) => alone.or(other),
        };
        self.opens |= other.opens;
        self.ends |= other.ends;
        self.needed.extend(&other.needed);
    }
}

#[cfg(test)]
mod tests {
    use hashbrown::HashSet;

    use super::*;
    use crate::detect::RuleSet;

    #[test]
    fn each_list_that_phrases_of_default_need_has_a_bit_of_its_own() {
        let rules = RuleSet::builtin("default").unwrap();
        let needed: HashSet<_> =
            rules.grammar.phrases.iter().flat_map(|phrase| phrase.needs().take(2)).collect();
        assert!(needed.len() + usize::from(PATH) < BITS, "{} lists", needed.len());
    }
}
