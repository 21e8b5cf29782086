//! What goes to stdout and what to stderr, and when it may be coloured.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Flowmine, HistoryFile, missing};
use crate::recorded::{many, team};

fn has_paint(text: &str) -> bool {
    text.contains('\u{1b}')
}

#[test]
fn colour_is_for_terminals_and_for_who_insists() {
    let file = team();
    for (args, environment, expected) in [
        (&[][..], &[][..], false),
        (&["--color", "always"], &[], true),
        (&["--color", "always"], &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "0")], false),
        (&[], &[("CLICOLOR_FORCE", "")], false),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
    ] {
        let mut flowmine = Flowmine::on(&file).args(["patterns", "list"]).args(args);
        for (name, value) in environment {
            flowmine = flowmine.env(name, value);
        }
        let ran = flowmine.run().succeeds();
        assert_eq!(has_paint(&ran.stdout()), expected, "{args:?} {environment:?}");
    }
}

#[test]
fn help_is_coloured_as_color_says() {
    let help = |color: &str| {
        Flowmine::on(&team()).args(["--color", color, "stats", "--help"]).run().succeeds().stdout()
    };
    assert!(has_paint(&help("always")));
    assert!(!has_paint(&help("never")));
}

#[test]
fn data_formats_have_no_paint_even_where_it_is_forced() {
    for format in ["json", "jsonl", "csv", "markdown"] {
        let args = ["--color", "always", "stats", "--format", format];
        let ran = Flowmine::on(&team()).args(args).run().succeeds();
        assert!(!has_paint(&ran.stdout()), "{format}");
    }
}

#[test]
fn logs_go_to_stderr_and_data_to_stdout() {
    let file = team();
    let ran = Flowmine::by_few_rules(&file).args(["-vv", "backfill", "--format", "json"]).run().exits(0);
    assert_eq!(ran.json()["kind"], "run");
    assert!(ran.stderr().contains("[Pattern]"), "{}", ran.stderr());
}

#[test]
fn asked_to_be_quiet_it_writes_not_a_byte() {
    let file = team();
    for args in [&["-q", "backfill", "--rebuild"][..], &["-q", "process"], &["-q", "demo", "sample.db"]] {
        let ran = Flowmine::by_few_rules(&file).args(args).run().succeeds();
        assert_eq!(ran.stdout(), "", "{args:?}");
    }
}

