//! What the file refuses of one pattern or one workflow stops no other.

use crate::common::{HistoryFile, text};
use crate::{PYTEST, backfill, backfill_with};

/// A history in which these workflows ask for these things.
fn history(requests: &[(&str, &str)]) -> HistoryFile {
    let file = HistoryFile::minimal();
    file.open_prepared();
    for (key, request) in requests {
        file.add(&[("workflow_id", text(key)), ("nl_input", text(request))]);
    }
    file
}

#[test]
fn a_workflow_that_fails_for_two_reasons_failed_once() {
    let file = history(&[("wf-1", "Build the project"), ("wf-2", "Build the project")]);
    backfill(&file);
    file.execute(
        "CREATE TRIGGER keep BEFORE DELETE ON pattern_occurrences BEGIN SELECT RAISE(ABORT, 'kept'); END;
         CREATE TRIGGER full BEFORE INSERT ON pattern_occurrences BEGIN SELECT RAISE(ABORT, 'full'); END;",
    );
    let summary = backfill_with("default", &file, true);
    assert_eq!((summary.counts.workflows, summary.counts.failed), (2, 2));
}

#[test]
fn a_pattern_whose_statistics_are_refused_does_not_keep_the_others_from_theirs() {
    let file =
        history(&[("wf-1", "Run the backend tests with pytest"), ("wf-2", "Lint everything with ruff")]);
    file.execute(
        "CREATE TRIGGER settled BEFORE UPDATE ON operation_patterns WHEN OLD.pattern_type = 'format'
         BEGIN SELECT RAISE(ABORT, 'settled'); END;",
    );
    let summary = backfill(&file);
    assert_eq!((summary.counts.new_occurrences, summary.refused_patterns), (2, 1));
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 1);
    assert_eq!(file.pattern::<i64>("format:ruff:all", "occurrence_count"), 0);
    assert_eq!(file.value::<String>("SELECT outcome FROM flowmine_runs"), "done");
}

#[test]
fn a_link_that_a_trigger_keeps_out_or_takes_away_again_is_a_failure_and_never_new() {
    for trigger in [
        "BEFORE INSERT ON pattern_occurrences BEGIN SELECT RAISE(IGNORE); END",
        "AFTER INSERT ON pattern_occurrences BEGIN DELETE FROM pattern_occurrences WHERE id = NEW.id; END",
    ] {
        let file =
            history(&[("wf-1", "Run the backend tests with pytest"), ("wf-2", "Lint everything with ruff")]);
        file.execute(&format!("CREATE TRIGGER keep_out {trigger}"));
        for _ in 0..2 {
            let counts = backfill(&file).counts;
            assert_eq!((counts.failed, counts.new_occurrences, counts.new_patterns), (2, 0, 0), "{trigger}");
        }
        assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 0, "{trigger}");
    }
}

#[test]
fn a_pattern_that_a_trigger_ignores_fails_its_workflows_and_not_the_run() {
    let file =
        history(&[("wf-1", "Run the backend tests with pytest"), ("wf-2", "Lint everything with ruff")]);
    file.execute(
        "CREATE TRIGGER no_tests BEFORE INSERT ON operation_patterns WHEN NEW.pattern_type = 'test'
         BEGIN SELECT RAISE(IGNORE); END;",
    );
    let counts = backfill(&file).counts;
    assert_eq!((counts.failed, counts.new_occurrences), (1, 1));
    assert_eq!(file.links(), [("format:ruff:all".to_owned(), "wf-2".to_owned())]);
}

#[test]
fn where_a_constraint_lets_a_link_replace_another_those_replaced_failed() {
    let file = HistoryFile::with_sql(&crate::common::MINIMAL.replace("pattern_occurrences", "unused"));
    file.open_prepared();
    file.execute(
        "DROP TABLE pattern_occurrences;
         CREATE TABLE pattern_occurrences (id INTEGER PRIMARY KEY, pattern_id INTEGER, similarity_score REAL,
             workflow_id TEXT UNIQUE ON CONFLICT REPLACE, matched_characteristics TEXT, detected_at TEXT);",
    );
    for number in 0..100 {
        let (key, template) = (format!("wf-{number:03}"), text("adw_sdlc_iso"));
        let request = text("Run the backend tests with pytest");
        file.add(&[("workflow_id", text(&key)), ("nl_input", request), ("workflow_template", template)]);
    }
    let counts = backfill(&file).counts;
    assert_eq!((counts.new_occurrences, counts.failed), (100, 100));
    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences"), 100);
}
