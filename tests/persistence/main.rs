//! What gets into the file: recording, statistics, confidence, batches, errors, through the library's own names.

#[path = "../common/mod.rs"]
mod common;

mod batch_processing;
mod confidence_calculation;
mod error_handling;
mod foreign_rows;
mod layouts;
mod long_history;
mod pattern_recording;
mod refusals;
mod spans;
mod statistics_update;

use flowmine::db::runs::RulesUsed;
use flowmine::detect::RuleSet;
use flowmine::pipeline::{self, BATCH_SIZE, NoProgress, Plan, RunSummary, Scope, Selection};
use flowmine::signature::Signature;

use common::{HistoryFile, builtin, now};

/// The signature of 'Run the backend tests with pytest'.
const PYTEST: &str = "test:pytest:backend";

fn signature(text: &str) -> Signature {
    text.parse().unwrap()
}

fn rules() -> &'static RuleSet {
    builtin("tac-webbuilder")
}

/// One run over all of the file's history.
fn backfill(file: &HistoryFile) -> RunSummary {
    backfill_with("tac-webbuilder", file, false)
}

/// A run by these rules, with or without a rebuild.
fn backfill_with(rules: &str, file: &HistoryFile, rebuild: bool) -> RunSummary {
    let rules = builtin(rules);
    let rules_used = RulesUsed { name: rules.name().to_owned(), hash: rules.hash().to_owned(), path: None };
    let plan = Plan {
        command: "test",
        selection: Selection::finished(Scope::All),
        rules,
        rules_used,
        dry_run: false,
        rebuild,
        batch_size: BATCH_SIZE,
        now: now(),
    };
    pipeline::run(&mut file.open(), &plan, &mut NoProgress).unwrap()
}
