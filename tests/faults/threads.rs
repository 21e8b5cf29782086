//! A machine that allows a process no second thread.

use crate::common::Flowmine;
use crate::{history, undisturbed};

/// No system has room for a stack of this size, so that each attempt to make a thread fails.
const NO_ROOM: (&str, &str) = ("RUST_MIN_STACK", "1152921504606846976");

#[test]
fn where_no_thread_can_be_made_the_one_there_is_does_all_the_work() {
    // So many that the threads of an undisturbed run share them.
    let file = history(5_000, "delete");
    let expected = undisturbed(&file);
    Flowmine::by_few_rules(&file).args(["backfill"]).env(NO_ROOM.0, NO_ROOM.1).run().succeeds();
    assert!(file.content() == expected);
    for command in ["process", "stats", "doctor"] {
        Flowmine::by_few_rules(&file).args([command]).env(NO_ROOM.0, NO_ROOM.1).run().succeeds();
    }
}
