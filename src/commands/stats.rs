//! `stats`: the whole file in numbers.

use anyhow::Result;
use flowmine::output::stats;
use flowmine::report::Report;

use super::{Exit, Session};
use crate::cli::Stats;

/// How many of the last runs are shown.
const RUNS: u32 = 5;

/// Runs `stats`.
pub fn run(session: &Session<'_>, args: &Stats) -> Result<Exit> {
    let db = session.open_for_reading()?;
    let report = Report::read(&db, session.now)?;
    let runs = db.last_runs(RUNS)?;
    let ascii = session.terminal.style.ascii;
    let document = stats::document(&report, &runs, session.database(), session.now, &session.zone, ascii);
    session.show(&document, args.format.format)?;
    Ok(Exit::Done)
}
