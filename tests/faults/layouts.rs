//! The file has another layout than expected.

use flowmine::db::Database;
use flowmine::pipeline::{BATCH_SIZE, Plan, Progress, RunSummary, run};
use jiff::Timestamp;
use rusqlite::types::Value;

use crate::common::{APPLICATION, Flowmine, HistoryFile, MINIMAL, few_rules, plan, text};
use crate::{assert_sound, bytes, history, rows, undisturbed};

const REQUEST: &str = "Run the backend tests with pytest";

/// A backfill by few rules in this process, in batches of this size.
pub fn backfill(
    db: &mut Database,
    batch: usize,
    progress: &mut dyn Progress,
) -> flowmine::db::Result<RunSummary> {
    run(db, &Plan { batch_size: batch.try_into().unwrap_or(BATCH_SIZE), ..plan(few_rules()) }, progress)
}

/// The file is refused by every command, in words that have this part, and stays as it is.
#[track_caller]
fn refused(sql: &str, part: &str) {
    let file = HistoryFile::with_sql(sql);
    let before = bytes(file.path());
    for args in [&["backfill"][..], &["process"], &["stats"], &["doctor"], &["doctor", "--fix"]] {
        Flowmine::by_few_rules(&file).args(args).run().fails_with(&[part]);
    }
    assert!(bytes(file.path()) == before, "{sql}");
}

/// The file is recorded in, and a second run changes nothing.
#[track_caller]
fn recorded(file: &HistoryFile) -> HistoryFile {
    Flowmine::by_few_rules(file).args(["backfill"]).run().exits(0);
    let before = rows(file);
    Flowmine::by_few_rules(file).args(["backfill"]).run().exits(0);
    assert!(rows(file) == before, "a second run has changed the file");
    assert_sound(file, "recorded");
    Flowmine::by_few_rules(file).args(["doctor"]).run().exits(0);
    crate::copy_of(file)
}

#[test]
fn without_workflow_history_it_says_what_is_there() {
    refused(
        "CREATE TABLE notes (text); CREATE TABLE tags (name);",
        "has no table workflow_history (it has notes, tags)",
    );
    refused("CREATE TABLE gone (x); DROP TABLE gone;", "has no table workflow_history (it has no tables)");
}

#[test]
fn a_history_that_is_no_ordinary_table_is_refused() {
    refused("CREATE TABLE t (workflow_id); CREATE VIEW workflow_history AS SELECT * FROM t;", "is a view");
    refused("CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY) WITHOUT ROWID;", "WITHOUT ROWID");
    refused("CREATE TABLE workflow_history (nl_input TEXT);", "its workflows have no key");
    refused("CREATE TABLE workflow_history (id, rowid, _rowid_, oid);", "hiding its rowid");
}

#[test]
fn pattern_tables_that_cannot_be_written_are_refused() {
    let history = "CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT);";
    refused(&format!("{history} CREATE VIEW operation_patterns AS SELECT 1 AS id;"), "operation_patterns");
    refused(
        &format!(
            "{history} CREATE TABLE pattern_occurrences (pattern_id, workflow_id, similarity_score, \
             matched_characteristics, detected_at, PRIMARY KEY (pattern_id, workflow_id)) WITHOUT ROWID;"
        ),
        "pattern_occurrences in workflow_history.db is a WITHOUT ROWID or virtual table",
    );
}

#[test]
fn pattern_tables_that_lack_a_column_are_found_out_before_anything_is_written() {
    let history = "CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT);";
    let file = HistoryFile::with_sql(&format!(
        "{history} CREATE TABLE operation_patterns (id INTEGER PRIMARY KEY, pattern_signature TEXT, pattern_type TEXT); \
         INSERT INTO workflow_history VALUES ('wf-1', '{REQUEST}');"
    ));
    Flowmine::by_few_rules(&file).args(["backfill"]).run().fails_with(&["no column named occurrence_count"]);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns"), 0);
}

