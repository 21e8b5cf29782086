//! Several copies of flowmine at once.

use std::process::{Command, Stdio};

use flowmine::pipeline::rules_in_force::{load, mixed_rules};

use crate::common::{FEW_RULES, Flowmine, HistoryFile};
use crate::{JOURNALS, assert_sound, copy_of, figure, history, shared_machine, short_or_long, undisturbed};

/// The four copies: what each of them does.
const COPIES: [&[&str]; 4] =
    [&["backfill", "--batch-size", "50"], &["process"], &["backfill", "--batch-size", "7"], &["process"]];

#[test]
fn four_copies_at_once_end_in_the_result_of_one() {
    let _machine = shared_machine();
    let (times, workflows) = short_or_long((2, 300), (20, 3_000));
    for journal in JOURNALS {
        let file = history(workflows, journal);
        let expected = undisturbed(&file);
        for time in 1..=times {
            let copy = copy_of(&file);
            run_together(&copy);
            let what = format!("{journal}, time {time}");
            assert_sound(&copy, &what);
            let content = copy.content();
            assert!(content == expected, "{what}: the file has\n{content}\ninstead of\n{expected}");
        }
        figure(&format!(
            "four copies over {workflows} workflows, {times} times, {journal} mode: one result, no error"
        ));
    }
}

fn run_together(file: &HistoryFile) {
    let start = |args: &&[&str]| {
        let mut command: Command = Flowmine::by_few_rules(file).args(*args).into_command();
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = COPIES.iter().map(start).collect();
    for (child, args) in children.into_iter().zip(COPIES) {
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), stderr.as_ref()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn what_another_copy_records_after_the_file_was_opened_is_not_taken_for_another_programs() {
    let file = history(8, "delete");
    let db = file.open();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    assert_eq!(mixed_rules(&db, &load(FEW_RULES).unwrap().used).unwrap(), None);
}
