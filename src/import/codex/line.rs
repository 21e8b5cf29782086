//! The fields that are needed of a Codex line. `serde(borrow)` on one field is enough for a struct.

use serde::Deserialize;

use crate::import::json::Raw;
use crate::import::lenient::{Number, Object, Text, TextOr};
use crate::import::turn::Tokens;

/// A line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodexLine<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub timestamp: Text<'a>,
    pub payload: Object<Payload<'a>>,
}

/// What it says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Payload<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub id: Text<'a>,
    pub turn_id: Text<'a>,
    pub cwd: Text<'a>,
    pub model: Text<'a>,
    pub role: Text<'a>,
    pub name: Text<'a>,
    pub call_id: Text<'a>,
    pub message: Option<Raw<'a>>,
    pub arguments: Option<Raw<'a>>,
    pub output: Option<Raw<'a>>,
    pub content: TextOr<'a, Object<MessagePart<'a>>>,
    pub item: Object<Item<'a>>,
    pub action: Object<Action<'a>>,
    pub source: Object<Origin<'a>>,
    pub thread_source: Text<'a>,
    pub forked_from_id: Text<'a>,
    pub parent_thread_id: Text<'a>,
    pub git: Object<Git<'a>>,
    pub response_id: Text<'a>,
    pub thread_id: Text<'a>,
    pub info: Object<TokenInfo>,
    pub usage: Object<CodexUsage>,
    pub duration_ms: Number,
}

/// A part of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessagePart<'a> {
    #[serde(borrow)]
    pub text: Option<Raw<'a>>,
}

/// A finished item of a paginated history.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub content: TextOr<'a, Object<MessagePart<'a>>>,
}

/// What a local shell call runs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Action<'a> {
    #[serde(borrow)]
    pub command: TextOr<'a, Text<'a>>,
}

/// Where a session comes from, unless that is a word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Origin<'a> {
    #[serde(borrow)]
    pub subagent: Object<Subagent<'a>>,
}

/// What launched a sub-agent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subagent<'a> {
    #[serde(borrow)]
    pub thread_spawn: Object<Spawn<'a>>,
}

/// The thread that launched a sub-agent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Spawn<'a> {
    #[serde(borrow)]
    pub parent_thread_id: Text<'a>,
}

/// The repository.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Git<'a> {
    #[serde(borrow)]
    pub branch: Text<'a>,
}

/// What a `token_count` says; none where it tells of rate limits only.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenInfo {
    pub total_token_usage: Object<CodexUsage>,
    pub last_token_usage: Object<CodexUsage>,
}

/// Tokens: input includes cached and written, output includes reasoning.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names of the file's fields")]
pub struct CodexUsage {
    pub input_tokens: Number,
    pub cached_input_tokens: Number,
    pub cache_write_input_tokens: Number,
    pub output_tokens: Number,
}

/// The counters of a usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Of these, `cached` and `written` are part.
    pub input: u64,
    pub cached: u64,
    pub written: u64,
    pub output: u64,
}

impl CodexUsage {
    /// The counters, 0 where one is missing.
    pub fn counters(&self) -> Counters {
        let count = |number: Number| number.count().unwrap_or(0);
        Counters {
            input: count(self.input_tokens),
            cached: count(self.cached_input_tokens),
            written: count(self.cache_write_input_tokens),
            output: count(self.output_tokens),
        }
    }
}

impl Counters {
    /// What was added since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            input: self.input.saturating_sub(before.input),
            cached: self.cached.saturating_sub(before.cached),
            written: self.written.saturating_sub(before.written),
            output: self.output.saturating_sub(before.output),
        }
    }

    /// Tokens by kind.
    pub fn tokens(self) -> Tokens {
        Tokens {
            input: self.input.saturating_sub(self.cached).saturating_sub(self.written),
            output: self.output,
            cache_write_5m: self.written,
            cache_write_1h: 0,
            cache_read: self.cached,
        }
    }

    /// Whether a record and a count may be of one answer: the count does not know of cache writes.
    pub fn matches(self, other: Self) -> bool {
        (self.input, self.cached, self.output) == (other.input, other.cached, other.output)
    }
}
