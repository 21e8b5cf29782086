//! `patterns set-status`.

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{add_pattern, team};

fn set(file: &HistoryFile, args: &[&str]) -> Flowmine {
    Flowmine::on(file).args(["patterns", "set-status"]).args(args)
}

fn column(file: &HistoryFile, column: &str) -> Option<String> {
    file.pattern("test:pytest:backend", column)
}

#[test]
fn a_decision_is_recorded_with_who_when_and_why() {
    let file = team();
    let ran =
        set(&file, &["test:py", "approved", "--note", "make test will do", "--by", "ana"]).run().succeeds();
    assert_eq!(ran.stdout(), "test:pytest:backend: detected → approved (reviewed by ana)\n");
    assert_eq!(column(&file, "automation_status").as_deref(), Some("approved"));
    assert_eq!(column(&file, "reviewed_by").as_deref(), Some("ana"));
    assert_eq!(column(&file, "review_notes").as_deref(), Some("make test will do"));
    assert_eq!(column(&file, "reviewed_at").unwrap().len(), "2025-06-01 10:00:00".len());
}

#[test]
fn the_user_of_the_environment_decides_unless_another_is_named() {
    let file = team();
    set(&file, &["1", "candidate"]).env("USER", "bo").run().succeeds();
    assert_eq!(column(&file, "reviewed_by").as_deref(), Some("bo"));
    set(&file, &["1", "candidate", "--by", "ana"]).env("USER", "bo").run().succeeds();
    assert_eq!(column(&file, "reviewed_by").as_deref(), Some("ana"));
    // Nobody is named: who decided before is not forgotten, nor is the note.
    set(&file, &["1", "approved"]).run().succeeds();
    assert_eq!(column(&file, "reviewed_by").as_deref(), Some("ana"));
}

#[test]
fn nothing_else_of_the_file_changes() {
    let file = team();
    file.execute("DROP TRIGGER stamp_pattern");
    let rest = "SELECT group_concat(pattern_signature || occurrence_count || coalesce(last_seen, '') || confidence_score) FROM operation_patterns";
    let others = "SELECT group_concat(automation_status) FROM operation_patterns WHERE id > 1";
    let before: (String, String) = (file.value(rest), file.value(others));
    set(&file, &["1", "active"]).run().succeeds();
    assert_eq!((file.value(rest), file.value(others)), before);
    let tables: i64 = file.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'flowmine%' OR name LIKE 'idx_pattern_occurrence_unique'");
    assert_eq!(tables, 0);
}

#[test]
fn a_word_that_is_no_status_is_refused_with_a_hint() {
    let file = team();
    let ran = set(&file, &["1", "aproved"]).run().exits(2);
    assert!(ran.stderr().contains("'approved'"), "{}", ran.stderr());
    assert_eq!(column(&file, "automation_status").as_deref(), Some("detected"));
}

/// A file whose `operation_patterns` has only what is needed, and accepts two statuses.
fn narrow() -> HistoryFile {
    let file = HistoryFile::minimal();
    file.execute(
        "CREATE TABLE operation_patterns (id INTEGER PRIMARY KEY, pattern_signature TEXT, pattern_type TEXT,
            automation_status TEXT CHECK (automation_status IN ('detected', 'approved')), typical_input_pattern TEXT,
            created_at TEXT, last_seen TEXT);
         CREATE TABLE pattern_occurrences (pattern_id INTEGER, workflow_id TEXT, matched_characteristics TEXT, detected_at TEXT);",
    );
    add_pattern(&file, "test:pytest:backend", "detected", &[]);
    file
}

#[test]
fn a_status_that_the_file_does_not_accept_is_a_clear_error() {
    let file = narrow();
    let ran = set(&file, &["1", "deprecated"]).run();
    ran.fails_with(&[
        "workflow_history.db: the file does not accept the status 'deprecated'",
        "CHECK constraint failed",
    ]);
    assert_eq!(column(&file, "automation_status").as_deref(), Some("detected"));
    let ran = set(&file, &["1", "approved", "--by", "ana"]).run().succeeds();
    assert_eq!(ran.stdout(), "test:pytest:backend: detected → approved\n");
}

