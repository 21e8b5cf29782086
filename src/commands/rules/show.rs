//! `rules show`.

use anyhow::Result;
use flowmine::pipeline::rules::{RulesInForce, load};
use flowmine::render::text::safe;

use super::in_force_without_file;
use crate::cli::RulesShow;
use crate::commands::session::Session;
use crate::commands::{Exit, output};

/// Runs `rules show`.
pub fn run(session: &Session<'_>, args: &RulesShow) -> Result<Exit> {
    let RulesInForce { rules, .. } = match &args.rules {
        Some(name) => load(name)?,
        None => in_force_without_file(session)?,
    };
    let lines: String = rules.text().lines().map(|line| safe(line) + "\n").collect();
    output::put("rules", lines)?;
    Ok(Exit::Done)
}
