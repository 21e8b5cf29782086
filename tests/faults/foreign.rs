//! Files that another program has made or changed: what keeps flowmine from writing is found out before the first
//! write, named, and mended where that needs no guess.

use serde_json::Value as Json;

use crate::common::{APPLICATION, Flowmine, HistoryFile, text};
use crate::doctor::{backups, recorded};
use crate::{bytes, history, rows_of};

pub const REQUEST: &str = "Run the backend tests with pytest";

fn doctor(file: &HistoryFile) -> Json {
    Flowmine::by_few_rules(file).args(["doctor", "--format", "json"]).run().json()
}

/// What doctor says of writing to the file's tables: the state and the sentence.
fn writing(file: &HistoryFile) -> (String, String) {
    let report = doctor(file);
    let row = report["rows"].as_array().unwrap().iter().find(|row| row["check"] == "writing").unwrap();
    (row["state"].as_str().unwrap().to_owned(), row["meaning"].as_str().unwrap().to_owned())
}

/// A run is refused before it writes, in a line that has these parts; doctor says it too, and mends it; then a run adds
/// what is new, a second one nothing.
#[track_caller]
fn refused_and_mended(file: &HistoryFile, parts: &[&str]) {
    let before = bytes(file.path());
    for args in [&["backfill"][..], &["process"], &["backfill", "--rebuild"]] {
        Flowmine::by_few_rules(file).args(args).run().fails_with(parts);
    }
    assert!(bytes(file.path()) == before, "a refused run has written");
    let (state, sentence) = writing(file);
    assert_eq!(state, "wrong");
    assert!(sentence.contains(parts[0]), "{sentence}");
    Flowmine::by_few_rules(file).args(["doctor", "--fix"]).run().exits(0);
    assert_eq!(writing(file).0, "ok");
    Flowmine::by_few_rules(file).args(["backfill"]).run().exits(0);
    let after = file.content();
    Flowmine::by_few_rules(file).args(["backfill"]).run().exits(0);
    assert_eq!(file.content(), after, "a second run has changed something");
    crate::assert_sound(file, "mended");
}

/// Puts a copy of a table in its place, without keys and constraints, as a data frame does.
fn copied(file: &HistoryFile, table: &str) {
    file.execute(&format!(
        "CREATE TABLE copy AS SELECT * FROM {table}; DROP TABLE {table}; ALTER TABLE copy RENAME TO {table};"
    ));
}

