//! A turn: a person's prompt and all that was done for it, with what it cost. One turn is one workflow.

use std::ops::AddAssign;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who wrote a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// Claude Code.
    #[default]
    Claude,
    /// Codex CLI.
    Codex,
    /// An AI developer workflow that runs `claude -p`.
    Adw,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Claude, Self::Codex, Self::Adw];

    /// The word for it, as typed and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Adw => "adw",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Claude => "Claude Code",
            Self::Codex => "Codex CLI",
            Self::Adw => "ADW",
        }
    }

    /// The source of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

/// Tokens by kind: each token is in one of the five.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Read by the model, and neither from the cache nor into it.
    pub input: u64,
    /// Written by the model, thinking included.
    pub output: u64,
    /// Put into the cache for five minutes (Codex: its only kind of cache write).
    pub cache_write_5m: u64,
    /// Put into the cache for an hour.
    pub cache_write_1h: u64,
    /// Read from the cache.
    pub cache_read: u64,
}

impl Tokens {
    /// The five kinds, in this order.
    pub fn by_kind(self) -> [u64; 5] {
        [self.input, self.output, self.cache_write_5m, self.cache_write_1h, self.cache_read]
    }

    /// All of them.
    pub fn total(self) -> u64 {
        self.by_kind().into_iter().fold(0, u64::saturating_add)
    }

    /// What the model was given: everything but the output.
    pub fn context(self) -> u64 {
        self.total().saturating_sub(self.output)
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        let add = |to: &mut u64, more: u64| *to = to.saturating_add(more);
        add(&mut self.input, other.input);
        add(&mut self.output, other.output);
        add(&mut self.cache_write_5m, other.cache_write_5m);
        add(&mut self.cache_write_1h, other.cache_write_1h);
        add(&mut self.cache_read, other.cache_read);
    }
}

/// A model's answer that was paid for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call<'a> {
    /// The same whatever file it was read from.
    pub key: &'a str,
    /// When it began.
    pub at: Option<Timestamp>,
    /// The model's name as it stands in the file.
    pub model: Option<&'a str>,
    /// What was used.
    pub tokens: Tokens,
    /// In dollars; `None` where no price is known.
    pub cost: Option<f64>,
}

/// A shell line that the agent ran.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Command<'a> {
    /// The line, without secrets; what stands for it where no text is kept.
    pub line: &'a str,
    /// The operations of the line, where no text is kept: each one's signature, and whether the line names its target.
    pub named: Option<Vec<(&'a str, bool)>>,
    /// 0, the number, or unknown.
    pub exit_status: Option<i64>,
    /// Whether it counts as an error.
    pub failed: bool,
    /// Calls that share in it: the one that issued it and the one that first read its result.
    pub calls: u64,
    /// Its share of their tokens.
    pub tokens: f64,
    /// Its share of their cost in dollars; `None` where one has no price.
    pub cost: Option<f64>,
}

/// What says which models a turn used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToldBy {
    /// Its calls.
    #[default]
    Calls,
    /// A run's result line: the stream shows a part of what its calls used.
    ResultLine,
}

/// What one model did in a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelUse<'a> {
    /// The model's name as it stands in the file.
    pub model: Option<&'a str>,
    /// Answers.
    pub calls: u64,
    /// Tokens.
    pub tokens: Tokens,
    /// In dollars, what is known.
    pub cost: f64,
    /// Answers without a price.
    pub unpriced: u64,
}

impl ModelUse<'_> {
    /// The cost in dollars; `None` where an answer has no price.
    pub fn known_cost(&self) -> Option<f64> {
        Some(self.cost).filter(|_| self.unpriced == 0)
    }
}

/// A turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn<'a> {
    /// The workflow's key.
    pub key: String,
    /// Who wrote the transcript.
    pub source: Source,
    /// What the person asked for, cleaned.
    pub request: &'a str,
    /// The operations that it asks for, where no text is kept: each one's signature, and what it is worth as JSON.
    pub asked: Vec<(&'a str, &'a str)>,
    /// Its length in characters.
    pub request_length: u64,
    /// The slash command's name.
    pub template: Option<&'a str>,
    /// Whether a program asked.
    pub machine: bool,
    /// Whether no prompt owns these calls.
    pub unattributed: bool,
    /// Whether it was interrupted, or ended in an error.
    pub failed: bool,
    /// The prompt's time.
    pub start: Option<Timestamp>,
    /// The last line's time.
    pub end: Option<Timestamp>,
    /// The transcript's own duration in seconds, else the gaps between its lines, each at most 300 s.
    pub duration: Option<f64>,
    /// Tool results that are errors.
    pub errors: u64,
    /// Commands that repeat one whose last run in this turn failed.
    pub retries: u64,
    /// Sub-agents with a transcript of their own.
    pub subagents: u64,
    /// The folder that the agent worked in.
    pub project: Option<&'a str>,
    /// The session's or thread's id.
    pub session: &'a str,
    /// The branch that it worked on.
    pub branch: Option<&'a str>,
    /// The model of the greatest cost.
    pub model: Option<&'a str>,
    /// Of all its calls, or as its result line has them.
    pub tokens: Tokens,
    /// In dollars; `None` where a call has no price.
    pub cost: Option<f64>,
    /// What a run's models cost at list price, where its result line names them; else as `cost`.
    pub list_cost: Option<f64>,
    /// What says which models were used.
    pub told_by: ToldBy,
    /// By model, in the order of their names; of a run as its result line has them.
    pub models: Vec<ModelUse<'a>>,
    /// By time.
    pub calls: Vec<Call<'a>>,
    /// By the time of the call that issued them.
    pub commands: Vec<Command<'a>>,
}
