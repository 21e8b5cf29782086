//! Small transcripts, written line by line for these tests.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use flowmine::db::totals::totals;
use flowmine::db::{Database, LockWait, own_file};
use flowmine::import::find::{FoundTranscripts, KnownFiles, SearchPlace, find};
use flowmine::import::prices::Prices;
use flowmine::import::run::{ImportPlan, ImportSummary, import};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::common::{FEW_RULES, Flowmine, Ran, builtin};

/// A folder with transcripts and, beside them, flowmine's own file.
pub struct Folder {
    pub root: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file below the folder of transcripts.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path("transcripts").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// flowmine in this folder, on the file 'history.db' there.
    pub fn flowmine(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Flowmine {
        Flowmine::in_directory(self.root.path()).args(["--db", "history.db"]).args(args)
    }

    /// The same with few rules, which are ready at once.
    pub fn by_few_rules(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Flowmine {
        self.flowmine(["--rules", FEW_RULES]).args(args)
    }

    /// Imports the folder's transcripts into that file.
    pub fn imported(&self) -> Ran {
        self.by_few_rules(["import", "transcripts"]).run().exits(0)
    }

    /// Runs SQL on that file.
    pub fn execute(&self, sql: &str) {
        rusqlite::Connection::open(self.path("history.db")).unwrap().execute_batch(sql).unwrap();
    }

    pub fn found(&self) -> FoundTranscripts {
        find(&[SearchPlace { source: None, path: self.path("transcripts") }], &KnownFiles::default())
    }

    pub fn database(&self, name: &str) -> Database {
        own_file::open_or_make(&self.path(name), LockWait::default()).unwrap()
    }

    /// Imports these files into the file of this name.
    pub fn import(&self, database: &str, found: &FoundTranscripts) -> ImportSummary {
        self.import_with(database, found, &Prices::builtin())
    }

    pub fn import_with(&self, database: &str, found: &FoundTranscripts, prices: &Prices) -> ImportSummary {
        self.import_since(database, found, (None, prices))
    }

    /// Imports what began at this time or later.
    pub fn import_since(
        &self,
        database: &str,
        found: &FoundTranscripts,
        (since, prices): (Option<Timestamp>, &Prices),
    ) -> ImportSummary {
        let rules = || builtin("default");
        let plan = ImportPlan { found, prices, rules: &rules, since, keep_text: true };
        let database = self.database(database);
        let summary = import(&database, &plan, &mut ()).unwrap();
        ImportSummary { totals: totals(&database).unwrap(), ..summary }
    }
}

/// All that the tables of a file say, ids and times of files aside.
pub fn dump(path: &Path) -> Vec<String> {
    let conn = rusqlite::Connection::open(path).unwrap();
    let mut rows = Vec::new();
    for (table, left_out) in [
        ("workflow_history", "id"),
        ("flowmine_calls", ""),
        ("flowmine_commands", ""),
        ("flowmine_transcripts", "modified"),
    ] {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names: Vec<_> = statement.column_names().map(str::to_owned).collect();
        let lines = statement.query_map([], |row| {
            let cells = names.iter().enumerate().filter(|(_, name)| *name != left_out);
            let cells = cells
                .map(|(at, name)| format!("{name}={:?}", row.get::<_, rusqlite::types::Value>(at).unwrap()));
            Ok(format!("{table} {}", cells.collect::<Vec<_>>().join(" ")))
        });
        rows.extend(lines.unwrap().map(Result::unwrap));
    }
    rows.sort();
    rows
}

/// A Claude Code session that is being put together.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: String,
    pub lines: Vec<Value>,
    second: u32,
}

impl Session {
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), lines: Vec::new(), second: 0 }
    }

    /// One turn that runs the tests.
    pub fn of_tests(id: &str) -> Self {
        let mut session = Self::new(id);
        session.asks("run the tests").runs("uv run pytest -q", 100).says("done", 10);
        session
    }

    fn line(&mut self, kind: &str, mut line: Value) -> &mut Self {
        self.second += 1;
        let number = self.lines.len();
        line["type"] = kind.into();
        line["sessionId"] = self.id.clone().into();
        line["uuid"] = format!("{}-{number}", self.id).into();
        line["cwd"] = "/home/ada/app".into();
        line["timestamp"] =
            format!("2026-02-03T10:{:02}:{:02}.000Z", self.second / 60 % 60, self.second % 60).into();
        self.lines.push(line);
        self
    }

    pub fn asks(&mut self, text: &str) -> &mut Self {
        self.line("user", json!({"message": {"role": "user", "content": text}}))
    }

    /// An answer with these tokens that runs a shell line.
    pub fn runs(&mut self, command: &str, tokens: u64) -> &mut Self {
        self.runs_to(command, tokens, &json!({"content": "ok"}))
    }

    /// The same of a shell line that ends with exit status 2.
    pub fn fails(&mut self, command: &str, tokens: u64) -> &mut Self {
        self.runs_to(command, tokens, &json!({"content": "Exit code 2", "is_error": true}))
    }

    fn runs_to(&mut self, command: &str, tokens: u64, result: &Value) -> &mut Self {
        let tool = format!("toolu_{}_{}", self.id, self.lines.len());
        let content =
            json!([{"type": "tool_use", "id": tool, "name": "Bash", "input": {"command": command}}]);
        self.answer(&content, tokens);
        let mut result = result.clone();
        (result["type"], result["tool_use_id"]) = ("tool_result".into(), tool.into());
        self.line("user", json!({"message": {"role": "user", "content": [result]}}))
    }

    pub fn says(&mut self, text: &str, tokens: u64) -> &mut Self {
        self.answer(&json!([{"type": "text", "text": text}]), tokens)
    }

    fn answer(&mut self, content: &Value, tokens: u64) -> &mut Self {
        let number = self.lines.len();
        let usage = json!({"input_tokens": tokens, "output_tokens": tokens / 2, "cache_read_input_tokens": tokens * 3});
        let id = format!("msg_{}_{number}", self.id);
        let message = json!({"id": id, "role": "assistant", "model": "claude-sonnet-4-6", "content": content, "usage": usage});
        self.line("assistant", json!({"requestId": format!("req_{}_{number}", self.id), "message": message}))
    }

    /// The session once more under another id, with the same lines.
    pub fn fork(&self, id: &str) -> Self {
        let mut fork = Self { id: id.to_owned(), ..self.clone() };
        fork.lines.iter_mut().for_each(|line| line["sessionId"] = id.into());
        fork
    }

    /// The session without its first lines.
    pub fn without_first(&self, lines: usize) -> Self {
        Self { lines: self.lines.iter().skip(lines).cloned().collect(), ..self.clone() }
    }

    pub fn text(&self) -> String {
        self.lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n")
    }

    /// The text with the ids of tool uses as some programs number them: anew in each session, or in each answer.
    pub fn text_with_ids(&self, number: impl Fn(usize) -> usize) -> String {
        let mut text = self.text();
        for (at, line) in (0..).zip(self.lines.iter().filter(|line| line["type"] == "assistant")) {
            if let Some(id) = line["message"]["content"][0]["id"].as_str() {
                text = text.replace(&format!("\"{id}\""), &format!("\"functions.Bash:{}\"", number(at)));
            }
        }
        text
    }

    /// A run's record of the session that has its first answers.
    pub fn record(&self, answers: usize) -> String {
        let session = &self.id;
        let begins =
            json!({"type": "system", "subtype": "init", "cwd": "/home/ada/app", "session_id": session});
        let ends =
            json!({"type": "result", "subtype": "success", "session_id": session, "total_cost_usd": 0.5});
        let answers = self.lines.iter().filter(|line| line["type"] == "assistant").take(answers);
        let answers = answers
            .map(|line| json!({"type": "assistant", "message": line["message"], "session_id": session}));
        let lines = std::iter::once(begins).chain(answers).chain([ends]);
        lines.fold(String::new(), |text, line| text + &line.to_string() + "\n")
    }

    pub fn file_name(&self) -> String {
        format!("projects/-home-ada-app/{}.jsonl", self.id)
    }
}
