//! What the file says, in memory: the workflows, the patterns and the occurrences that link them. Pure data; `db` fills
//! it, the pipeline adds what it finds, and every statistic is computed from it.
//!
//! It is built in one stream over each table and answers in the workflows' rowid order, so that sums come out the same
//! to the last bit whatever the order in which occurrences were recorded. A million workflows with a million
//! occurrences take some 200 MB.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::statistics::{self, Judged, PatternStatistics, StoredAverages, Window};
use crate::workflow::Measures;

/// The number a workflow key has been given in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u32);

/// Workflow keys, each once, end to end in one allocation. Keys are bytes: links may hold what is not UTF-8.
#[derive(Default)]
struct KeyIndex {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Made when a key is looked for: the first time, of all keys that are there.
    table: OnceLock<HashTable<Interned>>,
    hasher: DefaultHashBuilder,
}

/// A key's place in the table, with its hash, so that a growing table need not look at the keys again.
struct Interned {
    hash: u32,
    id: u32,
}

impl Interned {
    /// The hash as the table wants it, with something in all of its 64 bits.
    fn spread(hash: u32) -> u64 {
        u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

impl KeyIndex {
    fn get(&self, id: KeyId) -> &[u8] {
        slice_of(&self.bytes, &self.ends, id.0)
    }

    fn hash(&self, key: &[u8]) -> u32 {
        self.hasher.hash_one(key) as u32
    }

    fn find(&self, key: &[u8]) -> Option<KeyId> {
        let hash = self.hash(key);
        let same =
            |known: &Interned| known.hash == hash && slice_of(&self.bytes, &self.ends, known.id) == key;
        let table = self.table.get_or_init(|| self.index());
        table.find(Interned::spread(hash), same).map(|known| KeyId(known.id))
    }

    /// A table of all keys, no two of which are the same.
    fn index(&self) -> HashTable<Interned> {
        let mut table = HashTable::with_capacity(self.ends.len());
        for id in 0..self.ends.len() as u32 {
            let hash = self.hash(self.get(KeyId(id)));
            let interned = Interned { hash, id };
            table.insert_unique(Interned::spread(hash), interned, |known| Interned::spread(known.hash));
        }
        table
    }

    /// Adds a key that is known to differ from those before it. While there are only such keys, nobody has to look for
    /// one: of a million rows, looking takes a tenth of the reading.
    fn add_distinct(&mut self, key: &[u8]) -> KeyId {
        match self.table.get() {
            Some(_) => self.intern(key),
            None => self.append(key),
        }
    }

    fn append(&mut self, key: &[u8]) -> KeyId {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
        KeyId(self.ends.len() as u32 - 1)
    }

    fn intern(&mut self, key: &[u8]) -> KeyId {
        let hash = self.hash(key);
        let Some(table) = self.table.get_mut() else {
            self.table = OnceLock::from(self.index());
            return self.intern(key);
        };
        let same =
            |known: &Interned| known.hash == hash && slice_of(&self.bytes, &self.ends, known.id) == key;
        match table.entry(Interned::spread(hash), same, |known| Interned::spread(known.hash)) {
            hashbrown::hash_table::Entry::Occupied(entry) => KeyId(entry.get().id),
            hashbrown::hash_table::Entry::Vacant(entry) => {
                entry.insert(Interned { hash, id: self.ends.len() as u32 });
                self.append(key)
            }
        }
    }
}

fn slice_of<'a>(bytes: &'a [u8], ends: &[usize], id: u32) -> &'a [u8] {
    let start = if id == 0 { 0 } else { ends[id as usize - 1] };
    &bytes[start..ends[id as usize]]
}

/// One workflow of the history: a row, or the lowest of the rows that share a `workflow_id`.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// Its rowid.
    pub rowid: i64,
    /// Its key; `None` where it has none that can be read.
    pub key: Option<KeyId>,
    /// Its cost, tokens, duration, errors, retries, time and status.
    pub measures: Measures,
}

/// A row of `operation_patterns` as it is stored; `None` is NULL or no number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredPattern {
    /// Its id; `None` while it is not in the file yet.
    pub id: Option<i64>,
    /// `category:subcategory:target`.
    pub signature: String,
    /// The category.
    pub pattern_type: String,
    /// What a person decided: detected, candidate, approved, implemented, active or deprecated.
    pub status: String,
    /// Whether a person has touched it: decided on its status, reviewed it or named a tool.
    pub touched_by_human: bool,
    /// JSON, the characteristics of its first workflow.
    pub typical_input: Option<String>,
    /// When it was first recorded, as stored.
    pub created_at: Option<String>,
    /// When it was last seen, as stored.
    pub last_seen: Option<String>,
    /// The stored statistics.
    pub stored: StoredStatistics,
}

