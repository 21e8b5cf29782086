//! `demo`: the real thing on a sample file.

use std::path::Path;

use anyhow::Result;
use flowmine::analysis::Basis;
use flowmine::db::sample;
use flowmine::pipeline::{BATCH_SIZE, Selection, Which};
use flowmine::render::demo;
use flowmine::render::text::shown_path;

use super::run::Ask;
use super::session::Session;
use super::{Exit, output, stats};
use crate::cli::{Demo, FormatChoice};

/// Runs `demo`.
pub fn run(session: &Session<'_>, args: &Demo) -> Result<Exit> {
    let path = path(session, args);
    let is_new = sample::make(path)?;
    let mut db = session.open_for_writing(path)?;
    let ask = Ask {
        command: "backfill",
        selection: Selection::finished(Which::All),
        dry_run: false,
        rebuild: false,
        batch_size: BATCH_SIZE,
    };
    let answer = session.run(&mut db, ask)?;
    if session.global.quiet {
        return Ok(answer.exit());
    }
    let (path, origin) = (shown_path(path), session.origin_of(path));
    output::put("demo", demo::beginning(&path, is_new))?;
    session.show(&answer.document(&origin), FormatChoice::Table)?;
    output::put("demo", "\nAnd this is 'flowmine stats':\n\n")?;
    session.show(&stats::document(session, &db, Basis::default(), &origin)?, FormatChoice::Table)?;
    output::put("demo", demo::next_steps(&path, &answer.analysis))?;
    Ok(answer.exit())
}

fn path<'a>(session: &'a Session<'_>, args: &'a Demo) -> &'a Path {
    match &args.path {
        Some(path) => path,
        None if session.global.is_db_given => &session.db,
        None => Path::new("flowmine-demo.db"),
    }
}
