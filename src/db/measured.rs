//! What the commands that ran used, by workflow and operation.

use rusqlite::OptionalExtension;

use super::calls::{has_calls, has_tables};
use super::{Database, Result};
use crate::detect::RuleSet;
use crate::snapshot::{MeasuredAmount, Snapshot};

/// Workflows whose calls are known, each as often as it has calls: to leave out what repeats is work that SQLite does much
/// slower than the snapshot.
const WORKFLOWS: &str = "SELECT CAST(workflow_id AS TEXT) FROM flowmine_calls";

/// The sums of each operation's commands, in the order in which they ran first. A command without a price makes the
/// sum unknown.
const SUMS: &str = "SELECT CAST(workflow_id AS TEXT), CAST(signature AS TEXT), CASE WHEN count(cost) = count(*) THEN total(cost) END, \
                    coalesce(sum(tokens), 0) FROM flowmine_commands WHERE signature IS NOT NULL \
                    GROUP BY workflow_id, signature ORDER BY workflow_id, min(position), min(part)";

/// The categories, as an import keeps them: a JSON list.
const CATEGORIES: &str = "SELECT CASE typeof(categories) WHEN 'text' THEN categories END \
                          FROM flowmine_import_state WHERE id = 1";

impl Database {
    /// Reads what was measured into the snapshot.
    pub(super) fn read_measured(&self, snapshot: &mut Snapshot) -> Result<()> {
        if !has_calls(self)? {
            return Ok(());
        }
        self.read(|conn| {
            let mut statement = conn.prepare(WORKFLOWS)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let key = snapshot.intern(row.get_ref(0)?.as_str()?.as_bytes());
                snapshot.measured.add_workflow(key);
            }
            Ok(())
        })?;
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
            let key = snapshot.intern(workflow.as_bytes());
            snapshot.measured.add(key, &signature, amount);
        }
        self.command_categories()?.into_iter().for_each(|category| snapshot.measured.add_category(category));
        Ok(())
    }

    /// The categories of which the rules that named the commands know commands; where nobody kept them, those of `default`.
    fn command_categories(&self) -> Result<Vec<String>> {
        let kept = if has_tables(self)? {
            self.read(|conn| conn.query_row(CATEGORIES, [], |row| row.get(0)).optional())?
        } else {
            None
        };
        let kept = kept.flatten().and_then(|json: String| serde_json::from_str(&json).ok());
        let of_default = || RuleSet::builtin(RuleSet::BUILTIN[0]).map(|rules| rules.command_categories());
        Ok(kept.or_else(of_default).unwrap_or_default())
    }
}
