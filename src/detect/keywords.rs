//! Keywords found anywhere in a text, inside other words too: one Aho-Corasick pass whatever their number.

use aho_corasick::{AhoCorasick, Match};
use indexmap::IndexMap;

use super::folding::lower_into;
use super::tokenized_text::{ListId, TokenizedText, WordMatch, offset};

/// All keywords of a rule set with `matching = "anywhere"`.
#[derive(Clone, Debug)]
pub(crate) struct Keywords {
    automaton: AhoCorasick,
    keywords: Vec<Keyword>,
    /// How many lists there are.
    lists: usize,
}

#[derive(Clone, Debug, Default)]
struct Keyword {
    /// The lists it is in; those in which it counts only as a whole word come last.
    lists: Vec<ListId>,
    /// How many of them it is in as a part of a word, too.
    anywhere: usize,
}

impl Keywords {
    /// `lists`: each with its keywords, and whether they must be whole words.
    pub(crate) fn new(lists: &[(Vec<String>, bool)]) -> Result<Self, aho_corasick::BuildError> {
        let mut keywords: IndexMap<String, Keyword> = IndexMap::new();
        for (number, (texts, whole)) in lists.iter().enumerate() {
            let list = ListId(u16::try_from(number).unwrap_or(u16::MAX));
            for text in texts {
                let mut lowered = String::new();
                lower_into(text, &mut lowered);
                keywords.entry(lowered).or_default().add(list, *whole);
            }
        }
        let automaton = AhoCorasick::new(keywords.keys())?;
        let keywords = keywords.into_values().collect();
        Ok(Self { automaton, keywords, lists: lists.len() })
    }

    /// Reads a text: the first place of each list that has a keyword in it, and few others. The matches' places are
    /// bytes of `text.folded`.
    pub(crate) fn read(&self, request: &str, text: &mut TokenizedText) {
        text.clear();
        let mut seen = vec![false; self.lists];
        let mut folded = std::mem::take(&mut text.folded);
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
        let whole = keyword.anywhere < keyword.lists.len() && is_whole_word(folded, start, end);
        let mut is_first = |list: &ListId| !std::mem::replace(&mut seen[list.index()], true);
        let first = keyword.lists(whole).iter().fold(false, |first, list| is_first(list) | first);
        if first {
            let (start, end) = (offset(start), offset(end));
            matches.push(WordMatch { start, end, list_set: entry(number, whole) });
        }
    }

    /// The lists of a match.
    pub(crate) fn lists(&self, found: &WordMatch) -> &[ListId] {
        let (number, whole) = (found.list_set >> 1, found.list_set & 1 != 0);
        self.keywords[number as usize].lists(whole)
    }
}

impl Keyword {
    fn add(&mut self, list: ListId, whole: bool) {
        if whole {
            self.lists.push(list);
        } else {
            self.lists.insert(self.anywhere, list);
            self.anywhere += 1;
        }
    }

    /// The lists that have it, as a whole word or as a part of one.
    fn lists(&self, whole: bool) -> &[ListId] {
        if whole { &self.lists } else { &self.lists[..self.anywhere] }
    }
}

/// A [`WordMatch::entry`]: the keyword's number, and whether it is a whole word.
fn entry(number: usize, whole: bool) -> u32 {
    offset(number) << 1 | u32::from(whole)
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
pub(crate) fn is_word_character(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { is_letter_or_number(c) }
}

fn is_letter_or_number(c: char) -> bool {
    // Rust's is_alphabetic is wider than \p{L} (it has the vowel signs of Indic scripts); Python's isalnum is not.
    use std::sync::LazyLock;
    static WORD: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^[\p{L}\p{N}]").ok());
    let mut bytes = [0; 4];
    let text: &str = c.encode_utf8(&mut bytes);
    WORD.as_ref().is_some_and(|word| word.is_match(text))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn lists_found(request: &str) -> Vec<u16> {
        let lists = [
            (vec!["test".to_owned(), "rapid test".to_owned()], false),
            (vec!["api".to_owned()], false),
            (vec!["all".to_owned()], true),
        ];
        let mut text = TokenizedText::default();
        let keywords = Keywords::new(&lists).unwrap();
        keywords.read(request, &mut text);
        let found: BTreeSet<u16> =
            text.matches.iter().flat_map(|found| keywords.lists(found)).map(|list| list.0).collect();
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
