//! Another program holds the lock.

use std::time::{Duration, Instant};

use crate::common::Flowmine;
use crate::{JOURNALS, bytes, history};

#[test]
fn a_lock_that_is_held_too_long_ends_in_a_clear_error_with_nothing_written() {
    for journal in JOURNALS {
        let file = history(5, journal);
        // Read while this process holds no lock: closing any handle of a file lets go of the process's locks on it.
        let before = bytes(file.path());
        let other = file.connection();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        for args in [["backfill"], ["process"]] {
            let started = Instant::now();
            let locked = Flowmine::by_few_rules(&file).args(["--busy-timeout", "1"]).args(args).run();
            locked.fails_with(&["is locked by another program, still after 1 s", "--busy-timeout"]);
            let waited = started.elapsed();
            assert!((Duration::from_secs(1)..Duration::from_secs(5)).contains(&waited), "{waited:?}");
        }
        drop(other);
        assert!(bytes(file.path()) == before, "{journal}");
    }
}

#[test]
fn a_lock_that_is_let_go_in_time_is_waited_for() {
    let file = history(5, "delete");
    let other = file.connection();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut run = Flowmine::by_few_rules(&file).args(["backfill"]).start();
    other.execute_batch("COMMIT").unwrap();
    assert!(run.wait().unwrap().success());
}

#[test]
fn reading_commands_wait_for_a_lock_too_and_then_say_so() {
    let file = history(5, "delete");
    let other = file.connection();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for args in [&["stats"][..], &["patterns", "list"], &["doctor"], &["backfill", "--dry-run"]] {
        let locked = Flowmine::by_few_rules(&file).args(["--busy-timeout", "0"]).args(args).run();
        locked.fails_with(&["is locked by another program, still after 0 s"]);
    }
}

#[test]
fn the_doctor_waits_for_a_lock_before_it_mends_and_then_changes_nothing() {
    let file = history(5, "wal");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    file.execute("UPDATE operation_patterns SET occurrence_count = 77");
    let before = file.content();
    let other = file.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked =
        Flowmine::by_few_rules(&file).args(["--busy-timeout", "1", "doctor", "--fix", "--no-backup"]).run();
    locked.fails_with(&["is locked by another program"]);
    drop(other);
    assert_eq!(file.content(), before);
}
