//! `--no-text`: the operations are those that the texts have, and no run changes that.

use rusqlite::Connection;

use crate::common::{Flowmine, Ran, column};
use crate::transcripts::{Folder, Session};

/// Sessions in which something is asked for alone, with something else, and together with what then runs.
fn sessions() -> Vec<Session> {
    let mut alone = Session::new("alone");
    alone.asks("run the backend tests").says("done", 10);
    let mut part = Session::new("part");
    part.asks("fix the login, then run the tests and deploy").runs("uv run pytest -q", 100).says("done", 10);
    let mut both = Session::new("both");
    both.asks("lint and test").runs("uv run ruff check .", 50).runs("uv run pytest -q tests/api", 100);
    vec![alone, part, both]
}

fn folder() -> Folder {
    let folder = Folder::new();
    for session in sessions() {
        folder.write(&session.file_name(), session.text());
    }
    folder
}

fn flowmine(folder: &Folder, database: &str, args: &[&str]) -> Ran {
    Flowmine::in_directory(folder.root.path()).args(["--db", database, "-q"]).args(args).run()
}

fn import_without_texts(folder: &Folder, database: &str) {
    let ran = flowmine(folder, database, &["import", "transcripts", "--no-text"]).exits(0);
    assert_eq!(ran.stderr(), "");
}

/// Every occurrence and what it is worth, as far as no text says it.
fn occurrences(folder: &Folder, database: &str) -> Vec<String> {
    let conn = Connection::open(folder.path(database)).unwrap();
    let sql = "SELECT concat_ws(' ', workflow_id, pattern_signature, matched_characteristics ->> '$.found_in', \
               matched_characteristics ->> '$.covers', matched_characteristics ->> '$.duration_range', \
               matched_characteristics ->> '$.error_count', avg_cost_with_llm) \
               FROM pattern_occurrences AS o JOIN operation_patterns AS p ON p.id = o.pattern_id ORDER BY 1";
    column(&conn, sql)
}

#[test]
fn the_occurrences_are_those_of_an_import_with_texts() {
    let folder = folder();
    flowmine(&folder, "texts.db", &["import", "transcripts"]).exits(0);
    import_without_texts(&folder, "none.db");
    let with_texts = occurrences(&folder, "texts.db");
    assert!(with_texts.iter().any(|one| one.contains(r#"["request"] part"#)), "{with_texts:#?}");
    assert!(with_texts.iter().any(|one| one.contains(r#"["request","run"] whole"#)), "{with_texts:#?}");
    assert_eq!(occurrences(&folder, "none.db"), with_texts);
}

#[test]
fn what_a_sub_agent_ran_has_the_target_that_the_request_names() {
    let mut session = Session::new("parent");
    session.asks("run pytest in the backend").says("done", 10);
    let mut agent = Session::new("agent");
    agent.asks("see whether the frontend tests pass").runs("uv run pytest -q", 100).says("done", 10);
    let marked = "\"isSidechain\":true,\"agentId\":\"a1\",\"sessionId\":\"parent\"";
    let folder = Folder::new();
    folder.write(&session.file_name(), session.text());
    let text = agent.text().replace("\"sessionId\":\"agent\"", marked);
    folder.write("projects/-home-ada-app/parent/subagents/agent-a1.jsonl", text);
    flowmine(&folder, "texts.db", &["import", "transcripts"]).exits(0);
    import_without_texts(&folder, "none.db");
    let with_texts = occurrences(&folder, "texts.db");
    assert!(with_texts.iter().any(|one| one.contains("test:pytest:backend")), "{with_texts:#?}");
    assert_eq!(occurrences(&folder, "none.db"), with_texts);
}

#[test]
fn what_is_kept_of_a_request_is_explained_as_far_as_it_is_known() {
    let folder = folder();
    import_without_texts(&folder, "none.db");
    let conn = Connection::open(folder.path("none.db")).unwrap();
    let sql = "SELECT workflow_id FROM flowmine_asked WHERE signature = 'test:generic:backend'";
    let name: String = conn.query_row(sql, [], |row| row.get(0)).unwrap();
    let answer = flowmine(&folder, "none.db", &["explain", "--workflow", &name, "--format", "json"]);
    let answer = answer.exits(0).json();
    assert_eq!(answer["found"][0]["signature"], "test:generic:backend");
    let row = &answer["rows"][0];
    assert_eq!((&row["layer"], &row["fired"]), (&"request".into(), &true.into()));
    assert!(row["file"].is_null() && row["line"].is_null(), "{row}");
    assert_eq!(row["words"], serde_json::json!([]));
}

#[test]
fn a_rebuild_keeps_what_cannot_be_asked_again() {
    let folder = folder();
    import_without_texts(&folder, "none.db");
    let before = occurrences(&folder, "none.db");
    let ran = flowmine(&folder, "none.db", &["backfill", "--rebuild"]).exits(0);
    assert_eq!(ran.stderr(), "");
    assert_eq!(occurrences(&folder, "none.db"), before);
}

#[test]
fn transcripts_that_grow_end_in_the_occurrences_of_the_whole_ones() {
    let folder = folder();
    for session in sessions() {
        let beginning = session.lines[0].to_string() + "\n";
        folder.write(&session.file_name(), beginning);
    }
    import_without_texts(&folder, "grown.db");
    for session in sessions() {
        folder.write(&session.file_name(), session.text());
    }
    import_without_texts(&folder, "grown.db");
    import_without_texts(&folder, "whole.db");
    assert_eq!(occurrences(&folder, "grown.db"), occurrences(&folder, "whole.db"));
}

#[test]
fn an_import_says_that_it_does_not_take_texts_away() {
    let folder = folder();
    flowmine(&folder, "texts.db", &["import", "transcripts"]).exits(0);
    let ran = flowmine(&folder, "texts.db", &["import", "transcripts", "--no-text"]).exits(0);
    assert!(ran.stderr().contains("texts that were imported before are kept"), "{}", ran.stderr());
}

#[test]
fn texts_that_were_imported_before_stay_where_their_transcript_has_grown() {
    let folder = Folder::new();
    let mut session = Session::new("grown");
    session.asks("run the zyxword tests").runs("pytest quuxdir", 100).says("done", 10);
    folder.write(&session.file_name(), session.text());
    folder.imported();
    session.asks("lint the wyvernfile").runs("ruff check griffindir", 100).says("done", 10);
    folder.write(&session.file_name(), session.text());
    folder.by_few_rules(["import", "transcripts", "--no-text"]).run().exits(0);
    let conn = Connection::open(folder.path("history.db")).unwrap();
    let count = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM workflow_history WHERE nl_input = 'run the zyxword tests'"), 1);
    assert_eq!(count("SELECT count(*) FROM flowmine_commands WHERE command = 'pytest quuxdir'"), 1);
    let bytes = std::fs::read(folder.path("history.db")).unwrap();
    for word in ["wyvernfile", "griffindir"] {
        assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_none(), "{word}");
    }
}
