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
