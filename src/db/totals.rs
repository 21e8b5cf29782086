//! What an imported history adds up to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, Row};

use super::calls::has_calls;
use super::import_tables::run_models_are_there;
use super::own_file::is_own;
use super::values::{each_row, each_row_of_workflow, readable_text, stored_count};
use super::{Database, Result};
use crate::snapshot::{Snapshot, SnapshotWorkflow, WorkflowIndex};
use crate::workflow::{add_known, believed_cost};

/// What one model of one source adds up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelTotal {
    /// Who wrote the transcripts.
    pub source: String,
    /// The model's name as it stands there.
    pub model: Option<String>,
    /// Calls.
    pub calls: u64,
    /// Of those, without a cost.
    pub unpriced: u64,
    /// Of those, without input and output tokens, so that no price would help.
    pub unused: u64,
    /// The tokens of the other calls without a cost.
    pub unpriced_tokens: u64,
    /// Input, output, cache writes for 5 minutes and an hour, cache reads.
    pub tokens: [u64; 5],
    /// US dollars, as far as they are known; `None` where nothing is.
    pub cost: Option<f64>,
}

/// What a call used, or what a run's result line says of all calls of a model.
#[derive(Clone, Copy, Debug)]
pub struct CallUse<'a> {
    /// How many calls.
    pub calls: u64,
    /// Who wrote the transcript.
    pub source: &'a str,
    /// The model's name as it stands there.
    pub model: Option<&'a str>,
    /// By kind.
    pub tokens: [u64; 5],
    /// US dollars.
    pub cost: Option<f64>,
}

/// Calls added up by source and model. No sum overflows, whatever is added.
#[derive(Debug, Default)]
pub struct ModelTotals(BTreeMap<(String, Option<String>), ModelTotal>);

impl ModelTotals {
    /// Adds a call, or several of one model.
    pub fn add(&mut self, call: &CallUse<'_>) {
        let key = (call.source.to_owned(), call.model.map(str::to_owned));
        let row = self.0.entry(key).or_default();
        row.calls = row.calls.saturating_add(call.calls);
        let unpriced = if call.cost.is_none() { call.calls } else { 0 };
        row.unpriced = row.unpriced.saturating_add(unpriced);
        if call.tokens[..2] == [0, 0] {
            row.unused = row.unused.saturating_add(unpriced);
        } else if call.cost.is_none() {
            row.unpriced_tokens = call.tokens.into_iter().fold(row.unpriced_tokens, u64::saturating_add);
        }
        add_known(&mut row.cost, call.cost);
        row.tokens.iter_mut().zip(call.tokens).for_each(|(sum, more)| *sum = sum.saturating_add(more));
    }

    /// The sums, by source and model.
    pub fn rows(self) -> Vec<ModelTotal> {
        let rows = self.0.into_iter();
        rows.map(|((source, model), row)| ModelTotal { source, model, ..row }).collect()
    }
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
pub fn totals(db: &Database) -> Result<ImportTotals> {
    if !has_calls(db)? {
        return Ok(ImportTotals::default());
    }
    let is_own = is_own(db)?;
    db.read(|conn| {
        let commands = "SELECT count(*) FROM flowmine_commands WHERE part = 0";
        let commands = conn.query_row(commands, [], |row| stored_count(row, 0))?;
        let mut models = ModelTotals::default();
        each_use(conn, |_, call, counted| {
            if counted != Counted::Workflow {
                models.add(&call);
            }
        })?;
        let mut totals = ImportTotals { commands, models: models.rows(), ..ImportTotals::default() };
        let span = if is_own {
            "SELECT count(*), sum(workflow_id LIKE '%:unattributed:%'), min(start_time), max(start_time) \
             FROM workflow_history"
        } else if run_models_are_there(conn)? {
            // Of a run that has nothing but its result line, only that is kept.
            "SELECT count(*), 0, NULL, NULL FROM (SELECT workflow_id FROM flowmine_calls \
             UNION SELECT workflow_id FROM flowmine_run_models)"
        } else {
            "SELECT count(DISTINCT workflow_id), 0, NULL, NULL FROM flowmine_calls"
        };
        (totals.turns, totals.unattributed, totals.first, totals.last) = conn.query_row(span, [], |row| {
            Ok((stored_count(row, 0)?, stored_count(row, 1)?, text(row, 2), text(row, 3)))
        })?;
        Ok(totals)
    })
}

fn text(row: &Row<'_>, column: usize) -> Option<String> {
    readable_text(row, column).map(str::to_owned)
}

/// The calls, in the same order every time.
const CALLS: &str = "SELECT CAST(workflow_id AS TEXT), CAST(source AS TEXT), CAST(model AS TEXT), CAST(cost AS REAL), \
                     CAST(input_tokens AS INTEGER), CAST(output_tokens AS INTEGER), \
                     CAST(cache_write_5m_tokens AS INTEGER), CAST(cache_write_1h_tokens AS INTEGER), \
                     CAST(cache_read_tokens AS INTEGER), 1, CAST(call_key AS TEXT) FROM flowmine_calls ORDER BY call_key";

/// What result lines of runs say, likewise.
const RUN_MODELS: &str = "SELECT CAST(workflow_id AS TEXT), 'adw', CAST(model AS TEXT), CAST(cost AS REAL), \
                          CAST(input_tokens AS INTEGER), CAST(output_tokens AS INTEGER), \
                          CAST(cache_write_5m_tokens AS INTEGER), CAST(cache_write_1h_tokens AS INTEGER), \
                          CAST(cache_read_tokens AS INTEGER), CAST(calls AS INTEGER), CAST(run AS TEXT) \
                          FROM flowmine_run_models ORDER BY run, position";

/// Which sums something counts in. A run's result line says more by model than the calls of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    /// In its workflow and its model.
    Both,
    /// A call of a run whose models are told by its result line.
    Workflow,
    /// A result line, by model.
    Model,
}

