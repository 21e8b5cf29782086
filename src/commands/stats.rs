//! `stats`: the whole file in numbers.

use anyhow::Result;
use flowmine::output::stats::{self, Facts};
use flowmine::report::Report;

use super::{Exit, Session};
use crate::cli::Stats;

/// How many of the last runs are shown.
const RUNS: u32 = 5;

/// Runs `stats`.
pub fn run(session: &Session<'_>, args: &Stats) -> Result<Exit> {
    let span = session.span(&args.span)?;
    let db = session.open_for_reading()?;
    let mut census = db.census(session.now)?;
    let mut report = Report::of_span(&db, &mut census, span)?;
    report.count_without_request(&mut census, &db.rows_without_request()?);
    let facts = Facts {
        report: &report,
        span,
        runs: &db.last_runs(RUNS)?,
        database: session.database(),
        now: session.now,
        zone: &session.zone,
    };
    session.show(&stats::document(&facts), args.format.format)?;
    Ok(Exit::Done)
}
