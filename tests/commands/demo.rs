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