/// Calls `visit` with every call and every model of a result line: the workflow's key, what was used, and what it
/// counts in.
fn each_use(conn: &Connection, mut visit: impl FnMut(&str, CallUse<'_>, Counted)) -> rusqlite::Result<()> {
    let mut runs: HashSet<String> = HashSet::new();
    if run_models_are_there(conn)? {
        each_row(conn, RUN_MODELS, [], |row| {
            runs.extend(text(row, 10));
            visit(readable_text(row, 0).unwrap_or_default(), read_use(row)?, Counted::Model);
            Ok(())
        })?;
    }
    // A call's key begins with its run's.
    let is_runs = |key: &str| key.match_indices(':').any(|(at, _)| runs.contains(&key[..at]));
    each_row(conn, CALLS, [], |row| {
        let of_run = !runs.is_empty() && is_runs(readable_text(row, 10).unwrap_or_default());
        let counted = if of_run { Counted::Workflow } else { Counted::Both };
        visit(readable_text(row, 0).unwrap_or_default(), read_use(row)?, counted);
        Ok(())
    })
}

fn read_use<'a>(row: &'a Row<'_>) -> rusqlite::Result<CallUse<'a>> {
    let mut tokens = [0; 5];
    for (column, tokens) in (4..).zip(&mut tokens) {
        *tokens = stored_count(row, column)?;
    }
    let (source, model) = (readable_text(row, 1).unwrap_or_default(), readable_text(row, 2));
    Ok(CallUse { calls: stored_count(row, 9)?, source, model, tokens, cost: believed_cost(row.get(3)?) })
}

/// A workflow that was imported, or a call of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRow {
    /// The workflow's key.
    pub workflow: String,
    /// Who wrote the transcript.
    pub source: String,
    /// The call's key; `None` in the workflow's own row.
    pub call: Option<String>,
}

