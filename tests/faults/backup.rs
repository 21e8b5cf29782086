//! The backup that a mend begins with.

use std::path::PathBuf;
use std::process::{Child, Stdio};

use rusqlite::Connection;
use serde_json::Value as Json;

use crate::common::{Flowmine, HistoryFile, NOBODY, not_allowed};
use crate::doctor::{backup_value, backups, counted_again, mend, recorded};

#[test]
fn backups_are_never_overwritten() {
    let file = recorded();
    // Two mends in one second want one name; where the clock moves on between them, they have two anyway.
    for count in [1, 2, 3] {
        file.execute("UPDATE operation_patterns SET occurrence_count = 99");
        mend(&file);
        assert_eq!(backups(&file).len(), count);
    }
    for backup in backups(&file) {
        assert_eq!(backup_value(&backup, "SELECT min(occurrence_count) FROM operation_patterns"), 99);
    }
}

#[test]
fn a_backup_holds_what_is_still_in_the_write_ahead_log() {
    let file = counted_again();
    file.value::<String>("PRAGMA journal_mode = wal");
    let other = file.connection();
    other.execute_batch("UPDATE operation_patterns SET review_notes = 'only in the log'").unwrap();
    mend(&file);
    let noted = "SELECT count(*) FROM operation_patterns WHERE review_notes = 'only in the log'";
    assert_eq!(backup_value(&backups(&file)[0], noted), 1);
    assert_eq!(backup_value(&backups(&file)[0], "SELECT count(*) FROM pattern_occurrences"), 240);
}

#[test]
fn a_backup_is_read_by_nobody_who_may_not_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let file = counted_again();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
    mend(&file);
    let mode = std::fs::metadata(&backups(&file)[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_backup_that_root_makes_belongs_to_the_owner_of_the_file() {
    use std::os::unix::fs::{MetadataExt, chown};
    let file = counted_again();
    if chown(file.path(), Some(NOBODY), Some(NOBODY + 1)).is_err() {
        return not_allowed("to give a file away takes root");
    }
    mend(&file);
    let backup = std::fs::metadata(&backups(&file)[0]).unwrap();
    assert_eq!((backup.uid(), backup.gid()), (NOBODY, NOBODY + 1));
}

#[test]
fn a_backup_can_be_declined() {
    let file = counted_again();
    let mended = Flowmine::by_few_rules(&file)
        .args(["doctor", "--fix", "--no-backup", "--format", "json"])
        .run()
        .exits(0)
        .json();
    assert_eq!((&mended["mended"], &mended["backup"]), (&Json::Bool(true), &Json::Null));
    assert_eq!(backups(&file), Vec::<PathBuf>::new());
    Flowmine::by_few_rules(&file).args(["doctor", "--no-backup"]).run().exits(2);
}

/// A mend that waits for nobody.
fn start_to_mend(file: &HistoryFile) -> Child {
    let args = ["doctor", "--fix", "--busy-timeout", "0"];
    let mut command = Flowmine::by_few_rules(file).args(args).into_command();
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a mend that fails says.
fn failure(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_backup_stays_and_is_named_where_the_mend_could_not_be_committed() {
    let file = counted_again();
    let reader = file.connection();
    reader.execute_batch("BEGIN; SELECT * FROM pattern_occurrences LIMIT 1").unwrap();
    let said = failure(start_to_mend(&file));
    assert!(said.contains("is locked") && said.contains(".bak"), "{said}");
    assert_eq!(backups(&file).len(), 1);
}

/// Takes the file for itself as soon as somebody who writes lets go of it.
fn lock_after_write(other: &Connection, file: &HistoryFile, writer: &mut Child) {
    let journal = format!("{}-journal", file.path().display());
    while !std::path::Path::new(&journal).exists() && writer.try_wait().unwrap().is_none() {}
    while other.execute_batch("BEGIN EXCLUSIVE").is_err() {}
}

#[test]
fn a_backup_stays_and_is_named_where_the_file_is_locked_right_after_a_mend() {
    for _ in 0..20 {
        let file = counted_again();
        let other = file.connection();
        other.busy_timeout(std::time::Duration::ZERO).unwrap();
        let mut mend = start_to_mend(&file);
        lock_after_write(&other, &file, &mut mend);
        let output = mend.wait_with_output().unwrap();
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(backups(&file).len(), 1, "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() || said.contains(".bak"), "{said}");
    }
}
