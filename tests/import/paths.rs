//! What a path says of a transcript, and what it does not.

use std::fs;

use crate::transcripts::{Folder, Session};

fn session(id: &str, turns: usize) -> Session {
    let mut session = Session::new(id);
    for _ in 0..turns {
        session.asks("run the tests").runs("pytest", 100).says("done", 10);
    }
    session
}

fn turns(folder: &Folder) -> u64 {
    let totals = folder.by_few_rules(["import", "transcripts", "--format", "json"]).run().exits(0).json();
    totals["totals"]["turns"].as_u64().unwrap()
}

#[test]
fn another_session_at_a_path_leaves_the_first_one_where_it_was() {
    for (first, second) in [(1, 3), (3, 1)] {
        let folder = Folder::new();
        folder.write("s.jsonl", session("first", first).text());
        assert_eq!(turns(&folder), first as u64);
        folder.write("s.jsonl", session("second", second).text());
        assert_eq!(turns(&folder), 4);
        folder.write("s.jsonl", session("first", first).text());
        assert_eq!(turns(&folder), 4);
    }
}

#[test]
fn a_transcript_that_another_programs_file_took_the_place_of_takes_nothing_away() {
    let folder = Folder::new();
    let path = folder.write("s.jsonl", session("first", 1).text());
    turns(&folder);
    fs::write(path, "{\"other\": 1}\n".repeat(1000)).unwrap();
    folder.by_few_rules(["import", "claude", "transcripts"]).run().exits(0);
    folder.write("t.jsonl", session("second", 1).text());
    assert_eq!(turns(&folder), 2);
}

#[test]
fn a_transcript_whose_first_line_is_long_is_one() {
    let folder = Folder::new();
    let snapshot = format!("{{\"type\":\"file-history-snapshot\",\"files\":\"{}\"}}\n", "x".repeat(200_000));
    folder.write("s.jsonl", snapshot + &session("first", 1).text());
    assert_eq!(turns(&folder), 1);
}

#[test]
fn runs_that_were_read_as_claudes_are_read_again_as_runs() {
    let folder = Folder::new();
    let asked = "{\"type\":\"user\",\"uuid\":\"v\",\"message\":{\"role\":\"user\",\"content\":\"hello\"}}\n";
    folder.write("agents/abc12345/tester/raw_output.jsonl", session("first", 1).record(2) + asked);
    folder.by_few_rules(["import", "claude", "transcripts"]).run().exits(0);
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    let names = || -> Option<String> {
        conn.query_row("SELECT group_concat(workflow_id) FROM workflow_history", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(names(), None);
    turns(&folder);
    assert_eq!(names().as_deref(), Some("adw:abc12345:tester"));
}

#[test]
fn a_transcript_in_utf_16_is_named() {
    let folder = Folder::new();
    folder.write("a.jsonl", session("first", 1).text());
    let wide: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("wide.jsonl", wide);
    let ran = folder.by_few_rules(["import", "transcripts"]).run().exits(3);
    assert!(ran.stderr().contains("it is UTF-16: save it as UTF-8"), "{}", ran.stderr());
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_utf_8_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    folder.write("a.jsonl", session("first", 1).text());
    let name = std::ffi::OsStr::from_bytes(b"s\xff.jsonl");
    fs::write(folder.path("transcripts").join(name), session("second", 1).text()).unwrap();
    let ran = folder.by_few_rules(["import", "transcripts"]).run().exits(3);
    assert!(ran.stderr().contains("rename it"), "{}", ran.stderr());
}

#[test]
fn a_dry_run_says_how_many_turns_have_grown() {
    let folder = Folder::new();
    let mut session = session("first", 2);
    folder.write("s.jsonl", session.text());
    turns(&folder);
    session.says("and more", 10);
    folder.write("s.jsonl", session.text());
    let dry =
        folder.by_few_rules(["import", "transcripts", "--dry-run", "--format", "json"]).run().exits(0).json();
    assert_eq!((&dry["totals"]["turns_new"], &dry["totals"]["turns_grown"]), (&0.into(), &1.into()));
}
