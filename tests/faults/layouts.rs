//! Fault 7: the file looks otherwise, or changes while a run is going on.

use jiff::Timestamp;
use rusqlite::types::Value;

use flowmine::db::Database;
use flowmine::db::runs::RulesUsed;
use flowmine::detect::RuleSet;
use flowmine::pipeline::{BATCH_SIZE, Plan, Progress, RunSummary, Selection, Which, run};

use crate::common::{APPLICATION, Flowmine, HistoryFile, MINIMAL, builtin, few_rules, now, text};
use crate::{assert_sound, bytes, history, rows, undisturbed};

const REQUEST: &str = "Run the backend tests with pytest";

/// A backfill by few rules in this process, in batches of this size.
fn backfill(
    db: &mut Database,
    batch: usize,
    progress: &mut dyn Progress,
) -> flowmine::db::Result<RunSummary> {
    run(db, &Plan { batch_size: batch.try_into().unwrap_or(BATCH_SIZE), ..plan(few_rules()) }, progress)
}

/// The plan of a backfill by these rules.
pub fn plan(rules: &RuleSet) -> Plan<'_> {
    Plan {
        command: "backfill",
        selection: Selection::finished(Which::All),
        rules,
        rules_used: RulesUsed { name: rules.name().to_owned(), hash: rules.hash().to_owned(), path: None },
        dry_run: false,
        rebuild: false,
        batch_size: BATCH_SIZE,
        now: now(),
    }
}

/// The file is refused by every command, in words that have this part, and stays as it is.
#[track_caller]
fn refused(sql: &str, part: &str) {
    let file = HistoryFile::with_sql(sql);
    let before = bytes(file.path());
    for args in [&["backfill"][..], &["process"], &["stats"], &["doctor"], &["doctor", "--fix"]] {
        Flowmine::by_few_rules(&file).args(args.iter().copied()).run().fails_with(&[part]);
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
fn alike(sql: &str, workflows: usize) -> HistoryFile {
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
fn links_that_another_program_adds_among_many_are_not_counted_as_ours() {
    let file = alike(APPLICATION, 200);
    let all = undisturbed(&file);
    let meddle = "INSERT INTO pattern_occurrences \
        (pattern_id, workflow_id, similarity_score, matched_characteristics, detected_at) \
        SELECT p.id, h.id, 100.0, o.matched_characteristics, o.detected_at FROM workflow_history AS h, \
            operation_patterns AS p, (SELECT * FROM pattern_occurrences LIMIT 1) AS o \
        WHERE h.id % 20 = 0 AND NOT EXISTS (SELECT 1 FROM pattern_occurrences WHERE workflow_id = h.id)";
    let linked = std::cell::Cell::new(0);
    let count = || file.value::<i64>("SELECT count(*) FROM pattern_occurrences");
    let meddle = || {
        let before = count();
        file.execute(meddle);
        linked.set(count() - before);
    };
    let summary = backfill(&mut file.open(), 100, &mut Meddler(Some(&meddle))).unwrap();
    assert!(linked.get() > 0, "the other program has come too late");
    assert_eq!(summary.counts.new_occurrences as i64, 200 - linked.get());
    assert!(file.content() == all, "the links are those of an undisturbed run");
}

/// Does something to the file when the first batch is committed.
struct Meddler<'a>(Option<&'a dyn Fn()>);

impl Progress for Meddler<'_> {
    fn committed(&mut self, _workflows: u64) {
        self.0.take().into_iter().for_each(|meddle| meddle());
    }
}

/// Runs a backfill in small batches and runs some SQL beside it after the first; answers how it ended.
fn meddled(file: &HistoryFile, sql: &str) -> Result<RunSummary, String> {
    let mut db = file.open();
    backfill(&mut db, 2, &mut Meddler(Some(&|| file.execute(sql)))).map_err(|error| error.to_string())
}

#[test]
fn columns_that_are_added_meanwhile_do_no_harm() {
    let file = history(30, "delete");
    let expected = undisturbed(&file);
    let added = "ALTER TABLE operation_patterns ADD COLUMN a; ALTER TABLE pattern_occurrences ADD COLUMN b DEFAULT 1;";
    meddled(&file, added).unwrap();
    assert!(file.content() == expected);
}

#[test]
fn a_table_that_is_dropped_meanwhile_is_a_clear_error_and_the_next_run_makes_all_of_it_anew() {
    for table in ["pattern_occurrences", "operation_patterns", "flowmine_runs"] {
        let file = history(30, "wal");
        let expected = undisturbed(&file);
        let error = meddled(&file, &format!("DROP TABLE {table}")).err().unwrap();
        assert!(
            error.contains(&format!("no such table: {table}")) || error.contains("no such table: main"),
            "{error}"
        );
        assert_eq!(file.value::<String>("PRAGMA integrity_check"), "ok");
        if table == "operation_patterns" {
            // Its occurrences point to patterns that are gone.
            Flowmine::by_few_rules(&file).args(["doctor", "--fix", "--no-backup"]).run().exits(0);
        }
        Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
        assert_sound(&file, table);
        assert!(file.content() == expected, "{table}");
    }
}

#[test]
fn a_history_that_is_purged_meanwhile_leaves_its_links() {
    let file = history(30, "delete");
    meddled(&file, "DELETE FROM workflow_history").unwrap();
    assert_sound(&file, "purged");
    assert!(!file.links().is_empty());
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
    let report = Flowmine::by_few_rules(&file).args(["doctor", "--format", "json"]).run().exits(0).json();
    let purged =
        report["rows"].as_array().unwrap().iter().find(|row| row["check"] == "purged_workflows").unwrap();
    assert_eq!(purged["count"], file.links().len());
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

/// Does something to the file while the first rows are read.
struct MeddlesWhileReading<'a>(Option<&'a dyn Fn()>);

impl Progress for MeddlesWhileReading<'_> {
    fn rows_read(&mut self, _rows: u64) {
        self.0.take().into_iter().for_each(|meddle| meddle());
    }
}

