//! Every word and every run of words that a rule set lists, found in one pass over a text.
//!
//! An automaton over words: a word is looked up once (a hash table of all words of the rule set), and runs of
//! words are followed in a tree of word numbers. However many words a rule set lists, a text is read once.

use std::collections::{BTreeMap, HashMap};

use super::text::fold_into;
use super::words::{Token, flag, take_apart};

/// A list of words of a rule set.
pub(crate) type ListId = u16;

/// The lists that say what an order looks like: the first ones, so that each is a bit of [`Word::roles`]. In the
/// order of the keys of `[language]`.
pub(crate) mod role {
    pub const LEAD_IN: u32 = 1;
    pub const POLITE: u32 = 1 << 1;
    pub const SMALL: u32 = 1 << 2;
    pub const AND: u32 = 1 << 3;
    pub const OR: u32 = 1 << 4;
    pub const THEN: u32 = 1 << 5;
    pub const NOT: u32 = 1 << 6;
    pub const EXCEPT: u32 = 1 << 7;
    pub const GAP_ENDS: u32 = 1 << 8;
    pub const MAY_FOLLOW: u32 = 1 << 9;
    pub const NOT_FOLLOWED_BY: u32 = 1 << 10;
    pub const STATEMENT: u32 = 1 << 11;
    pub const CONDITION: u32 = 1 << 12;
    pub const MODAL: u32 = 1 << 13;
    pub const PURPOSE: u32 = 1 << 14;
    pub const TICKET: u32 = 1 << 15;
    pub const SECTION: u32 = 1 << 16;
    /// Not a key: the words of `[[target]]` lists stand in for `misspelt`, which is no role.
    pub const TARGET: u32 = 1 << 17;
    /// How many lists are roles.
    pub const COUNT: usize = 18;
    /// Words that may stand before an order in its clause.
    pub const SKIPPED: u32 = LEAD_IN | SMALL;
    /// Words that join clauses.
    pub const JOINS: u32 = AND | OR | THEN;
}

/// A word of a text, and what the rule set says about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub token: Token,
    /// Its number in the lexicon; 0 for an unknown word.
    number: u16,
    /// How many words a lead-in, a small word or a joining word that begins here has.
    pub skip: u8,
    /// Which roles begin here; see [`role`].
    pub roles: u32,
    /// The first of its hits.
    hits: u32,
}

/// A run of words of the text that is in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub start: u32,
    pub len: u16,
    pub list: ListId,
}

/// A text with everything found in it. Kept and used again, so that reading allocates nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub folded: String,
    pub words: Vec<Word>,
    pub hits: Vec<Hit>,
    /// A bit for each list that has a hit.
    present: Vec<u64>,
}

impl Reading {
    /// Whether a list has a hit anywhere in the text: the cheap question before the expensive ones.
    pub(crate) fn has(&self, list: ListId) -> bool {
        let place = usize::from(list);
        self.present.get(place / 64).is_some_and(|bits| bits & (1 << (place % 64)) != 0)
    }

    /// The hits that begin at a word.
    pub(crate) fn hits_at(&self, word: usize) -> &[Hit] {
        let Some(first) = self.words.get(word) else { return &[] };
        let end = self.words.get(word + 1).map_or(self.hits.len(), |next| next.hits as usize);
        &self.hits[first.hits as usize..end]
    }

    /// The hits that begin in a range of words.
    pub(crate) fn hits_in(&self, start: usize, end: usize) -> &[Hit] {
        let place = |word: usize| self.words.get(word).map_or(self.hits.len(), |word| word.hits as usize);
        let (start, end) = (place(start), place(end));
        if start < end { &self.hits[start..end] } else { &[] }
    }

    /// The end of the group of joined words (`test_api.py`, `pre-commit`) that begins at a word.
    pub(crate) fn group_end(&self, word: usize) -> usize {
        let glued = |word: &&Word| word.token.is(flag::GLUED);
        word + 1 + self.words[word + 1..].iter().take_while(glued).count()
    }

    /// Whether `len` words from `start` are whole words of the text, not part of a path or of a compound.
    pub(crate) fn is_whole(&self, start: usize, len: usize) -> bool {
        let glued = |word: usize| self.words.get(word).is_some_and(|word| word.token.is(flag::GLUED));
        !glued(start) && !glued(start + len)
    }