/// The names in the file's directory.
pub fn beside(file: &HistoryFile) -> Vec<String> {
    let names = std::fs::read_dir(file.directory()).unwrap();
    let mut names: Vec<_> = names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_table_without_its_key_is_refused_and_made_anew_with_its_rows() {
    for table in ["operation_patterns", "pattern_occurrences", "flowmine_runs", "flowmine_exclusions"] {
        let file = recorded();
        let before = file.content();
        copied(&file, table);
        refused_and_mended(&file, &[table, "INTEGER PRIMARY KEY", "doctor --fix"]);
        assert_eq!(file.content(), before, "{table}");
    }
}

#[test]
fn a_table_made_anew_keeps_further_columns_indexes_and_triggers() {
    let file = recorded();
    copied(&file, "operation_patterns");
    file.execute(
        "ALTER TABLE operation_patterns ADD COLUMN owner TEXT; UPDATE operation_patterns SET owner = 'me';
         CREATE INDEX by_owner ON operation_patterns (owner); CREATE TABLE log (line);
         CREATE TRIGGER logged AFTER DELETE ON operation_patterns BEGIN INSERT INTO log VALUES (OLD.id); END;",
    );
    Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run().exits(0);
    assert_eq!(file.value::<i64>("SELECT count(*) FROM operation_patterns WHERE owner <> 'me'"), 0);
    assert_eq!(
        file.value::<i64>("SELECT count(*) FROM sqlite_schema WHERE name IN ('by_owner', 'logged')"),
        2
    );
    assert_eq!(file.value::<i64>("SELECT count(*) FROM log"), 0, "nothing of a person's was deleted");
}

/// The application's patterns without a key, and with more said of them.
fn keyless() -> HistoryFile {
    let sql = APPLICATION
        .replace(
            "id INTEGER PRIMARY KEY AUTOINCREMENT,\n    pattern_signature",
            "id INT,\n    pattern_signature",
        )
        .replace(
            "tool_name TEXT,",
            "tool_name TEXT UNIQUE, owner TEXT NOT NULL DEFAULT 'nobody', -- a (comment\n",
        )
        .replace(
            "updated_at TEXT DEFAULT (datetime('now'))\n)",
            "updated_at TEXT, CHECK (confidence_score <= 100)\n)",
        );
    HistoryFile::with_sql(&sql)
}

#[test]
fn a_table_made_anew_keeps_its_programs_conditions_defaults_and_triggers() {
    let file = keyless();
    file.add(&[("adw_id", text("a")), ("nl_input", text(REQUEST))]);
    refused_and_mended(&file, &["operation_patterns", "INTEGER PRIMARY KEY"]);
    assert_eq!(file.pattern::<String>("test:pytest:backend", "owner"), "nobody");
    assert!(file.pattern::<Option<String>>("test:pytest:backend", "first_detected").is_some());
    let refused = |change: &str| {
        let sql = format!("UPDATE operation_patterns SET {change} WHERE pattern_type = 'test'");
        file.connection().execute(&sql, []).unwrap_err().to_string()
    };
    assert!(refused("automation_status = 'nonsense'").contains("CHECK constraint failed"));
    assert!(refused("confidence_score = 101").contains("CHECK constraint failed"));
    assert!(refused("owner = NULL").contains("NOT NULL constraint failed"));
    assert_eq!(file.value::<i64>("SELECT count(*) FROM sqlite_schema WHERE name = 'stamp_pattern'"), 1);
}

#[test]
fn a_row_that_breaks_its_tables_conditions_is_kept_when_the_table_is_made_anew() {
    let file = keyless();
    file.execute(
        "PRAGMA ignore_check_constraints = ON;
         INSERT INTO operation_patterns (id, pattern_signature, pattern_type, automation_status) VALUES (7, 'a:b:c', 'a', 'odd')",
    );
    Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run();
    assert_eq!(file.pattern::<i64>("a:b:c", "id"), 7);
    assert_eq!(writing(&file).0, "ok");
}

#[test]
fn patterns_imported_as_texts_are_numbers_again() {
    let file = recorded();
    let before = file.content();
    file.execute(
        "CREATE TABLE copy (id TEXT, pattern_signature TEXT, pattern_type TEXT, occurrence_count TEXT, avg_tokens_with_llm TEXT,
             avg_cost_with_llm TEXT, avg_tokens_with_tool TEXT, avg_cost_with_tool TEXT, typical_input_pattern TEXT,
             automation_status TEXT, confidence_score TEXT, potential_monthly_savings TEXT, created_at TEXT, last_seen TEXT);
         INSERT INTO copy SELECT id, pattern_signature, pattern_type, occurrence_count, avg_tokens_with_llm, avg_cost_with_llm,
             avg_tokens_with_tool, avg_cost_with_tool, typical_input_pattern, automation_status, confidence_score,
             potential_monthly_savings, created_at, last_seen FROM operation_patterns;
         DROP TABLE operation_patterns; ALTER TABLE copy RENAME TO operation_patterns;",
    );
    refused_and_mended(&file, &["operation_patterns", "INTEGER PRIMARY KEY"]);
    assert_eq!(file.content(), before);
}

#[test]
fn a_key_column_that_changes_keys_is_refused_and_made_anew() {
    for kind in ["STRING", "INTEGER", "NUMERIC"] {
        let file = HistoryFile::with_sql(&APPLICATION.replace(
            "workflow_id TEXT NOT NULL,\n    similarity_score",
            &format!("workflow_id {kind} NOT NULL,\n    similarity_score"),
        ));
        for key in ["00123456", "12e34567", "wf-1"] {
            file.add(&[("adw_id", text(key)), ("workflow_id", text(key)), ("nl_input", text(REQUEST))]);
        }
        refused_and_mended(&file, &[&format!("workflow_id is {kind}"), "00123456 as 123456"]);
        let keys: Vec<String> = file.links().into_iter().map(|(_, key)| key).collect();
        assert_eq!(keys, ["00123456", "12e34567", "wf-1"], "{kind}");
    }
}

