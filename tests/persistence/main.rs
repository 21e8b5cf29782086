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

use flowmine::detect::RuleSet;
use flowmine::pipeline::{self, NoProgress, Plan, RunSummary};
use flowmine::signature::Signature;

use common::{HistoryFile, builtin, plan};

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
    let plan = Plan { rebuild, ..plan(builtin(rules)) };
    pipeline::run(&mut file.open(), &plan, &mut NoProgress).unwrap()
}
