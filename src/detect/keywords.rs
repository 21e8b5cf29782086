//! Keywords found anywhere in a text, inside other words too: one Aho-Corasick pass whatever their number.

use std::mem::{replace, take};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, BuildError, Match};
use hashbrown::DefaultHashBuilder;
use indexmap::{IndexMap, IndexSet};
use regex::Regex;

use super::folding::lower_into;
use super::lists::Lists;
use super::tokenized_text::{ListId, TokenizedText, WordMatch, offset};

/// All keywords of a rule set with `matching = "anywhere"`.
#[derive(Clone, Debug)]
pub(crate) struct Keywords {
    automaton: AhoCorasick,
    keywords: Vec<Keyword>,
    /// How many lists there are.
    lists: usize,
}

#[derive(Clone, Debug)]
struct Keyword {
    /// Whether it counts only as a whole word.
    whole: bool,
    /// The lists it is in.
    lists: Vec<ListId>,
}

impl Keywords {
    pub(crate) fn new(
        lists: &Lists,
        texts: &IndexSet<String, DefaultHashBuilder>,
    ) -> Result<Self, BuildError> {
        let mut keywords: IndexMap<(String, bool), Vec<ListId>> = IndexMap::new();
        for (number, list) in lists.others() {
            for &text in &list.texts {
                keywords.entry((texts[text as usize].to_lowercase(), list.whole)).or_default().push(number);
            }
        }
        let automaton = AhoCorasick::new(keywords.keys().map(|(text, _)| text))?;
        let keywords = keywords.into_iter().map(|((_, whole), lists)| Keyword { whole, lists }).collect();
        Ok(Self { automaton, keywords, lists: lists.count() })
    }

    /// Reads a text: every keyword that is the first of one of its lists. The matches' places are bytes of `text.folded`.
    pub(crate) fn read(&self, request: &str, text: &mut TokenizedText) {
        text.clear();
        let mut seen = vec![false; self.lists];
        let mut folded = take(&mut text.folded);
        lower_into(request, &mut folded);
        for found in self.automaton.find_overlapping_iter(&folded) {
            self.found(found, (&folded, &mut seen), &mut text.matches);
        }
        text.folded = folded;
    }

    /// Notes a keyword, if it is the first of a list.
    fn found(&self, found: Match, (folded, seen): (&str, &mut [bool]), matches: &mut Vec<WordMatch>) {
        let (number, start, end) = (found.pattern().as_usize(), found.start(), found.end());
        let keyword = &self.keywords[number];
        if keyword.whole && !is_whole_word(folded, start, end) {
            return;
        }
        let mut is_first = |list: &ListId| !replace(&mut seen[list.index()], true);
        let first = keyword.lists.iter().fold(false, |first, list| is_first(list) | first);
        if first {
            matches.push(WordMatch { start: offset(start), end: offset(end), list_set: offset(number) });
        }
    }

    /// The lists of a match.
    pub(crate) fn lists(&self, found: &WordMatch) -> &[ListId] {
        &self.keywords[found.list_set as usize].lists
    }
}

/// Python's `\b` on both sides: a change between a word character and none.
fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let inner = &text[start..end];
    let edge = |outside: Option<char>, inside: Option<char>| {
        outside.is_some_and(is_word_character) != inside.is_some_and(is_word_character)
    };
    edge(text[..start].chars().next_back(), inner.chars().next())
        && edge(text[end..].chars().next(), inner.chars().next_back())
}

/// Python's `\w`: letters and numbers of any script, and `_`.
fn is_word_character(c: char) -> bool {
    // Rust's is_alphabetic is wider than \p{L} (it has the vowel signs of Indic scripts); Python's isalnum is not.
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{N}]").ok());
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let mut bytes = [0; 4];
    let text: &str = c.encode_utf8(&mut bytes);
    WORD.as_ref().is_some_and(|word| word.is_match(text))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::detect::roles::Role;

    fn lists_found(request: &str) -> Vec<u16> {
        let (mut lists, mut texts) = (Lists::default(), IndexSet::default());
        let mut number = |text: &str| offset(texts.insert_full(text.to_owned()).0);
        lists.number(vec![number("test"), number("rapid test")], false);
        lists.number(vec![number("api")], false);
        lists.number(vec![number("all")], true);
        let mut text = TokenizedText::default();
        let keywords = Keywords::new(&lists, &texts).unwrap();
        keywords.read(request, &mut text);
        let found: BTreeSet<u16> = text
            .matches
            .iter()
            .flat_map(|found| keywords.lists(found))
            .map(|list| list.0 - Role::LISTS as u16)
            .collect();
        found.into_iter().collect()
    }

    #[test]
    fn keywords_are_found_inside_words() {
        assert_eq!(lists_found("The LATEST rapid"), [0, 1]);
    }

    #[test]
    fn whole_words_are_not() {
        assert_eq!(lists_found("all"), [2]);
        assert_eq!(lists_found("(ALL)"), [2]);
        for text in ["all_server", "small", "ally", "all2", "éall", "all²"] {
            assert_eq!(lists_found(text), [0; 0], "{text}");
        }
    }

    #[test]
    fn word_characters_are_pythons() {
        for c in ['a', 'Z', '0', '_', 'é', '字', '²', '½', 'ª'] {
            assert!(is_word_character(c), "{c}");
        }
        for c in ['-', ' ', '\u{301}', '\u{93e}', '€', '\u{200d}'] {
            assert!(!is_word_character(c), "{c}");
        }
    }
}
