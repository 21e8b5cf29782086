//! Signals: Ctrl-C, SIGTERM and others.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flowmine::db::{Database, Interrupt, LockWait};

use crate::common::{Flowmine, HistoryFile, now};
use crate::doctor::recorded;
use crate::{
    JOURNALS, assert_recovers, assert_sound, bytes, copy_of, figure, history, shared_machine, short_or_long,
    undisturbed,
};

fn send(signal: &str, child: &Child) {
    // The child may be over by now.
    let kill = format!("kill -{signal} {} 2>/dev/null", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
}

#[test]
fn interrupted_at_any_moment_a_backfill_ends_well_and_the_next_goes_on() {
    let _machine = shared_machine();
    let (times, workflows) = short_or_long((4, 3_000), (100, 30_000));
    for journal in JOURNALS {
        let file = history(workflows, journal);
        let started = Instant::now();
        let expected = undisturbed(&file);
        let whole = started.elapsed();
        let mut interrupted = 0_usize;
        for time in 1..=times {
            let signal = ["INT", "TERM", "HUP"][time as usize % 3];
            let copy = copy_of(&file);
            let mut child = Flowmine::by_few_rules(&copy).args(["backfill", "--batch-size", "200"]).start();
            std::thread::sleep(whole * time / times);
            send(signal, &child);
            let code = child.wait().unwrap().code();
            let what = format!("{journal}: {signal} after {time}/{times} of the run");
            match code {
                Some(0) => assert!(copy.content() == expected, "{what}: it came through, with other rows"),
                Some(130 | 143) => interrupted += 1,
                // Before flowmine has begun to listen, a signal does what it always does.
                None => {
                    assert!(bytes(copy.path()) == bytes(file.path()), "{what}: it wrote without listening");
                }
                other => panic!("{what}: exit code {other:?}"),
            }
            assert_recovers(&copy, &expected, &what);
        }
        figure(&format!(
            "{times} signals over {workflows} workflows, {journal} mode ({interrupted} exits with 130 or 143): all recovered"
        ));
    }
}

#[test]
fn interrupted_between_two_batches_a_backfill_keeps_those_that_are_recorded_and_exits_with_130() {
    let _machine = shared_machine();
    let file = history(100_000, "wal");
    let mut child = Flowmine::by_few_rules(&file).args(["backfill", "--batch-size", "100"]).start();
    let conn = file.connection();
    let recorded =
        || conn.query_row("SELECT count(*) FROM pattern_occurrences", [], |row| row.get::<_, i64>(0));
    while recorded().unwrap() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before anything was seen");
    }
    send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let kept = recorded().unwrap();
    let workflows: i64 = file.value("SELECT count(DISTINCT workflow_id) FROM pattern_occurrences");
    assert!(kept > 0 && workflows < 15_000, "{kept} occurrences of {workflows} workflows are recorded");
    assert_sound(&file, "interrupted between two batches");
}

#[test]
fn an_interrupt_ends_the_wait_for_a_lock() {
    let file = history(5, "delete");
    let other = file.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 143)] {
        let mut command =
            Flowmine::by_few_rules(&file).args(["backfill", "--busy-timeout", "60"]).into_command();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(20), "{signal} does not end the wait");
            std::thread::sleep(Duration::from_millis(300));
            send(signal, &child);
        }
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
    }
}

/// The state of a process as the system names it: `T` is stopped.
fn state(child: &Child) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

#[test]
fn ctrl_z_gives_up_the_write_lock_before_it_stops_the_run() {
    let _machine = shared_machine();
    let file = history(30_000, "delete");
    let expected = undisturbed(&file);
    let mut child = Flowmine::by_few_rules(&file).args(["backfill", "--batch-size", "100"]).start();
    let conn = file.connection();
    let recorded =
        || conn.query_row("SELECT count(*) FROM pattern_occurrences", [], |row| row.get::<_, i64>(0));
    while !recorded().is_ok_and(|recorded| recorded > 0) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before anything was seen");
    }
    send("TSTP", &child);
    let started = Instant::now();
    while state(&child) != Some('T') {
        assert!(child.try_wait().unwrap().is_none(), "it ended instead of stopping");
        assert!(started.elapsed() < Duration::from_secs(20), "it does not stop: {:?}", state(&child));
        std::thread::yield_now();
    }
    conn.busy_timeout(Duration::ZERO).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE; UPDATE workflow_history SET model_used = 'x' WHERE id = 1; COMMIT")
        .unwrap();
    send("CONT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(file.content() == expected);
}

/// The file, open for writing by somebody who counts how often they may be stopped, and how often while they hold the lock.
fn open_and_count(file: &HistoryFile) -> (Database, Arc<[AtomicUsize; 2]>) {
    let counts: Arc<[AtomicUsize; 2]> = Arc::default();
    let (counted, path) = (Arc::clone(&counts), file.path().to_owned());
    let interrupt = Interrupt::with_pause(move || {
        let other = rusqlite::Connection::open(&path).unwrap();
        other.busy_timeout(Duration::ZERO).unwrap();
        let is_locked = other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err();
        counted[usize::from(is_locked)].fetch_add(1, Ordering::Relaxed);
    });
    let wait = LockWait { interrupt, ..LockWait::default() };
    (Database::open_for_writing(file.path(), wait).unwrap(), counts)
}

#[test]
fn no_run_stops_at_ctrl_z_while_it_holds_the_write_lock() {
    let works: [fn(&mut Database); 2] = [
        |db| drop(flowmine::doctor::mend(db, false, now()).unwrap()),
        |db| drop(flowmine::doctor::diagnose(db, false, now()).unwrap()),
    ];
    for work in works {
        let file = recorded();
        let (mut db, counts) = open_and_count(&file);
        work(&mut db);
        db.interrupted();
        let [free, locked] = [0, 1].map(|place| counts[place].load(Ordering::Relaxed));
        assert!(free > 0 && locked == 0, "{free} without the lock, {locked} with it");
    }
}
