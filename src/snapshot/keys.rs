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
}

impl KeyTable {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, id: KeyId) -> &[u8] {
        slice_of(&self.bytes, &self.ends, id.0)
    }

    pub(super) fn find(&self, key: &[u8]) -> Option<KeyId> {
        let is_same = |&id: &u32| self.get(KeyId(id)) == key;
        self.ids.find(self.hasher.hash_one(key), is_same).map(|&id| KeyId(id))
    }

    /// The key's number; a new one where it has none yet.
    pub(super) fn intern(&mut self, key: &[u8]) -> KeyId {
        let Self { bytes, ends, ids, hasher } = self;
        let is_same = |&id: &u32| slice_of(bytes, ends, id) == key;
        let hash_of = |&id: &u32| hasher.hash_one(slice_of(bytes, ends, id));
        match ids.entry(hasher.hash_one(key), is_same, hash_of) {
            Entry::Occupied(entry) => KeyId(*entry.get()),
            Entry::Vacant(entry) => {
                let id = ends.len() as u32;
                entry.insert(id);
                bytes.extend_from_slice(key);
                ends.push(bytes.len());
                KeyId(id)
            }
        }
    }
}

fn slice_of<'a>(bytes: &'a [u8], ends: &[usize], id: u32) -> &'a [u8] {
    let start = if id == 0 { 0 } else { ends[id as usize - 1] };
    &bytes[start..ends[id as usize]]
}
