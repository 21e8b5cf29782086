//! `rules show`, `rules check` and `rules init`.

pub mod check;
pub mod init;

use std::time::Duration;

use anyhow::Result;
use flowmine::db::{Database, LockWait};
use flowmine::detect::RuleSet;
use flowmine::pipeline::rules_in_force::{RulesInForce, RulesInForceError, in_force, load};
use flowmine::render::text::{safe, shown_path};

use super::session::Session;
use super::{Exit, output};
use crate::cli::RulesShow;
use crate::terminal;

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
/// file, else the default. A file that cannot be read at once is not waited for; a message says that other rules may be
/// in force for it.
pub fn in_force_without_file(session: &Session<'_>) -> Result<RulesInForce> {
    let path = &session.db;
    if let Some(name) = &session.global.rules {
        return Ok(load(name)?);
    }
    if !path.exists() {
        let rules = RuleSet::BUILTIN[0];
        if session.global.db.is_some() {
            terminal::say(&format!(
                "these are the rules '{rules}', as there is no file {}",
                shown_path(path)
            ));
        }
        return Ok(load(rules)?);
    }
    let at_once = LockWait { timeout: Duration::ZERO, ..session.wait() };
    match Database::open_for_reading(path, at_once)
        .map_err(RulesInForceError::File)
        .and_then(|db| in_force(&db, None))
    {
        Err(RulesInForceError::File(error)) => {
            let (rules, path) = (RuleSet::BUILTIN[0], shown_path(path));
            terminal::say(&format!(
                "these are the rules '{rules}'; which ones are in force for {path} cannot be read ({error})"
            ));
            Ok(load(rules)?)
        }
        rules => Ok(rules?),
    }
}
