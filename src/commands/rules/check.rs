//! `rules check`.

use std::path::Path;

use anyhow::{Context, Result};
use flowmine::detect::{LabelledWorkflow, Measure, RuleSet, evaluate_by};
use flowmine::input;
use flowmine::pipeline::rules::{RulesInForce, load};
use flowmine::render::text::shown_path;
use flowmine::render::{Document, rules};

use crate::cli::RulesCheck;
use crate::commands::Exit;
use crate::commands::session::Session;

/// The most bytes of a labelled file.
const MOST_LABELS: u64 = 100_000_000;

/// Runs `rules check`.
pub fn run(session: &Session<'_>, args: &RulesCheck) -> Result<Exit> {
    let RulesInForce { rules, .. } = load(&args.rules)?;
    let document = match &args.against {
        None => rules::checked(&args.rules, &rules, session.now),
        Some(path) => measured(session, args, path, &rules)?,
    };
    session.show(&document, args.format.format)?;
    Ok(Exit::Done)
}

fn measured(session: &Session<'_>, args: &RulesCheck, path: &Path, rules: &RuleSet) -> Result<Document> {
    let text = input::read_text(path, MOST_LABELS);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    let labelled = LabelledWorkflow::parse(&text, &path.display().to_string())?;
    let measure = Measure { by: args.by.clone(), categories: args.category.iter().cloned().collect() };
    let evaluation = evaluate_by(rules, &labelled, &measure);
    Ok(rules::measured(&args.rules, &shown_path(path), &evaluation, session.now))
}
