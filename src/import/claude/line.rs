//! The fields that are needed of a Claude Code line, and of a line of a `claude -p` stream. `serde(borrow)` on one
//! field is enough for a struct.

use serde::Deserialize;

use crate::import::facts::{CallFact, ToolFact};
use crate::import::json::Raw;
use crate::import::lenient::{Flag, Number, Object, Text, TextOr};
use crate::import::turn::Tokens;

/// A line. Rare parts are boxed, because each line is moved several times.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ClaudeLine<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub subtype: Text<'a>,
    pub uuid: Text<'a>,
    pub timestamp: Text<'a>,
    pub session_id: Text<'a>,
    pub cwd: Text<'a>,
    pub git_branch: Text<'a>,
    pub agent_id: Text<'a>,
    pub request_id: Text<'a>,
    pub prompt_source: Text<'a>,
    pub entrypoint: Text<'a>,
    pub is_sidechain: Flag,
    pub is_meta: Flag,
    pub is_compact_summary: Flag,
    pub is_visible_in_transcript_only: Flag,
    pub is_api_error_message: Flag,
    pub is_teammate: Flag,
    #[serde(rename = "costUSD")]
    pub cost_usd: Number,
    pub duration_ms: Number,
    pub message: Object<Box<Message<'a>>>,
    pub tool_use_result: Object<ToolUseResult<'a>>,
    pub attachment: Object<Box<Attachment<'a>>>,
    pub data: Object<Box<ClaudeProgress<'a>>>,
    #[serde(rename = "parentToolUseID")]
    pub launching_tool: Text<'a>,
    /// In a stream.
    #[serde(rename = "session_id")]
    pub stream_session: Text<'a>,
    /// In a stream: the tool use that launched the sub-agent whose message this is.
    #[serde(rename = "parent_tool_use_id")]
    pub stream_parent: Text<'a>,
    /// In a result line.
    #[serde(rename = "is_error")]
    pub is_error_result: Flag,
    #[serde(rename = "duration_ms")]
    pub result_duration_ms: Number,
    #[serde(rename = "total_cost_usd")]
    pub total_cost_usd: Number,
    pub usage: Object<Box<ClaudeUsage<'a>>>,
    pub model_usage: Option<Raw<'a>>,
}

/// A message of the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Message<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub role: Text<'a>,
    pub model: Text<'a>,
    pub content: Content<'a>,
    pub usage: Object<ClaudeUsage<'a>>,
}

/// A text or blocks.
pub type Content<'a> = TextOr<'a, Object<Block<'a>>>;

/// One block of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Block<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub tool_use_id: Text<'a>,
    pub input: Object<Input<'a>>,
    pub text: Option<Raw<'a>>,
    pub content: Option<Raw<'a>>,
    pub is_error: Flag,
}

/// What a tool is given, where it is a shell.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input<'a> {
    #[serde(borrow)]
    pub command: Option<Raw<'a>>,
}

/// What was used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClaudeUsage<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub model: Text<'a>,
    pub speed: Text<'a>,
    pub input_tokens: Number,
    pub output_tokens: Number,
    pub cache_creation_input_tokens: Number,
    pub cache_read_input_tokens: Number,
    pub cache_creation: Object<CacheWrites>,
    pub server_tool_use: Object<ServerTools>,
    pub iterations: TextOr<'a, Object<ClaudeUsage<'a>>>,
}

/// Cache writes by how long they last.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub struct CacheWrites {
    pub ephemeral_5m_input_tokens: Number,
    pub ephemeral_1h_input_tokens: Number,
}

/// What the API's own tools did.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub struct ServerTools {
    pub web_search_requests: Number,
}

/// What the program notes of a tool's result.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ToolUseResult<'a> {
    #[serde(borrow)]
    pub agent_id: Text<'a>,
    pub search_count: Number,
}

/// What was put into the conversation from beside it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Attachment<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub command_mode: Text<'a>,
    pub prompt: Content<'a>,
}

/// What happens meanwhile: a sub-agent's messages among others.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaudeProgress<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub agent_id: Text<'a>,
    pub message: Object<ProgressMessage<'a>>,
}

/// A sub-agent's message.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProgressMessage<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    pub uuid: Text<'a>,
    pub timestamp: Text<'a>,
    pub request_id: Text<'a>,
    pub message: Object<Message<'a>>,
}

impl ClaudeUsage<'_> {
    /// Tokens by kind. Cache writes that are not told apart by lifetime count as those for five minutes.
    pub fn tokens(&self) -> Tokens {
        let count = |number: Number| number.count().unwrap_or(0);
        let split = self.cache_creation.0.unwrap_or_default();
        let (short, long) = (count(split.ephemeral_5m_input_tokens), count(split.ephemeral_1h_input_tokens));
        let all = count(self.cache_creation_input_tokens);
        Tokens {
            input: count(self.input_tokens),
            output: count(self.output_tokens),
            cache_write_5m: short.saturating_add(all.saturating_sub(short.saturating_add(long))),
            cache_write_1h: long,
            cache_read: count(self.cache_read_input_tokens),
        }
    }

    fn call(&self, key: String, model: Option<String>) -> CallFact {
        CallFact {
            key,
            model,
            tokens: self.tokens(),
            lacks_usage: self.input_tokens.0.is_none() && self.output_tokens.0.is_none(),
            fast: self.speed.is("fast"),
            searches: self.server_tool_use.0.and_then(|tools| tools.web_search_requests.count()).unwrap_or(0),
            ..CallFact::default()
        }
    }
}

impl Message<'_> {
    /// The blocks, none where the content is a text.
    pub fn blocks(&self) -> impl Iterator<Item = &Block<'_>> {
        self.content.items().iter().filter_map(|block| block.0.as_ref())
    }

    /// Whether the program itself wrote it: a notice or an error.
    pub fn is_synthetic(&self) -> bool {
        self.model.is("<synthetic>")
    }

    /// The call of this message, which uses these tools, and those of advisors that it asked, which its usage leaves out.
    pub fn calls(&self, key: String, tools: Vec<ToolFact>) -> impl Iterator<Item = CallFact> {
        let (usage, model) = (self.usage.0.as_ref(), self.model.owned());
        let steps =
            usage.iter().flat_map(|usage| usage.iterations.items()).filter_map(|step| step.0.as_ref());
        let advisors = steps.filter(|step| step.kind.is("advisor_message")).enumerate();
        let advisors = advisors.map(|(n, step)| step.call(format!("{key}:advisor{n}"), step.model.owned()));
        let advisors: Vec<_> = advisors.collect();
        let call = match usage {
            Some(usage) => usage.call(key, model),
            None => CallFact { key, model, lacks_usage: true, ..CallFact::default() },
        };
        std::iter::once(CallFact { tools, ..call }).chain(advisors)
    }
}

/// The texts of a content that a person may have written.
pub fn texts(content: &Content<'_>) -> Vec<String> {
    content.texts(|block| block.0.as_ref().filter(|block| block.kind.is("text"))?.text?.decoded())
}