#[test]
fn an_index_of_our_name_that_is_another_is_said_to_be_in_the_way() {
    let file = HistoryFile::with_sql(&format!(
        "{APPLICATION} CREATE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (workflow_id);"
    ));
    file.add(&[("adw_id", text("a")), ("nl_input", text(REQUEST))]);
    Flowmine::by_few_rules(&file)
        .args(["backfill"])
        .run()
        .fails_with(&["idx_pattern_occurrence_unique", "drop it"]);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences"), 0);
}

#[test]
fn a_column_of_ours_that_must_not_be_null_fails_workflows_and_not_the_run() {
    for table in ["operation_patterns", "pattern_occurrences"] {
        let file = history(8, "delete");
        file.execute(&format!(
            "CREATE TABLE old AS SELECT * FROM {table}; ALTER TABLE {table} ADD COLUMN owner TEXT NOT NULL DEFAULT ''; \
             PRAGMA writable_schema = ON; \
             UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL DEFAULT ''''', ' NOT NULL') WHERE name = '{table}'; \
             DROP TABLE old;"
        ));
        let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(3);
        assert!(
            ran.stderr().contains(&format!("NOT NULL constraint failed: {table}.owner")),
            "{}",
            ran.stderr()
        );
        assert_eq!(file.links(), []);
        assert_eq!(
            file.value::<i64>("SELECT count(*) FROM operation_patterns"),
            0,
            "no pattern without occurrences"
        );
        assert_sound(&file, table);
    }
}

#[test]
fn further_columns_with_a_default_are_left_alone() {
    let file = history(12, "delete");
    file.execute(
        "ALTER TABLE operation_patterns ADD COLUMN owner TEXT NOT NULL DEFAULT 'nobody';
         ALTER TABLE pattern_occurrences ADD COLUMN run INTEGER NOT NULL DEFAULT 7 CHECK (run = 7);",
    );
    let file = recorded(&file);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM pattern_occurrences WHERE run <> 7"), 0);
}

#[test]
fn a_trigger_that_refuses_some_workflows_fails_those_alone() {
    let file = history(12, "delete");
    let all = undisturbed(&file);
    file.execute(
        "CREATE TRIGGER picky BEFORE INSERT ON pattern_occurrences WHEN NEW.workflow_id = '5' OR NEW.workflow_id LIKE 'wf-%1%'
         BEGIN SELECT RAISE(ABORT, 'not this one'); END;",
    );
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(3);
    assert!(ran.stderr().contains("not this one"), "{}", ran.stderr());
    assert!(!file.links().is_empty());
    assert_sound(&file, "picky");
    file.execute("DROP TRIGGER picky");
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
    assert!(file.content() == all, "once nothing refuses them, they are recorded");
}

#[test]
fn a_trigger_that_changes_what_is_stored_does_no_harm() {
    let file = history(12, "delete");
    file.execute(
        "CREATE TABLE log (line TEXT);
         CREATE TRIGGER logged AFTER INSERT ON pattern_occurrences BEGIN INSERT INTO log VALUES (NEW.workflow_id); END;",
    );
    let links = recorded(&file).links().len() as i64;
    assert_eq!(file.value::<i64>("SELECT count(*) FROM log"), links);
}

#[test]
fn a_check_that_refuses_a_pattern_fails_its_workflows_alone() {
    let sql = APPLICATION
        .replace("pattern_type TEXT NOT NULL", "pattern_type TEXT NOT NULL CHECK (pattern_type <> 'test')");
    assert_ne!(sql, APPLICATION);
    let file = HistoryFile::with_sql(&sql);
    file.add(&[("adw_id", text("a")), ("nl_input", text(REQUEST))]);
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(3);
    assert!(ran.stderr().contains("CHECK constraint failed"), "{}", ran.stderr());
    assert_eq!(file.links(), []);
}

/// A file with so many workflows that all have one and the same pattern; the key of each is its number.
pub fn alike(sql: &str, workflows: usize) -> HistoryFile {
    let file = HistoryFile::with_sql(sql);
    let row = |number: usize| vec![("adw_id", text(&format!("adw-{number}"))), ("nl_input", text(REQUEST))];
    file.add_all(&(1..=workflows).map(row).collect::<Vec<_>>());
    file
}

