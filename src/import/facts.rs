//! What one transcript says, as far as it is needed: prompts, calls, tool uses and their results, in file order.
//!
//! Facts are kept by the file's path, so that nothing is lost when a transcript vanishes. Everything that is shown is a
//! function of all facts: the order in which files are read does not matter.
//!
//! While a transcript is read, `S` is `String`; facts that were kept are borrowed from their bytes (`&str`).

use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::control::is_control;
use super::turn::{Source, Tokens};

/// A tool use's number: a hash of the call that it stands in and its id there.
pub type ToolId = u64;

/// The number of a text: its FNV-1a hash, the same on every machine.
pub fn tool_id(id: &str) -> ToolId {
    id.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// One transcript's facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript<S = String> {
    /// Who wrote it.
    pub source: Source,
    /// The session's, thread's or run's id; empty where the file is no transcript.
    pub thread: S,
    /// Claude: the sub-agent's id, where the file is a sub-agent's.
    pub agent: Option<S>,
    /// Codex: the thread that this one was forked from or launched by.
    pub parent: Option<Parent<S>>,
    /// ADW: what the result lines say.
    pub sessions: Vec<SessionResult<S>>,
    /// What was said and done, in file order.
    pub segments: Vec<Segment<S>>,
    /// Lines that could not be read.
    pub unreadable: u64,
    /// Bytes read, after decompression.
    pub length: u64,
}

impl Transcript {
    /// The bytes in which it is kept.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(io::Error::other)
    }
}

impl<'a> Transcript<&'a str> {
    /// The texts of requests and commands, as far as they are kept.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> {
        let prompts = self.segments.iter().filter_map(|segment| segment.prompt.as_ref());
        let requests = prompts.filter(|prompt| prompt.named.is_none()).map(|prompt| prompt.text);
        let calls = self.segments.iter().flat_map(|segment| &segment.calls);
        let loose = self.segments.iter().flat_map(|segment| &segment.loose_tools);
        let tools = calls.flat_map(|call| &call.tools).chain(loose);
        let commands = tools.filter(|tool| tool.named.is_none()).filter_map(|tool| tool.command);
        requests.chain(commands).filter(|text| !text.is_empty())
    }
}

/// A transcript's facts as they are kept, and the path that it was read from.
#[derive(Clone, Debug)]
pub struct KeptFacts {
    /// The path.
    pub path: String,
    /// What it says.
    pub bytes: Arc<Vec<u8>>,
}

impl KeptFacts {
    /// The facts; `None` where they are damaged, or of another version.
    pub fn read(&self) -> Option<Transcript<&str>> {
        postcard::from_bytes(&self.bytes).ok()
    }
}

/// Where a Codex thread comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parent<S = String> {
    /// The other thread's id.
    pub thread: S,
    /// Whether this thread works for the other one, rather than going on from it.
    pub is_subagent: bool,
    /// Whether the file begins with a copy of the other's history.
    pub replays: bool,
}

/// The version of this format: files whose facts were kept in another one are read again, where they are still there.
pub const FORMAT: i64 = 5;

/// From one prompt, or mark of a turn, to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment<S = String> {
    /// Claude: the prompt's uuid. Codex: the turn's id, where it has one.
    pub turn: Option<S>,
    /// What was asked; none where the segment goes on without a prompt.
    pub prompt: Option<Prompt<S>>,
    /// The tool use that launched the sub-agent whose messages these are, copied into its parent's file.
    pub launched_by: Option<ToolId>,
    /// First and last line's time, in milliseconds since 1970.
    pub start: Option<i64>,
    /// See `start`.
    pub end: Option<i64>,
    /// Seconds between the lines, each gap at most 300.
    pub active: f64,
    /// The transcript's own duration in seconds.
    pub duration: Option<f64>,
    /// How it ended.
    pub ending: Ending,
    /// The folder that the agent worked in.
    pub project: Option<S>,
    /// The branch that it worked on.
    pub branch: Option<S>,
    /// Answers that were paid for.
    pub calls: Vec<CallFact<S>>,
    /// Tool uses that no call's line shows (Codex, before an abort).
    pub loose_tools: Vec<ToolFact<S>>,
    /// Results of tool uses.
    pub results: Vec<ResultFact>,
    /// Sub-agents and the tool uses that launched them.
    pub agents: Vec<(S, ToolId)>,
}

/// The seconds between the times of two lines, in milliseconds since 1970: at most 300, since a longer gap is a person's
/// absence, or a wait for a permission.
pub fn gap(from: i64, to: i64) -> f64 {
    to.saturating_sub(from).clamp(0, 300_000) as f64 / 1000.0
}

