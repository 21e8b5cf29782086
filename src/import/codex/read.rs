//! Reads a Codex rollout: its lines in, its facts out.

use super::counting::Counting;
use super::line::{CodexLine, MessagePart, Payload};
use super::{prompt, tools};
use crate::import::Format;
use crate::import::calls::{CallIndex, CallPlace, UsePlace, UsedTool, number_of_use};
use crate::import::facts::{CallFact, Ending, Parent, Prompt, Segment, ToolFact, ToolId, Transcript};
use crate::import::json::{self, JsonError, Raw};
use crate::import::lenient::{Object, TextOr};
use crate::import::turn::Source;

/// Where a prompt was read: the last is trusted most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    Response,
    Event,
    Item,
}

/// The model of a rollout that names none.
const DEFAULT_MODEL: &str = "gpt-5";

/// A Codex rollout being read.
#[derive(Debug, Default)]
pub struct CodexFormat {
    transcript: Transcript,
    calls: CallIndex,
    counting: Counting,
    /// How far each segment's prompt is to be trusted.
    trust: Vec<Option<Trust>>,
    /// Tool uses that no call's line has claimed.
    open_tools: Vec<ToolFact>,
    /// Results that no call has read yet, of this segment.
    unread: Vec<ToolId>,
    /// The same of the segments before, which are read where this one goes on with them.
    unread_before: Vec<ToolId>,
    model: Option<String>,
    project: Option<String>,
    branch: Option<String>,
}

impl CodexFormat {
    /// A reader that has read nothing yet.
    pub fn new() -> Self {
        let segments = vec![Segment::default()];
        let transcript = Transcript { source: Source::Codex, segments, ..Transcript::default() };
        Self { transcript, trust: vec![None], ..Self::default() }
    }
}

