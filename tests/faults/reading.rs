//! Reading a file that another program keeps: what lies beside it, what its path is, and how long its texts are.

use rusqlite::Connection;

use crate::common::{Flowmine, HistoryFile, text};
use crate::doctor::{check, doctor};
use crate::foreign::{REQUEST, beside};
use crate::{bytes, history};

#[test]
fn a_path_is_a_path_whatever_it_is_called() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let file = history(4, "delete");
    for name in [&b"file:a.db"[..], b":memory:", b"a?mode=ro#b%20c.db", b"caf\xe9.db", b"-wal"] {
        let directory = tempfile::tempdir().unwrap();
        let name = OsStr::from_bytes(name);
        std::fs::copy(file.path(), directory.path().join(name)).unwrap();
        for command in ["backfill", "stats", "doctor"] {
            let mut call = Flowmine::in_directory(directory.path()).into_command();
            let mut path = std::ffi::OsString::from("--db=");
            path.push(name);
            let output = call.arg(path).arg(command).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{name:?} {command}: {stderr}");
        }
        let conn = Connection::open(directory.path().join(name).as_path()).unwrap();
        let links: i64 =
            conn.query_row("SELECT count(*) FROM pattern_occurrences", [], |row| row.get(0)).unwrap();
        assert!(links > 0, "{name:?}");
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            1,
            "{name:?}: something is left beside it"
        );
    }
}

#[test]
fn reading_leaves_nothing_beside_a_file_that_was_not_there() {
    for journal in crate::JOURNALS {
        let file = history(5, journal);
        Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
        for command in ["stats", "doctor"] {
            Flowmine::by_few_rules(&file).args([command]).run().exits(0);
            assert_eq!(beside(&file), ["workflow_history.db"], "{journal}: {command}");
        }
    }
}

#[test]
fn what_a_killed_program_left_in_its_log_is_read_and_stays_there() {
    let file = history(5, "wal");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    let other = file.connection();
    other
        .execute_batch("INSERT INTO workflow_history (adw_id, nl_input) VALUES ('late', 'Run pytest')")
        .unwrap();
    let killed = HistoryFile::with_sql("");
    for suffix in ["", "-wal"] {
        let name = format!("workflow_history.db{suffix}");
        std::fs::copy(file.directory().join(&name), killed.directory().join(&name)).unwrap();
    }
    let log = bytes(&killed.directory().join("workflow_history.db-wal"));
    let counted = Flowmine::by_few_rules(&killed)
        .args(["backfill", "--dry-run", "--format", "json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(counted["run"]["workflows"], 6);
    assert_eq!(beside(&killed), ["workflow_history.db", "workflow_history.db-wal"]);
    assert!(bytes(&killed.directory().join("workflow_history.db-wal")) == log);
}

#[test]
fn a_text_that_is_too_long_fails_its_workflow_and_no_other() {
    let file = HistoryFile::application();
    for megabytes in [17, 20, 70] {
        let request = format!("Run pytest {}", "x".repeat(megabytes << 20));
        file.add(&[("adw_id", text(&megabytes.to_string())), ("nl_input", text(&request))]);
    }
    file.add(&[("adw_id", text("short")), ("nl_input", text(REQUEST))]);
    let ran = Flowmine::by_few_rules(&file).args(["backfill", "--format", "json"]).run().exits(3);
    let run = &ran.json()["run"];
    assert_eq!([&run["workflows"], &run["failed"], &run["new_occurrences"]], [4, 3, 1], "{run}");
    assert!(ran.stderr().contains("workflow 1: nl_input is longer than the 16 MB"), "{}", ran.stderr());
    Flowmine::by_few_rules(&file).args(["stats"]).run().exits(0);
    assert_eq!(check(&doctor(&file, 0), "unreadable_rows"), ("info", 3));
    assert_eq!(file.links().len(), 1);
}

#[test]
fn a_text_beyond_sqlites_limit_stops_no_check_of_a_file_with_free_pages() {
    let file = HistoryFile::application();
    file.add(&[("adw_id", text("long")), ("nl_input", text(&"x".repeat(70 << 20)))]);
    file.add(&[("adw_id", text("short")), ("nl_input", text(REQUEST))]);
    file.execute(
        "ALTER TABLE workflow_history ADD COLUMN again TEXT AS (nl_input) NOT NULL;
         CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(9000)); DROP TABLE filler",
    );
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(3);
    assert_eq!(file.links().len(), 1);
}

#[test]
fn a_request_with_thousands_of_file_names_does_not_swell_the_file() {
    let file = HistoryFile::application();
    let names: Vec<String> = (0..20_000).map(|number| format!("src/module_{number}.py")).collect();
    let request = format!("Run the backend tests with pytest and vitest for {}", names.join(" "));
    file.add(&[("adw_id", text("a")), ("nl_input", text(&request))]);
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    let longest: i64 = file.value("SELECT max(length(matched_characteristics)) FROM pattern_occurrences");
    assert!(longest < 10_000, "{longest}");
}