impl StoredPattern {
    /// Section 4's numbers by the workflows it is linked with. Where none of them is left, `detected` is the window of its
    /// links' `detected_at`.
    pub fn statistics(&self, linked: &Linked, detected: &Window) -> PatternStatistics {
        linked.judged.statistics.unwrap_or_else(|| {
            let StoredStatistics { avg_tokens_with_llm: tokens, avg_cost_with_llm: cost, .. } = self.stored;
            statistics::without_history(linked.count, StoredAverages { tokens, cost }, detected)
        })
    }
}

/// The statistics columns of a pattern as they are stored; `None` is NULL or no number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each is the column of its name")]
pub struct StoredStatistics {
    pub occurrence_count: Option<f64>,
    pub avg_tokens_with_llm: Option<f64>,
    pub avg_cost_with_llm: Option<f64>,
    pub avg_tokens_with_tool: Option<f64>,
    pub avg_cost_with_tool: Option<f64>,
    pub potential_monthly_savings: Option<f64>,
    pub confidence_score: Option<f64>,
}

/// A pattern's place in [`Snapshot::patterns`].
pub type Slot = u32;

/// Which workflows a pattern is linked with, and what they say.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// Distinct workflows, whether or not they are still in the history: |L|.
    pub count: u64,
    /// Those still in the history, finished or not, as places in [`Snapshot::workflows`], in rowid order.
    pub present: Vec<u32>,
    /// What the finished ones of these say.
    pub judged: Judged,
}

/// All links of a snapshot, sorted and by pattern, with what the workflows of each say.
pub struct Linkage {
    links: Vec<(KeyId, Slot)>,
    starts: Vec<u32>,
    linked: Arc<[Linked]>,
}

/// A row's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKey<'a> {
    /// It may be another row's, too.
    Any(&'a [u8]),
    /// The file has it in no other row with a key of this kind.
    Distinct(&'a [u8]),
}

/// Where a row of the history stands among those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A workflow of its own, at this place in [`Snapshot::workflows`].
    Workflow(u32),
    /// A further row of a workflow that a lower row represents.
    Repeated,
}

const NOBODY: u32 = u32::MAX;

/// The workflows, patterns and occurrences of a file.
#[derive(Default)]
pub struct Snapshot {
    keys: KeyIndex,
    /// In rowid order, a workflow each.
    pub workflows: Vec<Recorded>,
    /// Rows beyond a workflow's first.
    pub repeated_rows: u64,
    /// In id order; patterns found in this run follow.
    pub patterns: Vec<StoredPattern>,
    /// Occurrences whose pattern is gone.
    pub links_without_pattern: u64,
    by_key: Vec<u32>,
    /// Link keys that are the id of a workflow which has a workflow_id: links made before it was given one, unless
    /// another workflow has that very key.
    renamed: HashMap<KeyId, u32>,
    former_keys: HashMap<u32, KeyId>,
    links: Vec<(KeyId, Slot)>,
    /// Where the links of each key begin; empty while the links are not sorted.
    starts: Vec<u32>,
    /// What [`Snapshot::linked`] has answered, until something changes.
    linked: Option<Arc<[Linked]>>,
    window: Window,
}

impl Snapshot {
    /// The key's bytes.
    pub fn key(&self, id: KeyId) -> &[u8] {
        self.keys.get(id)
    }

    /// The place of the pattern with this signature.
    pub fn slot_of(&self, signature: &str) -> Option<Slot> {
        self.patterns.iter().position(|pattern| pattern.signature == signature).map(|slot| slot as Slot)
    }

    /// Adds an occurrence. All that the file holds are added before the first row of the history.
    pub fn add_link(&mut self, slot: Slot, key: &[u8]) {
        let key = self.keys.intern(key);
        self.add_found(slot, key);
    }

    /// Adds an occurrence of a workflow that the snapshot knows.
    pub fn add_found(&mut self, slot: Slot, key: KeyId) {
        self.links.push((key, slot));
        self.links_have_changed();
    }

    /// Takes occurrences out, each named by the workflow's and the pattern's place.
    pub fn remove_found(&mut self, gone: &HashSet<(u32, Slot)>) {
        let mut links = std::mem::take(&mut self.links);
        links.retain(|&(key, slot)| self.workflow_of(key).is_none_or(|place| !gone.contains(&(place, slot))));
        self.links = links;
        self.links_have_changed();
    }

    /// Adds a pattern that the file does not have yet.
    pub fn add_pattern(&mut self, signature: &str, pattern_type: &str) -> Slot {
        self.linked = None;
        self.patterns.push(StoredPattern {
            signature: signature.to_owned(),
            pattern_type: pattern_type.to_owned(),
            status: "detected".to_owned(),
            ..StoredPattern::default()
        });
        self.patterns.len() as Slot - 1
    }

