//! What the commands do to a file and tell the shell, through the binary.

#[path = "../common/mod.rs"]
mod common;

mod backfill;
mod demo;
mod exclude;
mod formats;
mod hostile;
mod list;
mod periods;
mod process;
mod purged;
mod realised;
mod recorded;
mod rules;
mod screens;
mod set_status;
mod shell;
mod show;
mod stats;
mod streams;
mod time_zone;
mod tool_share;

use common::{APPLICATION, HistoryFile, text};
use rusqlite::types::Value;

/// A file in the application's layout: three finished workflows (two of them pytest), one running.
fn file() -> HistoryFile {
    let file = HistoryFile::with_sql(APPLICATION);
    let row = |adw_id: &str, request: &str, status: &str, day: &str| {
        vec![
            ("adw_id", text(adw_id)),
            ("workflow_id", text(&format!("wf-{adw_id}"))),
            ("nl_input", text(request)),
            ("status", text(status)),
            ("start_time", text(&format!("{day}T10:00:00Z"))),
            ("actual_cost_total", Value::Real(1.0)),
            ("updated_at", text(&format!("{day} 11:00:00"))),
        ]
    };
    file.add_all(&[
        row("a", "Run the backend tests with pytest", "completed", "2026-09-01"),
        row("b", "Add a dark theme", "completed", "2026-09-10"),
        row("c", "Run the backend tests with pytest", "failed", "2026-09-20"),
        row("d", "Run the backend tests with pytest", "running", "2026-09-21"),
    ]);
    file
}

/// The keys of the linked workflows.
fn linked(file: &HistoryFile) -> Vec<String> {
    file.links().into_iter().map(|(_, key)| key).collect()
}
