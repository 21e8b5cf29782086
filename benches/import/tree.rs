//! A tree of transcripts in real shapes: short prompts, answers on two lines, results of some kilobytes that stand twice.
//!
//! As in real transcripts, a call has two lines, a tool use and some 8 KB, and half of the tool uses are shell commands (of 943 in
//! the samples 499): the others read, edit and search files. Ids are as long as real ones, and in no order either.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes `files` sessions of so many bytes in all; answers how many were written.
pub fn write(tree: &Path, bytes: u64, files: u64) -> u64 {
    let mut written = 0;
    for number in 0..files {
        let folder = tree.join(format!("-home-ada-app{}", number % 40));
        fs::create_dir_all(&folder).expect("a folder");
        let session = uuid(("session", number));
        let file = File::create(folder.join(format!("{session}.jsonl"))).expect("a file");
        let mut writer = SessionWriter { file: BufWriter::new(file), session, written: 0, line: 0 };
        while writer.written < bytes / files {
            writer.turn();
        }
        writer.file.flush().expect("the file is written");
        written += writer.written;
    }
    written
}

const COMMANDS: [&str; 6] = [
    "uv run pytest -q",
    "npm run lint",
    "git status --short",
    "cargo test --workspace",
    "ls -la src",
    "make build",
];

const FILES: [&str; 3] = ["src/app.py", "src/login/session.py", "tests/test_app.py"];

struct SessionWriter {
    file: BufWriter<File>,
    session: String,
    written: u64,
    line: u64,
}

impl SessionWriter {
    fn turn(&mut self) {
        self.put("user", r#""message":{"role":"user","content":"Please fix the failing test in src/app.py and run the tests again"}"#);
        for step in 0..6 {
            let call = self.line;
            let usage = format!(
                r#""usage":{{"input_tokens":{},"cache_creation_input_tokens":900,"cache_read_input_tokens":{},"cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":900}},"output_tokens":{},"service_tier":"standard"}}"#,
                3 + step,
                20_000 + call,
                80 + step
            );
            let ids = ["msg_01", "req_01", "toolu_01"].map(|kind| id(kind, (&self.session, call)));
            let [message_id, request, tool_id] = ids;
            let message = |content: &str| {
                format!(
                    r#""requestId":"{request}","message":{{"model":"claude-sonnet-4-6","id":"{message_id}","type":"message","role":"assistant","content":[{content}],"stop_reason":null,{usage}}}"#
                )
            };
            let text = format!(
                r#"{{"type":"text","text":"{}"}}"#,
                "I will look at the code and then run it. ".repeat(12)
            );
            self.put("assistant", &message(&text));
            let (name, input) = tool_use(step, call);
            let tool = format!(r#"{{"type":"tool_use","id":"{tool_id}","name":"{name}","input":{input}}}"#);
            self.put("assistant", &message(&tool));
            let output = r"test_app.py::test_login PASSED\n".repeat(52 + (call % 90) as usize);
            self.put("user", &format!(
                r#""message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{tool_id}","content":"{output}","is_error":false}}]}},"toolUseResult":{}"#,
                noted(name, &output)
            ));
        }
    }

    fn put(&mut self, kind: &str, rest: &str) {
        let (session, number) = (&self.session, self.line);
        let uuid = uuid((session, number));
        let line = format!(
            "{{\"parentUuid\":null,\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/home/ada/app\",\"sessionId\":\"{session}\",\"version\":\"2.1.40\",\"gitBranch\":\"main\",\"type\":\"{kind}\",{rest},\"uuid\":\"{uuid}\",\"timestamp\":\"2026-02-03T{:02}:{:02}:{:02}.000Z\"}}\n",
            number / 3600 % 24,
            number / 60 % 60,
            number % 60
        );
        self.file.write_all(line.as_bytes()).expect("the file is written");
        self.written += line.len() as u64;
        self.line += 1;
    }
}

/// A number that two things have: the same in each run, and in no order.
fn scattered(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

fn uuid(of: impl Hash) -> String {
    let (one, other) = (scattered((&of, 1)), scattered((&of, 2)));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        one >> 32,
        one & 0xffff,
        one >> 16 & 0xfff,
        other >> 52,
        other & 0xffff_ffff_ffff
    )
}

/// An id of Anthropic's kind: 22 characters after its beginning.
fn id(beginning: &str, of: impl Hash) -> String {
    format!(
        "{beginning}{:022x}",
        u128::from(scattered((beginning, &of))) << 24 | u128::from(scattered(of) >> 40)
    )
}

/// The name and input of a tool use: every second one is a shell command.
fn tool_use(step: u64, call: u64) -> (&'static str, String) {
    let (command, file) = (COMMANDS[(call % 6) as usize], FILES[(call % 3) as usize]);
    let path = format!("/home/ada/app/{file}");
    match step {
        1 => ("Read", format!(r#"{{"file_path":"{path}"}}"#)),
        3 => (
            "Edit",
            format!(
                r#"{{"file_path":"{path}","old_string":"assert status == 301","new_string":"assert status == 302"}}"#
            ),
        ),
        5 => ("Grep", format!(r#"{{"pattern":"def test_","path":"{path}","output_mode":"content"}}"#)),
        _ => ("Bash", format!(r#"{{"command":"{command}"}}"#)),
    }
}

/// What the program notes beside a tool's result, which has the output once more.
fn noted(tool: &str, output: &str) -> String {
    match tool {
        "Bash" => format!(r#"{{"stdout":"{output}","stderr":"","interrupted":false}}"#),
        "Read" => format!(r#"{{"type":"text","file":{{"filePath":"src/app.py","content":"{output}"}}}}"#),
        "Edit" => {
            format!(r#"{{"filePath":"src/app.py","originalFile":"{output}","structuredPatch":[]}}"#)
        }
        _ => format!(r#"{{"mode":"content","numFiles":1,"content":"{output}"}}"#),
    }
}
