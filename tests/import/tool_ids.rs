//! Tool uses whose ids are numbered anew, in each session or in each answer: what they cost and how they went is their own.

use crate::transcripts::{Folder, Session};

/// A session that runs two shell lines, one of which fails.
fn session(id: &str) -> Session {
    let mut session = Session::new(id);
    session
        .asks("run the tests")
        .fails("uv run pytest -q", 100)
        .runs("uv run ruff check", 50)
        .says("done", 10);
    session
}

/// What the file has of this session's commands and of its workflow.
fn rows_of(folder: &Folder, session: &str) -> Vec<String> {
    let conn = rusqlite::Connection::open(folder.path("history.db")).unwrap();
    let sql = "SELECT concat_ws(' ', c.command, c.exit_status, c.calls, c.tokens, c.cost, w.error_count, w.actual_cost_total) \
               FROM flowmine_commands AS c JOIN workflow_history AS w USING (workflow_id) \
               WHERE workflow_id LIKE ?1 ORDER BY c.position";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([format!("claude:{session}-%")], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_session_gives_the_same_beside_others_that_number_their_tool_uses_alike() {
    let folder = Folder::new();
    let write = |id: &str| folder.write(&session(id).file_name(), session(id).text_with_ids(|at| at));
    write("b");
    folder.imported();
    let alone = rows_of(&folder, "b");
    write("a");
    write("c");
    folder.imported();
    assert_eq!(rows_of(&folder, "b"), alone);
}

#[test]
fn tool_uses_that_are_numbered_anew_in_each_answer_are_those_with_ids_of_their_own() {
    let [own, anew] = [false, true].map(|anew| {
        let folder = Folder::new();
        let session = session("b");
        let text = if anew { session.text_with_ids(|_| 0) } else { session.text() };
        folder.write(&session.file_name(), text);
        folder.imported();
        rows_of(&folder, "b")
    });
    assert_eq!(anew, own);
    assert!(own[0].starts_with("uv run pytest -q 2 2"), "{own:#?}");
    assert!(own[1].starts_with("uv run ruff check 0 2"), "{own:#?}");
}

#[test]
fn a_fork_of_a_session_whose_tool_uses_are_numbered_anew_adds_nothing() {
    for request in ["requestId", "noRequestId"] {
        let folder = Folder::new();
        let session = session("b");
        let text = |session: &Session| session.text_with_ids(|_| 0).replace("requestId", request);
        folder.write(&session.file_name(), text(&session));
        folder.imported();
        let before = rows_of(&folder, "b");
        let fork = session.fork("a");
        folder.write(&fork.file_name(), text(&fork));
        folder.imported();
        let without_keys =
            |rows: Vec<String>| rows.into_iter().filter(|row| !row.starts_with("flowmine_calls"));
        assert!(without_keys(rows_of(&folder, "b")).eq(without_keys(before)), "{request}");
    }
}
