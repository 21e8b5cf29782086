//! The path leads to no usable file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::common::{FEW_RULES, Flowmine, NOBODY, Nobody, allow};
use crate::{assert_sound, bytes, figure, history, short_or_long, undisturbed};

/// Commands that read, and commands that write.
const READING: [&[&str]; 5] =
    [&["stats"], &["patterns", "list"], &["patterns", "show", "1"], &["doctor"], &["backfill", "--dry-run"]];
const WRITING: [&[&str]; 3] = [&["backfill"], &["process"], &["doctor", "--fix"]];

/// A directory with a file in it that is no database, made from the bytes of one.
fn made_of(make: impl Fn(&mut Vec<u8>)) -> TempDir {
    let mut content = bytes(history(60, "delete").path());
    make(&mut content);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("h.db"), content).unwrap();
    directory
}

/// Every command says the same of what is there, in one line, and leaves it as it was; answers the line.
fn refused(directory: &TempDir, part: &str) -> String {
    let path = directory.path().join("h.db");
    let before = path.is_file().then(|| bytes(&path));
    let mut said = BTreeSet::new();
    for args in READING.iter().chain(&WRITING) {
        let run = Flowmine::in_directory(directory.path()).args(["--db", "h.db"]).args(*args).run();
        said.insert(run.stderr());
        run.fails_with(&[part]);
    }
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(path.is_file().then(|| bytes(&path)) == before, "{part}: the file has changed");
    let left: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "h.db"), "left behind: {left:?}");
    said.pop_first().unwrap()
}

#[test]
fn each_kind_of_unusable_file_has_a_message_of_its_own() {
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("h.db"), b"").unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("h.db")).unwrap();
    let other = tempfile::tempdir().unwrap();
    rusqlite::Connection::open(other.path().join("h.db"))
        .unwrap()
        .execute_batch("CREATE TABLE notes (text)")
        .unwrap();
    let noise = |content: &mut Vec<u8>| {
        let scrambled = |place: usize| ((place as u32).wrapping_mul(2_654_435_761) >> 13) as u8;
        *content = (0..40_000).map(scrambled).collect();
    };
    let messages: BTreeSet<String> = [
        (tempfile::tempdir().unwrap(), "no such file: h.db; name the workflow_history.db with --db"),
        (directory, "h.db is not a file"),
        (empty, "h.db is empty (0 bytes)"),
        (other, "h.db has no table workflow_history (it has notes)"),
        (made_of(|content| *content = b"id,cost\n1,0.5\n".to_vec()), "h.db is a text file"),
        (
            made_of(|content| content.splice(..4, *b"\x1f\x8b\x08\0").for_each(drop)),
            "h.db is a compressed file",
        ),
        (made_of(|content| content.truncate(9000)), "h.db is cut short: 9000 of"),
        (made_of(|content| content.truncate(300)), "h.db is cut short: 300 of"),
        (made_of(|content| content[..16].fill(b'x')), "its header is overwritten"),
        (made_of(noise), "h.db is not a SQLite database, or it is encrypted"),
        (made_of(|content| content[100..4096].fill(0)), "h.db is a damaged SQLite database"),
    ]
    .iter()
    .map(|(directory, part)| refused(directory, part))
    .collect();
    assert_eq!(messages.len(), 11, "two of them are alike: {messages:?}");
}

#[test]
fn a_zeroed_page_is_an_error_when_it_is_met_and_nothing_wrong_is_written() {
    let file = history(60, "delete");
    let expected = undisturbed(&file);
    let pages = bytes(file.path()).len() / 4096;
    let mut met = 0;
    for page in (1..pages).step_by(short_or_long(3, 1)) {
        let directory = made_of(|content| content[page * 4096..(page + 1) * 4096].fill(0));
        let run = |args: &[&str]| {
            let options = ["--rules", FEW_RULES, "--db", "h.db"];
            Flowmine::in_directory(directory.path()).args(options).args(args).run()
        };
        let checked = run(&["doctor"]);
        assert!(
            checked.stdout().contains("integrity  ") && checked.stdout().contains("wrong")
                || checked.stderr().contains("damaged")
        );
        let recorded = run(&["backfill"]);
        if recorded.stderr().is_empty() {
            let copy = crate::common::HistoryFile::with_sql("");
            std::fs::copy(directory.path().join("h.db"), copy.path()).unwrap();
            let links = copy.links();
            assert!(
                links
                    .iter()
                    .all(|(signature, key)| expected.contains(&format!("{signature:?}")) && !key.is_empty())
            );
        } else {
            recorded.fails_with(&["the file is damaged"]);
            met += 1;
        }
    }
    figure(&format!("{pages} pages zeroed one at a time: {met} met, each a clear error"));
}

impl Nobody {
    /// A directory with a file in it, both with these permissions.
    fn place(&self, name: &str, journal: &str, directory_mode: u32, file_mode: u32) -> PathBuf {
        let place = self.directory.path().join(name);
        std::fs::create_dir(&place).unwrap();
        std::fs::copy(history(20, journal).path(), place.join("h.db")).unwrap();
        allow(&place.join("h.db"), file_mode);
        allow(&place, directory_mode);
        place
    }

