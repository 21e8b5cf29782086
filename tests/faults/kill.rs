//! The process is killed.

use std::time::{Duration, Instant};

use crate::common::{Flowmine, HistoryFile};
use crate::doctor::backups;
use crate::{
    JOURNALS, assert_recovers, assert_sound, copy_of, figure, history, shared_machine, short_or_long,
    syscalls, undisturbed,
};

#[test]
fn killed_at_any_write_of_a_backfill_in_rollback_mode_it_loses_nothing() {
    killed_at_every_write("delete", &["backfill", "--batch-size", "3"]);
}

#[test]
fn killed_at_any_write_of_a_backfill_in_wal_mode_it_loses_nothing() {
    killed_at_every_write("wal", &["backfill", "--batch-size", "3"]);
}

fn killed_at_every_write(journal: &str, args: &[&str]) {
    let _machine = shared_machine();
    if !syscalls::can_be_broken() {
        return;
    }
    let file = history(8, journal);
    let expected = undisturbed(&file);
    let points = syscalls::points(&file, args);
    let (all, points) = (points.len(), syscalls::spread(points, short_or_long(16, usize::MAX)));
    for (name, nth) in &points {
        let copy = copy_of(&file);
        let output = syscalls::run_broken(&copy, args, (name, *nth), "signal=KILL");
        assert!(!output.status.success(), "it was not killed at {name} {nth}");
        assert_recovers(&copy, &expected, &format!("{journal}: killed at {name} {nth}"));
    }
    figure(&format!(
        "killed at {} of {all} writes of a backfill, {journal} mode: all recovered",
        points.len()
    ));
}

#[test]
fn killed_at_any_write_a_mend_happens_whole_or_not_at_all() {
    let _machine = shared_machine();
    if !syscalls::can_be_broken() {
        return;
    }
    let args = ["doctor", "--fix", "--no-backup", "-q"];
    for journal in JOURNALS {
        let file = duplicated(journal);
        let before = file.content();
        let mended = copy_of(&file);
        Flowmine::by_few_rules(&mended).args(args).run().exits(0);
        let after = mended.content();
        let points = syscalls::spread(syscalls::points(&file, &args), short_or_long(6, usize::MAX));
        for (name, nth) in &points {
            let copy = copy_of(&file);
            syscalls::run_broken(&copy, &args, (name, *nth), "signal=KILL");
            let what = format!("{journal}: killed at {name} {nth}");
            assert_eq!(copy.value::<String>("PRAGMA integrity_check"), "ok", "{what}");
            let content = copy.content();
            assert!(content == before || content == after, "{what}: half mended\n{content}");
            Flowmine::by_few_rules(&copy).args(args).run().exits(0);
            assert!(copy.content() == after, "{what}");
        }
        figure(&format!("killed at {} writes of a mend, {journal} mode: whole or not at all", points.len()));
    }
}

#[test]
fn killed_at_any_write_of_a_mend_the_backup_is_whole_or_absent() {
    let _machine = shared_machine();
    if !syscalls::can_be_broken() {
        return;
    }
    let args = ["doctor", "--fix", "-q"];
    for journal in JOURNALS {
        let file = duplicated(journal);
        let before = file.content();
        let points = syscalls::spread(syscalls::points(&file, &args), short_or_long(8, usize::MAX));
        for (name, nth) in &points {
            let copy = copy_of(&file);
            syscalls::run_broken(&copy, &args, (name, *nth), "signal=KILL");
            for backup in backups(&copy) {
                let kept = HistoryFile::with_sql("");
                std::fs::copy(&backup, kept.path()).unwrap();
                let what = format!("{journal}: killed at {name} {nth}: {}", backup.display());
                assert_eq!(kept.value::<String>("PRAGMA integrity_check"), "ok", "{what}");
                assert!(kept.content() == before, "{what} is not what the file was");
            }
        }
        figure(&format!(
            "killed at {} writes of a mend, {journal} mode: backups whole or absent",
            points.len()
        ));
    }
}

/// A file whose occurrences stand there three times.
fn duplicated(journal: &str) -> HistoryFile {
    let file = history(6, journal);
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    file.execute(
        "DROP INDEX idx_pattern_occurrence_unique;
         INSERT INTO pattern_occurrences (pattern_id, workflow_id, similarity_score, matched_characteristics, detected_at)
             SELECT pattern_id, workflow_id, similarity_score, matched_characteristics, '2099-01-01 00:00:00'
             FROM pattern_occurrences, (VALUES (1), (2));
         UPDATE operation_patterns SET occurrence_count = 99;",
    );
    file
}

#[test]
fn killed_at_random_moments_a_bigger_backfill_loses_nothing() {
    let _machine = shared_machine();
    let (kills, workflows) = short_or_long((6, 4_000), (200, 40_000));
    for journal in JOURNALS {
        let (killed, runs) = kill_at_random(&history(workflows, journal), kills / 2);
        figure(&format!(
            "{killed} random kills in {runs} runs over {workflows} workflows, {journal} mode: all recovered"
        ));
    }
}

/// Kills until it has killed often enough; each file is killed at until a run comes through.
fn kill_at_random(file: &HistoryFile, kills: usize) -> (usize, usize) {
    let args = ["backfill", "--batch-size", "500"];
    let started = Instant::now();
    let expected = undisturbed(file);
    let whole = started.elapsed();
    let (mut killed, mut runs, mut chance) = (0, 0, 0x2545_f491_u64);
    let mut copy = copy_of(file);
    while killed < kills {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let delay = whole.mul_f64((chance >> 33) as f64 / f64::from(1_u32 << 31));
        runs += 1;
        let mut child = Flowmine::by_few_rules(&copy).args(args).start();
        std::thread::sleep(delay.max(Duration::from_millis(2)));
        if child.try_wait().unwrap().is_some_and(|status| status.success()) {
            assert!(copy.content() == expected, "a run after {killed} kills");
            copy = copy_of(file);
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        assert_sound(&copy, &format!("kill {killed} after {delay:?}"));
    }
    assert_recovers(&copy, &expected, &format!("after {killed} kills"));
    (killed, runs)
}
