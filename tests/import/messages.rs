//! What an import tells a person.

use std::fs;

use crate::common::Flowmine;
use crate::transcripts::{Folder, Session};

fn folder() -> Folder {
    let folder = Folder::new();
    let mut session = Session::new("first");
    session.asks("run the tests").runs("uv run pytest -q", 100).says("done", 40);
    folder.write("first.jsonl", session.text());
    folder
}

/// flowmine with a data folder of its own, on no file that is named.
fn flowmine(folder: &Folder, args: &[&str]) -> Flowmine {
    let data = folder.path("data");
    let flowmine = Flowmine::in_directory(folder.root.path()).env("XDG_DATA_HOME", data.to_str().unwrap());
    flowmine.args(args)
}

const ELSEWHERE: &str = "Other commands work on";

#[test]
fn an_import_says_which_file_it_wrote_and_which_one_other_commands_work_on() {
    let folder = folder();
    let own = folder.path("data/flowmine/history.db");
    let said = flowmine(&folder, &["import", "transcripts"]).run().exits(0).stdout();
    assert!(said.contains(&format!("kept in {}", own.display())), "{said}");
    assert!(!said.contains(ELSEWHERE), "{said}");
    fs::create_dir(folder.path("db")).unwrap();
    fs::copy(&own, folder.path("db/workflow_history.db")).unwrap();
    let said = flowmine(&folder, &["import", "transcripts"]).env("COLUMNS", "999").run().exits(0).stdout();
    let hint = format!("{ELSEWHERE} db/workflow_history.db here: give them --db {}", own.display());
    assert!(said.contains(&hint), "{said}");
    let said = folder.imported().stdout();
    assert!(said.contains("kept in history.db") && !said.contains(ELSEWHERE), "{said}");
}

#[test]
fn a_quiet_import_names_a_line_that_could_not_be_read() {
    let folder = folder();
    let path = folder.write("second.jsonl", "{\"sessionId\":\"x\"}\nnot json\n{\n");
    let ran = folder.by_few_rules(["import", "transcripts", "-q"]).run().exits(3);
    let named = format!("2 lines could not be read, skipped; the first is line 2 of {}", path.display());
    assert!(ran.stderr().contains(&named), "{}", ran.stderr());
    assert_eq!(ran.stdout(), "");
}

#[test]
fn a_compressed_file_that_ends_early_is_told_in_plain_words() {
    let folder = folder();
    for (name, bytes) in [
        ("rollout-head.jsonl.zst", &[0x28, 0xb5, 0x2f, 0xfd, 0x04][..]),
        ("rollout-block.jsonl.zst", &[0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x81]),
    ] {
        folder.write(name, bytes);
    }
    let ran = folder.by_few_rules(["import", "transcripts", "-q"]).run().exits(3);
    let plain = "its compressed data end early or are damaged; skipped";
    assert_eq!(ran.stderr().matches(plain).count(), 2, "{}", ran.stderr());
}

#[test]
fn places_without_transcripts_are_named_in_one_line() {
    let folder = Folder::new();
    fs::create_dir(folder.path("none")).unwrap();
    folder.by_few_rules(["import", "none"]).run().fails_with(&["no transcripts found; looked in none"]);
}

#[test]
fn a_file_whose_name_looks_like_an_address_is_made_under_that_name() {
    let folder = folder();
    for name in ["file:a.db", "file:b.db?mode=memory"] {
        let args = ["--db", name, "import", "transcripts", "-q"];
        Flowmine::in_directory(folder.root.path()).args(args).run().succeeds();
        assert!(folder.path(name).is_file(), "{name}");
    }
}
