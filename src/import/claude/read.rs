//! Reads a Claude Code transcript: its lines in, its facts out.

use hashbrown::HashMap;

use super::line::{Block, ClaudeLine, ClaudeProgress, Message, texts};
use super::prompt::{self, Said};
use super::results;
use crate::import::Format;
use crate::import::calls::{CallIndex, CallPlace, UsePlace, UsedTool};
use crate::import::facts::{Ending, Prompt, Segment, ToolFact, ToolId, Transcript, tool_id};
use crate::import::json::{self, JsonError};
use crate::import::shell;
use crate::import::turn::Source;

/// A Claude Code transcript being read.
#[derive(Debug, Default)]
pub struct ClaudeFormat {
    transcript: Transcript,
    calls: CallIndex,
    /// The segment of each sub-agent whose messages stand in this file.
    nested: HashMap<ToolId, usize>,
    current: usize,
    has_messages: bool,
}

impl ClaudeFormat {
    /// A reader that has read nothing yet.
    pub fn new() -> Self {
        let segments = vec![Segment::default()];
        let transcript = Transcript { source: Source::Claude, segments, ..Transcript::default() };
        Self { transcript, ..Self::default() }
    }
}

impl Format for ClaudeFormat {
    fn read_line(&mut self, json: &str) -> Result<(), JsonError> {
        let line: ClaudeLine<'_> = json::from_str(json)?;
        self.read(&line);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Transcript {
        if self.transcript.thread.is_empty() {
            // Nobody's session: a run's stream, or another program's file.
            self.transcript.segments.clear();
        }
        self.transcript.segments.retain(|segment| *segment != Segment::default());
        self.transcript
    }
}

impl ClaudeFormat {
    fn read(&mut self, line: &ClaudeLine<'_>) {
        let at = line.timestamp.milliseconds();
        match line.kind.get().unwrap_or_default() {
            "user" => self.user(line, at),
            "assistant" => self.assistant(line, at),
            "attachment" => self.attachment(line, at),
            "system" => self.system(line, at),
            "progress" => self.progress(line, at),
            _ => {}
        }
    }

    /// Takes over the line's session, folder, branch and time.
    fn touch(&mut self, line: &ClaudeLine<'_>, at: Option<i64>) {
        if self.transcript.thread.is_empty() {
            self.transcript.thread = line.session_id.owned().unwrap_or_default();
        }
        let segment = &mut self.transcript.segments[self.current];
        segment.project = segment.project.take().or_else(|| line.cwd.owned());
        segment.branch = segment.branch.take().or_else(|| line.git_branch.owned());
        segment.touch(at);
    }

    fn message_line(&mut self, line: &ClaudeLine<'_>) {
        if !self.has_messages && line.is_sidechain.0 {
            self.transcript.agent = line.agent_id.owned();
        }
        self.has_messages = true;
    }

    fn user(&mut self, line: &ClaudeLine<'_>, at: Option<i64>) {
        self.message_line(line);
        let message = line.message.0.as_ref();
        match message.map_or(Said::Nothing, |message| self.said(line, message)) {
            Said::Request { text, template } => self.begin(line, at, text, template),
            Said::Interrupted => self.transcript.segments[self.current].ending = Ending::Interrupted,
            Said::Nothing => {}
        }
        self.touch(line, at);
        let Some(message) = message else { return };
        let place = CallPlace { segment: self.current, conversation: None };
        self.results(message, line.uuid.get().unwrap_or_default(), place);
        self.link_tool_result(line, message);
    }

    fn said(&self, line: &ClaudeLine<'_>, message: &Message<'_>) -> Said {
        let is_aside = line.is_meta.0
            || line.is_compact_summary.0
            || line.is_visible_in_transcript_only.0
            || line.is_sidechain.0
            || line.prompt_source.is("system");
        if is_aside
            || self.transcript.agent.is_some()
            || message.role.get().is_some_and(|role| role != "user")
        {
            return Said::Nothing;
        }
        prompt::read(&texts(&message.content))
    }