/// Runs it with a reader that goes away before it has read anything.
fn without_reader(mut command: Command) -> (Option<i32>, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let file = many(500);
    let commands = [
        &["patterns", "list"][..],
        &["patterns", "list", "--format", "json"],
        &["patterns", "list", "--format", "csv"],
        &["stats"],
        &["patterns", "show", "1"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["patterns", "list", "--help"],
        &["--version"],
    ];
    for args in commands {
        let ended = without_reader(Flowmine::by_few_rules(&file).args(args).into_command());
        assert_eq!(ended, (Some(0), String::new()), "{args:?}");
    }
}

/// What a terminal of 120 columns gets to see of a run, by way of `script`, which every Linux has; `None` where not.
fn on_a_terminal(file: &HistoryFile, args: &str, environment: &[(&str, &str)]) -> Option<String> {
    let line =
        format!("stty cols 120; exec {} --db workflow_history.db {args}", env!("CARGO_BIN_EXE_flowmine"));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(file.directory()).stdin(Stdio::null());
    script
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("SHELL", "/bin/sh");
    script.envs(environment.iter().copied());
    if let Ok(output) = script.output() {
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        missing("there is no 'script' to be a terminal");
        None
    }
}

#[test]
fn a_terminal_gets_colour_and_its_width() {
    let file = team();
    let Some(shown) = on_a_terminal(&file, "patterns list", &[]) else { return };
    assert!(has_paint(&shown), "{shown:?}");
    assert!(shown.contains("13 weeks") && shown.contains("status"), "{shown}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = on_a_terminal(&file, "patterns list", &[(name, value)]).unwrap();
        assert!(!has_paint(&shown), "{name}: {shown:?}");
    }
}

#[test]
fn a_short_run_shows_no_bar() {
    let file = HistoryFile::application();
    let Some(shown) = on_a_terminal(&file, "process --color never", &[]) else { return };
    assert!(shown.starts_with("process: 0 workflows looked at"), "{shown:?}");
}

/// A file that takes some seconds to look at in a debug build.
fn long_history() -> HistoryFile {
    let file = HistoryFile::application();
    file.execute(
        "WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
         INSERT INTO workflow_history (adw_id, workflow_id, nl_input, actual_cost_total)
         SELECT 'a' || n, 'wf-' || n, 'Run the backend tests with pytest, please, and tell me what fails', 'x' || n FROM numbers",
    );
    file
}

#[test]
fn a_long_run_shows_a_bar_that_leaves_nothing_behind() {
    let file = long_history();
    let started = Instant::now();
    let Some(shown) = on_a_terminal(&file, "backfill --color never", &[]) else { return };
    // A release build on a fast machine may be done before anything is to be shown.
    let is_long = started.elapsed() > Duration::from_secs(2);
    assert!(
        !is_long || shown.contains(" rows") || shown.contains("/20,000 workflows"),
        "no bar in {shown:?}"
    );
    let left = last_writing(&shown);
    let trace = left.lines().find(|line| line.contains("/20,000 workflows") || line.starts_with("reading"));
    assert_eq!(trace, None, "{left}");
    for line in left.lines().filter(|line| line.contains("[Pattern]")) {
        assert!(line.trim_start().starts_with("WARN [Pattern] "), "a torn line: {line:?}");
    }
    // In a log there is no trace of it.
    file.execute("DELETE FROM pattern_occurrences");
    let log = Flowmine::by_few_rules(&file).args(["backfill"]).run().exits(0);
    assert!(!log.stderr().contains('\r') && !has_paint(&log.stderr()), "{}", log.stderr());
}

/// The lines of a terminal after all this has been written, as far as a bar needs it: a carriage return goes back to the
/// beginning of the line, `CSI 2K` and `CSI K` clear it, `CSI n A` goes up.
fn last_writing(written: &str) -> String {
    let mut lines = vec![String::new()];
    let mut row = 0;
    let mut rest = written;
    while let Some(character) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\u{1b}[") {
            let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
            let (number, command) = (&sequence[..end], &sequence[end..=end]);
            match command {
                "A" => row -= number.parse::<usize>().unwrap_or(1).min(row),
                "K" => lines[row].clear(),
                _ => (),
            }
            rest = &sequence[end + 1..];
            continue;
        }
        match character {
            '\n' => {
                row += 1;
                if row == lines.len() {
                    lines.push(String::new());
                }
            }
            '\r' if !rest.starts_with("\r\n") => lines[row].clear(),
            '\r' => (),
            other => lines[row].push(other),
        }
        rest = &rest[character.len_utf8()..];
    }
    lines.join("\n")
}

#[test]
fn without_a_locale_nothing_beyond_ascii_is_drawn() {
    let file = team();
    for locale in ["", "C", "POSIX"] {
        for args in [&["stats"][..], &["patterns", "list"], &["patterns", "show", "1"], &["doctor"]] {
            let ran = Flowmine::by_few_rules(&file).env("LANG", locale).args(args).run();
            assert!(ran.stdout().is_ascii(), "{locale:?} {args:?}: {}", ran.stdout());
        }
    }
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let file = team();
    let expected = Flowmine::on(&file).args(["patterns", "list"]).run().succeeds().stdout();
    for name in ["WORKFLOW_HISTORY_DB", "RUST_LOG", "NO_COLOR", "CLICOLOR_FORCE", "LC_ALL", "TERM", "USER"] {
        let ran = Flowmine::by_few_rules(&file).env(name, "").args(["patterns", "list"]).run().succeeds();
        assert_eq!(ran.stdout(), expected, "{name}");
    }
    for args in [&["completions", "bash"][..], &["--help"], &["explain", "Run the tests"]] {
        Flowmine::in_directory(file.directory()).env("WORKFLOW_HISTORY_DB", "").args(args).run().succeeds();
    }
    let missing =
        Flowmine::in_directory(file.directory()).env("WORKFLOW_HISTORY_DB", "").args(["stats"]).run();
    missing.fails_with(&["no such file: db/workflow_history.db"]);
}

#[test]
fn a_usage_error_shows_what_was_typed_and_does_not_do_it() {
    for args in [&["\u{1b}[2J"][..], &["stats", "--\u{1b}[31mx"], &["stats", "--format", "\u{9b}2J"]] {
        let ran = Flowmine::on(&team()).args(["--color", "never"]).args(args).run().exits(2);
        let is_harmless = |character: char| character == '\n' || !character.is_control();
        assert!(ran.stderr().chars().all(is_harmless), "{args:?}: {:?}", ran.stderr());
        assert!(ran.stderr().contains("\\u{"), "{args:?}: {}", ran.stderr());
    }
}
