//! `rules check`.

use std::fs;

use anyhow::{Context, Result};
use flowmine::detect::labelled::{LabelledWorkflow, evaluate};
use flowmine::pipeline::rules::{RulesInForce, load};
use flowmine::render::rules;
use flowmine::render::text::shown_path;

use crate::cli::RulesCheck;
use crate::commands::Exit;
use crate::commands::session::Session;

/// Runs `rules check`.
pub fn run(session: &Session<'_>, args: &RulesCheck) -> Result<Exit> {
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
