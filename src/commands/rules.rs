//! `rules show`, `rules check` and `rules init`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flowmine::detect::RuleSet;
use flowmine::detect::labelled::{LabelledWorkflow, evaluate};
use flowmine::pipeline::rules::{RulesInForce, in_force, load};
use flowmine::render::rules;
use flowmine::render::text::{safe, shown_path};

use super::session::Session;
use super::{Exit, output};
use crate::cli::{RulesCheck, RulesInit, RulesShow};

/// Runs `rules show`.
pub fn show(session: &Session<'_>, args: &RulesShow) -> Result<Exit> {
    let RulesInForce { rules, .. } = match &args.rules {
        Some(name) => load(name)?,
        None => in_force_without_file(session)?,
    };
    let lines: String = rules.text().lines().map(|line| safe(line) + "\n").collect();
    output::put("rules", lines)?;
    Ok(Exit::Done)
}

/// The rules in force where no database is needed: those asked for, else those of the file's last run if there is a
/// file, else the default.
pub fn in_force_without_file(session: &Session<'_>) -> Result<RulesInForce> {
    match (&session.global.rules, session.open_for_reading()) {
        (Some(name), _) => Ok(load(name)?),
        (None, Ok(db)) => Ok(in_force(&db, None)?),
        (None, Err(_)) => Ok(load(RuleSet::BUILTIN[0])?),
    }
}

/// Runs `rules check`.
pub fn check(session: &Session<'_>, args: &RulesCheck) -> Result<Exit> {
    let RulesInForce { rules, .. } = load(&args.rules)?;
    let document = match &args.against {
        None => rules::checked(&args.rules, &rules, session.now),
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let labelled = LabelledWorkflow::parse(&text, &path.display().to_string())?;
            rules::measured(&args.rules, &shown_path(path), &evaluate(&rules, &labelled), session.now)
        }
    };
    session.show(&document, args.format.format)?;
    Ok(Exit::Done)
}

/// Runs `rules init`.
pub fn init(args: &RulesInit) -> Result<Exit> {
    let path = &args.path;
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; name another path", path.display())
        }
        file => file.with_context(|| format!("cannot write {}", path.display()))?,
    };
    file.write_all(starter(path).as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    let path = shown_path(path);
    let next = format!(
        "Wrote {path}. Edit it, then:\n  flowmine rules check {path}\n  flowmine explain --rules {path} 'TEXT'\n  \
         flowmine backfill --rules {path} --rebuild\n"
    );
    output::put("next steps", next)?;
    Ok(Exit::Done)
}

/// The default rules under a name of their own, so that a run can tell them apart.
fn starter(path: &Path) -> String {
    let stem = path.file_stem().map_or("my-rules".into(), |stem| stem.to_string_lossy());
    let name: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let text = RuleSet::builtin_text(RuleSet::BUILTIN[0]).unwrap_or_default();
    text.replacen(&format!("name = \"{}\"", RuleSet::BUILTIN[0]), &format!("name = \"{name}\""), 1)
}
