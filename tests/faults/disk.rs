//! The disk is full, or fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::{FEW_RULES, Flowmine, HistoryFile, missing, not_allowed};
use crate::{
    JOURNALS, assert_recovers, assert_sound, copy_of, figure, history, shared_machine, short_or_long,
    syscalls, undisturbed,
};

const ARGS: [&str; 3] = ["backfill", "--batch-size", "3"];

#[test]
fn one_failing_write_ends_in_a_clear_error_and_the_next_run_succeeds() {
    let _machine = shared_machine();
    if !syscalls::can_be_broken() {
        return;
    }
    for journal in JOURNALS {
        let file = history(8, journal);
        let expected = undisturbed(&file);
        let points = syscalls::points(&file, &ARGS);
        for (error, clear) in [("EIO", "I/O error"), ("ENOSPC", "full")] {
            let points = syscalls::spread(points.clone(), short_or_long(6, usize::MAX));
            let mut survived = 0;
            for (name, nth) in &points {
                let copy = copy_of(&file);
                let output = syscalls::run_broken(&copy, &ARGS, (name, *nth), &format!("error={error}"));
                let what = format!("{journal}: {error} at {name} {nth}");
                survived += usize::from(is_survived(&output, &[clear, "I/O error", "unable to open"], &what));
                assert_recovers(&copy, &expected, &what);
            }
            let all = points.len();
            figure(&format!(
                "{error} at {all} writes, {journal} mode: {} clear errors, {survived} without effect",
                all - survived
            ));
        }
    }
}

#[test]
fn however_much_is_sorted_no_temporary_file_is_made() {
    if !syscalls::can_be_broken() {
        return;
    }
    let file = history(1, "delete");
    file.open_prepared();
    file.execute(
        "DROP INDEX idx_pattern_occurrence_unique;
         INSERT INTO operation_patterns (id, pattern_signature, pattern_type) VALUES (1, 'test:pytest:all', 'test');
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
         INSERT INTO pattern_occurrences (pattern_id, workflow_id) SELECT 1, 'a workflow with a long key: ' || (i * 7919 % 100003) FROM n;",
    );
    for args in [&["doctor"][..], &["backfill"]] {
        let opened = syscalls::opened(&file, args);
        assert!(opened.contains("workflow_history.db"), "{opened}");
        let temporary = opened.lines().find(|line| line.contains("etilqs_") || line.contains("O_TMPFILE"));
        assert_eq!(temporary, None, "{args:?}");
    }
}

#[test]
fn a_disk_that_stays_full_ends_in_a_clear_error_and_the_run_succeeds_once_there_is_room() {
    let _machine = shared_machine();
    if !syscalls::can_be_broken() {
        return;
    }
    for journal in JOURNALS {
        let file = history(8, journal);
        let expected = undisturbed(&file);
        let points = syscalls::points(&file, &ARGS);
        let writes = points.into_iter().filter(|(name, _)| name == "pwrite64").collect();
        let points = syscalls::spread(writes, short_or_long(6, usize::MAX));
        for (name, nth) in &points {
            let copy = copy_of(&file);
            let output = syscalls::run_broken_from(&copy, &ARGS, (name, *nth), "error=ENOSPC");
            let what = format!("{journal}: full from write {nth} on");
            is_survived(&output, &["full", "I/O error"], &what);
            assert_recovers(&copy, &expected, &what);
        }
        figure(&format!(
            "a disk full from each of {} writes on, {journal} mode: all recovered",
            points.len()
        ));
    }
}

/// Whether the run came through; where it did not, it says why in one line and exits with 1.
#[track_caller]
fn is_survived(output: &Output, clear: &[&str], what: &str) -> bool {
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return true;
    }
    assert_eq!(output.status.code(), Some(1), "{what}: {output:?}");
    assert_eq!(stderr.lines().count(), 1, "{what}: {stderr}");
    assert!(clear.iter().any(|part| stderr.contains(part)), "{what}: {stderr}");
    false
}

/// A small file system, as long as it is wanted.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn of(bytes: u64, at: &Path) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let size = format!("size={bytes}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "flowmine-test"]).arg(at).output();
        match mounted {
            Ok(output) if output.status.success() => return Some(Self(at.to_owned())),
            Ok(_) => not_allowed("a file system may not be mounted here"),
            Err(_) => missing("mount is not installed"),
        }
        None
    }

    fn grow(&self, bytes: u64) {
        let size = format!("remount,size={bytes}");
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_real_full_file_system_ends_in_a_clear_error_and_the_run_succeeds_once_there_is_room() {
    let _machine = shared_machine();
    for journal in JOURNALS {
        let file = history(2_000, journal);
        let expected = undisturbed(&file);
        let size = std::fs::metadata(file.path()).unwrap().len();
        let outside = tempfile::tempdir().unwrap();
        let Some(disk) = SmallDisk::of(size + 160 * 1024, &outside.path().join("disk")) else { return };
        let path = disk.0.join("workflow_history.db");
        std::fs::copy(file.path(), &path).unwrap();
        let run = || {
            Flowmine::in_directory(&disk.0)
                .args(["--rules", FEW_RULES, "--db", "workflow_history.db", "backfill"])
                .run()
        };
        let refused = run().exits(1);
        assert!(refused.stderr().contains("make room on the disk"), "{}", refused.stderr());
        disk.grow(size * 8);
        let copy = HistoryFile::with_sql("");
        std::fs::copy(&path, copy.path()).unwrap();
        run().exits(0);
        std::fs::copy(&path, copy.path()).unwrap();
        assert_sound(&copy, journal);
        assert!(copy.content() == expected, "{journal}");
    }
}

#[test]
fn a_limit_on_the_size_of_files_ends_in_a_clear_error_and_not_in_a_signal() {
    let _machine = shared_machine();
    for journal in JOURNALS {
        let file = history(2_000, journal);
        let expected = undisturbed(&file);
        let blocks = 100;
        let flowmine = Flowmine::by_few_rules(&file).args(["backfill"]).into_command();
        let limited = Command::new("sh")
            .args(["-c", &format!("ulimit -f {blocks}; exec \"$@\""), "sh"])
            .arg(flowmine.get_program())
            .args(flowmine.get_args())
            .current_dir(file.directory())
            .output()
            .unwrap();
        let what = format!("{journal}: a limit of {blocks} blocks");
        assert!(!is_survived(&limited, &["full", "I/O error"], &what), "{what}: it is not reached");
        assert_recovers(&file, &expected, &what);
    }
}
