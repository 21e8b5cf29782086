//! What the file says, in memory: the workflows, the patterns and the links between them (the occurrences). Pure data;
//! `db` fills it, the pipeline adds what it finds, and every statistic is computed from it.
//!
//! It is built in one stream over each table and answers in the workflows' rowid order, so that sums come out the same
//! to the last bit whatever the order in which occurrences were recorded. A million workflows with a million
//! occurrences take some 180 MB.

mod costs;
mod counted;
mod keys;
mod measured;
mod pattern;
mod row;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use counted::count_among;
pub use keys::KeyId;
use keys::KeyTable;
pub use measured::{MeasuredAmount, MeasuredCommands};
pub use pattern::{
    Exclusion, PatternIndex, PatternLinks, SnapshotLink, StoredPattern, StoredStatistics, is_done_by_tool,
};
pub use row::{AddedRow, SnapshotRow};

use crate::detect::Covers;
use crate::signature::Signature;
use crate::statistics::{Judgement, Window};
use crate::workflow::Measures;

/// A workflow's position in [`Snapshot::workflows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkflowIndex(pub u32);

impl WorkflowIndex {
    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One workflow of the history: a row, or the lowest of the rows that share a `workflow_id`.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotWorkflow {
    /// Its rowid.
    pub rowid: i64,
    /// Its key; `None` where it has none that can be read.
    pub key: Option<KeyId>,
    /// Its cost, tokens, duration, errors, retries, time and status.
    pub measures: Measures,
}

/// The workflows, patterns and occurrences of a file.
#[derive(Default)]
pub struct Snapshot {
    /// Whether its rows are flowmine's own, made of transcripts; an application adds them as its workflows begin.
    pub is_imported: bool,
    keys: KeyTable,
    /// In rowid order, a workflow each.
    pub workflows: Vec<SnapshotWorkflow>,
    /// How many rows were left out, because an earlier row has the same `workflow_id`.
    pub repeated_rows: u64,
    /// In id order; patterns found in this run follow.
    pub patterns: Vec<StoredPattern>,
    /// By key: the workflow that has it now.
    by_key: Vec<Option<WorkflowIndex>>,
    /// Links that were made before a workflow was given its `workflow_id` have its id as their key. By such a key: the
    /// workflow. It counts only where no other workflow has that very key.
    renamed: HashMap<KeyId, WorkflowIndex>,
    /// The same from the workflow to the key.
    former_keys: HashMap<WorkflowIndex, KeyId>,
    /// The keys of the workflows that a person left out.
    excluded_keys: HashSet<KeyId>,
    links: Vec<SnapshotLink>,
    /// Where the links of each key begin; empty while the links are not sorted.
    starts: Vec<u32>,
    /// What [`Snapshot::pattern_links`] has answered, until something changes.
    pattern_links: Option<Arc<[PatternLinks]>>,
    window: Window,
    /// What the commands that ran used.
    pub measured: MeasuredCommands,
    /// How many workflows have a status that flowmine does not know, by its word.
    pub unknown_statuses: BTreeMap<String, u64>,
    /// How many workflows have something in a column of times that is no believable time.
    pub unreadable_times: u64,
}

/// How many unknown words of a status are counted one by one; the workflows beyond are counted together.
const UNKNOWN_STATUSES: usize = 20;

/// Filling it.
impl Snapshot {
    /// Adds an occurrence of the workflow with this key. Those of the file are added before the first row of the
    /// history, so that former keys are recognised.
    pub fn add_link_of(&mut self, key: &[u8], pattern: PatternIndex, is_whole: bool) {
        let key = self.keys.intern(key);
        self.add_link(SnapshotLink { key, pattern, is_whole });
    }

    /// Adds an occurrence of a workflow whose key the snapshot knows.
    pub fn add_link(&mut self, link: SnapshotLink) {
        self.links.push(link);
        self.links_have_changed();
    }

