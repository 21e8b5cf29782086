//! Reads what `claude -p --output-format stream-json` wrote for one agent of a run.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::folder;
use crate::import::Format;
use crate::import::calls::{CallIndex, CallPlace, Reading, UsePlace};
use crate::import::claude::line::{ClaudeLine, Message};
use crate::import::claude::read::tools;
use crate::import::claude::results;
use crate::import::facts::{ModelResult, Segment, SessionResult, Transcript};
use crate::import::json::{self, JsonError};
use crate::import::lenient::{Number, Object};
use crate::import::turn::{Source, Tokens};

/// A stream being read.
#[derive(Debug)]
pub struct AdwFormat {
    transcript: Transcript,
    calls: CallIndex,
    /// The session of the stream's last `init` line.
    session: String,
    sessions: Vec<String>,
}

/// What a result line says of one model.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ModelUsage {
    input_tokens: Number,
    output_tokens: Number,
    cache_read_input_tokens: Number,
    cache_creation_input_tokens: Number,
    #[serde(rename = "costUSD")]
    cost_usd: Number,
}

impl AdwFormat {
    /// The stream at this path, which says whose it is.
    pub fn new(path: &Path) -> Self {
        let thread = folder::name(path).unwrap_or_default();
        let segments = vec![Segment { prompt: Some(folder::prompt(path)), ..Segment::default() }];
        Self {
            transcript: Transcript { source: Source::Adw, thread, segments, ..Transcript::default() },
            calls: CallIndex::new(Reading::EveryLine),
            session: String::new(),
            sessions: Vec::new(),
        }
    }
}

impl Format for AdwFormat {
    fn read_line(&mut self, json: &str) -> Result<(), JsonError> {
        let line: ClaudeLine<'_> = json::from_str(json)?;
        if let Some(session) = line.stream_session.owned() {
            if !self.sessions.contains(&session) {
                self.sessions.push(session.clone());
            }
            if self.session != session {
                self.calls.begin_session();
            }
            self.session = session;
        }
        let message = line.message.0.as_ref();
        match (line.kind.get().unwrap_or_default(), message) {
            ("system", _) if line.subtype.is("init") => {
                let project = &mut self.transcript.segments[0].project;
                *project = project.take().or_else(|| line.cwd.owned());
            }
            ("assistant", Some(message)) => self.assistant(&line, message),
            ("user", Some(message)) => self.results(&line, message),
            ("result", _) => self.result(&line),
            _ => {}
        }
        Ok(())
    }

    /// A session without a result line is remembered too: the same session's own transcript is not counted beside it.
    fn finish(mut self: Box<Self>) -> Transcript {
        let is_stream = self.transcript.segments[0].project.is_some()
            || !self.transcript.segments[0].calls.is_empty()
            || !self.transcript.sessions.is_empty();
        if !is_stream {
            self.transcript.thread.clear();
            self.transcript.segments.clear();
        }
        self.transcript.segments.iter_mut().for_each(|segment| {
            segment.agents = self.sessions.iter().map(|session| (session.clone(), 0)).collect();
        });
        self.transcript
    }
}

impl AdwFormat {
    fn assistant(&mut self, line: &ClaudeLine<'_>, message: &Message<'_>) {
        if message.is_synthetic() {
            return;
        }
        let id = message.id.get().or(line.uuid.get()).unwrap_or_default();
        let key = format!("adw:{}:{id}", self.transcript.thread);
        let conversation = line.stream_parent.get();
        let tools = tools(message, &mut self.calls, UsePlace { call: id, conversation });
        let place = CallPlace { segment: 0, conversation };
        for call in message.calls(key, tools) {
            self.calls.add(&mut self.transcript.segments, place, call);
        }
    }

    fn results(&mut self, line: &ClaudeLine<'_>, message: &Message<'_>) {
        let place = UsePlace { call: &self.transcript.thread, conversation: line.stream_parent.get() };
        let facts = results::facts(message, &mut self.calls, place);
        self.transcript.segments[0].results.extend(facts);
    }

    fn result(&mut self, line: &ClaudeLine<'_>) {
        // Another program's result line has neither.
        if line.total_cost_usd.0.is_none() && line.usage.0.is_none() {
            return;
        }
        let models: Object<BTreeMap<String, Object<ModelUsage>>> =
            line.model_usage.and_then(|raw| json::from_str(raw.0).ok()).unwrap_or_default();
        let models = models.0.unwrap_or_default().into_iter();
        self.transcript.sessions.push(SessionResult {
            session: self.session.clone(),
            succeeded: line.subtype.is("success") && !line.is_error_result.0,
            cost: line.total_cost_usd.0,
            tokens: line.usage.0.as_ref().map(|usage| usage.tokens()).unwrap_or_default(),
            models: models.filter_map(|(model, usage)| Some(usage.0?.result(model))).collect(),
            duration: line.result_duration_ms.0.map(|milliseconds| milliseconds / 1000.0),
        });
    }
}

impl ModelUsage {
    fn result(&self, model: String) -> ModelResult {
        let count = |number: Number| number.count().unwrap_or(0);
        let tokens = Tokens {
            input: count(self.input_tokens),
            output: count(self.output_tokens),
            cache_write_5m: count(self.cache_creation_input_tokens),
            cache_write_1h: 0,
            cache_read: count(self.cache_read_input_tokens),
        };
        ModelResult { model, tokens, cost: self.cost_usd.0 }
    }
}
