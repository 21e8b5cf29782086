//! A rule set as detection works with it: numbers in place of words.

use hashbrown::HashMap;

use super::SignatureId;
use super::in_phrases::{Candidate, InPhrases, NeededList, PATH, needed_list};
use super::keywords::Keywords;
use super::tokenized_text::{ListId, TokenizedText, WordMatch, offset};
use super::word_lists::WordLists;
use crate::rules::Location;

/// How lists are found in a text.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    Words(WordLists),
    Anywhere(Keywords),
}

impl Matcher {
    pub(crate) fn read(&self, request: &str, text: &mut TokenizedText) {
        match self {
            Self::Words(word_lists) => word_lists.read(request, text),
            Self::Anywhere(keywords) => keywords.read(request, text),
        }
    }

    /// The lists of a match.
    pub(crate) fn lists(&self, found: &WordMatch) -> &[ListId] {
        match self {
            Self::Words(word_lists) => word_lists.lists(found),
            Self::Anywhere(keywords) => keywords.lists(found),
        }
    }

    /// Those of them that choose a subcategory or target.
    pub(crate) fn choosing(&self, found: &WordMatch) -> &[ListId] {
        match self {
            Self::Words(word_lists) => word_lists.choosing(found),
            Self::Anywhere(keywords) => keywords.lists(found),
        }
    }

    /// The first match of a list.
    pub(crate) fn first<'m>(&self, matches: &'m [WordMatch], list: ListId) -> Option<&'m WordMatch> {
        matches.iter().find(|found| self.lists(found).contains(&list))
    }
}

/// One `[[operation]]`.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub category: String,
    /// Where its rule stands.
    pub location: Location,
    /// Words that make the operation wherever they stand.
    pub mentions: Option<ListId>,
    pub not_followed_by: Option<ListId>,
    /// By list: which subcategory it chooses; the lowest counts.
    pub ranks: HashMap<ListId, usize>,
    /// The target list; none where the target is always the same.
    pub target: Option<usize>,
    /// By subcategory (the last is the one for 'otherwise') and target choice (likewise).
    pub signatures: Vec<Vec<SignatureId>>,
}

/// One `[[target]]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    /// By list: the bits that a word of it in the request gives.
    pub request: HashMap<ListId, u64>,
    /// By list: the bits that a word of it in the template's name gives.
    pub template: HashMap<ListId, u64>,
    /// By choice: the bits that a request must give, all of them. The template chooses it by the bit of its place.
    pub choices: Vec<u64>,
}

/// The bits that lists give by a table of a [`Target`].
pub(crate) fn bits_of<'l>(table: &HashMap<ListId, u64>, lists: impl IntoIterator<Item = &'l ListId>) -> u64 {
    lists.into_iter().filter_map(|list| table.get(list)).fold(0, |all, bits| all | bits)
}

/// One `[[error]]` or `[[template]]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain {
    pub list: ListId,
    pub signature: Option<SignatureId>,
    pub location: Location,
}

/// One of an operation's `instructions`, `verb_last`, `preparations` or `details`.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    /// Its place among the rule set's phrases.
    pub number: usize,
    pub operation: u16,
    /// The list of which a word must stand before it.
    pub before: Option<ListId>,
    pub atoms: Vec<(Join, Atom)>,
    pub position: Position,
    pub ending: PhraseEnd,
    pub text: String,
    pub location: Location,
}

impl Phrase {
    /// The lists of its parts after the first, without which it cannot be in a text.
    pub(crate) fn needs(&self) -> impl Iterator<Item = ListId> {
        self.atoms.iter().skip(1).filter_map(|(_, atom)| atom.list())
    }

    /// The first two of them, by numbers that are given to lists as they come; a path counts as the first.
    fn numbered_needs(&self, numbers: &mut HashMap<ListId, NeededList>) -> [NeededList; 2] {
        let has_path = self.atoms.iter().skip(1).any(|(_, atom)| matches!(atom, Atom::Path(_)));
        let mut needs = [if has_path { PATH } else { 0 }; 2];
        for (need, list) in needs.iter_mut().skip(usize::from(has_path)).zip(self.needs()) {
            let next = needed_list(numbers.len());
            *need = *numbers.entry(list).or_insert(next);
        }
        needs
    }
}

/// What may follow a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhraseEnd {
    /// Any words.
    Open,
    /// Only words of `may_follow`: a closing `.`.
    Strict,
    /// The same, in a question: a closing `?`.
    Question,
}

/// Where in its clause a phrase begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// At the beginning, after lead-ins.
    Beginning,
    /// Anywhere: one of `verb_last`.
    Anywhere,
    /// At the beginning of a clause before the operation, where that is how the operation is done.
    Preparation,
    /// The same, after the operation.
    Detail,
}

/// What may stand before a part of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// Small words only.
    Next,
    /// A few words of the clause.
    Gap,
    /// A few words of the sentence.
    WideGap,
    /// Many words of the sentence, up to a comma.
    FarGap,
}

/// A part of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    List(ListId),
    Path(Option<ListId>),
    /// The number of a version: `1.6.8`, `v2`.
    Version,
}

impl Atom {
    fn list(self) -> Option<ListId> {
        match self {
            Self::List(list) | Self::Path(Some(list)) => Some(list),
            Self::Path(None) | Self::Version => None,
        }
    }
}

/// All phrases.
#[derive(Clone, Debug)]
pub(crate) struct Grammar {
    pub phrases: Vec<Phrase>,
    pub gap: usize,
}

impl Grammar {
    /// By list: what its words can do. `alone`: the lists whose words can stand alone, for which operation, and whether
    /// after another instruction too.
    pub(crate) fn in_phrases(&self, alone: &[(ListId, u16, bool)], lists: usize) -> Vec<InPhrases> {
        let mut all = vec![InPhrases::default(); lists];
        let mut numbers = HashMap::new();
        for phrase in &self.phrases {
            let candidate =
                Candidate { needs: phrase.numbered_needs(&mut numbers), phrase: offset(phrase.number) };
            if phrase.position == Position::Anywhere
                && let Some(last) = phrase.atoms.iter().rev().find_map(|(_, atom)| atom.list())
            {
                all[last.index()].ends = true;
            }
            let Some(first) = phrase.atoms.first().and_then(|(_, atom)| atom.list()) else { continue };
            let words = &mut all[first.index()];
            let phrases = match phrase.position {
                Position::Beginning => &mut words.beginning,
                Position::Anywhere => &mut words.anywhere,
                Position::Preparation | Position::Detail => &mut words.beside,
            };
            phrases.push(candidate);
        }
        for (list, number) in numbers {
            all[list.index()].needed.push(number);
        }
        for &(list, operation, chained) in alone {
            let known = &mut all[list.index()].alone;
            *known = Some(known.map_or((operation, chained), |(first, before)| (first, before || chained)));
        }
        for words in &mut all {
            words.opens = !words.beginning.is_empty() && words.alone.is_none();
        }
        all
    }
}
