//! `patterns show`.

use anyhow::{Context, Result};
use flowmine::analysis::detail::Detail;
use flowmine::analysis::{Analysis, lookup};
use flowmine::render::pattern;

use crate::cli::PatternsShow;
use crate::commands::Exit;
use crate::commands::session::Session;

/// Runs `patterns show`.
pub fn run(session: &Session<'_>, args: &PatternsShow) -> Result<Exit> {
    let (db, origin) = (session.open_for_reading()?, session.origin());
    let mut snapshot = db.snapshot(session.now)?;
    let analysis = Analysis::of(&db, &mut snapshot)?;
    let names =
        analysis.patterns.iter().map(|analysis| (analysis.pattern.id, analysis.pattern.signature.as_str()));
    let found = lookup::find(names, &args.pattern).with_context(|| origin.database.clone())?;
    let pattern = &analysis.patterns[found];
    let detail = Detail::read(&db, &mut snapshot, pattern, session.now)?;
    session.show(&pattern::document(pattern, &analysis.overview, &detail, &origin), args.format.format)?;
    Ok(Exit::Done)
}