    /// Whether the group of words that begins here is a path, a file name or an identifier.
    pub(crate) fn is_path(&self, word: usize, end: usize) -> bool {
        self.words[word..end].iter().any(|word| word.token.is(flag::PATH))
    }

    #[cfg(test)]
    pub(crate) fn word_text(&self, word: usize) -> &str {
        let token = &self.words[word].token;
        &self.folded[token.start as usize..token.end as usize]
    }
}

/// Collects lists, then becomes a [`Lexicon`].
#[derive(Default)]
pub(crate) struct LexiconBuilder {
    numbers: HashMap<String, u16>,
    lists: HashMap<Vec<String>, ListId>,
    count: ListId,
    entries: Vec<(Vec<u16>, ListId)>,
}

/// A rule set lists more than a lexicon can number.
#[derive(Debug)]
pub(crate) struct TooMany;

impl LexiconBuilder {
    /// Adds a list. The same texts again are the same list, unless it must be one of its own.
    pub(crate) fn list(&mut self, mut texts: Vec<String>, own: bool) -> Result<ListId, TooMany> {
        texts.sort();
        texts.dedup();
        if let (false, Some(&list)) = (own, self.lists.get(&texts)) {
            return Ok(list);
        }
        let list = self.count;
        self.count = self.count.checked_add(1).ok_or(TooMany)?;
        for text in &texts {
            let words = split(text);
            let numbers = words.iter().map(|word| self.number(word)).collect::<Result<Vec<_>, _>>()?;
            if !numbers.is_empty() {
                self.entries.push((numbers, list));
            }
        }
        if !own {
            self.lists.insert(texts, list);
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

    /// How many lists there are.
    pub(crate) fn lists(&self) -> usize {
        self.count.into()
    }

    /// `misspelt`: the words whose usual slips are recognised too.
    pub(crate) fn build(self, misspelt: &[String]) -> Lexicon {
        let mut lexicon = Lexicon::with_tree(&self.entries, self.numbers.len(), self.count.into());
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

/// A place of the hash table of words; free where the number is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// The word's first eight bytes.
    head: u64,
    /// Where it stands among the spellings.
    start: u32,
    len: u16,
    number: u16,
}

/// A node of the tree of runs of words.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// The roles that end here.
    roles: u32,
    /// The lists, other than roles, that end here: a stretch of `Lexicon::lists`.
    lists: (u32, u32),
    /// The words that go on from here: a stretch of `Lexicon::next`.
    next: (u32, u32),
}

/// A node while the tree grows.
#[derive(Default)]
struct Growing {
    roles: u32,
    lists: Vec<ListId>,
    next: BTreeMap<u16, u32>,
}

/// The compiled words of a rule set.
#[derive(Clone, Debug)]
pub(crate) struct Lexicon {
    slots: Vec<Slot>,
    mask: usize,
    spellings: String,
    /// By the first two bytes, mixed: which lengths known words have (bit = length, 31 = longer).
    lengths: Vec<u32>,
    nodes: Vec<Node>,
    lists: Vec<ListId>,
    next: Vec<(u16, u32)>,
    /// How many 64-bit words it takes to have a bit for each list.
    list_bits: usize,
}

impl Lexicon {
    fn with_tree(entries: &[(Vec<u16>, ListId)], words: usize, lists: usize) -> Self {
        // The first nodes are the words themselves, by their numbers; 0 is no word.
        let mut tree: Vec<Growing> = std::iter::repeat_with(Growing::default).take(words + 1).collect();
        for (numbers, list) in entries {
            let node = grow(&mut tree, numbers);
            if usize::from(*list) < role::COUNT {
                tree[node].roles |= 1 << list;
            } else if !tree[node].lists.contains(list) {
                tree[node].lists.push(*list);
            }
        }
        let mut lexicon = Self {
            slots: Vec::new(),
            mask: 0,
            spellings: String::new(),
            lengths: vec![0; BEGINNINGS],
            nodes: Vec::new(),
            lists: Vec::new(),
            next: Vec::new(),
            list_bits: lists.div_ceil(64),
        };
        lexicon.flatten(&tree);
        lexicon
    }

    fn flatten(&mut self, tree: &[Growing]) {
        for node in tree {
            let lists = (place(self.lists.len()), place(self.lists.len() + node.lists.len()));
            let next = (place(self.next.len()), place(self.next.len() + node.next.len()));
            self.lists.extend(&node.lists);
            self.next.extend(node.next.iter().map(|(&number, &node)| (number, node)));
            self.nodes.push(Node { roles: node.roles, lists, next });
        }
    }

    fn child(&self, node: &Node, number: u16) -> usize {
        let next = &self.next[node.next.0 as usize..node.next.1 as usize];
        let found = next.binary_search_by_key(&number, |&(number, _)| number);
        found.map_or(0, |at| next[at].1 as usize)
    }

    fn fill(&mut self, spellings: &BTreeMap<String, u16>) {
        let size = (spellings.len() * 2 + 1).next_power_of_two();
        self.slots = vec![Slot::default(); size];
        self.mask = size - 1;
        for (word, &number) in spellings {
            let (Ok(start), Ok(len)) = (u32::try_from(self.spellings.len()), u16::try_from(word.len()))
            else {
                continue;
            };
            self.spellings.push_str(word);
            self.lengths[beginning(word.as_bytes(), 0, word.len())] |= length_bit(word.len());
            let (head, hash) = head_and_hash(word.as_bytes(), 0, word.len());
            let mut at = hash & self.mask;
            while self.slots[at].number != 0 {
                at = (at + 1) & self.mask;
            }
            self.slots[at] = Slot { head, start, len, number };
        }
    }

    /// The number of the word `start..end` of a text; 0 where it is unknown.
    fn look_up(&self, text: &[u8], start: usize, end: usize) -> u16 {
        let len = end - start;
        if self.lengths[beginning(text, start, end)] & length_bit(len) == 0 {
            return 0;
        }
        let (head, hash) = head_and_hash(text, start, end);
        let mut at = hash & self.mask;
        loop {
            let slot = &self.slots[at];
            if slot.number == 0 {
                return 0;
            }
            if slot.head == head && usize::from(slot.len) == len {
                let known = slot.start as usize;
                let spelling = &self.spellings.as_bytes()[known..known + len];
                if len <= 8 || spelling[8..] == text[start + 8..end] {
                    return slot.number;
                }
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Reads a text: all its words, and all runs of them that are in a list.
    pub(crate) fn read(&self, text: &str, reading: &mut Reading) {
        fold_into(text, &mut reading.folded);
        reading.words.clear();
        reading.hits.clear();
        reading.present.clear();
        reading.present.resize(self.list_bits, 0);
        let (folded, words) = (&reading.folded, &mut reading.words);
        take_apart(folded, |token| {
            let number = self.look_up(folded.as_bytes(), token.start as usize, token.end as usize);
            words.push(Word { token, number, skip: 0, roles: 0, hits: 0 });
        });
        for word in 0..reading.words.len() {
            self.follow(reading, word);
        }
    }

    fn follow(&self, reading: &mut Reading, start: usize) {
        reading.words[start].hits = place(reading.hits.len());
        let mut node = usize::from(reading.words[start].number);
        let mut end = start + 1;
        while node != 0 {
            let found = &self.nodes[node];
            if found.roles != 0 {
                add_roles(reading, start, end, found.roles);
            }
            for &list in &self.lists[found.lists.0 as usize..found.lists.1 as usize] {
                reading.present[usize::from(list) / 64] |= 1 << (list % 64);
                reading.hits.push(Hit { start: place(start), len: short(end - start), list });
            }
            if found.next.0 == found.next.1 {
                return;
            }
            let Some(next) = reading.words.get(end) else { return };
            if next.number == 0 || next.token.link > super::words::Link::None {
                return;
            }
            node = self.child(found, next.number);
            end += 1;
        }
    }
}

/// Adds a run of words to the tree, if it is not there; the node it ends at.
fn grow(tree: &mut Vec<Growing>, numbers: &[u16]) -> usize {
    let mut node = numbers.first().map_or(0, |&number| usize::from(number));
    for &number in &numbers[1..] {
        let new = tree.len();
        let next = *tree[node].next.entry(number).or_insert(place(new)) as usize;
        if next == new {
            tree.push(Growing::default());
        }
        node = next;
    }
    node
}

/// A place as 32 bits. A text is cut to 4 GiB, and no rules file is larger.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A number of words that make an entry; no entry has more than a few.
fn short(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

fn add_roles(reading: &mut Reading, start: usize, end: usize, roles: u32) {
    let whole = reading.is_whole(start, end - start);
    let loose = role::NOT_FOLLOWED_BY | role::TARGET;
    let word = &mut reading.words[start];
    word.roles |= if whole { roles } else { roles & loose };
    if whole && roles & (role::SKIPPED | role::JOINS | role::TARGET) != 0 {
        word.skip = word.skip.max(u8::try_from(end - start).unwrap_or(u8::MAX));
    }
}

/// How many beginnings of words are told apart.
const BEGINNINGS: usize = 2048;

/// A number for the first two bytes of a word.
fn beginning(text: &[u8], start: usize, end: usize) -> usize {
    let second = if end - start > 1 { usize::from(text[start + 1]) } else { 0 };
    (usize::from(text[start]) << 4 ^ second << 6 ^ second) % BEGINNINGS
}

fn length_bit(len: usize) -> u32 {
    1 << len.min(31)
}

/// The first eight bytes of a word as a number, and a quick hash of the word. Not for hostile input: a collision
/// costs a comparison, no more.
fn head_and_hash(text: &[u8], start: usize, end: usize) -> (u64, usize) {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let len = end - start;
    let head = eight(text, start, len.min(8));
    let mut state = (head ^ len as u64).wrapping_mul(PRIME);
    if len > 8 {
        state = (state.rotate_left(29) ^ eight(text, end - 8, 8)).wrapping_mul(PRIME);
    }
    let hash = (state >> 32) as usize;
    (head, hash)
}

/// Up to eight bytes as a number.
fn eight(text: &[u8], start: usize, len: usize) -> u64 {
    if let Some(bytes) = text.get(start..start + 8).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()) {
        // `len` is 1 to 8: a word has letters.
        return u64::from_le_bytes(bytes) & (u64::MAX >> (64 - 8 * len.max(1)));
    }
    text[start..start + len].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(lists: &[&[&str]], misspelt: &[&str]) -> Lexicon {
        let mut builder = LexiconBuilder::default();
        for role in 0..role::COUNT {
            let texts = if role == 2 { vec!["all of".to_owned()] } else { Vec::new() };
            builder.list(texts, true).unwrap();
        }
        for list in lists {
            builder.list(list.iter().map(|&text| text.to_owned()).collect(), false).unwrap();
        }
        builder.build(&misspelt.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    fn found(lexicon: &Lexicon, text: &str) -> Vec<(u16, String)> {
        let mut reading = Reading::default();
        lexicon.read(text, &mut reading);
        let words = |hit: &Hit| {
            let range = hit.start as usize..hit.start as usize + usize::from(hit.len);
            range.map(|word| reading.word_text(word)).collect::<Vec<_>>().join(" ")
        };
        reading.hits.iter().map(|hit| (hit.list - 18, words(hit))).collect()
    }

    #[test]
    fn words_and_runs_of_words_are_found_whole() {
        let lexicon = lexicon(&[&["test", "test suite"], &["suite"]], &[]);
        let hits = found(&lexicon, "The latest test suite");
        assert_eq!(hits, [(0, "test".into()), (0, "test suite".into()), (1, "suite".into())]);
    }

    #[test]
    fn a_run_of_words_ends_with_its_clause() {
        let lexicon = lexicon(&[&["test suite"]], &[]);
        assert!(found(&lexicon, "test, suite").is_empty());
        assert!(found(&lexicon, "test\nsuite").is_empty());
        assert_eq!(found(&lexicon, "test-suite").len(), 1);
    }

    #[test]
    fn scripts_without_spaces_are_read_by_character() {
        let lexicon = lexicon(&[&["テスト"], &["运行"]], &[]);
        assert_eq!(found(&lexicon, "ユニットテストを実行").len(), 1);
        assert_eq!(found(&lexicon, "请运行测试").len(), 1);
    }

    #[test]
    fn slips_of_chosen_words_are_recognised() {
        let lexicon = lexicon(&[&["format", "lint"]], &["format", "lint"]);
        for slip in ["formatt", "fromat", "frmat", "lnit", "liint"] {
            assert_eq!(found(&lexicon, slip).len(), 1, "{slip}");
        }
        for other in ["ormat", "lin", "form", "latest"] {
            assert!(found(&lexicon, other).is_empty(), "{other}");
        }
    }

    #[test]
    fn joined_words_are_no_whole_words() {
        let mut reading = Reading::default();
        lexicon(&[&["api"]], &[]).read("src/api.rs api-key api", &mut reading);
        let whole: Vec<bool> =
            reading.hits.iter().map(|hit| reading.is_whole(hit.start as usize, 1)).collect();
        assert_eq!(whole, [false, false, true]);
    }
}
