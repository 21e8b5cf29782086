//! What an imported history adds up to.

use std::collections::HashSet;

use rusqlite::{Connection, Row};

use super::calls::has_calls;
use super::columns::Columns;
use super::exclusions::counts;
use super::own_file::is_own;
use super::{Database, Result};

/// What one model of one source adds up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelTotal {
    /// Who wrote the transcripts.
    pub source: String,
    /// The model's name as it stands there.
    pub model: Option<String>,
    /// Calls.
    pub calls: u64,
    /// Of those, without a price.
    pub unpriced: u64,
    /// Input, output, cache writes for 5 minutes and an hour, cache reads.
    pub tokens: [u64; 5],
    /// US dollars, as far as they are known.
    pub cost: f64,
}

/// What the imported history adds up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportTotals {
    /// Workflows, those without a prompt included.
    pub turns: u64,
    /// Workflows that no prompt owns.
    pub unattributed: u64,
    /// Commands: shell lines, not their parts.
    pub commands: u64,
    /// The first turn's time.
    pub first: Option<String>,
    /// The last turn's time.
    pub last: Option<String>,
    /// By source and model.
    pub models: Vec<ModelTotal>,
}

/// What the file's imported history adds up to.
///
/// # Errors
/// Where the file cannot be read.
pub fn totals(db: &Database) -> Result<ImportTotals> {
    if !has_calls(db)? {
        return Ok(ImportTotals::default());
    }
    let is_own = is_own(db)?;
    db.read(|conn| {
        let commands = "SELECT count(*) FROM flowmine_commands WHERE part = 0";
        let commands = conn.query_row(commands, [], |row| count(row, 0))?;
        let mut totals = ImportTotals { commands, models: model_totals(conn, "TRUE")?, ..ImportTotals::default() };
        let span = if is_own {
            "SELECT count(*), coalesce(sum(workflow_id LIKE '%:unattributed:%'), 0), min(start_time), max(start_time) \
             FROM workflow_history"
        } else {
            "SELECT count(DISTINCT workflow_id), 0, NULL, NULL FROM flowmine_calls"
        };
        (totals.turns, totals.unattributed, totals.first, totals.last) =
            conn.query_row(span, [], |row| Ok((count(row, 0)?, count(row, 1)?, row.get(2)?, row.get(3)?)))?;
        Ok(totals)
    })
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|count| count.max(0) as u64)
}

/// The calls of the workflows that count by this condition.
fn model_totals(conn: &Connection, counts: &str) -> rusqlite::Result<Vec<ModelTotal>> {
    let sql = format!(
        "SELECT source, model, count(*), sum(cost IS NULL), sum(input_tokens), sum(output_tokens), \
               sum(cache_write_5m_tokens), sum(cache_write_1h_tokens), sum(cache_read_tokens), total(cost) \
               FROM flowmine_calls AS c WHERE {counts} GROUP BY source, model ORDER BY source, model"
    );
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map([], |row| {
        Ok(ModelTotal {
            source: row.get(0)?,
            model: row.get(1)?,
            calls: count(row, 2)?,
            unpriced: count(row, 3)?,
            tokens: [count(row, 4)?, count(row, 5)?, count(row, 6)?, count(row, 7)?, count(row, 8)?],
            cost: row.get(9)?,
        })
    })?;
    rows.collect()
}

/// The keys of the workflows and calls that are there.
///
/// # Errors
/// Where the file cannot be read.
pub fn known_keys(db: &Database) -> Result<(HashSet<String>, HashSet<String>)> {
    let columns = &db.layout.history.columns;
    let workflows = format!(
        "SELECT CAST({} AS TEXT) FROM workflow_history AS known",
        columns.or_null("known", "workflow_id")
    );
    let has_calls = has_calls(db)?;
    db.read(|conn| {
        let read = |sql: &str| -> rusqlite::Result<HashSet<String>> {
            let mut statement = conn.prepare(sql)?;
            let keys = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
            keys.filter_map(rusqlite::Result::transpose).collect()
        };
        let calls = if has_calls { read("SELECT call_key FROM flowmine_calls")? } else { HashSet::new() };
        Ok((read(&workflows)?, calls))
    })
}

/// A command of an operation, and how it went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommandUse {
    /// The line; the program where no text is kept.
    pub command: Option<String>,
    /// How often it ran.
    pub times: u64,
    /// Of those, how often it failed.
    pub failed: u64,
    /// US dollars, what is known.
    pub cost: f64,
}

