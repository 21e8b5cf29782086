//! What flowmine survives: a file for each kind of fault. Each test breaks something and then checks the same: the file
//! is sound, no workflow counts twice, and one more run ends in what an undisturbed run gives, row by row.
//!
//! `cargo test` runs a short form in less than a minute. The long form, with every point of failure and big files,
//! takes a quarter of an hour, prints its figures, and is this one command:
//!
//! ```sh
//! FLOWMINE_TORTURE=long cargo test --release --test faults -- --nocapture --test-threads=1
//! ```
//!
//! Some faults need what not every machine has: `strace` (in Debian's package of that name) to make single system calls
//! fail, `setpriv` to be somebody else than root, `mount` for a small file system. Where one is missing the test says
//! so on stderr and passes; with `FLOWMINE_REQUIRE=1` it fails, unless it is only that this user may not do it.

#[path = "../common/mod.rs"]
mod common;

mod backup;
mod copies;
mod disk;
mod doctor;
mod flipped;
mod foreign;
mod hostile;
mod kill;
mod layouts;
mod lock;
mod many_patterns;
mod meanwhile;
mod mend;
mod neighbour;
mod odd_files;
mod promises;
mod properties;
mod reading;
mod signals;
mod streams;
mod syscalls;
mod threads;
mod unusable;
mod values;

use std::path::Path;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use common::{Flowmine, HistoryFile, column, notice};
use rusqlite::types::Value;

/// Whether the long form is asked for.
fn is_long() -> bool {
    std::env::var("FLOWMINE_TORTURE").is_ok_and(|form| form == "long")
}

/// The one number in the short form, the other in the long.
fn short_or_long<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// A figure of the long form.
fn figure(line: &str) {
    if is_long() {
        notice(line);
    }
}

/// Tests that load the machine share it; the one that measures waits has it to itself.
static MACHINE: RwLock<()> = RwLock::new(());

fn shared_machine() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn machine_alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How the file keeps its journal.
const JOURNALS: [&str; 2] = ["delete", "wal"];

/// The `number`th workflow of the application: half of them without a `workflow_id`, most asking for tests.
fn application_row(number: usize) -> Vec<(&'static str, Value)> {
    let key = if number.is_multiple_of(2) {
        Value::Null
    } else {
        Value::Text(format!("wf-{:07x}", number * 7919 % 99_991))
    };
    let request = match number % 4 {
        0 => "Run the backend tests with pytest",
        1 => "Run all tests and report what fails",
        2 => "Test the client with vitest",
        _ => "Say hello",
    };
    let template = if number.is_multiple_of(3) { Value::Text("adw_sdlc_iso".into()) } else { Value::Null };
    let (day, hour) = (number / 24 % 28 + 1, number % 24);
    vec![
        ("adw_id", Value::Text(format!("adw-{number}"))),
        ("workflow_id", key),
        ("nl_input", Value::Text(request.into())),
        ("workflow_template", template),
        ("start_time", Value::Text(format!("2026-10-{day:02}T{hour:02}:15:00"))),
        ("duration_seconds", Value::Integer(60 + number as i64 % 7)),
        ("retry_count", Value::Integer(number as i64 % 2)),
        ("total_tokens", Value::Integer(1000 + number as i64 % 13)),
        ("actual_cost_total", Value::Real(0.1 + number as f64 % 17.0 / 10.0)),
    ]
}

/// A file in the application's layout with so many workflows and nothing recorded.
fn history(workflows: usize, journal: &str) -> HistoryFile {
    let file = HistoryFile::application();
    file.add_all(&(0..workflows).map(application_row).collect::<Vec<_>>());
    file.value::<String>(&format!("PRAGMA journal_mode = {journal}"));
    file
}

/// A copy of a file that nobody has open.
fn copy_of(file: &HistoryFile) -> HistoryFile {
    let copy = HistoryFile::with_sql("");
    std::fs::copy(file.path(), copy.path()).unwrap();
    copy
}

/// What an undisturbed backfill of the file ends in.
fn undisturbed(file: &HistoryFile) -> String {
    let copy = copy_of(file);
    Flowmine::by_few_rules(&copy).args(["backfill"]).run().exits(0);
    copy.content()
}

/// The file is sound and no workflow counts twice.
#[track_caller]
fn assert_sound(file: &HistoryFile, what: &str) {
    assert_eq!(file.value::<String>("PRAGMA integrity_check"), "ok", "{what}");
    if file.value::<bool>("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'pattern_occurrences')") {
        let duplicates = "SELECT count(*) FROM (SELECT 1 FROM pattern_occurrences GROUP BY pattern_id, workflow_id \
                          HAVING count(*) > 1)";
        assert_eq!(file.value::<i64>(duplicates), 0, "{what}");
    }
}

/// The file is sound, and one more run ends in what an undisturbed one gives.
#[track_caller]
fn assert_recovers(file: &HistoryFile, expected: &str, what: &str) {
    assert_sound(file, what);
    Flowmine::by_few_rules(file).args(["backfill"]).run().exits(0);
    assert_sound(file, what);
    let content = file.content();
    assert!(
        content == expected,
        "{what}: after one more run the file has\n{content}\ninstead of\n{expected}"
    );
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// Every row of every table but `flowmine_runs`, whatever bytes it holds.
fn rows(file: &HistoryFile) -> String {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'flowmine_runs' ORDER BY name";
    let names: Vec<String> = column(&file.connection(), sql);
    names.iter().map(|name| rows_of(file, name)).collect()
}

/// Every row of a table, whatever bytes it holds.
fn rows_of(file: &HistoryFile, table: &str) -> String {
    let conn = file.connection();
    let mut statement = conn.prepare(&format!("SELECT * FROM {table} ORDER BY rowid")).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut dump = String::new();
    while let Some(row) = rows.next().unwrap() {
        let values = (0..columns).map(|column| format!("{:?}|", row.get_ref(column).unwrap()));
        dump.extend(values);
        dump.push('\n');
    }
    dump
}
