//! A file that changes between nightly runs: after each, every statistic is what `docs/numbers.md` says, and no
//! workflow counts twice.

use flowmine::analysis::Analysis;
use rusqlite::types::Value;

use crate::common::{APPLICATION, HistoryFile, text};
use crate::{backfill, process};

const PYTEST: &str = "test:pytest:backend";

/// A pytest workflow in the application's layout, last touched in the morning of 2026-10-01.
fn row(adw_id: &str, status: &str, cost: f64) -> Vec<(&'static str, Value)> {
    vec![
        ("adw_id", text(adw_id)),
        ("nl_input", text("Run the backend tests with pytest")),
        ("status", text(status)),
        ("actual_cost_total", Value::Real(cost)),
        ("start_time", text("2026-10-01T08:00:00Z")),
        ("updated_at", text("2026-10-01 09:00:00")),
    ]
}

/// Two finished workflows and a running one, after the first pass.
fn after_backfill() -> HistoryFile {
    let file = HistoryFile::with_sql(APPLICATION);
    file.add_all(&[row("a", "completed", 1.0), row("b", "failed", 3.0), row("c", "running", 0.0)]);
    let summary = backfill(&file);
    assert_eq!((summary.counts.workflows, summary.counts.new_occurrences), (2, 2));
    file
}

#[track_caller]
fn assert_pattern(file: &HistoryFile, occurrences: i64, mean_cost: f64) {
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), occurrences);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences"), occurrences);
    let stored: f64 = file.pattern(PYTEST, "avg_cost_with_llm");
    assert!((stored - mean_cost).abs() < 1e-12, "{stored} is not {mean_cost}");
}

#[test]
fn an_idle_night_looks_at_nothing() {
    let file = after_backfill();
    let before = file.dump_without_runs();
    assert_eq!(process(&file).counts.workflows, 0);
    assert_eq!(file.dump_without_runs(), before);
}

#[test]
fn new_workflows_are_added() {
    let file = after_backfill();
    file.add(&row("d", "completed", 5.0));
    let summary = process(&file);
    assert_eq!((summary.counts.workflows, summary.counts.new_occurrences), (1, 1));
    assert_pattern(&file, 3, 3.0);
}

#[test]
fn a_running_workflow_is_picked_up_once_it_has_finished() {
    let file = after_backfill();
    file.execute(
        "UPDATE workflow_history SET status = 'completed', actual_cost_total = 5.0, updated_at = '2026-10-01 10:00:00'
         WHERE adw_id = 'c'",
    );
    assert_eq!(process(&file).counts.workflows, 1);
    assert_pattern(&file, 3, 3.0);
}

#[test]
fn a_running_workflow_is_picked_up_though_nobody_touches_updated_at() {
    let file = after_backfill();
    process(&file);
    file.execute(
        "UPDATE workflow_history SET status = 'completed', actual_cost_total = 5.0 WHERE adw_id = 'c'",
    );
    assert_eq!(process(&file).counts.workflows, 1);
    assert_pattern(&file, 3, 3.0);
    assert_eq!(process(&file).counts.workflows, 0);
}

#[test]
fn a_corrected_cost_corrects_the_statistics() {
    let file = after_backfill();
    file.execute("UPDATE workflow_history SET actual_cost_total = 7.0 WHERE adw_id = 'a'");
    process(&file);
    assert_pattern(&file, 2, 5.0);
}

#[test]
fn a_changed_request_gives_further_patterns() {
    let file = after_backfill();
    file.execute("UPDATE workflow_history SET error_message = 'eslint: 3 problems', updated_at = '2026-10-02 00:00:00' WHERE adw_id = 'b'");
    let summary = process(&file);
    assert_eq!((summary.counts.workflows, summary.counts.new_occurrences), (1, 1));
    assert_eq!(file.pattern::<i64>("format:eslint:all", "occurrence_count"), 1);
}

#[test]
fn purged_workflows_stay_counted_and_leave_the_means() {
    let file = after_backfill();
    file.execute("DELETE FROM workflow_history WHERE adw_id = 'a'");
    process(&file);
    assert_pattern(&file, 2, 3.0);
}

#[test]
fn a_workflow_id_that_is_filled_in_later_moves_the_link() {
    let file = after_backfill();
    assert_eq!(file.links(), [(PYTEST.to_owned(), "1".to_owned()), (PYTEST.to_owned(), "2".to_owned())]);
    file.execute("UPDATE workflow_history SET workflow_id = 'wf-' || adw_id");
    let summary = process(&file);
    assert_eq!(summary.counts.new_occurrences, 0);
    assert_eq!(
        file.links(),
        [(PYTEST.to_owned(), "wf-a".to_owned()), (PYTEST.to_owned(), "wf-b".to_owned())]
    );
    assert_pattern(&file, 2, 2.0);
}

