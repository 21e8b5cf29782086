//! Which links are of workflows whose request asked for recorded operations and for nothing else.

use std::collections::HashMap;

use super::{KeyId, PatternIndex, Snapshot, WorkflowIndex};
use crate::detect::Covers;

impl Snapshot {
    /// Whether it was read which links are whole.
    pub fn knows_covers(&self) -> bool {
        self.whole_links.is_some()
    }

    /// Notes which links are of workflows whose request asked for recorded operations and for nothing else.
    pub fn set_whole_links(&mut self, whole: Vec<(KeyId, PatternIndex)>) {
        self.whole_links = Some(whole);
        self.pattern_links = None;
    }

    /// Notes that a link is of such a workflow.
    pub fn add_whole_link(&mut self, pattern: PatternIndex, key: KeyId) {
        self.whole_links.get_or_insert_default().push((key, pattern));
        self.pattern_links = None;
    }

    /// Notes for these links what they cover, whatever was noted before.
    pub fn change_covers(&mut self, covers: &HashMap<(WorkflowIndex, PatternIndex), Covers>) {
        let mut whole = self.whole_links.take().unwrap_or_default();
        whole.retain(|&(key, pattern)| {
            self.workflow_of(key).is_none_or(|workflow| !covers.contains_key(&(workflow, pattern)))
        });
        let now_whole = covers.iter().filter(|(_, covers)| **covers == Covers::Whole).map(|(link, _)| *link);
        whole.extend(
            now_whole.filter_map(|(workflow, pattern)| Some((self.workflow(workflow).key?, pattern))),
        );
        self.set_whole_links(whole);
    }
}
