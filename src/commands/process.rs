//! `process`: what is new or changed, or the workflows that are named.

use anyhow::{Result, bail};
use flowmine::pipeline::Scope;

use super::session::{Session, no_workflow};
use super::{Exit, output};
use crate::cli::{FormatChoice, Process};
use crate::terminal;

pub fn run(session: &Session<'_>, args: &Process) -> Result<Exit> {
    let scope = match args.workflows.as_slice() {
        [] => Scope::NewOrChanged,
        names => Scope::Named(names.to_vec()),
    };
    let mut db = session.open_for_writing(&session.db)?;
    let in_force = session.rules_in_force(&db)?;
    let mut answer = session.run(&mut db, session.plan("process", scope, &in_force))?;
    for (number, name) in (1..).zip(&answer.summary.unknown_names) {
        let missing = no_workflow(name, db.path());
        if number == args.workflows.len() {
            bail!("{missing}; nothing was recorded");
        }
        terminal::say(&missing);
    }
    match args.format.format {
        _ if session.global.quiet => answer.say_if_not_done(&db)?,
        FormatChoice::Table => output::put("summary", answer.line(&db)? + "\n")?,
        format => session.show(answer.document(&db, &session.origin())?, format)?,
    }
    Ok(answer.exit())
}