#[test]
fn keys_that_the_history_itself_has_changed_are_compared_as_they_stand_there() {
    let file = HistoryFile::with_sql(
        "CREATE TABLE workflow_history (id INTEGER PRIMARY KEY AUTOINCREMENT, workflow_id STRING, nl_input TEXT, updated_at TEXT)",
    );
    for key in ["00123456", "12e34567", "0.5"] {
        file.add(&[("workflow_id", text(key)), ("nl_input", text(REQUEST))]);
    }
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    let links = file.links();
    assert_eq!(links.len(), 3);
    for args in [&["process"][..], &["backfill"], &["backfill", "--rebuild"]] {
        Flowmine::by_few_rules(&file).args(args).run().exits(0);
        assert_eq!(file.links(), links, "{args:?}");
    }
}

#[test]
fn columns_that_only_their_program_can_add_are_all_named_and_no_mend_is_promised() {
    let file = history(3, "delete");
    file.execute(
        "DROP TABLE operation_patterns; CREATE TABLE operation_patterns (id INTEGER PRIMARY KEY, pattern_signature TEXT UNIQUE,
             pattern_type TEXT, automation_status TEXT, detection_count INT, prediction_count INT);
         INSERT INTO operation_patterns VALUES (1, 'test:pytest:backend', 'test', 'detected', 1, 1);",
    );
    let before = bytes(file.path());
    let error = Flowmine::by_few_rules(&file).args(["backfill"]).run();
    error.fails_with(&[
        "no column named occurrence_count, avg_tokens_with_llm",
        "last_seen",
        "later migrations",
    ]);
    let shown = Flowmine::by_few_rules(&file).args(["doctor"]).run().exits(3).stdout();
    assert!(!shown.contains("--fix' mends"), "{shown}");
    Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run().exits(3);
    assert!(bytes(file.path()) == before);
    assert!(backups(&file).is_empty());
}

#[test]
fn a_history_of_another_program_is_named_and_left_alone() {
    for (columns, part) in [
        ("id INTEGER PRIMARY KEY, versionId, workflowId, nodes, connections, authors", "is n8n's"),
        ("id INTEGER PRIMARY KEY, title, body", "its columns are body, id, title"),
    ] {
        let file = HistoryFile::with_sql(&format!("CREATE TABLE workflow_history ({columns})"));
        let before = bytes(file.path());
        for args in [&["backfill"][..], &["process"], &["stats"], &["doctor", "--fix"]] {
            Flowmine::by_few_rules(&file).args(args).run().fails_with(&["workflow_history in", part]);
        }
        assert!(bytes(file.path()) == before);
    }
}

#[test]
fn a_trigger_that_would_change_the_history_is_named_with_its_table_before_a_run_meets_it() {
    for (table, event) in [
        ("pattern_occurrences", "INSERT"),
        ("operation_patterns", "UPDATE"),
        ("operation_patterns", "INSERT"),
        ("flowmine_runs", "UPDATE"),
    ] {
        let file = recorded();
        let before = rows_of(&file, "workflow_history");
        file.execute(&format!(
            "CREATE TRIGGER purge AFTER {event} ON {table} BEGIN DELETE FROM workflow_history; END;"
        ));
        file.add(&[("adw_id", text("new")), ("nl_input", text(REQUEST))]);
        file.execute("DELETE FROM workflow_history WHERE adw_id = 'new'");
        let (state, sentence) = writing(&file);
        let named = format!("the trigger 'purge' on {table} would write to workflow_history");
        assert!(state == "wrong" && sentence.contains(&named), "{sentence}");
        Flowmine::by_few_rules(&file)
            .args(["backfill", "--rebuild"])
            .run()
            .fails_with(&[&named, "nothing was written"]);
        assert_eq!(rows_of(&file, "workflow_history"), before);
    }
}