impl Format for CodexFormat {
    fn read_line(&mut self, json: &str) -> Result<(), JsonError> {
        let line: CodexLine<'_> = json::from_str(json)?;
        if let Some(payload) = &line.payload.0 {
            self.read(line.kind.get().unwrap_or_default(), payload, line.timestamp.milliseconds());
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Transcript {
        self.keep_open_tools();
        self.drop_untrusted_prompts();
        self.transcript.segments.retain(|segment| {
            segment.turn.is_some() || segment.prompt.is_some() || !segment.calls.is_empty()
        });
        self.transcript
    }
}

impl CodexFormat {
    fn read(&mut self, kind: &str, payload: &Payload<'_>, at: Option<i64>) {
        match kind {
            "session_meta" => self.session_meta(payload),
            "turn_context" => self.turn_context(payload, at),
            "event_msg" => self.event(payload, at),
            "response_item" => self.response_item(payload, at),
            "token_usage_record" => self.usage_record(payload, at),
            _ => {}
        }
    }

    fn segment(&mut self) -> &mut Segment {
        self.transcript.segments.last_mut().expect("there is always one")
    }

    /// The first names the thread; a second one with another id begins a copy of that thread's history.
    fn session_meta(&mut self, payload: &Payload<'_>) {
        let Some(id) = payload.id.get() else { return };
        if !self.transcript.thread.is_empty() {
            if let Some(parent) = self.transcript.parent.as_mut().filter(|parent| parent.thread == id) {
                parent.replays = true;
            }
            return;
        }
        id.clone_into(&mut self.transcript.thread);
        self.project = payload.cwd.owned();
        self.branch = payload.git.0.as_ref().and_then(|git| git.branch.owned());
        self.transcript.parent = parent(payload);
    }

    fn turn_context(&mut self, payload: &Payload<'_>, at: Option<i64>) {
        self.begin_turn(payload, at);
        self.model = payload.model.owned().or(self.model.take());
        self.project = payload.cwd.owned().or(self.project.take());
        let project = self.project.clone();
        self.segment().project = project;
    }

    /// Begins a segment where the turn's id is another than the one at hand.
    fn begin_turn(&mut self, payload: &Payload<'_>, at: Option<i64>) {
        let Some(turn) = payload.turn_id.get() else { return };
        if self.segment().turn.as_deref() == Some(turn) {
            return;
        }
        if self.segment().turn.is_none() && self.segment().prompt.is_some() && self.segment().calls.is_empty()
        {
            self.segment().turn = Some(turn.to_owned());
            return;
        }
        self.begin_segment(Some(turn.to_owned()));
        self.segment().touch(at);
    }

    fn begin_segment(&mut self, turn: Option<String>) {
        self.keep_open_tools();
        self.unread_before.append(&mut self.unread);
        self.trust.push(None);
        let (project, branch) = (self.project.clone(), self.branch.clone());
        self.transcript.segments.push(Segment { turn, project, branch, ..Segment::default() });
    }

    /// Keeps tool uses that no call's line has followed, as before an abort.
    fn keep_open_tools(&mut self) {
        let tools = std::mem::take(&mut self.open_tools);
        self.segment().loose_tools.extend(tools);
    }

    fn event(&mut self, payload: &Payload<'_>, at: Option<i64>) {
        match payload.kind.get().unwrap_or_default() {
            "task_started" | "turn_started" => return self.begin_turn(payload, at),
            "task_complete" | "turn_complete" => {
                self.segment().duration = payload.duration_ms.0.map(|milliseconds| milliseconds / 1000.0);
            }
            "turn_aborted" => self.segment().ending = Ending::Interrupted,
            "user_message" => {
                self.prompt(payload.message.and_then(Raw::decoded).as_deref(), Trust::Event, at);
            }
            "item_completed" => {
                let item = payload.item.0.as_ref().filter(|item| item.kind.is("UserMessage"));
                self.prompt(item.map(|item| text(&item.content)).as_deref(), Trust::Item, at);
            }
            "token_count" => self.token_count(payload, at),
            _ => {}
        }
        self.segment().touch(at);
    }

    fn response_item(&mut self, payload: &Payload<'_>, at: Option<i64>) {
        match payload.kind.get().unwrap_or_default() {
            "message" if payload.role.is("user") => {
                self.prompt(Some(&text(&payload.content)), Trust::Response, at);
            }
            "function_call" | "custom_tool_call" | "local_shell_call" | "web_search_call" => {
                if let Some((id, command)) = tools::tool_use(payload) {
                    self.tool_use(id, command);
                }
            }
            "function_call_output" | "custom_tool_call_output" => self.result(payload),
            _ => {}
        }
        self.segment().touch(at);
    }

    fn tool_use(&mut self, id: &str, command: Option<String>) {
        // Which call it belongs to is not known yet: those before it tell it from one with the same id.
        let call = format!("{}:{}", self.transcript.thread, self.calls.count());
        let tool = command.clone().map_or(UsedTool::Other, UsedTool::Shell);
        let id = self.calls.note_use(id, UsePlace { call: &call, conversation: None }, tool);
        self.open_tools.push(ToolFact { id, command, named: None });
    }

    fn result(&mut self, payload: &Payload<'_>) {
        let Some(id) = payload.call_id.get() else { return };
        let noted = self.calls.last_use(id, None);
        let number = noted.map_or_else(|| number_of_use(&self.transcript.thread, id), |noted| noted.number);
        let line = match noted.map(|noted| &noted.tool) {
            Some(UsedTool::Shell(line)) => Some(line.as_str()),
            _ => None,
        };
        let fact = tools::result_fact(payload, (number, line));
        self.unread.push(fact.id);
        self.segment().results.push(fact);
    }

    /// A prompt begins a segment, unless a turn that has an id has one already.
    fn prompt(&mut self, text: Option<&str>, trust: Trust, at: Option<i64>) {
        let Some(text) = text.and_then(prompt::read) else { return };
        let known = self.trust.last().copied().flatten();
        let segment = self.segment();
        let (has_turn, has_calls) = (segment.turn.is_some(), !segment.calls.is_empty());
        let is_same = segment.prompt.as_ref().is_some_and(|prompt| prompt.text == text) && !has_calls;
        let is_known = if has_turn { known >= Some(trust) } else { is_same && known > Some(trust) };
        if is_known {
            return;
        }
        let corrects = is_same && known < Some(trust);
        if !has_turn && !corrects && (known.is_some() || has_calls) {
            self.begin_segment(None);
        }
        let (project, branch) = (self.project.clone(), self.branch.clone());
        let segment = self.segment();
        segment.prompt = Some(Prompt::new(at, text));
        segment.project = segment.project.take().or(project);
        segment.branch = segment.branch.take().or(branch);
        *self.trust.last_mut().expect("as many as segments") = Some(trust);
    }

    fn token_count(&mut self, payload: &Payload<'_>, at: Option<i64>) {
        let Some(info) = &payload.info.0 else { return };
        let Some(counters) = self.counting.count(info) else { return };
        let key = format!("codex:{}:{}", self.transcript.thread, self.counting.counted());
        if self.counting.pair_count(counters, &key) {
            return;
        }
        self.call(CallFact { key, tokens: counters.tokens(), ..CallFact::default() }, at);
    }

    fn usage_record(&mut self, payload: &Payload<'_>, at: Option<i64>) {
        let (Some(usage), Some(id)) = (&payload.usage.0, payload.response_id.get()) else { return };
        let counters = usage.counters();
        let thread = payload.thread_id.get().unwrap_or(&self.transcript.thread);
        let key = format!("codex:{thread}:{id}");
        if let Some(count) = self.counting.pair_record(counters, &key) {
            return self.replace(&count, key, counters);
        }
        self.call(CallFact { key, tokens: counters.tokens(), ..CallFact::default() }, at);
    }

    /// A record says more than the count that stood before it.
    fn replace(&mut self, count: &str, key: String, counters: super::line::Counters) {
        let calls = self.transcript.segments.iter_mut().rev().flat_map(|segment| &mut segment.calls);
        if let Some(call) = calls.into_iter().find(|call| call.key == count) {
            call.key = key;
            call.tokens = counters.tokens();
        }
    }

    /// A call owns the tool uses since the last one, and reads the results of tool uses before those.
    fn call(&mut self, mut call: CallFact, at: Option<i64>) {
        call.at = at;
        call.model = Some(self.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned()));
        call.tools = std::mem::take(&mut self.open_tools);
        let known = self.calls.call(&self.transcript.segments, &call.key);
        let own_tools = || known.iter().flat_map(|call| &call.tools).chain(&call.tools);
        let (own, read): (_, Vec<_>) = std::mem::take(&mut self.unread)
            .into_iter()
            .partition(|id| own_tools().any(|tool| tool.id == *id));
        self.unread = own;
        let mut before = std::mem::take(&mut self.unread_before);
        if self.segment().prompt.as_ref().is_some_and(|prompt| !prompt.is_control) {
            before.clear();
        }
        call.reads = [before, read].concat();
        let place = CallPlace { segment: self.transcript.segments.len() - 1, conversation: None };
        self.calls.add(&mut self.transcript.segments, place, call);
    }

    /// In a file that has prompts as events, a response's user message is what the program put in.
    fn drop_untrusted_prompts(&mut self) {
        if !self.trust.iter().flatten().any(|trust| *trust > Trust::Response) {
            return;
        }
        for (segment, trust) in self.transcript.segments.iter_mut().zip(&self.trust) {
            if *trust == Some(Trust::Response) {
                segment.prompt = None;
            }
        }
    }
}

fn parent(payload: &Payload<'_>) -> Option<Parent> {
    let spawned = payload.source.0.as_ref().and_then(|source| source.subagent.0.as_ref());
    let spawned = spawned.and_then(|subagent| subagent.thread_spawn.0.as_ref()?.parent_thread_id.owned());
    let named = payload.parent_thread_id.owned().filter(|_| payload.thread_source.is("subagent"));
    let launched = spawned.or(named);
    let is_subagent = launched.is_some();
    let thread = payload.forked_from_id.owned().or(launched)?;
    Some(Parent { thread, is_subagent, replays: payload.forked_from_id.get().is_some() })
}

/// The texts of a message in one.
fn text(content: &TextOr<'_, Object<MessagePart<'_>>>) -> String {
    content.texts(|part| part.0.as_ref()?.text?.decoded()).join("\n")
}
