//! The layouts met in the wild, and the values SQLite lets into them.

use flowmine::analysis::Analysis;
use flowmine::db::{Database, Error, LockWait};
use rusqlite::types::Value;

use crate::PYTEST;
use crate::backfill;
use crate::common::{APPLICATION, HistoryFile, MINIMAL, now, text};

const REQUEST: (&str, &str) = ("nl_input", "Run the backend tests with pytest");

fn row<'a>(columns: &[(&'a str, Value)]) -> Vec<(&'a str, Value)> {
    let mut row = vec![(REQUEST.0, text(REQUEST.1))];
    row.extend_from_slice(columns);
    row
}

fn keys(file: &HistoryFile) -> Vec<String> {
    file.links().into_iter().map(|(_, key)| key).collect()
}

/// What flowmine computes for the whole of the file.
fn report(file: &HistoryFile) -> Analysis {
    Analysis::read(&file.open(), now()).unwrap()
}

#[test]
fn the_minimal_layout_gets_its_tables_and_every_row_is_finished() {
    let file = HistoryFile::with_sql(MINIMAL);
    file.add(&row(&[("workflow_id", text("wf-1")), ("actual_cost_total", Value::Real(0.5))]));
    let summary = backfill(&file);
    assert_eq!((summary.counts.workflows, summary.counts.failed), (1, 0));
    assert_eq!(keys(&file), ["wf-1"]);
    assert_eq!(file.pattern::<f64>(PYTEST, "potential_monthly_savings"), 0.475);
}

#[test]
fn the_smallest_history_there_can_be_is_read() {
    let file =
        HistoryFile::with_sql("CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT)");
    file.add(&row(&[("workflow_id", text("wf-1"))]));
    backfill(&file);
    assert_eq!(keys(&file), ["wf-1"]);
}

#[test]
fn a_workflow_without_workflow_id_goes_by_its_id() {
    let file = HistoryFile::with_sql(APPLICATION);
    for (adw_id, workflow_id) in [("a", Value::Null), ("b", text("")), ("c", text("wf-c"))] {
        file.add(&row(&[("adw_id", text(adw_id)), ("workflow_id", workflow_id)]));
    }
    backfill(&file);
    assert_eq!(keys(&file), ["1", "2", "wf-c"]);
}

/// Rows of a table whose `workflow_id` is declared unique, and the keys that are counted.
fn keys_where_unique(workflow_ids: &[Value]) -> (u64, u64, Vec<String>) {
    let file = HistoryFile::with_sql(
        "CREATE TABLE workflow_history (id INTEGER PRIMARY KEY, workflow_id UNIQUE, nl_input TEXT)",
    );
    for workflow_id in workflow_ids {
        file.add(&row(&[("workflow_id", workflow_id.clone())]));
    }
    let summary = backfill(&file);
    (summary.counts.workflows, summary.repeated_rows, keys(&file))
}

#[test]
fn a_unique_workflow_id_may_still_be_the_id_of_a_row_without_one() {
    let by_id_first = keys_where_unique(&[Value::Null, text("wf"), text("1")]);
    assert_eq!(by_id_first, (2, 1, vec!["1".to_owned(), "wf".to_owned()]));
    let by_id_last = keys_where_unique(&[text("3"), text("wf"), Value::Null, text("4")]);
    assert_eq!(by_id_last, (3, 1, vec!["3".to_owned(), "4".to_owned(), "wf".to_owned()]));
}

#[test]
fn a_unique_workflow_id_may_be_the_same_as_text_and_as_number() {
    let found = keys_where_unique(&[text("7"), Value::Integer(7), text("8")]);
    assert_eq!(found, (2, 1, vec!["7".to_owned(), "8".to_owned()]));
}

#[test]
fn a_unique_workflow_id_may_be_unique_for_some_rows_only() {
    let file = HistoryFile::with_sql(
        "CREATE TABLE workflow_history (workflow_id TEXT, nl_input TEXT, live INTEGER);
         CREATE UNIQUE INDEX live ON workflow_history (workflow_id) WHERE live;
         CREATE UNIQUE INDEX both ON workflow_history (workflow_id, live)",
    );
    for live in [0, 1] {
        file.add(&row(&[("workflow_id", text("wf")), ("live", Value::Integer(live))]));
    }
    let summary = backfill(&file);
    assert_eq!((summary.counts.workflows, summary.repeated_rows), (1, 1));
}

#[test]
fn a_foreign_key_that_cannot_be_enforced_is_no_obstacle() {
    let file = HistoryFile::with_sql(APPLICATION);
    file.add(&row(&[("adw_id", text("a"))]));
    assert_eq!(backfill(&file).counts.new_occurrences, 1);
}

#[test]
fn without_error_count_a_message_is_an_error() {
    let file = HistoryFile::with_sql(APPLICATION);
    for (adw_id, message) in [("a", Value::Null), ("b", text("")), ("c", text("disk full"))] {
        file.add(&row(&[("adw_id", text(adw_id)), ("error_message", message)]));
    }
    backfill(&file);
    let errors = "SELECT json_extract(matched_characteristics, '$.error_count') FROM pattern_occurrences WHERE workflow_id = ";
    let errors = ["'1'", "'2'", "'3'"].map(|key| file.value::<i64>(&format!("{errors}{key}")));
    assert_eq!(errors, [0, 0, 1]);
}

