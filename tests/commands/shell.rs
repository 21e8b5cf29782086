//! Completions, man pages, help, and what is said of a typing error.

use std::collections::BTreeMap;

use crate::common::{Flowmine, HistoryFile, Ran, has, missing, notice};
use crate::recorded::team;

fn flowmine(args: &[&str]) -> Ran {
    Flowmine::in_directory(&std::env::temp_dir()).args(args).run()
}

#[test]
fn every_shell_gets_a_script_that_asks_flowmine() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = flowmine(&["completions", shell]).succeeds().stdout();
        assert!(script.contains("FLOWMINE_COMPLETE") && script.contains("flowmine"), "{shell}: {script}");
    }
}

/// What fish is offered for the last of these words.
fn offered(file: &HistoryFile, words: &[&str]) -> Vec<String> {
    let ran = Flowmine::in_directory(file.directory())
        .env("FLOWMINE_COMPLETE", "fish")
        .args(["--", "flowmine"])
        .args(words)
        .run()
        .succeeds();
    ran.stdout().lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn commands_options_and_their_values_are_completed() {
    let file = team();
    for (words, expected) in [
        (&["backf"][..], &["backfill"][..]),
        (&["patterns", "set-status", "1", "imp"], &["implemented"]),
        (&["backfill", "--status", "pending,ru"], &["pending,running"]),
        (&["patterns", "list", "--sort", "sav"], &["savings"]),
        (&["stats", "--busy-t"], &["--busy-timeout"]),
        (&["patterns", "list", "--fields", "id,pattern_s"], &["id,pattern_signature"]),
        (&["rules", "show", "tac"], &["tac-webbuilder"]),
        (&["--rules", "def"], &["default"]),
        (&["--timezone", "Europe/Berl"], &["Europe/Berlin"]),
        (&["--db", "workflow_h"], &["workflow_history.db"]),
        (&["import", "co"], &["codex"]),
        (&["import", "workflow_h"], &["workflow_history.db"]),
    ] {
        assert_eq!(offered(&file, words), expected, "{words:?}");
    }
}

#[test]
fn what_the_file_knows_is_completed() {
    let file = team();
    let with = |words: &[&str]| offered(&file, &[&["--db", "workflow_history.db"], words].concat());
    assert_eq!(with(&["patterns", "show", "test:py"]), ["test:pytest:backend"]);
    assert_eq!(with(&["patterns", "set-status", "docs"]), ["docs:generate:all"]);
    assert_eq!(with(&["patterns", "list", "--type", "d"]), ["deps", "docs"]);
    assert_eq!(with(&["patterns", "list", "--status", "al"]), ["all"]);
    assert_eq!(
        offered(&file, &["patterns", "show", "--db=workflow_history.db", "test:py"]),
        ["test:pytest:backend"]
    );
}

#[test]
fn completion_looks_for_the_file_where_every_command_does() {
    let file = team();
    let own = file.directory().join("flowmine/history.db");
    let below = file.directory().join("app/src");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::create_dir_all(&below).unwrap();
    std::fs::create_dir_all(file.directory().join("app/db")).unwrap();
    let offered = |directory: &std::path::Path| {
        let data = file.directory().to_str().unwrap();
        let ran =
            Flowmine::in_directory(directory).env("FLOWMINE_COMPLETE", "fish").env("XDG_DATA_HOME", data);
        ran.args(["--", "flowmine", "patterns", "show", "test:py"]).run().succeeds().stdout()
    };
    std::fs::copy(file.path(), &own).unwrap();
    assert!(offered(file.directory()).starts_with("test:pytest:backend"));
    std::fs::rename(&own, file.directory().join("app/db/workflow_history.db")).unwrap();
    assert!(offered(&below).starts_with("test:pytest:backend"));
}

#[test]
fn a_file_that_cannot_be_read_offers_nothing_and_says_nothing() {
    let file = HistoryFile::application();
    assert_eq!(offered(&file, &["--db", "gone.db", "patterns", "list", "--type", ""]), Vec::<String>::new());
    let ran = Flowmine::on(&file).env("FLOWMINE_COMPLETE", "").args(["--version"]).run().succeeds();
    assert!(ran.stdout().starts_with("flowmine "));
}

/// What bash makes of a line, which it has broken into words at blanks and colons.
const IN_BASH: &str = r#"
source <("$0" completions bash)
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
COMP_WORDS=(flowmine --db workflow_history.db patterns show test : py)
COMP_CWORD=7 COMP_TYPE=9
PATH="${0%/*}:$PATH" _flowmine flowmine py :
printf '%s\n' "${COMPREPLY[@]}"
"#;

#[test]
fn bash_completes_a_signature_behind_its_colon() {
    if !has("bash") {
        return missing("bash is not installed");
    }
    let file = team();
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", IN_BASH, env!("CARGO_BIN_EXE_flowmine")]).current_dir(file.directory());
    let ran = bash.output().unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(String::from_utf8_lossy(&ran.stdout).trim(), "pytest:backend", "{stderr}");
}

#[test]
fn zsh_and_fish_take_their_scripts() {
    for shell in ["zsh", "fish"] {
        if !has(shell) {
            notice(&format!("skipped: {shell} is not installed"));
            continue;
        }
        let script = flowmine(&["completions", shell]).succeeds().stdout();
        let checked = std::process::Command::new(shell).args(["-n", "-c", &script]).output().unwrap();
        assert!(checked.status.success(), "{shell}: {}", String::from_utf8_lossy(&checked.stderr));
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

/// Every page that `man --dir` writes, by its name.
fn pages() -> BTreeMap<String, String> {
    let directory = tempfile::tempdir().unwrap();
    flowmine(&["man", "--dir", directory.path().to_str().unwrap()]).succeeds();
    let page = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // A backslash before a hyphen is how roff is told that it is one.
        (name, std::fs::read_to_string(path).unwrap().replace("\\-", "-"))
    };
    std::fs::read_dir(directory.path()).unwrap().map(page).collect()
}

#[test]
fn every_page_that_a_man_page_names_is_there() {
    let pages = pages();
    assert!(pages.len() > 15, "{:?}", pages.keys());
    for (name, page) in &pages {
        let (_, see_also) = page.split_once(".SH \"SEE ALSO\"\n").unwrap_or_else(|| panic!("{name}: {page}"));
        assert!(see_also.contains("(1)"), "{name} names no other page");
        for named in see_also.trim().split(", ") {
            let named = named.strip_suffix("(1)").unwrap_or_else(|| panic!("{name}: {named}"));
            assert!(pages.contains_key(named), "{name} names {named}, which is not there");
        }
    }
}

#[test]
fn every_man_page_has_examples_and_exit_status_and_only_the_first_explains_the_global_options() {
    for (name, page) in pages() {
        for section in [".SH EXAMPLES", ".SH \"EXIT STATUS\"", ".SH SYNOPSIS"] {
            assert!(page.contains(section), "{name} lacks {section}: {page}");
        }
        let is_first = name == "flowmine";
        for section in [".SH ENVIRONMENT", ".SH FILES"] {
            assert_eq!(page.contains(section), is_first, "{name}: {section}");
        }
        assert_eq!(page.contains("How many seconds to wait while another program"), is_first, "{name}");
        assert!(page.contains("--busy-timeout"), "{name} does not name the global options");
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
        "no such file: db/workflow_history.db here or in a folder above; name",
        "--db PATH",
        "WORKFLOW_HISTORY_DB",
        "flowmine import",
        "flowmine demo",
    ]);
    let ran =
        Flowmine::in_directory(directory.path()).env("XDG_DATA_HOME", "/home/ana/data").args(["stats"]).run();
    ran.fails_with(&["folder above, nor /home/ana/data/flowmine/history.db; name"]);
}

#[test]
fn a_number_that_cannot_be_one_is_refused_with_what_to_give() {
    for (option, number, advice) in [
        (&["backfill", "--batch-size"][..], "0", "of at least 1"),
        (&["patterns", "list", "--min-occurrences"], "1e3", "give a whole number"),
        (&["patterns", "list", "--min-occurrences"], "-1", "give a whole number"),
        (&["stats", "--busy-timeout"], "1e99", "give a whole number"),
        (&["stats", "--tool-share"], "much", "give a number"),
        (&["stats", "--tool-share"], "-1", "give 0 to 100"),
    ] {
        let ran = flowmine(&[option, &[number]].concat()).exits(2);
        let first = ran.stderr().lines().next().unwrap_or_default().to_owned();
        assert!(first.contains(number) && first.contains(advice), "{option:?} {number}: {first}");
    }
    Flowmine::on(&team()).args(["patterns", "list", "--min-savings", "-1"]).run().succeeds();
}
