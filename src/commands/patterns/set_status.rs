//! `patterns set-status`.

use anyhow::{Context, Result};
use flowmine::analysis::{lookup, realised};
use flowmine::db::review::Review;
use flowmine::render::decision::{self, Decision};
use flowmine::snapshot::{StoredPattern, is_done_by_tool};
use flowmine::time::parse_time;

use super::who;
use crate::cli::{SetStatus, word};
use crate::commands::Exit;
use crate::commands::session::Session;

pub fn run(session: &Session<'_>, args: &SetStatus) -> Result<Exit> {
    let (db, origin) = (session.open_for_writing(&session.db)?, session.origin());
    let stored = db.own_patterns()?;
    let found = lookup::find(&stored, |pattern| pattern, &args.pattern);
    let StoredPattern { id, signature, .. } = found.with_context(|| origin.database.clone())?;
    let id = id.context("a stored pattern has an id")?;
    let by = who(args.reason.by.as_deref());
    let status = word(&args.status);
    let review =
        Review { status: &status, note: args.reason.note.as_deref(), by: by.as_deref(), at: session.now };
    let is_done = is_done_by_tool(&status) && !session.global.quiet;
    let mut snapshot = if is_done { Some(db.snapshot(session.now)?) } else { None };
    let (before, after) = db.set_status(id, &review)?;
    if !session.global.quiet {
        let since = after.reviewed_at.as_deref().and_then(parse_time);
        let realised = snapshot.as_mut().and_then(|snapshot| realised::if_done_since(snapshot, id, since));
        let decision = Decision { id, signature, before: &before, after: &after, realised };
        session.show(decision::document(&decision, &origin), args.format.format)?;
    }
    Ok(Exit::Done)
}
