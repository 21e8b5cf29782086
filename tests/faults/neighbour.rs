//! The application goes on writing during a run.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use crate::common::{Flowmine, HistoryFile};
use crate::{assert_sound, copy_of, figure, history, machine_alone, short_or_long};

/// The longest the application may have to wait.
const LONGEST: Duration = Duration::from_millis(1_500);

/// The application: writes some 50 times a second, and waits 5 s for a lock as Python's sqlite3 does.
struct Application {
    thread: JoinHandle<Told>,
    stop: Arc<AtomicBool>,
}

/// What the application has to tell.
struct Told {
    writes: u64,
    longest: Duration,
    errors: Vec<String>,
}

impl Application {
    fn on(file: &HistoryFile) -> Self {
        let (conn, stop) = (file.connection(), Arc::new(AtomicBool::new(false)));
        conn.busy_timeout(Duration::from_secs(5)).unwrap();
        let seen = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut told = Told { writes: 0, longest: Duration::ZERO, errors: Vec::new() };
            while !seen.load(Ordering::Relaxed) {
                let started = Instant::now();
                told.errors.extend(write(&conn, told.writes).err().map(|error| error.to_string()));
                told.writes += 1;
                told.longest = told.longest.max(started.elapsed());
                std::thread::sleep(Duration::from_millis(20).saturating_sub(started.elapsed()));
            }
            told
        });
        Self { thread, stop }
    }

    fn stop(self) -> Told {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// A workflow starts, or the one before ends.
fn write(conn: &Connection, number: u64) -> rusqlite::Result<usize> {
    match number % 2 {
        0 => conn.execute(
            "INSERT INTO workflow_history (adw_id, nl_input, status, start_time, actual_cost_total) \
             VALUES (?1, 'Run the backend tests', 'running', '2026-10-15T10:00:00', 0.25)",
            [format!("live-{number}")],
        ),
        _ => conn.execute(
            "UPDATE workflow_history SET status = 'completed', updated_at = datetime('now') WHERE adw_id = ?1",
            params![format!("live-{}", number - 1)],
        ),
    }
}

#[test]
fn the_application_writes_on_in_rollback_mode() {
    writes_on("delete");
}

#[test]
fn the_application_writes_on_in_wal_mode() {
    writes_on("wal");
}

fn writes_on(journal: &str) {
    let _machine = machine_alone();
    let (workflows, seconds) = short_or_long((10_000, 3), (200_000, 60));
    let file = history(workflows, journal);
    let rows = |file: &HistoryFile| {
        file.value::<String>("SELECT group_concat(quote(adw_id) || quote(workflow_id) || quote(status) || quote(updated_at), '|') \
                              FROM workflow_history WHERE adw_id NOT LIKE 'live-%'")
    };
    let before = rows(&file);
    let started = Instant::now();
    let application = Application::on(&file);
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    let backfill = started.elapsed();
    while started.elapsed() < Duration::from_secs(seconds) {
        Flowmine::by_few_rules(&file).args(["process"]).run().exits(0);
    }
    let told = application.stop();
    assert_eq!(told.errors, Vec::<String>::new(), "{journal}");
    assert!(told.longest < LONGEST, "{journal}: the application waited {:?}", told.longest);
    assert!(rows(&file) == before, "{journal}: the application's rows have changed");
    figure(&format!(
        "the application wrote {} times in {seconds} s beside a backfill of {workflows} ({:.1} s) and process, {journal} \
         mode: no error, longest wait {} ms",
        told.writes,
        backfill.as_secs_f64(),
        told.longest.as_millis()
    ));
    assert_nothing_missed(&file, journal);
}

#[test]
fn the_application_writes_while_a_backup_is_made_in_rollback_mode() {
    writes_during_a_backup("delete");
}

#[test]
fn the_application_writes_while_a_backup_is_made_in_wal_mode() {
    writes_during_a_backup("wal");
}

fn writes_during_a_backup(journal: &str) {
    let _machine = machine_alone();
    let file = history(40, journal);
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    file.execute(
        "UPDATE operation_patterns SET occurrence_count = 99; CREATE TABLE ballast (bytes);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
         INSERT INTO ballast SELECT zeroblob(1000000) FROM n;",
    );
    let whole = size(file.path());
    let is_copying = || {
        let entries = std::fs::read_dir(file.directory()).unwrap().flatten();
        let mut parts = entries.map(|entry| entry.path());
        parts.any(|path| path.extension().is_some_and(|end| end == "part") && size(&path) < whole)
    };
    let conn = file.connection();
    conn.busy_timeout(Duration::from_secs(5)).unwrap();
    let mut child = Flowmine::by_few_rules(&file).args(["doctor", "--fix"]).start();
    let (mut writes, mut during) = (0, 0);
    while child.try_wait().unwrap().is_none() {
        let began_so = is_copying();
        write(&conn, writes).unwrap();
        writes += 1;
        during += u64::from(began_so && is_copying());
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(during > 0, "{journal}: of {writes} writes none was while the backup was made");
    assert_eq!(crate::doctor::backups(&file).len(), 1);
}

/// How many bytes a file has; none where it is gone.
fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// What was recorded beside the writer is what a run over the same history records when it is alone.
fn assert_nothing_missed(file: &HistoryFile, journal: &str) {
    file.execute("UPDATE workflow_history SET status = 'completed' WHERE status = 'running'");
    Flowmine::by_few_rules(file).args(["backfill"]).run().exits(0);
    assert_sound(file, journal);
    let anew = copy_of(file);
    anew.execute(
        "DELETE FROM pattern_occurrences; DELETE FROM operation_patterns; DELETE FROM flowmine_runs;",
    );
    Flowmine::by_few_rules(&anew).args(["backfill"]).run().exits(0);
    assert!(anew.content() == file.content(), "{journal}");
}