#[test]
fn an_index_of_our_name_that_does_not_do_its_work_is_replaced_by_a_mend() {
    for index in [
        "CREATE UNIQUE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id) WHERE similarity_score > 50",
        "CREATE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (workflow_id)",
        "CREATE UNIQUE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id COLLATE NOCASE)",
    ] {
        let file = recorded();
        file.execute(&format!("DROP INDEX idx_pattern_occurrence_unique; {index}"));
        Flowmine::by_few_rules(&file).args(["backfill"]).run().fails_with(&["idx_pattern_occurrence_unique"]);
        Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run().exits(0);
        assert_eq!(writing(&file).0, "ok", "{index}");
        Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    }
}

/// A file whose unique index knows only some of the rows.
fn with_damaged_index() -> HistoryFile {
    let file = recorded();
    let unique =
        "CREATE UNIQUE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id)";
    file.execute(&format!(
        "DROP INDEX idx_pattern_occurrence_unique;
         CREATE INDEX idx_pattern_occurrence_unique ON pattern_occurrences (pattern_id, workflow_id) WHERE id < 7;
         PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = '{unique}' WHERE name = 'idx_pattern_occurrence_unique';"
    ));
    file
}

#[test]
fn an_index_that_has_other_rows_than_its_table_stops_a_run_and_is_made_anew_by_a_mend() {
    let expected = recorded().content();
    // With a high rowid the history counts as a long one, which is read while another thread looks at the index.
    let far = "INSERT INTO workflow_history (id, adw_id, status) VALUES (40000, 'far', 'running')";
    for more in ["", far] {
        let file = with_damaged_index();
        file.execute(more);
        refused_and_mended(
            &file,
            &["the index idx_pattern_occurrence_unique has other rows than its table", "REINDEX"],
        );
        assert_eq!(file.content(), expected);
    }
}

#[test]
fn a_damaged_index_is_made_anew_beside_one_whose_name_its_own_begins_with() {
    let file = recorded();
    let index = "CREATE INDEX by_workflow_time ON pattern_occurrences (workflow_id, detected_at)";
    file.execute(&format!(
        "CREATE INDEX by_workflow ON pattern_occurrences (workflow_id); {index} WHERE id < 7;
         PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = '{index}' WHERE name = 'by_workflow_time';"
    ));
    Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run().exits(0);
    let made = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name LIKE 'by_workflow%' ORDER BY 1)";
    assert_eq!(file.value::<String>(made), "by_workflow,by_workflow_time");
    assert_eq!(file.value::<String>("SELECT integrity_check FROM pragma_integrity_check"), "ok");
}

#[test]
fn the_word_autoincrement_in_a_comment_gives_no_id_twice_a_meaning() {
    let file = HistoryFile::with_sql(
        "CREATE TABLE workflow_history (id INTEGER PRIMARY KEY, -- no AUTOINCREMENT: ids are ours
             workflow_id TEXT, nl_input TEXT, updated_at TEXT)",
    );
    for key in ["wf-1", "wf-2"] {
        file.add(&[
            ("workflow_id", text(key)),
            ("nl_input", text(REQUEST)),
            ("updated_at", text("2026-01-02")),
        ]);
    }
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    file.execute("DELETE FROM workflow_history WHERE workflow_id = 'wf-2'");
    file.add(&[
        ("workflow_id", text("wf-3")),
        ("nl_input", text(REQUEST)),
        ("updated_at", text("2026-01-01")),
    ]);
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
    assert!(file.links().iter().any(|(_, key)| key == "wf-3"), "{:?}", file.links());
}

