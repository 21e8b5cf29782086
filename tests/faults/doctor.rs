//! What the doctor finds, and how it says it.

use std::path::PathBuf;

use rusqlite::types::Value;
use serde_json::Value as Json;

use crate::common::{Flowmine, HistoryFile, minimal_row, text, workflow};
use crate::{JOURNALS, bytes, history};

pub fn doctor(file: &HistoryFile, code: i32) -> Json {
    Flowmine::by_few_rules(file).args(["doctor", "--format", "json"]).run().exits(code).json()
}

pub fn mend(file: &HistoryFile) -> Json {
    Flowmine::by_few_rules(file).args(["doctor", "--fix", "--format", "json"]).run().exits(0).json()
}

/// The state and the count of a check.
pub fn check<'a>(report: &'a Json, name: &str) -> (&'a str, u64) {
    let row = report["rows"].as_array().unwrap().iter().find(|row| row["check"] == name);
    let row = row.unwrap_or_else(|| panic!("no check {name}: {report:#}"));
    (row["state"].as_str().unwrap(), row["count"].as_u64().unwrap())
}

pub fn wrong(report: &Json) -> Vec<&str> {
    let rows = report["rows"].as_array().unwrap().iter().filter(|row| row["state"] == "wrong");
    rows.map(|row| row["check"].as_str().unwrap()).collect()
}

pub fn backups(file: &HistoryFile) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(file.directory()).unwrap().map(|entry| entry.unwrap().path());
    let mut backups: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(".bak")).collect();
    backups.sort();
    backups
}

pub fn backup_value(path: &PathBuf, sql: &str) -> i64 {
    rusqlite::Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A file in the application's layout, with patterns of 40 workflows recorded.
pub fn recorded() -> HistoryFile {
    let file = history(40, "delete");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    file
}

/// As the audited file, with fewer links.
pub fn counted_again() -> HistoryFile {
    counted_up_to(240)
}

pub fn counted_up_to(links: u32) -> HistoryFile {
    let file = HistoryFile::application();
    file.execute(&format!(
        "INSERT INTO operation_patterns (pattern_signature, pattern_type, occurrence_count, avg_tokens_with_llm,
             avg_cost_with_llm, avg_tokens_with_tool, avg_cost_with_tool, potential_monthly_savings, confidence_score)
         VALUES ('sdlc:full:all', 'sdlc', {links}, 3500000, 2.48, 175000, 0.124, 183844.07, 85.0);
         WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < {links})
         INSERT INTO pattern_occurrences (pattern_id, workflow_id, similarity_score, matched_characteristics, detected_at)
         SELECT 1, 'wf-' || (n % 24), 100.0, '{{\"keywords\": []}}', datetime('2026-01-05 08:00:00', (n / 24) || ' hours')
         FROM number;"
    ));
    file
}

#[test]
fn a_file_that_flowmine_recorded_in_is_well() {
    for file in [recorded(), minimal()] {
        Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
        let report = doctor(&file, 0);
        assert_eq!((wrong(&report), &report["healthy"]), (Vec::new(), &Json::Bool(true)));
        Flowmine::by_few_rules(&file).args(["doctor", "--full"]).run().succeeds();
    }
}

fn minimal() -> HistoryFile {
    let file = HistoryFile::minimal();
    file.add_all(&["wf-1", "wf-2"].map(|key| minimal_row(&workflow(key))));
    file
}

#[test]
fn a_file_that_nothing_was_ever_recorded_in_is_not_sick() {
    for file in [minimal(), HistoryFile::minimal(), history(3, "delete")] {
        let before = bytes(file.path());
        let report = doctor(&file, 0);
        assert_eq!(check(&report, "tables").0, "info");
        mend(&file);
        assert!(bytes(file.path()) == before, "there was nothing to mend");
    }
}