    /// Notes which patterns take judgement rather than a script.
    pub fn mark_judgement(&mut self, needs_judgement: impl Fn(&Signature) -> bool) {
        for pattern in &mut self.patterns {
            let is_needed = pattern.signature.parse().is_ok_and(|signature| needs_judgement(&signature));
            pattern.judgement = if is_needed { Judgement::Needed } else { Judgement::NotNeeded };
        }
    }

    /// Sets what these occurrences cover; `None` takes the occurrence out.
    pub fn correct_links(&mut self, corrected: &HashMap<(WorkflowIndex, PatternIndex), Option<Covers>>) {
        let correct = |link: &SnapshotLink| {
            let workflow = self.workflow_of(link.key);
            match workflow.and_then(|workflow| corrected.get(&(workflow, link.pattern))) {
                Some(None) => None,
                Some(Some(covers)) => Some(SnapshotLink { is_whole: *covers == Covers::Whole, ..*link }),
                None => Some(*link),
            }
        };
        self.links = self.links.iter().filter_map(correct).collect();
        self.links_have_changed();
    }

    /// Notes that the file no longer has the patterns with these ids.
    pub fn forget_patterns(&mut self, ids: &HashSet<i64>) {
        for pattern in &mut self.patterns {
            pattern.id = pattern.id.filter(|id| !ids.contains(id));
        }
    }

    /// Adds a pattern that the file does not have yet.
    pub fn add_pattern(&mut self, signature: &str, pattern_type: &str) -> PatternIndex {
        self.pattern_links = None;
        self.patterns.push(StoredPattern {
            signature: signature.to_owned(),
            pattern_type: pattern_type.to_owned(),
            status: "detected".to_owned(),
            ..StoredPattern::default()
        });
        PatternIndex(self.patterns.len() as u32 - 1)
    }

    /// Adds the next row of the history, in rowid order.
    pub fn add_row(&mut self, row: &SnapshotRow<'_>) -> AddedRow {
        let SnapshotRow { rowid, key, former_key, measures, has_odd_time, unknown_status, .. } = *row;
        let workflow = WorkflowIndex(self.workflows.len() as u32);
        let key = key.map(|key| self.keys.intern(key.as_bytes()));
        let first = key.map_or(workflow, |key| *self.entry_of(key).get_or_insert(workflow));
        self.note_former_key(former_key.map(str::as_bytes), first);
        if first != workflow {
            self.repeated_rows += 1;
            return AddedRow::Repeated(first);
        }
        if measures.status.is_finished() {
            measures.time.into_iter().for_each(|time| self.window.include(time));
        }
        self.unreadable_times += u64::from(has_odd_time);
        if let Some(word) = unknown_status {
            self.count_unknown_status(word);
        }
        self.workflows.push(SnapshotWorkflow { rowid, key, measures });
        AddedRow::Workflow(workflow)
    }

    /// Counts a workflow whose status is no word that flowmine knows.
    fn count_unknown_status(&mut self, word: &str) {
        let is_full = self.unknown_statuses.len() >= UNKNOWN_STATUSES;
        let word = if is_full && !self.unknown_statuses.contains_key(word) { "others" } else { word };
        *self.unknown_statuses.entry(word.to_owned()).or_default() += 1;
    }

    fn entry_of(&mut self, key: KeyId) -> &mut Option<WorkflowIndex> {
        if self.by_key.len() <= key.index() {
            self.by_key.resize(self.keys.len(), None);
        }
        &mut self.by_key[key.index()]
    }

    fn note_former_key(&mut self, id: Option<&[u8]>, workflow: WorkflowIndex) {
        if self.links.is_empty() && self.excluded_keys.is_empty() && self.measured.is_empty() {
            return;
        }
        if let Some(former) = id.and_then(|id| self.keys.find(id)) {
            self.renamed.entry(former).or_insert(workflow);
            self.former_keys.entry(workflow).or_insert(former);
        }
    }

