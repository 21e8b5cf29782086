//! Every word and every sequence of words that a rule set lists, found in one pass over a text.
//!
//! A token is looked up once, in a table of all words of the rule set; sequences of words are followed from word to
//! word. However many words a rule set lists, a text is read once.

use hashbrown::{HashMap, HashSet};
use memchr::memchr;

use super::folding::fold_into;
use super::in_phrases::InPhrases;
use super::list_sets::{ListSet, ListSetId};
use super::roles::Role;
use super::tokenized_text::{ListId, TokenizedText, WordMatch};
use super::tokenizer::tokenize;
use super::tokens::{Link, Mark, Token, WordId};
use super::word_table::WordTable;

/// The number of a sequence of words: its place in [`WordLists::sequences`].
pub(super) type SequenceId = u32;

/// A sequence of words, listed itself or the beginning of one that is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sequence {
    roles: Role,
    /// A bit for each list it is in other than roles, by [`ListId::bit`].
    lists: u64,
    /// A bit for each word that goes on with it, by [`bit_of`]: most words do not.
    next: u64,
    /// All lists it is in.
    list_set: ListSetId,
}

impl Sequence {
    /// One that is in no list yet, and the words that go on with it.
    pub(super) fn before(next: u64) -> Self {
        Self { next, ..Self::default() }
    }

    /// Notes which lists it is in.
    pub(super) fn put_in(&mut self, number: ListSetId, set: &ListSet) {
        (self.roles, self.lists, self.list_set) = (set.roles, set.bits, number);
    }

    /// Notes that it stands at the tokens `start..end`, of which `first` is the first.
    fn note(
        &self,
        (start, end): (u32, u32),
        first: &mut Token,
        after: &[Token],
        matches: &mut Vec<WordMatch>,
    ) {
        if !self.roles.is_empty() {
            let is_whole = !first.is(Mark::GLUED) && after.first().is_none_or(|next| !next.is(Mark::GLUED));
            add_roles(first, self.roles, is_whole.then_some(end - start));
        }
        if self.lists != 0 {
            first.lists |= self.lists;
            matches.push(WordMatch { start, end, list_set: self.list_set });
        }
    }

    /// Whether the next token of a text may go on with it.
    fn may_go_on(&self, next: &Token) -> bool {
        self.next & bit_of(next.word) != 0 && next.word != WordId::default() && next.link == Link::None
    }
}

/// The word lists of a rule set.
#[derive(Clone, Debug)]
pub(crate) struct WordLists {
    pub(super) words: WordTable,
    /// By their numbers; number 0 stands for no word.
    pub(super) sequences: Vec<Sequence>,
    /// The sets of lists that sequences are in, by their numbers.
    pub(super) list_sets: Vec<ListSet>,
    /// The sequences that go on with a word, by [`step`].
    pub(super) continuations: HashMap<u64, SequenceId>,
    /// The highest number of a word in a list. Those after it only begin the names of programs, or are only listed as
    /// misspelt, and count as unknown words.
    pub(super) last: WordId,
    /// The lists whose words can stand alone.
    pub(super) alone: HashSet<ListId>,
}

impl WordLists {
    /// Reads a text: its tokens, and all sequences of them that are in a list.
    pub(crate) fn read(&self, request: &str, text: &mut TokenizedText) {
        take_apart(request, &self.words, text);
        if memchr(b'/', text.folded.as_bytes()).is_some() {
            (1..text.tokens.len()).for_each(|at| self.part_alternatives(at, text));
        }
        let TokenizedText { tokens, matches, marks, roles, .. } = text;
        let mut rest = tokens.as_mut_slice();
        let mut idiom_end = 0;
        for start in 0.. {
            let Some((first, after)) = rest.split_first_mut() else { break };
            *marks |= first.marks;
            first.matches.0 = matches.len() as u32;
            if first.word != WordId::default() && start >= idiom_end {
                self.match_from((start, first), after, matches);
            }
            // No word counts within a run of words with a meaning of its own.
            if first.roles.intersects(Role::IDIOM) {
                idiom_end = start + u32::from(first.skip);
                matches.truncate(first.matches.0 as usize);
                (first.roles, first.lists, first.skip) = (Role::IDIOM, 0, 0);
            }
            if first.word > self.last {
                first.word = WordId::default();
            }
            first.matches.1 = matches.len() as u32;
            *roles |= first.roles;
            rest = after;
        }
    }

