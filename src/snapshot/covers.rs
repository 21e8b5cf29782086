//! Which links are of workflows whose request asked for recorded operations and for nothing else.

use std::collections::HashMap;

use super::{KeyId, PatternIndex, Snapshot, WorkflowIndex};
use crate::detect::Covers;

impl Snapshot {
    /// Notes that the request of a linked workflow asked for recorded operations and for nothing else.
    pub fn add_whole_link(&mut self, pattern: PatternIndex, key: &[u8]) {
        if let Some(key) = self.find_key(key) {
            self.add_whole_link_of(pattern, key);
        }
    }

    /// The same of a workflow whose key the snapshot knows.
    pub fn add_whole_link_of(&mut self, pattern: PatternIndex, key: KeyId) {
        self.pattern_links = None;
        self.whole_links.push((key, pattern));
    }

    /// Notes for these links whether the request asked for recorded operations and for nothing else, whatever was noted
    /// before.
    pub fn set_covers(&mut self, covers: &HashMap<(WorkflowIndex, PatternIndex), Covers>) {
        let mut whole = std::mem::take(&mut self.whole_links);
        whole.retain(|&(key, pattern)| {
            self.workflow_of(key).is_none_or(|workflow| !covers.contains_key(&(workflow, pattern)))
        });
        let now_whole = covers.iter().filter(|(_, covers)| **covers == Covers::Whole).map(|(link, _)| *link);
        whole.extend(
            now_whole.filter_map(|(workflow, pattern)| Some((self.workflow(workflow).key?, pattern))),
        );
        self.whole_links = whole;
        self.pattern_links = None;
    }
}