#[test]
fn a_check_that_refuses_some_of_many_links_fails_those_alone() {
    let check = "workflow_id TEXT NOT NULL CHECK (workflow_id NOT LIKE '%7'),";
    let file = alike(&APPLICATION.replace("workflow_id TEXT NOT NULL,", check), 200);
    let ran = Flowmine::by_few_rules(&file).args(["backfill", "--format", "json"]).run().exits(3);
    let run = &ran.json()["run"];
    assert_eq!([&run["workflows"], &run["failed"], &run["new_occurrences"]], [200, 20, 180], "{run}");
    assert_eq!(file.links().len(), 180);
    assert_eq!(file.pattern::<i64>("test:pytest:backend", "occurrence_count"), 180);
    let before = rows(&file);
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(3);
    assert!(rows(&file) == before, "a second run has changed the file");
}

#[test]
fn two_rows_with_one_workflow_id_are_one_workflow() {
    let file = HistoryFile::application();
    for adw in ["a", "b"] {
        file.add(&[("adw_id", text(adw)), ("workflow_id", text("wf-1")), ("nl_input", text(REQUEST))]);
    }
    assert!(recorded(&file).links().iter().all(|(_, key)| key == "wf-1"));
    assert_eq!(file.value::<i64>("SELECT max(occurrence_count) FROM operation_patterns"), 1);
}

#[test]
fn strange_keys_are_keys_and_what_cannot_be_one_is_an_error_that_is_named() {
    let file = HistoryFile::application();
    let long = "k".repeat(100_000);
    let keys = [
        Value::Text(String::new()),
        Value::Null,
        Value::Integer(7_000),
        Value::Text(long.clone()),
        Value::Text("with\0nul".to_owned()),
        Value::Text("ünï 'quoted\" \u{202e}".to_owned()),
    ];
    let rows = keys.into_iter().enumerate();
    let row = |(number, key): (usize, Value)| {
        vec![("adw_id", text(&number.to_string())), ("workflow_id", key), ("nl_input", text(REQUEST))]
    };
    file.add_all(&rows.map(row).collect::<Vec<_>>());
    recorded(&file);
    let keys: Vec<String> = file.links().into_iter().map(|(_, key)| key).collect();
    for key in ["1", "2", "7000", &long, "with\0nul", "ünï 'quoted\" \u{202e}"] {
        assert!(keys.iter().any(|found| found == key), "{key} is missing");
    }
    file.execute(&format!("INSERT INTO workflow_history (adw_id, workflow_id, nl_input) VALUES ('x', CAST(x'ff41' AS TEXT), '{REQUEST}')"));
    let ran = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(3);
    assert!(ran.stderr().contains("workflow in row 7: workflow_id is not valid UTF-8"), "{}", ran.stderr());
    assert_eq!(file.links().len(), keys.len());
}

#[test]
fn names_are_found_whatever_their_case() {
    let file = HistoryFile::with_sql(
        &MINIMAL.replace("workflow_history", "Workflow_History").replace("nl_input", "NL_Input"),
    );
    file.add(&[("workflow_id", text("wf-1")), ("nl_input", text(REQUEST))]);
    assert!(!recorded(&file).links().is_empty());
}

#[test]
fn a_run_needs_no_clock_of_the_files() {
    // Times are the application's; a file without any is one month's.
    let file = HistoryFile::minimal();
    file.add(&[
        ("workflow_id", text("wf-1")),
        ("nl_input", text(REQUEST)),
        ("actual_cost_total", Value::Real(1.0)),
    ]);
    recorded(&file);
    assert_eq!(file.value::<f64>("SELECT max(potential_monthly_savings) FROM operation_patterns"), 0.95);
    assert!(
        file.value::<String>("SELECT max(last_seen) FROM operation_patterns") <= Timestamp::now().to_string()
    );
}