    fn links_have_changed(&mut self) {
        self.starts.clear();
        self.linked = None;
    }

    /// The links as they will be when these have been added.
    pub fn linkage_with(&self, found: impl Iterator<Item = (KeyId, Slot)>) -> Linkage {
        let mut links: Vec<_> = found.collect();
        links.extend_from_slice(&self.links);
        let starts = self.sort(&mut links);
        let linked = self.link(&links).into();
        Linkage { links, starts, linked }
    }

    /// Takes over links that [`Snapshot::linkage_with`] has foreseen. No link has changed otherwise since.
    pub fn adopt(&mut self, linkage: Linkage) {
        let Linkage { links, starts, linked } = linkage;
        (self.links, self.starts, self.linked) = (links, starts, Some(linked));
    }

    /// Brings the links into the order that [`Snapshot::links_of`] needs; each link counts once.
    pub fn sort_links(&mut self) {
        if !self.starts.is_empty() {
            return;
        }
        let mut links = std::mem::take(&mut self.links);
        self.starts = self.sort(&mut links);
        self.links = links;
    }

    /// Sorts links and answers where those of each key begin.
    fn sort(&self, links: &mut Vec<(KeyId, Slot)>) -> Vec<u32> {
        // They come in a few sorted stretches, which this sort makes use of.
        links.sort();
        links.dedup();
        let mut starts = Vec::with_capacity(self.keys.ends.len() + 1);
        for (place, &(KeyId(key), _)) in links.iter().enumerate() {
            while starts.len() <= key as usize {
                starts.push(place as u32);
            }
        }
        starts.push(links.len() as u32);
        starts
    }

    /// Adds the next row of the history, in rowid order: its key, and its id (as text) where it has a `workflow_id`
    /// beside it, so that links made while it had none are recognised.
    pub fn add_row(
        &mut self,
        rowid: i64,
        key: Option<RowKey<'_>>,
        id: Option<&[u8]>,
        measures: Measures,
    ) -> Standing {
        let place = self.workflows.len() as u32;
        let key = key.map(|key| match key {
            RowKey::Any(key) => self.keys.intern(key),
            RowKey::Distinct(key) => self.keys.add_distinct(key),
        });
        if let Some(KeyId(number)) = key {
            let number = number as usize;
            if self.by_key.len() <= number {
                self.by_key.resize(self.keys.ends.len().max(number + 1), NOBODY);
            }
            if self.by_key[number] != NOBODY {
                self.repeated_rows += 1;
                self.note_former_key(id, self.by_key[number]);
                return Standing::Repeated;
            }
            self.by_key[number] = place;
        }
        self.note_former_key(id, place);
        if measures.status.is_finished() {
            measures.time.into_iter().for_each(|time| self.window.include(time));
        }
        self.workflows.push(Recorded { rowid, key, measures });
        Standing::Workflow(place)
    }

    fn note_former_key(&mut self, id: Option<&[u8]>, place: u32) {
        if self.links.is_empty() {
            return;
        }
        if let Some(former) = id.and_then(|id| self.keys.find(id)) {
            self.renamed.entry(former).or_insert(place);
            self.former_keys.entry(place).or_insert(former);
        }
    }

    /// The key among the links' that may be the workflow's own from before it was given its workflow_id. Whether it is
    /// can be told by [`Snapshot::workflow_of`] once the whole history has been added.
    pub fn former_key_of(&self, place: u32) -> Option<KeyId> {
        self.former_keys.get(&place).copied()
    }

    /// The place of the workflow that a link under this key means: the one that has the key, else the one that had it
    /// before it was given its workflow_id. `None`: purged.
    pub fn workflow_of(&self, key: KeyId) -> Option<u32> {
        match self.by_key.get(key.0 as usize) {
            Some(&place) if place != NOBODY => Some(place),
            _ => self.renamed.get(&key).copied(),
        }
    }

    /// The place of the workflow with this key.
    pub fn workflow_with_key(&self, key: &[u8]) -> Option<u32> {
        self.keys.find(key).and_then(|key| self.workflow_of(key))
    }

