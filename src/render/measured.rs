//! What is said of a file that knows calls and commands: how much of its spend is measured, and which commands ran.

use super::{Cell, Document, Field, Grid, ScreenLine, text, words};
use crate::db::totals::{CommandUse, MeasuredSpend, ModelTotal, ProjectSpend};

/// How often a command has to have run before it is worth a word.
const OFTEN: u64 = 3;

/// Adds to `stats` how much of the spend is measured, by model and by project.
pub fn add_spend(document: &mut Document, spend: &MeasuredSpend, prices: &str) {
    let share = |part: f64| words::percent(share_of(part, spend.spend));
    document.before.push(ScreenLine::fact(
        "Measured",
        format!(
            "{} of the spend ({}); {} of it in commands that the rules know ({})",
            words::dollars(Some(spend.measured)),
            share(spend.measured),
            words::dollars(Some(spend.commands)),
            share(spend.commands)
        ),
    ));
    document.before.push(ScreenLine::fact("Prices", format!("list {prices}")));
    let calls = spend.models.iter().filter_map(|row| row.cost).sum();
    let models = spend.models.iter().map(|row| model(row, calls)).collect();
    let columns = vec![
        Field::text("source", "source", u8::MAX),
        Field::text("model", "model", u8::MAX),
        Field::number("cost", "cost", u8::MAX),
        Field::number("calls", "calls", u8::MAX),
        Field::number("share", "share", 1),
    ];
    document.further.push(("measured_by_model", "Measured, by model", Grid::new(columns, models)));
    let projects = spend.projects.iter().map(project).collect();
    let columns = vec![
        Field::text("project", "project", u8::MAX),
        Field::number("cost", "cost", u8::MAX),
        Field::number("command_cost", "in\ncommands", 3),
        Field::number("share", "share of\nthe cost", 1),
        Field::number("workflows", "workflows", 2),
    ];
    document.further.push(("measured_by_project", "Measured, by project", Grid::new(columns, projects)));
}

fn share_of(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn model(row: &ModelTotal, calls: f64) -> Vec<Cell> {
    vec![
        Cell::text(&row.source),
        Cell::text_or(row.model.as_deref(), "unknown"),
        Cell::dollars(row.cost),
        Cell::count(row.calls),
        Cell::share(row.cost.and_then(|cost| share_of(cost, calls))),
    ]
}

fn project(row: &ProjectSpend) -> Vec<Cell> {
    vec![
        Cell::text_or(row.project.as_deref(), "unknown"),
        Cell::dollars(row.cost),
        Cell::dollars(Some(row.commands)),
        Cell::share(row.cost.and_then(|cost| share_of(row.commands, cost))),
        Cell::count(row.workflows),
    ]
}

/// Adds to `patterns show` the commands that ran for the pattern, and what to do with the first.
pub fn add_commands(document: &mut Document, commands: &[CommandUse]) {
    let row = |row: &CommandUse| {
        vec![
            Cell::text_or(row.command.as_deref(), "(text not kept)"),
            Cell::count(row.times),
            Cell::count(row.failed),
            Cell::dollars(row.cost),
        ]
    };
    let columns = vec![
        Field::beginning("command", "command", u8::MAX),
        Field::number("times", "ran", u8::MAX),
        Field::number("failed", "failed", u8::MAX),
        Field::number("cost", "cost", u8::MAX),
    ];
    let grid = Grid::new(columns, commands.iter().map(row).collect());
    document.further.insert(0, ("commands", "Commands that ran", grid));
    if let Some(first) = commands.first().filter(|first| first.times >= OFTEN)
        && let Some(line) = &first.command
    {
        let times = words::whole(first.times);
        document.after.push(
            format!("'{}' ran {times} times: a hook or a script could run it.", text::safe(line)).into(),
        );
    }
}
