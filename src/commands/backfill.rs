//! `backfill`: all of the history.

use anyhow::Result;
use flowmine::analysis::TimeSpan;
use flowmine::db::Database;
use flowmine::import::run::name_anew;
use flowmine::pipeline::{Plan, Scope, Selection};
use flowmine::workflow::Status;

use super::import::report_kept;
use super::session::Session;
use super::{Exit, UsageError};
use crate::cli::Backfill;

/// The statuses that flowmine knows.
pub const STATUSES: [&str; 4] = ["pending", "running", "completed", "failed"];

pub fn run(session: &Session<'_>, args: &Backfill) -> Result<Exit> {
    let mut db = open(session, args)?;
    let selection = selection(session, args, &db)?;
    if args.dry_run
        && let Some(refusal) = db.refusal()?
    {
        session.warn(format!("without --dry-run this ends in an error: {refusal}"));
    }
    let in_force = session.rules_in_force(&db)?;
    let plan = Plan {
        selection,
        dry_run: args.dry_run,
        rebuild: args.rebuild,
        batch_size: args.batch_size,
        ..session.plan("backfill", Scope::All, &in_force)
    };
    if args.rebuild && !args.dry_run && plan.selection.is_complete() {
        // Commands are named anew first: what ran decides on a workflow's patterns, so all are to be named by these
        // rules.
        db.prepare_for_writing()?;
        report_kept(&name_anew(&db, &in_force.rules)?);
    }
    let mut answer = session.run(&mut db, plan)?;
    if !session.global.quiet || args.dry_run {
        session.show(answer.document(&db, &session.origin())?, args.format.format)?;
    } else {
        answer.say_if_not_done(&db)?;
    }
    Ok(answer.exit())
}

fn open(session: &Session<'_>, args: &Backfill) -> Result<Database> {
    if args.dry_run { session.open_for_reading() } else { session.open_for_writing(&session.db) }
}

fn selection(session: &Session<'_>, args: &Backfill, db: &Database) -> Result<Selection> {
    let TimeSpan { since, until } = session.span(&args.span)?;
    let (mut statuses, mut unknown_statuses) = (Vec::new(), Vec::new());
    for word in &args.status {
        match Status::of_word(word) {
            Status::Other => unknown_statuses.push(status_of_file(db, word)?),
            known => statuses.push(known),
        }
    }
    Ok(Selection { scope: Scope::All, statuses, unknown_statuses, since, until, limit: args.limit })
}

/// A status that flowmine does not know, which some workflow has nevertheless.
fn status_of_file(db: &Database, word: &str) -> Result<String> {
    let word = word.trim().to_lowercase();
    let found = db.status_words()?;
    if found.contains(&word) {
        return Ok(word);
    }
    let found = found.iter().map(String::as_str).filter(|found| !found.is_empty());
    let others = found.filter(|found| Status::of_word(found) == Status::Other);
    let all: Vec<_> =
        STATUSES.into_iter().chain(others).map(|word| word.escape_debug().to_string()).collect();
    let word = word.escape_debug();
    Err(UsageError(format!("--status: no workflow has the status '{word}'; there are {}", all.join(", ")))
        .into())
}
