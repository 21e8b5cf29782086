//! Standard streams that are closed or full, and an environment without home, terminal and locale.

use std::process::{Command, Output};

use crate::common::{Flowmine, HistoryFile};
use crate::{assert_sound, copy_of, history, undisturbed};

/// Runs flowmine with its streams as the shell is told.
fn redirected(file: &HistoryFile, args: &[&str], redirection: &str) -> Output {
    let flowmine = Flowmine::by_few_rules(file).args(args).into_command();
    Command::new("sh")
        .args(["-c", &format!("\"$@\" {redirection}"), "sh"])
        .arg(flowmine.get_program())
        .args(flowmine.get_args())
        .current_dir(file.directory())
        .output()
        .unwrap()
}

#[test]
fn with_closed_streams_a_run_records_the_same() {
    let file = history(40, "delete");
    let expected = undisturbed(&file);
    for redirection in ["<&- >&- 2>&-", ">&-", "2>&-"] {
        let copy = copy_of(&file);
        let output = redirected(&copy, &["backfill", "-vv"], redirection);
        assert_eq!(output.status.code(), Some(0), "{redirection}: {output:?}");
        assert_sound(&copy, redirection);
        assert!(copy.content() == expected, "{redirection}");
    }
}

#[test]
fn a_full_stdout_is_an_error_after_everything_is_recorded() {
    let file = history(40, "delete");
    let expected = undisturbed(&file);
    let output = redirected(&file, &["backfill"], ">/dev/full");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("stdout") || stderr.contains("No space left"), "{stderr}");
    assert!(file.content() == expected);
    for args in [&["stats"][..], &["patterns", "list", "--format", "csv"], &["doctor"], &["process"]] {
        let output = redirected(&file, args, ">/dev/full");
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
    }
}

#[test]
fn a_full_stderr_changes_nothing() {
    let file = history(40, "delete");
    let expected = undisturbed(&file);
    let output = redirected(&file, &["backfill", "-vv"], "2>/dev/full");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(file.content() == expected);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let file = history(40, "delete");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    for args in [&["stats"][..], &["doctor"], &["patterns", "list", "--format", "json"]] {
        let output = redirected(&file, args, "| true; echo done");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn without_home_terminal_and_locale_a_run_records_the_same() {
    let file = history(40, "delete");
    let expected = undisturbed(&file);
    let mut command = Flowmine::by_few_rules(&file).args(["backfill"]).into_command();
    let output = command.env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(file.content() == expected);
    for args in [&["stats"][..], &["doctor"], &["patterns", "list"]] {
        let mut command = Flowmine::by_few_rules(&file).args(args).into_command();
        let output = command.env_clear().env("LC_ALL", "C").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        assert!(output.stdout.is_ascii(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn a_full_stdout_is_named_with_what_could_not_be_written() {
    let file = history(4, "delete");
    Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    for (args, what) in [
        (&["process"][..], "summary"),
        (&["backfill"], "run"),
        (&["stats"], "stats"),
        (&["rules", "show"], "rules"),
        (&["rules", "init", "mine.toml"], "next steps"),
        (&["demo", "sample.db"], "demo"),
        (&["completions", "bash"], "completion script"),
        (&["man"], "man page"),
        (&["--help"], "help"),
    ] {
        let output = redirected(&file, args, ">/dev/full");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
        assert!(
            stderr.contains(&format!("cannot write the {what} to standard output: ")),
            "{args:?}: {stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    }
}