#[test]
fn only_finished_workflows_are_history() {
    let file = HistoryFile::with_sql(APPLICATION);
    for status in ["pending", "running", "completed", "failed"] {
        file.add(&row(&[("adw_id", text(status)), ("status", text(status))]));
    }
    backfill(&file);
    assert_eq!(keys(&file), ["3", "4"]);
}

#[test]
fn a_start_time_without_zone_is_utc() {
    let file = HistoryFile::with_sql(APPLICATION);
    let times = [
        "2026-10-01T12:00:00",
        "2026-10-01T12:00:00+02:00",
        "2026-10-01 12:00:00Z",
        "2026-10-01T12:00:00.250000",
    ];
    for time in times {
        file.add(&row(&[("adw_id", text(time)), ("start_time", text(time))]));
    }
    let window = report(&file).overview.window;
    assert_eq!(window.first.unwrap().to_string(), "2026-10-01T10:00:00Z");
    assert_eq!(window.last.unwrap().to_string(), "2026-10-01T12:00:00.25Z");
}

#[test]
fn without_a_start_time_the_creation_counts() {
    let file = HistoryFile::with_sql(APPLICATION);
    for (adw_id, start) in
        [("a", Value::Null), ("b", text("")), ("c", text("yesterday")), ("d", Value::Integer(12))]
    {
        file.add(&row(&[
            ("adw_id", text(adw_id)),
            ("start_time", start),
            ("created_at", text("2026-10-01 12:00:00")),
        ]));
    }
    let overview = report(&file).overview;
    assert_eq!(overview.window.first, overview.window.last);
    assert_eq!(overview.window.first.unwrap().to_string(), "2026-10-01T12:00:00Z");
    assert_eq!(overview.without_time, 0);
}

#[test]
fn an_absurd_time_is_unknown_and_ruins_nothing() {
    let file = HistoryFile::with_sql(APPLICATION);
    let times = [
        "0000-01-01T00:00:00",
        "1999-12-31T23:59:59Z",
        "2019-12-31T23:59:59Z",
        "2026-11-02T12:00:01Z",
        "9999-12-31T23:59:59Z",
    ];
    for time in times.into_iter().chain(["2020-01-01T00:00:00Z", "2026-11-02T12:00:00Z"]) {
        file.add(&row(&[
            ("adw_id", text(time)),
            ("start_time", text(time)),
            ("created_at", text("2026-10-01 12:00:00")),
        ]));
    }
    let overview = report(&file).overview;
    assert_eq!(overview.without_time, 5);
    assert_eq!(overview.window.first.unwrap().to_string(), "2020-01-01T00:00:00Z");
    assert_eq!(overview.window.last.unwrap().to_string(), "2026-11-02T12:00:00Z");
}

#[test]
fn a_unique_index_is_made_where_there_are_no_duplicates() {
    let file = HistoryFile::with_sql(APPLICATION);
    backfill(&file);
    let index =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = 'idx_pattern_occurrence_unique'";
    assert_eq!(file.value::<i64>(index), 1);
}

#[test]
fn a_unique_constraint_of_the_tables_own_is_enough() {
    let file = HistoryFile::with_sql(&APPLICATION.replace(
        "FOREIGN KEY (pattern_id) REFERENCES operation_patterns (id),",
        "UNIQUE (pattern_id, workflow_id), FOREIGN KEY (pattern_id) REFERENCES operation_patterns (id),",
    ));
    file.add(&row(&[("adw_id", text("a"))]));
    backfill(&file);
    assert_eq!(
        file.value::<i64>("SELECT count(*) FROM sqlite_schema WHERE name = 'idx_pattern_occurrence_unique'"),
        0
    );
    assert_eq!(keys(&file), ["1"]);
}

#[test]
fn a_unique_index_on_a_part_of_the_rows_is_not_enough() {
    let partial = "CREATE UNIQUE INDEX partial ON pattern_occurrences (pattern_id, workflow_id) WHERE similarity_score > 50;";
    let file = HistoryFile::with_sql(&format!("{APPLICATION}{partial}"));
    backfill(&file);
    assert_eq!(
        file.value::<i64>("SELECT count(*) FROM sqlite_schema WHERE name = 'idx_pattern_occurrence_unique'"),
        1
    );
}

#[test]
fn duplicates_stop_the_run_before_anything_is_written() {
    let file = HistoryFile::with_sql(APPLICATION);
    file.add(&row(&[("adw_id", text("a"))]));
    file.execute(
        "INSERT INTO operation_patterns (pattern_signature, pattern_type) VALUES ('test:pytest:backend', 'test');
         INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (1, '1'), (1, '1'), (1, '1'), (1, 'x');",
    );
    let before = file.dump_without_runs();
    let Err(error) = file.open().prepare_for_writing() else { panic!("duplicates were accepted") };
    assert!(
        matches!(error, Error::Duplicates { duplicates, .. } if (duplicates.rows, duplicates.of) == (2, 4))
    );
    assert!(error.to_string().contains("flowmine doctor --fix"), "{error}");
    assert_eq!(file.dump_without_runs(), before);
}