    /// Brings the links into the order that [`Snapshot::links_of`] needs; each link counts once.
    pub fn sort_links(&mut self) {
        if !self.starts.is_empty() {
            return;
        }
        self.links.sort_unstable();
        self.links.dedup_by(|link, before| {
            let is_same = (link.key, link.pattern) == (before.key, before.pattern);
            before.is_whole |= is_same && link.is_whole;
            is_same
        });
        self.starts.reserve(self.keys.len() + 1);
        for (position, link) in self.links.iter().enumerate() {
            while self.starts.len() <= link.key.index() {
                self.starts.push(position as u32);
            }
        }
        self.starts.push(self.links.len() as u32);
    }

    fn links_have_changed(&mut self) {
        self.starts.clear();
        self.pattern_links = None;
    }

    /// Leaves out every workflow that `keep` does not want, and with it its occurrences and those of workflows that are
    /// no longer in the history; those that stay lie in `window`. To be called once the whole history has been added.
    pub fn restrict(&mut self, window: Window, keep: impl Fn(&Measures) -> bool) {
        let mut moved = vec![None; self.workflows.len()];
        let mut kept = Vec::new();
        for (workflow, moved) in self.workflows.iter().zip(&mut moved) {
            if keep(&workflow.measures) {
                *moved = Some(WorkflowIndex(kept.len() as u32));
                kept.push(*workflow);
            }
        }
        let new_index = |workflow: WorkflowIndex| moved[workflow.index()];
        let is_kept = |link: &&SnapshotLink| self.workflow_of(link.key).and_then(new_index).is_some();
        let links = self.links.iter().filter(is_kept).copied().collect();
        let renamed = self.renamed.iter().filter(|(key, _)| self.owner_of(**key).is_none());
        let renamed = renamed.filter_map(|(&key, &workflow)| Some((key, new_index(workflow)?))).collect();
        let former_keys = self.former_keys.iter();
        let former_keys =
            former_keys.filter_map(|(&workflow, &key)| Some((new_index(workflow)?, key))).collect();
        self.by_key.iter_mut().for_each(|workflow| *workflow = workflow.and_then(new_index));
        self.workflows = kept;
        (self.links, self.renamed, self.former_keys) = (links, renamed, former_keys);
        self.links_have_changed();
        self.window = window;
    }
}

/// Asking it.
impl Snapshot {
    /// The key's bytes.
    pub fn key(&self, id: KeyId) -> &[u8] {
        self.keys.get(id)
    }

    /// The key of a workflow, which was read as text.
    pub fn key_text(&self, id: KeyId) -> &str {
        std::str::from_utf8(self.key(id)).unwrap_or_default()
    }

    /// The key with these bytes, where a link or a workflow has it.
    pub fn find_key(&self, key: &[u8]) -> Option<KeyId> {
        self.keys.find(key)
    }

    /// The workflow at this position.
    pub fn workflow(&self, index: WorkflowIndex) -> &SnapshotWorkflow {
        &self.workflows[index.index()]
    }

    /// The pattern at this position.
    pub fn pattern(&self, index: PatternIndex) -> &StoredPattern {
        &self.patterns[index.index()]
    }

    /// The patterns that are in the file, by their ids.
    pub fn patterns_by_id(&self) -> hashbrown::HashMap<i64, PatternIndex> {
        let ids = (0..).zip(&self.patterns);
        ids.filter_map(|(index, pattern)| Some((pattern.id?, PatternIndex(index)))).collect()
    }

    /// The pattern with this signature.
    pub fn pattern_with_signature(&self, signature: &str) -> Option<PatternIndex> {
        let found = self.patterns.iter().position(|pattern| pattern.signature == signature);
        found.map(|position| PatternIndex(position as u32))
    }

    /// The pattern with this id.
    pub fn pattern_with_id(&self, id: i64) -> Option<PatternIndex> {
        let found = self.patterns.iter().position(|pattern| pattern.id == Some(id));
        found.map(|position| PatternIndex(position as u32))
    }