#[test]
fn a_column_that_is_renamed_while_the_history_is_read_is_a_clear_error_and_nothing_is_recorded() {
    for (column, also) in
        [("nl_input", ""), ("nl_input", "ADD COLUMN nl_input TEXT"), ("status", ""), ("retry_count", "")]
    {
        let file = history(9_000, "wal");
        let meddle = || {
            file.execute(&format!("ALTER TABLE workflow_history RENAME COLUMN {column} TO {column}_old"));
            if !also.is_empty() {
                file.execute(&format!("ALTER TABLE workflow_history {also}"));
            }
        };
        let mut db = file.open();
        let error = backfill(&mut db, 100, &mut MeddlesWhileReading(Some(&meddle))).err();
        match error {
            Some(error) => {
                let error = error.to_string();
                assert!(error.contains(column) || error.contains("altered while it was read"), "{error}");
            }
            None => assert!(!also.is_empty(), "{column} was renamed and nobody noticed"),
        }
        let marks: i64 = file.value("SELECT count(*) FROM flowmine_runs WHERE mark_rowid IS NOT NULL");
        assert_eq!((marks, file.links().len()), (0, 0), "{column} {also}");
    }
}

#[test]
fn a_history_that_gets_another_shape_while_it_is_read_is_a_clear_error_and_nothing_is_recorded() {
    for change in [
        "ALTER TABLE workflow_history DROP COLUMN nl_input",
        "ALTER TABLE workflow_history DROP COLUMN retry_count",
        "CREATE TABLE copy AS SELECT * FROM workflow_history; DROP TABLE workflow_history;
         ALTER TABLE copy RENAME TO workflow_history",
        "DROP TABLE workflow_history",
        "ALTER TABLE workflow_history RENAME TO old; CREATE VIEW workflow_history AS SELECT * FROM old",
    ] {
        let file = history(9_000, "wal");
        let mut db = file.open();
        let meddle = || file.execute(change);
        let error = backfill(&mut db, 100, &mut MeddlesWhileReading(Some(&meddle))).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            error.contains("workflow_history") || error.contains("no such column"),
            "{change}: '{error}'"
        );
        assert_eq!(error.lines().count(), 1, "{change}: {error}");
        let marks: i64 = file.value("SELECT count(*) FROM flowmine_runs WHERE mark_rowid IS NOT NULL");
        assert_eq!((marks, file.links().len()), (0, 0), "{change}");
    }
}

#[test]
fn a_decision_that_is_made_while_a_rebuild_goes_on_keeps_its_pattern() {
    let file = history(30, "wal");
    file.execute("UPDATE workflow_history SET nl_input = 'Build the project'");
    for (rebuild, rules) in [(false, "tac-webbuilder"), (true, "default")] {
        let decide = || {
            if rebuild {
                file.execute("UPDATE operation_patterns SET automation_status = 'approved' WHERE pattern_signature = 'build:build:frontend'");
            }
        };
        run(&mut file.open(), &Plan { rebuild, ..plan(builtin(rules)) }, &mut Meddler(Some(&decide)))
            .unwrap();
    }
    let kept: i64 =
        file.value("SELECT count(*) FROM operation_patterns WHERE automation_status = 'approved'");
    assert_eq!(kept, 1);
}
