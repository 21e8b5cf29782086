//! What the commands that ran used, by workflow and operation.

use super::transcripts::import_state;
use super::{Database, Result};
use crate::snapshot::{MeasuredAmount, Snapshot};

/// Workflows whose calls are known.
const WORKFLOWS: &str = "SELECT DISTINCT CAST(workflow_id AS TEXT) FROM flowmine_calls";

/// The sums of each operation's commands, in the order in which they ran first. A command without a price makes the
/// sum unknown.
const SUMS: &str = "SELECT CAST(workflow_id AS TEXT), CAST(signature AS TEXT), CASE WHEN count(cost) = count(*) THEN total(cost) END, \
                    coalesce(sum(tokens), 0) FROM flowmine_commands WHERE signature IS NOT NULL \
                    GROUP BY workflow_id, signature ORDER BY workflow_id, min(position), min(part)";

impl Database {
    /// Reads what was measured into the snapshot.
    pub(super) fn read_measured(&self, snapshot: &mut Snapshot) -> Result<()> {
        let Some(state) = import_state(self)? else { return Ok(()) };
        for workflow in self.read(|conn| {
            let mut statement = conn.prepare(WORKFLOWS)?;
            let keys = statement.query_map([], |row| row.get::<_, String>(0))?;
            keys.collect::<rusqlite::Result<Vec<_>>>()
        })? {
            snapshot.add_measured_workflow(workflow.as_bytes());
        }
        if snapshot.measured.is_empty() {
            return Ok(());
        }
        let sums = self.read(|conn| {
            let mut statement = conn.prepare(SUMS)?;
            let sums = statement.query_map([], |row| {
                let amount =
                    MeasuredAmount { cost: row.get(2)?, tokens: row.get::<_, i64>(3)?.max(0) as u64 };
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, amount))
            })?;
            sums.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        for (workflow, signature, amount) in sums {
            snapshot.add_measured(workflow.as_bytes(), &signature, amount);
        }
        state.categories.into_iter().for_each(|category| snapshot.measured.add_category(category));
        Ok(())
    }
}
