//! `patterns show`.

use anyhow::{Context, Result};
use flowmine::analysis::detail::Detail;
use flowmine::analysis::{Analysis, Basis, lookup};
use flowmine::db::totals;
use flowmine::render::{measured, pattern};

use crate::cli::PatternsShow;
use crate::commands::Exit;
use crate::commands::basis::tool_share;
use crate::commands::session::Session;

pub fn run(session: &Session<'_>, args: &PatternsShow) -> Result<Exit> {
    let basis = Basis { tool_share: tool_share(&args.assumption)?, ..Basis::default() };
    let (db, origin) = (session.open_for_reading()?, session.origin());
    let mut snapshot = session.snapshot(&db)?;
    let analysis = Analysis::on_basis(&db, &mut snapshot, basis)?;
    let found = lookup::find(&analysis.patterns, |analysis| &analysis.pattern, &args.pattern);
    let pattern = found.with_context(|| origin.database.clone())?;
    let detail = Detail::read(&db, &mut snapshot, pattern, session.now)?;
    let mut document = pattern::document(pattern, &analysis.overview, &detail, &origin);
    let commands = totals::commands_of(&db, &snapshot, &pattern.pattern.signature)?;
    if !commands.is_empty() {
        measured::add_commands(&mut document, &commands);
    }
    session.show(document, args.format.format)?;
    Ok(Exit::Done)
}
