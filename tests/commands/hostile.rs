//! Texts that a terminal or another program would interpret are shown as plain text on every screen, in every format.

use flowmine::render::text;

use crate::common::{Flowmine, HistoryFile};
use crate::recorded::{Run, add_pattern, add_run};

/// An escape sequence, a C1 control, a line of its own, text turned around, and a tab that would move a column.
const HARM: &str = "\u{1b}[2J\u{9b}31m\r\nowned\u{202e}\u{2066}\u{feff}\ttab";

fn hostile() -> HistoryFile {
    let file = HistoryFile::application();
    let harm = |what: &str| format!("{what}{HARM}");
    add_run(&file, &Run { key: &harm("wf"), request: Some(&harm("=HYPERLINK(\"x\")")), ..Run::default() });
    let id = add_pattern(&file, &harm("=1+1:a:b"), "detected", &[&harm("wf")]);
    file.connection()
        .execute(
            "UPDATE operation_patterns SET pattern_type = ?1, typical_input_pattern = ?2 WHERE id = ?3",
            rusqlite::params![
                harm("@type"),
                serde_json::json!({"keywords": [HARM], "complexity": HARM}).to_string(),
                id
            ],
        )
        .unwrap();
    file.connection()
        .execute(
            "UPDATE pattern_occurrences SET matched_characteristics = ?1",
            [serde_json::json!({"files_mentioned": [harm("f.py")]}).to_string()],
        )
        .unwrap();
    file
}

const SCREENS: [&[&str]; 4] = [
    &["patterns", "list"],
    &["patterns", "show", "1"],
    &["stats"],
    &["patterns", "set-status", "1", "candidate"],
];

#[test]
fn harm_is_shown_and_not_done() {
    let file = hostile();
    // The only escape characters are flowmine's own paint: bold, dim, a colour, and its end.
    let paint = regex::Regex::new("\u{1b}\\[[0-9]{1,2}m").unwrap();
    for screen in SCREENS {
        for format in ["table", "json", "jsonl", "csv", "markdown"] {
            for color in ["never", "always"] {
                let args = ["--format", format, "--color", color];
                let ran = Flowmine::on(&file).args(screen).args(args).run().succeeds();
                let out = paint.replace_all(&ran.stdout(), "").into_owned();
                let raw = out.chars().find(|&character| text::is_unsafe(character) && character != '\n');
                assert_eq!(raw, None, "{screen:?} {args:?}: {out:?}");
                assert!(
                    !out.lines().any(|line| line.trim_start().starts_with("owned")),
                    "{screen:?} {args:?}: {out}"
                );
            }
        }
    }
}

#[test]
fn json_gives_the_texts_back_as_they_are() {
    let json =
        Flowmine::on(&hostile()).args(["patterns", "list", "--format", "json"]).run().succeeds().json();
    assert_eq!(json["rows"][0]["pattern_signature"], format!("=1+1:a:b{HARM}"));
}

#[test]
fn a_spreadsheet_sees_no_formula() {
    let file = HistoryFile::application();
    for (number, first) in ["=", "+", "-", "@", "\t=", "\r=", "＝", "a"].into_iter().enumerate() {
        add_run(&file, &Run { key: &format!("wf-{number}"), ..Run::default() });
        add_pattern(&file, &format!("{first}cmd|' /C calc'!A0"), "detected", &[&format!("wf-{number}")]);
    }
    let args = ["patterns", "list", "--fields", "pattern_signature", "--format", "csv"];
    let ran = Flowmine::on(&file).args(args).run().succeeds();
    let cells: Vec<String> = ran.stdout().lines().skip(1).map(str::to_owned).collect();
    assert_eq!(cells.len(), 8);
    assert_eq!(cells.iter().filter(|cell| cell.starts_with('\'')).count(), 7, "{cells:?}");
    assert!(cells.iter().any(|cell| cell == "acmd|' /C calc'!A0"), "{cells:?}");
}

#[test]
fn a_name_that_does_not_exist_is_repeated_harmlessly() {
    let file = hostile();
    for args in [
        ["patterns", "show", HARM],
        ["patterns", "list", &format!("--type=={HARM}")],
        ["patterns", "list", &format!("--fields={HARM}")],
    ] {
        let ran = Flowmine::on(&file).args(args).run();
        let raw = ran.stderr().chars().find(|&character| text::is_unsafe(character) && character != '\n');
        assert_eq!(raw, None, "{:?}", ran.stderr());
    }
}

#[test]
fn a_usage_error_shows_no_raw_escape_of_the_command_line() {
    for args in [
        &["--\u{1b}[31m"][..],
        &["st\u{1b}[31mats"],
        &["stats", "--format=\u{1b}[31m"],
        &["stats", "--since", "\u{1b}[31m"],
        &["patterns", "list", "--type", "\u{1b}[31m", "--fields", "\u{1b}[31m"],
        &["patterns", "show", "\u{1b}[31m"],
        &["rules", "show", "\u{1b}[31m"],
        &["import", "\u{1b}[31m"],
    ] {
        let stderr = Flowmine::on(&hostile()).args(args).run().stderr();
        assert!(!stderr.is_empty() && !stderr.contains('\u{1b}'), "{args:?}: {stderr:?}");
    }
}
