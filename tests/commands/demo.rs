//! `demo`.

use crate::common::Flowmine;

#[test]
fn the_demo_makes_a_file_and_shows_its_patterns() {
    let directory = tempfile::tempdir().unwrap();
    let ran = Flowmine::in_directory(directory.path()).args(["demo"]).run().succeeds();
    assert!(directory.path().join("flowmine-demo.db").exists());
    for part in ["306 workflows", "test:pytest:backend", "Possible saving", "Try next:"] {
        assert!(ran.stdout().contains(part), "{part} is missing in {}", ran.stdout());
    }
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
        Flowmine::in_directory(directory.path()).args(args.iter().copied()).run().succeeds();
        let left: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["here.db"], "{args:?}");
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