/// The commands of an operation in the workflows that count, the most frequent first.
///
/// # Errors
/// Where the file cannot be read.
pub fn commands_of(db: &Database, signature: &str, limit: u32) -> Result<Vec<CommandUse>> {
    if !has_calls(db)? {
        return Ok(Vec::new());
    }
    let counts = counts(db, "c.workflow_id")?;
    let sql = format!(
        "SELECT CAST(coalesce(command, program) AS TEXT) AS line, count(*), coalesce(sum(exit_status <> 0), 0), \
               total(cost) FROM flowmine_commands AS c WHERE signature = ?1 AND {counts} \
               GROUP BY line ORDER BY 2 DESC, line LIMIT ?2"
    );
    db.read(|conn| {
        let mut statement = conn.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params![signature, limit], |row| {
            let (times, failed) = (count(row, 1)?, count(row, 2)?);
            Ok(CommandUse { command: row.get(0)?, times, failed, cost: row.get(3)? })
        })?;
        rows.collect()
    })
}

/// What a project's workflows cost, and of it the commands that the rules know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProjectSpend {
    /// The folder.
    pub project: Option<String>,
    /// Workflows.
    pub workflows: u64,
    /// US dollars.
    pub cost: f64,
    /// Of it, what commands with a signature cost.
    pub commands: f64,
}

/// How much of the spend is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeasuredSpend {
    /// What all workflows cost, in US dollars.
    pub spend: f64,
    /// Of it, the workflows whose calls are known.
    pub measured: f64,
    /// Of that, what commands with a signature cost.
    pub commands: f64,
    /// By source and model.
    pub models: Vec<ModelTotal>,
    /// By project, the dearest first; empty where the file knows no projects.
    pub projects: Vec<ProjectSpend>,
}

/// How much of the spend is measured, in the workflows that count; `None` where nothing was imported.
///
/// # Errors
/// Where the file cannot be read.
pub fn measured_spend(db: &Database) -> Result<Option<MeasuredSpend>> {
    if !has_calls(db)? {
        return Ok(None);
    }
    let is_own = is_own(db)?;
    let columns = &db.layout.history.columns;
    let (calls, workflows) = (counts(db, "c.workflow_id")?, counts(db, &key_of_row(columns))?);
    let cost = columns.or_null("w", "actual_cost_total");
    db.read(|conn| {
        let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, f64>(0));
        Ok(MeasuredSpend {
            spend: number(&format!("SELECT total({cost}) FROM workflow_history AS w WHERE {workflows}"))?,
            measured: number(&format!("SELECT total(c.cost) FROM flowmine_calls AS c WHERE {calls}"))?,
            commands: number(&format!(
                "SELECT total(c.cost) FROM flowmine_commands AS c WHERE c.signature IS NOT NULL AND {calls}"
            ))?,
            models: model_totals(conn, &calls)?,
            projects: if is_own { project_spends(conn, &workflows)? } else { Vec::new() },
        })
    })
    .map(|spend| Some(spend).filter(|spend| !spend.models.is_empty()))
}

/// The key of a row (w) of the history, as SQL.
fn key_of_row(columns: &Columns) -> String {
    let (key, id) = (columns.or_null("w", "workflow_id"), columns.or_null("w", "id"));
    format!("coalesce(nullif(CAST({key} AS TEXT), ''), CAST({id} AS TEXT))")
}

fn project_spends(conn: &Connection, counts: &str) -> rusqlite::Result<Vec<ProjectSpend>> {
    let sql = format!(
        "SELECT w.project, count(*), total(w.actual_cost_total), total(c.cost) FROM workflow_history AS w \
               LEFT JOIN (SELECT workflow_id, total(cost) AS cost FROM flowmine_commands WHERE signature IS NOT NULL \
               GROUP BY workflow_id) AS c ON c.workflow_id = w.workflow_id WHERE {counts} \
               GROUP BY w.project ORDER BY 3 DESC, w.project LIMIT 20"
    );
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map([], |row| {
        let (project, workflows) = (row.get(0)?, count(row, 1)?);
        Ok(ProjectSpend { project, workflows, cost: row.get(2)?, commands: row.get(3)? })
    })?;
    rows.collect()
}
