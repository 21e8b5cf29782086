//! Every word and every run of words that a rule set lists, found in one pass over a text.
//!
//! An automaton over words: a word is looked up once (a hash table of all words of the rule set), and runs of
//! words are followed in a tree of word numbers. However many words a rule set lists, a text is read once.

mod builder;

use std::collections::{BTreeMap, HashMap};

use super::reading::{Hit, ListId, NOTHING, Presence, Reading, Word, place, role};
use super::text::fold_into;
use super::words::{Link, Token, flag, take_apart};

pub(crate) use builder::{LexiconBuilder, split};

use builder::Lists;

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
    /// The lists, other than roles, that end here: a stretch of `Lexicon::lists`. Those that are noted come first.
    lists: (u32, u32),
    /// Where those that are noted end.
    noted: u32,
    /// Which of the lists that phrases need end here: a place in `Lexicon::present`.
    present: u32,
    /// The words that go on from here: a stretch of `Lexicon::next`.
    next: (u32, u32),
    /// The same as bits, by the words' numbers: most words are none of them.
    next_bits: u64,
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
    /// A bit for each word, by its hash: few unknown words have one, and no other needs to be looked for.
    known: Box<[u64; KNOWN]>,
    nodes: Vec<Node>,
    lists: Vec<ListId>,
    /// What nodes add to [`Reading::present`], each once: the fewer, the more of them stay in the processor's cache.
    present: Vec<Presence>,
    next: Vec<(u16, u32)>,
}

impl Lexicon {
    fn with_tree(
        entries: &[(Vec<u16>, ListId)],
        words: usize,
        lists: &Lists,
        roles: impl Fn(ListId) -> u32,
    ) -> Self {
        // The first nodes are the words themselves, by their numbers; 0 is no word.
        let mut tree: Vec<Growing> = std::iter::repeat_with(Growing::default).take(words + 1).collect();
        for (numbers, list) in entries {
            let node = grow(&mut tree, numbers);
            if usize::from(*list) < role::COUNT {
                tree[node].roles |= 1 << list;
            } else if !tree[node].lists.contains(list) {
                tree[node].lists.push(*list);
                tree[node].roles |= roles(*list);
            }
        }
        let mut lexicon = Self {
            slots: Vec::new(),
            mask: 0,
            spellings: String::new(),
            known: Box::new([0; KNOWN]),
            nodes: Vec::new(),
            lists: Vec::new(),
            present: Vec::new(),
            next: Vec::new(),
        };
        lexicon.flatten(tree, lists);
        lexicon
    }

    fn flatten(&mut self, tree: Vec<Growing>, all: &Lists) {
        let mut places = HashMap::new();
        for mut node in tree {
            let lists = (place(self.lists.len()), place(self.lists.len() + node.lists.len()));
            let next = (place(self.next.len()), place(self.next.len() + node.next.len()));
            node.lists.sort_by_key(|&list| !all.of(list).noted);
            let noted = lists.0 + place(node.lists.partition_point(|&list| all.of(list).noted));
            self.lists.extend(&node.lists);
            let mut present = Presence::default();
            node.lists.iter().filter_map(|&list| all.of(list).presence).for_each(|id| present.set(id));
            let present = *places.entry(present).or_insert_with(|| {
                self.present.push(present);
                place(self.present.len() - 1)
            });
            let next_bits = node.next.keys().fold(0, |bits, number| bits | 1 << (number % 64));
            self.next.extend(node.next.iter().map(|(&number, &node)| (number, node)));
            self.nodes.push(Node { roles: node.roles, lists, noted, present, next, next_bits });
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
            let (head, hash) = head_and_hash(word.as_bytes(), word.len());
            self.known[known_at(hash)] |= known_bit(hash);
            let mut at = hash & self.mask;
            while self.slots[at].number != 0 {
                at = (at + 1) & self.mask;
            }
            self.slots[at] = Slot { head, start, len, number };
        }
    }

    /// The number of the word that a text begins with; 0 where it is unknown. `len` is the word's, in bytes.
    fn look_up(&self, text: &[u8], len: usize) -> u16 {
        let (head, hash) = head_and_hash(text, len);
        if self.known[known_at(hash)] & known_bit(hash) == 0 {
            return 0;
        }
        let mut at = hash & self.mask;
        loop {
            let slot = &self.slots[at];
            let same = slot.head == head && usize::from(slot.len) == len;
            if same && (len <= EIGHT || self.spelling(slot)[EIGHT..] == text[EIGHT..len]) {
                return slot.number;
            }
            if slot.number == 0 {
                return 0;
            }
            at = (at + 1) & self.mask;
        }
    }

    fn spelling(&self, slot: &Slot) -> &[u8] {
        &self.spellings.as_bytes()[slot.start as usize..][..usize::from(slot.len)]
    }

    /// Reads a text: all its words, and all runs of them that are in a list whose places are noted.
    pub(crate) fn read(&self, text: &str, reading: &mut Reading) {
        fold_into(text, &mut reading.folded);
        let Reading { folded, words, hits, present, .. } = reading;
        words.clear();
        hits.clear();
        *present = Presence::default();
        present.set(NOTHING);
        take_apart(folded, |token| words.push(Word { token, number: 0, skip: 0, roles: 0, hits: 0 }));
        for word in words.iter_mut() {
            let Token { start, end, .. } = word.token;
            word.number = self.look_up(&folded.as_bytes()[start as usize..], (end - start) as usize);
        }
        let (mut rest, mut start) = (words.as_mut_slice(), 0);
        while let Some((word, next)) = rest.split_first_mut() {
            word.hits = place(hits.len());
            self.follow(word, next, start, hits, present);
            (rest, start) = (next, start + 1);
        }
    }