#[test]
fn a_file_without_workflow_history_is_left_alone() {
    let file = HistoryFile::with_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    let bytes = std::fs::read(file.path()).unwrap();
    let Err(error) = Database::open_for_writing(file.path(), LockWait::default()) else {
        panic!("it was opened")
    };
    assert!(error.to_string().contains("no table workflow_history (it has invoices)"), "{error}");
    assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
}

#[test]
fn numbers_that_cannot_be_are_unknown() {
    let file = HistoryFile::with_sql(MINIMAL);
    let odd = [
        Value::Null,
        text("n/a"),
        Value::Integer(-1),
        Value::Real(f64::INFINITY),
        Value::Real(f64::NEG_INFINITY),
        Value::Blob(vec![1]),
        Value::Real(-0.5),
    ];
    for (number, value) in odd.into_iter().enumerate() {
        let columns = ["actual_cost_total", "total_tokens", "duration_seconds", "error_count", "retry_count"];
        let mut columns: Vec<_> = columns.iter().map(|column| (*column, value.clone())).collect();
        columns.push(("workflow_id", text(&format!("wf-{number}"))));
        file.add(&row(&columns));
    }
    file.add(&row(&[
        ("workflow_id", text("good")),
        ("actual_cost_total", Value::Real(0.5)),
        ("total_tokens", Value::Integer(7)),
    ]));
    assert_eq!(backfill(&file).counts.failed, 0);
    assert_eq!(file.pattern::<f64>(PYTEST, "avg_cost_with_llm"), 0.5);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 7);
    assert_eq!(file.pattern::<i64>(PYTEST, "occurrence_count"), 8);
    assert_eq!(file.pattern::<f64>(PYTEST, "confidence_score"), 75.0);
}

#[test]
fn a_number_written_as_text_is_a_number() {
    let file = HistoryFile::with_sql(
        "CREATE TABLE workflow_history (workflow_id PRIMARY KEY, nl_input, actual_cost_total, total_tokens)",
    );
    file.add(&row(&[
        ("workflow_id", Value::Integer(7)),
        ("actual_cost_total", text(" 0.25 ")),
        ("total_tokens", text("12")),
    ]));
    backfill(&file);
    assert_eq!(keys(&file), ["7"]);
    assert_eq!(file.pattern::<f64>(PYTEST, "avg_cost_with_llm"), 0.25);
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 12);
}

#[test]
fn a_text_that_cannot_be_read_makes_its_workflow_an_error_and_the_run_goes_on() {
    let file = HistoryFile::with_sql(MINIMAL);
    file.execute(
        "INSERT INTO workflow_history (workflow_id, nl_input) VALUES
            ('blob', x'00ff'), ('invalid', CAST(x'74657374ff' AS TEXT)), (x'ff', 'Run pytest'),
            (CAST(x'ff' AS TEXT), 'Run pytest'), (NULL, 'Run pytest'), ('', 'Run pytest'), ('good', 'Run pytest')",
    );
    let summary = backfill(&file);
    assert_eq!((summary.counts.workflows, summary.counts.failed), (7, 6));
    assert_eq!(keys(&file), ["good"]);
}

#[test]
fn absurd_numbers_are_unknown_and_sums_stay_finite() {
    let file = HistoryFile::with_sql(MINIMAL);
    for key in ["a", "b", "c"] {
        file.add(&row(&[
            ("workflow_id", text(key)),
            ("actual_cost_total", Value::Real(f64::MAX)),
            ("total_tokens", Value::Integer(i64::MAX)),
            ("duration_seconds", Value::Real(f64::MAX)),
            ("error_count", Value::Integer(i64::MAX)),
        ]));
    }
    backfill(&file);
    let overview = report(&file).overview;
    assert!(overview.sum_of_pattern_savings.is_finite());
    assert_eq!((overview.spend_a_month, overview.saving), (None, None), "unknown");
    assert_eq!(file.pattern::<i64>(PYTEST, "avg_tokens_with_llm"), 0, "unknown");
    assert_eq!(file.pattern::<f64>(PYTEST, "potential_monthly_savings"), 0.0, "unknown");
}

#[test]
fn a_view_or_a_table_without_rowid_is_told_apart() {
    let view = HistoryFile::with_sql(
        "CREATE TABLE runs (workflow_id TEXT); CREATE VIEW workflow_history AS SELECT * FROM runs",
    );
    let without_rowid =
        HistoryFile::with_sql("CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY) WITHOUT ROWID");
    for (file, word) in [(view, "a view"), (without_rowid, "WITHOUT ROWID")] {
        let Err(error) = Database::open_for_reading(file.path(), LockWait::default()) else {
            panic!("{word} was read")
        };
        assert!(error.to_string().contains(word), "{error}");
    }
}
