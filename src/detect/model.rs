//! A rule set as detection works with it: numbers in place of words.

use super::SignatureId;
use super::keywords::Keywords;
use super::roles::Role;
use super::tokenized_text::{ListId, TokenizedText, WordMatch};
use super::word_lists::WordLists;
use crate::rules::Place;

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
    pub place: Place,
    /// Words that make the operation wherever they stand.
    pub mentions: Option<ListId>,
    pub not_followed_by: Option<ListId>,
    /// By list: which subcategory it chooses, the lowest first; [`NO_RANK`] for none.
    pub ranks: Vec<u16>,
    /// The target list; none where the target is always the same.
    pub target: Option<usize>,
    /// By subcategory (the last is the one for 'otherwise') and target choice (likewise).
    pub signatures: Vec<Vec<SignatureId>>,
}

/// The rank of a list that chooses no subcategory.
pub(crate) const NO_RANK: u16 = u16::MAX;

/// One `[[target]]`.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// By list: the bits that a word of it in the request gives.
    pub request: Vec<u64>,
    /// By list: the bits that a word of it in the template's name gives.
    pub template: Vec<u64>,
    pub choices: Vec<Choice>,
}

/// One of the choices of a target: taken where the request has all bits of `needs`, or the template that bit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub needs: u64,
    pub template: u64,
}

/// One `[[error]]` or `[[template]]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain {
    pub list: ListId,
    pub signature: Option<SignatureId>,
    pub place: Place,
}

/// One of the `instructions` of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    /// Its place among the rule set's phrases.
    pub number: usize,
    pub operation: u16,
    pub atoms: Vec<(Join, Atom)>,
    /// Lists of parts after the first, without which it cannot be in a text.
    pub needs: [Option<ListId>; 2],
    pub position: Position,
    /// Written with a closing `.`: only words of `may_follow` may come next.
    pub strict: bool,
    pub text: String,
    pub place: Place,
}

impl Phrase {
    pub(crate) fn add(&mut self, join: Join, atom: Atom) {
        if let Atom::List(list) | Atom::Path(Some(list)) = atom
            && !self.atoms.is_empty()
            && let Some(need) = self.needs.iter_mut().find(|need| need.is_none())
        {
            *need = Some(list);
        }
        self.atoms.push((join, atom));
    }
}

/// Where in its clause a phrase begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// At the beginning, after lead-ins.
    Beginning,
    /// Anywhere: one of `verb_last`.
    Anywhere,
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

/// A phrase, and what tells quickly whether it can be in a text.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    needs: [Option<ListId>; 2],
    phrase: u32,
}

/// All phrases, by the list they begin with.
#[derive(Clone, Debug)]
pub(crate) struct Grammar {
    pub phrases: Vec<Phrase>,
    /// Those that begin their clause, by the list they begin with.
    by_first: Vec<Vec<Candidate>>,
    /// Those that stand anywhere, likewise.
    anywhere: Vec<Vec<Candidate>>,
    alone: Vec<Option<(u16, bool)>>,
    /// By list: whether a phrase needs its words after the first ones.
    later: Vec<bool>,
    pub gap: usize,
}

impl Grammar {
    pub(crate) fn new(phrases: Vec<Phrase>, alone: &[(ListId, u16, bool)], lists: usize, gap: usize) -> Self {
        let (by_first, anywhere) = (vec![Vec::new(); lists], vec![Vec::new(); lists]);
        let mut grammar =
            Self { by_first, anywhere, alone: vec![None; lists], later: vec![false; lists], phrases, gap };
        for (number, phrase) in grammar.phrases.iter().enumerate() {
            for (_, atom) in phrase.atoms.iter().skip(1) {
                if let Atom::List(list) | Atom::Path(Some(list)) = atom {
                    grammar.later[list.index()] = true;
                }
            }
            if let (Some((_, Atom::List(list) | Atom::Path(Some(list)))), Ok(number)) =
                (phrase.atoms.first(), u32::try_from(number))
            {
                let candidate = Candidate { needs: phrase.needs, phrase: number };
                match phrase.position {
                    Position::Beginning => grammar.by_first[list.index()].push(candidate),
                    Position::Anywhere => grammar.anywhere[list.index()].push(candidate),
                }
            }
        }
        for &(list, operation, chained) in alone {
            if let Some(place) = grammar.alone.get_mut(list.index()) {
                let chained = chained || place.is_some_and(|(_, before)| before);
                *place = Some((place.map_or(operation, |(first, _)| first), chained));
            }
        }
        grammar
    }

    /// The phrases of a position that begin with a word of this list. Left out are those that need a word that does not
    /// stand in the `text` from a token on: most of them.
    pub(crate) fn beginning_with(
        &self,
        list: ListId,
        position: Position,
        (text, from): (&TokenizedText, usize),
    ) -> impl Iterator<Item = &Phrase> {
        let by_first = match position {
            Position::Beginning => &self.by_first,
            Position::Anywhere => &self.anywhere,
        };
        let all = by_first.get(list.index()).map_or(&[][..], Vec::as_slice);
        let has = move |need: Option<ListId>| need.is_none_or(|list| text.has_from(list, from));
        let possible = all.iter().filter(move |one| has(one.needs[0]) && has(one.needs[1]));
        possible.map(|one| &self.phrases[one.phrase as usize])
    }

    /// Whether any phrase begins with a word of this list.
    pub(crate) fn begins(&self, list: ListId) -> bool {
        self.by_first.get(list.index()).is_some_and(|phrases| !phrases.is_empty())
    }

    /// Whether a phrase needs words of this list after its first ones.
    pub(crate) fn is_later(&self, list: ListId) -> bool {
        self.later.get(list.index()).is_some_and(|&later| later)
    }

    /// What words of this list can do.
    pub(crate) fn roles(&self, list: ListId) -> Role {
        let anywhere = self.anywhere.get(list.index()).is_some_and(|phrases| !phrases.is_empty());
        let roles = [
            (self.begins(list), Role::BEGINS),
            (anywhere, Role::BEGINS_ANYWHERE),
            (self.alone(list).is_some(), Role::ALONE),
        ];
        roles.into_iter().filter(|&(has, _)| has).map(|(_, role)| role).collect()
    }

    /// The operation a word of this list is on its own, and whether it is that after another instruction too.
    pub(crate) fn alone(&self, list: ListId) -> Option<(u16, bool)> {
        self.alone.get(list.index()).copied().flatten()
    }
}
