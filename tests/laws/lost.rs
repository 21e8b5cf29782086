//! Links that were lost and rows that were restored before the mark come back with the next nightly run, as does what
//! was committed late.

use flowmine::pipeline::{self, Progress, Scope, Selection};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::common::{APPLICATION, HistoryFile, builtin, text};
use crate::{backfill, plan, process, run};

const PYTEST: &str = "test:pytest:backend";

fn row(adw_id: &str, workflow_id: Value, request: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("adw_id", text(adw_id)),
        ("workflow_id", workflow_id),
        ("nl_input", text(request)),
        ("status", text("completed")),
        ("updated_at", text("2026-10-01 09:00:00")),
    ]
}

/// Three workflows, two of them with tests, after the first pass and an idle night.
fn recorded() -> HistoryFile {
    let file = HistoryFile::with_sql(APPLICATION);
    file.add_all(&[
        row("a", text("wf-a"), "Run the backend tests with pytest"),
        row("b", Value::Null, "Run the backend tests with pytest"),
        row("c", Value::Null, "Add a dark theme"),
    ]);
    backfill(&file);
    assert_eq!(process(&file).counts.workflows, 0);
    file
}

#[track_caller]
fn assert_comes_back(file: &HistoryFile, expected: &str) {
    process(file);
    assert_eq!(file.content(), expected);
    assert_eq!(process(file).counts.workflows, 0, "the night after is idle again");
}

#[test]
fn a_pattern_row_that_was_deleted_by_hand_comes_back() {
    let file = recorded();
    let expected = file.content();
    file.execute("DELETE FROM operation_patterns");
    assert_comes_back(&file, &expected);
}

#[test]
fn links_that_were_deleted_come_back() {
    for lost in
        ["DELETE FROM pattern_occurrences", "DELETE FROM pattern_occurrences WHERE workflow_id = 'wf-a'"]
    {
        let file = recorded();
        let expected = file.content();
        file.execute(lost);
        assert_comes_back(&file, &expected);
    }
}

#[test]
fn a_lost_link_is_noticed_though_a_named_workflow_was_recorded_since() {
    let file = recorded();
    file.add(&row("d", Value::Null, "Run the backend tests with pytest"));
    run(&mut file.open(), Selection::finished(Scope::Named(vec!["d".to_owned()])), 10, false);
    let expected = file.content();
    file.execute("DELETE FROM pattern_occurrences WHERE workflow_id = 'wf-a'");
    assert_comes_back(&file, &expected);
}

#[test]
fn workflows_that_are_restored_under_their_old_ids_are_recorded_again() {
    let file = recorded();
    let expected = file.content();
    file.execute(
        "CREATE TABLE backup AS SELECT * FROM workflow_history WHERE adw_id = 'b';
         DELETE FROM pattern_occurrences WHERE workflow_id = '2';
         DELETE FROM workflow_history WHERE adw_id = 'b';",
    );
    process(&file);
    file.execute("INSERT INTO workflow_history SELECT * FROM backup");
    assert_comes_back(&file, &expected);
}

#[test]
fn a_row_that_was_hidden_behind_another_of_its_workflow_is_looked_at_once_that_is_gone() {
    let file = HistoryFile::with_sql(APPLICATION);
    file.add_all(&[
        row("a", text("wf-1"), "Add a dark theme"),
        row("b", text("wf-1"), "Run the backend tests with pytest"),
    ]);
    backfill(&file);
    assert_eq!(file.links(), []);
    file.execute("DELETE FROM workflow_history WHERE adw_id = 'a'");
    process(&file);
    assert_eq!(file.links(), [(PYTEST.to_owned(), "wf-1".to_owned())]);
}

#[test]
fn a_change_that_is_committed_after_the_pass_has_read_is_seen_by_the_next_whatever_its_stamp() {
    let file = HistoryFile::with_sql(APPLICATION);
    file.execute("PRAGMA journal_mode = WAL");
    file.add_all(&[
        row("a", Value::Null, "Add a dark theme"),
        row("b", Value::Null, "Add a light theme"),
        row("c", Value::Null, "Lint everything with ruff"),
    ]);
    // The application stamps a row, and with it the one that it is still at work on when the pass reads.
    file.execute("UPDATE workflow_history SET updated_at = '2026-11-01 11:59:50'");
    let mut db = file.open_prepared();
    let other = file.connection();
    let change = "BEGIN IMMEDIATE; UPDATE workflow_history SET nl_input = 'Run the backend tests with pytest', \
                  updated_at = '2026-11-01 11:59:50' WHERE adw_id = 'b'";
    other.execute_batch(change).unwrap();
    pipeline::run(&mut db, &plan(builtin("tac-webbuilder")), &mut CommitsOnceRead(&other)).unwrap();
    process(&file);
    assert!(file.links().contains(&(PYTEST.to_owned(), "2".to_owned())), "{:?}", file.links());
}

/// The application, which commits its change when the pass has read everything.
struct CommitsOnceRead<'a>(&'a Connection);

impl Progress for CommitsOnceRead<'_> {
    fn writing(&mut self, _workflows: u64) {
        self.0.execute_batch("COMMIT").unwrap();
    }
}

#[test]
fn a_file_of_an_earlier_version_goes_on_from_its_mark_and_learns_to_notice_losses() {
    let file = recorded();
    file.execute("ALTER TABLE flowmine_runs DROP COLUMN mark_counts");
    let expected = file.content();
    file.add(&row("d", Value::Null, "Add a light theme"));
    assert_eq!(process(&file).counts.workflows, 1);
    file.execute("DELETE FROM pattern_occurrences");
    assert_comes_back(&file, &expected);
}
