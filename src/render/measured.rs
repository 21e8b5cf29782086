//! What is said of a file that knows calls and commands: how much of its spend is measured, and which commands ran.

use super::{Cell, Document, Field, Grid, ScreenLine, TitledTable, text, words};
use crate::db::totals::{CommandUse, MeasuredSpend, ModelTotal, ProjectSpend};

/// How often a command must have run before a hook or script is suggested.
const OFTEN: u64 = 3;

/// How many projects and commands people see at once.
const MOST_PROJECTS: usize = 20;
const MOST_COMMANDS: usize = 10;

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
    document.further.push(TitledTable::new(
        "measured_by_model",
        "Measured, by model",
        by_model(&spend.models),
    ));
    document.further.push(TitledTable::new(
        "measured_by_project",
        titled("Measured, by project", spend.projects.len(), MOST_PROJECTS),
        by_project(&spend.projects),
    ));
}

/// A table's title, with how many of its rows people see where that is not all of them.
fn titled(title: &str, rows: usize, most: usize) -> String {
    if rows > most { format!("{title}: the first {most} of {rows}") } else { title.to_owned() }
}

fn share_of(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn by_model(models: &[ModelTotal]) -> Grid {
    let all = models.iter().filter_map(|row| row.cost).sum();
    Grid::of(models)
        .text("source", "source", u8::MAX, |row| Cell::text(&row.source))
        .text("model", "model", u8::MAX, |row| Cell::text_or(row.model.as_deref(), "unknown"))
        .number("cost", "cost", u8::MAX, |row| Cell::dollars(row.cost))
        .number("calls", "calls", u8::MAX, |row| Cell::count(row.calls))
        .number("share", "share", 1, move |row| Cell::share(row.cost.and_then(|cost| share_of(cost, all))))
        .finish()
}

fn by_project(projects: &[ProjectSpend]) -> Grid {
    let grid = Grid::of(projects)
        .text("project", "project", u8::MAX, |row| Cell::text_or(row.project.as_deref(), "unknown"))
        .number("cost", "cost", u8::MAX, |row| Cell::dollars(row.cost))
        .number("command_cost", "in\ncommands", 3, |row| Cell::dollars(Some(row.commands)))
        .number("share", "share of\nthe cost", 1, |row| {
            Cell::share(row.cost.and_then(|cost| share_of(row.commands, cost)))
        })
        .number("workflows", "workflows", 2, |row| Cell::count(row.workflows))
        .finish();
    Grid { most_rows: Some(MOST_PROJECTS), ..grid }
}

/// Adds to `patterns show` the commands that ran for the pattern, and what to do with the first.
pub fn add_commands(document: &mut Document, commands: &[CommandUse]) {
    let grid = Grid::of(commands)
        .column(Field::beginning("command", "command", u8::MAX), |row| {
            Cell::text_or(row.command.as_deref(), "(text not kept)")
        })
        .number("times", "ran", u8::MAX, |row| Cell::count(row.times))
        .number("failed", "failed", u8::MAX, |row| Cell::count(row.failed))
        .number("cost", "cost", u8::MAX, |row| Cell::dollars(row.cost))
        .finish();
    let title = titled("Commands that ran", commands.len(), MOST_COMMANDS);
    let grid = Grid { most_rows: Some(MOST_COMMANDS), ..grid };
    document.further.insert(0, TitledTable::new("commands", title, grid));
    if let Some(first) = commands.first().filter(|first| first.times >= OFTEN)
        && let Some(line) = &first.command
    {
        let times = words::whole(first.times);
        document.after.push(
            format!("'{}' ran {times} times: a hook or a script could run it.", text::safe(line)).into(),
        );
    }
}