    /// Takes apart words with slashes between them if each can stand alone, but not two names of one thing: 'run
    /// tests/lint' is no path.
    fn part_alternatives(&self, at: usize, text: &mut TokenizedText) {
        const MOST: usize = 8;
        let before = text.tokens[at - 1];
        let glued = |token: &&Token| token.is(Mark::GLUED);
        let more = text.tokens[at + 1..].iter().take(MOST).take_while(glued).count();
        let can_be_parted = |at: usize| Self::is_after_slash(at, text) && self.alone_at(at, text);
        if before.is(Mark::GLUED | Mark::OPTION)
            || !self.alone_at(at - 1, text)
            || more == MOST
            || !(at..=at + more).all(can_be_parted)
        {
            return;
        }
        let lists = |at: usize| &self.list_sets[self.by_itself(at, text).list_set as usize].lists;
        let (first, second) = (lists(at - 1), lists(at));
        let together = |list: &ListId| self.alone.contains(list) && second.contains(list);
        if !first.iter().any(together) {
            text.tokens[at - 1].marks.remove(Mark::PATH);
            text.tokens[at].marks.remove(Mark::PATH | Mark::GLUED);
            text.tokens[at].link = Link::And;
        }
    }

    fn is_after_slash(at: usize, text: &TokenizedText) -> bool {
        let between = text.tokens[at - 1].end as usize..text.tokens[at].start as usize;
        text.folded.as_bytes().get(between) == Some(b"/")
    }

    /// Whether a word can stand alone.
    fn alone_at(&self, at: usize, text: &TokenizedText) -> bool {
        self.by_itself(at, text).roles.intersects(Role::ALONE)
    }

    /// What a word of a text is by itself.
    fn by_itself(&self, at: usize, text: &TokenizedText) -> &Sequence {
        &self.sequences[text.tokens[at].word.0 as usize]
    }

    /// Notes what begins at a token, by the tokens after it.
    fn match_from(
        &self,
        (start, first): (u32, &mut Token),
        mut after: &[Token],
        matches: &mut Vec<WordMatch>,
    ) {
        let (mut number, mut end) = (first.word.0, start + 1);
        let mut sequence = &self.sequences[number as usize];
        sequence.note((start, end), first, after, matches);
        // Most words do not go on.
        while let Some((next, rest)) = after.split_first().filter(|(next, _)| sequence.may_go_on(next)) {
            let Some(&longer) = self.continuations.get(&step(number, next.word)) else { return };
            number = longer;
            sequence = &self.sequences[number as usize];
            (end, after) = (end + 1, rest);
            sequence.note((start, end), first, after, matches);
        }
    }

    /// The lists of a match.
    pub(crate) fn lists(&self, found: &WordMatch) -> &[ListId] {
        &self.list_sets[found.list_set as usize].lists
    }

    /// Those of them that choose a subcategory or target.
    pub(crate) fn choosing(&self, found: &WordMatch) -> &[ListId] {
        &self.list_sets[found.list_set as usize].choosing
    }

    /// What the words of a match can do in phrases.
    pub(crate) fn in_phrases(&self, found: &WordMatch) -> &InPhrases {
        &self.list_sets[found.list_set as usize].in_phrases
    }

    /// Where the sequences of a list end that begin at a token.
    pub(crate) fn ends(
        &self,
        text: &TokenizedText,
        start: usize,
        list: ListId,
    ) -> impl Iterator<Item = usize> {
        let of_list = move |found: &&WordMatch| self.lists(found).binary_search(&list).is_ok();
        let may_begin = text.tokens.get(start).is_some_and(|token| token.lists & list.bit() != 0);
        let matches = if may_begin { text.matches_at(start) } else { &[] };
        matches.iter().filter(of_list).map(|found| found.end as usize)
    }

    /// Whether a sequence of a list begins at a token.
    pub(crate) fn begins(&self, text: &TokenizedText, start: usize, list: ListId) -> bool {
        self.ends(text, start, list).next().is_some()
    }
}

/// Notes the roles of words that begin at a token: `whole` says how many, `None` as a part of a longer name. Such a
/// part has few roles: those by which targets, spoilers, programs and phrases are looked up.
fn add_roles(token: &mut Token, roles: Role, whole: Option<u32>) {
    const OF_PARTS: Role = Role::NOT_FOLLOWED_BY
        .union(Role::TARGET)
        .union(Role::RUNS)
        .union(Role::PROGRAM)
        .union(Role::BEGINS)
        .union(Role::BEGINS_ANYWHERE)
        .union(Role::ENDS_ANYWHERE)
        .union(Role::ALONE);
    const STEPPED_OVER: Role =
        Role::SKIPPED.union(Role::JOINS).union(Role::TARGET).union(Role::CLOSING).union(Role::IDIOM);
    let Some(words) = whole else {
        token.roles |= roles & OF_PARTS;
        return;
    };
    if words > 1 && !roles.intersects(STEPPED_OVER) {
        give_way(token, roles);
    }
    token.roles |= roles;
    if roles.intersects(STEPPED_OVER) {
        token.skip = token.skip.max(u8::try_from(words).unwrap_or(u8::MAX));
    }
}

