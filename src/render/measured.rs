//! What is said of a file that knows calls and commands: how much of its spend is measured, and which commands ran.

use jiff::civil::Date;
use serde_json::json;

use super::{Cell, Document, Field, Grid, ScreenLine, text, words};
use crate::db::totals::{CommandUse, MeasuredSpend, ModelTotal, ProjectSpend};

/// How often a command has to have run before it is worth a word.
const OFTEN: u64 = 3;

/// Adds to `stats` how much of the spend is measured, by model and by project.
pub fn add_spend(document: &mut Document, spend: &MeasuredSpend, prices_as_of: Date) {
    let share = |part: f64| share_of(part, spend.spend);
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
    document.before.push(ScreenLine::fact("Prices", format!("list prices as of {prices_as_of}")));
    let models = spend.models.iter().map(|row| model(row, spend.measured)).collect();
    let columns = vec![
        Field::text("source", "source", u8::MAX),
        Field::text("model", "model", u8::MAX),
        Field::number("cost", "cost", u8::MAX),
        Field::number("calls", "calls", u8::MAX),
        Field::number("share", "share", 1),
    ];
    document.further.push(("measured_by_model", "Measured, by model", Grid { columns, rows: models }));
    let projects = spend.projects.iter().map(project).collect();
    let columns = vec![
        Field::text("project", "project", u8::MAX),
        Field::number("cost", "cost", u8::MAX),
        Field::number("command_cost", "in commands", 3),
        Field::number("workflows", "workflows", 2),
        Field::number("share", "share", 1),
    ];
    document.further.push(("measured_by_project", "Measured, by project", Grid { columns, rows: projects }));
}

fn share_of(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.0}%", 100.0 * part / whole) } else { words::UNKNOWN.to_owned() }
}

fn ratio(part: f64, whole: f64) -> Cell {
    let value = if whole > 0.0 { json!(part / whole) } else { json!(null) };
    Cell::new(value, share_of(part, whole))
}

fn money(dollars: f64) -> Cell {
    Cell::new(dollars, words::dollars(Some(dollars)))
}

fn model(row: &ModelTotal, measured: f64) -> Vec<Cell> {
    let name = row.model.as_deref();
    vec![
        Cell::text(&row.source),
        Cell::new(json!(name), name.map_or("unknown".to_owned(), text::safe)),
        money(row.cost),
        Cell::new(row.calls, words::whole(row.calls)),
        ratio(row.cost, measured),
    ]
}

fn project(row: &ProjectSpend) -> Vec<Cell> {
    let name = row.project.as_deref();
    vec![
        Cell::new(json!(name), name.map_or("unknown".to_owned(), text::safe)),
        money(row.cost),
        money(row.commands),
        Cell::new(row.workflows, words::whole(row.workflows)),
        ratio(row.commands, row.cost),
    ]
}

/// Adds to `patterns show` the commands that ran for the pattern, and what to do with the first.
pub fn add_commands(document: &mut Document, commands: &[CommandUse]) {
    let row = |row: &CommandUse| {
        let line = row.command.as_deref();
        vec![
            Cell::new(json!(line), line.map_or("(text not kept)".to_owned(), text::safe)),
            Cell::new(row.times, words::whole(row.times)),
            Cell::new(row.failed, words::whole(row.failed)),
            money(row.cost),
        ]
    };
    let columns = vec![
        Field::beginning("command", "command", u8::MAX),
        Field::number("times", "ran", u8::MAX),
        Field::number("failed", "failed", u8::MAX),
        Field::number("cost", "cost", u8::MAX),
    ];
    let grid = Grid { columns, rows: commands.iter().map(row).collect() };
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
