//! Workflow keys, each stored once.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// The number a workflow key has been given in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u32);

impl KeyId {
    /// Its position in a vector with an element for each key.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Interned keys, end to end in one allocation: a million keys of their own would take four times the room. Keys are
/// bytes, because links may hold what is not UTF-8.
#[derive(Default)]
pub(super) struct KeyTable {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The ids of keys that are small numbers, one more than each, by the number: nearer at hand than in a hash table.
    numbered: Vec<u32>,
}

/// Below this a number is small.
const SMALL: usize = 1 << 22;

impl KeyTable {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, id: KeyId) -> &[u8] {
        slice_of(&self.bytes, &self.ends, id.0)
    }

    pub(super) fn find(&self, key: &[u8]) -> Option<KeyId> {
        if let Some(number) = small_number(key) {
            return self.numbered.get(number)?.checked_sub(1).map(KeyId);
        }
        let is_same = |&id: &u32| self.get(KeyId(id)) == key;
        self.ids.find(self.hasher.hash_one(key), is_same).map(|&id| KeyId(id))
    }

    /// The key's number; a new one where it has none yet.
    pub(super) fn intern(&mut self, key: &[u8]) -> KeyId {
        if let Some(number) = small_number(key) {
            return self.intern_number(number, key);
        }
        let Self { bytes, ends, ids, hasher, .. } = self;
        let is_same = |&id: &u32| slice_of(bytes, ends, id) == key;
        let hash_of = |&id: &u32| hasher.hash_one(slice_of(bytes, ends, id));
        match ids.entry(hasher.hash_one(key), is_same, hash_of) {
            Entry::Occupied(entry) => KeyId(*entry.get()),
            Entry::Vacant(entry) => {
                entry.insert(ends.len() as u32);
                self.push(key)
            }
        }
    }

    fn intern_number(&mut self, number: usize, key: &[u8]) -> KeyId {
        if self.numbered.len() <= number {
            self.numbered.resize(number + 1, 0);
        }
        if let Some(id) = self.numbered[number].checked_sub(1) {
            return KeyId(id);
        }
        let id = self.push(key);
        self.numbered[number] = id.0 + 1;
        id
    }

    fn push(&mut self, key: &[u8]) -> KeyId {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
        KeyId(self.ends.len() as u32 - 1)
    }
}

/// The small number that a key is, as numbers are written.
fn small_number(key: &[u8]) -> Option<usize> {
    let is_short = (1..=7).contains(&key.len()) && (key[0] != b'0' || key.len() == 1);
    let is_number = is_short && key.iter().all(u8::is_ascii_digit);
    let number = || key.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    is_number.then(number).filter(|&number| number < SMALL)
}

fn slice_of<'a>(bytes: &'a [u8], ends: &[usize], id: u32) -> &'a [u8] {
    let start = if id == 0 { 0 } else { ends[id as usize - 1] };
    &bytes[start..ends[id as usize]]
}