#[test]
fn a_page_in_use_that_counts_as_free_stops_a_run_before_it_is_written_over() {
    let file = recorded();
    file.execute("CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(9000)); DROP TABLE filler");
    let root: i64 = file.value("SELECT rootpage FROM sqlite_schema WHERE name = 'workflow_history'");
    let mut content = bytes(file.path());
    let trunk = u32::from_be_bytes(content[32..36].try_into().unwrap()) as usize;
    assert!(trunk > 0, "there are free pages");
    // The first leaf of the list of free pages becomes the page where the history begins.
    let leaf = (trunk - 1) * 4096 + 8;
    content[leaf..leaf + 4].copy_from_slice(&(root as u32).to_be_bytes());
    std::fs::write(file.path(), &content).unwrap();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().fails_with(&["is damaged", "nothing was written"]);
    assert!(bytes(file.path()) == content);
}

#[test]
fn doctor_checks_the_rest_of_a_file_that_asks_for_a_function_it_lacks() {
    let file = recorded();
    file.execute(
        "CREATE TABLE other (a TEXT); INSERT INTO other VALUES ('x'); PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE TABLE other (a TEXT CHECK (norm(a) <> ''y''))' WHERE name = 'other';",
    );
    let shown = Flowmine::by_few_rules(&file).args(["doctor"]).run().exits(0).stdout();
    assert!(shown.contains("could not be checked: other"), "{shown}");
    file.execute("UPDATE operation_patterns SET occurrence_count = 99");
    Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).run().exits(0);
    assert!(file.value::<i64>("SELECT max(occurrence_count) FROM operation_patterns") < 99);
    assert_eq!(backups(&file).len(), 1);
}

#[test]
fn a_function_that_is_missing_is_named_with_the_trigger_that_asks_for_it() {
    let file = recorded();
    file.execute(
        "CREATE TRIGGER shout AFTER INSERT ON pattern_occurrences BEGIN SELECT shouted(NEW.workflow_id); END",
    );
    Flowmine::by_few_rules(&file)
        .args(["backfill"])
        .run()
        .fails_with(&["no such function: shouted", "trigger shout asks for"]);
}

#[test]
fn ids_that_are_used_up_are_no_full_disk() {
    let file = recorded();
    file.execute("UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'pattern_occurrences'");
    file.add(&[("adw_id", text("new")), ("nl_input", text(REQUEST))]);
    Flowmine::by_few_rules(&file)
        .args(["backfill"])
        .run()
        .fails_with(&["pattern_occurrences has used up its ids"]);
}

#[test]
fn a_backup_lies_beside_the_real_file_and_a_failed_mend_leaves_none() {
    let file = recorded();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(file.path(), elsewhere.path().join("link.db")).unwrap();
    let mend = || Flowmine::in_directory(elsewhere.path()).args(["--db", "link.db", "doctor", "--fix"]).run();
    file.execute("UPDATE operation_patterns SET occurrence_count = 99");
    mend().exits(0);
    assert_eq!((backups(&file).len(), std::fs::read_dir(elsewhere.path()).unwrap().count()), (1, 1));
    file.execute(
        "INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (999, 'x');
         CREATE TRIGGER kept BEFORE DELETE ON pattern_occurrences BEGIN SELECT RAISE(ABORT, 'nothing goes'); END",
    );
    mend().fails_with(&["nothing goes"]);
    assert_eq!(beside(&file).len(), 2, "{:?}", beside(&file));
}

#[test]
fn keys_that_ignore_case_or_blanks_by_their_declaration_are_told_apart_all_the_same() {
    for collation in ["NOCASE", "RTRIM"] {
        let file = HistoryFile::application();
        file.execute(&format!(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema
                 SET sql = replace(sql, 'workflow_id TEXT', 'workflow_id TEXT COLLATE {collation}')
                 WHERE name IN ('workflow_history', 'pattern_occurrences')"
        ));
        for (adw_id, key) in [("a", "wf-1"), ("b", "WF-1"), ("c", "wf-1  ")] {
            file.add(&[
                ("adw_id", text(adw_id)),
                ("workflow_id", text(key)),
                ("nl_input", text(REQUEST)),
                ("status", text("completed")),
            ]);
        }
        for _ in 0..2 {
            Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
            assert_eq!(file.links().len(), 3, "{collation}");
        }
        assert_eq!(writing(&file).0, "ok", "{collation}");
    }
}
