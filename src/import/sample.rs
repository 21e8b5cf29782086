//! The transcripts of `flowmine demo`: sessions that stand in a fixture, written as Claude Code and Codex write them.

use std::fs;
use std::io;
use std::path::Path;

use jiff::civil::DateTime;
use serde_json::{Value, json};

/// Sessions, one step a line, written for this project.
const SESSIONS: &str = include_str!("../../fixtures/demo-transcripts.txt");

/// Writes the transcripts below a folder, a file a session.
///
/// # Errors
/// Where the folder cannot be written to.
pub fn write(folder: &Path) -> io::Result<()> {
    let (mut sessions, mut number) = (Vec::new(), 0);
    for line in SESSIONS.lines() {
        if let Some(session) = SampleSession::begin(line, number) {
            sessions.push(session);
            number += 1;
        } else if let Some(session) = sessions.last_mut() {
            session.step(line);
        }
    }
    for session in &sessions {
        let path = folder.join(session.file_name());
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(
            path,
            session.lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n"),
        )?;
    }
    Ok(())
}

/// A session that is being written.
struct SampleSession {
    is_codex: bool,
    id: String,
    folder: String,
    branch: String,
    now: DateTime,
    /// How many steps there were.
    steps: u64,
    /// Codex: what was used so far.
    used: [u64; 3],
    lines: Vec<Value>,
}

impl SampleSession {
    /// The session that a line begins.
    fn begin(line: &str, number: u64) -> Option<Self> {
        let mut words = line.split(' ');
        let is_codex = match words.next()? {
            "claude" => false,
            "codex" => true,
            _ => return None,
        };
        let now = format!("{}T{}:00", words.next()?, words.next()?).parse().ok()?;
        let (folder, branch) = (words.next()?.to_owned(), words.next()?.to_owned());
        let id = format!("5e550000-0000-4000-8000-{number:012}");
        let mut session =
            Self { is_codex, id, folder, branch, now, steps: 0, used: [0; 3], lines: Vec::new() };
        if is_codex {
            let id = session.id.clone();
            session.codex(
                "session_meta",
                &json!({"id": id, "cwd": session.folder, "cli_version": "0.120.0",
                "source": "cli", "git": {"branch": session.branch}}),
            );
        }
        Some(session)
    }

    fn file_name(&self) -> String {
        if self.is_codex {
            let (day, time) = (self.now.strftime("%Y/%m/%d"), self.now.strftime("%Y-%m-%d"));
            return format!(".codex/sessions/{day}/rollout-{time}-{}.jsonl", self.id);
        }
        format!(".claude/projects/{}/{}.jsonl", self.folder.replace('/', "-"), self.id)
    }

    /// Writes what a line of the fixture says.
    fn step(&mut self, line: &str) {
        let Some((kind, text)) = line.split_once(' ') else { return };
        let (text, exit) =
            text.rsplit_once(" !").map_or((text, 0), |(text, exit)| (text, exit.parse().unwrap_or(1)));
        self.steps += 1;
        match (kind, self.is_codex) {
            (">", false) => self.claude("user", json!({"message": {"role": "user", "content": text}})),
            (">", true) => self.codex_request(text),
            ("$", false) => self.claude_command(text, exit),
            ("$", true) => self.codex_command(text, exit),
            ("=", false) => self.claude_answer(&json!([{"type": "text", "text": text}])),
            ("=", true) => self.codex_answer(),
            _ => {}
        }
    }

    /// The time of the next line: some seconds later, some minutes before a request.
    fn pass(&mut self, seconds: u64) -> String {
        self.now = self.now.saturating_add(jiff::Span::new().seconds(seconds as i64));
        format!("{}.000Z", self.now)
    }

    /// What an answer takes: input, output, and what is written to and read from the cache. Longer as the session goes on.
    fn tokens(&self) -> [u64; 4] {
        let step = self.steps;
        [3 + step % 4, 120 + step * 37 % 400, 700 + step * 211 % 1900, 14_000 + step * 1350]
    }

    fn claude(&mut self, kind: &str, mut line: Value) {
        line["type"] = kind.into();
        line["uuid"] = format!("{}-{}", self.id, self.lines.len()).into();
        line["sessionId"] = self.id.clone().into();
        line["cwd"] = self.folder.clone().into();
        line["gitBranch"] = self.branch.clone().into();
        line["timestamp"] = self.pass(if kind == "user" { 20 } else { 9 }).into();
        self.lines.push(line);
    }

    fn claude_answer(&mut self, content: &Value) {
        let [input, output, written, read] = self.tokens();
        let number = self.lines.len();
        let message = json!({
            "id": format!("msg_{}_{number}", self.id), "role": "assistant", "model": "claude-sonnet-4-6",
            "content": content,
            "usage": {"input_tokens": input, "output_tokens": output, "cache_creation_input_tokens": written,
                "cache_read_input_tokens": read,
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": written}},
        });
        self.claude(
            "assistant",
            json!({"requestId": format!("req_{}_{number}", self.id), "message": message}),
        );
    }

    fn claude_command(&mut self, line: &str, exit: i64) {
        let id = format!("toolu_{}_{}", self.id, self.lines.len());
        let input = json!({"command": line});
        self.claude_answer(&json!([{"type": "tool_use", "id": id, "name": "Bash", "input": input}]));
        let content = if exit == 0 { "ok".to_owned() } else { format!("Exit code {exit}\nfailed") };
        let result =
            json!([{"type": "tool_result", "tool_use_id": id, "content": content, "is_error": exit != 0}]);
        self.claude("user", json!({"message": {"role": "user", "content": result}}));
        // The answer that reads the result.
        self.steps += 1;
        self.claude_answer(&json!([{"type": "text", "text": "done"}]));
    }

    fn codex(&mut self, kind: &str, payload: &Value) {
        let timestamp = self.pass(7);
        self.lines.push(json!({"timestamp": timestamp, "type": kind, "payload": payload}));
    }

    fn codex_request(&mut self, text: &str) {
        let turn = format!("t{}", self.steps);
        self.codex("event_msg", &json!({"type": "task_started", "turn_id": turn}));
        self.codex("turn_context", &json!({"turn_id": turn, "cwd": self.folder, "model": "gpt-5.3-codex"}));
        self.codex("event_msg", &json!({"type": "user_message", "message": text}));
    }

    fn codex_command(&mut self, line: &str, exit: i64) {
        let id = format!("call_{}", self.steps);
        let arguments = json!({"cmd": line}).to_string();
        let call =
            json!({"type": "function_call", "name": "exec_command", "arguments": arguments, "call_id": id});
        self.codex("response_item", &call);
        self.codex_answer();
        let output = format!("Wall time: 4 seconds\nProcess exited with code {exit}\nOutput:\n");
        self.codex(
            "response_item",
            &json!({"type": "function_call_output", "call_id": id, "output": output}),
        );
        self.steps += 1;
        self.codex_answer();
    }

    fn codex_answer(&mut self) {
        let [input, output, written, read] = self.tokens();
        let last = [input + written + read, read, output];
        let used = [0, 1, 2].map(|at| self.used[at] + last[at]);
        self.used = used;
        let usage = |[input, cached, output]: [u64; 3]| {
            json!({"input_tokens": input, "cached_input_tokens": cached, "output_tokens": output,
                "reasoning_output_tokens": 0, "total_tokens": input + output})
        };
        let info = json!({"total_token_usage": usage(used), "last_token_usage": usage(last)});
        self.codex("event_msg", &json!({"type": "token_count", "info": info}));
    }
}
