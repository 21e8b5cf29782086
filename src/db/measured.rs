//! What the commands that ran used, by workflow and operation.

use rusqlite::{Connection, OptionalExtension};

use super::calls::{has_calls, has_tables};
use super::import_tables::asked_is_there;
use super::values::{each_row_of_workflow, readable_text, stored_count};
use super::{Database, Result};
use crate::detect::{Covers, Found, FoundIn, RuleSet};
use crate::snapshot::{MeasuredCommands, Snapshot};
use crate::workflow::believed_cost;

/// The calls: which workflow each belongs to, and what it cost.
const CALLS: &str = "SELECT CAST(workflow_id AS TEXT), CAST(cost AS REAL) FROM flowmine_calls";

/// The commands, those of a workflow together and in the order in which they ran. The signature is NULL where no rule
/// knows the command.
const COMMANDS: &str = "SELECT CAST(workflow_id AS TEXT), CAST(signature AS TEXT), CAST(cost AS REAL), \
                        CAST(tokens AS INTEGER) FROM flowmine_commands ORDER BY workflow_id, position, part";

/// What requests whose text is not kept ask for.
const ASKED: &str = "SELECT CAST(workflow_id AS TEXT), CAST(signature AS TEXT), CAST(found AS TEXT) FROM flowmine_asked \
                     ORDER BY workflow_id, position";

/// The categories, as an import keeps them: a JSON list.
const CATEGORIES: &str = "SELECT CASE typeof(categories) WHEN 'text' THEN categories END \
                          FROM flowmine_import_state WHERE id = 1";

impl Database {
    /// Reads what was measured into the snapshot.
    pub(super) fn read_measured(&self, snapshot: &mut Snapshot) -> Result<()> {
        if !has_calls(self)? {
            return Ok(());
        }
        let unreadable = self.read(|conn| {
            snapshot.measured = MeasuredCommands::default();
            read_rows(conn, snapshot)
        })?;
        if unreadable > 0 {
            tracing::warn!(
                "[Pattern] {unreadable} of the calls and commands (flowmine_calls, flowmine_commands) name no workflow \
                 that can be read; they count nowhere"
            );
        }
        if !snapshot.measured.is_empty() {
            snapshot.measured.categories = self.command_categories()?.into_iter().collect();
        }
        Ok(())
    }

    /// The categories for which the rules that named the commands have commands; where they were not kept, those of
    /// `default`.
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

/// Reads the tables into the snapshot. Answers how many calls and commands name no workflow that can be read.
fn read_rows(conn: &Connection, snapshot: &mut Snapshot) -> rusqlite::Result<u64> {
    let calls = each_row_of_workflow(conn, CALLS, |key, row| {
        let key = snapshot.intern(key.as_bytes());
        snapshot.measured.add_call(key, believed_cost(row.get(1)?));
        Ok(())
    })?;
    let commands = each_row_of_workflow(conn, COMMANDS, |key, row| {
        let key = snapshot.intern(key.as_bytes());
        let (cost, tokens) = (believed_cost(row.get(2)?), stored_count(row, 3)?);
        snapshot.measured.add(key, readable_text(row, 1), cost, tokens);
        Ok(())
    })?;
    if asked_is_there(conn)? {
        each_row_of_workflow(conn, ASKED, |key, row| {
            let found = stored_found(readable_text(row, 2).unwrap_or_default());
            if let Some(signature) = readable_text(row, 1) {
                let key = snapshot.intern(key.as_bytes());
                snapshot.measured.add_asked(key, signature, found);
            }
            Ok(())
        })?;
    }
    Ok(calls + commands)
}

/// What an operation that a request asks for is worth, as an import kept it.
pub(super) fn stored_found(json: &str) -> Found {
    // Rules that cannot tell what an occurrence is worth say nothing of it.
    let part = Found { found_in: FoundIn::REQUEST, covers: Covers::Part };
    Found::from_json(json).ok().flatten().unwrap_or(part)
}
