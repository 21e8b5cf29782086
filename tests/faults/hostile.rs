//! Texts that are meant to do harm.

use flowmine::render::text::is_unsafe;
use rusqlite::types::Value;

use crate::common::{Flowmine, HistoryFile, text};
use crate::history;

/// What a terminal must never see: a title and a colour, a carriage return, text turned around, a line of its own.
const HARM: &str = "\x1b]0;owned\x07\x1b[31m\r\u{202e}\u{2066}\u{200b}\nflowmine: all is well";

/// What must stand in no log.
const SECRET: &str = "hunter2-the-request-itself";

/// No character that does more than show itself, and no line that flowmine did not begin.
#[track_caller]
fn assert_harmless(shown: &str, what: &str) {
    let raw = shown.chars().find(|&character| is_unsafe(character) && character != '\n');
    assert_eq!(raw, None, "{what}: {shown:?}");
    assert!(!shown.lines().any(|line| line.starts_with("flowmine: all is well")), "{what}: {shown}");
}

/// A file with harm in every text that flowmine reads.
fn hostile() -> HistoryFile {
    let file = HistoryFile::application();
    let columns = |number: usize| {
        vec![
            ("adw_id", text(&format!("adw-{number}{HARM}"))),
            ("workflow_id", text(&format!("wf-{number}{HARM}"))),
            ("nl_input", text(&format!("Run the backend tests with pytest {SECRET} {HARM}"))),
            ("workflow_template", text(&format!("adw_sdlc_iso{HARM}"))),
            ("error_message", text(&format!("pytest failed {SECRET} {HARM}"))),
            ("start_time", text(&format!("soon{HARM}"))),
            ("total_tokens", text(&format!("many{HARM}"))),
        ]
    };
    file.add_all(&(0..4).map(columns).collect::<Vec<_>>());
    file.add(&[
        ("adw_id", text("blob")),
        ("workflow_id", text(HARM)),
        ("nl_input", Value::Blob(SECRET.into())),
    ]);
    let conn = file.connection();
    let insert = "INSERT INTO operation_patterns (pattern_signature, pattern_type, occurrence_count, typical_input_pattern, \
                  automation_status, last_seen, review_notes) VALUES (?1, ?2, 3, ?3, 'approved', ?3, ?3)";
    for prefix in ["=", "+", "-", "@", ""] {
        conn.execute(insert, [&format!("{prefix}cmd|' /C calc'!A0{HARM}"), HARM, HARM]).unwrap();
    }
    conn.execute_batch(
        "INSERT INTO pattern_occurrences (pattern_id, workflow_id, matched_characteristics) SELECT id, 'wf-gone', 'oops' FROM operation_patterns",
    )
    .unwrap();
    conn.execute_batch(
        "CREATE TABLE flowmine_exclusions (id INTEGER PRIMARY KEY, kind TEXT, name TEXT, excluded_by TEXT, excluded_at TEXT, note TEXT);
         INSERT INTO flowmine_exclusions (kind, name, excluded_by, excluded_at, note)
             SELECT 'pattern', pattern_signature, last_seen, last_seen, last_seen FROM operation_patterns WHERE id = 2;
         INSERT INTO flowmine_exclusions (kind, name, excluded_by, note)
             SELECT 'workflow', workflow_id, workflow_id, workflow_id FROM workflow_history WHERE rowid = 2;",
    )
    .unwrap();
    file
}

#[test]
fn harm_in_the_file_never_reaches_the_terminal_raw() {
    let file = hostile();
    let all: [&[&str]; 13] = [
        &["doctor"],
        &["doctor", "--full"],
        &["backfill", "--dry-run", "-vv"],
        &["backfill", "-vv"],
        &["process", "-vv"],
        &["patterns", "list"],
        &["patterns", "list", "--status", "all"],
        &["patterns", "show", "1"],
        &["patterns", "show", "2"],
        &["stats"],
        &["doctor", "--fix", "--no-backup", "-vv"],
        &["doctor"],
        &["backfill", "--rebuild", "-vv"],
    ];
    for args in all {
        for format in ["table", "csv", "markdown", "json", "jsonl"] {
            let run =
                Flowmine::by_few_rules(&file).args(args).args(["--format", format, "--color", "never"]).run();
            assert_harmless(&run.stdout(), &format!("stdout of {args:?} as {format}"));
            assert_harmless(&run.stderr(), &format!("stderr of {args:?} as {format}"));
        }
    }
}

