//! `process`: what is new or changed, or the workflows that are named.

use std::io::Write;

use anyhow::{Result, bail};
use flowmine::pipeline::{BATCH_SIZE, Selection, Which};
use flowmine::render::run;
use flowmine::render::words::shown_path;

use super::{Ask, Exit, Session};
use crate::cli::{FormatChoice, Process};
use crate::terminal;

/// Runs `process`.
pub fn run(session: &Session<'_>, args: &Process) -> Result<Exit> {
    let which = match args.workflows.as_slice() {
        [] => Which::NewOrChanged,
        names => Which::Named(names.to_vec()),
    };
    let mut db = session.open_for_writing(&session.global.db)?;
    let ask = Ask {
        command: "process",
        selection: Selection::finished(which),
        dry_run: false,
        rebuild: false,
        batch_size: BATCH_SIZE,
    };
    let answer = session.pipeline(&mut db, ask)?;
    let unknown = &answer.summary.unknown_names;
    for name in unknown {
        terminal::say(&format!(
            "no workflow '{name}' in {}: no workflow_id, adw_id or id is this",
            shown_path(db.path())
        ));
    }
    if !unknown.is_empty() && unknown.len() == args.workflows.len() {
        bail!("none of the workflows named is in the file; nothing was recorded");
    }
    if !session.global.quiet {
        let facts = session.run_facts(&answer, "process", db.path(), false);
        match args.format.format {
            FormatChoice::Table => {
                writeln!(std::io::stdout(), "{}", run::line(&answer.summary, &answer.analysis, &facts))?
            }
            format => session.show(&session.run_document(&answer, "process", db.path(), false), format)?,
        }
    }
    Ok(answer.exit())
}
