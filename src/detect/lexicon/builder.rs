//! Lists collected from a rules file, on their way to a lexicon.

use std::collections::{BTreeMap, HashMap};

use super::Lexicon;
use crate::detect::reading::{ListId, NOTHING, PRESENCE_BITS, PresenceId};
use crate::detect::text::fold_into;
use crate::detect::words::take_apart;

/// Collects lists, then becomes a [`Lexicon`].
#[derive(Default)]
pub(crate) struct LexiconBuilder {
    numbers: HashMap<String, u16>,
    by_texts: HashMap<Vec<String>, ListId>,
    lists: Lists,
    entries: Vec<(Vec<u16>, ListId)>,
}

/// What is to be known of each list.
#[derive(Default)]
pub(super) struct Lists {
    all: Vec<List>,
    /// The [`PresenceId`] given last.
    last_presence: PresenceId,
}

#[derive(Clone, Copy, Default)]
pub(super) struct List {
    /// Whether a reading has its hits.
    pub(super) noted: bool,
    pub(super) presence: Option<PresenceId>,
}

impl Lists {
    pub(super) fn of(&self, list: ListId) -> List {
        self.all.get(usize::from(list)).copied().unwrap_or_default()
    }
}

/// A rule set lists more than a lexicon can number.
#[derive(Debug)]
pub(crate) struct TooMany;

impl LexiconBuilder {
    /// Adds a list. The same texts again are the same list, unless it must be one of its own.
    pub(crate) fn list(&mut self, mut texts: Vec<String>, own: bool) -> Result<ListId, TooMany> {
        texts.sort();
        texts.dedup();
        if let (false, Some(&list)) = (own, self.by_texts.get(&texts)) {
            return Ok(list);
        }
        let list = ListId::try_from(self.lists.all.len()).map_err(|_| TooMany)?;
        if list == ListId::MAX {
            return Err(TooMany);
        }
        self.lists.all.push(List::default());
        for text in &texts {
            let words = split(text);
            let numbers = words.iter().map(|word| self.number(word)).collect::<Result<Vec<_>, _>>()?;
            if !numbers.is_empty() {
                self.entries.push((numbers, list));
            }
        }
        if !own {
            self.by_texts.insert(texts, list);
        }
        Ok(list)
    }

    fn number(&mut self, word: &str) -> Result<u16, TooMany> {
        if let Some(&number) = self.numbers.get(word) {
            return Ok(number);
        }
        let number = u16::try_from(self.numbers.len() + 1).map_err(|_| TooMany)?;
        self.numbers.insert(word.to_owned(), number);
        Ok(number)
    }

    /// Has a list's hits noted in every reading. The other lists are looked for where a phrase asks
    /// ([`Lexicon::ends`]): most lists are but the later parts of phrases, and hardly a phrase comes so far.
    pub(crate) fn note(&mut self, list: ListId) {
        if let Some(list) = self.lists.all.get_mut(usize::from(list)) {
            list.noted = true;
        }
    }

    /// Has it noted in every reading whether a list has a hit at all ([`Reading::present`]).
    ///
    /// [`Reading::present`]: crate::detect::reading::Reading::present
    pub(crate) fn presence(&mut self, list: ListId) -> PresenceId {
        let Lists { all, last_presence } = &mut self.lists;
        let Some(list) = all.get_mut(usize::from(list)) else { return NOTHING };
        *list.presence.get_or_insert_with(|| {
            *last_presence = *last_presence % (PRESENCE_BITS - 1) + 1;
            *last_presence
        })
    }

    /// How many lists there are.
    pub(crate) fn lists(&self) -> usize {
        self.lists.all.len()
    }

    /// `misspelt`: the words whose usual slips are recognised too. `roles`: what else is to be known of the words
    /// of a list.
    pub(crate) fn build(self, misspelt: &[String], roles: impl Fn(ListId) -> u32) -> Lexicon {
        let mut lexicon = Lexicon::with_tree(&self.entries, self.numbers.len(), &self.lists, roles);
        let mut spellings: BTreeMap<String, u16> = BTreeMap::new();
        for word in misspelt {
            let Some(&number) = self.numbers.get(word) else { continue };
            for slip in slips(word) {
                spellings.entry(slip).or_insert(number);
            }
        }
        // A word that is itself listed is no slip.
        spellings.extend(self.numbers);
        lexicon.fill(&spellings);
        lexicon
    }
}

/// The words of a listed text, folded.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut folded = String::new();
    fold_into(text, &mut folded);
    let mut words = Vec::new();
    take_apart(&folded, |token| words.push(folded[token.start as usize..token.end as usize].to_owned()));
    words
}

/// What fingers make of a word: two neighbours swapped, one letter dropped, one doubled. The first letter stays:
/// hardly a slip is there, and the change would make another word ('test' → 'est').
fn slips(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut slips = Vec::new();
    for at in 1..letters.len() {
        let mut doubled = letters.clone();
        doubled.insert(at, letters[at]);
        slips.push(doubled);
        if letters.len() >= 5 {
            let mut dropped = letters.clone();
            dropped.remove(at);
            slips.push(dropped);
        }
        if letters.len() >= 4 && at + 1 < letters.len() {
            let mut swapped = letters.clone();
            swapped.swap(at, at + 1);
            slips.push(swapped);
        }
    }
    slips.into_iter().map(String::from_iter).filter(|slip| slip != word).collect()
}