    fn begin(&mut self, line: &ClaudeLine<'_>, at: Option<i64>, text: String, template: Option<String>) {
        let machine = line.prompt_source.is("sdk")
            || line.entrypoint.get().is_some_and(|entry| entry.starts_with("sdk"))
            || line.is_teammate.0;
        let session = line.session_id.get().unwrap_or_default();
        let turn = line.uuid.owned().unwrap_or_else(|| format!("{session}:{}", at.unwrap_or(0)));
        let prompt = Prompt { template, machine, ..Prompt::new(at, text) };
        self.current = self.transcript.segments.len();
        self.transcript.segments.push(Segment {
            turn: Some(turn),
            prompt: Some(prompt),
            ..Segment::default()
        });
    }

    fn results(&mut self, message: &Message<'_>, line: &str, place: CallPlace<'_>) {
        let conversation = place.conversation;
        let facts = results::facts(message, &mut self.calls, UsePlace { call: line, conversation });
        self.transcript.segments[place.segment].results.extend(facts);
    }

    /// What the program notes beside a result: the sub-agent that worked, the searches that were made.
    fn link_tool_result(&mut self, line: &ClaudeLine<'_>, message: &Message<'_>) {
        let Some(noted) = &line.tool_use_result.0 else { return };
        let Some(id) = message.blocks().find_map(|block| block.tool_use_id.get()) else { return };
        let id = self.number(id);
        let segment = &mut self.transcript.segments[self.current];
        if let Some(agent) = noted.agent_id.owned() {
            segment.agents.push((agent, id));
        }
        if let (Some(searches), Some(result)) = (noted.search_count.count(), segment.results.last_mut()) {
            result.searches = searches;
        }
    }

    fn assistant(&mut self, line: &ClaudeLine<'_>, at: Option<i64>) {
        self.message_line(line);
        self.touch(line, at);
        let Some(message) = &line.message.0 else { return };
        let segment = &mut self.transcript.segments[self.current];
        if line.is_api_error_message.0 || message.is_synthetic() {
            if line.is_api_error_message.0 && segment.ending == Ending::Well {
                segment.ending = Ending::ApiError;
            }
            return;
        }
        if segment.ending == Ending::ApiError {
            segment.ending = Ending::Well;
        }
        let heading = CallHeading {
            request: line.request_id.get(),
            session: line.session_id.get().unwrap_or_default(),
            uuid: line.uuid.get().unwrap_or_default(),
            at,
            cost: line.cost_usd.0,
            sidechain: line.is_sidechain.0,
        };
        self.call(message, &heading, CallPlace { segment: self.current, conversation: None });
    }

    fn call(&mut self, message: &Message<'_>, heading: &CallHeading<'_>, place: CallPlace<'_>) {
        let (key, is_global) = heading.key(message.id.get());
        let known = self.calls.call(&self.transcript.segments, &key).and_then(|call| call.uuid.clone());
        let first_line = known.as_deref().unwrap_or(heading.uuid);
        let call = message.id.get().filter(|_| is_global).unwrap_or(first_line);
        let call = if call.is_empty() { &key } else { call };
        let tools = tools(message, &mut self.calls, UsePlace { call, conversation: place.conversation });
        for (position, mut call) in message.calls(key, tools).enumerate() {
            call.at = heading.at;
            call.sidechain = heading.sidechain;
            if position == 0 {
                call.uuid = (!is_global).then(|| heading.uuid.to_owned());
                call.cost = heading.cost;
            }
            self.calls.add(&mut self.transcript.segments, place, call);
        }
    }

    fn attachment(&mut self, line: &ClaudeLine<'_>, at: Option<i64>) {
        let queued = line.attachment.0.as_ref().filter(|attachment| {
            attachment.kind.is("queued_command")
                && attachment.command_mode.get().is_none_or(|mode| mode == "prompt")
        });
        let said = queued.filter(|_| !line.is_sidechain.0 && self.transcript.agent.is_none());
        if let Some(Said::Request { text, template }) =
            said.map(|queued| prompt::read(&texts(&queued.prompt)))
        {
            self.begin(line, at, text, template);
        }
        self.touch(line, at);
    }