    /// The patterns linked under this very key. The links must be sorted.
    pub fn links_of(&self, key: KeyId) -> impl Iterator<Item = Slot> + '_ {
        debug_assert!(!self.starts.is_empty(), "the links are not sorted");
        let start =
            |key: u32| self.starts.get(key as usize).map_or(self.links.len(), |&start| start as usize);
        self.links[start(key.0)..start(key.0.saturating_add(1))].iter().map(|&(_, slot)| slot)
    }

    /// Links whose key was the id of a workflow that has its workflow_id now: (the link's key, the workflow's place).
    pub fn renamed_links(&self) -> Vec<(KeyId, u32)> {
        let mut renamed: Vec<_> =
            self.renamed.keys().filter_map(|&key| Some((key, self.renamed_to(key)?))).collect();
        renamed.sort_unstable();
        renamed
    }

    fn renamed_to(&self, key: KeyId) -> Option<u32> {
        let place = self.workflow_of(key)?;
        (self.workflows[place as usize].key != Some(key)).then_some(place)
    }

    /// For every pattern the workflows it is linked with, each once, and what they say.
    pub fn linked(&mut self) -> Arc<[Linked]> {
        if let Some(linked) = &self.linked {
            return Arc::clone(linked);
        }
        self.sort_links();
        let linked: Arc<[Linked]> = self.link(&self.links).into();
        self.linked = Some(Arc::clone(&linked));
        linked
    }

    fn link(&self, links: &[(KeyId, Slot)]) -> Vec<Linked> {
        let mut linked = vec![Linked::default(); self.patterns.len()];
        for &(key, slot) in links {
            match self.workflow_of(key) {
                Some(place) => linked[slot as usize].present.push(place),
                None => linked[slot as usize].count += 1,
            }
        }
        for linked in &mut linked {
            linked.present.sort_unstable();
            linked.present.dedup();
            linked.count += linked.present.len() as u64;
        }
        let judged = self.judge(&linked);
        for (linked, judged) in linked.iter_mut().zip(judged) {
            linked.judged = judged;
        }
        linked
    }

    /// Leaves out every workflow that `keep` does not want, and with it its occurrences and those of workflows that are
    /// no longer in the history; those that stay lie in `window`. To be called once the whole history has been added.
    pub fn restrict(&mut self, window: Window, keep: impl Fn(&Measures) -> bool) {
        self.links_have_changed();
        let mut moved = vec![NOBODY; self.workflows.len()];
        let mut kept = Vec::new();
        for (place, workflow) in self.workflows.iter().enumerate() {
            if keep(&workflow.measures) {
                moved[place] = kept.len() as u32;
                kept.push(*workflow);
            }
        }
        let target = |place: u32| moved.get(place as usize).copied().unwrap_or(NOBODY);
        let mut links = std::mem::take(&mut self.links);
        links.retain(|&(key, _)| self.workflow_of(key).is_some_and(|place| target(place) != NOBODY));
        self.links = links;
        let mut renamed = std::mem::take(&mut self.renamed);
        renamed.retain(|&key, _| self.by_key.get(key.0 as usize).is_none_or(|&place| place == NOBODY));
        renamed.values_mut().for_each(|place| *place = target(*place));
        self.renamed = renamed;
        self.former_keys.clear();
        self.by_key.iter_mut().for_each(|place| *place = target(*place));
        self.workflows = kept;
        self.window = window;
    }

    /// Between which times the finished workflows lie, or the part of it that it was restricted to.
    pub fn window(&self) -> Window {
        self.window
    }

    /// What is measured of the finished workflows, in rowid order.
    pub fn finished(&self) -> impl Iterator<Item = &Measures> + '_ {
        self.workflows
            .iter()
            .map(|workflow| &workflow.measures)
            .filter(|measures| measures.status.is_finished())
    }

    /// The finished workflows of a pattern, in rowid order: J.
    pub fn finished_of<'a>(&'a self, linked: &'a Linked) -> Vec<&'a Measures> {
        let measures = linked.present.iter().map(|&place| &self.workflows[place as usize].measures);
        measures.filter(|measures| measures.status.is_finished()).collect()
    }

    /// What the finished workflows of each pattern say. Where there is much to look at, two threads share it.
    fn judge(&self, linked: &[Linked]) -> Vec<Judged> {
        const MUCH: usize = 50_000;
        let next = AtomicUsize::new(0);
        let share = || {
            let mut judged = Vec::new();
            loop {
                let slot = next.fetch_add(1, Ordering::Relaxed);
                let Some(linked) = linked.get(slot) else { return judged };
                judged.push((slot, Judged::of(linked.count, &self.finished_of(linked), &self.window)));
            }
        };
        let much = linked.iter().map(|linked| linked.present.len()).sum::<usize>() > MUCH;
        let mut judged = std::thread::scope(|scope| {
            let other = much.then(|| scope.spawn(share));
            let mut judged = share();
            if let Some(other) = other {
                judged.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            judged
        });
        judged.sort_unstable_by_key(|(slot, _)| *slot);
        judged.into_iter().map(|(_, judged)| judged).collect()
    }

    /// How many patterns each workflow has (255 are as many as more), by its place.
    pub fn patterns_each(&self, linked: &[Linked]) -> Vec<u8> {
        let mut patterns = vec![0_u8; self.workflows.len()];
        for &place in linked.iter().flat_map(|linked| &linked.present) {
            patterns[place as usize] = patterns[place as usize].saturating_add(1);
        }
        patterns
    }
}
