//! Another program changes the file during a run.

use flowmine::pipeline::{Plan, Progress, RunSummary, run};

use crate::common::{APPLICATION, Flowmine, HistoryFile, builtin, plan};
use crate::layouts::{alike, backfill};
use crate::{assert_sound, history, undisturbed};

/// Does something to the file when the first batch is committed.
struct Meddler<'a>(Option<&'a dyn Fn()>);

impl Progress for Meddler<'_> {
    fn committed(&mut self, _workflows: u64) {
        self.0.take().into_iter().for_each(|meddle| meddle());
    }
}

/// Does something to the file while the first rows are read.
struct MeddlesWhileReading<'a>(Option<&'a dyn Fn()>);

impl Progress for MeddlesWhileReading<'_> {
    fn rows_read(&mut self, _rows: u64) {
        self.0.take().into_iter().for_each(|meddle| meddle());
    }
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
