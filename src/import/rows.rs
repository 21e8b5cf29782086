//! Turns as the rows that a file keeps.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::naming::{AskedBy, CommandNaming};
use super::turn::{Call, Command, Source, Tokens, ToldBy, Turn};
use crate::db::calls::{
    AskedRow, CallRow, CommandRow, ImportRow, ImportRows, RunModelRow, RunWorkflow, TurnRow, runs_by_adw_id,
};
use crate::db::{Database, Result, StoredField, own_file};
use crate::detect::RuleSet;

/// Where turns are to be kept.
pub enum Keeping {
    /// In flowmine's own file.
    Own,
    /// In another program's file, as calls and commands of the runs that are there: by a run's id its workflow.
    Runs(HashMap<String, RunWorkflow>),
}

impl Keeping {
    /// How this file keeps turns.
    pub fn of(db: &Database) -> Result<Self> {
        Ok(if own_file::is_own(db)? { Self::Own } else { Self::Runs(runs_by_adw_id(db)?) })
    }

    /// Key and request of the workflow that a turn is kept under; `None` where the file has no place for it.
    pub fn workflow<'a>(&'a self, turn: &'a Turn<'_>) -> Option<(&'a str, &'a str)> {
        match self {
            Self::Own => Some((&turn.key, turn.request)),
            Self::Runs(runs) if turn.source == Source::Adw => {
                let run = runs.get(turn.session.split(':').next().unwrap_or_default())?;
                Some((&run.key, &run.request))
            }
            Self::Runs(_) => None,
        }
    }
}

/// Makes rows of turns, some at a time.
pub struct RowMaker<'a> {
    keeping: &'a Keeping,
    naming: CommandNaming<'a>,
    /// Workflows that stay as they are.
    kept: &'a HashSet<String>,
    /// By workflow: how many commands it has so far.
    positions: HashMap<&'a str, i64>,
}

impl<'a> RowMaker<'a> {
    /// For a file, with commands named by these rules.
    pub fn new(keeping: &'a Keeping, rules: &'a RuleSet, kept: &'a HashSet<String>) -> Self {
        Self { keeping, naming: CommandNaming::new(rules), kept, positions: HashMap::new() }
    }

    /// The rows of turns, without kept workflows and without runs that another program's file does not have.
    pub fn rows(&mut self, turns: &'a [Turn<'a>]) -> ImportRows<'a> {
        let mut rows = ImportRows::default();
        for turn in turns {
            let workflow = self.keeping.workflow(turn).filter(|(key, _)| !self.kept.contains(*key));
            let Some(workflow) = workflow else { continue };
            if matches!(self.keeping, Keeping::Own) {
                rows.workflows.push(turn_row(turn));
                rows.asked.extend(asked_rows(turn));
            }
            self.add(turn, workflow, &mut rows);
        }
        rows
    }

    /// Adds calls and commands of the workflow with this key and request.
    fn add(&mut self, turn: &'a Turn<'a>, (key, request): (&'a str, &str), rows: &mut ImportRows<'a>) {
        let next = self.positions.entry(key).or_default();
        let first = *next;
        *next += turn.commands.len() as i64;
        rows.calls.extend(turn.calls.iter().map(|call| call_row(turn.source, key, call)));
        rows.run_models.extend(run_model_rows(turn, key));
        let named = self.naming.operations(AskedBy { request, kept: &turn.asked }, &turn.commands);
        for (position, (command, named)) in (first..).zip(turn.commands.iter().zip(named)) {
            add_command_rows((key, position), command, named, &mut rows.commands);
        }
    }
}

/// A time as the file holds it.
fn stored<'a>(at: Option<Timestamp>) -> StoredField<'a> {
    at.map(|at| at.to_string()).into()
}

fn tokens<'a>(tokens: Tokens) -> [StoredField<'a>; 5] {
    tokens.by_kind().map(Into::into)
}

fn turn_row<'a>(turn: &'a Turn<'a>) -> TurnRow<'a> {
    let [input, output, cache_write_5m, cache_write_1h, cache_read] = tokens(turn.tokens);
    let values = [
        text(turn.request).into(),
        turn.template.into(),
        if turn.failed { "failed" } else { "completed" }.into(),
        stored(turn.start),
        stored(turn.end),
        turn.duration.into(),
        turn.errors.into(),
        turn.retries.into(),
        turn.tokens.total().into(),
        turn.cost.into(),
        turn.model.into(),
        turn.source.name().into(),
        turn.project.into(),
        text(turn.session).into(),
        turn.branch.into(),
        turn.machine.into(),
        input,
        output,
        cache_write_5m,
        cache_write_1h,
        cache_read,
    ];
    ImportRow { key: (turn.key.as_str().into(), 0, 0), values }
}

fn asked_rows<'a>(turn: &'a Turn<'a>) -> impl Iterator<Item = AskedRow<'a>> {
    (0..).zip(&turn.asked).map(|(position, (signature, worth))| ImportRow {
        key: (turn.key.as_str().into(), position, 0),
        values: [(*signature).into(), (*worth).into()],
    })
}

/// `None` where a text is empty.
fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn call_row<'a>(source: Source, workflow: &'a str, call: &Call<'a>) -> CallRow<'a> {
    let [input, output, cache_write_5m, cache_write_1h, cache_read] = tokens(call.tokens);
    let values = [
        workflow.into(),
        source.name().into(),
        stored(call.at),
        call.model.into(),
        input,
        output,
        cache_write_5m,
        cache_write_1h,
        cache_read,
        call.cost.into(),
    ];
    ImportRow { key: (call.key.into(), 0, 0), values }
}

/// What a run's result line says by model.
fn run_model_rows<'a>(turn: &'a Turn<'a>, workflow: &'a str) -> impl Iterator<Item = RunModelRow<'a>> {
    let models = (0..).zip(&turn.models).filter(|_| turn.told_by == ToldBy::ResultLine);
    models.map(move |(position, usage)| {
        let [input, output, cache_write_5m, cache_write_1h, cache_read] = tokens(usage.tokens);
        let cost = usage.known_cost().into();
        let (model, calls) = (usage.model.into(), usage.calls.into());
        let values =
            [workflow.into(), model, calls, input, output, cache_write_5m, cache_write_1h, cache_read, cost];
        ImportRow { key: (turn.key.as_str().into(), position, 0), values }
    })
}

/// One row an operation, with equal parts of tokens and cost; one row without a signature where no rule knows the line.
fn add_command_rows<'a>(
    (workflow, position): (&'a str, i64),
    command: &Command<'a>,
    named: Vec<Cow<'a, str>>,
    rows: &mut Vec<CommandRow<'a>>,
) {
    let signatures: Vec<Option<Cow<'a, str>>> =
        if named.is_empty() { vec![None] } else { named.into_iter().map(Some).collect() };
    let parts = signatures.len() as f64;
    let line = Some(command.line).filter(|_| command.named.is_none());
    rows.extend((0..).zip(signatures).map(|(part, signature)| ImportRow {
        key: (workflow.into(), position, part),
        values: [
            line.and_then(program).into(),
            line.into(),
            signature.into(),
            command.exit_status.map_or(StoredField::Null, StoredField::Whole),
            command.calls.into(),
            ((command.tokens / parts) as u64).into(),
            command.cost.map(|cost| cost / parts).into(),
        ],
    }));
}

/// The first program of a line, without its folder.
fn program(line: &str) -> Option<&str> {
    let word = line.split_whitespace().find(|word| !word.contains('='))?;
    let name = word.trim_matches(['(', ')', '{', ';', '"', '\'']).rsplit('/').next().unwrap_or(word);
    text(name)
}