    /// Notes what begins at a word, by the words after it.
    fn follow(
        &self,
        word: &mut Word,
        next: &[Word],
        start: u32,
        hits: &mut Vec<Hit>,
        present: &mut Presence,
    ) {
        let mut node = usize::from(word.number);
        let mut len = 1;
        while node != 0 {
            let found = &self.nodes[node];
            let next = next.get(len - 1);
            if found.roles != 0 {
                let joined = |word: &Word| word.token.is(flag::GLUED);
                add_roles(word, len, found.roles, !joined(word) && !next.is_some_and(joined));
            }
            present.add(&self.present[found.present as usize]);
            if found.lists.0 != found.noted {
                hits.push(Hit { start, len: place(len), entry: place(node) });
            }
            node = next.map_or(0, |next| self.go_on(found, next));
            len += 1;
        }
    }

    /// The node after this one, by the next word of the text; 0 where no run of words goes on with it.
    fn go_on(&self, node: &Node, next: &Word) -> usize {
        // One branch for both.
        let may = (node.next_bits >> (next.number % 64) & 1 != 0) & (next.token.link == Link::None);
        if may { self.child(node, next.number) } else { 0 }
    }

    /// The lists of a hit.
    pub(crate) fn lists(&self, hit: &Hit) -> &[ListId] {
        let node = &self.nodes[hit.entry as usize];
        &self.lists[node.lists.0 as usize..node.noted as usize]
    }

    /// Where the runs of words end that begin at a word of a text and are in a list, noted or not.
    pub(crate) fn ends(&self, words: &[Word], start: usize, list: ListId) -> impl Iterator<Item = usize> {
        let mut node = words.get(start).map_or(0, |word| usize::from(word.number));
        let mut end = start;
        std::iter::from_fn(move || {
            while node != 0 {
                let found = &self.nodes[node];
                end += 1;
                node = words.get(end).map_or(0, |next| self.go_on(found, next));
                if self.lists[found.lists.0 as usize..found.lists.1 as usize].contains(&list) {
                    return Some(end);
                }
            }
            None
        })
    }

    /// Whether a run of words of a list, noted or not, begins at a word of a text.
    pub(crate) fn begins(&self, words: &[Word], start: usize, list: ListId) -> bool {
        self.ends(words, start, list).next().is_some()
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

/// Notes what begins at a word. As a part of a longer name it has no role, but may be what a target or a spoiler
/// is looked for, or what a path is asked for.
fn add_roles(word: &mut Word, len: usize, roles: u32, whole: bool) {
    const OF_PARTS: u32 = role::NOT_FOLLOWED_BY | role::TARGET | role::BEGINS | role::ALONE;
    const COUNTED: u32 = role::SKIPPED | role::JOINS | role::TARGET;
    word.roles |= if whole { roles } else { roles & OF_PARTS };
    if whole && roles & COUNTED != 0 {
        word.skip = word.skip.max(u8::try_from(len).unwrap_or(u8::MAX));
    }
}

/// How many numbers the bits by hash have: 8 KiB, one bit in fourteen set with the default rules.
const KNOWN: usize = 1024;

/// Bits of the hash that the place of a word in the table of all words hardly depends on.
fn known_at(hash: usize) -> usize {
    (hash >> 16) % KNOWN
}

fn known_bit(hash: usize) -> u64 {
    1 << ((hash >> 26) % 64)
}

/// As many bytes as a number takes.
const EIGHT: usize = 8;

/// The first eight bytes of the word that a text begins with as a number, and a quick hash of the word. Not for hostile
/// input: a collision costs a comparison, no more.
#[inline]
fn head_and_hash(text: &[u8], len: usize) -> (u64, usize) {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let head = eight(text, len.min(EIGHT));
    let mut state = (head ^ len as u64).wrapping_mul(PRIME);
    if len > EIGHT {
        state = (state.rotate_left(29) ^ eight(&text[len - EIGHT..], EIGHT)).wrapping_mul(PRIME);
    }
    (head, (state >> 32) as usize)
}

/// The first bytes of a text as a number: one to eight, since a word has letters.
fn eight(text: &[u8], len: usize) -> u64 {
    if let Some(&bytes) = text.first_chunk::<EIGHT>() {
        return u64::from_le_bytes(bytes) & (u64::MAX >> (64 - 8 * len.max(1)));
    }
    text[..len].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
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
            let list = builder.list(list.iter().map(|&text| text.to_owned()).collect(), false).unwrap();
            builder.note(list);
        }
        builder.build(&misspelt.iter().map(|&word| word.to_owned()).collect::<Vec<_>>(), |_| 0)
    }

    fn found(lexicon: &Lexicon, text: &str) -> Vec<(u16, String)> {
        let mut reading = Reading::default();
        lexicon.read(text, &mut reading);
        let words = |hit: &Hit| {
            let range = hit.start as usize..(hit.start + hit.len) as usize;
            range.map(|word| reading.word_text(word)).collect::<Vec<_>>().join(" ")
        };
        let lists = |hit| lexicon.lists(hit).iter().map(|list| list - 18);
        reading.hits.iter().flat_map(|hit| lists(hit).map(|list| (list, words(hit)))).collect()
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
