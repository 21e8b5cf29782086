//! `process`.

use crate::common::Flowmine;
use crate::recorded::team;
use crate::{file, linked};

#[test]
fn the_first_pass_looks_at_everything_in_one_line() {
    let file = file();
    let ran = Flowmine::by_few_rules(&file).args(["process"]).run().succeeds();
    let expected =
        "process: 3 workflows looked at, 2 occurrences new, 1 pattern new; possible saving $1.90 a month\n";
    assert_eq!(ran.stdout(), expected);
}

#[test]
fn the_next_pass_looks_at_nothing() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["process"]).run().succeeds();
    let ran = Flowmine::by_few_rules(&file).args(["process"]).run().succeeds();
    assert!(
        ran.stdout().starts_with("process: 0 workflows looked at, 0 occurrences new"),
        "{}",
        ran.stdout()
    );
}

#[test]
fn a_backfill_counts_as_a_pass() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["backfill"]).run().succeeds();
    let ran = Flowmine::by_few_rules(&file).args(["process"]).run().succeeds();
    assert!(ran.stdout().starts_with("process: 0 workflows looked at"), "{}", ran.stdout());
}

#[test]
fn asked_to_be_quiet_it_writes_not_a_byte() {
    let ran = Flowmine::on(&file()).args(["process", "-q"]).run().succeeds();
    assert_eq!(ran.stdout(), "");
}

#[test]
fn a_workflow_can_be_named_in_three_ways() {
    for name in ["wf-a", "a", "1"] {
        let file = file();
        Flowmine::by_few_rules(&file).args(["process", name]).run().succeeds();
        assert_eq!(linked(&file), ["wf-a"], "{name}");
    }
}

#[test]
fn naming_a_workflow_does_not_move_the_mark() {
    let file = file();
    Flowmine::by_few_rules(&file).args(["process", "wf-c"]).run().succeeds();
    Flowmine::by_few_rules(&file).args(["process"]).run().succeeds();
    assert_eq!(linked(&file), ["wf-a", "wf-c"]);
}

#[test]
fn a_name_that_no_workflow_has_is_told_and_the_others_are_done() {
    let file = file();
    let ran = Flowmine::by_few_rules(&file).args(["process", "wf-a", "wf-zzz"]).run().exits(3);
    assert!(ran.stderr().contains("no workflow 'wf-zzz' in workflow_history.db"), "{}", ran.stderr());
    assert_eq!(linked(&file), ["wf-a"]);
}

#[test]
fn names_that_no_workflow_has_are_a_failure() {
    let ran = Flowmine::on(&file()).args(["process", "wf-zzz"]).run().exits(1);
    assert!(ran.stderr().contains("no workflow 'wf-zzz'"), "{}", ran.stderr());
    assert!(ran.stderr().contains("nothing was recorded"), "{}", ran.stderr());
    assert_eq!(ran.stderr().lines().count(), 1, "{}", ran.stderr());
}

#[test]
fn a_named_workflow_that_is_still_running_is_passed_over_with_the_reason() {
    let file = file();
    let ran = Flowmine::by_few_rules(&file).args(["process", "wf-d"]).run().exits(0);
    assert!(ran.stderr().contains("workflow wf-d is running"), "{}", ran.stderr());
    assert!(linked(&file).is_empty());
}

#[test]
fn a_failed_workflow_is_looked_at_again() {
    let file = file();
    file.execute("UPDATE workflow_history SET nl_input = x'ff' WHERE adw_id = 'a'");
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(3);
    Flowmine::by_few_rules(&file).args(["process"]).run().exits(3);
    file.execute(
        "UPDATE workflow_history SET nl_input = 'Run the backend tests with pytest' WHERE adw_id = 'a'",
    );
    Flowmine::by_few_rules(&file).args(["process"]).run().succeeds();
    assert_eq!(linked(&file), ["wf-a", "wf-c"]);
}

#[test]
fn quiet_still_says_on_stderr_what_went_wrong() {
    for command in ["process", "backfill"] {
        let file = file();
        file.execute("UPDATE workflow_history SET nl_input = x'ff' WHERE adw_id = 'a'");
        let ran = Flowmine::by_few_rules(&file).args([command, "-q"]).run().exits(3);
        assert_eq!(ran.stdout(), "");
        for part in ["workflow wf-a: nl_input is a BLOB, not a text", "1 failed"] {
            assert!(ran.stderr().contains(part), "{command}: {part} is missing in {}", ran.stderr());
        }
    }
}

#[test]
fn a_number_is_digits_only() {
    let file = team();
    for name in ["1e0", "1.0", "+1", " 1", "0x1"] {
        Flowmine::by_few_rules(&file).args(["process", name]).run().exits(1);
    }
}

#[test]
fn a_run_that_finds_none_of_its_names_leaves_the_rules_of_the_file_alone() {
    let file = file();
    Flowmine::on(&file).args(["process"]).run().succeeds();
    let runs = || file.value::<i64>("SELECT count(*) FROM flowmine_runs");
    let before = runs();
    Flowmine::on(&file).args(["process", "--rules", "tac-webbuilder", "nope"]).run().exits(1);
    assert_eq!(runs(), before);
    let explained = Flowmine::on(&file).args(["process", "--format", "json"]).run().succeeds().json();
    assert_eq!(explained["run"]["rules"], "default");
}

#[test]
fn an_empty_name_is_no_workflow() {
    let file = file();
    file.execute("UPDATE workflow_history SET workflow_id = ''");
    for args in [&["process", ""][..], &["patterns", "exclude", ""], &["explain", "--workflow", ""]] {
        let ran = Flowmine::by_few_rules(&file).args(args).run().exits(1);
        assert!(ran.stderr().contains("no workflow") && ran.stdout().is_empty(), "{}", ran.stderr());
    }
    assert_eq!(linked(&file), [""; 0]);
}

#[test]
fn a_run_without_rules_uses_those_of_the_last_one_which_may_have_looked_at_nothing() {
    let file = file();
    let own = file.directory().join("own.toml");
    let own = own.to_str().unwrap();
    let process = |args: &[&str]| {
        Flowmine::on(&file).args(["process"]).args(args).run().exits(0);
        file.value::<String>(
            "SELECT coalesce(rules_path, rules_name) FROM flowmine_runs ORDER BY id DESC LIMIT 1",
        )
    };
    Flowmine::on(&file).args(["rules", "init", own]).run().exits(0);
    assert_eq!(process(&[]), "default");
    assert_eq!(process(&["--rules", own]), own);
    assert_eq!(process(&[]), own);
    let changed = std::fs::read_to_string(own).unwrap() + "\n# changed\n";
    std::fs::write(own, changed).unwrap();
    assert_eq!(process(&["--rules", own]), own);
    assert_eq!(process(&[]), own);
}

#[test]
fn a_row_with_a_negative_id_can_be_named() {
    let file = crate::common::HistoryFile::application();
    file.execute("INSERT INTO workflow_history (id, adw_id, nl_input, status) VALUES (-5, 'x', 'Run the tests', 'completed')");
    let ran = Flowmine::by_few_rules(&file).args(["process", "--", "-5"]).run().succeeds();
    assert!(ran.stdout().contains("1 workflow looked at, 1 occurrence new"), "{}", ran.stdout());
}
