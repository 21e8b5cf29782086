//! `flowmine import` as a person runs it.

use std::fs;

use serde_json::Value;

use crate::common::{Flowmine, OutputSchema, column};

use crate::transcripts::{Folder, Session};

/// A home with one session of Claude Code.
fn home() -> Folder {
    let folder = Folder::new();
    let mut session = Session::new("11111111-2222-4333-8444-555555555555");
    session.asks("run the zyxword tests").runs("uv run pytest -q quuxdir && API_KEY=hunter2 ./deploy", 1000);
    session.says("done", 100);
    let path = folder.path("home/.claude/projects/-home-ada-app/11111111.jsonl");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, session.text()).unwrap();
    folder
}

fn flowmine(folder: &Folder) -> Flowmine {
    let home = folder.path("home");
    Flowmine::in_directory(folder.root.path())
        .env("HOME", home.to_str().unwrap())
        .env("XDG_DATA_HOME", folder.path("data").to_str().unwrap())
}

fn own_file(folder: &Folder) -> std::path::PathBuf {
    folder.path("data/flowmine/history.db")
}

fn has_bytes(folder: &Folder, text: &str) -> bool {
    memchr::memmem::find(&fs::read(own_file(folder)).unwrap(), text.as_bytes()).is_some()
}

#[test]
fn a_newcomer_imports_and_lists_patterns_without_naming_a_file() {
    let folder = home();
    let ran = flowmine(&folder).args(["import"]).run().exits(0);
    assert!(ran.stdout().contains("1 turn (1 new, 0 grown)"), "{}", ran.stdout());
    assert!(ran.stdout().contains("list price"), "{}", ran.stdout());
    let list = flowmine(&folder).args(["patterns", "list"]).run().exits(0);
    assert!(list.stdout().contains("test:"), "{}", list.stdout());
}

#[test]
fn a_request_and_the_command_that_ran_for_it_are_one_pattern_and_explain_says_so() {
    let folder = home();
    flowmine(&folder).args(["import"]).run().exits(0);
    let list = flowmine(&folder).args(["patterns", "list", "--format", "json"]).run().exits(0).json();
    let listed = list.to_string();
    assert!(listed.contains("test:pytest:all"), "{listed}");
    assert!(!listed.contains("test:generic:all"), "{listed}");
    let conn = rusqlite::Connection::open(own_file(&folder)).unwrap();
    let key: String =
        conn.query_row("SELECT workflow_id FROM workflow_history", [], |row| row.get(0)).unwrap();
    let explained = flowmine(&folder).args(["explain", "--workflow", &key]).run().exits(0);
    assert!(explained.stdout().contains("test:pytest:all"), "{}", explained.stdout());
    assert!(explained.stdout().contains("the commands that ran"), "{}", explained.stdout());
}

#[test]
fn nothing_found_is_a_failure_that_says_where_it_looked() {
    let folder = Folder::new();
    fs::create_dir(folder.path("home")).unwrap();
    let ran = flowmine(&folder).args(["import"]).run().exits(1);
    for place in [".claude/projects", ".codex/sessions", "agents"] {
        assert!(ran.stderr().contains(place), "{}", ran.stderr());
    }
}

#[test]
fn the_totals_are_there_for_programs() {
    let folder = home();
    let json = flowmine(&folder).args(["import", "--format", "json"]).run().exits(0).json();
    assert_eq!(json["kind"], "import");
    let totals = &json["totals"];
    for (key, wanted) in [("files", 1), ("turns", 1), ("turns_new", 1), ("calls", 2), ("commands", 1)] {
        assert_eq!(totals[key], Value::from(wanted), "{key} in {totals}");
    }
    assert_eq!(json["rows"][0]["model"], "claude-sonnet-4-6");
}

#[test]
fn a_dry_run_makes_no_file() {
    let folder = home();
    let ran = flowmine(&folder).args(["import", "--dry-run"]).run().exits(0);
    assert!(ran.stdout().contains("would be 1 new"), "{}", ran.stdout());
    assert!(!folder.path("data").exists());
}

