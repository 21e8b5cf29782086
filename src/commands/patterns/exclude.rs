//! `patterns exclude` and `patterns include`.

use std::collections::HashSet;

use anyhow::{Result, bail};
use flowmine::analysis::lookup::{self, LookupError};
use flowmine::db::Database;
use flowmine::db::exclusions::Excludable;
use flowmine::pipeline::{ExclusionChange, exclude, include};
use flowmine::render::exclusions;
use flowmine::snapshot::{Exclusion, StoredPattern};
use flowmine::time::stored_time;

use super::who;
use crate::cli::{Exclude, FormatArgs, Include};
use crate::commands::Exit;
use crate::commands::session::Session;

/// The prefix by which a workflow is meant where a pattern has the same name.
const WORKFLOW: &str = "workflow:";

pub fn run_exclude(session: &Session<'_>, args: &Exclude) -> Result<Exit> {
    let mut db = session.open_for_writing(&session.db)?;
    let what = all_named(&db, &args.names)?;
    let exclusion = Exclusion {
        by: who(args.reason.by.as_deref()),
        at: Some(stored_time(session.now)),
        note: args.reason.note.clone(),
    };
    let changes = exclude(&mut db, &what, &exclusion, session.now)?;
    show(session, &changes, &args.format)
}

pub fn run_include(session: &Session<'_>, args: &Include) -> Result<Exit> {
    if args.names.is_empty() {
        let excluded = session.open_for_reading()?.exclusions()?;
        session.show(exclusions::list(&excluded, &session.origin()), args.format.format)?;
        return Ok(Exit::Done);
    }
    let mut db = session.open_for_writing(&session.db)?;
    let what = all_named(&db, &args.names)?;
    let changes = include(&mut db, &what, session.now)?;
    show(session, &changes, &args.format)
}

fn show(session: &Session<'_>, changes: &[ExclusionChange], format: &FormatArgs) -> Result<Exit> {
    if !session.global.quiet {
        session.show(exclusions::document(changes, &session.origin()), format.format)?;
    }
    Ok(Exit::Done)
}

/// What a person names, each once, in the order given.
fn all_named(db: &Database, names: &[String]) -> Result<Vec<Excludable>> {
    let patterns = db.own_patterns()?;
    let known = db.exclusions()?.into_iter().map(|(what, _)| what).collect();
    let mut seen = HashSet::new();
    let mut what = Vec::new();
    for name in names {
        let named = named(db, &patterns, &known, name)?;
        if seen.insert(named.clone()) {
            what.push(named);
        }
    }
    Ok(what)
}

/// What a person means by a name: a workflow, a pattern, or what was left out or is linked and is no longer in the file.
fn named(
    db: &Database,
    patterns: &[StoredPattern],
    known: &HashSet<Excludable>,
    name: &str,
) -> Result<Excludable> {
    let found = lookup::find(patterns, |pattern| pattern, name);
    let is_exact = |pattern: &StoredPattern| {
        pattern.signature == name || pattern.id.is_some_and(|id| id.to_string() == name)
    };
    let error = match (workflow_named(db, name)?, found) {
        (Some(_), Ok(pattern)) if is_exact(pattern) => bail!(
            "{}: '{}' is both a workflow and the pattern {}; write '{WORKFLOW}{1}' for the workflow, or the pattern's \
             signature",
            db.path().display(),
            name.escape_debug(),
            pattern.signature.escape_debug()
        ),
        (Some(key), _) => return Ok(Excludable::Workflow(key)),
        (None, Ok(pattern)) => return Ok(Excludable::Pattern(pattern.signature.clone())),
        (None, Err(error)) => error,
    };
    let gone = [Excludable::Workflow(name.to_owned()), Excludable::Pattern(name.to_owned())];
    match gone.into_iter().find(|what| known.contains(what)) {
        Some(what) => Ok(what),
        None if db.is_linked(name)? => Ok(Excludable::Workflow(name.to_owned())),
        None => bail!("{}: {}", db.path().display(), unknown(&error)),
    }
}

/// The key of the workflow that a person calls by this name.
fn workflow_named(db: &Database, name: &str) -> Result<Option<String>> {
    let found = db.key_named(name)?;
    match name.strip_prefix(WORKFLOW) {
        Some(rest) if found.is_none() => Ok(db.key_named(rest)?),
        _ => Ok(found),
    }
}

fn unknown(error: &LookupError) -> String {
    match error {
        LookupError::Ambiguous { .. } => error.to_string(),
        LookupError::Unknown { name, suggestion } => {
            format!("no workflow and no pattern '{name}'{}", suggestion.as_deref().unwrap_or_default())
        }
    }
}
