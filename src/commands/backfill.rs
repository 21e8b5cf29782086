//! `backfill`: all of the history.

use anyhow::Result;
use flowmine::analysis::TimeSpan;
use flowmine::db::Database;
use flowmine::pipeline::{Selection, Which};
use flowmine::workflow::Status;

use super::Exit;
use super::run::Ask;
use super::session::Session;
use crate::cli::{Backfill, StatusChoice};

/// Runs `backfill`.
pub fn run(session: &Session<'_>, args: &Backfill) -> Result<Exit> {
    let ask = Ask {
        command: "backfill",
        selection: selection(session, args)?,
        dry_run: args.dry_run,
        rebuild: args.rebuild,
        batch_size: args.batch_size,
    };
    let mut db = open(session, args)?;
    let answer = session.run(&mut db, ask)?;
    if !session.global.quiet || args.dry_run {
        session.show(&answer.document(&session.origin_of(db.path())), args.format.format)?;
    } else {
        answer.say_if_not_done();
    }
    Ok(answer.exit())
}

fn open(session: &Session<'_>, args: &Backfill) -> Result<Database> {
    if args.dry_run { session.open_for_reading() } else { session.open_for_writing(&session.db) }
}

fn selection(session: &Session<'_>, args: &Backfill) -> Result<Selection> {
    let status = |choice: &StatusChoice| match choice {
        StatusChoice::Pending => Status::Pending,
        StatusChoice::Running => Status::Running,
        StatusChoice::Completed => Status::Completed,
        StatusChoice::Failed => Status::Failed,
    };
    let TimeSpan { since, until } = session.span(&args.span)?;
    let statuses = args.status.iter().map(status).collect();
    Ok(Selection { which: Which::All, statuses, since, until, limit: args.limit })
}
