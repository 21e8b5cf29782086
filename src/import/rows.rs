//! Turns as the rows that a file keeps.

use std::collections::HashMap;

use jiff::Timestamp;

use super::turn::{Call, Command, Source, Tokens, Turn};
use crate::db::StoredField;
use crate::db::calls::{CallRow, CommandRow, WorkflowRow};

/// The rows of a history.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Workflows of flowmine's own file.
    pub workflows: Vec<WorkflowRow>,
    /// Calls.
    pub calls: Vec<CallRow>,
    /// Commands.
    pub commands: Vec<CommandRow>,
}

/// Names the operations that a shell line runs: given what the person asked for, and the line.
pub type NameCommand<'a> = dyn Fn(&str, &str) -> Vec<String> + 'a;

impl Rows {
    /// The rows of turns in flowmine's own file.
    pub fn own(turns: &[Turn], name: &NameCommand<'_>) -> Self {
        let mut rows = Self::default();
        for turn in turns {
            rows.workflows.push(workflow(turn));
            rows.add(turn, &turn.key, 0, name);
        }
        rows
    }

    /// The calls and commands of runs that another program's file has: `keys` maps a run's id to its workflow's key. The
    /// runs that are not there are left out.
    pub fn for_runs(turns: &[Turn], keys: &HashMap<String, String>, name: &NameCommand<'_>) -> Self {
        let mut rows = Self::default();
        let mut positions: HashMap<&str, usize> = HashMap::new();
        for turn in turns.iter().filter(|turn| turn.source == Source::Adw) {
            let run = turn.session.split(':').next().unwrap_or_default();
            let Some(key) = keys.get(run) else { continue };
            let first = positions.entry(key).or_default();
            rows.add(turn, key, *first, name);
            *first += turn.commands.len();
        }
        rows
    }

    fn add(&mut self, turn: &Turn, key: &str, first: usize, name: &NameCommand<'_>) {
        self.calls.extend(turn.calls.iter().map(|call| call_row(turn.source, key, call)));
        for (position, command) in turn.commands.iter().enumerate() {
            self.commands.extend(command_rows((key, (first + position) as i64), command, &|line| {
                name(&turn.request, line)
            }));
        }
    }
}

/// A time as the file holds it.
fn stored(at: Option<Timestamp>) -> StoredField {
    at.map(|at| at.to_string()).into()
}

fn tokens(tokens: Tokens) -> [StoredField; 5] {
    let Tokens { input, output, cache_write_5m, cache_write_1h, cache_read } = tokens;
    [input, output, cache_write_5m, cache_write_1h, cache_read].map(Into::into)
}

fn workflow(turn: &Turn) -> WorkflowRow {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut values: Vec<StoredField> = vec![
        text(&turn.request).into(),
        turn.template.clone().into(),
        if turn.failed { "failed" } else { "completed" }.into(),
        stored(turn.start),
        stored(turn.end),
        turn.duration.into(),
        turn.errors.into(),
        turn.retries.into(),
        turn.tokens.total().into(),
        turn.cost.into(),
        turn.model.clone().into(),
        turn.source.name().into(),
        turn.project.clone().into(),
        text(&turn.session).into(),
        turn.branch.clone().into(),
        turn.machine.into(),
    ];
    values.extend(tokens(turn.tokens));
    WorkflowRow { workflow_id: turn.key.clone(), values }
}

fn call_row(source: Source, workflow: &str, call: &Call) -> CallRow {
    let mut values: Vec<StoredField> =
        vec![workflow.into(), source.name().into(), stored(call.at), call.model.clone().into()];
    values.extend(tokens(call.tokens));
    values.push(call.cost.into());
    CallRow { key: call.key.clone(), values }
}

/// One row an operation, with equal parts of tokens and cost; one row without a signature where no rule knows the line.
fn command_rows(
    (workflow, position): (&str, i64),
    command: &Command,
    name: &dyn Fn(&str) -> Vec<String>,
) -> Vec<CommandRow> {
    let named = command.named.clone().unwrap_or_else(|| name(&command.line));
    let signatures: Vec<Option<String>> =
        if named.is_empty() { vec![None] } else { named.into_iter().map(Some).collect() };
    let parts = signatures.len() as f64;
    let line = Some(command.line.clone()).filter(|_| command.named.is_none());
    let row = |(part, signature): (i64, Option<String>)| CommandRow {
        workflow_id: workflow.to_owned(),
        position,
        part,
        values: vec![
            line.as_deref().and_then(program).into(),
            line.clone().into(),
            signature.into(),
            command.exit_status.map_or(StoredField::Null, StoredField::Whole),
            command.calls.into(),
            ((command.tokens / parts) as u64).into(),
            command.cost.map(|cost| cost / parts).into(),
        ],
    };
    (0..).zip(signatures).map(row).collect()
}

/// The first program of a line, without its folder.
fn program(line: &str) -> Option<String> {
    let is_assignment = |word: &&str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let word = line.split_whitespace().find(|word| !is_assignment(word))?;
    let name = word.trim_matches(['(', ')', '{', ';', '"', '\'']).rsplit('/').next().unwrap_or(word);
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