#[test]
fn a_request_and_an_error_message_never_reach_a_log() {
    let file = hostile();
    for args in
        [&["backfill", "-vv"][..], &["process", "-vv"], &["process", "wf-none", "-vv"], &["doctor", "-vv"]]
    {
        let run = Flowmine::by_few_rules(&file).env("RUST_LOG", "trace").args(args).run();
        assert!(!run.stderr().contains(SECRET), "{args:?}: {}", run.stderr());
    }
    assert!(!file.value::<String>("SELECT group_concat(asked) FROM flowmine_runs").contains(SECRET));
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_text() {
    let file = hostile();
    for args in [&["doctor"][..], &["patterns", "list"]] {
        let csv = Flowmine::by_few_rules(&file).args(args).args(["--format", "csv"]).run().stdout();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        for cell in
            reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        {
            assert!(!cell.starts_with(['=', '+', '@', '\t', '\r']), "{args:?}: {cell}");
            assert!(!cell.starts_with('-') || cell.parse::<f64>().is_ok(), "{args:?}: {cell}");
        }
    }
}

#[test]
fn names_given_on_the_command_line_are_bound_and_not_run() {
    let file = hostile();
    let before = file.value::<i64>("SELECT count(*) FROM workflow_history");
    let injection = "x'; DROP TABLE workflow_history; --";
    let run = Flowmine::by_few_rules(&file).args(["process", injection, HARM]).run();
    assert_harmless(&run.stderr(), "process");
    let run = Flowmine::by_few_rules(&file).args(["patterns", "show", injection]).run().exits(1);
    assert_harmless(&run.stderr(), "patterns show");
    let run = Flowmine::by_few_rules(&file).args(["patterns", "show", HARM]).run();
    assert_harmless(&run.stderr(), "patterns show");
    assert_eq!(file.value::<i64>("SELECT count(*) FROM workflow_history"), before);
}

#[test]
fn harm_in_a_path_never_reaches_the_terminal_raw() {
    let file = hostile();
    let directory = tempfile::tempdir().unwrap();
    let name = HARM.replace(['/', '\x07'], "");
    std::fs::copy(file.path(), directory.path().join(&name)).unwrap();
    for args in [&["doctor"][..], &["backfill", "-vv"], &["stats"], &["doctor", "--fix"]] {
        for path in [&name, &format!("{name}-missing")] {
            let run = Flowmine::in_directory(directory.path()).args(["--db", path]).args(args).run();
            assert_harmless(&run.stderr(), &format!("stderr of {args:?}"));
            assert_harmless(&run.stdout(), &format!("stdout of {args:?}"));
        }
    }
}

#[test]
fn harm_in_the_ledger_and_in_what_sqlite_reports_never_reaches_the_terminal_raw() {
    let file = hostile();
    Flowmine::by_few_rules(&file).args(["backfill"]).run();
    let conn = file.connection();
    conn.execute("UPDATE flowmine_runs SET rules_name = ?1, rules_hash = 'other', command = ?1, outcome = ?1, started_at = ?1", [HARM])
        .unwrap();
    let raise = format!(
        "CREATE TRIGGER t BEFORE INSERT ON pattern_occurrences BEGIN SELECT RAISE(ABORT, '{HARM}'); END"
    );
    conn.execute_batch(&raise).unwrap();
    conn.execute_batch(&format!("CREATE TABLE \"{HARM}\" (x)")).unwrap();
    file.add(&[("adw_id", text("new")), ("nl_input", text("Run the backend tests"))]);
    drop(conn);
    for args in [
        &["stats"][..],
        &["backfill", "--rules", "default", "-vv"],
        &["process", "-vv"],
        &["doctor"],
        &["doctor", "--fix"],
    ] {
        let run = Flowmine::by_few_rules(&file).args(args).run();
        assert_harmless(&run.stderr(), &format!("stderr of {args:?}"));
        assert_harmless(&run.stdout(), &format!("stdout of {args:?}"));
    }
}

#[test]
fn no_run_ends_in_an_overflow_whatever_the_ledger_says_of_earlier_ones() {
    let file = history(8, "delete");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    for _ in 0..2 {
        file.execute(
            "INSERT INTO flowmine_runs (command, asked, rules_name, rules_hash, rules_path, started_at, finished_at, outcome,
                 rebuilt, new_occurrences, removed_occurrences)
             SELECT command, asked, rules_name, rules_hash, rules_path, started_at, finished_at, outcome, 0,
                 9223372036854775807, -9223372036854775807 FROM flowmine_runs WHERE id = 1",
        );
    }
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
}