#[test]
fn importing_again_changes_no_byte() {
    let folder = home();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    let before = fs::read(own_file(&folder)).unwrap();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    assert_eq!(fs::read(own_file(&folder)).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = home();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&own_file(&folder)), 0o600);
    assert_eq!(mode(own_file(&folder).parent().unwrap()), 0o700);
}

#[test]
fn credentials_in_commands_are_never_stored() {
    let folder = home();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    assert!(has_bytes(&folder, "quuxdir"));
    assert!(!has_bytes(&folder, "hunter2"));
}

#[test]
fn without_texts_no_word_of_a_request_or_command_is_in_the_file() {
    let folder = home();
    flowmine(&folder).args(["-q", "import", "--no-text"]).run().exits(0);
    for word in ["zyxword", "quuxdir", "run the", "uv run"] {
        assert!(!has_bytes(&folder, word), "{word}");
    }
    let list = flowmine(&folder).args(["patterns", "list"]).run().exits(0);
    assert!(list.stdout().contains("test:"), "{}", list.stdout());
}

#[test]
fn another_programs_file_takes_runs_only() {
    let folder = home();
    let db = folder.path("app.db");
    let conn = rusqlite::Connection::open(&db).unwrap();
    conn.execute_batch("CREATE TABLE workflow_history (workflow_id TEXT PRIMARY KEY, nl_input TEXT)")
        .unwrap();
    drop(conn);
    let before = fs::read(&db).unwrap();
    let ran = flowmine(&folder).args(["--db", db.to_str().unwrap(), "import", "claude"]).run().exits(1);
    assert!(ran.stderr().contains("another program's file"), "{}", ran.stderr());
    assert_eq!(fs::read(&db).unwrap(), before);
}

/// A run's transcript, and an application's file that has the run's workflow.
fn application() -> (Folder, rusqlite::Connection) {
    let folder = Folder::new();
    let stream = [
        r#"{"type":"system","subtype":"init","cwd":"/app","session_id":"s"}"#,
        r#"{"type":"assistant","message":{"id":"m","model":"claude-sonnet-4-6","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"pytest"}}],"usage":{"input_tokens":10,"output_tokens":1}},"session_id":"s"}"#,
        r#"{"type":"result","subtype":"success","session_id":"s","total_cost_usd":0.5,"usage":{"input_tokens":10,"output_tokens":9}}"#,
    ];
    for run in ["abc12345", "def67890"] {
        folder.write(&format!("agents/{run}/tester/raw_output.jsonl"), stream.join("\n") + "\n");
    }
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    conn.execute_batch(
        "CREATE TABLE workflow_history (id INTEGER PRIMARY KEY, adw_id TEXT UNIQUE, workflow_id TEXT, nl_input TEXT, \
         actual_cost_total REAL, status TEXT);
         INSERT INTO workflow_history VALUES (7, 'abc12345', NULL, 'test it', 0.5, 'completed')",
    )
    .unwrap();
    (folder, conn)
}