/// What a word is by itself gives way to what it begins with the words after it.
fn give_way(token: &mut Token, longer: Role) {
    // 'tu as' begins a statement, though 'tu' leads in.
    if longer.intersects(Role::STATEMENT | Role::CONDITION) {
        token.roles.remove(Role::LEAD_IN);
        token.skip = 0;
    }
    // '*have a look at* it and commit' begins with a verb, though 'have' begins a statement.
    if longer.intersects(Role::BEGINS) {
        token.roles.remove(Role::STATEMENT);
    }
    // 'を参考' ends a gap, though 'を' is small.
    if longer.intersects(Role::GAP_ENDS) {
        token.roles.remove(Role::SMALL);
    }
}

/// One of 64 bits, by a word's number.
pub(super) fn bit_of(word: WordId) -> u64 {
    1 << (word.0 % 64)
}

/// A sequence and the word after it, as a number.
pub(super) fn step(sequence: SequenceId, next: WordId) -> u64 {
    u64::from(sequence) << u32::BITS | u64::from(next.0)
}

/// The words of a listed text, folded.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut split = TokenizedText::default();
    take_apart(text, &WordTable::default(), &mut split);
    split.tokens.iter().map(|token| split.spelling(token).to_owned()).collect()
}

/// Folds a text and takes it apart into tokens.
pub(super) fn take_apart(text: &str, words: &WordTable, into: &mut TokenizedText) {
    into.clear();
    fold_into(text, &mut into.folded);
    tokenize(&into.folded, words, &mut into.tokens);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::list_sets::ListUses;
    use crate::detect::listed_words::ListedWords;
    use crate::detect::lists::Lists;

    fn word_lists(lists_of: &[&[&str]], misspelt: &[&str]) -> WordLists {
        let (mut lists, mut words) = (Lists::default(), ListedWords::default());
        for list in lists_of {
            lists.number(list.iter().filter_map(|text| words.number(text)).collect(), false);
        }
        lists.last = words.last();
        let misspelt: Vec<_> = misspelt.iter().filter_map(|word| words.number(word)).collect();
        lists.word_lists(words, &misspelt, &ListUses::default())
    }

    fn found(word_lists: &WordLists, request: &str) -> Vec<(u16, String)> {
        let mut text = TokenizedText::default();
        word_lists.read(request, &mut text);
        let words = |found: &WordMatch| {
            let range = found.start as usize..found.end as usize;
            range.map(|word| text.spelling(&text.tokens[word])).collect::<Vec<_>>().join(" ")
        };
        let lists =
            |found| word_lists.lists(found).iter().map(|list| list.0 - u16::try_from(Role::LISTS).unwrap());
        text.matches.iter().flat_map(|found| lists(found).map(|list| (list, words(found)))).collect()
    }

    #[test]
    fn words_and_runs_of_words_are_found_whole() {
        let word_lists = word_lists(&[&["test", "test suite"], &["suite"]], &[]);
        let matches = found(&word_lists, "The latest test suite");
        assert_eq!(matches, [(0, "test".into()), (0, "test suite".into()), (1, "suite".into())]);
    }

    #[test]
    fn a_run_of_words_ends_with_its_clause() {
        let word_lists = word_lists(&[&["test suite"]], &[]);
        assert!(found(&word_lists, "test, suite").is_empty());
        assert!(found(&word_lists, "test\nsuite").is_empty());
        assert_eq!(found(&word_lists, "test-suite").len(), 1);
    }

    #[test]
    fn scripts_without_spaces_are_read_by_character() {
        let word_lists = word_lists(&[&["テスト"], &["运行"]], &[]);
        assert_eq!(found(&word_lists, "ユニットテストを実行").len(), 1);
        assert_eq!(found(&word_lists, "请运行测试").len(), 1);
    }

    #[test]
    fn slips_of_chosen_words_are_recognised() {
        let word_lists = word_lists(&[&["format", "lint"]], &["format", "lint"]);
        for slip in ["formatt", "fromat", "frmat", "lnit", "liint"] {
            assert_eq!(found(&word_lists, slip).len(), 1, "{slip}");
        }
        for other in ["ormat", "lin", "form", "latest"] {
            assert!(found(&word_lists, other).is_empty(), "{other}");
        }
    }

    #[test]
    fn joined_words_are_no_whole_words() {
        let mut text = TokenizedText::default();
        word_lists(&[&["api"]], &[]).read("src/api.rs api-key api", &mut text);
        let whole: Vec<bool> = text
            .matches
            .iter()
            .map(|found| text.is_whole(found.start as usize, found.end as usize))
            .collect();
        assert_eq!(whole, [false, false, true]);
    }
}
