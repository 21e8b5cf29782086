//! An import that is killed, that another one overtakes or that may make no thread ends in what one import gives.

use std::path::Path;
use std::process::Command;

use crate::common::{Flowmine, syscalls};
use crate::transcripts::{Folder, Session, dump};

/// Some sessions, and how they are imported into the file of this name.
fn folder() -> Folder {
    let folder = Folder::new();
    for number in 0..4 {
        let mut session = Session::new(&format!("s{number}"));
        for turn in 0..6 {
            session.asks("run the tests").runs("uv run pytest -q", 100 + turn).runs("ls", 7).says("done", 10);
        }
        folder.write(&session.file_name(), session.text());
    }
    folder
}

fn flowmine(folder: &Folder, database: &str) -> Flowmine {
    import(folder, database, &["transcripts"])
}

fn import(folder: &Folder, database: &str, places: &[&str]) -> Flowmine {
    let args = ["-q", "--db", database, "import"];
    Flowmine::in_directory(folder.root.path()).args(args).args(places)
}

fn command(folder: &Folder, database: &str) -> Command {
    flowmine(folder, database).into_command()
}

/// All that the import says of a file, its patterns included.
fn content(path: &Path) -> Vec<String> {
    let conn = rusqlite::Connection::open(path).unwrap();
    let mut statement = conn
        .prepare(
            "SELECT pattern_signature, occurrence_count, avg_cost_with_llm, potential_monthly_savings \
             FROM operation_patterns ORDER BY pattern_signature",
        )
        .unwrap();
    let patterns = statement.query_map([], |row| {
        let cells = (0..4).map(|at| format!("{:?}", row.get_ref(at).unwrap()));
        Ok(cells.collect::<Vec<_>>().join(" "))
    });
    let mut content = dump(path);
    content.extend(patterns.unwrap().map(Result::unwrap));
    content
}

#[test]
fn where_no_thread_can_be_made_an_import_gives_the_same_rows() {
    let folder = folder();
    flowmine(&folder, "threads.db").run().succeeds();
    // No system has room for a stack of this size, so that each attempt to make a thread fails.
    flowmine(&folder, "alone.db").env("RUST_MIN_STACK", "1152921504606846976").run().succeeds();
    let content = |database| content(&folder.root.path().join(database));
    assert_eq!(content("alone.db"), content("threads.db"));
}

#[test]
fn killed_at_any_write_and_run_again_it_gives_the_rows_of_one_import() {
    if !syscalls::can_be_broken() {
        return;
    }
    let folder = folder();
    let (output, calls) = syscalls::traced(&command(&folder, "whole.db"), folder.root.path(), None);
    assert!(output.status.success(), "{output:?}");
    let whole = content(&folder.path("whole.db"));
    for (name, nth) in syscalls::spread(syscalls::points(calls), 12) {
        let what = format!("killed at {name} {nth}");
        let inject = format!("{name}:signal=KILL:when={nth}");
        let killed = syscalls::traced(&command(&folder, "killed.db"), folder.root.path(), Some(&inject)).0;
        assert!(!killed.status.success(), "not {what}");
        flowmine(&folder, "killed.db").run().exits(0);
        assert!(content(&folder.path("killed.db")) == whole, "{what}");
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path(&format!("killed.db{suffix}")));
        }
    }
}

#[test]
fn two_imports_at_once_give_the_rows_of_one() {
    let folder = folder();
    flowmine(&folder, "one.db").run().exits(0);
    for _ in 0..3 {
        let both = [flowmine(&folder, "two.db").start(), flowmine(&folder, "two.db").start()];
        for mut import in both {
            assert!(import.wait().unwrap().success());
        }
        assert!(content(&folder.path("two.db")) == content(&folder.path("one.db")));
        std::fs::remove_file(folder.path("two.db")).unwrap();
    }
}

#[test]
fn two_imports_of_different_transcripts_at_once_give_the_rows_of_one_of_both() {
    let folder = folder();
    let files: Vec<_> =
        (0..4).map(|number| format!("transcripts/projects/-home-ada-app/s{number}.jsonl")).collect();
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    flowmine(&folder, "one.db").run().exits(0);
    for _ in 0..3 {
        let both = files.chunks(2).map(|half| import(&folder, "two.db", half).start());
        for mut import in both.collect::<Vec<_>>() {
            assert!(import.wait().unwrap().success());
        }
        assert!(content(&folder.path("two.db")) == content(&folder.path("one.db")));
        std::fs::remove_file(folder.path("two.db")).unwrap();
    }
}

#[test]
fn what_an_import_that_was_killed_has_left_does_not_stop_the_next() {
    let folder = Folder::new();
    for left in [format!("history.db.{}.tmp", std::process::id()), "history.db.tmp".to_owned()] {
        std::fs::write(folder.path(&left), "").unwrap();
    }
    folder.database("history.db");
    assert!(folder.path("history.db").exists());
}
