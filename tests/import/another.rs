//! Runs in another program's file: its rows are what counts, whenever they come and whatever becomes of them.

use rusqlite::Connection;

use crate::common::Flowmine;
use crate::transcripts::Folder;

/// A file like the application's with one row, and a run of that row's workflow.
struct Application {
    folder: Folder,
    conn: Connection,
}

impl Application {
    fn new() -> Self {
        let folder = Folder::new();
        let conn = Connection::open(folder.path("app.db")).unwrap();
        conn.execute_batch(
            "CREATE TABLE workflow_history (id INTEGER PRIMARY KEY, adw_id TEXT UNIQUE, workflow_id TEXT, \
             nl_input TEXT, actual_cost_total REAL, status TEXT);
             INSERT INTO workflow_history VALUES (7, 'abc12345', NULL, 'run the backend tests', 0.5, 'completed')",
        )
        .unwrap();
        let application = Self { folder, conn };
        application.runs("abc12345", &["uv run pytest -q"]);
        application
    }

    /// The stream of a run that ran these commands.
    fn runs(&self, adw_id: &str, commands: &[&str]) {
        let mut lines =
            vec![r#"{"type":"system","subtype":"init","cwd":"/app","session_id":"s"}"#.to_owned()];
        lines.extend(commands.iter().enumerate().map(|(number, command)| {
            format!(
                r#"{{"type":"assistant","session_id":"s","message":{{"id":"m{number}","model":"claude-sonnet-4-6","content":[{{"type":"tool_use","id":"t{number}","name":"Bash","input":{{"command":"{command}"}}}}],"usage":{{"input_tokens":10,"output_tokens":1}}}}}}"#
            )
        }));
        lines.push(format!(
            r#"{{"type":"result","subtype":"success","session_id":"s","total_cost_usd":{}}}"#,
            commands.len()
        ));
        self.folder.write(&format!("agents/{adw_id}/tester/raw_output.jsonl"), lines.join("\n") + "\n");
    }

    fn flowmine(&self, args: &[&str]) -> Flowmine {
        Flowmine::in_directory(self.folder.root.path()).args(["--db", "app.db", "-q"]).args(args)
    }

    fn import(&self) {
        self.flowmine(&["import", "adw", "transcripts"]).run().exits(0);
    }

    /// The commands, by workflow: the key and the signature.
    fn commands(&self) -> Vec<(String, String)> {
        let sql = "SELECT workflow_id, coalesce(signature, '') FROM flowmine_commands ORDER BY workflow_id, position";
        let mut statement = self.conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn count(&self, sql: &str) -> i64 {
        self.conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn backend_tests_of(workflow: &str) -> (String, String) {
    (workflow.to_owned(), "test:pytest:backend".to_owned())
}

#[test]
fn a_target_that_a_command_does_not_name_is_that_of_its_rows_request() {
    let application = Application::new();
    application.import();
    assert_eq!(application.commands(), [backend_tests_of("7")]);
}

#[test]
fn a_row_that_is_given_its_workflow_id_keeps_what_was_measured_of_it() {
    let application = Application::new();
    application.import();
    let totals = || {
        let ran = application.flowmine(&["stats", "--format", "json"]).run().exits(0);
        let json: serde_json::Value = serde_json::from_str(&ran.stdout()).unwrap();
        ["possible_saving_a_month", "measured_share", "spend"].map(|figure| json["totals"][figure].clone())
    };
    let before = totals();
    application.conn.execute("UPDATE workflow_history SET workflow_id = 'wf-7'", []).unwrap();
    assert_eq!(totals(), before);
    application.flowmine(&["backfill", "--rebuild"]).run().exits(0);
    assert_eq!(totals(), before);
}

#[test]
fn an_import_after_a_backfill_ends_in_the_same_patterns_as_one_before_it() {
    let patterns = |commands: [&[&str]; 2]| {
        let application = Application::new();
        let other =
            "INSERT INTO workflow_history VALUES (8, 'def67890', NULL, 'run the tests', 0.5, 'completed')";
        application.conn.execute(other, []).unwrap();
        for command in commands {
            application.flowmine(command).run().exits(0);
        }
        let fields =
            "pattern_signature,occurrence_count,avg_cost_with_llm,confidence_score,potential_monthly_savings";
        let list = ["patterns", "list", "--format", "csv", "--fields", fields];
        application.flowmine(&list).run().exits(0).stdout()
    };
    let import: &[&str] = &["import", "adw", "transcripts"];
    let before = patterns([import, &["backfill"]]);
    assert_eq!(patterns([&["backfill"], import]), before);
    assert!(before.contains("test:pytest:backend") && before.contains("test:generic:all"), "{before}");
    assert!(!before.contains("test:generic:backend"), "{before}");
}

#[test]
fn a_row_that_comes_after_its_run_gets_its_calls_and_commands() {
    let application = Application::new();
    application.runs("def67890", &["uv run pytest -q"]);
    application.import();
    assert_eq!(application.commands(), [backend_tests_of("7")]);
    let sql = "INSERT INTO workflow_history VALUES (8, 'def67890', 'wf-8', 'run the backend tests', 0.5, 'completed')";
    application.conn.execute(sql, []).unwrap();
    application.import();
    assert_eq!(application.commands(), [backend_tests_of("7"), backend_tests_of("wf-8")]);
    assert_eq!(application.count("SELECT count(*) FROM flowmine_calls WHERE workflow_id = 'wf-8'"), 1);
}

#[test]
fn calls_and_commands_follow_a_workflow_that_gets_another_key() {
    let application = Application::new();
    application.import();
    application.conn.execute("UPDATE workflow_history SET workflow_id = 'wf-7'", []).unwrap();
    application.import();
    assert_eq!(application.commands(), [backend_tests_of("wf-7")]);
    assert_eq!(application.count("SELECT count(*) FROM flowmine_calls WHERE workflow_id = 'wf-7'"), 1);
    let linked = "SELECT count(*) FROM pattern_occurrences WHERE workflow_id = 'wf-7'";
    assert_eq!(application.count(linked), application.count("SELECT count(*) FROM pattern_occurrences"));
}

#[test]
fn rows_that_cannot_be_read_keep_no_other_run_from_its_calls() {
    let application = Application::new();
    application
        .conn
        .execute_batch(
            "INSERT INTO workflow_history VALUES (8, 'blob0000', x'00', 'test it', 0.5, 'completed'),
             (9, 'utf80000', CAST(x'ff' AS TEXT), 'test it', 0.5, 'completed'),
             (10, CAST(x'ff' AS TEXT), 'wf-10', CAST(x'ff' AS TEXT), 0.5, 'completed')",
        )
        .unwrap();
    for run in ["blob0000", "utf80000"] {
        application.runs(run, &["uv run pytest -q"]);
    }
    // Two workflows cannot be read, and are said to be.
    application.flowmine(&["import", "adw", "transcripts"]).run().exits(3);
    assert_eq!(application.commands(), [backend_tests_of("7")]);
}

#[test]
fn an_import_of_runs_that_no_workflow_is_of_says_so() {
    let application = Application::new();
    application.conn.execute("UPDATE workflow_history SET adw_id = 'other'", []).unwrap();
    let ran = application.flowmine(&["import", "adw", "transcripts"]).run().exits(0);
    assert!(ran.stderr().contains("nothing of them was kept"), "{}", ran.stderr());
}

#[test]
fn importing_into_another_programs_file_again_changes_no_byte() {
    let application = Application::new();
    application.import();
    let bytes = || std::fs::read(application.folder.path("app.db")).unwrap();
    let before = bytes();
    application.import();
    assert!(bytes() == before);
}

#[test]
fn a_run_that_is_run_again_in_its_folder_counts_as_it_is_then_though_it_is_shorter() {
    let application = Application::new();
    application.runs("abc12345", &["uv run pytest -q", "cargo fmt", "ls"]);
    application.import();
    assert_eq!(application.commands().len(), 3);
    application.runs("abc12345", &["uv run pytest -q"]);
    application.import();
    assert_eq!(application.commands(), [backend_tests_of("7")]);
    assert_eq!(application.count("SELECT CAST(sum(cost) AS INTEGER) FROM flowmine_calls"), 1);
}

#[test]
fn an_import_into_a_file_that_cannot_take_its_occurrences_writes_nothing() {
    let application = Application::new();
    let duplicates =
        "CREATE TABLE pattern_occurrences (id INTEGER PRIMARY KEY, pattern_id INTEGER, workflow_id TEXT, \
                      similarity_score REAL, matched_characteristics TEXT, detected_at TEXT);
                      INSERT INTO pattern_occurrences (pattern_id, workflow_id) VALUES (1, '7'), (1, '7')";
    application.conn.execute_batch(duplicates).unwrap();
    let before = std::fs::read(application.folder.path("app.db")).unwrap();
    application.flowmine(&["import", "adw", "transcripts"]).run().fails_with(&["doctor"]);
    assert!(std::fs::read(application.folder.path("app.db")).unwrap() == before);
}

#[test]
fn a_run_that_has_nothing_but_its_result_line_counts() {
    let application = Application::new();
    application.runs("abc12345", &[]);
    let import = ["--db", "app.db", "import", "adw", "transcripts", "--format", "json"];
    let ran = Flowmine::in_directory(application.folder.root.path()).args(import).run().exits(0);
    assert_eq!(ran.stderr(), "");
    assert_eq!(ran.json()["totals"]["turns"], 1);
}
