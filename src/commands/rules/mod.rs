//! `rules show`, `rules check` and `rules init`.

pub mod check;
pub mod init;
pub mod show;

use anyhow::Result;
use flowmine::detect::RuleSet;
use flowmine::pipeline::rules::{RulesInForce, in_force, load};

use super::session::Session;

/// The rules in force where no database is needed: those asked for, else those of the file's last run if there is a
/// file, else the default.
pub fn in_force_without_file(session: &Session<'_>) -> Result<RulesInForce> {
    match (&session.global.rules, session.open_for_reading()) {
        (Some(name), _) => Ok(load(name)?),
        (None, Ok(db)) => Ok(in_force(&db, None)?),
        (None, Err(_)) => Ok(load(RuleSet::BUILTIN[0])?),
    }
}
