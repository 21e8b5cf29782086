//! `demo`.

use std::collections::BTreeSet;

use crate::common::Flowmine;

#[test]
fn the_demo_makes_a_file_and_shows_its_patterns() {
    let directory = tempfile::tempdir().unwrap();
    let ran = Flowmine::in_directory(directory.path()).args(["demo"]).run().succeeds();
    assert!(directory.path().join("flowmine-demo.db").exists());
    for part in ["306 workflows", "test:pytest:backend", "Possible saving", "Realised", "Try next:"] {
        assert!(ran.stdout().contains(part), "{part} is missing in {}", ran.stdout());
    }
}

#[test]
fn the_demo_imports_transcripts_of_both_agents_into_a_file_beside() {
    let directory = tempfile::tempdir().unwrap();
    let ran = Flowmine::in_directory(directory.path()).args(["demo", "here.db"]).run().succeeds();
    for part in ["Claude Code: 11 transcripts", "Codex CLI: 4 transcripts", "36 turns", "claude-sonnet-4-6"] {
        assert!(ran.stdout().contains(part), "{part} is missing in {}", ran.stdout());
    }
    let args = ["--db", "here-import.db", "patterns", "show", "test:pytest:backend"];
    let shown = Flowmine::in_directory(directory.path()).args(args).run().succeeds();
    assert!(shown.stdout().contains("uv run pytest -q"), "{}", shown.stdout());
}

#[test]
fn in_the_demo_one_pattern_is_done_by_a_tool_and_one_workflow_left_out() {
    let directory = tempfile::tempdir().unwrap();
    Flowmine::in_directory(directory.path()).args(["demo", "here.db"]).run().succeeds();
    let stats = ["--db", "here.db", "stats", "--format", "json"];
    let stats = Flowmine::in_directory(directory.path()).args(stats).run().succeeds().json();
    let realised = stats["realised"].as_array().unwrap();
    assert_eq!(realised.len(), 1, "{realised:?}");
    assert!(realised[0].to_string().contains("deps:pip:update"), "{realised:?}");
    let conn = rusqlite::Connection::open(directory.path().join("here.db")).unwrap();
    let left_out: i64 =
        conn.query_row("SELECT count(*) FROM flowmine_exclusions", [], |row| row.get(0)).unwrap();
    assert_eq!(left_out, 1);
}

#[test]
fn a_second_demo_shows_that_nothing_changes() {
    let directory = tempfile::tempdir().unwrap();
    Flowmine::in_directory(directory.path()).args(["demo", "here.db"]).run().succeeds();
    let ran = Flowmine::in_directory(directory.path()).args(["demo", "here.db"]).run().succeeds();
    assert!(ran.stdout().contains("0 occurrences new"), "{}", ran.stdout());
}

#[test]
fn a_file_that_the_demo_did_not_make_is_left_alone() {
    let file = crate::file();
    let before = std::fs::read(file.path()).unwrap();
    let ran = Flowmine::in_directory(file.directory()).args(["demo", "workflow_history.db"]).run();
    ran.fails_with(&["workflow_history.db is there already"]);
    assert_eq!(std::fs::read(file.path()).unwrap(), before);
}

#[test]
fn the_demo_takes_its_path_from_the_argument_or_from_db_and_leaves_nothing_else() {
    for args in [&["demo", "here.db"][..], &["--db", "here.db", "demo"], &["demo", "--db", "here.db"]] {
        let directory = tempfile::tempdir().unwrap();
        Flowmine::in_directory(directory.path()).args(args).run().succeeds();
        let left: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        let left: BTreeSet<_> = left.iter().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(left, BTreeSet::from(["here.db", "here-import.db"]), "{args:?}");
    }
}

#[test]
fn the_demo_keeps_away_from_the_file_that_the_environment_names() {
    let file = crate::file();
    let path = file.path().to_str().unwrap();
    let ran = Flowmine::in_directory(file.directory()).env("WORKFLOW_HISTORY_DB", path).args(["demo"]).run();
    ran.succeeds();
    assert!(file.directory().join("flowmine-demo.db").exists());
}

#[test]
fn a_demo_that_cannot_be_written_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let flowmine = Flowmine::in_directory(directory.path()).args(["demo"]).into_command();
    let limited = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 8; exec \"$0\" demo"])
        .arg(flowmine.get_program())
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(limited.status.code(), Some(1), "{}", String::from_utf8_lossy(&limited.stderr));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_second_demo_does_not_claim_what_a_person_has_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let flowmine =
        |args: &[&str]| Flowmine::in_directory(directory.path()).args(args).run().succeeds().stdout();
    assert!(flowmine(&["demo", "here.db"]).contains("has decided two things"));
    flowmine(&["--db", "here.db", "patterns", "include", "wf-55ae382c943a24a2"]);
    assert!(!flowmine(&["demo", "here.db"]).contains("decided two things"));
}