#[test]
fn without_fix_nothing_is_written() {
    for journal in JOURNALS {
        let file = counted_again();
        file.value::<String>(&format!("PRAGMA journal_mode = {journal}"));
        let before = bytes(file.path());
        doctor(&file, 3);
        Flowmine::by_few_rules(&file).args(["doctor", "--full"]).run().exits(3);
        assert!(bytes(file.path()) == before, "{journal}");
        assert_eq!(backups(&file), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_signature_that_no_rules_can_give_is_left_to_a_person() {
    let file = recorded();
    file.execute(
        "INSERT INTO operation_patterns (pattern_signature, pattern_type, occurrence_count, confidence_score)
             VALUES ('Nonsense', 'x', 1, 10.0);
         INSERT INTO pattern_occurrences (pattern_id, workflow_id)
             SELECT id, 'wf-gone' FROM operation_patterns WHERE pattern_signature = 'Nonsense'",
    );
    assert_eq!(wrong(&doctor(&file, 3)), ["signatures"]);
    Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run().exits(3);
    assert_eq!(backups(&file), Vec::<PathBuf>::new(), "there was nothing to mend");
    file.execute(
        "UPDATE operation_patterns SET automation_status = 'deprecated' WHERE pattern_signature = 'Nonsense'",
    );
    assert_eq!(check(&doctor(&file, 0), "signatures"), ("info", 1));
}

#[test]
fn a_damaged_file_is_not_mended() {
    let file = recorded();
    file.execute("DROP INDEX idx_pattern_occurrence_unique");
    let pages = file
        .value::<i64>("SELECT rootpage FROM sqlite_schema WHERE name = 'idx_pattern_occurrences_detected'");
    let mut content = bytes(file.path());
    content[(pages as usize - 1) * 4096..][..4096].fill(0);
    std::fs::write(file.path(), &content).unwrap();
    let report =
        Flowmine::by_few_rules(&file).args(["doctor", "--fix", "--format", "json"]).run().exits(3).json();
    assert_eq!(wrong(&report), ["integrity"]);
    assert!(bytes(file.path()) == content);
    assert_eq!(backups(&file), Vec::<PathBuf>::new());
}

#[test]
fn rows_that_break_the_applications_own_constraints_are_no_damage() {
    let file = recorded();
    let conn = file.connection();
    conn.execute_batch(
        "PRAGMA ignore_check_constraints = ON; UPDATE workflow_history SET status = 'odd' WHERE id = 1",
    )
    .unwrap();
    drop(conn);
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    assert_eq!(check(&doctor(&file, 0), "integrity"), ("info", 1));
}

#[test]
fn what_is_missing_in_the_history_is_told() {
    let file = HistoryFile::application();
    file.add_all(&[
        vec![("adw_id", text("a")), ("actual_cost_total", Value::Null), ("nl_input", text(""))],
        vec![("adw_id", text("b")), ("actual_cost_total", Value::Real(0.0)), ("nl_input", text("x"))],
    ]);
    let report = doctor(&file, 0);
    assert_eq!(check(&report, "missing_request"), ("info", 1));
    assert_eq!(check(&report, "missing_cost"), ("info", 2));
}

#[test]
fn what_comes_and_goes_in_the_ordinary_course_of_things_is_no_fault() {
    let file = recorded();
    file.execute(
        "UPDATE workflow_history SET workflow_id = 'named-' || id WHERE workflow_id IS NULL;
         UPDATE flowmine_runs SET finished_at = NULL, outcome = 'running';
         DELETE FROM workflow_history WHERE id = (SELECT min(id) FROM workflow_history WHERE workflow_id LIKE 'wf-%')",
    );
    let report = Flowmine::by_few_rules(&file).args(["doctor", "--format", "json"]).run().json();
    assert_eq!(check(&report, "unended_runs"), ("info", 1));
    assert_eq!(check(&report, "renamed_workflows").0, "info");
    assert_eq!(check(&report, "purged_workflows").0, "info");
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
    assert_eq!(check(&doctor(&file, 0), "renamed_workflows"), ("ok", 0));
}

#[test]
fn every_format_shows_every_check() {
    let file = counted_again();
    for format in ["table", "json", "jsonl", "csv", "markdown"] {
        let shown = Flowmine::by_few_rules(&file).args(["doctor", "--format", format]).run().exits(3);
        for check in ["layout", "integrity", "unique_index", "duplicate_occurrences", "missing_duration"] {
            assert!(shown.stdout().contains(check), "{format} lacks {check}: {}", shown.stdout());
        }
        assert_eq!(shown.stderr(), "");
    }
}

#[test]
fn asked_to_be_quiet_it_speaks_only_when_something_is_wrong() {
    let file = counted_again();
    assert!(
        Flowmine::by_few_rules(&file)
            .args(["-q", "doctor"])
            .run()
            .exits(3)
            .stdout()
            .contains("duplicate_occurrences")
    );
    mend(&file);
    assert_eq!(Flowmine::by_few_rules(&file).args(["-q", "doctor"]).run().succeeds().stdout(), "");
}

/// A file with a workflow that has this value in a column.
fn with_odd(column: &str, value: &str) -> HistoryFile {
    let file = recorded();
    file.execute(&format!(
        "INSERT INTO workflow_history (adw_id, workflow_id) VALUES ('odd', 'wf-odd');
         UPDATE workflow_history SET {column} = {value} WHERE workflow_id = 'wf-odd'"
    ));
    file
}

#[test]
fn values_that_cannot_be_what_their_column_says_are_told() {
    for (name, column, value) in [
        ("unreadable_rows", "nl_input", "x'00ff'"),
        ("unreadable_rows", "error_message", "CAST(x'ff' AS TEXT)"),
        ("impossible_numbers", "actual_cost_total", "1000001"),
        ("impossible_numbers", "total_tokens", "-1"),
        ("impossible_numbers", "duration_seconds", "'soon'"),
        ("unreadable_times", "start_time", "'yesterday'"),
        ("unreadable_times", "start_time", "'1999-01-01 10:00:00'"),
    ] {
        let file = with_odd(column, value);
        Flowmine::by_few_rules(&file).args(["process"]).run();
        let found = doctor(&file, 0);
        assert_eq!(check(&found, name), ("info", 1), "{column} {value}");
    }
}

#[test]
fn a_status_that_flowmine_does_not_know_is_told_with_its_number() {
    let file = HistoryFile::minimal();
    file.execute(
        "ALTER TABLE workflow_history ADD COLUMN status TEXT;
         INSERT INTO workflow_history (workflow_id, nl_input, status) VALUES
             ('a', 'Run pytest', 'paused'), ('b', 'Run pytest', 'paused'), ('c', 'Run pytest', ' Success '), ('d', 'Run pytest', 'CANCELLED')",
    );
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    assert!(
        ran.stdout().contains("2 workflows with") && ran.stdout().contains("2 'paused'"),
        "{}",
        ran.stdout()
    );
    assert_eq!(file.links().len(), 2, "success and cancelled are history");
    assert_eq!(check(&doctor(&file, 0), "unknown_statuses"), ("info", 2));
    let stats = Flowmine::by_few_rules(&file).args(["stats"]).run().exits(0).stdout();
    assert!(stats.contains("2 'paused'"), "{stats}");
}

#[test]
fn workflows_that_lost_their_links_are_told_and_the_next_run_brings_them_back() {
    let file = history(40, "delete");
    file.execute("UPDATE workflow_history SET updated_at = datetime('2026-01-01', id || ' hours')");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    let before = file.links();
    file.execute("DELETE FROM pattern_occurrences WHERE id IN (SELECT id FROM pattern_occurrences LIMIT 3)");
    let found = doctor(&file, 3);
    let (state, count) = check(&found, "lost_workflows");
    assert!(state == "wrong" && (1..=3).contains(&count), "{state} {count}");
    Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run();
    let marks = "SELECT count(*) FROM flowmine_runs WHERE mark_rowid IS NOT NULL";
    assert_eq!(file.value::<i64>(marks), 0, "the next run looks at everything");
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
    assert_eq!(file.links(), before);
    assert_eq!(check(&doctor(&file, 0), "lost_workflows"), ("ok", 0));
}

#[test]
fn without_the_rules_in_force_the_doctor_says_which_check_it_could_not_make() {
    let file = recorded();
    let rules = file.directory().join("own.toml");
    Flowmine::on(&file).args(["rules", "init", rules.to_str().unwrap()]).run().exits(0);
    Flowmine::on(&file).args(["backfill", "--rebuild", "--rules", rules.to_str().unwrap()]).run().exits(0);
    std::fs::remove_file(&rules).unwrap();
    let report = Flowmine::on(&file).args(["doctor", "--format", "json"]).run().exits(0).json();
    let row = report["rows"].as_array().unwrap().iter().find(|row| row["check"] == "lost_workflows").unwrap();
    assert_eq!(row["state"], "info");
    let meaning = row["meaning"].as_str().unwrap();
    assert!(meaning.contains("not looked for") && meaning.contains("own.toml"), "{meaning}");
}

#[test]
fn a_table_of_patterns_without_signatures_is_named_and_not_asked_for_them() {
    let file = HistoryFile::minimal();
    file.execute("CREATE TABLE operation_patterns (id INTEGER PRIMARY KEY, name TEXT)");
    let ran = Flowmine::by_few_rules(&file).args(["doctor"]).run().exits(3);
    assert!(!ran.stderr().contains("no such column"), "{}", ran.stderr());
    let said = ran.stdout() + &ran.stderr();
    assert!(said.contains("pattern_signature"), "{said}");
}

#[test]
fn an_excluded_workflow_without_a_pattern_is_no_renamed_one() {
    let file = HistoryFile::application();
    file.execute(
        "INSERT INTO workflow_history (id, adw_id, nl_input, status) VALUES (3, 'x', 'Hello', 'completed')",
    );
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    Flowmine::by_few_rules(&file).args(["patterns", "exclude", "workflow:3"]).run().exits(0);
    file.execute("UPDATE workflow_history SET workflow_id = 'wf-3'");
    assert_eq!(check(&doctor(&file, 0), "renamed_workflows"), ("ok", 0));
}