#[test]
fn a_workflow_linked_under_both_keys_counts_once() {
    let file = after_backfill();
    file.execute(
        "UPDATE workflow_history SET workflow_id = 'wf-' || adw_id;
         INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (1, 'wf-a');",
    );
    process(&file);
    assert_eq!(
        file.links(),
        [(PYTEST.to_owned(), "wf-a".to_owned()), (PYTEST.to_owned(), "wf-b".to_owned())]
    );
    assert_pattern(&file, 2, 2.0);
}

#[test]
fn a_run_that_moves_links_says_what_the_next_one_says() {
    let file = after_backfill();
    let whole = r#"{"found_in":["request"],"covers":"whole"}"#;
    file.execute(&format!("UPDATE pattern_occurrences SET matched_characteristics = '{whole}'"));
    file.execute(
        "UPDATE workflow_history SET workflow_id = 'wf-b', updated_at = '2026-10-02 09:00:00' WHERE id = 2",
    );
    let moved = process(&file);
    let saving = |mut snapshot| Analysis::of(&file.open(), &mut snapshot).unwrap().overview.saving;
    let expected = saving(process(&file).snapshot);
    assert!(expected.is_some_and(|saving| saving.least > 0.0), "both asked for nothing else: {expected:?}");
    assert_eq!(saving(moved.snapshot), expected);
}

#[test]
fn a_link_is_not_moved_to_another_workflow_that_has_the_id_as_its_workflow_id() {
    let file = after_backfill();
    // Row 1 is given a workflow_id, and a new row has '1' as its own.
    file.execute("UPDATE workflow_history SET workflow_id = 'wf-a', updated_at = '2026-10-02 00:00:00' WHERE adw_id = 'a'");
    file.add(&[row("d", "completed", 5.0), vec![("workflow_id", text("1"))]].concat());
    process(&file);
    let expected = ["1", "2", "wf-a"].map(|key| (PYTEST.to_owned(), key.to_owned()));
    assert_eq!(file.links(), expected);
    assert_pattern(&file, 3, 3.0);
}

#[test]
fn rows_that_share_a_workflow_id_are_one_workflow_the_lowest() {
    let file = HistoryFile::with_sql(APPLICATION);
    let shared =
        |adw_id, cost| [row(adw_id, "completed", cost), vec![("workflow_id", text("wf-1"))]].concat();
    file.add_all(&[shared("a", 1.0), shared("b", 100.0)]);
    let summary = backfill(&file);
    assert_eq!((summary.counts.workflows, summary.repeated_rows), (1, 1));
    assert_pattern(&file, 1, 1.0);
}

#[test]
fn another_programs_wrong_statistics_are_healed() {
    let file = after_backfill();
    file.execute("UPDATE operation_patterns SET occurrence_count = 78167, potential_monthly_savings = 183844.07, confidence_score = 95.0");
    process(&file);
    assert_pattern(&file, 2, 2.0);
    assert!((file.pattern::<f64>(PYTEST, "potential_monthly_savings") - 3.8).abs() < 1e-12);
}

#[test]
fn where_nothing_tells_a_change_everything_is_looked_at() {
    let file = HistoryFile::with_sql(
        &APPLICATION.replace("    updated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP\n", "    unused TEXT\n"),
    );
    let row = |adw_id: &str| {
        row(adw_id, "completed", 1.0)
            .into_iter()
            .filter(|(name, _)| *name != "updated_at")
            .collect::<Vec<_>>()
    };
    file.add_all(&[row("a"), row("b")]);
    backfill(&file);
    assert_eq!(process(&file).counts.workflows, 2);
    assert_pattern(&file, 2, 1.0);
}

#[test]
fn only_a_complete_pass_moves_the_mark() {
    let file = HistoryFile::with_sql(APPLICATION);
    file.add_all(&[row("a", "completed", 1.0), row("b", "completed", 1.0)]);
    let selection = flowmine::pipeline::Selection {
        limit: Some(1),
        ..flowmine::pipeline::Selection::finished(flowmine::pipeline::Scope::All)
    };
    crate::run(&mut file.open(), selection, 100, false);
    assert_eq!(file.links().len(), 1);
    assert_eq!(process(&file).counts.workflows, 2);
    assert_pattern(&file, 2, 1.0);
}

#[test]
fn a_pattern_none_of_whose_workflows_has_finished_is_written_once() {
    let file = after_backfill();
    file.execute("UPDATE workflow_history SET status = 'running'");
    file.execute("UPDATE operation_patterns SET typical_input_pattern = NULL");
    backfill(&file);
    assert_ne!(file.pattern::<Option<String>>(PYTEST, "typical_input_pattern"), None);
    file.execute(
        "DROP TRIGGER stamp_pattern; UPDATE operation_patterns SET updated_at = 'untouched';
        CREATE TRIGGER stamp_pattern AFTER UPDATE ON operation_patterns
        BEGIN UPDATE operation_patterns SET updated_at = 'touched' WHERE id = NEW.id; END;",
    );
    backfill(&file);
    assert_eq!(file.pattern::<String>(PYTEST, "updated_at"), "untouched");
}
