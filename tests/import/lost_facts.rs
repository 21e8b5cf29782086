//! What was imported stays where what a transcript said can be read no longer: it was kept in another format, or is damaged.

use std::fs;

use crate::common::Ran;
use crate::transcripts::{Folder, Session, dump};

const OTHER_FORMAT: &str = "UPDATE flowmine_transcripts SET format = 2, facts = substr(facts, 1, 20)";

fn session(number: usize) -> Session {
    let mut session = Session::of_tests(&format!("s{number}"));
    session.asks("a question").says("an answer", 10);
    session
}

/// Three sessions, imported; then of the first no transcript is there.
fn imported() -> Folder {
    let folder = Folder::new();
    (0..3).for_each(|number| drop(folder.write(&session(number).file_name(), session(number).text())));
    folder.imported();
    fs::remove_file(folder.path("transcripts").join(session(0).file_name())).unwrap();
    folder
}

/// All rows but those of the transcripts.
fn rows(folder: &Folder) -> Vec<String> {
    let mut rows = dump(&folder.path("history.db"));
    rows.retain(|row| !row.starts_with("flowmine_transcripts"));
    rows
}

fn assert_warning(ran: &Ran, warning: &str) {
    assert_eq!(ran.stderr().matches("stay as they were").count(), 1, "{}", ran.stderr());
    assert!(ran.stderr().contains(warning), "{}", ran.stderr());
}

#[test]
fn rows_of_transcripts_that_are_gone_stay_though_their_facts_are_of_another_format() {
    let folder = imported();
    let before = rows(&folder);
    folder.execute(OTHER_FORMAT);
    let ran = folder.imported();
    assert_eq!(rows(&folder), before);
    assert_warning(
        &ran,
        "what 1 transcript said can no longer be read: 2 workflows of them stay as they were",
    );
}

#[test]
fn facts_of_another_format_are_not_taken_for_those_of_this_one() {
    let folder = imported();
    let of_first =
        |rows: &[String]| rows.iter().filter(|row| row.contains("s0")).cloned().collect::<Vec<_>>();
    let before = of_first(&rows(&folder));
    assert_eq!(before.len(), 6, "two workflows, three calls and a command");
    // The facts of a Codex thread: they can be decoded, and say something else.
    let sql = "UPDATE flowmine_transcripts SET format = 2, facts = (SELECT facts FROM flowmine_transcripts \
               WHERE path LIKE '%s2.jsonl') WHERE path LIKE '%s0.jsonl'";
    folder.execute(sql);
    folder.write(&session(3).file_name(), session(3).text());
    folder.imported();
    assert_eq!(of_first(&rows(&folder)), before);
}

#[test]
fn other_transcripts_still_grow() {
    let folder = imported();
    let before = rows(&folder).len();
    folder.execute(OTHER_FORMAT);
    let mut grown = session(1);
    grown.asks("another question").says("another answer", 10);
    folder.write(&grown.file_name(), grown.text());
    folder.imported();
    assert_eq!(rows(&folder).len(), before + 2, "a workflow and its call");
}

#[test]
fn a_transcript_that_is_there_is_read_again_where_its_facts_are_damaged() {
    let folder = imported();
    let before = rows(&folder).len();
    folder.execute("UPDATE flowmine_transcripts SET facts = x'00' WHERE path LIKE '%s1.jsonl'");
    let mut other = Session::new("other");
    folder.write(&other.file_name(), other.asks("hello").text());
    let ran = folder.imported();
    assert_eq!((rows(&folder).len(), ran.stderr()), (before + 1, String::new()));
}

#[test]
fn a_rebuild_with_other_rules_takes_no_workflow_away() {
    let folder = imported();
    let workflows = |rows: Vec<String>| rows.iter().filter(|row| row.starts_with("workflow_history")).count();
    let before = workflows(rows(&folder));
    folder.execute(OTHER_FORMAT);
    fs::write(folder.path("rules.toml"), "format = 1\nextends = \"default\"\nname = \"ours\"\n").unwrap();
    let ran = folder.flowmine(["--rules", "rules.toml", "backfill", "--rebuild"]).run().exits(0);
    assert_eq!(workflows(rows(&folder)), before);
    assert_warning(&ran, "6 workflows");
}