/// The workflows of flowmine's own file, and the calls of any file.
pub fn imported_rows(db: &Database) -> Result<Vec<ImportedRow>> {
    let calls = "SELECT workflow_id, source, call_key FROM flowmine_calls";
    let workflows = "SELECT workflow_id, source, NULL FROM workflow_history";
    let mut queries = Vec::new();
    queries.extend(is_own(db)?.then_some(workflows));
    queries.extend(has_calls(db)?.then_some(calls));
    db.read(|conn| {
        let mut rows = Vec::new();
        for sql in &queries {
            each_row(conn, sql, [], |row| {
                let (workflow, source) = (text(row, 0), text(row, 1).unwrap_or_default());
                rows.extend(workflow.map(|workflow| ImportedRow { workflow, source, call: text(row, 2) }));
                Ok(())
            })?;
        }
        Ok(rows)
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
    /// US dollars, what is known; `None` where nothing is.
    pub cost: Option<f64>,
}

/// The runs of an operation's commands.
const COMMANDS_OF: &str = "SELECT CAST(workflow_id AS TEXT), CAST(coalesce(command, program) AS TEXT), \
                           coalesce(exit_status <> 0, FALSE), CAST(cost AS REAL) FROM flowmine_commands \
                           WHERE signature = ?1 ORDER BY workflow_id, position, part";

/// The commands of an operation in the workflows of the snapshot that count, the most frequent first.
pub fn commands_of(db: &Database, snapshot: &Snapshot, signature: &str) -> Result<Vec<CommandUse>> {
    if !has_calls(db)? {
        return Ok(Vec::new());
    }
    let excluded = snapshot.excluded_workflows();
    let by_line = db.read(|conn| {
        let mut by_line: BTreeMap<Option<String>, CommandUse> = BTreeMap::new();
        each_row(conn, COMMANDS_OF, [signature], |row| {
            let key = readable_text(row, 0).unwrap_or_default();
            if snapshot.counted_with_key(key, &excluded).is_some() {
                let command = by_line.entry(text(row, 1)).or_default();
                command.times += 1;
                command.failed += u64::from(row.get::<_, bool>(2)?);
                add_known(&mut command.cost, believed_cost(row.get(3)?));
            }
            Ok(())
        })?;
        Ok(by_line)
    })?;
    let commands = by_line.into_iter().map(|(command, used)| CommandUse { command, ..used });
    let mut commands: Vec<_> = commands.collect();
    commands.sort_by_key(|command| Reverse(command.times));
    Ok(commands)
}

/// What a project's workflows cost, and of it the commands that the rules know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProjectSpend {
    /// The folder.
    pub project: Option<String>,
    /// Workflows.
    pub workflows: u64,
    /// US dollars, what is known; `None` where nothing is.
    pub cost: Option<f64>,
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

/// What one workflow cost, as far as it is known, and what of it was measured.
#[derive(Clone, Copy, Debug, Default)]
struct WorkflowSpend {
    cost: Option<f64>,
    calls: Option<f64>,
    commands: f64,
}

impl WorkflowSpend {
    /// The workflow's cost; where a call without a price makes it unknown, what the other calls cost.
    fn spend(&self) -> Option<f64> {
        self.cost.or(self.calls)
    }

    /// A measured part of it, which is never more than the whole.
    fn part(&self, measured: f64) -> f64 {
        measured.min(self.spend().unwrap_or(0.0))
    }
}

const NAMED_COMMANDS: &str = "SELECT CAST(workflow_id AS TEXT), CAST(cost AS REAL) FROM flowmine_commands \
                              WHERE signature IS NOT NULL ORDER BY workflow_id, position, part";

const PROJECTS: &str =
    "SELECT CAST(workflow_id AS TEXT), CAST(project AS TEXT) FROM workflow_history ORDER BY id";

/// How much of the spend is measured, in the workflows of the snapshot that count; `None` where no call of theirs is known.
pub fn measured_spend(db: &Database, snapshot: &Snapshot) -> Result<Option<MeasuredSpend>> {
    if !has_calls(db)? {
        return Ok(None);
    }
    let excluded = snapshot.excluded_workflows();
    let counted = |key: &str| snapshot.counted_with_key(key, &excluded).map(WorkflowIndex::index);
    let is_own = is_own(db)?;
    let (models, workflows, projects) = db.read(|conn| {
        let (mut models, mut workflows) = (ModelTotals::default(), known_costs(snapshot, &excluded));
        each_use(conn, |key, call, counts| {
            let Some(workflow) = counted(key) else { return };
            if counts != Counted::Workflow {
                models.add(&call);
            }
            if counts != Counted::Model {
                add_known(&mut workflows[workflow].calls, call.cost);
            }
        })?;
        each_row_of_workflow(conn, NAMED_COMMANDS, |key, row| {
            if let Some(workflow) = counted(key) {
                workflows[workflow].commands += believed_cost(row.get(1)?).unwrap_or(0.0);
            }
            Ok(())
        })?;
        let projects =
            if is_own { project_spends(conn, |key| Some(workflows[counted(key)?]))? } else { Vec::new() };
        Ok((models.rows(), workflows, projects))
    })?;
    let sum = |of: fn(&WorkflowSpend) -> f64| workflows.iter().map(of).sum();
    Ok((!models.is_empty()).then(|| MeasuredSpend {
        spend: sum(|workflow| workflow.spend().unwrap_or(0.0)),
        measured: sum(|workflow| workflow.part(workflow.calls.unwrap_or(0.0))),
        commands: sum(|workflow| workflow.part(workflow.commands)),
        models,
        projects,
    }))
}

/// The known costs of a snapshot's workflows; `None` for those that do not count.
fn known_costs(snapshot: &Snapshot, excluded: &HashSet<WorkflowIndex>) -> Vec<WorkflowSpend> {
    let cost = |(index, workflow): (u32, &SnapshotWorkflow)| {
        workflow.measures.cost.filter(|_| snapshot.counts(WorkflowIndex(index), excluded))
    };
    let costs = (0..).zip(&snapshot.workflows).map(cost);
    costs.map(|cost| WorkflowSpend { cost, ..WorkflowSpend::default() }).collect()
}

fn project_spends(
    conn: &Connection,
    spend: impl Fn(&str) -> Option<WorkflowSpend>,
) -> rusqlite::Result<Vec<ProjectSpend>> {
    let mut projects: BTreeMap<Option<String>, ProjectSpend> = BTreeMap::new();
    each_row_of_workflow(conn, PROJECTS, |key, row| {
        if let Some(workflow) = spend(key) {
            let project = projects.entry(text(row, 1)).or_default();
            project.workflows += 1;
            add_known(&mut project.cost, workflow.spend());
            project.commands += workflow.part(workflow.commands);
        }
        Ok(())
    })?;
    let rows = projects.into_iter().map(|(project, row)| ProjectSpend { project, ..row });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|a, b| b.cost.unwrap_or(0.0).total_cmp(&a.cost.unwrap_or(0.0)));
    Ok(rows)
}
