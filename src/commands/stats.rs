//! `stats`: the whole file in numbers.

use anyhow::Result;
use flowmine::analysis::{Analysis, Basis};
use flowmine::db::transcripts::import_state;
use flowmine::db::{Database, totals};
use flowmine::import::prices::Prices;
use flowmine::render::{Document, measured, stats, words};

use super::Exit;
use super::session::Session;
use crate::cli::Stats;

/// How many of the last runs are shown.
const RUNS: u32 = 5;

pub fn run(session: &Session<'_>, args: &Stats) -> Result<Exit> {
    let basis = session.basis(&args.span, &args.assumption)?;
    let db = session.open_for_reading()?;
    session.show(document(session, &db, basis)?, args.format.format)?;
    Ok(Exit::Done)
}

/// What `stats` says of a file.
pub fn document(session: &Session<'_>, db: &Database, basis: Basis) -> Result<Document> {
    let mut snapshot = session.snapshot(db)?;
    let mut analysis = Analysis::on_basis(db, &mut snapshot, basis)?;
    analysis.count_without_request(&snapshot, &db.rows_without_request()?);
    let runs = db.last_runs(RUNS)?;
    let periods = analysis.periods(&mut snapshot, &session.zone);
    let mut document = stats::document(&analysis, &periods, &runs, &session.origin_of(db.path()));
    if let Some(spend) = totals::measured_spend(db, &snapshot)? {
        let has_own_prices = import_state(db)?.is_some_and(|state| state.own_prices.is_some());
        let prices = words::prices(Prices::builtin().as_of, has_own_prices);
        measured::add_spend(&mut document, &spend, &prices);
    }
    Ok(document)
}