impl Segment {
    /// Takes in the time of one of its lines.
    pub fn touch(&mut self, at: Option<i64>) {
        let Some(at) = at else { return };
        if let Some(end) = self.end {
            self.active += gap(end, at);
        }
        self.start.get_or_insert(at);
        self.end = self.end.max(Some(at));
    }
}

/// How a segment ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// Nothing went wrong.
    #[default]
    Well,
    /// A person interrupted it.
    Interrupted,
    /// An error of the API, and no good call after it.
    ApiError,
}

/// What was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prompt<S = String> {
    /// Its time, in milliseconds since 1970.
    pub at: Option<i64>,
    /// The cleaned text.
    pub text: S,
    /// Its length in characters.
    pub length: u64,
    /// The slash command's name.
    pub template: Option<S>,
    /// Whether a program wrote it.
    pub machine: bool,
    /// Whether it only tells the agent to go on.
    pub is_control: bool,
    /// The operations that it asks for, where no text is kept: each one's signature, and what it is worth as JSON.
    pub named: Option<Vec<(S, S)>>,
}

impl Prompt {
    /// What a person asked for.
    pub fn new(at: Option<i64>, text: String) -> Self {
        let (length, is_control) = (text.chars().count() as u64, is_control(&text));
        Self { at, text, length, is_control, ..Self::default() }
    }
}

/// One answer, as one file shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallFact<S = String> {
    /// The same in every file that shows this answer.
    pub key: S,
    /// The line's own id, where the key holds only within one session.
    pub uuid: Option<S>,
    /// The first line's time, in milliseconds since 1970.
    pub at: Option<i64>,
    /// The model's name as it stands in the file.
    pub model: Option<S>,
    /// What was used.
    pub tokens: Tokens,
    /// Whether input and output are both missing.
    pub lacks_usage: bool,
    /// Whether the fast, dearer mode answered.
    pub fast: bool,
    /// Web searches that the usage names.
    pub searches: u64,
    /// The cost that the transcript names, in dollars.
    pub cost: Option<f64>,
    /// Whether the line says that it is beside the conversation.
    pub sidechain: bool,
    /// Tools that the answer uses.
    pub tools: Vec<ToolFact<S>>,
    /// Results that it is the first to read.
    pub reads: Vec<ToolId>,
    /// On how many lines it stands.
    pub lines: u64,
}

impl<'a> CallFact<&'a str> {
    /// The message's id within its key; the whole key where that holds only within one session.
    pub fn message(&self) -> &'a str {
        if self.uuid.is_none() { message_part(self.key) } else { self.key }
    }
}

/// The part of a call's key that other files may have in theirs.
fn message_part(key: &str) -> &str {
    let parts = key.strip_prefix("claude:").and_then(|parts| parts.split_once(':'));
    parts.map_or(key, |(message, _)| message)
}

/// The part of a call's key that is the same in a session's transcript and in a run's record.
pub fn message(key: &str) -> &str {
    match key.strip_prefix("adw:") {
        Some(parts) => parts.rsplit(':').next().unwrap_or(parts),
        None => message_part(key),
    }
}

/// A tool use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolFact<S = String> {
    /// Its id's number.
    pub id: ToolId,
    /// The shell line, where the tool is a shell; its hash where no text is kept.
    pub command: Option<S>,
    /// Its operations, where no text is kept: each one's signature, and whether the line names its target.
    pub named: Option<Vec<(S, bool)>>,
}

/// A tool use's result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultFact {
    /// The tool use's number.
    pub id: ToolId,
    /// Whether it counts as an error.
    pub failed: bool,
    /// The shell's exit status, where it is known.
    pub exit: Option<i64>,
    /// Web searches that it took.
    pub searches: u64,
}

/// A result line of `claude -p`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionResult<S = String> {
    /// The session's id.
    pub session: S,
    /// Whether it ended well.
    pub succeeded: bool,
    /// Cost in dollars, cumulative within the session.
    pub cost: Option<f64>,
    /// What this run used (not cumulative).
    pub tokens: Tokens,
    /// By model, cumulative within the session.
    pub models: Vec<ModelResult<S>>,
    /// Seconds.
    pub duration: Option<f64>,
}

/// What a result line says of one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelResult<S = String> {
    /// The model's name as it stands there.
    pub model: S,
    /// What was used.
    pub tokens: Tokens,
    /// In dollars.
    pub cost: Option<f64>,
}
