//! `stats`: the whole file in numbers.

use anyhow::Result;
use flowmine::db::Database;
use flowmine::output::Document;
use flowmine::output::stats::{self, Facts};
use flowmine::report::{Report, Span};

use super::{Exit, Session};
use crate::cli::Stats;

/// How many of the last runs are shown.
const RUNS: u32 = 5;

/// Runs `stats`.
pub fn run(session: &Session<'_>, args: &Stats) -> Result<Exit> {
    let span = session.span(&args.span)?;
    let db = session.open_for_reading()?;
    session.show(&document(session, &db, span, session.database())?, args.format.format)?;
    Ok(Exit::Done)
}

/// What `stats` says of a file.
pub fn document(session: &Session<'_>, db: &Database, span: Span, database: String) -> Result<Document> {
    let mut census = db.census(session.now)?;
    let mut report = Report::of_span(db, &mut census, span)?;
    report.count_without_request(&census, &db.rows_without_request()?);
    let runs = db.last_runs(RUNS)?;
    Ok(stats::document(&Facts {
        report: &report,
        span,
        runs: &runs,
        database,
        now: session.now,
        zone: &session.zone,
    }))
}
