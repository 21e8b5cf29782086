//! `explain`: why the rules say what they say.

use anyhow::{Result, bail};
use flowmine::pipeline::rules::{RulesInForce, in_force};
use flowmine::render::explain;
use flowmine::workflow::Workflow;

use super::session::Session;
use super::{Exit, rules};
use crate::cli::Explain;

/// Runs `explain`.
pub fn run(session: &Session<'_>, args: &Explain) -> Result<Exit> {
    let (RulesInForce { rules, .. }, workflow) = match &args.workflow {
        Some(name) => of_the_file(session, name)?,
        None => (rules::in_force_without_file(session)?, given(args)),
    };
    session.show(&explain::document(&rules, &workflow, session.now), args.format.format)?;
    Ok(Exit::Done)
}

fn given(args: &Explain) -> Workflow {
    Workflow {
        request: args.text.clone(),
        error_message: args.error.clone(),
        template: args.template.clone(),
        ..Workflow::default()
    }
}

fn of_the_file(session: &Session<'_>, name: &str) -> Result<(RulesInForce, Workflow)> {
    let db = session.open_for_reading()?;
    let rules = in_force(&db, session.global.rules.as_deref())?;
    let read = match db.rowid_named(name)? {
        Some(rowid) => db.workflow_at(rowid, session.now)?,
        None => None,
    };
    let Some(read) = read else {
        bail!("no workflow '{name}' in {}: no workflow_id, adw_id or id is this", db.path().display());
    };
    Ok((rules, read.workflow?))
}