#[test]
fn a_note_without_a_place_for_it_is_a_clear_error() {
    let file = narrow();
    let ran = set(&file, &["1", "approved", "--note", "x"]).run();
    ran.fails_with(&["operation_patterns has no column review_notes"]);
    assert_eq!(column(&file, "automation_status").as_deref(), Some("detected"));
}

#[test]
fn an_unknown_pattern_gets_a_hint() {
    set(&team(), &["test:pytst:backend", "approved"])
        .run()
        .fails_with(&["did you mean test:pytest:backend?"]);
    set(&HistoryFile::minimal(), &["x", "approved"]).run().fails_with(&["no pattern 'x'"]);
}

#[test]
fn a_row_of_another_program_is_no_pattern_that_can_be_decided_on() {
    let file = team();
    file.execute(
        "PRAGMA ignore_check_constraints = ON;
         INSERT INTO operation_patterns (id, pattern_signature, pattern_type, automation_status)
         VALUES (77, 'add_dark_mode', 'workflow', 'template')",
    );
    set(&file, &["77", "approved"]).run().fails_with(&["no pattern '77'"]);
    Flowmine::on(&file).args(["patterns", "exclude", "add_dark_mode"]).run().fails_with(&["add_dark_mode"]);
    assert_eq!(file.pattern::<String>("add_dark_mode", "automation_status"), "template");
}

#[test]
fn asked_to_be_quiet_it_says_nothing() {
    let ran = set(&team(), &["1", "approved", "-q"]).run().succeeds();
    assert_eq!(ran.stdout(), "");
}

/// A file in the minimal layout whose pattern tables flowmine has made.
fn made_by_flowmine() -> HistoryFile {
    let file = HistoryFile::minimal();
    file.execute("INSERT INTO workflow_history (workflow_id, nl_input) VALUES ('wf-1', 'Run the backend tests with pytest')");
    Flowmine::on(&file).args(["backfill"]).run().succeeds();
    file
}

const DECISION: [&str; 6] = ["1", "approved", "--note", "make test will do", "--by", "ana"];

#[test]
fn a_table_that_flowmine_made_keeps_a_decision_with_who_when_and_why() {
    let file = made_by_flowmine();
    set(&file, &DECISION).run().succeeds();
    assert_eq!(column(&file, "review_notes").as_deref(), Some("make test will do"));
    assert_eq!(column(&file, "reviewed_by").as_deref(), Some("ana"));
    assert_eq!(column(&file, "updated_at"), column(&file, "reviewed_at"));
}

#[test]
fn a_table_of_an_earlier_version_gets_the_columns_with_its_first_note() {
    let file = made_by_flowmine();
    for column in ["reviewed_by", "reviewed_at", "review_notes", "updated_at"] {
        file.execute(&format!("ALTER TABLE operation_patterns DROP COLUMN {column}"));
    }
    set(&file, &["1", "candidate"]).run().succeeds();
    let columns = "SELECT count(*) FROM pragma_table_info('operation_patterns')";
    assert_eq!(file.value::<i64>(columns), 14, "a decision without a note needs none");
    set(&file, &DECISION).run().succeeds();
    assert_eq!(file.value::<i64>(columns), 18);
    assert_eq!(column(&file, "review_notes").as_deref(), Some("make test will do"));
}

#[test]
fn since_when_a_tool_does_it_stays_while_a_tool_does_it() {
    let file = team();
    let decided = "UPDATE operation_patterns SET automation_status = 'implemented', reviewed_at = '2025-05-01 08:00:00'";
    file.execute(decided);
    for status in ["implemented", "active", "implemented"] {
        set(&file, &["1", status, "--note", "still at it"]).run().succeeds();
        assert_eq!(column(&file, "reviewed_at").as_deref(), Some("2025-05-01 08:00:00"), "{status}");
        assert_eq!(column(&file, "review_notes").as_deref(), Some("still at it"));
    }
    set(&file, &["1", "approved"]).run().succeeds();
    set(&file, &["1", "active"]).run().succeeds();
    assert_ne!(column(&file, "reviewed_at").as_deref(), Some("2025-05-01 08:00:00"), "a new beginning");
}
