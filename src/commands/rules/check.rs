//! `rules check`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flowmine::detect::{EvaluationOptions, LabelledWorkflow, RuleSet, evaluate_by};
use flowmine::input;
use flowmine::pipeline::rules_in_force::{RulesInForce, load};
use flowmine::render::text::shown_path;
use flowmine::render::{Document, rules};
use flowmine::signature::Signature;

use crate::cli::RulesCheck;
use crate::commands::session::Session;
use crate::commands::{Exit, UsageError, check_known};

/// The most bytes of a labelled file.
const MOST_LABELS: u64 = 100_000_000;

pub fn run(session: &Session<'_>, args: &RulesCheck) -> Result<Exit> {
    let RulesInForce { rules, .. } = load(&args.rules)?;
    let document = match &args.against {
        None => rules::checked(&args.rules, &rules, session.now),
        Some(path) => measured(session, args, path, &rules)?,
    };
    session.show(document, args.format.format)?;
    Ok(Exit::Done)
}

fn measured(session: &Session<'_>, args: &RulesCheck, path: &Path, rules: &RuleSet) -> Result<Document> {
    let text = input::read_text(path, MOST_LABELS);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    let labelled = LabelledWorkflow::parse(&text, &path.display().to_string())?;
    let measure =
        EvaluationOptions { by: args.by.clone(), categories: args.category.iter().cloned().collect() };
    let evaluation = evaluate_by(rules, &labelled, &measure);
    if evaluation.workflows == 0 {
        bail!("{} labels no workflow surely: give each 'signatures' or 'categories'", path.display());
    }
    check_columns(&args.by, &labelled)?;
    check_categories(&args.category, rules, &labelled)?;
    Ok(rules::measured(&args.rules, &shown_path(path), &evaluation, session.now))
}

/// Refuses a column that no row has.
fn check_columns(asked: &[String], labelled: &[LabelledWorkflow]) -> Result<(), UsageError> {
    let known = labelled.iter().flat_map(|workflow| workflow.columns.keys()).map(String::as_str);
    let known: Vec<&str> = known.collect::<BTreeSet<_>>().into_iter().collect();
    check_known("--by: no workflow has the column", asked, &known)
}

/// Refuses a category that neither the rules nor the labels have.
fn check_categories(
    asked: &[String],
    rules: &RuleSet,
    labelled: &[LabelledWorkflow],
) -> Result<(), UsageError> {
    let labels = labelled.iter().filter_map(|workflow| workflow.categories.as_ref()).flatten();
    let given = rules.signatures().iter().map(Signature::category);
    let known: BTreeSet<&str> = labels.map(String::as_str).chain(given).collect();
    let known: Vec<&str> = known.into_iter().collect();
    check_known("--category: neither the rules nor the labels have the category", asked, &known)
}