#[test]
fn a_run_gives_its_calls_and_commands_to_the_workflow_that_is_there() {
    let (folder, conn) = application();
    folder.by_few_rules(["import", "adw", "transcripts"]).run().exits(0);
    let row: (String, String, f64) = conn
        .query_row("SELECT workflow_id, command, cost FROM flowmine_commands", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, ("7".to_owned(), "pytest".to_owned(), 0.5));
    let rows: i64 = conn.query_row("SELECT count(*) FROM workflow_history", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_dry_run_into_another_programs_file_says_what_the_import_does() {
    let (folder, _) = application();
    let totals = |args: &[&str]| {
        let args = [&["import", "adw", "transcripts", "--format", "json"], args].concat();
        let totals = folder.by_few_rules(args).run().exits(0).json()["totals"].clone();
        ["turns", "turns_new", "calls", "commands", "cost"].map(|name| totals[name].clone())
    };
    let dry = totals(&["--dry-run"]);
    assert_eq!(totals(&[]), dry);
    assert_eq!(totals(&["--dry-run"]), dry);
    folder.write("claude.jsonl", Session::new("person").asks("test it").text());
    for more in [&[][..], &["--dry-run"]] {
        let args = [&["import", "claude", "transcripts"], more].concat();
        folder.by_few_rules(args).run().fails_with(&["another program's file"]);
    }
}

#[test]
fn json_is_what_the_schema_says() {
    let folder = home();
    let json = flowmine(&folder).args(["import", "--format", "json"]).run().exits(0).json();
    let schema = OutputSchema::read();
    schema.assert_valid("import", &json, "import");
    schema.assert_of_one_kind(&json, "import");
}

/// The figures of the pattern with this signature.
fn pattern(folder: &Folder, signature: &str) -> (i64, f64) {
    let conn = rusqlite::Connection::open(own_file(folder)).unwrap();
    let sql =
        "SELECT occurrence_count, avg_cost_with_llm FROM operation_patterns WHERE pattern_signature = ?1";
    conn.query_row(sql, [signature], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn a_patterns_cost_is_that_of_its_commands() {
    let folder = home();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    let conn = rusqlite::Connection::open(own_file(&folder)).unwrap();
    let number = |sql: &str| -> f64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    let commands = number("SELECT sum(cost) FROM flowmine_commands WHERE signature = 'test:pytest:all'");
    let (count, mean) = pattern(&folder, "test:pytest:all");
    assert_eq!(count, 1);
    assert!((mean - commands).abs() < 1e-12, "{mean} and {commands}");
    assert!(mean < number("SELECT actual_cost_total FROM workflow_history"));
}

#[test]
fn a_request_answered_by_a_command_is_one_pattern_and_not_two() {
    let folder = home();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    let conn = rusqlite::Connection::open(own_file(&folder)).unwrap();
    let sql = "SELECT pattern_signature FROM operation_patterns WHERE pattern_type = 'test'";
    let tests: Vec<String> = column(&conn, sql);
    assert_eq!(tests, ["test:pytest:all"]);
}

#[test]
fn stats_say_which_share_is_measured_and_show_lists_the_commands_that_ran() {
    let folder = home();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    let stats = flowmine(&folder).args(["stats", "--format", "json"]).run().exits(0).json();
    assert_eq!(stats["measured_by_model"][0]["model"], "claude-sonnet-4-6");
    assert_eq!(stats["measured_by_project"][0]["project"], "/home/ada/app");
    let shown = flowmine(&folder)
        .args(["patterns", "show", "test:pytest:all", "--format", "json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(shown["commands"][0]["times"], 1);
    for (document, kind) in [(&stats, "stats"), (&shown, "pattern")] {
        OutputSchema::read().assert_valid(kind, document, kind);
    }
}

#[test]
fn calls_and_commands_are_measured_where_nothing_else_is_left_of_the_import() {
    let folder = home();
    flowmine(&folder).args(["-q", "import"]).run().exits(0);
    let figures = || {
        let json =
            |args: &[&str]| flowmine(&folder).args(args).args(["--format", "json"]).run().exits(0).json();
        let shown = json(&["patterns", "show", "test:pytest:all"]);
        let stats = json(&["stats"]);
        [
            json(&["patterns", "list"])["rows"][0].clone(),
            shown["commands"].clone(),
            stats["measured_by_model"].clone(),
        ]
    };
    let before = figures();
    assert!(before[0]["measured_share"].as_f64().unwrap() > 0.0, "{:?}", before[0]);
    let conn = rusqlite::Connection::open(own_file(&folder)).unwrap();
    conn.execute_batch("DROP TABLE flowmine_import_state; DROP TABLE flowmine_transcripts").unwrap();
    flowmine(&folder).args(["-q", "backfill", "--rebuild"]).run().exits(0);
    assert_eq!(figures(), before);
}

#[test]
fn a_dry_run_says_the_totals_of_an_import_where_another_session_has_come_in_a_files_place() {
    let folder = Folder::new();
    for (number, name) in ["first", "second", "third"].into_iter().enumerate() {
        let mut session = Session::new(name);
        session.asks("run the tests").runs("uv run pytest -q", 100 + number as u64);
        folder.write("session.jsonl", session.text() + "\n".repeat(number).as_str());
        let said = |args: &[&str]| {
            let all = [&["import", "transcripts", "--format", "json"], args].concat();
            let json = folder.by_few_rules(all).run().exits(0).json();
            ["turns", "calls", "commands"].map(|total| json["totals"][total].clone())
        };
        assert_eq!(said(&["--dry-run"]), said(&[]), "{name}");
    }
}