    fn system(&mut self, line: &ClaudeLine<'_>, at: Option<i64>) {
        self.touch(line, at);
        if let (true, Some(milliseconds)) = (line.subtype.is("turn_duration"), line.duration_ms.0) {
            let segment = &mut self.transcript.segments[self.current];
            *segment.duration.get_or_insert(0.0) += milliseconds / 1000.0;
        }
    }

    /// A sub-agent's messages stand in its parent's file too.
    fn progress(&mut self, line: &ClaudeLine<'_>, at: Option<i64>) {
        self.touch(line, at);
        let Some(progress) = &line.data.0 else { return };
        let (true, Some(outer)) = (progress.kind.is("agent_progress"), &progress.message.0) else { return };
        let Some(message) = &outer.message.0 else { return };
        let segment = self.nested_segment(line, progress);
        let place = CallPlace { segment, conversation: progress.agent_id.get() };
        match outer.kind.get() {
            Some("user") => self.results(message, outer.uuid.get().unwrap_or_default(), place),
            Some("assistant") if !message.is_synthetic() => {
                let heading = CallHeading {
                    request: outer.request_id.get(),
                    session: line.session_id.get().unwrap_or_default(),
                    uuid: outer.uuid.get().unwrap_or_default(),
                    at: outer.timestamp.milliseconds().or(at),
                    cost: None,
                    sidechain: true,
                };
                self.call(message, &heading, place);
            }
            _ => {}
        }
    }

    /// The number of a tool use that a line names. Where the file does not show the use, all lines give it the same one.
    fn number(&self, id: &str) -> ToolId {
        self.calls.last_use(id, None).map_or_else(|| tool_id(id), |noted| noted.number)
    }

    fn nested_segment(&mut self, line: &ClaudeLine<'_>, progress: &ClaudeProgress<'_>) -> usize {
        let tool = self.number(line.launching_tool.get().unwrap_or_default());
        if let Some(agent) = progress.agent_id.owned() {
            let agents = &mut self.transcript.segments[self.current].agents;
            if !agents.iter().any(|(known, _)| *known == agent) {
                agents.push((agent, tool));
            }
        }
        *self.nested.entry(tool).or_insert_with(|| {
            self.transcript.segments.push(Segment { launched_by: Some(tool), ..Segment::default() });
            self.transcript.segments.len() - 1
        })
    }
}

/// The facts of a message's tool uses, which the index is to remember.
pub fn tools(message: &Message<'_>, calls: &mut CallIndex, place: UsePlace<'_>) -> Vec<ToolFact> {
    let uses = message.blocks().filter(|block| block.kind.is("tool_use"));
    uses.map(|block| tool_fact(block, calls, place)).collect()
}

fn tool_fact(block: &Block<'_>, calls: &mut CallIndex, place: UsePlace<'_>) -> ToolFact {
    let (id, name) = (block.id.get().unwrap_or_default(), block.name.get().unwrap_or_default());
    let input = block.input.0.as_ref().filter(|_| shell::is_shell(name));
    let command = input.and_then(|input| input.command?.decoded()).map(|line| shell::kept_line(&line));
    let tool = match &command {
        Some(line) => UsedTool::Shell(line.clone()),
        None if name == "KillShell" || name == "KillBash" => UsedTool::KillShell,
        None => UsedTool::Other,
    };
    ToolFact { id: calls.note_use(id, place, tool), command, named: None }
}

/// What a line says about the call beside the message.
struct CallHeading<'a> {
    request: Option<&'a str>,
    session: &'a str,
    uuid: &'a str,
    at: Option<i64>,
    cost: Option<f64>,
    sidechain: bool,
}

impl CallHeading<'_> {
    /// The call's key, and whether it is the same in every session.
    fn key(&self, message: Option<&str>) -> (String, bool) {
        match (message, self.request) {
            (Some(message), Some(request)) => (["claude:", message, ":", request].concat(), true),
            (Some(message), None) => (format!("claude:{}:{message}", self.session), false),
            (None, _) => (format!("claude:{}", self.uuid), true),
        }
    }
}
