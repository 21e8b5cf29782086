//! Which links are of workflows whose request asked for recorded operations and for nothing else.

use std::collections::HashMap;

use super::{KeyId, PatternIndex, Snapshot, WorkflowIndex};
use crate::detect::Covers;

impl Snapshot {
    /// Whether it is known which links are whole.
    pub fn knows_covers(&self) -> bool {
        !self.lacks_covers
    }

    /// Forgets which links are whole: the file may say something else by now.
    pub fn forget_covers(&mut self) {
        self.lacks_covers = true;
    }

    /// Notes that of all links these are whole, and no others. The file may have them under their workflow's key of now or
    /// under its former one.
    pub fn set_whole_links(&mut self, whole: &[(KeyId, PatternIndex)]) {
        self.rekey_links();
        self.sort_links();
        self.links.iter_mut().for_each(|link| link.is_whole = false);
        for &(key, pattern) in whole {
            let links = self.range_of(self.current_key(key));
            if let Some(link) = self.links[links].iter_mut().find(|link| link.pattern == pattern) {
                link.is_whole = true;
            }
        }
        self.lacks_covers = false;
        self.pattern_links = None;
    }

    /// Puts every link under its workflow's key of now.
    fn rekey_links(&mut self) {
        if self.renamed.is_empty() {
            return;
        }
        let mut links = std::mem::take(&mut self.links);
        for link in &mut links {
            link.key = self.current_key(link.key);
        }
        self.links = links;
        self.links_have_changed();
    }

    fn current_key(&self, key: KeyId) -> KeyId {
        let workflow = self.workflow_of(key);
        workflow.and_then(|workflow| self.workflow(workflow).key).unwrap_or(key)
    }

    /// Notes for these links what they cover, whatever was noted before.
    pub fn change_covers(&mut self, covers: &HashMap<(WorkflowIndex, PatternIndex), Covers>) {
        let mut links = std::mem::take(&mut self.links);
        for link in &mut links {
            let workflow = self.workflow_of(link.key);
            if let Some(covers) = workflow.and_then(|workflow| covers.get(&(workflow, link.pattern))) {
                link.is_whole = *covers == Covers::Whole;
            }
        }
        self.links = links;
        self.pattern_links = None;
    }
}
