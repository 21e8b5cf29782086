//! `explain`: why the rules say what they say.

use anyhow::{Result, bail};
use flowmine::db::{Database, ran};
use flowmine::detect::{AskedOperation, Evidence, RanOperation, RuleSet};
use flowmine::pipeline::rules_in_force::RulesInForce;
use flowmine::render::explain;
use flowmine::workflow::Workflow;

use super::session::{Session, no_workflow};
use super::{Exit, rules};
use crate::cli::Explain;

pub fn run(session: &Session<'_>, args: &Explain) -> Result<Exit> {
    let explained = match &args.workflow {
        Some(name) => of_the_file(session, name)?,
        None => given(session, args)?,
    };
    let ExplainedWorkflow { rules, workflow, ran, asked } = &explained;
    let evidence = Evidence { ran: ran.as_deref(), asked, ..Evidence::of(workflow) };
    session.show(explain::document(rules, workflow, &evidence, session.now), args.format.format)?;
    Ok(Exit::Done)
}

/// What is to be explained.
struct ExplainedWorkflow {
    rules: RuleSet,
    workflow: Workflow,
    /// What its commands ran, where they are known.
    ran: Option<Vec<RanOperation>>,
    /// What its request asked for, where its text is not kept.
    asked: Vec<AskedOperation>,
}

fn given(session: &Session<'_>, args: &Explain) -> Result<ExplainedWorkflow> {
    let RulesInForce { rules, .. } = rules::in_force_without_file(session)?;
    let ran = (!args.ran.is_empty()).then(|| rules.ran_by(args.ran.iter().map(String::as_str)));
    let workflow = Workflow {
        request: args.text.clone(),
        error_message: args.error.clone(),
        template: args.template.clone(),
        ..Workflow::default()
    };
    Ok(ExplainedWorkflow { rules, workflow, ran, asked: Vec::new() })
}

fn workflow_named(session: &Session<'_>, db: &Database, name: &str) -> Result<Option<Workflow>> {
    let Some(rowid) = db.rowid_named(name)? else { return Ok(None) };
    Ok(db.workflow_at(rowid, session.now)?.transpose()?)
}

fn of_the_file(session: &Session<'_>, name: &str) -> Result<ExplainedWorkflow> {
    let db = session.open_for_reading()?;
    let RulesInForce { rules, .. } = session.rules_in_force(&db)?;
    let Some(named) = workflow_named(session, &db, name)? else {
        bail!(no_workflow(name, db.path()));
    };
    // Of several rows with one key the first stands for the workflow.
    let first = named.key.as_deref().map(|key| workflow_named(session, &db, key)).transpose()?.flatten();
    let workflow = first.filter(|first| first.key == named.key).unwrap_or(named);
    let key = workflow.key.as_deref();
    let ran = key.map(|key| ran::ran_by(&db, key)).transpose()?.flatten();
    let ran = ran.map(|signatures| rules.ran_as(signatures));
    let asked = key.map(|key| ran::asked_by(&db, key)).transpose()?.unwrap_or_default();
    let asked = rules.asked_as(&asked);
    Ok(ExplainedWorkflow { rules, workflow, ran, asked })
}
