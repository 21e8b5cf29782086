//! Completions, man pages, help, and what happens to a slip of the fingers.

use crate::common::{Flowmine, Ran, has, missing};

fn flowmine(args: &[&str]) -> Ran {
    Flowmine::in_directory(&std::env::temp_dir()).args(args.iter().copied()).run()
}

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = flowmine(&["completions", shell]).succeeds().stdout();
        for word in ["backfill", "set-status", "busy-timeout", "completions"] {
            assert!(script.contains(word), "{shell}: {word} is missing");
        }
    }
}

#[test]
fn bash_takes_its_script() {
    let script = flowmine(&["completions", "bash"]).succeeds().stdout();
    if !has("bash") {
        return missing("bash is not installed");
    }
    let checked = std::process::Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn the_man_page_has_its_sections() {
    let page = flowmine(&["man"]).succeeds().stdout();
    assert!(page.contains(".TH flowmine 1"), "{page}");
    for section in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH SUBCOMMANDS"] {
        assert!(page.contains(section), "{section} is missing");
    }
}

#[test]
fn a_man_page_is_written_for_every_command() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("share/man1");
    flowmine(&["man", "--dir", pages.to_str().unwrap()]).succeeds();
    for page in ["flowmine.1", "flowmine-backfill.1", "flowmine-patterns-set-status.1", "flowmine-stats.1"] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".SH NAME"), "{page}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    flowmine(&["man", "--dir", file.path().to_str().unwrap()]).fails_with(&["cannot write man pages to"]);
}

#[test]
fn help_of_every_command_has_examples_and_fits_100_columns() {
    let commands = [
        &[][..],
        &["backfill"],
        &["process"],
        &["patterns"],
        &["patterns", "list"],
        &["patterns", "show"],
        &["patterns", "set-status"],
        &["stats"],
        &["doctor"],
        &["demo"],
        &["completions"],
        &["man"],
    ];
    for command in commands {
        let ran = flowmine(&[command, &["--help"]].concat()).succeeds();
        assert!(ran.stdout().contains("Examples:"), "{command:?}: {}", ran.stdout());
        let too_wide = ran.stdout().lines().find(|line| line.chars().count() > 100).map(str::to_owned);
        assert_eq!(too_wide, None, "{command:?}");
    }
}

#[test]
fn a_slip_gets_a_hint() {
    for (slip, hint) in [
        (&["backfil"][..], "'backfill'"),
        (&["patterns", "lst"], "'list'"),
        (&["stats", "--formt", "json"], "'--format'"),
        (&["stats", "--format", "jsn"], "'json'"),
        (&["completions", "bsh"], "'bash'"),
        (&["patterns", "list", "--sort", "saving"], "'savings'"),
    ] {
        let ran = flowmine(slip).exits(2);
        assert!(
            ran.stderr().contains("similar") && ran.stderr().contains(hint),
            "{slip:?}: {}",
            ran.stderr()
        );
        assert_eq!(ran.stdout(), "");
    }
}

#[test]
fn without_a_command_the_help_is_shown_as_wrong_usage() {
    let ran = flowmine(&[]).exits(2);
    assert!(ran.stderr().contains("Usage: flowmine"), "{}", ran.stderr());
    assert_eq!(ran.stdout(), "");
}

#[test]
fn a_missing_file_names_the_way_on() {
    let directory = tempfile::tempdir().unwrap();
    let ran = Flowmine::in_directory(directory.path()).args(["stats"]).run();
    ran.fails_with(&[
        "no such file: db/workflow_history.db",
        "--db PATH",
        "WORKFLOW_HISTORY_DB",
        "flowmine demo",
    ]);
}