    /// The key of links that may be the workflow's own, from before it was given its `workflow_id`. Whether they are,
    /// [`Snapshot::workflow_of`] tells once the whole history has been added.
    pub fn former_key_of(&self, workflow: WorkflowIndex) -> Option<KeyId> {
        self.former_keys.get(&workflow).copied()
    }

    /// The workflow that a link under this key means: the one that has the key, else the one that had it before it was
    /// given its `workflow_id`. `None`: it is no longer in the history.
    pub fn workflow_of(&self, key: KeyId) -> Option<WorkflowIndex> {
        self.owner_of(key).or_else(|| self.renamed.get(&key).copied())
    }

    /// The workflow that has this key now.
    fn owner_of(&self, key: KeyId) -> Option<WorkflowIndex> {
        self.by_key.get(key.index()).copied().flatten()
    }

    /// The patterns linked under this very key. The links must be sorted.
    pub fn links_of(&self, key: KeyId) -> impl Iterator<Item = PatternIndex> + '_ {
        self.links[self.range_of(key)].iter().map(|link| link.pattern)
    }

    /// Where the links of this key are.
    fn range_of(&self, key: KeyId) -> Range<usize> {
        debug_assert!(!self.starts.is_empty() || self.links.is_empty(), "the links are not sorted");
        let start =
            |position: usize| self.starts.get(position).map_or(self.links.len(), |&start| start as usize);
        start(key.index())..start(key.index() + 1)
    }

    /// For every pattern the workflows it is linked with, each once, and what they say.
    pub fn pattern_links(&mut self) -> Arc<[PatternLinks]> {
        if let Some(pattern_links) = &self.pattern_links {
            return Arc::clone(pattern_links);
        }
        self.sort_links();
        let mut pattern_links = vec![PatternLinks::default(); self.patterns.len()];
        let excluded = self.excluded_workflows();
        // In the workflows' order, so that next to nothing is left to sort.
        for (workflow, key) in
            (0..).zip(&self.workflows).filter_map(|(index, workflow)| Some((index, workflow.key?)))
        {
            for link in &self.links[self.range_of(key)] {
                pattern_links[link.pattern.index()].add(WorkflowIndex(workflow), link.is_whole);
            }
        }
        for link in self.links.iter().filter(|link| self.owner_of(link.key).is_none()) {
            let links = &mut pattern_links[link.pattern.index()];
            if let Some(&workflow) = self.renamed.get(&link.key) {
                links.add(workflow, link.is_whole);
            } else {
                links.count += 1;
                links.excluded += u64::from(self.excluded_keys.contains(&link.key));
            }
        }
        for (links, pattern) in pattern_links.iter_mut().zip(&self.patterns) {
            links.sort();
            links.excluded += count_among(&links.workflows, &excluded);
            links.summary = self.summary_of(pattern, links, &excluded);
            links.cost = self.cost_of(pattern, links, &excluded);
        }
        let pattern_links: Arc<[PatternLinks]> = pattern_links.into();
        self.pattern_links = Some(Arc::clone(&pattern_links));
        pattern_links
    }

    /// How many links there are, each of a key with a pattern counted once.
    pub fn link_count(&mut self) -> u64 {
        self.sort_links();
        self.links.len() as u64
    }

    /// The time in which the finished workflows lie, or the part of it that the snapshot was restricted to.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The number of this key, which is added where it is new.
    pub fn intern(&mut self, key: &[u8]) -> KeyId {
        self.keys.intern(key)
    }

    /// By workflow: how many patterns it has that nobody left out, 255 at most.
    pub fn counted_patterns_each(&self, pattern_links: &[PatternLinks]) -> Vec<u8> {
        let mut patterns = vec![0_u8; self.workflows.len()];
        let counted = self.patterns.iter().zip(pattern_links).filter(|(pattern, _)| !pattern.is_excluded());
        for workflow in counted.flat_map(|(_, links)| &links.workflows) {
            patterns[workflow.index()] = patterns[workflow.index()].saturating_add(1);
        }
        patterns
    }
}
