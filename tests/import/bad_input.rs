//! What cannot be read is skipped, counted and named; the rest is imported.

use std::fs;

use flowmine::import::find::{KnownFiles, SearchPlace, find};
use flowmine::import::prices::Prices;
use flowmine::import::read_transcript;
use flowmine::import::turn::Source;
use proptest::prelude::*;

use crate::transcripts::{Folder, Session};

fn session() -> Session {
    Session::of_tests("bad")
}

#[test]
fn a_line_that_is_no_json_is_counted_and_named_and_the_rest_is_read() {
    let folder = Folder::new();
    let path = folder.write("a.jsonl", format!("{{\"type\":\nnot json\n{}", session().text()));
    let (transcript, bad) = read_transcript(&path, Source::Claude).unwrap();
    assert_eq!(transcript.unreadable, 2);
    assert_eq!(bad.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(folder.import("history.db", &folder.found()).totals.turns, 1);
}

#[test]
fn a_last_line_without_its_end_is_no_fault() {
    let folder = Folder::new();
    let text = session().text();
    let path = folder.write("a.jsonl", &text[..text.len() - 30]);
    assert_eq!(read_transcript(&path, Source::Claude).unwrap().0.unreadable, 0);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_skipped() {
    let folder = Folder::new();
    let long = format!("{{\"type\":\"user\",\"x\":\"{}\"}}\n", "x".repeat(100 << 20));
    let path = folder.write("a.jsonl", long + &session().text());
    let (transcript, bad) = read_transcript(&path, Source::Claude).unwrap();
    assert_eq!((transcript.unreadable, bad[0].number), (1, 1));
    assert_eq!(transcript.segments.iter().map(|segment| segment.calls.len()).sum::<usize>(), 2);
}

#[test]
fn another_programs_lines_are_no_transcript() {
    let folder = Folder::new();
    folder.write("other.jsonl", "{\"level\":\"info\",\"msg\":\"started\"}\n");
    assert_eq!(folder.found().files, []);
}

/// A folder with a transcript of Codex, and its name there.
fn codex() -> (Folder, String) {
    let folder = Folder::new();
    let samples = folder.path("samples");
    flowmine::import::sample::write(&samples).unwrap();
    let places = [SearchPlace { source: None, path: samples }];
    let found = find(&places, &KnownFiles::default()).files.into_iter();
    let codex = found.map(|file| (file.source, file.path)).find(|(source, _)| *source == Source::Codex);
    folder.write("rollout-x.jsonl", fs::read(codex.unwrap().1).unwrap());
    (folder, "transcripts/rollout-x.jsonl".to_owned())
}

fn turns(folder: &Folder) -> i64 {
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    conn.query_row("SELECT count(*) FROM workflow_history", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_file_that_is_no_transcript_of_the_source_named_gives_nothing_and_a_warning() {
    let (folder, file) = codex();
    let ran = folder.by_few_rules(["import", "claude", &file]).run().exits(0);
    assert!(ran.stderr().contains("rollout-x.jsonl is no transcript of claude"), "{}", ran.stderr());
    assert_eq!(turns(&folder), 0);
}

#[test]
fn a_file_that_was_read_as_another_sources_is_read_again_as_its_own() {
    for again in [&["import", "codex"][..], &["import"]] {
        let (folder, file) = codex();
        folder.by_few_rules(["import", "claude", &file]).run().exits(0);
        folder.by_few_rules(again.iter().copied().chain([file.as_str()])).run().exits(0);
        assert!(turns(&folder) > 0, "{again:?}");
    }
}

#[test]
fn a_file_that_is_read_as_another_sources_keeps_its_turns() {
    let (folder, file) = codex();
    folder.by_few_rules(["import", &file]).run().exits(0);
    let before = turns(&folder);
    folder.by_few_rules(["import", "claude", &file]).run().exits(0);
    assert_eq!(turns(&folder), before);
}

#[test]
fn a_compressed_file_that_ends_early_is_named_and_the_rest_is_imported() {
    let folder = Folder::new();
    folder.write("rollout-x.jsonl.zst", [0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x81]);
    folder.write("a.jsonl", session().text());
    let summary = folder.import("history.db", &folder.found());
    assert_eq!((summary.unreadable.len(), summary.totals.turns), (1, 1));
    assert!(summary.has_problems());
}

#[test]
fn a_file_that_cannot_be_read_was_not_known_before() {
    let folder = Folder::new();
    folder.write("rollout-x.jsonl.zst", [0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x81]);
    folder.write("a.jsonl", session().text());
    let ran = folder.by_few_rules(["import", "transcripts"]).run().exits(3);
    assert!(!ran.stdout().contains("known before"), "{}", ran.stdout());
    let again = folder.by_few_rules(["import", "transcripts"]).run().exits(3);
    assert!(
        again.stdout().contains("Claude Code: 1 transcript, 0 read, 1 known before"),
        "{}",
        again.stdout()
    );
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_read() {
    let folder = Folder::new();
    let outside = folder.path("outside.jsonl");
    fs::write(&outside, session().text()).unwrap();
    folder.write("a.jsonl", session().text());
    std::os::unix::fs::symlink(&outside, folder.path("transcripts/b.jsonl")).unwrap();
    std::os::unix::fs::symlink("/", folder.path("transcripts/root")).unwrap();
    let pipe = folder.path("transcripts/c.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(folder.found().files.len(), 1);
}

#[cfg(unix)]
#[test]
fn prices_are_a_regular_file_of_at_most_a_megabyte() {
    let folder = Folder::new();
    let (large, pipe) = (folder.path("large.json"), folder.path("pipe"));
    fs::write(&large, " ".repeat(1_000_001)).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let refused = |path: &std::path::Path| Prices::builtin().with_file(path).unwrap_err().to_string();
    assert!(refused(&large).contains("more than 1000 kB"), "{}", refused(&large));
    assert!(refused(&pipe).contains("no regular file"));
    assert!(refused("/dev/zero".as_ref()).contains("no regular file"));
    assert!(refused("/".as_ref()).contains("a directory"));
}

/// One way to spoil a line.
#[derive(Clone, Debug)]
enum Spoil {
    Cut(usize),
    Twice,
    Swap(usize, &'static str),
    Insert(usize, &'static str),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let values = prop::sample::select(vec![
        "null",
        "[]",
        "{}",
        "true",
        "\"x\"",
        "1e999",
        "-5",
        "18446744073709551616",
    ]);
    let texts = prop::sample::select(vec!["\\ud83d", "\u{0}", "[[[[[[[[", "\"", "é", "\\"]);
    prop_oneof![
        (0..400usize).prop_map(Spoil::Cut),
        Just(Spoil::Twice),
        (0..30usize, values).prop_map(|(at, value)| Spoil::Swap(at, value)),
        (0..400usize, texts).prop_map(|(at, text)| Spoil::Insert(at, text)),
    ]
}

fn spoiled(line: &str, spoil: &Spoil) -> String {
    let border = |at: usize| (0..=at.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap();
    match spoil {
        Spoil::Cut(at) => line[..border(*at)].to_owned(),
        Spoil::Twice => format!("{line}\n{line}"),
        Spoil::Swap(at, value) => {
            let colons: Vec<_> = line.match_indices(':').map(|(at, _)| at).collect();
            let from = colons[at % colons.len()] + 1;
            let to = line[from..].find([',', '}']).map_or(line.len(), |end| from + end);
            format!("{}{value}{}", &line[..from], &line[to..])
        }
        Spoil::Insert(at, text) => format!("{}{text}{}", &line[..border(*at)], &line[border(*at)..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_spoiled_line_stops_the_others(at in 0..5usize, spoil in spoil()) {
        let folder = Folder::new();
        let text = session().text();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = at % lines.len();
        lines[at] = spoiled(&lines[at], &spoil);
        let path = folder.write("a.jsonl", lines.join("\n") + "\n");
        for source in Source::ALL {
            let (transcript, _) = read_transcript(&path, source).unwrap();
            prop_assert!(transcript.unreadable <= 2);
        }
    }
}