    #[track_caller]
    fn refused(&self, place: &Path, args: &[&str], part: &str) {
        let before = bytes(&place.join("h.db"));
        let output = self.run(place, &[&["--db", "h.db"], args].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{args:?}: {stderr}");
        assert!(stderr.contains(part), "{args:?}: {stderr}");
        assert!(bytes(&place.join("h.db")) == before);
    }

    #[track_caller]
    fn reads(&self, place: &Path, args: &[&str]) {
        let before = bytes(&place.join("h.db"));
        let output = self.run(place, &[&["--db", "h.db"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(bytes(&place.join("h.db")) == before);
    }
}

#[test]
fn a_file_that_may_not_be_read_is_refused_with_its_permissions() {
    let Some(nobody) = Nobody::new() else { return };
    let place = nobody.place("closed", "delete", 0o777, 0o000);
    for args in READING.iter().chain(&WRITING) {
        nobody.refused(
            &place,
            args,
            "cannot open h.db: the system refuses it; may you read and write it? Its mode is 0000",
        );
    }
}

#[test]
fn a_read_only_file_can_be_read_and_not_written() {
    let Some(nobody) = Nobody::new() else { return };
    for journal in ["delete", "wal"] {
        let place = nobody.place(journal, journal, 0o777, 0o444);
        nobody.reads(&place, &["stats"]);
        nobody.reads(&place, &["patterns", "list"]);
        nobody.reads(&place, &["doctor"]);
        nobody.reads(&place, &["backfill", "--dry-run"]);
        for args in WRITING {
            nobody.refused(&place, args, "h.db is read-only, and this command writes to it");
        }
    }
}

#[test]
fn in_a_read_only_directory_a_file_can_be_read_where_sqlite_can() {
    let Some(nobody) = Nobody::new() else { return };
    let place = nobody.place("delete", "delete", 0o555, 0o666);
    nobody.reads(&place, &["stats"]);
    nobody.reads(&place, &["backfill", "--dry-run"]);
    nobody.refused(
        &place,
        &["backfill"],
        "make the file and its directory writable: SQLite keeps a journal beside the file",
    );
    let place = nobody.place("wal", "wal", 0o555, 0o666);
    nobody.reads(&place, &["stats"]);
    nobody.refused(&place, &["backfill"], "make the file and its directory writable");
}

#[test]
fn the_owner_of_a_wal_file_writes_on_after_another_user_has_read_it_or_root_has_written_it() {
    const STRANGER: u32 = 4243;
    let Some(nobody) = Nobody::new() else { return };
    let place = nobody.place("shared", "wal", 0o1777, 0o644);
    std::os::unix::fs::chown(place.join("h.db"), Some(NOBODY), Some(NOBODY)).unwrap();
    let owner_writes = |after: &[&str]| {
        let output =
            nobody.run(&place, &["--db", "h.db", "--rules", "tac-webbuilder", "backfill", "--rebuild"]);
        assert_eq!(output.status.code(), Some(0), "after {after:?}: {output:?}");
    };
    owner_writes(&["nothing"]);
    for (args, code) in READING.iter().map(|args| (args, 0)).chain(WRITING.iter().map(|args| (args, 1))) {
        let output = nobody.run_as(STRANGER, &place, &[&["--db", "h.db"], *args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        owner_writes(args);
    }
    for args in WRITING {
        Flowmine::in_directory(&place).args([&["--db", "h.db"], args].concat()).run().exits(0);
        owner_writes(args);
    }
}

#[test]
fn a_pipe_in_the_place_of_the_journal_is_named_and_not_waited_for() {
    let file = history(3, "delete");
    let journal = file.directory().join("workflow_history.db-journal");
    assert!(std::process::Command::new("mkfifo").arg(&journal).status().unwrap().success());
    for args in [&["stats"][..], &["backfill"], &["doctor"]] {
        let ran = Flowmine::by_few_rules(&file).args(args).run();
        ran.fails_with(&["workflow_history.db-journal is in the way: it is not a file; remove it"]);
    }
}

#[test]
fn without_room_for_a_backup_nothing_is_mended() {
    let Some(nobody) = Nobody::new() else { return };
    let place = nobody.place("backup", "delete", 0o777, 0o666);
    let sql = "INSERT INTO operation_patterns (pattern_signature, pattern_type, occurrence_count) VALUES ('a:b:c', 'a', 9)";
    rusqlite::Connection::open(place.join("h.db")).unwrap().execute_batch(sql).unwrap();
    allow(&place, 0o555);
    nobody.refused(&place, &["doctor", "--fix"], "cannot make the backup h.db.flowmine-");
}

#[test]
fn a_file_is_sound_after_all_that_only_reads_it() {
    for journal in crate::JOURNALS {
        let file = history(20, journal);
        Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
        let before = bytes(file.path());
        for args in READING {
            Flowmine::by_few_rules(&file).args(args).run().exits(0);
        }
        assert!(bytes(file.path()) == before, "{journal}");
        assert_sound(&file, journal);
    }
}
