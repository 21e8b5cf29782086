//! What a dry run does instead of writing: the snapshot becomes what the file would hold.

use std::collections::{HashMap, HashSet};

use super::changes::LinkChange;
use super::refresh::unused_patterns;
use super::run::Run;
use crate::db::{Database, Result};
use crate::snapshot::Snapshot;

impl Run<'_> {
    pub(super) fn apply_to_snapshot(
        &mut self,
        db: &Database,
        snapshot: &mut Snapshot,
        changes: &[LinkChange],
    ) -> Result<()> {
        self.apply_changes(snapshot, changes);
        if self.plan.rebuild {
            let unused: HashSet<i64> = unused_patterns(db, snapshot)?.into_iter().collect();
            snapshot.forget_patterns(&unused);
            self.summary.counts.removed_patterns = unused.len() as u64;
        }
        Ok(())
    }

    fn apply_changes(&mut self, snapshot: &mut Snapshot, changes: &[LinkChange]) {
        let (mut corrected, mut new_patterns) = (HashMap::new(), HashSet::new());
        for change in changes {
            match change {
                LinkChange::Rekey { .. } => {}
                LinkChange::Remove { .. } => {
                    corrected.insert(change.link(), None);
                    self.summary.counts.removed_occurrences += 1;
                }
                LinkChange::Restate(link) => {
                    corrected.insert(change.link(), Some(link.covers()));
                    self.summary.restated_occurrences += 1;
                }
                LinkChange::Add(link) => {
                    snapshot.add_link(link.in_snapshot());
                    self.summary.counts.new_occurrences += 1;
                    if snapshot.pattern(link.pattern).id.is_none() {
                        new_patterns.insert(link.pattern);
                    }
                }
            }
        }
        snapshot.correct_links(&corrected);
        self.summary.counts.new_patterns = new_patterns.len() as u64;
        for new in new_patterns {
            self.set_created_at(&mut snapshot.patterns[new.index()]);
        }
    }
}
